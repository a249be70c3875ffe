//! The conversation with the credential provider of AWS IoT Core, without a network.

#![cfg(feature = "conversations")]

use proptest::prelude::*;
use rolesig::conversation::{Conversation, ConversationError, IotCredentials, IotNameError};

/// As the developer guide shows it.
const DOCUMENT: &str = r#"{"credentials":{"accessKeyId":"ASIAIOSFODNN7EXAMPLE","secretAccessKey":"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY","sessionToken":"IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVz","expiration":"2018-01-18T09:18:06Z"}}"#;

fn iot() -> IotCredentials<'static> {
    IotCredentials::new("Thermostat-dynamodb-access-role-alias", Some("Living:Room_1-a")).unwrap()
}

fn next(iot: &IotCredentials<'_>) -> Option<String> {
    let exchange = iot.request()?;
    let headers: Vec<_> =
        exchange.headers().map(|(name, value)| format!("{name}:{value}")).collect();
    Some(format!("{} {} {}", exchange.method(), exchange.target(), headers.join(",")))
}

/// Returns the outcome of the provider's response: the secret, or an error.
fn outcome_of(status: u16, body: &str) -> Result<String, String> {
    let mut iot = iot();
    iot.response(status, body.as_bytes()).map_err(|error| error.to_string())?;
    let mut body = body.as_bytes().to_vec();
    let provided = iot.outcome(&mut body).map_err(|error| error.to_string())?;
    Ok(provided.credentials.secret_access_key.to_owned())
}

#[test]
fn plays_a_whole_conversation() {
    let mut iot = iot();
    let expected = "GET /role-aliases/Thermostat-dynamodb-access-role-alias/credentials \
        x-amzn-iot-thingname:Living:Room_1-a";
    assert_eq!(next(&iot).as_deref(), Some(expected));
    let mut body = DOCUMENT.as_bytes().to_vec();
    assert_eq!(iot.outcome(&mut body).unwrap_err().without_text(), ConversationError::OutOfTurn);
    iot.response(200, &body).unwrap();
    assert_eq!(next(&iot), None);
    assert_eq!(iot.response(200, b""), Err(ConversationError::OutOfTurn));
    let provided = iot.outcome(&mut body).unwrap();
    assert_eq!(provided.credentials.access_key_id, "ASIAIOSFODNN7EXAMPLE");
    assert!(provided.credentials.session_token.unwrap().ends_with("wEaCXVz"));
    assert_eq!(provided.expires_at, "2018-01-18T09:18:06Z".parse().unwrap());
    assert_eq!(provided.account_id, None);
    iot.restart();
    assert_eq!(next(&iot).as_deref(), Some(expected));
    let nameless = IotCredentials::new("alias", None).unwrap();
    assert_eq!(next(&nameless).as_deref(), Some("GET /role-aliases/alias/credentials "));
}

#[test]
fn reports_a_refusal() {
    for status in [400, 403, 404] {
        let body = r#"{"message":"Access \"Denied\""}"#;
        assert_eq!(outcome_of(status, body).unwrap_err(), "refused: Access \"Denied\"");
    }
    for page in ["", "<html>no</html>", "no", "{}", "{\"message\":", DOCUMENT] {
        let shown = outcome_of(403, page).unwrap_err();
        assert!(shown.contains("status 403") && !shown.contains("ASIA"), "{shown}");
    }
    assert_eq!(outcome_of(200, r#"{"message":"no"}"#).unwrap_err(), "refused: no");
    for (status, transient) in [(301, false), (429, true), (500, true), (503, true)] {
        let mut iot = iot();
        let error = iot.response(status, b"{}").unwrap_err();
        assert_eq!(error.is_transient(), transient, "{status}");
        assert!(iot.request().is_some());
    }
}

#[test]
fn escapes_are_resolved() {
    let escaped = DOCUMENT.replace('/', r"\/").replace("ASIA", r"\u0041SIA");
    assert_eq!(outcome_of(200, &escaped), outcome_of(200, DOCUMENT));
}

#[test]
fn detects_every_truncation() {
    for end in 0..DOCUMENT.len() {
        let mut iot = iot();
        let mut body = DOCUMENT.as_bytes()[..end].to_vec();
        iot.response(200, &body).unwrap();
        let error = iot.outcome(&mut body).unwrap_err();
        assert!(error.is_transient(), "{end}: {error}");
    }
}

#[test]
fn accepts_anything_in_ignored_fields() {
    let nested = format!("{{\"a\":{}{},\"credentials\"", "[".repeat(100), "]".repeat(100));
    for (from, to) in [
        ("{\"credentials\"", &*nested),
        ("{\"credentials\"", "{\"a\":[NaN,-Infinity,\"\\ud800\"],\"credentials\""),
        ("2018-01-18T09:18:06Z", "Thu, 18 Jan 2018 09:18:06 GMT"),
        ("2018-01-18T09:18:06Z", "Thursday, 18-Jan-18 09:18:06 GMT"),
        ("2018-01-18T09:18:06Z", " Thu Jan 18 09:18:06 2018 "),
    ] {
        let mut iot = iot();
        let mut body = DOCUMENT.replacen(from, to, 1).into_bytes();
        iot.response(200, &body).unwrap();
        let provided = iot.outcome(&mut body).unwrap();
        assert_eq!(provided.expires_at, "2018-01-18T09:18:06Z".parse().unwrap(), "{to}");
    }
}

#[test]
fn names_missing_and_odd_fields() {
    let too_deep = format!("{{\"a\":{}{},\"credentials\"", "[".repeat(2000), "]".repeat(2000));
    for (from, to, expected) in [
        ("accessKeyId", "AccessKeyId", "the field accessKeyId is missing"),
        ("secretAccessKey", "x", "the field secretAccessKey is missing"),
        ("sessionToken", "x", "the field sessionToken is missing"),
        ("expiration", "x", "the field expiration is missing"),
        (
            "2018-01-18T09:18:06Z",
            "tomorrow",
            "the field Expiration is not a point in time with its offset, such as 2015-08-30T12:36:00Z",
        ),
        ("\"credentials\"", "\"x\"", "the field accessKeyId is missing"),
        ("{\"credentials\"", "[\"credentials\"", "not a JSON object, or cut off"),
        ("{\"credentials\"", &too_deep, "nested in more than 1,024 levels"),
    ] {
        let document = DOCUMENT.replacen(from, to, 1);
        let expected = format!("the credentials of the role: {expected}");
        assert_eq!(outcome_of(200, &document), Err(expected), "{document}");
    }
}

#[test]
fn names_are_checked() {
    let (longest, too_long) = ("a".repeat(128), "a".repeat(129));
    for alias in ["a", "a_=,@-Z09", &longest] {
        assert!(IotCredentials::new(alias, None).is_ok(), "{alias}");
    }
    for alias in ["", "a/b", "a b", "a\r\nb", "..", "a?b", "a:b", "ä", &too_long] {
        let error = IotCredentials::new(alias, None).unwrap_err();
        assert_eq!(error, IotNameError::RoleAlias, "{alias}");
        assert!(error.to_string().starts_with("the role alias"));
    }
    for thing in ["a", "a:_-Z09", &longest] {
        assert!(IotCredentials::new("a", Some(thing)).is_ok(), "{thing}");
    }
    for thing in ["", "a b", "a\r\nx-evil: 1", "ä", &too_long] {
        let error = IotCredentials::new("a", Some(thing)).unwrap_err();
        assert_eq!(error, IotNameError::ThingName, "{thing}");
        assert!(error.to_string().starts_with("the thing's name"));
    }
}

proptest! {
    #[test]
    fn accepts_or_refuses_any_responses(responses: Vec<(u16, Vec<u8>)>) {
        let mut iot = iot();
        for (status, mut body) in responses {
            let _ = iot.response(status, &body);
            let _ = iot.outcome(&mut body);
        }
    }

    /// Any byte of a response, changed.
    #[test]
    fn reads_or_refuses_a_broken_response(at in 0..DOCUMENT.len(), byte: u8) {
        let mut body = DOCUMENT.as_bytes().to_vec();
        body[at] = byte;
        let mut iot = iot();
        iot.response(200, &body).unwrap();
        let _ = iot.outcome(&mut body);
    }
}
