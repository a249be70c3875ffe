//! A container's credential endpoint: which hosts it may be at, and the conversation with it,
//! without a network.

#![cfg(feature = "conversations")]

use core::net::IpAddr;

use proptest::prelude::*;
use rolesig::conversation::{
    AuthorizationTokenError, Container, ContainerUri, Conversation, ConversationError,
};

use crate::container::desk::{ECS_DOCUMENT, EKS_DOCUMENT, EKS_TOKEN, ecs, eks, next, outcome_of};
use crate::container::uris::parts;

mod desk;
mod uris;

#[test]
fn converses_with_ecs() {
    let mut container = ecs();
    let uri = container.uri();
    assert_eq!((uri.is_https(), uri.authority(), uri.port()), (false, "169.254.170.2", 80));
    let expected = "GET /v2/credentials/0f0e accept:application/json";
    assert_eq!(next(&container).as_deref(), Some(expected));
    assert_eq!(next(&container).as_deref(), Some(expected), "asking twice changes nothing");
    container.response(200, ECS_DOCUMENT.as_bytes()).unwrap();
    assert_eq!(next(&container), None);

    let mut body = ECS_DOCUMENT.as_bytes().to_vec();
    let provided = container.outcome(&mut body).unwrap();
    assert_eq!(provided.credentials.access_key_id, "ASIAIOSFODNN7EXAMPLE");
    assert_eq!(provided.credentials.session_token.unwrap().len(), 58);
    assert_eq!(provided.expires_at, "2015-08-30T18:36:00Z".parse().unwrap());
    assert_eq!(provided.account_id, None);
    assert_eq!(container.response(200, b""), Err(ConversationError::OutOfTurn));
}

#[test]
fn converses_with_eks_pod_identity() {
    let mut container = eks();
    assert_eq!(
        next(&container),
        Some(format!("GET /v1/credentials accept:application/json,authorization:{EKS_TOKEN}"))
    );
    container.response(200, EKS_DOCUMENT.as_bytes()).unwrap();
    let mut body = EKS_DOCUMENT.as_bytes().to_vec();
    assert_eq!(container.outcome(&mut body).unwrap().account_id, Some("111122223333"));
}

#[test]
fn asks_again_on_renewal() {
    for mut container in [ecs(), eks()] {
        let first = next(&container);
        for status in [200, 403] {
            container.response(status, ECS_DOCUMENT.as_bytes()).unwrap();
            assert_eq!(next(&container), None);
            container.restart();
            assert_eq!(next(&container), first);
            let mut body = ECS_DOCUMENT.as_bytes().to_vec();
            let error = container.outcome(&mut body).unwrap_err();
            assert_eq!(error, ConversationError::OutOfTurn);
            assert_eq!(body, ECS_DOCUMENT.as_bytes());
        }
    }
}

#[test]
fn detects_every_truncation() {
    for document in [ECS_DOCUMENT, EKS_DOCUMENT.trim_end()] {
        for end in 0..document.len() {
            let mut container = ecs();
            let mut body = document.as_bytes()[..end].to_vec();
            container.response(200, &body).unwrap();
            let error = container.outcome(&mut body).unwrap_err();
            assert!(error.is_transient(), "{end}: {error}");
            // With a status that refuses it, no part of the document is shown.
            let shown = outcome_of(400, &document[..end]).unwrap_err();
            assert!(!shown.contains("ASIA") && shown.contains("status 400"), "{end}: {shown}");
        }
        assert!(outcome_of(200, document).is_ok());
    }
}

/// ECS and AWS's reference of the endpoint: JSON. EKS Pod Identity: text.
#[test]
fn reports_a_refusal() {
    let ecs_refusal = r#"{"code":"InvalidIdInRequest","message":"CredentialsV2Request: ID \"0f0e\" not found","HTTPErrorCode":400}"#;
    let eks_refusal = "[a1b2]: (AccessDeniedException): Unauthorized Exception! EKS does not have permissions to assume the associated role., fault: client\n";
    for (status, body, expected) in [
        (
            400,
            ecs_refusal,
            r#"refused: InvalidIdInRequest: CredentialsV2Request: ID "0f0e" not found"#,
        ),
        (404, r#"{"Code": "NoRole", "Message": "none"}"#, "refused: NoRole: none"),
        (403, "\n {\"code\": \"Denied\"}", "refused: Denied"),
        (400, eks_refusal, &format!("refused: {}", eks_refusal.trim_end())),
        (401, "token expired\u{1b}[2J\r\nok: yes", r"refused: token expired\u{1b}[2J\r\nok: yes"),
        // With status 200 as well.
        (200, r#"{"code": "Denied", "message": "no"}"#, "refused: Denied: no"),
        // AWS's own names count before those of the agent, in either order.
        (
            200,
            r#"{"code": "x", "message": "y", "Code": "Denied", "Message": "no"}"#,
            "refused: Denied: no",
        ),
        (200, r#"{"Code": "Denied", "code": "x", "message": "no"}"#, "refused: Denied: no"),
        (403, r#"{"Code": "Denied", "code": "x", "Message": "no"}"#, "refused: Denied: no"),
        (200, r#"{"Code": null, "code": "Denied", "message": "no"}"#, "refused: Denied: no"),
    ] {
        assert_eq!(outcome_of(status, body), Err(expected.to_owned()), "{status} {body}");
    }
    let mut container = eks();
    container.response(400, ecs_refusal.as_bytes()).unwrap();
    let mut body = ecs_refusal.as_bytes().to_vec();
    assert!(!container.outcome(&mut body).unwrap_err().is_transient());
}

#[test]
fn hides_responses_that_explain_nothing() {
    let longest = "x".repeat(1024);
    assert!(outcome_of(404, &longest).unwrap_err().contains(&longest));
    let long = "x".repeat(1025);
    let page = "<html>Not Found</html>";
    for body in ["", " \r\n", page, "{}", "{\"code\"", "{\"message\": 1}", ECS_DOCUMENT, &long] {
        let expected = "asked for the credentials of the role, got status 404: check the \
                        endpoint, and that no proxy answers for it";
        assert_eq!(outcome_of(404, body).unwrap_err(), expected, "{body}");
    }
    let mut container = ecs();
    container.response(404, b"\xff").unwrap();
    let mut body = *b"\xff";
    let error = container.outcome(&mut body).unwrap_err();
    assert!(matches!(error, ConversationError::Status { status: 404, .. }));
}

#[test]
fn maps_statuses_to_their_errors() {
    for (status, transient) in
        [(0, false), (204, false), (302, false), (429, true), (500, true), (503, true)]
    {
        let mut container = eks();
        let before = next(&container);
        let error = container.response(status, b"body").unwrap_err();
        assert_eq!(error.is_transient(), transient, "{status}");
        assert!(!error.to_string().contains("body"));
        assert_eq!(next(&container), before, "the same request is sent again");
    }
}

#[test]
fn trims_tokens_and_keeps_them_from_adding_headers() {
    let uri = ContainerUri::full("http://localhost/").unwrap();
    for (token, expected) in [
        ("token", "token"),
        ("token\n", "token"),
        (" token\r\n\r\n", "token"),
        ("Basic dXNlcjpwYXNz", "Basic dXNlcjpwYXNz"),
    ] {
        let container = Container::authorized(uri, token).unwrap();
        let (name, value) = container.request().unwrap().headers().last().unwrap();
        assert_eq!((name, &*value.to_string()), ("authorization", expected), "{token:?}");
    }
    for (token, expected) in [
        ("", AuthorizationTokenError::Empty),
        (" \r\n", AuthorizationTokenError::Empty),
        ("a\r\nx-evil: 1", AuthorizationTokenError::BadText),
        ("a\nb", AuthorizationTokenError::BadText),
        ("a\rb", AuthorizationTokenError::BadText),
        ("a\tb", AuthorizationTokenError::BadText),
        ("a\0", AuthorizationTokenError::BadText),
        ("a\u{b}", AuthorizationTokenError::BadText),
        ("tökén", AuthorizationTokenError::BadText),
        ("\u{feff}token", AuthorizationTokenError::BadText),
    ] {
        assert_eq!(Container::authorized(uri, token).err(), Some(expected), "{token:?}");
        assert!(expected.to_string().contains("authorization token"));
    }
}

#[test]
fn hides_secrets_everywhere() {
    let mut container = eks();
    let shown = format!("{container:?} {:?}", container.request());
    assert!(!shown.contains("eyJ"), "{shown}");
    container.response(200, EKS_DOCUMENT.as_bytes()).unwrap();
    let mut body = EKS_DOCUMENT.as_bytes().to_vec();
    let shown = format!("{:?}", container.outcome(&mut body).unwrap());
    assert!(!shown.contains("wJalr") && !shown.contains("IQoJ"), "{shown}");
    assert!(size_of::<Container<'_>>() <= 120);
}

proptest! {
    #[test]
    fn accepts_or_refuses_any_text_as_uri(text: String, path in "[/?@:.\\[\\]a-z0-9#\\\\ ]{0,12}") {
        for uri in [text.clone(), format!("http://localhost{path}"), format!("http://{path}")] {
            let Ok(uri) = ContainerUri::full(&uri) else { continue };
            let address = uri.host().parse::<IpAddr>();
            prop_assert!(uri.is_https() || address.map_or(uri.host() == "localhost", |address| uri.allows(address)));
            let (.., target) = parts(uri);
            prop_assert!(target.starts_with('/') && target.bytes().all(|byte| byte.is_ascii_graphic()));
        }
    }

    #[test]
    fn accepts_or_refuses_any_responses(responses: Vec<(u16, Vec<u8>)>, usual in prop::sample::select(vec![200, 400, 404])) {
        let mut container = eks();
        for (status, mut body) in responses {
            let _ = container.response(if status < 9999 { usual } else { status }, &body);
            let _ = container.outcome(&mut body);
            container.restart();
        }
    }
}
