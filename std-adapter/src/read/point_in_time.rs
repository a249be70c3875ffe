//! Points in time as the sources of credentials write them.

use rolesig::{Timestamp, TimestampError};

/// Parses a point in time with its offset, seconds since 1970, or a date of HTTP's.
pub(crate) fn point_in_time(text: &str) -> Result<Timestamp, TimestampError> {
    text.parse().or_else(|_| Timestamp::from_http_date(text))
}
