//! A request signed by header, written into the caller's buffer in one pass.

use core::fmt;

use crate::emit::sink::{Count, Emit, Stage};
use crate::sign::authenticate::Authenticate;
use crate::sign::signed::{Claim, SIGNATURE};
use crate::sigv4::canonical::added::{
    AMZ_DATE, AUTHORIZATION, CONTENT_SHA256, HEADER_NAMES, NOT_WRITTEN,
};
use crate::sigv4::canonical::merged::MAX_ADDED;
use crate::sigv4::canonical::{Names, Parts, Written};
use crate::sigv4::error::SignError;

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
///
/// Source: "Create a signed AWS API request", steps 1 and 6.
pub struct SignedHead<'b> {
    /// Target, values of added headers, and authorization, one behind the other.
    text: &'b [u8],
    target: usize,
    /// The ends of the values of added headers, by the places of their names. One that is not
    /// there, or stands elsewhere, has no length.
    ends: [usize; MAX_ADDED],
    session_token: Option<(&'static str, &'b str)>,
    signature: usize,
}

impl<'b> SignedHead<'b> {
    /// Returns path and query for the request line, exactly as signed.
    pub fn target(&self) -> &'b [u8] {
        self.text.get(..self.target).unwrap_or_default()
    }

    /// Returns the headers to add, in lower case; `host` is not among them.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &'b [u8])> {
        let (text, mut start) = (self.text, self.target);
        let names = HEADER_NAMES.iter().chain(&[AUTHORIZATION]);
        let values = names.enumerate().filter_map(move |(place, name)| {
            let end = self.ends.get(place).copied().unwrap_or(text.len());
            let value = text.get(start..end).filter(|value| !value.is_empty())?;
            start = end;
            Some((*name, value))
        });
        let token = self.session_token.map(|(name, token)| (name, token.as_bytes()));
        token.into_iter().chain(values)
    }

    /// Returns the value of the `Authorization` header.
    pub fn authorization(&self) -> &'b [u8] {
        let [.., start] = self.ends;
        self.text.get(start..).unwrap_or_default()
    }

    /// Returns the value of `x-amz-date`.
    pub fn date(&self) -> &'b [u8] {
        self.header(AMZ_DATE).unwrap_or_default()
    }

    /// Returns the value of `x-amz-content-sha256`, if the service wants it.
    pub fn payload_hash(&self) -> Option<&'b [u8]> {
        self.header(CONTENT_SHA256)
    }

    /// Returns the session token, which stands where the credentials are.
    pub fn session_token(&self) -> Option<&'b str> {
        self.session_token.map(|(_, token)| token)
    }

    /// Returns the signature: 64 hexadecimal digits; in Signature Version 4a up to 144.
    pub fn signature(&self) -> &'b [u8] {
        self.text.get(self.signature..).unwrap_or_default()
    }

    fn header(&self, name: &str) -> Option<&'b [u8]> {
        self.headers().find(|(other, _)| *other == name).map(|(_, value)| value)
    }
}

/// Shows the target only: a header is the session token.
impl fmt::Debug for SignedHead<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let target = str::from_utf8(self.target()).unwrap_or_default();
        f.debug_struct("SignedHead").field("target", &target).finish_non_exhaustive()
    }
}

/// Refuses a buffer that is too small.
pub(crate) const fn check_room(needed: usize, buffer: &[u8]) -> Result<(), SignError> {
    if needed > buffer.len() { Err(SignError::BufferTooSmall { needed }) } else { Ok(()) }
}

/// Signs: writes each text once, hashes the canonical request with what was written of it, and
/// appends the signature. The session token stays where it is.
#[inline(never)]
pub(crate) fn write_head<'b>(
    parts: &Parts<'_>,
    claim: &Claim<'_>,
    session_token: Option<(&'static str, &'b str)>,
    signature_len: usize,
    buffer: &'b mut [u8],
    key: &mut dyn Authenticate,
) -> Result<SignedHead<'b>, SignError> {
    let (mut beyond, mut ends) = (Count(0), [0; MAX_ADDED]);
    let mut stage = Stage::new(buffer, &mut beyond);
    parts.emit_path(&mut stage);
    let path = stage.len();
    parts.emit_query(&mut stage);
    let target = stage.len();
    for (place, (end, added)) in ends.iter_mut().zip(parts.added).enumerate() {
        match added {
            Some((_, value)) if !NOT_WRITTEN.contains(&place) => value.emit(&mut stage),
            _ => {}
        }
        *end = stage.len();
    }
    claim.emit(&mut stage);
    let names = stage.len();
    let (text, rest) = buffer.split_at_mut_checked(names).unwrap_or_default();
    let part = |from: usize, to: usize| text.get(from..to).unwrap_or_default();
    let written = Written { path: part(0, path), query: part(path.saturating_add(1), target) };
    let mut stage = Stage::new(rest, &mut beyond);
    let digest = parts.digest(&written, Names::Written(&mut stage));
    let end = names.saturating_add(stage.len());
    let signature = end.saturating_add(SIGNATURE.len());
    check_room(signature.saturating_add(signature_len).saturating_add(beyond.0), buffer)?;

    let mut stage = Stage::resumed(buffer, end, &mut beyond);
    stage.put(SIGNATURE.as_bytes());
    key.authenticate(digest).emit(&mut stage);
    let len = stage.len();
    let text = buffer.get(..len).unwrap_or_default();
    Ok(SignedHead { text, target, ends, session_token, signature })
}
