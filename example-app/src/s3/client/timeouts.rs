//! The time that S3 is waited for.

use core::time::Duration;

/// The time that S3 is waited for. There is no limit for an upload that moves: slow networks work
/// too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct S3Timeouts {
    /// The time to open a connection: `fs.s3a.connection.establish.timeout`.
    pub connect: Duration,
    /// The time for a response to a request without content: `fs.s3a.connection.request.timeout`.
    pub response: Duration,
    /// The time in which an upload has to move a byte: `fs.s3a.connection.timeout`. S3 itself gives
    /// up after 20 s, and what lies in the buffers of a slow network takes longer.
    pub stall: Duration,
}

impl Default for S3Timeouts {
    /// Returns 10 s, one minute, two minutes.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            response: Duration::from_mins(1),
            stall: Duration::from_mins(2),
        }
    }
}
