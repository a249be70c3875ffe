//! Sending requests, and reading what S3 answers.

use core::time::Duration;

use bytes::Bytes;
use futures_util::future::LocalBoxFuture;
use http::header::USER_AGENT;
use http::response::Parts;
use http::{Method, Request, Response, Uri};
use http_body_util::BodyExt as _;
use rolesig::Payload;
use rolesig_std::SigningClient;
use rolesig_std::client::ClientError;
use rolesig_std::config::Origin;
use rolesig_std::http::ResponseBody;
use tokio::time::timeout;

use super::S3;
use super::bucket_regions::SignedFor;
use super::outgoing::{Content, Of};
use super::response::read_within;
use crate::s3::address::path::S3Path;
use crate::s3::content::body::{S3Body, of_bytes};
use crate::s3::content::object_head::BucketKind;
use crate::s3::content::paced::PacedBody;
use crate::s3::content::progress::{BodyProgress, CountedBody};
use crate::s3::content::span::Span;
use crate::s3::error::body::root_element;
use crate::s3::error::operation::OperationError;
use crate::s3::error::s3_error::S3Error;

pub(in crate::s3) const PRODUCT: &str = concat!("rolefs/", env!("CARGO_PKG_VERSION"));
/// `CompleteMultipartUpload`: "could take several minutes". A copy of 5 GiB can, too.
const LATE_RESPONSE: Duration = Duration::from_mins(10);

impl S3 {
    /// Builds the head of a request.
    pub(in crate::s3) fn head(
        &self,
        method: Method,
        path: &S3Path,
        query: &[(&str, &str)],
    ) -> Result<Request<()>, OperationError> {
        let url = self.endpoint.url(path, query)?;
        let head = Request::builder().method(method).uri(url).header(USER_AGENT, PRODUCT);
        let mut head = head.body(())?;
        head.headers_mut().extend(self.headers.clone());
        head.extensions_mut().insert(path.clone());
        Ok(head)
    }

    /// Builds the head of a request about the content of an object.
    pub(in crate::s3) fn content_head(
        &self,
        method: Method,
        path: &S3Path,
        query: &[(&str, &str)],
    ) -> Result<Request<()>, OperationError> {
        let mut head = self.head(method, path, query)?;
        if let Some(key) = &self.customer_key {
            head.headers_mut().extend(key.headers());
        }
        Ok(head)
    }

    /// Builds the head of a request that copies a content. The customer's key is that of both.
    pub(in crate::s3) fn copy_head(
        &self,
        path: &S3Path,
        query: &[(&str, &str)],
    ) -> Result<Request<()>, OperationError> {
        let mut head = self.content_head(Method::PUT, path, query)?;
        if let Some(key) = &self.customer_key {
            head.headers_mut().extend(key.source_headers());
        }
        Ok(head)
    }

    /// Sends a request without a body.
    pub(in crate::s3) async fn send(
        &self,
        method: Method,
        path: &S3Path,
        query: &[(&str, &str)],
    ) -> Result<Response<ResponseBody>, OperationError> {
        let head = self.head(method, path, query)?;
        self.exchange(&head, Bytes::new()).await
    }

    /// Sends a request whose body is small.
    pub(in crate::s3) async fn exchange(
        &self,
        head: &Request<()>,
        body: Bytes,
    ) -> Result<Response<ResponseBody>, OperationError> {
        let limit = self.timeouts.response;
        self.send_to_bucket(head, Content { of: Of::Bytes(&body), limit }).await
    }

    /// Sends a request whose response takes long, up to `patience`.
    async fn exchange_patiently(
        &self,
        head: &Request<()>,
        body: Bytes,
        patience: Duration,
    ) -> Result<Response<ResponseBody>, OperationError> {
        let content = Content { of: Of::Late(&body), limit: patience };
        self.send_to_bucket(head, content).await
    }

    /// Sends a request whose response can begin, with status 200, before S3 knows how it ends:
    /// white space comes until it does. Returns the head and the text of a response of this
    /// element.
    ///
    /// # Errors
    /// If S3 reports an error, also with status 200, or its response cannot be read.
    pub(in crate::s3) async fn late_response(
        &self,
        head: &Request<()>,
        body: Bytes,
        element: &'static str,
    ) -> Result<(Parts, String), OperationError> {
        let sent = self.exchange_patiently(head, body, LATE_RESPONSE).await?;
        let response = self.success(sent).await?;
        let (parts, body) = response.into_parts();
        let response = Response::from_parts(parts.clone(), body);
        let body = read_within(LATE_RESPONSE, response).await?;
        let text = String::from_utf8_lossy(&body);
        if root_element(&text) != Some(element) {
            return Err(OperationError::NotS3(element));
        }
        Ok((parts, text.into_owned()))
    }

    /// Sends a request whose body is a span of a file.
    pub(in crate::s3) async fn send_span(
        &self,
        head: &Request<()>,
        span: &Span,
    ) -> Result<Response<ResponseBody>, OperationError> {
        let content = Content { of: Of::Span(span), limit: self.timeouts.stall };
        let sent = self.send_to_bucket(head, content).await;
        span.progress.restart();
        self.success(sent?).await
    }

    /// Sends a request to the host that it names.
    pub(super) async fn send_to_host(
        &self,
        client: &SigningClient<S3Body>,
        head: &Request<()>,
        Content { of, limit }: Content<'_>,
    ) -> Result<Response<ResponseBody>, OperationError> {
        let payload = match of {
            Of::Bytes(bytes) | Of::Late(bytes) => Payload::Bytes(bytes),
            Of::Span(span) => Payload::Sha256(span.digests.sha256),
        };
        let mut body = || match of {
            Of::Bytes(bytes) | Of::Late(bytes) => Some(of_bytes(bytes.clone())),
            Of::Span(span) => Some(self.body(span)),
        };
        let mut sending = sending(client, head, &mut body, payload);
        let nothing = BodyProgress::default();
        let sent = match of {
            Of::Bytes(_) => {
                let sent = timeout(limit, &mut sending).await;
                sent.map_err(|_| OperationError::Timeout(limit))?
            }
            Of::Late(_) | Of::Span(_) => {
                let progress = if let Of::Span(span) = of { &span.progress } else { &nothing };
                let sent = progress.unless_stalled(limit, &mut sending).await;
                sent.ok_or(OperationError::Stalled(limit))?
            }
        };
        let mut response = sent.map_err(|error| no_response(head, error))?;
        response.extensions_mut().insert(Asked(head.uri().clone()));
        if let Some(path) = head.extensions().get::<S3Path>() {
            response.extensions_mut().insert(BucketKind::of(path.bucket()));
        }
        Ok(response)
    }

    fn body(&self, span: &Span) -> S3Body {
        let progress = &span.progress;
        let body = match &self.bandwidth {
            Some(limit) => PacedBody::new(span.body(), limit, progress).boxed_unsync(),
            None => span.body(),
        };
        CountedBody::new(body, progress).boxed_unsync()
    }

    /// Returns the response if it means success, else the error in its body.
    pub(in crate::s3) async fn success(
        &self,
        response: Response<ResponseBody>,
    ) -> Result<Response<ResponseBody>, OperationError> {
        if response.status().is_success() {
            return Ok(response);
        }
        let (status, headers) = (response.status(), response.headers().clone());
        let asked = response.extensions().get().and_then(Asked::origin);
        let signed_for = response.extensions().get::<SignedFor>().cloned();
        let read = self.read_body(response).await;
        let is_cut = read.as_ref().is_err_and(|error| !matches!(error, OperationError::TooLong(_)));
        let error = S3Error::read(asked.as_ref(), status, &headers, &read.unwrap_or_default());
        // A refusal of the region that was signed for has another reason.
        let is_other = |region: &String| signed_for.is_none_or(|SignedFor(used)| used != *region);
        let region = error.region.clone().filter(is_other);
        Err(OperationError::Refused(S3Error { region, is_cut, ..error }))
    }
}

/// Sends a request by a client. This code is compiled once, and in a box, so that the ways to wait
/// for it are small.
pub(crate) fn sending<'s>(
    client: &'s SigningClient<S3Body>,
    head: &'s Request<()>,
    body: &'s mut dyn FnMut() -> Option<S3Body>,
    payload: Payload<'s>,
) -> LocalBoxFuture<'s, Result<Response<ResponseBody>, ClientError>> {
    Box::pin(client.send_with(head, body, payload))
}

/// The address that the request of a response was sent to.
#[derive(Clone, Debug)]
struct Asked(Uri);

impl Asked {
    fn origin(&self) -> Option<Origin> {
        let (scheme, authority) = (self.0.scheme_str()?, self.0.authority()?);
        format!("{scheme}://{authority}").parse().ok()
    }
}

/// Names the host that was asked, if no one answered.
fn no_response(head: &Request<()>, error: ClientError) -> OperationError {
    let host = head.uri().host().unwrap_or_default().to_owned();
    match error {
        error @ (ClientError::Http(_) | ClientError::Connect(_)) => {
            OperationError::NoResponse { host, error }
        }
        error => OperationError::Client(error),
    }
}
