//! How long S3 is waited for.

use core::time::Duration;

/// How long S3 is waited for. There is no limit for an upload that moves: a slow network is no
/// broken one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// To open a connection: `fs.s3a.connection.establish.timeout`.
    pub connect: Duration,
    /// For an answer to what has no content: `fs.s3a.connection.request.timeout`.
    pub answer: Duration,
    /// How long an upload may be without a byte that moves: `fs.s3a.connection.timeout`. S3 itself
    /// gives up after 20 s, and what lies in the buffers of a slow network takes longer.
    pub stall: Duration,
}

impl Default for Timeouts {
    /// 10 s, one minute, two minutes.
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            answer: Duration::from_mins(1),
            stall: Duration::from_mins(2),
        }
    }
}
