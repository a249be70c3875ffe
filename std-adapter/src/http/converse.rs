//! Conversations with services over HTTP.

use bytes::Bytes;
use http::header::HOST;
use http::{HeaderValue, Request};
use http_body_util::Full;
use rolesig::Emit;
use rolesig::conversation::{self, Conversation};
use zeroize::Zeroizing;

use crate::http::exchange::{ExchangeError, ReceivedResponse, Transport, exchange};
use crate::http::fetch_error::AttemptError;
use crate::read::base_url::BaseUrl;

/// Continues a conversation until a response holds its outcome. Its paths lie below that of
/// `base`.
pub(crate) async fn converse(
    conversation: &mut impl Conversation,
    base: &BaseUrl,
    transport: Transport<'_>,
) -> Result<ReceivedResponse, AttemptError> {
    let mut response = ReceivedResponse::default();
    while let Some(next) = conversation.request() {
        let request = request(base, &next).map_err(ExchangeError::Request)?;
        response = exchange(base.origin(), request, transport).await?;
        conversation.response(response.status, &response.body)?;
    }
    Ok(response)
}

/// Converts the request of a conversation into hyper's.
pub(crate) fn request(
    base: &BaseUrl,
    asked: &conversation::Request<'_>,
) -> Result<Request<Full<Bytes>>, http::Error> {
    let mut request = Request::builder()
        .method(asked.method())
        .uri(base.join(&asked.target().to_string()))
        .header(HOST, base.origin().host_header());
    for (name, value) in asked.headers() {
        let mut value = HeaderValue::try_from(value.to_string())?;
        // It may be the metadata token.
        value.set_sensitive(true);
        request = request.header(name, value);
    }
    let mut body = Zeroizing::new(vec![0; asked.body().emitted_len()]);
    // It is as long as it says.
    let _ = asked.body().write_to(&mut body);
    request.body(Full::new(Bytes::from_owner(body)))
}

#[cfg(test)]
mod tests {
    use rolesig::conversation::Imds;

    use super::*;

    #[test]
    fn hides_the_metadata_token() {
        let mut imds = Imds::new();
        imds.response(200, b"the-metadata-token").unwrap();
        let base = "http://127.0.0.1:1338".parse().unwrap();
        let request = request(&base, &imds.request().unwrap()).unwrap();
        assert_eq!(request.headers()["x-aws-ec2-metadata-token"], "the-metadata-token");
        assert!(!format!("{request:?}").contains("the-metadata-token"), "{request:?}");
    }
}
