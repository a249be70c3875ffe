//! Signing with a client's credentials, kept keys and clock of the service.

use bytes::Bytes;
use http::{Method, Request, Uri};
use http_body::Body;
use rolesig::{Chunked, Expires, Payload, Timestamp};

use super::error::ClientError;
use super::signing_client::SigningClient;
use crate::identity::Identity;
use crate::provider::ProvideCredentials;
use crate::sign::{ChunkedBody, PresignedUrl, RequestSigner, SignRequestError};

impl<B, P: ProvideCredentials> SigningClient<B, P> {
    /// Signs a request as `send` would, with the kept key and by the learnt skew, for
    /// another client to send.
    ///
    /// # Errors
    /// If there are no credentials, or the request cannot be signed.
    pub async fn sign<T>(
        &self,
        request: &mut Request<T>,
        payload: Payload<'_>,
    ) -> Result<(), ClientError<P::Error>> {
        let (identity, now) = self.credentials.identity_now().await?;
        Ok(self.sign_with(&identity, request, payload, self.skew.get().apply(now))?)
    }

    /// Signs a request as [`sign`](Self::sign) does, and its body in chunks as it is sent; see
    /// [`RequestSigner::sign_chunked`]. [`send_signed`](Self::send_signed) sends it.
    ///
    /// # Errors
    /// As [`sign`](Self::sign).
    pub async fn sign_chunked<T>(
        &self,
        mut request: Request<T>,
        chunked: Chunked<'_>,
    ) -> Result<Request<ChunkedBody>, ClientError<P::Error>>
    where
        T: Body<Data = Bytes> + Send + Unpin + 'static,
        T::Error: Into<Box<dyn core::error::Error + Send + Sync>>,
    {
        let (identity, now) = self.credentials.identity_now().await?;
        if let Some(uri) = self.below_endpoint(request.uri())? {
            *request.uri_mut() = uri;
        }
        let now = self.skew.get().apply(now);
        Ok(self.signer(&identity).sign_chunked(request, chunked, now)?)
    }

    /// Returns a URL by which anyone can send a request, until it
    /// [expires](PresignedUrl::expires_at): after `expires`, or with the credentials if that is
    /// sooner. The request has no body, or any body if the service is S3. It is signed by the
    /// learnt skew. `uri` is absolute, or below the [endpoint](Self::endpoint).
    ///
    /// ```no_run
    /// use http::Method;
    /// use rolesig::Expires;
    ///
    /// # async fn share() -> Result<(), Box<dyn std::error::Error>> {
    /// let config = rolesig_std::Config::load(&rolesig_std::Environment::of_process()).await?;
    /// let client: rolesig_std::SigningClient = config.client("s3")?;
    /// let hour = Expires::seconds(3600).ok_or("1 s to 7 days")?;
    /// let presigned = client.presign(Method::GET, "/amzn-s3-demo-bucket/key", hour).await?;
    /// println!("{} (until {})", presigned.url(), presigned.expires_at());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// If there are no credentials, or the request cannot be signed.
    pub async fn presign(
        &self,
        method: Method,
        uri: &str,
        expires: Expires,
    ) -> Result<PresignedUrl, ClientError<P::Error>> {
        let uri: Uri = uri.parse().map_err(SignRequestError::from)?;
        let mut head = Request::new(());
        (*head.method_mut(), *head.uri_mut()) = (method, uri);
        self.presign_request(&head, None, expires).await
    }

    /// Returns a URL as [`presign`](Self::presign) does, for a request with headers, which are then
    /// to be sent with it, and with the body of `payload`, if that is `Some`; see
    /// [`Signer::presign`](rolesig::Signer::presign).
    ///
    /// # Errors
    /// As [`presign`](Self::presign).
    pub async fn presign_request<T>(
        &self,
        head: &Request<T>,
        payload: Option<Payload<'_>>,
        expires: Expires,
    ) -> Result<PresignedUrl, ClientError<P::Error>> {
        let (identity, now) = self.credentials.identity_now().await?;
        let (signer, now) = (self.signer(&identity), self.skew.get().apply(now));
        let presigned = match self.below_endpoint(head.uri())? {
            None => signer.presign(head, payload, expires, now),
            Some(uri) => {
                let mut request = Request::new(());
                *request.method_mut() = head.method().clone();
                *request.headers_mut() = head.headers().clone();
                *request.uri_mut() = uri;
                signer.presign(&request, payload, expires, now)
            }
        }?;
        Ok(presigned.with_credentials_expiry(identity.expires_at()))
    }

    pub(super) fn sign_with<T>(
        &self,
        identity: &Identity,
        request: &mut Request<T>,
        payload: Payload<'_>,
        now: Timestamp,
    ) -> Result<(), SignRequestError> {
        if let Some(uri) = self.below_endpoint(request.uri())? {
            *request.uri_mut() = uri;
        }
        self.signer(identity).sign(request, payload, now)
    }

    fn signer<'s>(&'s self, identity: &'s Identity) -> RequestSigner<'s> {
        let signer = RequestSigner::new(identity.credentials(), &self.region, self.service);
        signer.with_keys(&self.keys)
    }

    /// Returns the URI at the endpoint, for a URI without a host.
    fn below_endpoint(&self, uri: &Uri) -> Result<Option<Uri>, SignRequestError> {
        let endpoint = self.endpoint.as_ref().filter(|_| uri.authority().is_none());
        Ok(endpoint.map(|endpoint| endpoint.uri_of(uri)).transpose()?)
    }
}
