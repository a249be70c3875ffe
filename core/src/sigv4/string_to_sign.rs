//! The string to sign.

use crate::emit::hex_digest::HexDigest;
use crate::emit::sink::{Emit, Stage, display_emitted};
use crate::sigv4::scope::CredentialScope;
use crate::time::timestamp::AmzDate;

/// The algorithm, the time, the credential scope and the digest of the canonical request, a line
/// each.
///
/// Source: "Create a signed AWS API request", step 3.
///
/// ```
/// use rolesig::{Credentials, Payload, Request, Service, Signer, Timestamp};
///
/// # let credentials =
/// #     Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
/// let request = Request {
///     method: "GET",
///     host: "example.com",
///     path: "/",
///     query: &[],
///     headers: &[],
///     payload: Payload::Bytes(b""),
/// };
/// let now = Timestamp::from(1_440_938_160);
/// let mut signer = Signer::new(credentials, "us-east-1", Service::new("service"))?;
/// let text = signer.sign(&request, now)?.string_to_sign().to_string();
/// let lines: Vec<_> = text.lines().collect();
/// assert_eq!(lines[0], "AWS4-HMAC-SHA256");
/// assert_eq!(lines[2], "20150830/us-east-1/service/aws4_request");
/// # Ok::<(), rolesig::SignError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct StringToSign<'a> {
    pub(crate) algorithm: &'static str,
    pub(crate) date: AmzDate,
    pub(crate) scope: CredentialScope<'a>,
    pub(crate) canonical_request: HexDigest,
}

impl Emit for StringToSign<'_> {
    fn emit(&self, out: &mut Stage<'_>) {
        out.put(self.algorithm.as_bytes());
        out.put_byte(b'\n');
        self.date.emit(out);
        out.put_byte(b'\n');
        self.scope.emit(out);
        out.put_byte(b'\n');
        self.canonical_request.emit(out);
    }
}

display_emitted!(StringToSign<'_>);

/// The text that is signed for a chunk, a trailer or an event.
pub(crate) struct ChunkStringToSign<'a, G> {
    pub(crate) algorithm: &'static str,
    /// `-PAYLOAD` or `-TRAILER`.
    pub(crate) form: &'static str,
    pub(crate) date: AmzDate,
    pub(crate) scope: CredentialScope<'a>,
    /// The signature before this one.
    pub(crate) previous: G,
    /// A line that trailers do not have: the hash of a chunk's headers, which is that of no
    /// headers.
    pub(crate) headers: Option<HexDigest>,
    pub(crate) content: HexDigest,
}

impl<G: Emit> Emit for ChunkStringToSign<'_, G> {
    fn emit(&self, out: &mut Stage<'_>) {
        out.put(self.algorithm.as_bytes());
        out.put(self.form.as_bytes());
        out.put_byte(b'\n');
        self.date.emit(out);
        out.put_byte(b'\n');
        self.scope.emit(out);
        out.put_byte(b'\n');
        self.previous.emit(out);
        out.put_byte(b'\n');
        if let Some(headers) = self.headers {
            headers.emit(out);
            out.put_byte(b'\n');
        }
        self.content.emit(out);
    }
}

/// `name:value`; signed with one line end and sent with another.
pub(crate) struct TrailerLine<'d> {
    pub(crate) name: &'d str,
    pub(crate) value: &'d [u8],
    pub(crate) line_end: &'static [u8],
}

impl Emit for TrailerLine<'_> {
    fn emit(&self, out: &mut Stage<'_>) {
        out.put(self.name.as_bytes());
        out.put_byte(b':');
        out.put(self.value);
        out.put(self.line_end);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::timestamp::Timestamp;

    extern crate std;
    use std::string::ToString;

    /// Example "GET Object" of "Signature Calculations for the Authorization Header".
    #[test]
    fn reproduces_the_worked_example() {
        let canonical_request = "GET\n/test.txt\n\nhost:examplebucket.s3.amazonaws.com\n\
            range:bytes=0-9\nx-amz-content-sha256:\
            e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n\
            x-amz-date:20130524T000000Z\n\nhost;range;x-amz-content-sha256;x-amz-date\n\
            e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        let date = "2013-05-24T00:00:00Z".parse::<Timestamp>().unwrap().amz_date();
        let string_to_sign = StringToSign {
            algorithm: "AWS4-HMAC-SHA256",
            date,
            scope: CredentialScope { date: date.date(), region: Some("us-east-1"), service: "s3" },
            canonical_request: HexDigest::of(&canonical_request),
        };
        assert_eq!(
            string_to_sign.to_string(),
            "AWS4-HMAC-SHA256\n\
             20130524T000000Z\n\
             20130524/us-east-1/s3/aws4_request\n\
             7344ae5b7ee6c3e7e6b0fe0640412a37625d1fbfff95c48bbb2dc43964946972"
        );
    }
}
