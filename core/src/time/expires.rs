//! How long a presigned request is good for.

use core::fmt;

use crate::emit::decimal::Decimal;
use crate::emit::sink::{self, Emit, Sink};

/// 1 second to 7 days.
///
/// Source: "Authenticating Requests: Using Query Parameters" (Amazon S3), `X-Amz-Expires`.
///
/// ```
/// use rolesig::Expires;
///
/// assert!(Expires::seconds(3600).is_some());
/// assert_eq!(Expires::seconds(0), None);
/// assert_eq!(Expires::seconds(604_801), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Expires(u32);

impl Expires {
    /// 7 days, the most that AWS takes.
    pub const MAX: Self = Self(604_800);

    pub(crate) const QUARTER_HOUR: Self = Self(900);
    pub(crate) const MINUTE: Self = Self(60);

    /// Creates it from 1 to 604,800 seconds; returns `None` for any other number.
    pub const fn seconds(seconds: u32) -> Option<Self> {
        if seconds >= 1 && seconds <= Self::MAX.0 { Some(Self(seconds)) } else { None }
    }

    /// Returns the seconds: 1 to 604,800.
    pub const fn as_seconds(self) -> u32 {
        self.0
    }
}

impl Emit for Expires {
    fn emit(&self, out: &mut impl Sink) {
        Decimal(self.0.into()).emit(out);
    }
}

impl fmt::Display for Expires {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        sink::display(self, f)
    }
}
