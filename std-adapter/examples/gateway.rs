//! A gateway to S3 that keeps a role's credentials from its clients. It verifies each request with
//! the keys that it gave out, signs it again with the role, and streams it on.
//!
//! ```text
//! gateway ADDRESS ENDPOINT REGION KEYS
//! ```
//!
//! `ENDPOINT` is the URL of S3. Each line of the file `KEYS`, which is read for each request, is an
//! access key id, its secret, and a session token if it is a temporary one. The role is that of the
//! environment.
//!
//! A body in signed chunks is verified and signed again chunk by chunk. Nothing is buffered but one
//! chunk, and no request is complete at the server before it is verified.

use core::convert::Infallible;
use core::error::Error;
use core::time::Duration;
use std::env;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_ENCODING, EXPECT, HOST, TRANSFER_ENCODING};
use http::request::Parts;
use http::{HeaderMap, Request, Response, StatusCode, Uri};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Body as _;
use hyper::server::conn::http1;
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rolesig::{
    ChunkForm, Chunked, Payload, Service, SignedPayload, Trailer, TrailerName, VerifyError,
};
use rolesig_std::sign::{sign_chunked_request, sign_request};
use rolesig_std::verify::{Claim, VerifiedBody, VerifiedRequest, VerifyLayer, VerifyingKey};
use rolesig_std::{Cache, Chain, Environment};
use tokio::net::TcpListener;
use tower_layer::Layer as _;

type BoxError = Box<dyn Error + Send + Sync>;
type Body = UnsyncBoxBody<Bytes, BoxError>;

const CHUNK: usize = 64 * 1024;
/// A client that sends no head in time, or one that is longer, is cut off.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
const MAX_HEAD: usize = 32 * 1024;

struct Gateway {
    endpoint: Uri,
    region: String,
    credentials: Cache<Chain>,
    client: Client<HttpConnector, Body>,
}

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [address, endpoint, region, keys] = arguments.as_slice() else {
        return Err("expected ADDRESS ENDPOINT REGION KEYS".into());
    };
    let (endpoint, region) = (endpoint.parse()?, region.clone());
    let credentials = Cache::new(Chain::new(&Environment::of_process()));
    let client = Client::builder(TokioExecutor::new())
        .pool_timer(TokioTimer::new())
        .pool_idle_timeout(Duration::from_secs(15))
        .http1_max_buf_size(CHUNK)
        .build_http();
    let keys: Arc<str> = keys.as_str().into();
    let layer = VerifyLayer::new(region.clone(), Service::S3, move |claim| {
        keys_of(Arc::clone(&keys), claim)
    });
    let gateway = Arc::new(Gateway { endpoint, region, credentials, client });
    let service = tower::service_fn(move |request| Arc::clone(&gateway).answer(request));
    let service = layer.allow_unsigned_payload().layer(service);
    let listener = TcpListener::bind(address).await?;
    println!("listening on {}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let service = TowerToHyperService::new(service.clone());
        tokio::spawn(async move {
            let served = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEAD_TIMEOUT)
                .max_buf_size(MAX_HEAD)
                .serve_connection(TokioIo::new(stream), service);
            if let Err(error) = served.await {
                eprintln!("connection: {error}");
            }
        });
    }
}

/// Looks a key up: here in a file, elsewhere in a database.
async fn keys_of(keys: Arc<str>, claim: Claim) -> Result<Vec<VerifyingKey>, VerifyError> {
    let text = tokio::fs::read_to_string(&*keys).await.unwrap_or_default();
    let lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    let mut refusal = VerifyError::InvalidAccessKeyId;
    let mut found = Vec::new();
    for line in lines.filter(|line| line.first() == Some(&&*claim.access_key_id)) {
        let given = claim.session_token.as_ref().map(|token| token.as_str());
        match (line.get(1), line.get(2).copied(), given) {
            (Some(secret), token, given) if token == given => {
                found.push(VerifyingKey::secret(*secret));
            }
            (_, _, Some(_)) => refusal = VerifyError::InvalidToken,
            // To Amazon S3, a temporary key without its token does not exist.
            _ => {}
        }
    }
    if found.is_empty() { Err(refusal) } else { Ok(found) }
}

impl Gateway {
    /// Forwards a verified request. That no answer came is told like a failure of S3.
    async fn answer(
        self: Arc<Self>,
        request: Request<VerifiedBody>,
    ) -> Result<Response<Body>, Infallible> {
        Ok(self.forward(request).await.unwrap_or_else(|error| {
            eprintln!("upstream: {error}");
            let text = "<Error><Code>ServiceUnavailable</Code></Error>";
            let body = Full::from(text).map_err(|never| match never {}).boxed_unsync();
            let mut response = Response::new(body);
            *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
            response
        }))
    }

    async fn forward(&self, request: Request<VerifiedBody>) -> Result<Response<Body>, BoxError> {
        let identity = self.credentials.identity().await?;
        let (credentials, now) = (identity.credentials(), self.credentials.clock().now());
        let (region, service) = (&self.region, Service::S3);
        let (mut parts, body) = request.into_parts();
        let verified = parts.extensions.remove::<VerifiedRequest>().ok_or("not verified")?;
        self.redirect(&mut parts)?;
        let encoding = own_encoding(&parts.headers);
        let trailer = parts.headers.get("x-amz-trailer").and_then(|name| name.to_str().ok());
        let trailer = trailer.and_then(|name| Trailer::checksum(TrailerName::received(name).ok()?));
        let form = match verified.payload() {
            SignedPayload::Chunks => Some(ChunkForm::Signed),
            SignedPayload::ChunksWithTrailer => trailer.map(ChunkForm::SignedWithTrailer),
            _ => trailer.map(ChunkForm::UnsignedWithTrailer),
        };
        let len = body.size_hint().exact();
        let mut request = Request::from_parts(parts, body);
        let signed = match (verified.payload(), form, len) {
            (SignedPayload::Sha256(digest), ..) => {
                let payload = Payload::Sha256(digest.to_bytes());
                sign_request(&mut request, payload, credentials, region, service, now)?;
                request.map(|body| body.map_err(BoxError::from).boxed_unsync())
            }
            (SignedPayload::Unsigned, ..) => {
                let payload = Payload::Unsigned;
                sign_request(&mut request, payload, credentials, region, service, now)?;
                request.map(|body| body.map_err(BoxError::from).boxed_unsync())
            }
            (_, Some(form), Some(len)) => {
                let content_encoding = encoding.as_deref();
                let chunked = Chunked { len, chunk_len: CHUNK, content_encoding, form };
                sign_chunked_request(request, chunked, credentials, region, service, now)?
                    .map(|body| body.map_err(BoxError::from).boxed_unsync())
            }
            _ => return Err("the trailer is not known".into()),
        };
        let mut response = self.client.request(signed).await?;
        remove_of_connection(response.headers_mut());
        Ok(response.map(|body| body.map_err(BoxError::from).boxed_unsync()))
    }

    /// Turns a request to the gateway into one to S3.
    fn redirect(&self, parts: &mut Parts) -> Result<(), BoxError> {
        let mut endpoint = self.endpoint.clone().into_parts();
        endpoint.path_and_query = parts.uri.path_and_query().cloned();
        parts.uri = Uri::from_parts(endpoint)?;
        remove_of_connection(&mut parts.headers);
        parts.headers.remove(HOST);
        parts.headers.remove(EXPECT);
        Ok(())
    }
}

/// Returns the body's own encoding: without that of its chunks.
fn own_encoding(headers: &HeaderMap) -> Option<String> {
    let encoding = headers.get(CONTENT_ENCODING)?.to_str().ok()?;
    let own = encoding.split(',').map(str::trim).filter(|part| *part != "aws-chunked");
    Some(own.collect::<Vec<_>>().join(",")).filter(|own| !own.is_empty())
}

/// Removes the headers that belong to one connection.
fn remove_of_connection(headers: &mut HeaderMap) {
    for name in [CONNECTION.as_str(), "keep-alive", "te", TRANSFER_ENCODING.as_str(), "upgrade"] {
        headers.remove(name);
    }
}
