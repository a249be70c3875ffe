//! The instance metadata service, version 2 only.
//!
//! The pages "Use the Instance Metadata Service to access instance metadata" and "Retrieve security
//! credentials from instance metadata" of the EC2 user guide, of which this is:
//!
//! | request | response |
//! |---|---|
//! | `PUT /latest/api/token` | a metadata token; 400 without a lifetime (1–21,600 s); 403 if forwarded |
//! | any other without a metadata token that is valid | 401 |
//! | `GET /latest/meta-data/iam/security-credentials/` | the name of the role |
//! | `GET /latest/meta-data/iam/security-credentials/ROLE` | its credentials, JSON |
//! | `GET /latest/meta-data/placement/region` | the region |
//! | anything else | 404 |

use core::time::Duration;
use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, SERVER};
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use rolesig_std::Clock;

use super::report::Ledger;
use super::role::{Role, SandboxCredentials, random_base64};
use super::server::Server;

const TOKEN: &str = "x-aws-ec2-metadata-token";
const TOKEN_TTL: &str = "x-aws-ec2-metadata-token-ttl-seconds";
const FORWARDED: &str = "x-forwarded-for";
const CREDENTIALS: &str = "/latest/meta-data/iam/security-credentials";

/// The service, and the metadata tokens that it has issued.
pub(super) struct MetadataService {
    role: Arc<Role>,
    region: String,
    ledger: Arc<Ledger>,
    /// The end of each token.
    tokens: Mutex<HashMap<String, Instant>>,
}

type SandboxResponse = Response<Full<Bytes>>;

impl Server for MetadataService {
    type Body = Full<Bytes>;

    async fn respond(&self, request: Request<Incoming>) -> io::Result<SandboxResponse> {
        let response = self.route(request.method(), request.uri().path(), request.headers())?;
        if matches!(response.status().as_u16(), 400 | 401 | 403) {
            self.ledger.count(|report| &mut report.requests_refused);
        }
        Ok(response)
    }
}

impl MetadataService {
    pub(super) fn new(role: Arc<Role>, region: String, ledger: Arc<Ledger>) -> Self {
        Self { role, region, ledger, tokens: Mutex::default() }
    }

    fn route(
        &self,
        method: &Method,
        path: &str,
        headers: &HeaderMap,
    ) -> io::Result<SandboxResponse> {
        if method == Method::PUT && path == "/latest/api/token" {
            return self.issue_token(headers);
        }
        if !self.has_valid_token(headers) {
            return Ok(refusal(StatusCode::UNAUTHORIZED));
        }
        if method != Method::GET {
            return Ok(refusal(StatusCode::NOT_FOUND));
        }
        if path == "/latest/meta-data/placement/region" {
            return Ok(text(self.region.clone()));
        }
        match path.strip_prefix(CREDENTIALS) {
            Some("" | "/") => Ok(text(self.role.name.clone())),
            Some(role) if role.strip_prefix('/') == Some(&self.role.name) => self.hand_out(),
            _ => Ok(refusal(StatusCode::NOT_FOUND)),
        }
    }

    fn issue_token(&self, headers: &HeaderMap) -> io::Result<SandboxResponse> {
        if headers.contains_key(FORWARDED) {
            return Ok(refusal(StatusCode::FORBIDDEN));
        }
        let Some((header, ttl)) = time_to_live(headers) else {
            return Ok(refusal(StatusCode::BAD_REQUEST));
        };
        let token = format!("AQAEA{}A==", random_base64(48)?);
        let now = Instant::now();
        let mut tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.retain(|_, end| now < *end);
        tokens.insert(token.clone(), now + ttl);
        drop(tokens);

        self.ledger.count(|report| &mut report.metadata_tokens_issued);
        let mut response = text(token);
        response.headers_mut().insert(TOKEN_TTL, header);
        Ok(response)
    }

    fn has_valid_token(&self, headers: &HeaderMap) -> bool {
        let Some(token) = headers.get(TOKEN).and_then(|value| value.to_str().ok()) else {
            return false;
        };
        let tokens = self.tokens.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.get(token).is_some_and(|end| Instant::now() < *end)
    }

    fn hand_out(&self) -> io::Result<SandboxResponse> {
        let credentials = self.role.current(Clock::SYSTEM.now())?;
        let document = document(&credentials);
        self.ledger.count(|report| &mut report.credential_documents_served);
        Ok(text(document))
    }
}

/// Returns the header that requests a time to live, to be echoed, and its value.
fn time_to_live(headers: &HeaderMap) -> Option<(http::HeaderValue, Duration)> {
    let header = headers.get(TOKEN_TTL)?;
    let seconds = header.to_str().ok()?.parse().ok()?;
    (1..=21_600).contains(&seconds).then(|| (header.clone(), Duration::from_secs(seconds)))
}

/// Returns the document of a role, with the spaces that EC2 puts around the colons.
fn document(credentials: &SandboxCredentials) -> String {
    format!(
        r#"{{
  "Code" : "Success",
  "LastUpdated" : "{}",
  "Type" : "AWS-HMAC",
  "AccessKeyId" : "{}",
  "SecretAccessKey" : "{}",
  "Token" : "{}",
  "Expiration" : "{}"
}}"#,
        credentials.issued,
        credentials.access_key_id,
        credentials.secret_access_key,
        credentials.session_token(),
        credentials.expires,
    )
}

fn text(body: String) -> SandboxResponse {
    response(StatusCode::OK, "text/plain", body)
}

/// Returns the page that EC2 shows for a status other than 200.
fn refusal(status: StatusCode) -> SandboxResponse {
    let title = format!("{} - {}", status.as_u16(), status.canonical_reason().unwrap_or_default());
    let page =
        format!("<html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>\n");
    response(status, "text/html", page)
}

fn response(status: StatusCode, content_type: &'static str, body: String) -> SandboxResponse {
    let mut response = Response::new(Full::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, http::HeaderValue::from_static(content_type));
    headers.insert(SERVER, http::HeaderValue::from_static("EC2ws"));
    response
}
