//! A gateway to S3 that keeps a role's credentials from its clients. It verifies each request with
//! the keys that it gave out, signs it again with the role, and streams it on.
//!
//! ```text
//! gateway ADDRESS KEYS [HOST]
//! ```
//!
//! Each line of the file `KEYS`, which is read for each request, is an access key id, its secret,
//! and a session token if it is a temporary one. Clients must send (and so sign) `HOST`, which is
//! the address unless it is given, and buckets in paths. The region, the endpoint and the role are
//! those of the environment and the profile, as for any program on AWS.
//!
//! A body in signed chunks is verified and signed again chunk by chunk. Nothing is buffered but one
//! chunk, and no request is complete at the server before it is verified.

use core::{error::Error, time::Duration};
use std::{env, path::PathBuf, sync::Arc};

use bytes::Bytes;
use http::header::{CONNECTION, CONTENT_ENCODING, HOST};
use http::{HeaderMap, Method, Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full};
use hyper::body::Body as HttpBody;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use rolesig::{Chunked, Payload, Service, SignedPayload, VerifyError};
use rolesig_std::verify::{
    Claim, LookUpError, LookUpKeys, VerifiedBody, VerifiedRequest, VerifyLayer, VerifyingKey,
};
use rolesig_std::{Config, Environment, SigningClient};
use rolesig_std::{client::ClientError, http::ServiceError, provider::ChainError};
use sha2::{Digest as _, Sha256};
use tokio::net::TcpListener;
use tower::service_fn;
use tower_layer::Layer as _;
use zeroize::Zeroizing;

type BoxError = Box<dyn Error + Send + Sync>;
type Body = UnsyncBoxBody<Bytes, BoxError>;
type Reply<E> = Result<Response<Body>, E>;

const CHUNK: usize = 64 * 1024;
/// A client that sends no head in time, or one that is longer, is cut off. Nor may a body stall.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
const BODY_TIMEOUT: Duration = Duration::from_secs(20);
const MAX_HEAD: usize = 32 * 1024;
/// Headers that are not forwarded, beside those that `Connection` names (RFC 9110 §7.6.1).
const HOP_BY_HOP: &str = "connection, expect, host, keep-alive, proxy-authenticate, \
    proxy-authorization, proxy-connection, te, trailer, transfer-encoding, upgrade";

/// The client of S3, and the host for which requests must be signed.
struct Gateway(SigningClient<Body>, String);

#[tokio::main]
async fn main() -> Result<(), BoxError> {
    let args: Vec<String> = env::args().skip(1).collect();
    let [bind, keys, host @ ..] = &*args else { return Err("expected ADDRESS KEYS [HOST]".into()) };
    let s3: SigningClient<Body> = Config::load(&Environment::of_process()).await?.client("s3")?;
    let layer = VerifyLayer::new(s3.region(), Service::S3, Keys(keys.into()));
    let layer = layer.allow_unsigned_payload().with_body_timeout(BODY_TIMEOUT);
    let listener = TcpListener::bind(bind).await?;
    let address = listener.local_addr()?.to_string();
    let host = without_usual_port(host.first().unwrap_or(&address));
    let gateway = Arc::new(Gateway(s3, host.into()));
    let service = layer.layer(service_fn(move |request| respond(Arc::clone(&gateway), request)));
    println!("listening on {address}");
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // There are too many connections, or this one has ended already.
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let _ = stream.set_nodelay(true);
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEAD_TIMEOUT)
            .max_buf_size(MAX_HEAD)
            .max_headers(MAX_HEAD / 32)
            // A client that has sent all waits for its response.
            .half_close(true)
            .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service.clone()));
        tokio::spawn(async { connection.await.map_err(|error| eprintln!("connection: {error}")) });
    }
}

/// The keys of the clients: here in a file, elsewhere in a database.
struct Keys(PathBuf);

impl LookUpKeys for Keys {
    async fn look_up(&self, claim: Claim) -> Result<Vec<VerifyingKey>, LookUpError> {
        let text = tokio::fs::read_to_string(&self.0).await;
        let text = Zeroizing::new(text.map_err(|_| LookUpError::Unavailable)?);
        // The time that hashes are compared in reveals nothing of a token.
        let given = claim.session_token.as_ref().map(|token| Sha256::digest(token.as_str()));
        let (mut found, mut refusal) = (Vec::new(), VerifyError::InvalidAccessKeyId);
        for line in text.lines() {
            let mut words = line.split_whitespace();
            match (words.next(), words.next(), words.next()) {
                (Some(id), ..) if id != claim.access_key_id => {}
                (_, Some(secret), token) if token.map(Sha256::digest) == given => {
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

/// Forwards a verified request. The client learns only whether the fault is its own.
async fn respond(gateway: Arc<Gateway>, request: Request<VerifiedBody>) -> Reply<http::Error> {
    forward(&gateway, request).await.or_else(|error| {
        eprintln!("no response: {error}");
        match error.downcast_ref() {
            Some(ClientError::<ChainError>::Sign(_)) => refusal(400, "InvalidRequest"),
            _ => refusal(503, "ServiceUnavailable"),
        }
    })
}

fn refusal(status: u16, code: &str) -> Result<Response<Body>, http::Error> {
    let text = format!("<Error><Code>{code}</Code></Error>");
    Response::builder().status(status).body(boxed(Full::from(text)))
}

async fn forward(Gateway(s3, host): &Gateway, request: Request<VerifiedBody>) -> Reply<BoxError> {
    let (mut parts, body) = request.into_parts();
    let verified = parts.extensions.remove::<VerifiedRequest>().ok_or("not verified")?;
    let has = |name: &str| parts.headers.contains_key(name);
    let is_object = parts.uri.path().trim_matches('/').contains('/');
    let has_body = parts.method == Method::PUT && is_object && !has("x-amz-copy-source");
    // Amazon S3 takes no body of unknown length. The length of one in chunks is known.
    if has("transfer-encoding") {
        return Ok(refusal(501, "NotImplemented")?);
    } else if has_body && !has("content-length") {
        return Ok(refusal(411, "MissingContentLength")?);
    }
    let encoding = parts.headers.get(CONTENT_ENCODING).cloned();
    let sent = parts.headers.get(HOST).and_then(|sent| sent.to_str().ok()).unwrap_or_default();
    // Another host is another server's, or has a bucket in it.
    let is_here = without_usual_port(sent).eq_ignore_ascii_case(host);
    if !is_here || !remove_hop_by_hop(&mut parts.headers, verified.signed_headers()) {
        return Ok(refusal(400, "InvalidRequest")?);
    }
    parts.uri = parts.uri.path_and_query().ok_or("no path")?.clone().into();
    let mut request = Request::from_parts(parts, body);
    let (payload, len) = (verified.payload(), request.body().size_hint().exact());
    let whole = match payload {
        SignedPayload::Sha256(digest) => Payload::Sha256(digest.to_bytes()),
        _ => Payload::Unsigned,
    };
    let request = match (payload, verified.chunk_form(), len) {
        (SignedPayload::Sha256(_) | SignedPayload::Unsigned, ..) => {
            s3.sign(&mut request, whole).await?;
            request.map(boxed)
        }
        (_, Some(form), Some(len)) => {
            let content_encoding = encoding.as_ref().and_then(|own| own.to_str().ok());
            let chunked = Chunked { len, chunk_len: CHUNK, content_encoding, form };
            s3.sign_chunked(request, chunked).await?.map(boxed)
        }
        _ => return Ok(refusal(400, "InvalidRequest")?),
    };
    let mut response = s3.send_signed(request).await?;
    remove_hop_by_hop(response.headers_mut(), "");
    if !matches!(response.status().as_u16(), 400 | 401 | 403) {
        return Ok(response.map(boxed));
    }
    let (head, body) = response.into_parts();
    let body = body.read_to_end(CHUNK).await?;
    let error = ServiceError::parse(head.status, &head.headers, &body);
    // It is the role that is refused, not the client, and the body repeats the role's token.
    if error.is_about_signer() {
        return Err(error.into());
    }
    Ok(Response::from_parts(head, boxed(Full::from(body))))
}

fn without_usual_port(host: &str) -> &str {
    host.strip_suffix(":80").or_else(|| host.strip_suffix(":443")).unwrap_or(host)
}

fn boxed<B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static>(body: B) -> Body {
    body.map_err(Into::into).boxed_unsync()
}

/// Removes the headers that are for one hop only, and the host. Returns whether no signed header is
/// named: `Connection` is never signed, so anyone may have changed it on the way.
fn remove_hop_by_hop(headers: &mut HeaderMap, signed: &str) -> bool {
    let named = headers.get_all(CONNECTION).iter().filter_map(|value| value.to_str().ok());
    let named = named.collect::<Vec<_>>().join(",").to_ascii_lowercase();
    for name in named.split(',').chain(HOP_BY_HOP.split(',')) {
        headers.remove(name.trim());
    }
    !named.split(',').any(|name| signed.split(';').any(|signed| signed == name.trim()))
}
