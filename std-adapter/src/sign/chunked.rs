//! Signing an [`http::Request`] whose body is sent in chunks, each with its own signature.

use core::pin::Pin;
use core::task::{Context, Poll};
use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http::header::{AUTHORIZATION, CONTENT_ENCODING, CONTENT_LENGTH, HeaderName};
use http::{HeaderMap, HeaderValue, Request};
use http_body::{Body, Frame, SizeHint};
use rolesig::{
    AmzDate, ByteQuery, ChunkError, ChunkForm, ChunkSigner, Chunked, CredentialScope, Credentials,
    Emit, HexDigest, Scheme as _, Service, SignError, Sink, Timestamp, Trailer, TrailerName, V4,
};
use thiserror::Error;

use super::SignRequestError;
use super::key_cache::DayKey;
use super::request_signer::RequestSigner;
use crate::sign::frames::{BoxError, Items, Outlet, next_frame};

/// The signer's own headers of a body in chunks.
const OWNED_BY_CHUNKS: [HeaderName; 3] = [
    CONTENT_ENCODING,
    HeaderName::from_static("x-amz-decoded-content-length"),
    HeaderName::from_static("x-amz-trailer"),
];

/// Signs a request as of `now`, and its body in chunks as it is sent: the short form of
/// [`RequestSigner::sign_chunked`].
///
/// # Errors
/// As [`sign_request`](crate::sign::sign_request).
///
/// ```
/// use http_body_util::Full;
/// use rolesig::{ChunkForm, Chunked, Credentials, Service};
/// use rolesig_std::sign::sign_chunked_request;
///
/// let role = Credentials {
///     access_key_id: "ASIAIOSFODNN7EXAMPLE",
///     secret_access_key: "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
///     session_token: Some("IQoJb3JpZ2luX2VjEXAMPLE"),
/// };
/// let request = http::Request::put("https://bucket.s3.eu-west-1.amazonaws.com/key")
///     .body(Full::<bytes::Bytes>::from("hello"))?;
/// let form = ChunkForm::Signed;
/// let chunked = Chunked { len: 5, chunk_len: 64 * 1024, content_encoding: None, form };
/// let now = "2015-08-30T12:36:00Z".parse()?;
/// let request = sign_chunked_request(request, chunked, role, "eu-west-1", Service::S3, now)?;
/// assert_eq!(request.headers()["content-encoding"], "aws-chunked");
/// assert_eq!(request.headers()["x-amz-security-token"], "IQoJb3JpZ2luX2VjEXAMPLE");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn sign_chunked_request<B>(
    request: Request<B>,
    chunked: Chunked<'_>,
    credentials: Credentials<'_>,
    region: &str,
    service: Service<'_>,
    now: Timestamp,
) -> Result<Request<ChunkedBody>, SignRequestError>
where
    B: Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<BoxError>,
{
    RequestSigner::new(credentials, region, service).sign_chunked(request, chunked, now)
}

impl RequestSigner<'_> {
    /// Signs a request as of `now`, as [`sign`](Self::sign) does, and its body in chunks as it is
    /// sent: `aws-chunked`. So much of the body is in memory as one chunk takes.
    ///
    /// The value of a trailer that `chunked` announces is taken from the body's own trailers. The
    /// headers that describe the body (`Content-Length`, `Content-Encoding`, `X-Amz-Trailer`, …)
    /// are those of `chunked`, whatever the request had.
    ///
    /// # Errors
    /// If the request cannot be signed as it is.
    ///
    /// ```
    /// use http_body_util::Full;
    /// use rolesig::{ChunkForm, Chunked, Credentials, Service, Timestamp};
    /// use rolesig_std::sign::RequestSigner;
    ///
    /// let credentials =
    ///     Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
    /// let signer = RequestSigner::new(credentials, "us-east-1", Service::S3);
    /// let request = http::Request::put("https://bucket.s3.amazonaws.com/key")
    ///     .body(Full::<bytes::Bytes>::from("hello"))?;
    /// let form = ChunkForm::Signed;
    /// let chunked = Chunked { len: 5, chunk_len: 64 * 1024, content_encoding: None, form };
    /// let request = signer.sign_chunked(request, chunked, Timestamp::from(1_440_938_160))?;
    /// assert_eq!(request.headers()["x-amz-decoded-content-length"], "5");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// Source: "Signature Calculations for the Authorization Header: Transferring Payload in
    /// Multiple Chunks" and "… Including Trailing Headers" (Amazon S3).
    pub fn sign_chunked<B>(
        &self,
        request: Request<B>,
        chunked: Chunked<'_>,
        now: Timestamp,
    ) -> Result<Request<ChunkedBody>, SignRequestError>
    where
        B: Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Into<BoxError>,
    {
        let (parts, body) = request.into_parts();
        let mut request = Request::from_parts(parts, ());
        for name in OWNED_BY_CHUNKS.iter().chain([&CONTENT_LENGTH]) {
            request.headers_mut().remove(name);
        }
        let key = self.day_key(now)?;
        self.sign_head(&mut request, chunked, now, &key)?;
        let signature = signature_of(request.headers()).ok_or(SignError::InvalidChunks)?;
        let encoding = ChunkSigning {
            key,
            date: now.amz_date(),
            region: self.region().to_owned(),
            service: self.service().name.to_owned(),
            signature,
            body: OwnedChunked::new(chunked),
        };
        let items = Items::new(|out| encoding.encode(body, out));
        let body = ChunkedBody { items, left: chunked.encoded_len::<V4>() };
        Ok(request.map(|()| body))
    }
}

/// Returns the signature that a request has by header.
fn signature_of(headers: &HeaderMap) -> Option<HexDigest> {
    let signature = headers.get(AUTHORIZATION)?.as_bytes().last_chunk::<{ V4::SIGNATURE_LEN }>()?;
    V4::read_signature(signature)
}

/// A body in chunks, each signed as it is sent; made by [`RequestSigner::sign_chunked`].
///
/// ```
/// use http_body::Body as _;
/// use rolesig_std::sign::ChunkedBody;
///
/// /// Returns the value of `Content-Length`.
/// fn encoded_len(request: &http::Request<ChunkedBody>) -> Option<u64> {
///     request.body().size_hint().exact()
/// }
/// ```
pub struct ChunkedBody {
    items: Items<Bytes, ChunkedBodyError>,
    left: u64,
}

impl Body for ChunkedBody {
    type Data = Bytes;
    type Error = ChunkedBodyError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, ChunkedBodyError>>> {
        self.items.poll_next(context).map(|item| {
            let data = item?;
            if let Ok(data) = &data {
                self.left = self.left.saturating_sub(data.len().try_into().unwrap_or(u64::MAX));
            }
            Some(data.map(Frame::data))
        })
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

impl core::fmt::Debug for ChunkedBody {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ChunkedBody").field("left", &self.left).finish_non_exhaustive()
    }
}

/// The reason why a body in chunks broke off. The server keeps nothing of it.
///
/// ```
/// use rolesig_std::sign::ChunkedBodyError;
///
/// fn is_of_the_source(error: &ChunkedBodyError) -> bool {
///     matches!(error, ChunkedBodyError::Body(_))
/// }
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ChunkedBodyError {
    /// The body itself cannot be read.
    #[error(transparent)]
    Body(BoxError),
    /// The body is not the one that was announced.
    #[error(transparent)]
    Chunk(#[from] ChunkError),
}

/// The values that the signatures of a body's chunks depend on.
struct ChunkSigning {
    key: Arc<DayKey>,
    date: AmzDate,
    region: String,
    service: String,
    signature: HexDigest,
    body: OwnedChunked,
}

impl ChunkSigning {
    async fn encode<B>(self, mut body: B, out: Outlet<Bytes>) -> Result<(), ChunkedBodyError>
    where
        B: Body<Data = Bytes> + Unpin,
        B::Error: Into<BoxError>,
    {
        let chunked = self.body.as_chunked();
        let scope = CredentialScope::new(self.date.date(), &self.region, &self.service);
        let mut signer =
            ChunkSigner::new(self.key.key(), scope, self.date, self.signature, chunked);
        let (mut held, mut trailer) = (BytesMut::new(), None);
        while let Some(frame) = next_frame(&mut body).await {
            match frame.map_err(ChunkedBodyError::Body)?.into_data() {
                Ok(data) => held.extend_from_slice(&data),
                Err(frame) => {
                    let name = chunked.form.trailer().map(|trailer| trailer.name);
                    let trailers = frame.into_trailers().ok();
                    trailer =
                        name.and_then(|name| trailers?.get(name.as_str()).cloned()).or(trailer);
                }
            }
            while held.len() >= chunked.chunk_len {
                let data = held.split_to(chunked.chunk_len).freeze();
                put_chunk(&mut signer, data, &out).await?;
            }
        }
        if !held.is_empty() {
            put_chunk(&mut signer, held.freeze(), &out).await?;
        }
        let last = signer.finish(trailer.as_ref().map(HeaderValue::as_bytes))?;
        out.put(emitted(&last)).await;
        Ok(())
    }
}

async fn put_chunk(
    signer: &mut ChunkSigner<'_, ByteQuery<V4>>,
    data: Bytes,
    out: &Outlet<Bytes>,
) -> Result<(), ChunkedBodyError> {
    let head = emitted(&signer.chunk(&data)?.head());
    out.put(head).await;
    out.put(data).await;
    out.put(Bytes::from_static(b"\r\n")).await;
    Ok(())
}

fn emitted(value: &impl Emit) -> Bytes {
    struct Text(BytesMut);
    impl Sink for Text {
        fn put(&mut self, bytes: &[u8]) {
            self.0.extend_from_slice(bytes);
        }
    }
    let mut text = Text(BytesMut::new());
    value.emit_to(&mut text);
    text.0.freeze()
}

/// A [`Chunked`] that borrows nothing.
struct OwnedChunked {
    len: u64,
    chunk_len: usize,
    is_signed: bool,
    trailer: Option<(String, usize)>,
}

impl OwnedChunked {
    fn new(chunked: Chunked<'_>) -> Self {
        let Chunked { len, chunk_len, form, .. } = chunked;
        let is_signed = !matches!(form, ChunkForm::UnsignedWithTrailer(_));
        let trailer = form.trailer();
        let trailer =
            trailer.map(|Trailer { name, value_len }| (name.as_str().to_owned(), value_len));
        Self { len, chunk_len, is_signed, trailer }
    }

    /// Returns the values that a body's chunks depend on: its encoding is the head's.
    fn as_chunked(&self) -> Chunked<'_> {
        let Self { len, chunk_len, .. } = *self;
        let trailer = self.trailer.as_ref();
        let trailer = trailer.and_then(|(name, value_len)| {
            // It was one before.
            Some(Trailer { name: TrailerName::new(name).ok()?, value_len: *value_len })
        });
        let form = match trailer {
            None => ChunkForm::Signed,
            Some(trailer) if self.is_signed => ChunkForm::SignedWithTrailer(trailer),
            Some(trailer) => ChunkForm::UnsignedWithTrailer(trailer),
        };
        Chunked { len, chunk_len, content_encoding: None, form }
    }
}
