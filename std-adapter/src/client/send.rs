//! Sending of a request, with its further attempts.

use bytes::Bytes;
use http::header::AUTHORIZATION;
use http::{Request, Response};
use http_body::Body;
use rolesig::Payload;

use super::attempt::{Corrections, Next};
use super::error::ClientError;
use super::signing_client::SigningClient;
use crate::http::response::ResponseBody;
use crate::http::retries::{Attempted, repeat};
use crate::http::retry_budget::{RetryBudget, Verdict};
use crate::provider::ProvideCredentials;
use crate::sign::decode_query;

/// The state that the attempts at a request share.
struct Sending<F, B> {
    /// Creates a body for each further attempt.
    body: F,
    /// The body of the next attempt.
    next: B,
    /// The corrections that are still to be tried.
    left: Corrections,
}

impl<B, P> SigningClient<B, P>
where
    B: Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<Box<dyn core::error::Error + Send + Sync>>,
    P: ProvideCredentials,
{
    /// Signs and sends a request, whose URI is absolute or below the [endpoint](Self::endpoint);
    /// returns when the head of the response has arrived.
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
    /// the first response is then the result.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn send_with(
        &self,
        head: &Request<()>,
        mut body: impl FnMut() -> Option<B>,
        payload: Payload<'_>,
    ) -> Result<Response<ResponseBody>, ClientError<P::Error>> {
        let budget = RetryBudget::new(self.retries, self.credentials.clock());
        let next = body().ok_or(ClientError::NoBody)?;
        let sending = Sending { body, next, left: Corrections::all() };
        repeat(budget, sending, |sending| self.send_once(head, payload, sending)).await
    }

    /// Sends a request once, and judges the response.
    async fn send_once<F: FnMut() -> Option<B>>(
        &self,
        head: &Request<()>,
        payload: Payload<'_>,
        Sending { mut body, next, mut left }: Sending<F, B>,
    ) -> Attempted<Sending<F, B>, Result<Response<ResponseBody>, ClientError<P::Error>>> {
        let mut attempt = self.attempt(head, next, payload).await;
        let judged = match &mut attempt {
            Ok(received) => self.judge(received, &mut left).await,
            Err(error) => Ok(Next::Judged(error.verdict())),
        };
        let verdict = match judged {
            Ok(Next::Corrected) => None,
            Ok(Next::Judged(verdict)) => Some(verdict),
            Err(error) => return Attempted::Ended(Err(error)),
        };
        let last = attempt.map(|received| received.response);
        // Before the pause: without a body, nothing follows it.
        let next = if verdict == Some(Verdict::Final) { None } else { body() };
        match next {
            Some(next) => Attempted::Failed { state: Sending { body, next, left }, verdict, last },
            None => Attempted::Ended(last),
        }
    }

    /// Sends a request that is [signed](Self::sign) already, once: its body can be one that depends
    /// on the signature, as [chunks](Self::sign_chunked) do, or one that cannot be created again.
    ///
    /// The client learns from the response as from any other: the clock of the service, and that it
    /// refuses the credentials, which are renewed then. Only the next signature has a use of both.
    /// This request cannot be signed again: its signature is the caller's, and may be in its body.
    /// So a response such as `ExpiredToken` is returned as it is; sign and send the request again.
    ///
    /// # Errors
    /// If no response came. A response of any status is not an error.
    pub async fn send_signed(
        &self,
        request: Request<B>,
    ) -> Result<Response<ResponseBody>, ClientError<P::Error>> {
        let access_key_id = access_key_id(&request);
        let mut received = self.exchange(request, self.skew.get(), access_key_id).await?;
        self.learn(&mut received).await;
        Ok(received.response)
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
