//! The lifetime of a presigned request.

use core::time::Duration;

use crate::emit::decimal::{eight_digits, without_zeros};
use crate::emit::sink::{Emit, Stage, display_emitted};

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
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
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

/// A whole number of seconds from 1 second to 7 days; anything else is given back.
///
/// ```
/// use core::time::Duration;
/// use rolesig::Expires;
///
/// assert_eq!(Expires::try_from(Duration::from_secs(60)), Ok(Expires::seconds(60).unwrap()));
/// assert!(Expires::try_from(Duration::from_millis(1500)).is_err());
/// ```
impl TryFrom<Duration> for Expires {
    type Error = Duration;

    fn try_from(duration: Duration) -> Result<Self, Duration> {
        let seconds = u32::try_from(duration.as_secs()).ok();
        let whole = seconds.filter(|_| duration.subsec_nanos() == 0);
        whole.and_then(Self::seconds).ok_or(duration)
    }
}

impl From<Expires> for Duration {
    fn from(expires: Expires) -> Self {
        Self::from_secs(expires.0.into())
    }
}

impl Emit for Expires {
    fn emit(&self, out: &mut Stage<'_>) {
        // Never more digits than that.
        out.put(without_zeros(&eight_digits(self.0)));
    }
}

display_emitted!(Expires);
