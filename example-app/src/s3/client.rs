//! The client that signs and sends requests to S3.

use core::cell::Cell;
use std::sync::Arc;

use futures_util::future::LocalBoxFuture;
use http::{HeaderMap, HeaderName, HeaderValue, Uri};
use rolesig::Service;
use rolesig_std::client::ClientSettings;
use rolesig_std::http::Network;
use rolesig_std::{Cache, Chain, Clock, SigningClient};

mod bucket_regions;
mod outgoing;
pub(in crate::s3) mod response;
pub(crate) mod send;
pub mod timeouts;

use bucket_regions::BucketRegions;
use timeouts::S3Timeouts;

use super::address::endpoint::{S3Endpoint, S3EndpointError};
use super::address::path::S3Path;
use super::content::bandwidth::Bandwidth;
use super::content::body::S3Body;
use super::content::sse_c::CustomerKey;
use super::error::operation::OperationError;
use super::error::repeat::{Repeated, repeat};
use super::error::retry::{DEFAULT_RETRIES, RetrySettings, S3Retries, Stop, never};
use crate::system::descriptors;

/// The version of the operation that lists keys: `fs.s3a.list.version`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ListVersion {
    /// `ListObjects`.
    V1,
    /// `ListObjectsV2`. A store that answers as the first version does is then asked by that.
    #[default]
    V2,
}

/// The number of descriptors that a transfer takes, with its connection.
const DESCRIPTORS: usize = 4;

/// A client of S3 that signs with the credentials of a [`Cache`].
#[derive(Debug)]
pub struct S3 {
    client: SigningClient<S3Body>,
    /// That of the credentials.
    clock: Clock,
    endpoint: S3Endpoint,
    /// True if a proxy can read what is sent.
    is_read_by_proxy: bool,
    bucket_regions: BucketRegions,
    timeouts: S3Timeouts,
    /// Sent with each request.
    headers: HeaderMap,
    /// Sent with each object that is stored.
    object_headers: HeaderMap,
    customer_key: Option<CustomerKey>,
    retries: RetrySettings,
    bandwidth: Option<Arc<Bandwidth>>,
    list_version: ListVersion,
    validates_checksums: bool,
}

impl S3 {
    /// Creates a client, without a connection yet.
    ///
    /// # Errors
    /// If the trusted certificates cannot be read.
    pub fn new(
        credentials: Cache<Chain>,
        endpoint: S3Endpoint,
        timeouts: S3Timeouts,
        network: Network,
    ) -> Result<Self, OperationError> {
        let https = endpoint.is_https();
        let is_read_by_proxy = !https && network.proxies.has_http();
        // If one becomes idle while hyper opens another, hyper uses the idle one and keeps both.
        let idle_connections = descriptors::at_once(usize::MAX, DESCRIPTORS);
        let mut settings = ClientSettings::default();
        settings.connect_timeout = timeouts.connect;
        // Other timeouts and the retries are those of whole operations.
        settings.read_timeout = None;
        settings.retries = RetrySettings::NONE;
        settings.idle_connections = idle_connections;
        settings.https = https;
        settings.network = network;
        let clock = credentials.clock();
        let region = endpoint.region();
        let client = SigningClient::with_settings(credentials, region, Service::S3, settings)?;
        Ok(Self {
            client,
            clock,
            endpoint,
            is_read_by_proxy,
            bucket_regions: BucketRegions::default(),
            timeouts,
            headers: HeaderMap::new(),
            object_headers: HeaderMap::new(),
            customer_key: None,
            retries: DEFAULT_RETRIES,
            bandwidth: None,
            list_version: ListVersion::default(),
            validates_checksums: true,
        })
    }

    /// Returns how long S3 is waited for.
    pub const fn timeouts(&self) -> S3Timeouts {
        self.timeouts
    }

    /// Sends `headers` with each request, and `object_headers` with each object that is stored.
    #[must_use]
    pub fn with_headers(self, headers: HeaderMap, object_headers: HeaderMap) -> Self {
        Self { headers, object_headers, ..self }
    }

    /// Makes S3 encrypt and decrypt contents with a key that it does not keep.
    ///
    /// # Errors
    /// If others on the way to S3 could read the key.
    pub fn with_customer_key(self, key: Option<CustomerKey>) -> Result<Self, S3EndpointError> {
        if key.is_some() && (self.is_read_by_proxy || !self.endpoint.is_private()) {
            return Err(S3EndpointError::KeyInTheOpen);
        }
        Ok(Self { customer_key: key, ..self })
    }

    /// Sets the limits of [`retry`](Self::retry).
    #[must_use]
    pub fn with_retries(self, retries: RetrySettings) -> Self {
        Self { retries, ..self }
    }

    /// Lists keys by this version of the operation.
    #[must_use]
    pub fn with_list_version(self, list_version: ListVersion) -> Self {
        Self { list_version, ..self }
    }

    /// Returns the version of the operation that lists keys.
    pub(in crate::s3) const fn list_version(&self) -> ListVersion {
        self.list_version
    }

    /// Sets whether objects that are read are compared with the checksums that S3 keeps, as they
    /// are unless this is called.
    #[must_use]
    pub fn with_checksum_validation(self, validates_checksums: bool) -> Self {
        Self { validates_checksums, ..self }
    }

    /// Returns whether objects that are read are compared with the checksums that S3 keeps.
    pub(crate) const fn validates_checksums(&self) -> bool {
        self.validates_checksums
    }

    /// Limits the bytes of contents per second, over all requests together.
    #[must_use]
    pub fn with_bandwidth(self, bandwidth: Option<Bandwidth>) -> Self {
        Self { bandwidth: bandwidth.map(Arc::new), ..self }
    }

    /// Waits until the bandwidth allows `bytes` more of contents.
    pub(crate) async fn wait_for_bandwidth(&self, bytes: usize) {
        if let Some(bandwidth) = &self.bandwidth {
            bandwidth.wait_for(bytes).await;
        }
    }

    /// Returns the headers that are sent with each object that is stored.
    pub const fn object_headers(&self) -> &HeaderMap {
        &self.object_headers
    }

    /// Signs at the time of this host's clock, and never corrects it by S3's.
    #[must_use]
    pub fn without_clock_correction(self) -> Self {
        Self { client: self.client.without_clock_correction(), ..self }
    }

    /// Returns the URL of an object.
    ///
    /// # Errors
    /// If the endpoint cannot have the bucket in its name.
    pub fn url(&self, path: &S3Path) -> Result<String, S3EndpointError> {
        Ok(self.endpoint.url(path, &[])?.to_string())
    }

    /// Returns the URL of a request about an object.
    pub(in crate::s3) fn url_with(
        &self,
        path: &S3Path,
        query: &[(&str, &str)],
    ) -> Result<String, S3EndpointError> {
        Ok(self.endpoint.url(path, query)?.to_string())
    }

    /// Returns the headers that are sent with each request.
    pub(in crate::s3) const fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// Returns the URL of the service, where it lists its buckets.
    pub(crate) fn root(&self) -> Result<Uri, S3EndpointError> {
        self.endpoint.root()
    }

    /// Returns the client that signs its requests.
    pub const fn client(&self) -> &SigningClient<S3Body> {
        &self.client
    }

    /// Returns the header of requests that distinguishes the customer's keys.
    pub(crate) fn customer_key_md5(&self) -> Option<(HeaderName, HeaderValue)> {
        self.customer_key.as_ref().and_then(CustomerKey::md5)
    }

    /// Returns the clock of the credentials, which draws the pauses, too.
    pub(crate) const fn clock(&self) -> Clock {
        self.clock
    }

    /// Returns the attempts of one request, before the first.
    pub(crate) fn retries(&self) -> S3Retries {
        S3Retries::new(self.retries, self.clock)
    }

    /// Sends a request, again until there is a response or no attempt is left.
    ///
    /// # Errors
    /// If S3 does not answer, or refuses.
    pub async fn retry<T>(
        &self,
        request: impl AsyncFn(&Self) -> Result<T, OperationError>,
    ) -> Result<T, OperationError> {
        self.retry_within(self.retries(), &request).await
    }

    /// Sends a request as [`retry`](Self::retry) does, and not again once the work shall end.
    ///
    /// # Errors
    /// As `retry`; `Stopped` if the work shall end.
    pub(crate) async fn retry_unless<T>(
        &self,
        stop: &Stop<'_>,
        request: impl AsyncFn(&Self) -> Result<T, OperationError>,
    ) -> Result<T, OperationError> {
        self.repeated((self.retries(), stop), &request).await
    }

    /// Sends a request as [`retry`](Self::retry) does, within these attempts.
    pub(crate) async fn retry_within<T>(
        &self,
        retries: S3Retries,
        request: &impl AsyncFn(&Self) -> Result<T, OperationError>,
    ) -> Result<T, OperationError> {
        self.repeated((retries, &|| never()), request).await
    }

    async fn repeated<T>(
        &self,
        (retries, stop): (S3Retries, &Stop<'_>),
        request: &impl AsyncFn(&Self) -> Result<T, OperationError>,
    ) -> Result<T, OperationError> {
        let response = Cell::new(None);
        let attempt = keeping(self, request, &response);
        repeat(&mut SingleRequest { attempt: &attempt, retries, stop }).await?;
        response.take().ok_or(OperationError::NotS3("response"))
    }
}

/// A request outside of transfers: nothing but a pause is between its attempts.
struct SingleRequest<'p, 'a, 's> {
    attempt: &'p SendRequest<'a>,
    retries: S3Retries,
    stop: &'p Stop<'s>,
}

impl Repeated for SingleRequest<'_, '_, '_> {
    type AttemptError = OperationError;
    type Error = OperationError;

    async fn attempt(&mut self) -> Result<(), OperationError> {
        (self.attempt)().await
    }

    async fn pause(&mut self, failure: OperationError) -> Result<(), OperationError> {
        self.retries.after_unless(self.stop, failure).await
    }
}

/// A function that sends a request once, and keeps its response. It is `dyn`, so that the retry
/// loop is compiled once.
pub(crate) type SendRequest<'a> = dyn Fn() -> LocalBoxFuture<'a, Result<(), OperationError>> + 'a;

/// Returns the attempt that sends a request, and keeps the response there.
pub(crate) fn keeping<'a, T>(
    s3: &'a S3,
    request: &'a impl AsyncFn(&S3) -> Result<T, OperationError>,
    response: &'a Cell<Option<T>>,
) -> impl Fn() -> LocalBoxFuture<'a, Result<(), OperationError>> + 'a {
    move || {
        Box::pin(async move {
            response.set(Some(request(s3).await?));
            Ok(())
        })
    }
}
