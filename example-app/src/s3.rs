//! The handful of S3 operations that a file shell needs.

use core::time::Duration;

use bytes::Bytes;
use http::header::{CONTENT_LENGTH, ETAG, IF_NONE_MATCH, LAST_MODIFIED, USER_AGENT};
use http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use http_body_util::{BodyExt, Limited};
use rolesig::{Payload, Service};
use rolesig_std::{Cache, Chain, ClientError, ResponseBody, SigningClient};
use thiserror::Error;
use tokio::time::timeout;

pub mod answer;
pub mod body;
pub mod endpoint;
pub(crate) mod mismatch;
pub mod moved;
pub mod multipart;
pub mod path;
pub mod retries;

use answer::{BadListing, ListPage, S3Error};
use body::{S3Body, Span};
use endpoint::{Endpoint, EndpointError};
use path::S3Path;

/// For everything but an object's content.
pub(crate) const ANSWER_TIMEOUT: Duration = Duration::from_mins(1);
/// How long an upload may be without a byte that moves: S3 itself gives up after 20 s, and what lies
/// in the buffers of a slow network takes longer.
const STALL: Duration = Duration::from_mins(2);
/// `CompleteMultipartUpload`: "could take several minutes".
const COMPLETION_TIMEOUT: Duration = Duration::from_mins(10);
/// A page of a listing has 1,000 keys of up to 1,024 bytes, each of which may be encoded.
const XML_LIMIT: usize = 16 * 1024 * 1024;
/// S3, as one sees it with the credentials at hand.
#[derive(Debug)]
pub struct S3 {
    client: SigningClient<S3Body>,
    endpoint: Endpoint,
    /// Of each request.
    headers: HeaderMap,
    /// Of each object that is stored.
    object_headers: HeaderMap,
}

/// What a path in S3 is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Nothing.
    Absent,
    /// An object.
    File,
    /// The beginning of keys, up to a slash; or a bucket.
    Directory,
}

impl S3 {
    /// Connects to nothing yet.
    ///
    /// # Errors
    /// If TLS cannot be set up.
    pub fn new(credentials: Cache<Chain>, endpoint: Endpoint) -> Result<Self, S3Failure> {
        let client = SigningClient::new(credentials, endpoint.region(), Service::S3)?;
        let (headers, object_headers) = Default::default();
        Ok(Self { client, endpoint, headers, object_headers })
    }

    /// Sends `headers` in each request, and `object_headers` with each object that is stored.
    #[must_use]
    pub fn with_headers(self, headers: HeaderMap, object_headers: HeaderMap) -> Self {
        Self { headers, object_headers, ..self }
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

    /// The client that signs for it.
    pub const fn client(&self) -> &SigningClient<S3Body> {
        &self.client
    }

    /// What there is at a path. A key is asked for first, then keys below it.
    ///
    /// # Errors
    /// If S3 does not say.
    pub async fn kind(&self, path: &S3Path) -> Result<Kind, S3Failure> {
        if !path.is_written_as_directory() && self.exists(path).await? {
            return Ok(Kind::File);
        }
        Ok(if self.is_directory(path).await? { Kind::Directory } else { Kind::Absent })
    }

    /// Whether there are keys below a path. A bucket is a directory, even an empty one.
    ///
    /// # Errors
    /// If S3 does not say.
    pub async fn is_directory(&self, path: &S3Path) -> Result<bool, S3Failure> {
        let page = self.list_page(path, &path.directory_prefix(), "", 1, None).await?;
        Ok(path.key().is_empty() || !page.objects.is_empty() || !page.prefixes.is_empty())
    }

    /// Whether there is an object of this key.
    ///
    /// # Errors
    /// If S3 does not say.
    pub async fn exists(&self, path: &S3Path) -> Result<bool, S3Failure> {
        let response = self.send(Method::HEAD, path, &[]).await?;
        match response.status() {
            StatusCode::OK => Ok(true),
            StatusCode::NOT_FOUND => Ok(false),
            // The answer to HEAD has no body to say why; the answer to GET has, and its request may
            // be sent again for it.
            _ => match self.get(path).await {
                Err(S3Failure::S3(error)) if error.status == StatusCode::NOT_FOUND => Ok(false),
                got => got.map(|_| true),
            },
        }
    }

    /// What S3 tells of an object without its content; `None` if there is none.
    ///
    /// Source: `HeadObject`, Amazon S3 API Reference.
    ///
    /// # Errors
    /// If S3 does not say.
    pub async fn stat(&self, path: &S3Path) -> Result<Option<Attributes>, S3Failure> {
        let response = self.send(Method::HEAD, path, &[]).await?;
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(None);
        }
        let headers = success(response).await?.headers().clone();
        let text = |name| Some(headers.get(name)?.to_str().ok()?.to_owned());
        Ok(Some(Attributes {
            etag: etag(&headers),
            len: text(CONTENT_LENGTH).and_then(|len| len.parse().ok()),
            last_modified: text(LAST_MODIFIED),
        }))
    }

    /// Stores an object in one request. `headers` are the object's: its metadata. With `if_absent`
    /// S3 refuses an object that is there (412), so that of two writers one wins.
    ///
    /// # Errors
    /// If it is not stored. Then it is not there in part either.
    pub async fn put(
        &self,
        path: &S3Path,
        headers: &HeaderMap,
        span: &Span,
        if_absent: bool,
    ) -> Result<(), S3Failure> {
        let mut head = self.head(Method::PUT, path, &[])?;
        head.headers_mut().extend(self.object_headers.clone());
        head.headers_mut().extend(headers.clone());
        // hyper leaves it out when there is nothing to send, and S3 wants it even then.
        head.headers_mut().insert(CONTENT_LENGTH, span.len.into());
        if if_absent {
            head.headers_mut().insert(IF_NONE_MATCH, HeaderValue::from_static("*"));
        }
        let response = self.send_span(&head, span).await?;
        // Whatever else answers with 200, such as a portal that wants a log-in, has no ETag.
        etag(response.headers()).map(|_| ()).ok_or(S3Failure::NotS3)
    }

    /// Fetches an object; its content is still to come.
    ///
    /// # Errors
    /// If S3 does not give it.
    pub async fn get(&self, path: &S3Path) -> Result<Response<ResponseBody>, S3Failure> {
        success(self.send(Method::GET, path, &[]).await?).await
    }

    /// A page of the keys that begin with `prefix`, grouped at `delimiter` unless that is empty.
    ///
    /// # Errors
    /// If S3 does not say.
    pub async fn list_page(
        &self,
        bucket: &S3Path,
        prefix: &str,
        delimiter: &str,
        max_keys: u32,
        continuation_token: Option<&str>,
    ) -> Result<ListPage, S3Failure> {
        let max_keys = max_keys.to_string();
        let mut query = vec![
            ("list-type", "2"),
            ("prefix", prefix),
            ("max-keys", &max_keys),
            ("encoding-type", "url"),
        ];
        query.extend((!delimiter.is_empty()).then_some(("delimiter", delimiter)));
        query.extend(continuation_token.map(|token| ("continuation-token", token)));
        let response = self.send(Method::GET, &bucket.with_key(""), &query).await?;
        let body = read(success(response).await?).await?;
        Ok(ListPage::read(&String::from_utf8_lossy(&body))?)
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
        let sending = self.client.send_with(head, || Some(body::of_bytes(body.clone())), payload);
        let sent = timeout(ANSWER_TIMEOUT, sending).await.map_err(|_| S3Failure::Timeout)?;
        sent.map_err(|error| no_answer(head, error))
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
        Ok(head)
    }
}

/// What S3 tells of an object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Attributes {
    /// With its quotation marks.
    pub etag: Option<String>,
    /// In bytes.
    pub len: Option<u64>,
    /// As HTTP has dates.
    pub last_modified: Option<String>,
}

fn etag(headers: &HeaderMap) -> Option<String> {
    Some(headers.get(ETAG)?.to_str().ok()?.to_owned())
}

/// Says who was asked, if no one answered.
fn no_answer(head: &Request<()>, error: ClientError) -> S3Failure {
    let host = head.uri().host().unwrap_or_default().to_owned();
    match error {
        error @ ClientError::Http(_) => S3Failure::NoAnswer { host, error },
        error => S3Failure::Client(error),
    }
}

const PRODUCT: &str = concat!("rolefs/", env!("CARGO_PKG_VERSION"));

/// The response, if it means success; else the error in its body.
async fn success(response: Response<ResponseBody>) -> Result<Response<ResponseBody>, S3Failure> {
    if response.status().is_success() {
        return Ok(response);
    }
    let (status, headers) = (response.status(), response.headers().clone());
    let body = read(response).await.unwrap_or_default();
    Err(S3Failure::S3(S3Error::read(status, &headers, &body)))
}

async fn read(response: Response<ResponseBody>) -> Result<Bytes, S3Failure> {
    read_within(ANSWER_TIMEOUT, response).await
}

async fn read_within(
    limit: Duration,
    response: Response<ResponseBody>,
) -> Result<Bytes, S3Failure> {
    let reading = Limited::new(response.into_body(), XML_LIMIT).collect();
    let collected = timeout(limit, reading).await.map_err(|_| S3Failure::Timeout)?;
    Ok(collected.map_err(S3Failure::Body)?.to_bytes())
}

/// Why an operation failed.
#[derive(Debug, Error)]
pub enum S3Failure {
    /// S3 said no.
    #[error(transparent)]
    S3(#[from] S3Error),
    /// Nothing was sent.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// No connection, or it broke.
    #[error("{host} does not answer ({error}): check --endpoint, --region and the network")]
    NoAnswer {
        /// What was asked.
        host: String,
        /// What happened.
        #[source]
        error: ClientError,
    },
    /// No URL for it.
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    /// No answer in time.
    #[error(
        "no answer within {} s: check --endpoint and the network, and try again",
        ANSWER_TIMEOUT.as_secs()
    )]
    Timeout,
    /// Nothing moved any more.
    #[error("no byte moved for {} s: check the network, and try again", .0.as_secs())]
    Stalled(Duration),
    /// Success without what S3 always says with it.
    #[error("what answered is not S3 (no ETag): is there a proxy or a portal in between?")]
    NotS3,
    /// The answer broke off, or was too long.
    #[error("the answer broke off ({0}): check the network, and try again")]
    Body(#[source] Box<dyn core::error::Error + Send + Sync>),
    /// Not a listing.
    #[error(transparent)]
    Listing(#[from] BadListing),
    /// Not a request.
    #[error(transparent)]
    Request(#[from] http::Error),
}
