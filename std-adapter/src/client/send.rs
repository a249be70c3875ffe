//! Sending of a request, with its further attempts.

use bytes::Bytes;
use http::{Request, Response};
use http_body::Body;
use rolesig::Payload;

use super::attempt::{Corrections, Next};
use super::error::ClientError;
use super::signing_client::SigningClient;
use crate::http::response::ResponseBody;
use crate::http::retry_budget::{RetryBudget, Verdict};
use crate::provider::ProvideCredentials;

impl<B, P> SigningClient<B, P>
where
    B: Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<Box<dyn core::error::Error + Send + Sync>>,
    P: ProvideCredentials,
{
    /// Signs and sends a request, whose URI is absolute or below the [endpoint](Self::endpoint);
    /// answers when the head of the response is there.
    ///
    /// # Errors
    /// If there are no credentials, the request cannot be signed, or no response came. A response
    /// of any status is not an error.
    pub async fn send(
        &self,
        request: Request<B>,
        payload: Payload<'_>,
    ) -> Result<Response<ResponseBody>, ClientError<P::Error>>
    where
        B: Clone,
    {
        let (head, body) = request.into_parts();
        let head = Request::from_parts(head, ());
        self.send_with(&head, || Some(body.clone()), payload).await
    }

    /// Sends a request as [`send`](Self::send) does, with a body that is created again for each
    /// time the request is sent. A body that can be created only once is `None` the second time;
    /// the first response stands then.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn send_with(
        &self,
        head: &Request<()>,
        mut body: impl FnMut() -> Option<B>,
        payload: Payload<'_>,
    ) -> Result<Response<ResponseBody>, ClientError<P::Error>> {
        let mut left = Corrections::all();
        let mut budget = RetryBudget::new(self.retries, self.credentials.clock());
        let mut next_body = body().ok_or(ClientError::NoBody)?;
        loop {
            let mut attempt = self.attempt(head, next_body, payload).await;
            let next = match &mut attempt {
                Ok(answered) => self.judge(answered, &mut left).await?,
                Err(error) => Next::Judged(error.verdict()),
            };
            let response = attempt.map(|answered| answered.response);
            // Before the pause: without a body, nothing follows it.
            let again = if matches!(next, Next::Judged(Verdict::Final)) { None } else { body() };
            let Some(again) = again else { return response };
            let may_send = match next {
                Next::Corrected => true,
                Next::Judged(verdict) => budget.wait(verdict).await,
            };
            if !may_send {
                return response;
            }
            next_body = again;
        }
    }

    /// Sends a request that is [signed](Self::sign) already, once: its body can be one that depends
    /// on the signature, as [chunks](Self::sign_chunked) do, or one that cannot be created again.
    ///
    /// # Errors
    /// If no response came. A response of any status is not an error.
    pub async fn send_signed(
        &self,
        request: Request<B>,
    ) -> Result<Response<ResponseBody>, ClientError<P::Error>> {
        // Boxed, since callers hold many of these at once.
        Box::pin(self.connections.exchange(request)).await
    }
}
