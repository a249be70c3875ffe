//! The pause that a server asks for.

use core::time::Duration;

use http::HeaderMap;
use http::header::{DATE, RETRY_AFTER};
use rolesig::Timestamp;

/// Returns how long a server asks to wait: seconds, or a point in time beside its own.
///
/// Source: RFC 9110 §10.2.3.
pub(super) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok();
    let after: &str = text(RETRY_AFTER)?.trim();
    if let Ok(seconds) = after.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let (at, now) = (Timestamp::from_http_date(after).ok()?, text(DATE)?);
    let seconds = at.seconds_since(Timestamp::from_http_date(now).ok()?)?;
    Some(Duration::from_secs(seconds))
}
