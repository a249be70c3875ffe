//! One attempt at a request, and its consequences for credentials and clocks.

use core::mem::replace;

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use rolesig::{ClockSkew, Payload, Refresh};

use super::error::ClientError;
use super::signing_client::SigningClient;
use crate::cache::CacheError;
use crate::http::exchange;
use crate::http::response::{ResponseBody, error_code};
use crate::http::retry_budget::Verdict;
use crate::provider::ProvideCredentials;

/// The corrections for which a request may be sent again, each once.
pub(super) struct Corrections {
    credentials: bool,
    clock: bool,
}

impl Corrections {
    /// Returns those of a request that was not sent yet.
    pub(super) const fn all() -> Self {
        Self { credentials: true, clock: true }
    }
}

/// A request that was answered.
pub(super) struct AttemptResponse {
    pub(super) response: Response<ResponseBody>,
    /// The access key id that it was signed with, if it has a signature.
    access_key_id: Option<String>,
    /// The skew that it was signed with.
    skew: ClockSkew,
    /// The skew that the response shows.
    measured: Option<ClockSkew>,
    /// Seconds from its first byte to the response.
    round_trip: u64,
}

/// The next step after an attempt.
pub(super) enum Next {
    /// Signed again, the request may succeed at once.
    Corrected,
    /// The request may succeed later, or not.
    Judged(Verdict),
}

impl<B, P> SigningClient<B, P>
where
    B: Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<Box<dyn core::error::Error + Send + Sync>>,
    P: ProvideCredentials,
{
    /// Signs and sends a request once.
    pub(super) async fn attempt(
        &self,
        head: &Request<()>,
        body: B,
        payload: Payload<'_>,
    ) -> Result<AttemptResponse, ClientError<P::Error>> {
        let (identity, now) = self.credentials.identity_now().await?;
        let skew = self.skew.get();
        let mut request = head.clone().map(|()| body);
        self.sign_with(&identity, &mut request, payload, skew.apply(now))?;
        let access_key_id = identity.credentials().access_key_id.to_owned();
        drop(identity);
        self.exchange(request, skew, Some(access_key_id)).await
    }

    /// Sends a request that was signed with a skew, and measures by its response how far the clock
    /// is off.
    pub(super) async fn exchange(
        &self,
        request: Request<B>,
        skew: ClockSkew,
        access_key_id: Option<String>,
    ) -> Result<AttemptResponse, ClientError<P::Error>> {
        let clock = self.credentials.clock();
        let sent = clock.now();
        // Boxed, since callers hold many of these at once.
        let response = Box::pin(self.connections.exchange(request)).await?;
        let received = clock.now();
        let measured = exchange::skew(response.headers(), sent, received);
        let measured = measured.filter(|_| self.corrects_clock);
        let round_trip = received.seconds_since(sent).unwrap_or(0);
        Ok(AttemptResponse { response, access_key_id, skew, measured, round_trip })
    }

    /// Learns from a response: how far the clock is off, and whether the credentials are refused.
    /// Returns the code of its error.
    pub(super) async fn learn(&self, received: &mut AttemptResponse) -> String {
        let code = error_code(&mut received.response).await.unwrap_or_default();
        let AttemptResponse { skew, measured, round_trip, .. } = *received;
        if let Some(measured) = measured {
            let is_explained = exchange::is_off(&code, skew, measured);
            self.skew.on_response(measured, skew, round_trip, is_explained);
        }
        if let Some(access_key_id) = &received.access_key_id
            && Refresh::is_rejection(&code)
        {
            self.credentials.invalidate(access_key_id);
        }
        code
    }

    /// Judges a response, and learns from it.
    pub(super) async fn judge(
        &self,
        received: &mut AttemptResponse,
        left: &mut Corrections,
    ) -> Result<Next, ClientError<P::Error>> {
        let code = self.learn(received).await;
        if self.corrects(&code, received, left).await? {
            return Ok(Next::Corrected);
        }
        let status = received.response.status();
        Ok(Next::Judged(match Verdict::of_response(status, &code) {
            Verdict::Again if status.is_server_error() && !self.retries.server_errors => {
                Verdict::Final
            }
            verdict => verdict,
        }))
    }

    /// Returns whether another attempt may succeed after a refusal.
    async fn corrects(
        &self,
        code: &str,
        attempt: &AttemptResponse,
        left: &mut Corrections,
    ) -> Result<bool, ClientError<P::Error>> {
        if Refresh::is_rejection(code) {
            if !replace(&mut left.credentials, false) {
                return Ok(false);
            }
            return match self.credentials.identity().await {
                Ok(identity) => {
                    let signed_with = attempt.access_key_id.as_deref();
                    Ok(Some(identity.credentials().access_key_id) != signed_with)
                }
                // There are no others: what the service said is all there is to say.
                Err(CacheError::Stale(_)) => Ok(false),
                Err(error) => Err(error.into()),
            };
        }
        let is_off = |measured| exchange::is_off(code, attempt.skew, measured);
        Ok(attempt.measured.is_some_and(is_off) && replace(&mut left.clock, false))
    }
}
