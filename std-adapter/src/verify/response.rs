//! The response to a request that is refused.

use core::pin::Pin;
use core::task::{Context, Poll};

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use rolesig::ErrorCodes;

use crate::verify::key::LookUpError;

/// The body of a response: that of the service, or the reason of a refusal.
///
/// ```
/// use bytes::Bytes;
/// use http_body_util::{BodyExt as _, Full};
/// use rolesig_std::verify::VerifyLayerBody;
///
/// async fn read(body: VerifyLayerBody<Full<Bytes>>) -> Bytes {
///     match body.collect().await {
///         Ok(whole) => whole.to_bytes(),
///         Err(never) => match never {},
///     }
/// }
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub enum VerifyLayerBody<B> {
    /// The service has answered.
    Service(B),
    /// The request was refused.
    Refusal(Option<Bytes>),
}

impl<B: Body<Data = Bytes> + Unpin> Body for VerifyLayerBody<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        match &mut *self {
            Self::Service(body) => Pin::new(body).poll_frame(context),
            Self::Refusal(text) => Poll::Ready(text.take().map(|text| Ok(Frame::data(text)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Service(body) => body.is_end_stream(),
            Self::Refusal(text) => text.is_none(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Service(body) => body.size_hint(),
            Self::Refusal(text) => {
                let len = text.as_ref().map_or(0, Bytes::len);
                SizeHint::with_exact(u64::try_from(len).unwrap_or(u64::MAX))
            }
        }
    }
}

/// Returns the response of a family of services.
///
/// Source: "Error responses" (Amazon S3), "Common errors" (AWS STS), "Error handling with
/// DynamoDB".
pub(super) fn refusal<B>(
    error: LookUpError,
    codes: ErrorCodes,
    request_id: &str,
) -> Response<VerifyLayerBody<B>> {
    let (code, status) = code_and_status(error, codes);
    let error_text = escaped(&error.to_string(), codes);
    let blamed = if status < 500 { "Sender" } else { "Receiver" };
    let (content_type, text) = match codes {
        ErrorCodes::S3 => (
            "application/xml",
            format!(
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code>\
                 <Message>{error_text}</Message><RequestId>{request_id}</RequestId></Error>"
            ),
        ),
        ErrorCodes::Json => (
            "application/x-amz-json-1.0",
            format!("{{\"__type\":\"{code}\",\"message\":\"{error_text}\"}}"),
        ),
        _ => (
            "text/xml",
            format!(
                "<ErrorResponse><Error><Type>{blamed}</Type><Code>{code}</Code>\
                 <Message>{error_text}</Message></Error><RequestId>{request_id}</RequestId>\
                 </ErrorResponse>"
            ),
        ),
    };
    let mut response = Response::new(VerifyLayerBody::Refusal(Some(text.into())));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::FORBIDDEN);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    if let Ok(request_id) = HeaderValue::from_str(request_id) {
        response.headers_mut().insert("x-amz-request-id", request_id);
    }
    response
}

fn code_and_status(error: LookUpError, codes: ErrorCodes) -> (&'static str, u16) {
    match (error, codes) {
        (LookUpError::Refused(error), _) => (error.code_in(codes), error.status_in(codes)),
        (LookUpError::Unavailable, ErrorCodes::Json) => ("ServiceUnavailableException", 503),
        (LookUpError::Unavailable, _) => ("ServiceUnavailable", 503),
    }
}

/// Returns a text without the letters that XML, or JSON, has other uses for: a message can name a
/// header of the request.
fn escaped(text: &str, codes: ErrorCodes) -> String {
    match codes {
        ErrorCodes::Json => text.replace('\\', "\\\\").replace('"', "\\\""),
        _ => text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;"),
    }
}
