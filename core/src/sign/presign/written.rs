//! A presigned URL, written into the caller's buffer in one pass.

use core::fmt;

use super::UNSIGNED_HEADER;
use super::stages::{UrlEnd, UrlStart};
use crate::emit::sink::{Count, Emit, Stage};
use crate::sign::authenticate::Authenticate;
use crate::sign::head::check_room;
use crate::sigv4::canonical::added::QueryToken;
use crate::sigv4::canonical::{Names, Parts, WrittenTarget};
use crate::sigv4::error::SignError;
use crate::time::timestamp::Timestamp;

/// Writes the URL once, hashes the canonical request with what was written of it, and appends the
/// signature. Returns the URL and its target.
#[inline(never)]
pub(super) fn write_url<'b>(
    parts: &Parts<'_>,
    start: &UrlStart<'_>,
    appended_token: Option<QueryToken<'_>>,
    signature_len: usize,
    buffer: &'b mut [u8],
    key: &mut dyn Authenticate,
) -> Result<(&'b [u8], &'b [u8]), SignError> {
    let mut beyond = Count(0);
    let mut stage = Stage::new(buffer, &mut beyond);
    start.emit(&mut stage);
    let target = stage.len();
    parts.emit_path(&mut stage);
    let path = stage.len();
    parts.emit_query(&mut stage);
    let end = stage.len();
    let more = UrlEnd { signature: &"", appended_token }.emitted_len();
    let more = more.saturating_add(signature_len).saturating_add(beyond.0);
    check_room(end.saturating_add(more), buffer)?;

    let written = WrittenTarget {
        target: buffer.get(target..end).unwrap_or_default(),
        path: path.saturating_sub(target),
    };
    let digest = parts.digest(&written, Names::Known(&parts.header_names()));
    let mut stage = Stage::resumed(buffer, end, &mut beyond);
    key.derive();
    UrlEnd { signature: key.authenticate(&digest), appended_token }.emit(&mut stage);
    let len = stage.len();
    let url = buffer.get(..len).unwrap_or_default();
    Ok((url, url.get(target..).unwrap_or_default()))
}

/// A presigned URL, as slices of the buffer that it was written to.
///
/// ```
/// use rolesig::{Credentials, Expires, Request, Service, Signer, Timestamp};
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
///     headers: &[],
///     payload: None,
/// };
/// let now: Timestamp = "2013-05-24T00:00:00Z".parse()?;
/// let mut signer = Signer::new(credentials, "us-east-1", Service::S3)?;
/// let mut buffer = [0; 512];
/// let presigned = signer.presign_into(&request, Expires::MAX, now, "https", &mut buffer)?;
/// let start = b"https://examplebucket.s3.amazonaws.com/test.txt?X-Amz-Algorithm=AWS4-HMAC-SHA256&";
/// assert!(presigned.url().starts_with(start));
/// assert!(presigned.target().starts_with(b"/test.txt?"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Source: "Authenticating Requests: Using Query Parameters" (Amazon S3).
pub struct WrittenUrl<'b> {
    pub(super) url: &'b [u8],
    pub(super) target: &'b [u8],
    pub(super) has_header: bool,
    pub(super) expires_at: Timestamp,
}

impl<'b> WrittenUrl<'b> {
    /// Returns the URL. It is a secret: anyone who has it can use it, and it contains the session
    /// token.
    pub const fn url(&self) -> &'b [u8] {
        self.url
    }

    /// Returns path and query for the request line.
    pub const fn target(&self) -> &'b [u8] {
        self.target
    }

    /// Returns what [`Presigned::header`](crate::Presigned::header) does.
    pub fn header(&self) -> Option<(&'static str, &'static [u8])> {
        self.has_header.then_some(UNSIGNED_HEADER)
    }

    /// Returns what [`Presigned::expires_at`](crate::Presigned::expires_at) does.
    pub fn expires_at(&self, credentials_expire_at: Option<Timestamp>) -> Timestamp {
        credentials_expire_at.map_or(self.expires_at, |theirs| theirs.min(self.expires_at))
    }
}

/// Shows when it expires only.
impl fmt::Debug for WrittenUrl<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WrittenUrl").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}
