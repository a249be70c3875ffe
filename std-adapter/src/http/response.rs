//! The body of a response, of which the beginning may have been looked at already.

use core::pin::Pin;
use core::task::{Context, Poll};
use core::time::Duration;
use std::collections::VecDeque;

use bytes::Bytes;
use http::{Response, StatusCode};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use hyper::body::Incoming;
use tokio::time::{Instant, timeout_at};

use crate::http::http_error::HttpError;

/// Longer errors are not AWS's, and are not read any further.
const LOOKED_AT: usize = 64 * 1024;

/// Errors arrive with their heads, and a caller that waits for the head does not expect to wait for
/// more.
const LOOKED_FOR: Duration = Duration::from_secs(5);

/// The header in which AWS's services send the code of an error that is JSON.
const ERROR_TYPE: &str = "x-amzn-errortype";

/// The body of a response, in whole.
///
/// ```
/// use http_body_util::{BodyExt as _, Limited};
/// use rolesig_std::http::ResponseBody;
///
/// /// Reads a response of at most a megabyte.
/// async fn read(
///     response: http::Response<ResponseBody>,
/// ) -> Result<bytes::Bytes, Box<dyn std::error::Error + Send + Sync>> {
///     Ok(Limited::new(response.into_body(), 1 << 20).collect().await?.to_bytes())
/// }
/// # let _ = read;
/// ```
#[derive(Debug)]
pub struct ResponseBody {
    /// The part that was read to see why a request was refused, and its error if it broke off.
    read: VecDeque<Result<Frame<Bytes>, HttpError>>,
    rest: Incoming,
}

impl ResponseBody {
    pub(crate) const fn new(rest: Incoming) -> Self {
        Self { read: VecDeque::new(), rest }
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = HttpError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, HttpError>>> {
        match self.read.pop_front() {
            Some(read) => Poll::Ready(Some(read)),
            None => Pin::new(&mut self.rest).poll_frame(context).map_err(HttpError::new),
        }
    }

    fn is_end_stream(&self) -> bool {
        self.read.is_empty() && self.rest.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        let read: usize = self.read.iter().filter_map(data).map(Bytes::len).sum();
        let read = u64::try_from(read).unwrap_or(u64::MAX);
        let rest = self.rest.size_hint();
        let mut hint = SizeHint::new();
        hint.set_lower(rest.lower().saturating_add(read));
        if let Some(upper) = rest.upper().and_then(|upper| upper.checked_add(read)) {
            hint.set_upper(upper);
        }
        hint
    }
}

fn data(frame: &Result<Frame<Bytes>, HttpError>) -> Option<&Bytes> {
    frame.as_ref().ok().and_then(Frame::data_ref)
}

/// Returns the code of an error that a service answered with, such as `ExpiredToken`; `None` if it
/// is no error of the caller's, or has no code. The body stays whole.
pub(crate) async fn error_code(response: &mut Response<ResponseBody>) -> Option<String> {
    let may_be_mended = [StatusCode::BAD_REQUEST, StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN];
    if !may_be_mended.contains(&response.status()) {
        return None;
    }
    let header = response.headers().get(ERROR_TYPE).and_then(|code| code.to_str().ok());
    if let Some(code) = header.map(bare) {
        return Some(code.to_owned());
    }
    let body = response.body_mut();
    let mut text = Vec::new();
    let until = Instant::now() + LOOKED_FOR;
    while text.len() <= LOOKED_AT {
        // The rest of what does not come is left to the caller.
        let Ok(Some(frame)) = timeout_at(until, body.rest.frame()).await else { break };
        let frame = frame.map_err(HttpError::new);
        let is_broken = frame.is_err();
        text.extend_from_slice(data(&frame).map(Bytes::as_ref).unwrap_or_default());
        body.read.push_back(frame);
        if is_broken {
            break;
        }
    }
    code_in(&String::from_utf8_lossy(&text)).map(str::to_owned)
}

/// Finds the code in `<Code>ExpiredToken</Code>`, or in `"__type":
/// "com.amazon.coral.service#ExpiredTokenException"`.
fn code_in(text: &str) -> Option<&str> {
    if let Some((_, code)) = text.split_once("<Code>") {
        return code.split_once('<').map(|(code, _)| code);
    }
    let (_, code) = text.split_once("\"__type\"").or_else(|| text.split_once("\"code\""))?;
    code.split('"').nth(1).map(bare)
}

/// Removes the namespace before a code and the URL behind it.
fn bare(code: &str) -> &str {
    let code = code.rsplit_once('#').map_or(code, |(_, code)| code);
    code.split_once(':').map_or(code, |(code, _)| code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_as_services_write_them() {
        for (text, code) in [
            ("<Error><Code>ExpiredToken</Code><Message/></Error>", Some("ExpiredToken")),
            ("<ErrorResponse><Error><Code>InvalidToken</Code>", Some("InvalidToken")),
            (
                r#"{"__type":"com.amazon.coral.service#ExpiredTokenException","message":"x"}"#,
                Some("ExpiredTokenException"),
            ),
            (r#"{ "code" : "InvalidSignatureException" }"#, Some("InvalidSignatureException")),
            ("<html>", None),
            ("", None),
            ("<Code>", None),
        ] {
            assert_eq!(code_in(text), code, "{text}");
        }
        assert_eq!(
            bare("AccessDeniedException:http://internal.amazon.com/coral/"),
            "AccessDeniedException"
        );
    }
}
