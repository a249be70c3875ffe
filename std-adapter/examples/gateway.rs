//! A gateway to S3 that keeps a role's credentials from its clients. It verifies each request with
//! the keys that it gave out, signs it again with the role, and streams it on.
//!
//! ```text
//! gateway ADDRESS KEYS
//! ```
//!
//! Each line of the file `KEYS`, which is read for each request, is an access key id, its secret,
//! and a session token if it is a temporary one. The region, the endpoint and the role are those of
//! the environment and the profile, as for any program on AWS.
//!
//! A body in signed chunks is verified and signed again chunk by chunk. Nothing is buffered but one
//! chunk, and no request is complete at the server before it is verified.

use core::convert::Infallible;
use core::error::Error;
use core::time::Duration;
use std::env;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_ENCODING};
use http::{HeaderMap, Request, Response, StatusCode};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Body as _;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rolesig::{
    ChunkForm, Chunked, Payload, Service, SignedPayload, Trailer, TrailerName, VerifyError,
};
use rolesig_std::verify::{
    Claim, LookUpError, LookUpKeys, VerifiedBody, VerifiedRequest, VerifyLayer, VerifyingKey,
};
use rolesig_std::{Config, Environment, SigningClient};
use tokio::net::TcpListener;
use tower::service_fn;
use tower_layer::Layer as _;

type BoxError = Box<dyn Error + Send + Sync>;
type Body = UnsyncBoxBody<Bytes, BoxError>;

const CHUNK: usize = 64 * 1024;
/// A client that sends no head in time, or one that is longer, is cut off.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
const MAX_HEAD: usize = 32 * 1024;
const PAUSE: Duration = Duration::from_millis(50);
/// Headers that are not forwarded, beside those that `Connection` names.
const OF_A_CONNECTION: &str =
    "connection, expect, host, keep-alive, proxy-authorization, te, transfer-encoding, upgrade";

type S3 = SigningClient<Body>;

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [address, keys] = arguments.as_slice() else { return Err("expected ADDRESS KEYS".into()) };
    let client: Arc<S3> = Arc::new(Config::load(&Environment::of_process()).await?.client("s3")?);
    let keys = Keys(keys.into());
    let layer = VerifyLayer::new(client.region(), Service::S3, keys).allow_unsigned_payload();
    let service = layer.layer(service_fn(move |request: Request<VerifiedBody>| {
        answer(Arc::clone(&client), request)
    }));
    let listener = TcpListener::bind(address).await?;
    println!("listening on {}", listener.local_addr()?);
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // There are too many connections, or this one has ended already.
            tokio::time::sleep(PAUSE).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let service = TowerToHyperService::new(service.clone());
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .max_buf_size(MAX_HEAD)
            // A client that has sent all waits for its answer.
            .half_close(true)
            .serve_connection(TokioIo::new(stream), service);
        tokio::spawn(report(connection));
    }
}

async fn report<C: Future<Output = hyper::Result<()>> + Send>(connection: C) {
    if let Err(error) = connection.await {
        eprintln!("connection: {error}");
    }
}

/// The keys of the clients: here in a file, elsewhere in a database.
struct Keys(PathBuf);

impl LookUpKeys for Keys {
    async fn look_up(&self, claim: Claim) -> Result<Vec<VerifyingKey>, LookUpError> {
        let text = tokio::fs::read_to_string(&self.0).await;
        let text = text.map_err(|_| LookUpError::Unavailable)?;
        let given = claim.session_token.as_ref().map(|token| token.as_str());
        let mut refusal = VerifyError::InvalidAccessKeyId;
        let mut found = Vec::new();
        for line in text.lines() {
            let mut words = line.split_whitespace();
            match (words.next(), words.next(), words.next()) {
                (Some(id), ..) if id != claim.access_key_id => {}
                (_, Some(secret), token) if token == given => {
                    found.push(VerifyingKey::secret(secret));
                }
                (Some(_), ..) if given.is_some() => refusal = VerifyError::InvalidToken,
                // To Amazon S3, a temporary key without its token does not exist.
                _ => {}
            }
        }
        if found.is_empty() { Err(refusal.into()) } else { Ok(found) }
    }
}

/// Forwards a verified request. The client is not told why no answer came.
async fn answer(s3: Arc<S3>, request: Request<VerifiedBody>) -> Result<Response<Body>, Infallible> {
    Ok(forward(&s3, request).await.unwrap_or_else(|error| {
        eprintln!("no answer: {error}");
        refusal(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable")
    }))
}

fn refusal(status: StatusCode, code: &str) -> Response<Body> {
    let mut response =
        Response::new(boxed(Full::from(format!("<Error><Code>{code}</Code></Error>"))));
    *response.status_mut() = status;
    response
}

async fn forward(s3: &S3, request: Request<VerifiedBody>) -> Result<Response<Body>, BoxError> {
    let (mut parts, body) = request.into_parts();
    let verified = parts.extensions.remove::<VerifiedRequest>().ok_or("not verified")?;
    let own_encoding = own_encoding(&parts.headers);
    let trailer = parts.headers.get("x-amz-trailer").and_then(|name| name.to_str().ok());
    let trailer = trailer.and_then(|name| Trailer::checksum(TrailerName::received(name).ok()?));
    let form = match verified.payload() {
        SignedPayload::Chunks => Some(ChunkForm::Signed),
        SignedPayload::ChunksWithTrailer => trailer.map(ChunkForm::SignedWithTrailer),
        _ => trailer.map(ChunkForm::UnsignedWithTrailer),
    };
    let len = body.size_hint().exact();
    // Whatever host the client names, the request goes to the endpoint.
    parts.uri = parts.uri.path_and_query().ok_or("no path")?.clone().into();
    remove_of_connection(&mut parts.headers);
    let mut request = Request::from_parts(parts, body);
    let request = match (verified.payload(), form, len) {
        (SignedPayload::Sha256(digest), ..) => {
            s3.sign(&mut request, Payload::Sha256(digest.to_bytes())).await?;
            request.map(boxed)
        }
        (SignedPayload::Unsigned, ..) => {
            s3.sign(&mut request, Payload::Unsigned).await?;
            request.map(boxed)
        }
        (_, Some(form), Some(len)) => {
            let content_encoding = own_encoding.as_deref();
            let chunked = Chunked { len, chunk_len: CHUNK, content_encoding, form };
            s3.sign_chunked(request, chunked).await?.map(boxed)
        }
        // A trailer that S3 does not know.
        _ => return Ok(refusal(StatusCode::BAD_REQUEST, "InvalidRequest")),
    };
    let mut response = s3.send_signed(request).await?;
    remove_of_connection(response.headers_mut());
    Ok(response.map(boxed))
}

fn boxed<B>(body: B) -> Body
where
    B: hyper::body::Body<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    body.map_err(Into::into).boxed_unsync()
}

/// Returns the body's own encoding: without that of its chunks.
fn own_encoding(headers: &HeaderMap) -> Option<String> {
    let encoding = headers.get(CONTENT_ENCODING)?.to_str().ok()?;
    let own = encoding.split(',').map(str::trim).filter(|part| *part != "aws-chunked");
    Some(own.collect::<Vec<_>>().join(",")).filter(|own| !own.is_empty())
}

/// Removes the headers that belong to one connection, and the host.
fn remove_of_connection(headers: &mut HeaderMap) {
    let named = headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let named: Vec<String> = named.chain([OF_A_CONNECTION]).map(str::to_owned).collect();
    for name in named.iter().flat_map(|names| names.split(',')) {
        headers.remove(name.trim());
    }
}
