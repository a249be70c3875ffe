//! The pause that a server asks for.

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};
use rolesig::Timestamp;

/// Returns how many seconds a server asks to wait: as a number, or as a point in time beside its
/// own. 0 if it does not ask.
///
/// Source: RFC 9110 §10.2.3.
pub(super) fn retry_after(headers: &HeaderMap) -> u16 {
    let text = |name| Some(headers.get(name)?.to_str().ok()?.trim());
    let until = |after: &str| {
        let now = Timestamp::from_http_date(text(DATE)?).ok()?;
        Timestamp::from_http_date(after).ok()?.seconds_since(now)
    };
    let seconds = text(RETRY_AFTER).and_then(|after| after.parse().ok().or_else(|| until(after)));
    seconds.map_or(0, |seconds: u64| u16::try_from(seconds).unwrap_or(u16::MAX))
}
