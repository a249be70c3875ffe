//! The error of a clock, learnt from the `Date` of responses.

use crate::time::timestamp::Timestamp;

/// Seconds. A longer round trip says too little about when the server looked at its clock.
const LONGEST_ROUND_TRIP: u64 = 15 * 60;

/// Seconds. A minute below the five that the strictest services allow for.
const TOLERATED: u64 = 4 * 60;

/// The seconds by which a server's clock is ahead of the client's; negative if it is behind.
///
/// Keep one for each client, measure it again from every response, whatever its status, and sign at
/// the time that it makes of the client's:
///
/// ```
/// use rolesig::{ClockSkew, Timestamp};
///
/// let mut skew = ClockSkew::NONE;
///
/// // Signed at `skew.apply(sent)`, and refused: this clock is five minutes slow.
/// let sent = Timestamp::from(1_440_937_859); // 12:30:59
/// let received = Timestamp::from(1_440_937_861);
/// let date = Some("Sun, 30 Aug 2015 12:36:00 GMT");
/// let measured = ClockSkew::measure(sent, received, date, false);
/// skew = measured.unwrap_or(skew);
/// assert_eq!(skew.as_seconds(), 300);
///
/// // Signed once more, at the server's time.
/// assert!(measured.is_some_and(|measured| measured.warrants_retry("RequestTimeTooSkewed")));
/// let now = skew.apply(Timestamp::from(1_440_937_862));
/// assert_eq!(now.amz_date().to_string(), "20150830T123602Z");
/// ```
///
/// # A board that boots in 1970
/// Its seconds since the start suffice as a clock. The response to any request over HTTPS shows the
/// time, even an error, so the first request needs no signature:
///
/// ```
/// use rolesig::{ClockSkew, Timestamp};
///
/// // `HEAD /` to the endpoint, sent 7 s after the start; this came at 9 s.
/// let (sent, received) = (Timestamp::from(7), Timestamp::from(9));
/// let head = "HTTP/1.1 403 Forbidden\r\nDate: Sun, 30 Aug 2015 12:36:00 GMT\r\n\r\n";
///
/// let header = |wanted: &str| {
///     let mut headers = head.lines().filter_map(|line| line.split_once(':'));
///     headers.find(|(name, _)| name.eq_ignore_ascii_case(wanted)).map(|(_, value)| value.trim())
/// };
/// let skew = ClockSkew::measure(sent, received, header("date"), header("age").is_some())
///     .ok_or("no time in this response")?;
///
/// // A minute after the start.
/// let now = skew.apply(Timestamp::from(60));
/// assert_eq!(now.amz_date().to_string(), "20150830T123652Z");
/// # Ok::<(), &str>(())
/// ```
///
/// Before that, such a board does not know whether a certificate has expired: check everything else
/// of it, and its dates when the time is known. Without TLS, anyone in between can set the clock.
///
/// Sources: the test cases that AWS has for its SDKs (`core/tests/vectors`), and what they leave
/// open from its own code that passes them (aws-runtime 1.9.4, `service_clock_skew.rs`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ClockSkew(i64);

impl ClockSkew {
    /// The clocks agree, or nothing is known yet.
    pub const NONE: Self = Self(0);

    /// Creates it from seconds, as [`as_seconds`](Self::as_seconds) gave them before a restart.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self(seconds)
    }

    /// Returns the skew between two clocks that were read at the same moment.
    ///
    /// ```
    /// use rolesig::{ClockSkew, Timestamp};
    ///
    /// let skew = ClockSkew::between(Timestamp::from(90), Timestamp::from(30));
    /// assert_eq!(skew.as_seconds(), 60);
    /// ```
    pub const fn between(server: Timestamp, client: Timestamp) -> Self {
        Self(server.as_unix_signed().saturating_sub(client.as_unix_signed()))
    }

    /// Returns the seconds that the server is ahead.
    pub const fn as_seconds(self) -> i64 {
        self.0
    }

    /// Measures the skew that a response shows: its `Date` less the middle between `sent` and
    /// `received`, which are times by the client's own clock, nothing applied (RFC 5905 §8, with
    /// one timestamp for the server's two). It is off by half the round trip and a second at most.
    ///
    /// `None`, which leaves what was known before as it is, if
    /// - there is no `date`, or it is not an HTTP date (RFC 9110 §5.6.7);
    /// - the response has an `Age` header, so that a cache kept it (RFC 9111 §5.1);
    /// - the round trip took more than 15 minutes, or the client's clock was set back meanwhile.
    pub fn measure(
        sent: Timestamp,
        received: Timestamp,
        date: Option<&str>,
        has_age: bool,
    ) -> Option<Self> {
        if has_age {
            return None;
        }
        let date = Timestamp::from_http_date(date?).ok()?;
        let round_trip =
            received.seconds_since(sent).filter(|seconds| *seconds <= LONGEST_ROUND_TRIP)?;
        let middle = sent.checked_add(round_trip / 2)?;
        Some(Self::between(date, middle))
    }

    /// Returns the server's time when the client's clock shows `now`: what to sign at. It stops at
    /// [`Timestamp::EPOCH`] and at [`Timestamp::MAX`].
    pub const fn apply(self, now: Timestamp) -> Timestamp {
        match Timestamp::from_unix(now.as_unix().saturating_add_signed(self.0)) {
            Some(corrected) => corrected,
            None => Timestamp::MAX,
        }
    }

    /// Returns whether a request that was refused with this code is worth signing again, if this
    /// skew was measured at the refusal. It is if the skew is more than four minutes and the code
    /// is one that AWS has for a wrong time. If [`measure`](Self::measure) gave `None`, it is not.
    ///
    /// The code is `InvalidSignatureException`, without what `x-amzn-errortype` and `__type` put
    /// before a `#` or behind a `:`. Such a retry counts as any other: most of these codes have
    /// other causes too. As in AWS's SDKs, what counts is the clock and not the signature, so a
    /// clock that is always off makes each of these refusals worth it; a caller that signed with
    /// nearly this skew already may know better.
    pub fn warrants_retry(self, error_code: &str) -> bool {
        self.0.unsigned_abs() > TOLERATED
            && matches!(
                error_code,
                "InvalidSignatureException"
                    | "SignatureDoesNotMatch"
                    | "AuthFailure"
                    | "RequestTimeTooSkewed"
                    | "AccessDeniedException"
            )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DATE: Option<&str> = Some("Sun, 30 Aug 2015 12:36:00 GMT");
    const INSTANT: u32 = 1_440_938_160;

    fn measure(sent: u32, received: u32, date: Option<&str>, has_age: bool) -> Option<i64> {
        let (sent, received) = (Timestamp::from(sent), Timestamp::from(received));
        ClockSkew::measure(sent, received, date, has_age).map(ClockSkew::as_seconds)
    }

    #[test]
    fn subtracts_the_middle_from_the_date() {
        assert_eq!(measure(INSTANT, INSTANT, DATE, false), Some(0));
        assert_eq!(measure(INSTANT - 1, INSTANT + 1, DATE, false), Some(0));
        assert_eq!(measure(INSTANT, INSTANT + 1, DATE, false), Some(0));
        assert_eq!(measure(INSTANT + 300, INSTANT + 302, DATE, false), Some(-301));
        assert_eq!(measure(0, 2, DATE, false), Some(i64::from(INSTANT) - 1));
        assert_eq!(measure(0, 0, Some("Thu, 01 Jan 1970 00:00:00 GMT"), false), Some(0));
    }

    #[test]
    fn ignores_responses_that_show_no_skew() {
        assert_eq!(measure(INSTANT, INSTANT, None, false), None);
        assert_eq!(measure(INSTANT, INSTANT, Some(""), false), None);
        assert_eq!(measure(INSTANT, INSTANT, Some("2015-08-30T12:36:00Z"), false), None);
        assert_eq!(measure(INSTANT, INSTANT, DATE, true), None);
        assert_eq!(measure(INSTANT, INSTANT + 901, DATE, false), None);
        assert_eq!(measure(INSTANT, INSTANT + 900, DATE, false), Some(-450));
        assert_eq!(measure(INSTANT, INSTANT - 1, DATE, false), None, "the clock was set back");
    }

    #[test]
    fn retries_after_more_than_four_minutes_and_a_code() {
        for (seconds, is_worth_it) in
            [(0, false), (240, false), (-240, false), (241, true), (-241, true), (i64::MIN, true)]
        {
            let skew = ClockSkew::from_seconds(seconds);
            assert_eq!(skew.warrants_retry("AuthFailure"), is_worth_it, "{seconds}");
        }
        let skew = ClockSkew::from_seconds(300);
        for code in [
            "InvalidSignatureException",
            "SignatureDoesNotMatch",
            "AuthFailure",
            "RequestTimeTooSkewed",
            "AccessDeniedException",
        ] {
            assert!(skew.warrants_retry(code), "{code}");
        }
        for code in ["", "AccessDenied", "ExpiredToken", "authfailure", "InvalidSignature"] {
            assert!(!skew.warrants_retry(code), "{code}");
        }
    }
}
