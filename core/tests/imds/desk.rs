//! A metadata service, and how far a conversation with it is.

use rolesig::conversation::{Conversation, Imds};

/// As EC2 writes it.
pub(crate) const DOCUMENT: &str = r#"{
  "Code" : "Success",
  "LastUpdated" : "2015-08-30T12:36:00Z",
  "Type" : "AWS-HMAC",
  "AccessKeyId" : "ASIAIOSFODNN7EXAMPLE",
  "SecretAccessKey" : "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
  "Token" : "IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVzLWVhc3QtMSJGMEQC==",
  "Expiration" : "2015-08-30T18:36:00Z"
}"#;

/// A conversation after these responses, all of them taken.
pub(crate) fn after(responses: &[(u16, &str)]) -> Imds {
    let mut imds = Imds::new();
    for (status, body) in responses {
        imds.response(*status, body.as_bytes()).unwrap();
    }
    imds
}

/// `METHOD target name:value` of the next request.
pub(crate) fn next(imds: &impl Conversation) -> Option<String> {
    let exchange = imds.request()?;
    let headers: Vec<_> =
        exchange.headers().map(|(name, value)| format!("{name}:{value}")).collect();
    Some(format!("{} {} {}", exchange.method(), exchange.target(), headers.join(",")))
}

/// A conversation that has come to its document.
pub(crate) fn done() -> Imds {
    after(&[(200, "token"), (200, "role"), (200, "")])
}

pub(crate) fn credentials(document: &str) -> Result<(String, String), String> {
    let mut body = document.as_bytes().to_vec();
    let provided = done().outcome(&mut body).map_err(|error| error.to_string())?;
    let session_token = provided.credentials.session_token.unwrap();
    Ok((provided.credentials.secret_access_key.to_owned(), session_token.to_owned()))
}
