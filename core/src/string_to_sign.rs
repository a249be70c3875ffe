//! The string to sign.

use core::fmt;

use crate::hex_digest::HexDigest;
use crate::scope::CredentialScope;
use crate::sink::{self, Emit, Sink};
use crate::timestamp::AmzDate;

/// The name of the algorithm, as the string to sign and the `Authorization` header have it.
pub(crate) const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// The algorithm, the time, the credential scope and the digest of the canonical request, a line
/// each.
///
/// Source: "Create a signed AWS API request", step 3.
#[derive(Clone, Copy, Debug)]
pub struct StringToSign<'a> {
    pub(crate) date: AmzDate,
    pub(crate) scope: CredentialScope<'a>,
    pub(crate) canonical_request: HexDigest,
}

impl Emit for StringToSign<'_> {
    fn emit(&self, out: &mut impl Sink) {
        out.put(ALGORITHM.as_bytes());
        out.put(b"\n");
        self.date.emit(out);
        out.put(b"\n");
        self.scope.emit(out);
        out.put(b"\n");
        self.canonical_request.emit(out);
    }
}

impl fmt::Display for StringToSign<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        sink::display(self, f)
    }
}
