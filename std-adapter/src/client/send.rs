//! Sending, as often as it is worth it.

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{Request, Response};
use http_body::Body;
use rolesig::Payload;

use super::attempt::{Corrections, Next};
use super::error::ClientError;
use super::signing_client::SigningClient;
use crate::http::response::ResponseBody;
use crate::http::retry_budget::{RetryBudget, Verdict};
use crate::provider::ProvideCredentials;
use crate::sign::decode_query;

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
    /// of any status is no error.
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
    /// The client learns from the answer as from any other: the clock of the service, and that it
    /// refuses the credentials, which are renewed then. Only the next signature has a use of both.
    /// This request cannot be signed again: its signature is the caller's, and may be in its body.
    /// So an answer such as `ExpiredToken` is returned as it is; sign and send the request again.
    ///
    /// # Errors
    /// If no response came. A response of any status is no error.
    pub async fn send_signed(
        &self,
        request: Request<B>,
    ) -> Result<Response<ResponseBody>, ClientError<P::Error>> {
        let access_key_id = access_key_id(&request);
        let mut answered = self.answered(request, self.skew.get(), access_key_id).await?;
        self.learn(&mut answered).await;
        Ok(answered.response)
    }
}

/// Returns the access key id that a request was signed with, by header or by query.
fn access_key_id<B>(request: &Request<B>) -> Option<String> {
    let authorization = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let by_header = authorization.and_then(|text| text.split_once("Credential="));
    let credential = if let Some((_, credential)) = by_header {
        credential.as_bytes().to_vec()
    } else {
        let mut pairs = decode_query(request.uri().query()?).into_iter();
        pairs.find(|(name, _)| **name == *b"X-Amz-Credential")?.1.into_owned()
    };
    let id = credential.split(|byte| *byte == b'/').next()?;
    String::from_utf8(id.to_vec()).ok()
}
