//! Requests and responses that are in memory.

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use rolesig::Payload;
use thiserror::Error;

use super::body::BytesBody;
use super::error::ClientError;
use super::signing_client::SigningClient;
use crate::http::body_error::BodyError;
use crate::http::service_error::ServiceError;
use crate::provider::{ChainError, ProvideCredentials};

/// The longest response of [`SigningClient::call`].
const LONGEST_RESPONSE: usize = 16 * 1024 * 1024;

impl<P: ProvideCredentials> SigningClient<BytesBody, P> {
    /// Sends a request whose body is in memory, signed with its hash, and reads the response, of up
    /// to 16 MiB, to its end. A response other than a success is an error. For longer responses
    /// there are [`send`](Self::send) and
    /// [`ResponseBody::read_to_end`](crate::http::ResponseBody::read_to_end).
    ///
    /// ```no_run
    /// use http::Request;
    /// use rolesig_std::{Config, Environment};
    ///
    /// # async fn list() -> Result<(), Box<dyn std::error::Error>> {
    /// let config = Config::load(&Environment::of_process()).await?;
    /// let request = Request::post("/")
    ///     .header("content-type", "application/x-amz-json-1.0")
    ///     .header("x-amz-target", "DynamoDB_20120810.DescribeTable")
    ///     .body(r#"{"TableName": "t"}"#.into())?;
    /// match config.client("dynamodb")?.call(request).await {
    ///     Ok(response) => println!("{}", String::from_utf8_lossy(response.body())),
    ///     Err(error) => match error.code() {
    ///         Some("ResourceNotFoundException") => println!("there is no table t"),
    ///         _ => return Err(error.into()),
    ///     },
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`send`](Self::send); if the service responds with an error; or if the response breaks
    /// off or is too long.
    pub async fn call(
        &self,
        request: Request<BytesBody>,
    ) -> Result<Response<Bytes>, CallError<P::Error>> {
        let bytes = request.body().bytes().clone();
        let response = self.send(request, Payload::Bytes(&bytes)).await?;
        if !response.status().is_success() {
            return Err(ServiceError::read(response).await.into());
        }
        let (head, body) = response.into_parts();
        Ok(Response::from_parts(head, body.read_to_end(LONGEST_RESPONSE).await?))
    }
}

/// The reason why a [call](SigningClient::call) brought nothing. `E` is the error of the client's
/// provider.
///
/// ```
/// use rolesig_std::client::CallError;
///
/// fn is_absent(error: &CallError) -> bool {
///     matches!(error.code(), Some("NoSuchKey" | "NotFound"))
/// }
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CallError<E = ChainError> {
    /// There is no response.
    #[error(transparent)]
    Client(#[from] ClientError<E>),
    /// The service answered with an error.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// The response reports success, but it broke off or is too long.
    #[error(transparent)]
    Body(#[from] BodyError),
}

impl<E> CallError<E> {
    /// Returns the service's error, if it answered with one.
    pub const fn service_error(&self) -> Option<&ServiceError> {
        match self {
            Self::Service(error) => Some(error),
            _ => None,
        }
    }

    /// Returns the status of the service's error, if it answered with one. A success that breaks
    /// off has none.
    ///
    /// ```
    /// use http::StatusCode;
    /// use rolesig_std::client::CallError;
    ///
    /// fn may_not_write(error: &CallError) -> bool {
    ///     error.status() == Some(StatusCode::FORBIDDEN)
    /// }
    /// ```
    pub fn status(&self) -> Option<StatusCode> {
        self.service_error().map(ServiceError::status)
    }

    /// Returns the code of the service's error, if it answered with one.
    pub fn code(&self) -> Option<&str> {
        self.service_error().map(ServiceError::code)
    }
}
