//! The credential scope: the day, region and service that a signature is good for.

use core::fmt;

use crate::sink::{self, Emit, Sink};
use crate::timestamp::DateStamp;

/// `20150830/us-east-1/iam/aws4_request`.
///
/// Source: "Create a signed AWS API request", step 3.
#[derive(Clone, Copy, Debug)]
pub struct CredentialScope<'a> {
    pub(crate) date: DateStamp,
    pub(crate) region: &'a str,
    pub(crate) service: &'a str,
}

/// The last part of every scope, and the last message of the key derivation.
pub(crate) const TERMINATION: &str = "aws4_request";

impl Emit for CredentialScope<'_> {
    fn emit(&self, out: &mut impl Sink) {
        self.date.emit(out);
        out.put(b"/");
        out.put(self.region.as_bytes());
        out.put(b"/");
        out.put(self.service.as_bytes());
        out.put(b"/");
        out.put(TERMINATION.as_bytes());
    }
}

impl fmt::Display for CredentialScope<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        sink::display(self, f)
    }
}
