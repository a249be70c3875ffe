//! The verification of one request.

use bytes::Bytes;
use http::request::Parts;
use http_body::Body;
#[cfg(feature = "sigv4a")]
use rolesig::V4a;
use rolesig::{Claimed, ReceivedBody, SignedPayload, Timestamp, V4, VerifyError};

use super::Settings;
use super::head::{has_length, is_upload, size};
use crate::sign::frames::{BoxError, Outlet};
use crate::verify::body::{BodyMessage, VerifiedBodyError, read_whole, relay};
use crate::verify::key::{Claim, LayerScheme, LookUpError, LookUpKeys, VerifyingKey};
use crate::verify::verified::VerifiedRequest;
use crate::verify::{ReceivedHead, ReceivedQuery, chunks};

/// Reads the claim of a request, in either version, and verifies it.
pub(super) async fn verify<L: LookUpKeys, B>(
    settings: &Settings<L>,
    head: &Parts,
    body: B,
    out: Outlet<BodyMessage>,
) -> Result<(), VerifiedBodyError>
where
    B: Body<Data = Bytes> + Send + Unpin,
    B::Error: Into<BoxError>,
{
    if let Some(limit) = settings.head_limit.filter(|limit| size(head) > *limit) {
        return Err(VerifyError::HeadTooLarge { limit }.into());
    }
    let query = ReceivedQuery::decode(head, &settings.service)?;
    let received = ReceivedHead::new(head, &query);
    let (received, now) = (received.as_request(), settings.clock.now());
    match settings.begin::<V4>(&received, now) {
        #[cfg(feature = "sigv4a")]
        Err(VerifyError::UnsupportedAlgorithm(_)) if settings.accepts_v4a => {
            let claimed = settings.begin::<V4a>(&received, now)?;
            finish(settings, head, claimed, now, body, out).await
        }
        claimed => finish(settings, head, claimed?, now, body, out).await,
    }
}

/// Checks that the request can have a body of this form.
fn check_form(
    payload: Option<SignedPayload>,
    is_s3: bool,
    head: &Parts,
    is_empty: bool,
) -> Result<(), VerifyError> {
    match payload {
        Some(
            SignedPayload::Chunks
            | SignedPayload::ChunksWithTrailer
            | SignedPayload::UnsignedChunksWithTrailer,
        ) if is_s3 && is_empty && !has_length(head) => {
            Err(VerifyError::Missing { name: "content-length" })
        }
        Some(SignedPayload::Events) => Err(VerifyError::InvalidContentSha256),
        Some(SignedPayload::UnsignedChunksWithTrailer) if is_s3 && !is_upload(head) => {
            Err(VerifyError::NotAnUpload)
        }
        _ => Ok(()),
    }
}

/// Looks the keys up, and verifies the signature and the body.
async fn finish<S: LayerScheme, L: LookUpKeys, B>(
    settings: &Settings<L>,
    head: &Parts,
    claimed: Claimed<'_, S>,
    now: Timestamp,
    mut body: B,
    out: Outlet<BodyMessage>,
) -> Result<(), VerifiedBodyError>
where
    B: Body<Data = Bytes> + Send + Unpin,
    B::Error: Into<BoxError>,
{
    let is_empty = body.is_end_stream();
    check_form(claimed.payload(), settings.is_s3, head, is_empty)?;
    let today = now.amz_date().date();
    let verify_with = |keys: &[VerifyingKey], body: ReceivedBody<'_>| {
        S::finish_with_any(&claimed, keys, body, &settings.kept, today)
    };
    let is_read = claimed.payload().is_none() || is_empty;
    let is_in_chunks = claimed.decoded_len().is_some();
    let claim = Claim::of(&claimed, &settings.region);
    let keys = match settings.lookup.look_up(claim).await {
        Ok(keys) => keys,
        Err(LookUpError::Refused(error)) => return Err(error.into()),
        Err(LookUpError::Unavailable) => {
            out.put(BodyMessage::Unavailable).await;
            return Ok(());
        }
    };
    if is_read && !is_in_chunks {
        let data = read_whole(&mut body, settings.body_limit).await?;
        let verified = verify_with(&keys, ReceivedBody::Bytes(&data))?;
        drop(keys);
        let len = u64::try_from(data.len()).ok();
        out.put(BodyMessage::Head(VerifiedRequest::of(&verified), len)).await;
        if !data.is_empty() {
            out.put(BodyMessage::Frame(http_body::Frame::data(data))).await;
        }
        return Ok(());
    }
    let verified = verify_with(&keys, ReceivedBody::Unread)?;
    drop(keys);
    let owned = VerifiedRequest::of(&verified);
    let payload = verified.payload();
    let decoded_len = verified.decoded_len();
    if let Some(decoder) = verified.into_decoder() {
        out.put(BodyMessage::Head(owned, decoded_len)).await;
        return chunks::relay(&mut body, settings.limited(decoder), &out).await;
    }
    let signed = match payload {
        SignedPayload::Sha256(digest) => Some(digest),
        SignedPayload::Unsigned => None,
        // Its parts have signatures that nothing here verifies.
        _ => return Err(VerifyError::StreamingPayload.into()),
    };
    out.put(BodyMessage::Head(owned, body.size_hint().exact())).await;
    relay(&mut body, signed, &out).await
}
