//! A layer that verifies each request before its service sees it.

use core::future::poll_fn;
use core::mem::replace;
use core::pin::Pin;
use core::task::{Context, Poll};
#[cfg(feature = "client")]
use core::time::Duration;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use rolesig::{
    ChunkDecoder, Claimed, ErrorCodes, PayloadRule, ReceivedRequest, Scheme, Service, Timestamp,
    Verifier, VerifyError,
};
use tower_layer::Layer;

use crate::clock::Clock;
use crate::sign::SLOTS;
use crate::sign::frames::{BoxError, Items};
use crate::verify::body::{BodyMessage, Refusal, VerifiedBody};
use crate::verify::kept_keys::KeptKeys;
use crate::verify::key::{LookUpError, LookUpKeys};
use crate::verify::response::{self, VerifyLayerBody};
#[cfg(feature = "client")]
use crate::verify::timed_body::TimedBody;

mod head;
#[cfg(feature = "client")]
#[cfg(test)]
mod tests;
mod verification;

use verification::verify;

/// The headers, and the query pairs, of most requests; slots for them take less of the stack.
const FEW: usize = 64;
/// The bytes of a body that is read as a whole, unless a layer is given another limit.
const BODY_LIMIT: usize = 1024 * 1024;
/// The bytes of headers and query that Amazon S3 takes.
///
/// Source: "Error responses" (Amazon S3), `RequestHeaderSectionTooLarge`, whose `MaxSizeAllowed` is
/// this; "`PutObject`", on the limit of 8 KB.
const HEAD_LIMIT: usize = 8192;

/// The bytes that each chunk but the last must have, to Amazon S3.
///
/// Source: "Signature Calculations for the Authorization Header: Transferring Payload in Multiple
/// Chunks" (Amazon S3).
const MIN_CHUNK: u64 = 8192;

/// A layer that verifies each request (by header, by query, and in chunks) before its service sees
/// it, with a [`VerifiedRequest`](crate::verify::VerifiedRequest) in its extensions. A request that
/// is refused is answered as AWS does.
///
/// The service reads the body as a [`VerifiedBody`], which the head describes. For a chunked body,
/// `Content-Length` is the decoded length, `aws-chunked` is not in `Content-Encoding`, and
/// `Transfer-Encoding`, `x-amz-content-sha256`, `x-amz-decoded-content-length` and `x-amz-trailer`
/// are gone. The target of a request to Amazon S3 has `%20` for an unencoded `+`, and its path `/`
/// for `%2F`, as S3 reads them.
///
/// A request may have [`SLOTS`] headers and as many query pairs: more than fit into the 8 KB that
/// Amazon S3 [takes](Self::with_head_limit). hyper's server takes 100 headers unless `max_headers`
/// says otherwise, and answers longer heads than `max_buf_size` itself.
///
/// The body fails if it is not the one that was signed. The response is then that of the refusal,
/// whatever the service answers, unless it answered before it read the body to its end. A body that
/// is signed as events is refused. Nothing protects an [unsigned
/// one](Self::allow_unsigned_payload); the checksum in a trailer is passed on, and not compared with
/// the body.
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
    /// True for the services of Amazon S3, which accept less than others.
    is_s3: bool,
    codes: ErrorCodes,
    allows_unsigned_payload: bool,
    #[cfg(feature = "sigv4a")]
    accepts_v4a: bool,
    head_limit: Option<usize>,
    body_limit: usize,
    #[cfg(feature = "client")]
    body_timeout: Option<Duration>,
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
            is_s3,
            codes: if is_s3 { ErrorCodes::S3 } else { ErrorCodes::Query },
            allows_unsigned_payload: false,
            #[cfg(feature = "sigv4a")]
            accepts_v4a: false,
            head_limit: is_s3.then_some(HEAD_LIMIT),
            body_limit: BODY_LIMIT,
            #[cfg(feature = "client")]
            body_timeout: None,
            clock: Clock::SYSTEM,
            lookup: Arc::new(lookup),
            kept: Arc::default(),
        };
        Self { settings }
    }

    /// Accepts requests whose signature leaves the body unprotected, as well. See
    /// [`Verifier::allow_unsigned_payload`].
    #[must_use]
    pub fn allow_unsigned_payload(mut self) -> Self {
        self.settings.allows_unsigned_payload = true;
        self
    }

    /// Accepts requests that are signed with Signature Version 4a as well, for a set of regions in
    /// which the layer's own is. The lookup gives a
    /// [`VerifyingKey::Public`](crate::verify::VerifyingKey::Public) for them, or the secret.
    #[cfg(feature = "sigv4a")]
    #[must_use]
    pub fn accept_v4a(mut self) -> Self {
        self.settings.accepts_v4a = true;
        self
    }

    /// Sets how many bytes the names and values of a request's headers and its query may have
    /// together; the path does not count. A longer head is refused with
    /// [`VerifyError::HeadTooLarge`]. By default a service of Amazon S3's takes 8192 bytes, as S3
    /// does, and any other what the server lets through.
    #[must_use]
    pub fn with_head_limit(mut self, bytes: usize) -> Self {
        self.settings.head_limit = Some(bytes);
        self
    }

    /// Sets how many bytes of a body are read into memory before the service sees the request: that
    /// of a request that does not give its body's hash, as those to most services but Amazon S3. A
    /// longer one is refused with [`VerifyError::BodyTooLarge`]. 1 MiB by default.
    #[must_use]
    pub fn with_body_limit(mut self, bytes: usize) -> Self {
        self.settings.body_limit = bytes;
        self
    }

    /// Refuses a request with [`VerifyError::BodyTimeout`] if nothing of its body comes for this
    /// long while it is read. By default it is waited for without end. It needs a runtime of tokio
    /// whose time is enabled.
    ///
    /// Source: "Error responses" (Amazon S3), `RequestTimeout`.
    #[cfg(feature = "client")]
    #[must_use]
    pub fn with_body_timeout(mut self, limit: Duration) -> Self {
        self.settings.body_timeout = Some(limit);
        self
    }

    /// Sets the family of services whose error codes a refusal has. It does not change what is
    /// accepted.
    #[must_use]
    pub fn with_error_codes(mut self, codes: ErrorCodes) -> Self {
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
    type Response = Response<VerifyLayerBody<A>>;
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
                Err(error) => return Ok(settings.refusal(error)),
            };
            let response = inner.call(request).await;
            match refusal.get() {
                Some(error) => Ok(settings.refusal(error.into())),
                None => response.map(|response| response.map(VerifyLayerBody::Service)),
            }
        })
    }
}

impl<L> Settings<L> {
    /// Reads the claim of a request, with as many slots as it needs.
    fn begin<'r, S: Scheme>(
        &self,
        received: &ReceivedRequest<'r>,
        now: Timestamp,
    ) -> Result<Claimed<'r, S>, VerifyError> {
        if received.headers.len().max(received.query.len()) <= FEW {
            self.verifier::<S, FEW>().begin(received, now)
        } else {
            self.verifier::<S, SLOTS>().begin(received, now)
        }
    }

    fn verifier<S: Scheme, const COUNT: usize>(&self) -> Verifier<'_, S, COUNT> {
        let verifier = Verifier::with_slots(&self.region, self.service);
        if self.allows_unsigned_payload { verifier.allow_unsigned_payload() } else { verifier }
    }

    /// Returns a decoder that takes the chunks that the service takes.
    fn limited<'r, S: Scheme>(&self, decoder: ChunkDecoder<'r, S>) -> ChunkDecoder<'r, S> {
        if self.is_s3 { decoder.min_chunk_len(MIN_CHUNK) } else { decoder }
    }

    fn refusal<A>(&self, error: LookUpError) -> Response<VerifyLayerBody<A>> {
        let request_id = format!("{:08X}{:08X}", self.clock.random(), self.clock.random());
        response::refusal(error, self.codes, &request_id)
    }
}

/// Verifies the head of a request; its body is verified as it is read.
async fn verified<L: LookUpKeys, B>(
    settings: &Arc<Settings<L>>,
    request: Request<B>,
) -> Result<(Request<VerifiedBody>, Refusal), LookUpError>
where
    B: Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<BoxError>,
{
    let (mut parts, body) = request.into_parts();
    #[cfg(feature = "client")]
    let body = TimedBody::new(body, settings.body_timeout);
    let mut head = Request::new(()).into_parts().0;
    head.method = parts.method.clone();
    head.uri = parts.uri.clone();
    head.version = parts.version;
    head.headers = parts.headers.clone();
    head::describe_target(&mut parts, settings.service.path_rule)?;
    let settings = Arc::clone(settings);
    let mut items = Items::new(|out| async move { verify(&settings, &head, body, out).await });
    let (verified, left) = match poll_fn(|context| items.poll_next(context)).await {
        Some(Ok(BodyMessage::Head(verified, left))) => (verified, left),
        Some(Ok(BodyMessage::Unavailable)) => return Err(LookUpError::Unavailable),
        Some(Err(error)) => return Err(error.as_refusal().into()),
        // It comes first.
        Some(Ok(BodyMessage::Frame(_))) | None => return Err(VerifyError::UnreadBody.into()),
    };
    head::describe_body(&mut parts.headers, verified.payload(), left);
    let refusal = Refusal::default();
    let body = VerifiedBody { items, left, refusal: refusal.clone() };
    parts.extensions.insert(verified);
    Ok((Request::from_parts(parts, body), refusal))
}
