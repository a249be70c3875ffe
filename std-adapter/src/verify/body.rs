//! The body of a verified request, which fails before its last bytes if it is not the one that was
//! signed.

use core::fmt;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::sync::{Arc, OnceLock};

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use rolesig::{HexDigest, VerifyError};
use sha2::{Digest as _, Sha256};
use thiserror::Error;

use crate::sign::frames::{BoxError, Items, Outlet, next_frame};
use crate::verify::verified::VerifiedRequest;

/// A message from the task that verifies a request to the body that it hands on.
pub(super) enum BodyMessage {
    /// The head is verified; with the length of its body, if it is known.
    Head(VerifiedRequest, Option<u64>),
    Frame(Frame<Bytes>),
    /// Nothing is verified, since the keys are not known now.
    Unavailable,
}

/// The body of a request that a [`VerifyLayer`](crate::verify::VerifyLayer) let through. Chunks are
/// decoded, and their trailers are its own. The headers that the layer hands on describe the
/// decoded body, so that it can be forwarded as it is. It has no other trailers: no signature
/// covers those that HTTP itself can send, in a `Transfer-Encoding: chunked` body or in HTTP/2, so
/// they are dropped.
///
/// Only a body that ended without an error is the one that was signed: what was read before may be
/// anyone's. Its last bytes, and its trailers, are not handed out before that is known.
///
/// Nothing protects a body that the signature [does not
/// cover](crate::verify::VerifyLayer::allow_unsigned_payload): its end proves nothing. The checksum
/// in a trailer is passed on, and not compared with the body.
///
/// ```
/// use http_body_util::BodyExt as _;
/// use rolesig_std::verify::{VerifiedBody, VerifiedBodyError};
///
/// async fn read(body: VerifiedBody) -> Result<bytes::Bytes, VerifiedBodyError> {
///     Ok(body.collect().await?.to_bytes())
/// }
/// ```
pub struct VerifiedBody {
    pub(super) items: Items<BodyMessage, VerifiedBodyError>,
    pub(super) left: Option<u64>,
    pub(super) refusal: Refusal,
}

impl Body for VerifiedBody {
    type Data = Bytes;
    type Error = VerifiedBodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, VerifiedBodyError>>> {
        self.items.poll_next(context).map(|item| match item? {
            Ok(BodyMessage::Frame(frame)) => {
                let len = frame.data_ref().map_or(0, Bytes::len);
                let len = u64::try_from(len).unwrap_or(u64::MAX);
                self.left = self.left.map(|left| left.saturating_sub(len));
                Some(Ok(frame))
            }
            // It was taken before there was a body.
            Ok(BodyMessage::Head(..) | BodyMessage::Unavailable) => None,
            Err(error) => {
                self.refusal.set(error.as_refusal());
                Some(Err(error))
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        self.items.is_ended()
    }

    fn size_hint(&self) -> SizeHint {
        self.left.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}

impl fmt::Debug for VerifiedBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedBody").field("left", &self.left).finish_non_exhaustive()
    }
}

/// The reason why a body is refused, once it is known.
#[derive(Clone, Default)]
pub(super) struct Refusal(Arc<OnceLock<VerifyError>>);

impl Refusal {
    fn set(&self, error: VerifyError) {
        // The first one counts.
        let _ = self.0.set(error);
    }

    pub(super) fn get(&self) -> Option<VerifyError> {
        self.0.get().copied()
    }
}

/// The reason why a body must not be used.
///
/// ```
/// use rolesig_std::verify::VerifiedBodyError;
///
/// fn log(error: &VerifiedBodyError) {
///     match error {
///         VerifiedBodyError::Refused(refusal) => println!("{}: {refusal}", refusal.code()),
///         other => println!("{other}"),
///     }
/// }
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum VerifiedBodyError {
    /// It is not the one that was signed.
    #[error(transparent)]
    Refused(#[from] VerifyError),
    /// It broke off.
    #[error("the body broke off: {0}")]
    BrokenOff(BoxError),
}

impl VerifiedBodyError {
    pub(super) fn as_refusal(&self) -> VerifyError {
        match self {
            Self::Refused(error) => *error,
            Self::BrokenOff(_) => VerifyError::IncompleteBody,
        }
    }

    /// Takes the error of a received body, which can be a refusal itself.
    pub(super) fn of_received(error: BoxError) -> Self {
        match error.downcast() {
            Ok(refusal) => Self::Refused(*refusal),
            Err(error) => Self::BrokenOff(error),
        }
    }
}

/// Reads a whole body of at most `limit` bytes. One that is announced as longer is not read at all.
pub(super) async fn read_whole<B>(body: &mut B, limit: usize) -> Result<Bytes, VerifiedBodyError>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    let too_large = VerifyError::BodyTooLarge { limit };
    if usize::try_from(body.size_hint().lower()).map_or(true, |least| least > limit) {
        return Err(too_large.into());
    }
    let mut read = BytesMut::new();
    while let Some(frame) = next_frame(body).await {
        let frame = frame.map_err(VerifiedBodyError::of_received)?;
        if let Ok(data) = frame.into_data() {
            if data.len() > limit - read.len() {
                return Err(too_large.into());
            }
            read.extend_from_slice(&data);
        }
    }
    Ok(read.freeze())
}

/// Hands on a body that comes as it is, whose hash is `signed` if any is. It holds each piece of
/// data back until the next one, and the last one until the body is the one that was signed. No
/// signature covers the trailers of HTTP, so that anyone can have added them: they are dropped.
pub(super) async fn relay<B>(
    body: &mut B,
    signed: Option<HexDigest>,
    out: &Outlet<BodyMessage>,
) -> Result<(), VerifiedBodyError>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<BoxError>,
{
    let (mut sha256, mut held) = (Sha256::new(), None);
    while let Some(frame) = next_frame(body).await {
        let frame = frame.map_err(VerifiedBodyError::of_received)?;
        // An empty piece must not release the last bytes.
        let Some(data) = frame.into_data().ok().filter(|data| !data.is_empty()) else { continue };
        sha256.update(&data);
        if let Some(earlier) = held.replace(data) {
            out.put(BodyMessage::Frame(Frame::data(earlier))).await;
        }
    }
    let received: [u8; 32] = sha256.finalize().into();
    if signed.is_some_and(|signed| signed.to_bytes() != received) {
        return Err(VerifyError::ContentSha256Mismatch.into());
    }
    if let Some(last) = held {
        out.put(BodyMessage::Frame(Frame::data(last))).await;
    }
    Ok(())
}
