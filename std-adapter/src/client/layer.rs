//! A layer that signs each request before its service sends it.

use core::mem::replace;
use core::pin::Pin;
use core::task::{Context, Poll};

use http::uri::Scheme;
use http::{Request, Response};
use http_body::Body;
use rolesig::Payload;
use tower_layer::Layer;

use super::error::ClientError;
use super::signing_client::SigningClient;
use crate::provider::{Chain, ProvideCredentials};

/// A layer that signs each request as a [`SigningClient`] does, for a client that is a tower
/// service: with credentials that are good then, kept keys and the clock that it knows.
///
/// An empty body is signed. The hash of any other body is a [`BodyHash`] in the request's
/// extensions. Without it the body is not signed, which only S3 accepts, and which is an error
/// unless `https` protects it.
///
/// ```no_run
/// use rolesig_std::client::SignLayer;
/// use rolesig_std::{Config, Environment, SigningClient};
/// use tower_layer::Layer as _;
///
/// # async fn wrap<S>(http_client: S) -> Result<(), Box<dyn std::error::Error>> {
/// let config = Config::load(&Environment::of_process()).await?;
/// let s3: SigningClient = config.client("s3")?;
/// let signing = SignLayer::new(s3).layer(http_client);
/// # Ok(())
/// # }
/// ```
pub struct SignLayer<B, P: ProvideCredentials = Chain> {
    client: SigningClient<B, P>,
}

/// The SHA-256 of a request's body, for a [`SignLayer`].
///
/// ```
/// use rolesig_std::client::BodyHash;
/// use sha2::{Digest as _, Sha256};
///
/// let mut request = http::Request::put("/bucket/key").body("hello")?;
/// let hash = BodyHash(Sha256::digest(request.body()).into());
/// request.extensions_mut().insert(hash);
/// # Ok::<(), http::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BodyHash(pub [u8; 32]);

impl<B, P: ProvideCredentials> SignLayer<B, P> {
    /// Creates a layer that signs with the credentials, for the region and service of a client. Its
    /// connections are not used.
    pub const fn new(client: SigningClient<B, P>) -> Self {
        Self { client }
    }
}

impl<B, P: ProvideCredentials> Clone for SignLayer<B, P> {
    fn clone(&self) -> Self {
        Self { client: self.client.clone() }
    }
}

impl<B, P: ProvideCredentials, S> Layer<S> for SignLayer<B, P> {
    type Service = SignService<B, P, S>;

    fn layer(&self, inner: S) -> SignService<B, P, S> {
        SignService { client: self.client.clone(), inner }
    }
}

/// A service behind a [`SignLayer`].
///
/// ```
/// use rolesig_std::Chain;
/// use rolesig_std::client::{SignLayer, SignService};
/// use tower_layer::Layer as _;
///
/// fn signed<B, S>(layer: &SignLayer<B>, http_client: S) -> SignService<B, Chain, S> {
///     layer.layer(http_client)
/// }
/// ```
pub struct SignService<B, P: ProvideCredentials, S> {
    client: SigningClient<B, P>,
    inner: S,
}

impl<B, P: ProvideCredentials, S: Clone> Clone for SignService<B, P, S> {
    fn clone(&self) -> Self {
        Self { client: self.client.clone(), inner: self.inner.clone() }
    }
}

/// The reason why there is no response to a request through a [`SignLayer`].
///
/// ```
/// use rolesig_std::client::SignServiceError;
///
/// fn is_unsigned<E>(error: &SignServiceError<E, std::io::Error>) -> bool {
///     matches!(error, SignServiceError::Sign(_))
/// }
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignServiceError<E, C: core::error::Error + 'static> {
    /// The request was not signed, or not sent.
    #[error(transparent)]
    Sign(ClientError<C>),
    /// Nothing would protect the body: its hash is not known, and the URI is not one of `https`.
    #[error(
        "the body's hash is not known, and only https protects a body without it: put a BodyHash \
         into the request's extensions, or use https"
    )]
    UnprotectedBody,
    /// The service's own error.
    #[error(transparent)]
    Service(E),
}

impl<B, P, S, T, A> tower_service::Service<Request<T>> for SignService<B, P, S>
where
    B: Send + 'static,
    P: ProvideCredentials,
    S: tower_service::Service<Request<T>, Response = Response<A>> + Clone + Send + 'static,
    S::Future: Send,
    S::Error: core::error::Error + 'static,
    T: Body + Send + 'static,
{
    type Response = Response<A>;
    type Error = SignServiceError<S::Error, P::Error>;
    type Future = Pin<Box<dyn Future<Output = Result<Response<A>, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context).map_err(SignServiceError::Service)
    }

    fn call(&mut self, mut request: Request<T>) -> Self::Future {
        // The one that is ready is the one that is called.
        let clone = self.inner.clone();
        let mut inner = replace(&mut self.inner, clone);
        let client = self.client.clone();
        Box::pin(async move {
            let payload = match request.extensions().get() {
                Some(BodyHash(digest)) => Payload::Sha256(*digest),
                None if request.body().is_end_stream() => Payload::Bytes(b""),
                None => Payload::Unsigned,
            };
            client.sign(&mut request, payload).await.map_err(SignServiceError::Sign)?;
            // The host, and with it the scheme, may be that of the client's endpoint.
            let is_protected = request.uri().scheme() == Some(&Scheme::HTTPS);
            if matches!(payload, Payload::Unsigned) && !is_protected {
                return Err(SignServiceError::UnprotectedBody);
            }
            inner.call(request).await.map_err(SignServiceError::Service)
        })
    }
}
