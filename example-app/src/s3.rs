//! The handful of S3 operations that a file shell needs.

use core::time::Duration;
use std::sync::Arc;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, USER_AGENT};
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Response};
use http_body_util::{BodyExt, Limited};
use rolesig::{Payload, Service};
use rolesig_std::client::{ClientError, ClientSettings};
use rolesig_std::http::{Network, ResponseBody};
use rolesig_std::{Cache, Chain, SigningClient};
use tokio::time::timeout;

pub mod answer;
pub mod bandwidth;
pub mod body;
pub mod condition;
pub mod confirmation;
pub mod content;
mod crc;
mod crc_of_parts;
pub mod customer_key;
pub mod delete;
mod elsewhere;
pub mod endpoint;
pub mod etag;
mod failure;
pub mod fingerprint;
pub mod integrity;
pub mod listing;
pub(crate) mod mismatch;
pub mod moved;
pub mod multipart;
mod paced;
pub(crate) mod page_loop;
pub mod path;
pub mod retries;
pub(crate) mod runtime_role;
pub mod status;
pub mod timeouts;
pub mod uploads;

use answer::S3Error;
use body::{S3Body, Span};
use condition::Condition;
use confirmation::Confirmation;
use customer_key::CustomerKey;
use elsewhere::{Elsewhere, SignedFor};
use endpoint::{Endpoint, EndpointError};
use etag::ETag;
pub use failure::S3Failure;
use listing::ListVersion;
use path::S3Path;
use retries::RetrySettings;
pub use status::{Attributes, Kind, Status};
use timeouts::Timeouts;

use crate::s3::bandwidth::Bandwidth;
use crate::system::descriptors;

/// `CompleteMultipartUpload`: "could take several minutes".
const COMPLETION_TIMEOUT: Duration = Duration::from_mins(10);
/// A page of a listing has 1,000 keys of up to 1,024 bytes, each of which may be encoded.
const XML_LIMIT: usize = 16 * 1024 * 1024;
/// S3, as one sees it with the credentials at hand.
#[derive(Debug)]
pub struct S3 {
    client: SigningClient<S3Body>,
    endpoint: Endpoint,
    /// Whether a proxy may read what is sent.
    is_read_by_proxy: bool,
    elsewhere: Elsewhere,
    timeouts: Timeouts,
    /// Of each request.
    headers: HeaderMap,
    /// Of each object that is stored.
    object_headers: HeaderMap,
    customer_key: Option<CustomerKey>,
    retries: RetrySettings,
    bandwidth: Option<Arc<Bandwidth>>,
    list_version: ListVersion,
}

/// How many descriptors an object on its way takes, a connection included.
const DESCRIPTORS: usize = 4;

impl S3 {
    /// Connects to nothing yet.
    ///
    /// # Errors
    /// If the certificates that are to be trusted cannot be read.
    pub fn new(
        credentials: Cache<Chain>,
        endpoint: Endpoint,
        timeouts: Timeouts,
        network: Network,
    ) -> Result<Self, S3Failure> {
        let https = endpoint.is_https();
        let is_read_by_proxy = !https && network.proxies.has_http();
        // hyper opens another one than it takes, if one becomes idle meanwhile, and keeps both.
        let idle_connections = descriptors::at_once(usize::MAX, DESCRIPTORS);
        let connect_timeout = timeouts.connect;
        let settings = ClientSettings { connect_timeout, idle_connections, https, network };
        let region = endpoint.region();
        let client = SigningClient::with_settings(credentials, region, Service::S3, settings)?;
        let (headers, object_headers, retries) = Default::default();
        let (customer_key, bandwidth) = (None, None);
        let list_version = ListVersion::default();
        let elsewhere = Elsewhere::default();
        Ok(Self {
            client,
            endpoint,
            is_read_by_proxy,
            elsewhere,
            timeouts,
            headers,
            object_headers,
            customer_key,
            retries,
            bandwidth,
            list_version,
        })
    }

    /// How long S3 is waited for.
    pub const fn timeouts(&self) -> Timeouts {
        self.timeouts
    }

    /// Sends `headers` in each request, and `object_headers` with each object that is stored.
    #[must_use]
    pub fn with_headers(self, headers: HeaderMap, object_headers: HeaderMap) -> Self {
        Self { headers, object_headers, ..self }
    }

    /// Has S3 encrypt and decrypt contents with a key that it does not keep.
    ///
    /// # Errors
    /// If others on the way to S3 could read the key.
    pub fn with_customer_key(self, key: Option<CustomerKey>) -> Result<Self, EndpointError> {
        if key.is_some() && (self.is_read_by_proxy || !self.endpoint.is_private()) {
            return Err(EndpointError::KeyInTheOpen);
        }
        Ok(Self { customer_key: key, ..self })
    }

    /// Sends again, where [`again`](Self::again) does, as these say.
    #[must_use]
    pub fn with_retries(self, retries: RetrySettings) -> Self {
        Self { retries, ..self }
    }

    /// Lists keys by this version of the operation.
    #[must_use]
    pub fn with_list_version(self, list_version: ListVersion) -> Self {
        Self { list_version, ..self }
    }

    /// Sends and gets no more bytes of contents per second than this, all in all.
    #[must_use]
    pub fn with_bandwidth(self, bandwidth: Option<Bandwidth>) -> Self {
        Self { bandwidth: bandwidth.map(Arc::new), ..self }
    }

    /// Waits until `bytes` more of contents may come or go.
    pub(crate) async fn leave(&self, bytes: usize) {
        if let Some(bandwidth) = &self.bandwidth {
            bandwidth.leave(bytes).await;
        }
    }

    /// What is sent with each object that is stored.
    pub const fn object_headers(&self) -> &HeaderMap {
        &self.object_headers
    }

    /// Signs at the time of this host's clock, whatever S3's says.
    #[must_use]
    pub fn without_clock_correction(self) -> Self {
        Self { client: self.client.without_clock_correction(), ..self }
    }

    /// The URL of an object.
    ///
    /// # Errors
    /// If the endpoint cannot have the bucket in its name.
    pub fn url(&self, path: &S3Path) -> Result<String, EndpointError> {
        Ok(self.endpoint.url(path, &[])?.to_string())
    }

    /// The client that signs for it.
    pub const fn client(&self) -> &SigningClient<S3Body> {
        &self.client
    }

    /// Stores an object in one request. `headers` are the object's: its metadata.
    ///
    /// # Errors
    /// If it is not stored. Then it is not there in part either.
    pub async fn put(
        &self,
        path: &S3Path,
        headers: &HeaderMap,
        span: &Span,
        condition: Condition<'_>,
    ) -> Result<Confirmation, S3Failure> {
        let mut head = self.content_head(Method::PUT, path, &[])?;
        head.headers_mut().extend(self.object_headers.clone());
        head.headers_mut().extend(headers.clone());
        // hyper leaves it out when there is nothing to send, and S3 wants it even then.
        head.headers_mut().insert(CONTENT_LENGTH, span.len.into());
        span.digests.add_to(head.headers_mut());
        condition.add_to(head.headers_mut())?;
        let response = self.send_span(&head, span).await?;
        // Whatever else answers with 200, such as a portal that wants a log-in, has no ETag, and says
        // something. Some stores have none for what stands for a directory.
        let is_marker = path.is_written_as_directory() && span.len == 0;
        let says_nothing = response.headers().get(CONTENT_LENGTH).is_some_and(|len| len == "0");
        if ETag::of(response.headers()).is_none() && !(is_marker && says_nothing) {
            return Err(S3Failure::NotS3);
        }
        let algorithm = span.digests.checksum.as_ref().map(|checksum| checksum.algorithm);
        Ok(Confirmation::of_headers(response.headers(), algorithm))
    }

    /// Sends a request without a body.
    async fn send(
        &self,
        method: Method,
        path: &S3Path,
        query: &[(&str, &str)],
    ) -> Result<Response<ResponseBody>, S3Failure> {
        let head = self.head(method, path, query)?;
        self.exchange(&head, Bytes::new()).await
    }

    /// Sends a request whose body is small.
    async fn exchange(
        &self,
        head: &Request<()>,
        body: Bytes,
    ) -> Result<Response<ResponseBody>, S3Failure> {
        let payload = Payload::Bytes(&body);
        let limit = self.timeouts.answer;
        self.where_it_is(head, async |client, head| {
            let sending = client.send_with(head, || Some(body::of_bytes(body.clone())), payload);
            let sent = timeout(limit, sending).await.map_err(|_| S3Failure::Timeout(limit))?;
            sent.map_err(|error| no_answer(head, error))
        })
        .await
    }

    fn head(
        &self,
        method: Method,
        path: &S3Path,
        query: &[(&str, &str)],
    ) -> Result<Request<()>, S3Failure> {
        let url = self.endpoint.url(path, query)?;
        let head = Request::builder().method(method).uri(url).header(USER_AGENT, PRODUCT);
        let mut head = head.body(())?;
        head.headers_mut().extend(self.headers.clone());
        head.extensions_mut().insert(path.clone());
        Ok(head)
    }

    /// What tells the customer's keys apart, as a header of requests.
    pub(crate) fn customer_key_md5(&self) -> Option<(HeaderName, HeaderValue)> {
        self.customer_key.as_ref().and_then(CustomerKey::md5)
    }

    /// The head of a request about the content of an object.
    fn content_head(
        &self,
        method: Method,
        path: &S3Path,
        query: &[(&str, &str)],
    ) -> Result<Request<()>, S3Failure> {
        let mut head = self.head(method, path, query)?;
        if let Some(key) = &self.customer_key {
            head.headers_mut().extend(key.headers());
        }
        Ok(head)
    }

    /// The response, if it means success; else the error in its body.
    async fn success(
        &self,
        response: Response<ResponseBody>,
    ) -> Result<Response<ResponseBody>, S3Failure> {
        if response.status().is_success() {
            return Ok(response);
        }
        let (status, headers) = (response.status(), response.headers().clone());
        let signed_for = response.extensions().get::<SignedFor>().cloned();
        let read = self.read(response).await;
        let is_cut = read.is_err();
        let error = S3Error::read(status, &headers, &read.unwrap_or_default());
        // A refusal of the region that was signed for has another reason.
        let is_other = |region: &String| signed_for.is_none_or(|SignedFor(used)| used != *region);
        let region = error.region.clone().filter(is_other);
        Err(S3Failure::S3(S3Error { region, is_cut, ..error }))
    }

    async fn read(&self, response: Response<ResponseBody>) -> Result<Bytes, S3Failure> {
        read_within(self.timeouts.answer, response).await
    }
}

/// Says who was asked, if no one answered.
fn no_answer(head: &Request<()>, error: ClientError) -> S3Failure {
    let host = head.uri().host().unwrap_or_default().to_owned();
    match error {
        error @ (ClientError::Http(_) | ClientError::Connect(_)) => {
            S3Failure::NoAnswer { host, error }
        }
        error => S3Failure::Client(error),
    }
}

/// What S3 calls a request: to be named to AWS's support.
fn request_id(headers: &HeaderMap) -> Option<String> {
    Some(headers.get("x-amz-request-id")?.to_str().ok()?.to_owned())
}

const PRODUCT: &str = concat!("rolefs/", env!("CARGO_PKG_VERSION"));

async fn read_within(
    limit: Duration,
    response: Response<ResponseBody>,
) -> Result<Bytes, S3Failure> {
    let reading = Limited::new(response.into_body(), XML_LIMIT).collect();
    let collected = timeout(limit, reading).await.map_err(|_| S3Failure::Timeout(limit))?;
    Ok(collected.map_err(S3Failure::Body)?.to_bytes())
}
