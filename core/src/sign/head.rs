//! A request signed by header, written into the caller's buffer in one pass.

use core::fmt;

use crate::emit::sink::{Count, Stage};
use crate::sign::authenticate::Authenticate;
use crate::sign::signed::SIGNATURE;
use crate::sigv4::canonical::{Names, Parts, WrittenTarget};
use crate::sigv4::error::SignError;
use crate::sigv4::names::{
    HEADER_NAMES, NOT_WRITTEN, PLACE_OF_AUTHORIZATION, PLACE_OF_CONTENT_SHA256, PLACE_OF_DATE, has,
};

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
    /// The ends of the target, and of the values of headers by the places of their names. One that
    /// is not there, or is elsewhere, has no length.
    ends: [usize; 1 + HEADER_NAMES.len()],
    /// The place of its name, and the token.
    session_token: Option<(usize, &'b str)>,
    signature: usize,
}

impl<'b> SignedHead<'b> {
    /// Returns path and query for the request line, exactly as signed.
    pub fn target(&self) -> &'b [u8] {
        let [end, ..] = self.ends;
        self.text.get(..end).unwrap_or_default()
    }

    /// Returns the headers to add, in lower case; `host` is not among them.
    pub fn headers(&self) -> impl Iterator<Item = (&'static str, &'b [u8])> {
        let headers =
            HEADER_NAMES.iter().enumerate().map(|(place, name)| match self.session_token {
                Some((at, token)) if at == place => (*name, token.as_bytes()),
                _ => (*name, self.value(place)),
            });
        headers.filter(|(_, value)| !value.is_empty())
    }

    /// Returns the value of the `Authorization` header.
    pub fn authorization(&self) -> &'b [u8] {
        self.value(PLACE_OF_AUTHORIZATION)
    }

    /// Returns the value of `x-amz-date`.
    pub fn date(&self) -> &'b [u8] {
        self.value(PLACE_OF_DATE)
    }

    /// Returns the value of `x-amz-content-sha256`, if the service requires it.
    pub fn payload_hash(&self) -> Option<&'b [u8]> {
        Some(self.value(PLACE_OF_CONTENT_SHA256)).filter(|value| !value.is_empty())
    }

    /// Returns the session token, in its place with the credentials.
    pub fn session_token(&self) -> Option<&'b str> {
        self.session_token.map(|(_, token)| token)
    }

    /// Returns the signature: 64 hexadecimal digits; in Signature Version 4a up to 144.
    pub fn signature(&self) -> &'b [u8] {
        self.text.get(self.signature..).unwrap_or_default()
    }

    /// Returns the value of the header whose name has this place; nothing if it is not there.
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))]
    fn value(&self, place: usize) -> &'b [u8] {
        match self.ends.get(place..) {
            Some([start, end, ..]) => self.text.get(*start..*end).unwrap_or_default(),
            _ => &[],
        }
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
    session_token: Option<(usize, &'b str)>,
    signature_len: usize,
    buffer: &'b mut [u8],
    key: &mut dyn Authenticate,
) -> Result<SignedHead<'b>, SignError> {
    let mut beyond = Count(0);
    let mut stage = Stage::new(buffer, &mut beyond);
    parts.emit_path(&mut stage);
    let path = stage.len();
    parts.emit_query(&mut stage);
    let target = stage.len();
    let mut ends = [target; 1 + HEADER_NAMES.len()];
    let [_, after @ ..] = &mut ends;
    for (place, end) in after.iter_mut().enumerate() {
        match parts.added().get(place) {
            Some(Some(value)) if !has(NOT_WRITTEN, place) => value.emit(&mut stage),
            _ => {}
        }
        *end = stage.len();
    }
    key.claim(&mut stage);
    let names = stage.len();
    let (text, rest) = buffer.split_at_mut_checked(names).unwrap_or_default();
    let mut stage = Stage::new(rest, &mut beyond);
    let written = WrittenTarget { target: text.get(..target).unwrap_or_default(), path };
    let digest = parts.digest(&written, Names::Written(&mut stage));
    let end = names.saturating_add(stage.len());
    let signature = end.saturating_add(SIGNATURE.len());
    check_room(signature.saturating_add(signature_len).saturating_add(beyond.0), buffer)?;

    let mut stage = Stage::resumed(buffer, end, &mut beyond);
    stage.put(SIGNATURE.as_bytes());
    key.derive();
    key.authenticate(&digest).emit(&mut stage);
    let [.., authorization] = &mut ends;
    *authorization = stage.len();
    let text = buffer.get(..*authorization).unwrap_or_default();
    Ok(SignedHead { text, ends, session_token, signature })
}
