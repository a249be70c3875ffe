//! A request signed by header, written into the caller's buffer in one pass.

use core::fmt;

use heapless::Vec;

use crate::emit::hex_digest::HexDigest;
use crate::emit::sink::Emit;
use crate::sign::draft::{Draft, Texts};
use crate::sign::signed::{Claim, SIGNATURE};
use crate::sigv4::canonical::Parts;
use crate::sigv4::canonical::added::{AMZ_DATE, AUTHORIZATION, CONTENT_SHA256, HOST};
use crate::sigv4::canonical::merged::MAX_ADDED;
use crate::sigv4::error::SignError;

/// The most headers of a head: those that are added but for the host, and `authorization`.
const MAX_HEADERS: usize = MAX_ADDED + 1;

type Header<'b> = (&'static str, &'b [u8]);

/// A signed request's head, as slices of the buffer that it was written to.
///
/// Send [`target`](Self::target) as the request's target, [`headers`](Self::headers) beside the
/// request's own, and `Host` with the request's host.
///
/// ```
/// use rolesig::{Credentials, Payload, Request, Service, SignError, Signer, Timestamp};
///
/// let credentials = Credentials {
///     access_key_id: "AKIAIOSFODNN7EXAMPLE",
///     secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
///     session_token: None,
/// };
/// let request = Request {
///     method: "GET",
///     host: "examplebucket.s3.amazonaws.com",
///     path: "/test.txt",
///     query: &[],
///     headers: &[("Range", b"bytes=0-9")],
///     payload: Payload::Bytes(b""),
/// };
/// let now: Timestamp = "2013-05-24T00:00:00Z".parse()?;
/// let mut signer = Signer::new(credentials, "us-east-1", Service::S3)?;
///
/// let mut buffer = [0; 512];
/// let head = signer.sign_into(&request, now, &mut buffer)?;
/// assert_eq!(head.target(), b"/test.txt");
/// assert_eq!(head.date(), b"20130524T000000Z");
/// assert_eq!(
///     head.signature(),
///     b"f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41"
/// );
/// let names: Vec<_> = head.headers().map(|(name, _)| name).collect();
/// assert_eq!(names, ["x-amz-content-sha256", "x-amz-date", "authorization"]);
///
/// // A buffer that is too small says how long it must be.
/// let Err(SignError::BufferTooSmall { needed }) = signer.sign_into(&request, now, &mut [0; 64])
/// else {
///     return Err("64 bytes hold no authorization".into());
/// };
/// signer.sign_into(&request, now, &mut vec![0; needed])?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct SignedHead<'b> {
    target: &'b [u8],
    headers: Vec<Header<'b>, MAX_HEADERS>,
    signature: &'b [u8],
}

impl<'b> SignedHead<'b> {
    /// Returns path and query for the request line, exactly as signed.
    pub const fn target(&self) -> &'b [u8] {
        self.target
    }

    /// Returns the headers to add, in lower case; `host` is not among them.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &'b [u8])> {
        self.headers.iter().copied()
    }

    /// Returns the value of the `Authorization` header.
    pub fn authorization(&self) -> &'b [u8] {
        self.header(AUTHORIZATION).unwrap_or_default()
    }

    /// Returns the value of `x-amz-date`.
    pub fn date(&self) -> &'b [u8] {
        self.header(AMZ_DATE).unwrap_or_default()
    }

    /// Returns the value of `x-amz-content-sha256`, if the service wants it.
    pub fn payload_hash(&self) -> Option<&'b [u8]> {
        self.header(CONTENT_SHA256)
    }

    /// Returns the session token: a slice of the credentials.
    pub fn session_token(&self) -> Option<&'b [u8]> {
        let is_token = |name: &str| name.ends_with("-token");
        self.headers.iter().find(|(name, _)| is_token(name)).map(|(_, token)| *token)
    }

    /// Returns the signature: 64 hexadecimal digits; in Signature Version 4a up to 144.
    pub const fn signature(&self) -> &'b [u8] {
        self.signature
    }

    fn header(&self, name: &str) -> Option<&'b [u8]> {
        self.headers.iter().find(|(other, _)| *other == name).map(|(_, value)| *value)
    }
}

/// Shows the target only: a header is the session token.
impl fmt::Debug for SignedHead<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let target = str::from_utf8(self.target).unwrap_or_default();
        f.debug_struct("SignedHead").field("target", &target).finish_non_exhaustive()
    }
}

/// The session token, which is sent from where it is: signed under its name, or appended.
#[derive(Clone, Copy)]
pub(crate) struct SentToken<'b> {
    pub(crate) name: &'static str,
    pub(crate) token: &'b str,
    pub(crate) is_signed: bool,
}

/// Signs the hash of a canonical request.
pub(crate) trait Authenticate {
    /// Returns the signature.
    fn authenticate(&mut self, canonical_request: HexDigest) -> &dyn Emit;
}

/// Signs: writes each text once, hashes the canonical request with what was written of it, and
/// appends the signature.
#[inline(never)]
pub(crate) fn write_head<'b>(
    parts: &Parts<'_>,
    claim: &Claim<'_>,
    token: Option<SentToken<'b>>,
    signature_len: usize,
    buffer: &'b mut [u8],
    key: &mut dyn Authenticate,
) -> Result<SignedHead<'b>, SignError> {
    let (path, query) = (parts.wire_path(), parts.wire_query());
    let mut texts = Texts::from_array([&path, &query]);
    let mut headers = Vec::new();
    let is_token = |name| token.filter(|token| token.name == name);
    for (name, value) in parts.added.iter().filter(|(name, _)| *name != HOST) {
        let sent = is_token(*name).map(|token| token.token.as_bytes());
        if sent.is_none() {
            let _ = texts.push(*value);
        }
        let _ = headers.push((*name, sent.unwrap_or_default()));
    }
    if let Some(appended) = token.filter(|token| !token.is_signed) {
        let _ = headers.push((appended.name, appended.token.as_bytes()));
    }
    let authorization = texts.len();
    let names = authorization + 1;
    let _ = texts.push(claim);
    let _ = texts.push(&parts.header_names);

    let draft = Draft::write(&texts, SIGNATURE.len() + signature_len, buffer)?;
    let (path, query, names) = (draft.text(0), draft.text(1), draft.text(names));
    let query = query.get(1..).unwrap_or_default();
    let canonical_request = HexDigest::of(&parts.six_written(&path, &query, &names));
    let end = draft.len();
    let finished = draft.finish(&[&SIGNATURE, key.authenticate(canonical_request)]);

    let written = headers.iter_mut().filter(|(name, _)| is_token(*name).is_none());
    for (place, (_, value)) in (2..).zip(written) {
        *value = finished.texts(place, place);
    }
    let _ = headers.push((AUTHORIZATION, finished.rest(authorization)));
    Ok(SignedHead {
        target: finished.texts(0, 1),
        headers,
        signature: finished.behind(end + SIGNATURE.len()),
    })
}
