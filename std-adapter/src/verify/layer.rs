//! A layer that verifies each request before its service sees it.

use core::future::poll_fn;
use core::mem::replace;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::sync::Arc;

use bytes::Bytes;
use http::request::Parts;
use http::{Request, Response};
use http_body::Body;
use rolesig::{
    ChunkDecoder, ErrorCodes, PayloadRule, ReceivedBody, Service, SignedPayload, V4, Verifier,
    VerifyError,
};
use tower_layer::Layer;

use crate::clock::Clock;
use crate::sign::decode_query;
use crate::sign::frames::{BoxError, Items, Outlet};
use crate::verify::answer::{self, AnswerBody};
use crate::verify::body::{Item, Refusal, VerifiedBody, VerifiedBodyError, read_whole, relay};
use crate::verify::kept_keys::KeptKeys;
use crate::verify::key::{Claim, LookUpError, LookUpKeys, VerifyingKey, finish_with_any};
use crate::verify::verified::VerifiedRequest;
use crate::verify::{ReceivedHead, chunks};

#[cfg(feature = "client")]
#[cfg(test)]
mod tests;

/// The headers and query pairs that a request may have.
const SLOTS: usize = 64;
/// The longest body that is read as a whole, where the request does not say its hash.
const MAX_READ: usize = 1024 * 1024;

/// The bytes that each chunk but the last must have, to Amazon S3.
///
/// Source: "Signature Calculations for the Authorization Header: Transferring Payload in Multiple
/// Chunks" (Amazon S3).
const MIN_CHUNK: u64 = 8192;

/// A layer that verifies each request (by header, by query, and in chunks) before its service sees
/// it, with a [`VerifiedRequest`] in its extensions. A request that is refused is answered as AWS
/// does.
///
/// The service reads the body as a [`VerifiedBody`], which fails if it is not the one that was
/// signed. The answer is then that of the refusal, whatever the service answers, unless it answered
/// before it read the body to its end. A body that is signed as events is refused.
///
/// The key that a secret gives is derived once a day for up to 32 secrets, and kept in the layer.
///
/// ```
/// use rolesig::{Service, VerifyError};
/// use rolesig_std::verify::{Claim, LookUpError, VerifyLayer, VerifyingKey};
///
/// async fn keys_of(claim: Claim) -> Result<Vec<VerifyingKey>, LookUpError> {
///     // From a database, or from a key service.
///     Err(VerifyError::InvalidAccessKeyId.into())
/// }
/// let layer = VerifyLayer::new("eu-west-1", Service::S3, keys_of).allow_unsigned_payload();
/// ```
pub struct VerifyLayer<L> {
    settings: Settings<L>,
}

struct Settings<L> {
    region: String,
    service: Service<'static>,
    codes: ErrorCodes,
    allows_unsigned_payload: bool,
    clock: Clock,
    lookup: Arc<L>,
    kept: Arc<KeptKeys>,
}

impl<L> Clone for Settings<L> {
    fn clone(&self) -> Self {
        let (lookup, kept) = (Arc::clone(&self.lookup), Arc::clone(&self.kept));
        Self { region: self.region.clone(), lookup, kept, ..*self }
    }
}

/// Shares the lookup and the kept keys, and no setting that is changed later.
impl<L> Clone for VerifyLayer<L> {
    fn clone(&self) -> Self {
        Self { settings: self.settings.clone() }
    }
}

impl<L: LookUpKeys> VerifyLayer<L> {
    /// Creates a layer for requests to one service in one region. It answers as Amazon S3 does, if
    /// the service is one of S3's, and else as services of the query protocol do.
    pub fn new(region: impl Into<String>, service: Service<'static>, lookup: L) -> Self {
        let is_s3 = service.payload_rule == PayloadRule::SignedByHeader;
        let settings = Settings {
            region: region.into(),
            service,
            codes: if is_s3 { ErrorCodes::S3 } else { ErrorCodes::Query },
            allows_unsigned_payload: false,
            clock: Clock::SYSTEM,
            lookup: Arc::new(lookup),
            kept: Arc::default(),
        };
        Self { settings }
    }

    /// Accepts also requests whose signature leaves the body unprotected. See
    /// [`Verifier::allow_unsigned_payload`].
    #[must_use]
    pub fn allow_unsigned_payload(mut self) -> Self {
        self.settings.allows_unsigned_payload = true;
        self
    }

    /// Answers with the codes of a family of services.
    #[must_use]
    pub fn answer_with(mut self, codes: ErrorCodes) -> Self {
        self.settings.codes = codes;
        self
    }

    /// Takes the time from a clock.
    #[must_use]
    pub fn with_clock(mut self, clock: Clock) -> Self {
        self.settings.clock = clock;
        self
    }
}

impl<L, S> Layer<S> for VerifyLayer<L> {
    type Service = VerifyService<L, S>;

    fn layer(&self, inner: S) -> VerifyService<L, S> {
        VerifyService { settings: Arc::new(self.settings.clone()), inner }
    }
}

/// A service behind a [`VerifyLayer`].
///
/// ```
/// use rolesig::{Service, VerifyError};
/// use rolesig_std::verify::{Claim, LookUpError, VerifyLayer, VerifyService, VerifyingKey};
/// use tower_layer::Layer as _;
///
/// async fn keys_of(_: Claim) -> Result<Vec<VerifyingKey>, LookUpError> {
///     Err(VerifyError::InvalidAccessKeyId.into())
/// }
/// fn guarded<S>(inner: S) {
///     let layer = VerifyLayer::new("eu-west-1", Service::S3, keys_of);
///     let _: VerifyService<_, S> = layer.layer(inner);
/// }
/// ```
pub struct VerifyService<L, S> {
    settings: Arc<Settings<L>>,
    inner: S,
}

impl<L, S: Clone> Clone for VerifyService<L, S> {
    fn clone(&self) -> Self {
        Self { settings: Arc::clone(&self.settings), inner: self.inner.clone() }
    }
}

impl<L, S, B, A> tower_service::Service<Request<B>> for VerifyService<L, S>
where
    L: LookUpKeys,
    S: tower_service::Service<Request<VerifiedBody>, Response = Response<A>>,
    S: Clone + Send + 'static,
    S::Future: Send,
    S::Error: Send,
    A: Send,
    B: Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<BoxError>,
{
    type Response = Response<AnswerBody<A>>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<B>) -> Self::Future {
        // The one that is ready is the one that is called.
        let clone = self.inner.clone();
        let mut inner = replace(&mut self.inner, clone);
        let settings = Arc::clone(&self.settings);
        Box::pin(async move {
            let (request, refusal) = match verified(&settings, request).await {
                Ok(verified) => verified,
                Err(error) => return Ok(settings.answer(error)),
            };
            let answer = inner.call(request).await;
            match refusal.get() {
                Some(error) => Ok(settings.answer(error.into())),
                None => answer.map(|response| response.map(AnswerBody::Service)),
            }
        })
    }
}

impl<L> Settings<L> {
    fn verifier(&self) -> Verifier<'_, V4, SLOTS> {
        let verifier = Verifier::with_slots(&self.region, self.service);
        if self.allows_unsigned_payload { verifier.allow_unsigned_payload() } else { verifier }
    }

    /// Returns a decoder that takes the chunks that the service takes.
    fn limited<'r>(&self, decoder: ChunkDecoder<'r>) -> ChunkDecoder<'r> {
        match self.codes {
            ErrorCodes::S3 => decoder.min_chunk_len(MIN_CHUNK),
            _ => decoder,
        }
    }

    fn answer<A>(&self, error: LookUpError) -> Response<AnswerBody<A>> {
        let request_id = format!("{:08X}{:08X}", self.clock.random(), self.clock.random());
        answer::refusal(error, self.codes, &request_id)
    }
}

/// Verifies the head of a request; its body goes on as it is read.
async fn verified<L: LookUpKeys, B>(
    settings: &Arc<Settings<L>>,
    request: Request<B>,
) -> Result<(Request<VerifiedBody>, Refusal), LookUpError>
where
    B: Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<BoxError>,
{
    let (mut parts, body) = request.into_parts();
    let mut head = Request::new(()).into_parts().0;
    head.method = parts.method.clone();
    head.uri = parts.uri.clone();
    head.headers = parts.headers.clone();
    let settings = Arc::clone(settings);
    let mut items = Items::new(|out| async move { verify(&settings, &head, body, out).await });
    let (verified, left) = match poll_fn(|context| items.poll_next(context)).await {
        Some(Ok(Item::Head(verified, left))) => (verified, left),
        Some(Ok(Item::Unavailable)) => return Err(LookUpError::Unavailable),
        Some(Err(error)) => return Err(error.as_refusal().into()),
        // It comes first.
        Some(Ok(Item::Frame(_))) | None => return Err(VerifyError::UnreadBody.into()),
    };
    let refusal = Refusal::default();
    let body = VerifiedBody { items, left, refusal: refusal.clone() };
    parts.extensions.insert(verified);
    Ok((Request::from_parts(parts, body), refusal))
}

async fn verify<L: LookUpKeys, B>(
    settings: &Settings<L>,
    head: &Parts,
    mut body: B,
    out: Outlet<Item>,
) -> Result<(), VerifiedBodyError>
where
    B: Body<Data = Bytes> + Send + Unpin,
    B::Error: Into<BoxError>,
{
    let query = decode_query(head.uri.query().unwrap_or_default());
    let received = ReceivedHead::new(head, &query);
    let (verifier, now) = (settings.verifier(), settings.clock.now());
    let claimed = verifier.begin(&received.as_request(), now)?;
    if claimed.payload() == Some(SignedPayload::Events) {
        return Err(VerifyError::InvalidContentSha256.into());
    }
    let today = now.amz_date().date();
    let finish = |keys: &[VerifyingKey], body: ReceivedBody<'_>| {
        finish_with_any(&claimed, keys, body, &settings.kept, today)
    };
    let is_read = claimed.payload().is_none() || body.is_end_stream();
    let is_in_chunks = claimed.decoded_len().is_some();
    let keys = match settings.lookup.look_up(Claim::of(&claimed)).await {
        Ok(keys) => keys,
        Err(LookUpError::Refused(error)) => return Err(error.into()),
        Err(LookUpError::Unavailable) => {
            out.put(Item::Unavailable).await;
            return Ok(());
        }
    };
    if is_read && !is_in_chunks {
        let data = read_whole(&mut body, MAX_READ).await?;
        let verified = finish(&keys, ReceivedBody::Bytes(&data))?;
        drop(keys);
        let len = u64::try_from(data.len()).ok();
        out.put(Item::Head(VerifiedRequest::of(&verified), len)).await;
        if !data.is_empty() {
            out.put(Item::Frame(http_body::Frame::data(data))).await;
        }
        return Ok(());
    }
    let verified = finish(&keys, ReceivedBody::Unread)?;
    drop(keys);
    let owned = VerifiedRequest::of(&verified);
    let payload = verified.payload();
    let decoded_len = verified.decoded_len();
    if let Some(decoder) = verified.into_decoder() {
        out.put(Item::Head(owned, decoded_len)).await;
        return chunks::relay(&mut body, settings.limited(decoder), &out).await;
    }
    let signed = match payload {
        SignedPayload::Sha256(digest) => Some(digest),
        SignedPayload::Unsigned => None,
        // Its parts have signatures that nothing here verifies.
        _ => return Err(VerifyError::StreamingPayload.into()),
    };
    out.put(Item::Head(owned, body.size_hint().exact())).await;
    relay(&mut body, signed, &out).await
}
