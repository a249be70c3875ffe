//! The conversation with IMDSv2, exchange by exchange, without a network.
#![cfg(feature = "conversations")]

use proptest::prelude::*;
use rolesig::conversation::{Conversation, ConversationError, DocumentError, Imds, NotHere};

use crate::imds::desk::{DOCUMENT, after, done, next};

mod desk;
mod documents;
mod extended;
mod region;

#[test]
fn plays_a_whole_conversation() {
    let mut imds = Imds::new();
    let expected = "PUT /latest/api/token x-aws-ec2-metadata-token-ttl-seconds:21600";
    assert_eq!(next(&imds).as_deref(), Some(expected));
    assert_eq!(next(&imds).as_deref(), Some(expected), "asking twice changes nothing");
    imds.response(200, b"AQAEA==").unwrap();
    let roles = "GET /latest/meta-data/iam/security-credentials/";
    let header = "x-aws-ec2-metadata-token:AQAEA==";
    assert_eq!(next(&imds), Some(format!("{roles} {header}")));
    imds.response(200, b"my-role").unwrap();
    assert_eq!(next(&imds), Some(format!("{roles}my-role {header}")));
    assert_eq!(imds.role(), Some("my-role"));
    imds.response(200, DOCUMENT.as_bytes()).unwrap();
    assert_eq!(next(&imds), None);

    let mut body = DOCUMENT.as_bytes().to_vec();
    let provided = imds.outcome(&mut body).unwrap();
    assert_eq!(provided.credentials.access_key_id, "ASIAIOSFODNN7EXAMPLE");
    assert_eq!(provided.expires_at, "2015-08-30T18:36:00Z".parse().unwrap());
    assert_eq!(provided.account_id, None);
    assert_eq!(imds.response(200, b""), Err(ConversationError::OutOfTurn));
}

/// Also when the body happens to be a document: it could be a response from long ago.
#[test]
fn reads_credentials_only_in_their_turn() {
    let renewing = [(200, "token"), (200, "role"), (401, ""), (200, "new"), (200, "role")];
    for taken in [&renewing[..0], &renewing[..1], &renewing[..2], &renewing[..3], &renewing] {
        let mut body = DOCUMENT.as_bytes().to_vec();
        let error = after(taken).outcome(&mut body).unwrap_err();
        assert_eq!(error, ConversationError::OutOfTurn);
        assert_eq!(body, DOCUMENT.as_bytes());
    }
    let mut imds = done();
    assert!(imds.outcome(&mut DOCUMENT.as_bytes().to_vec()).is_ok());
    imds.restart();
    let error = imds.outcome(&mut DOCUMENT.as_bytes().to_vec()).unwrap_err().without_text();
    assert_eq!(error, ConversationError::OutOfTurn);
}

#[test]
fn keeps_the_metadata_token_on_renewal() {
    let mut imds = done();
    imds.restart();
    assert!(next(&imds).unwrap().starts_with("GET /latest/meta-data/"));
    assert_eq!(imds.role(), None, "the role may have changed");
    let mut fresh = Imds::new();
    fresh.restart();
    assert!(next(&fresh).unwrap().starts_with("PUT"));
}

#[test]
fn fetches_one_new_metadata_token_after_a_401() {
    for responses in [&[(200, "old")][..], &[(200, "old"), (200, "role")]] {
        let mut imds = after(responses);
        imds.response(401, b"").unwrap();
        assert!(next(&imds).unwrap().starts_with("PUT /latest/api/token"));
        imds.response(200, b"new").unwrap();
        assert!(next(&imds).unwrap().ends_with(":new"));
        let error = imds.response(401, b"").unwrap_err();
        assert_eq!(
            error.to_string(),
            "asked for the name of the role, got status 401: check the endpoint, and that no proxy answers for it"
        );
        imds.restart();
        imds.response(401, b"").unwrap();
    }
}

#[test]
fn reads_the_role_from_the_first_line() {
    for body in ["role", "role\n", " role \r\n", "role\nother-role\n", "\n\r\nrole\n"] {
        assert_eq!(after(&[(200, "token"), (200, body)]).role(), Some("role"), "{body:?}");
    }
    let longest = "r".repeat(64);
    assert_eq!(after(&[(200, "token"), (200, &longest)]).role(), Some(longest.as_str()));
}

/// kube2iam names a role by its path, or by its ARN if that has another base.
#[test]
fn accepts_paths_and_arns_as_roles() {
    for name in ["team/role", "arn:aws:iam::111122223333:role/team/role"] {
        let imds = after(&[(200, "token"), (200, name)]);
        assert_eq!(imds.role(), Some(name));
        let target = imds.request().unwrap().target().to_string();
        assert_eq!(target, format!("/latest/meta-data/iam/security-credentials/{name}"));
    }
    let name = format!("arn:aws:iam::111122223333:role/{}", "x".repeat(576));
    let token = "t".repeat(4000);
    let mut roomy = Imds::<4096, 1024>::with_room();
    for body in [&token, &name] {
        roomy.response(200, body.as_bytes()).unwrap();
    }
    assert_eq!((roomy.role(), roomy.metadata_token()), (Some(&*name), Some(&*token)));
}

/// As botocore sends them; IAM itself allows neither.
#[test]
fn percent_encodes_spaces_and_non_ascii_in_role_names() {
    for (name, path) in [
        ("my role", "my%20role"),
        ("rôle", "r%C3%B4le"),
        (" a  b \r\n", "a%20%20b"),
        ("役割/a b", "%E5%BD%B9%E5%89%B2/a%20b"),
        ("a!$&'()*;b~", "a!$&'()*;b~"),
    ] {
        let imds = after(&[(200, "token"), (200, name)]);
        assert_eq!(imds.role(), Some(name.trim()));
        let target = imds.request().unwrap().target().to_string();
        assert_eq!(target, format!("/latest/meta-data/iam/security-credentials/{path}"));
        let imds = Imds::new().of_role(name).unwrap();
        assert_eq!(imds.role(), Some(name.trim()));
    }
    let mut imds = after(&[(200, "token")]);
    let error = imds.response(200, b"r\xf4le").unwrap_err();
    let expected = DocumentError::BadText;
    assert_eq!(
        error,
        ConversationError::Document { asked: "the name of the role", error: expected }
    );
}

#[test]
fn refuses_an_invalid_role_name() {
    let too_long = "r".repeat(65);
    for (body, expected) in [
        ("", DocumentError::Empty),
        ("\n", DocumentError::Empty),
        ("my\trole", DocumentError::BadText),
        ("my\u{0}role", DocumentError::BadText),
        ("a\\b", DocumentError::BadText),
        ("a#b", DocumentError::BadText),
        ("../api/token", DocumentError::BadText),
        ("a/../../../../api/token", DocumentError::BadText),
        ("a/./b", DocumentError::BadText),
        ("role?x", DocumentError::BadText),
        ("role%2e", DocumentError::BadText),
        (".", DocumentError::BadText),
        (" ..\r\n", DocumentError::BadText),
        ("<html>", DocumentError::BadText),
        ("{\"role\"", DocumentError::BadText),
        ("rôle/..", DocumentError::BadText),
        (&too_long, DocumentError::TooLong { limit: 64 }),
    ] {
        let mut imds = after(&[(200, "token")]);
        let error = imds.response(200, body.as_bytes()).unwrap_err();
        assert_eq!(
            error,
            ConversationError::Document { asked: "the name of the role", error: expected }
        );
        assert!(
            next(&imds).unwrap().ends_with("security-credentials/ x-aws-ec2-metadata-token:token")
        );
    }
}

#[test]
fn refuses_an_invalid_metadata_token() {
    let too_long = "t".repeat(257);
    for body in ["", " ", "a b", "a\r\nx-evil: 1", "é", &too_long] {
        let mut imds = Imds::new();
        assert!(imds.response(200, body.as_bytes()).is_err(), "{body:?}");
        assert!(next(&imds).unwrap().starts_with("PUT"));
    }
}

/// After an error the conversation is where it was: also when it begins again with what it knows.
#[test]
fn keeps_its_state_after_a_refused_response() {
    for body in ["", "a b", &"t".repeat(257)] {
        let mut imds = after(&[(200, "old"), (401, "")]);
        assert!(imds.response(200, body.as_bytes()).is_err());
        imds.restart();
        assert!(next(&imds).unwrap().ends_with("x-aws-ec2-metadata-token:old"), "{}", body.len());
    }
    for body in ["", "a?b", &"r".repeat(65)] {
        let mut imds = after(&[(200, "old"), (200, "role"), (401, ""), (200, "new")]);
        assert!(imds.response(200, body.as_bytes()).is_err());
        assert_eq!(imds.role(), Some("role"), "{}", body.len());
    }
}

#[test]
fn maps_statuses_to_their_errors() {
    let cases = [
        (&[][..], 403, ConversationError::NotHere(NotHere::MetadataDisabled)),
        (&[], 404, ConversationError::NotHere(NotHere::NoImdsV2)),
        (&[], 405, ConversationError::NotHere(NotHere::NoImdsV2)),
        (&[(200, "t")], 404, ConversationError::NotHere(NotHere::NoRoleAttached)),
        (&[(200, "t"), (200, "r")], 404, ConversationError::NotHere(NotHere::NoRoleAttached)),
    ];
    for (responses, status, expected) in cases {
        assert_eq!(after(responses).response(status, b""), Err(expected));
        assert!(!expected.is_transient());
    }
    for responses in [&[][..], &[(200, "t")], &[(200, "t"), (200, "r")]] {
        for (status, transient) in
            [(301, false), (400, false), (429, true), (500, true), (503, true)]
        {
            let mut imds = after(responses);
            let before = next(&imds);
            let error = imds.response(status, b"").unwrap_err();
            assert_eq!(error.is_transient(), transient, "{status}");
            assert_eq!(error.to_string().ends_with(": try again later"), transient, "{error}");
            assert_eq!(next(&imds), before, "the same request is sent again");
        }
    }
}

/// The instance, or a proxy that is asked in its place.
#[test]
fn names_a_proxy_or_portal_before_the_service() {
    for (status, named) in [(403, "modify-instance-metadata-options"), (404, "check the endpoint")]
    {
        let message = Imds::new().response(status, b"").unwrap_err().to_string();
        assert!(
            message.contains(named) && message.contains("kube2iam or kiam"),
            "{status}: {message}"
        );
    }
}

#[test]
fn hides_secrets_everywhere() {
    let mut imds = after(&[(200, "the-metadata-token"), (200, "role")]);
    let shown = format!("{imds:?} {:?}", imds.request());
    assert!(!shown.contains("the-metadata-token"), "{shown}");
    imds.response(200, DOCUMENT.as_bytes()).unwrap();
    let mut body = DOCUMENT.as_bytes().to_vec();
    let shown = format!("{:?}", imds.outcome(&mut body).unwrap());
    assert!(!shown.contains("wJalr") && !shown.contains("IQoJ"), "{shown}");
}

proptest! {
    #[test]
    fn accepts_or_refuses_any_region(responses: Vec<(u16, Vec<u8>)>) {
        let mut imds = after(&[(200, "token")]);
        let mut region = imds.region();
        for (status, mut body) in responses {
            let _ = region.response(status, &body);
            if let Ok(region) = region.outcome(&mut body) {
                prop_assert!(region.bytes().all(|byte| byte.is_ascii_graphic()));
            }
        }
    }

    #[test]
    fn accepts_or_refuses_any_responses(responses: Vec<(u16, Vec<u8>)>) {
        let mut imds = Imds::new();
        for (status, mut body) in responses {
            let _ = imds.response(status, &body);
            let _ = imds.outcome(&mut body);
            if let Some(exchange) = imds.request() {
                prop_assert!(exchange.target().to_string().bytes().all(|byte| byte.is_ascii_graphic()));
            }
        }
    }
}
