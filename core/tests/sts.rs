//! The conversation with STS, without a network.

#![cfg(feature = "conversations")]

use rolesig::conversation::{
    AssumeRoleWithWebIdentity, Conversation, ConversationError, GetCallerIdentity, GetSessionToken,
    Mfa, Sts,
};

use crate::sts::samples::{
    ASSUME_ROLE, HOST, OF_ROLE, ROLE, assume_role, error, form, now, outcome_of, web_identity,
};

mod documents;
mod requests;
mod samples;

#[test]
fn plays_a_whole_conversation() {
    let mut sts = assume_role();
    assert_eq!(sts.host(), HOST);
    let expected = "Action=AssumeRole&Version=2011-06-15\
        &RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fdemo&RoleSessionName=TestAR";
    assert_eq!(form(&sts), expected);
    assert_eq!(form(&sts), expected, "asking twice changes nothing");
    let mut body = ASSUME_ROLE.as_bytes().to_vec();
    assert_eq!(sts.outcome(&mut body).unwrap_err().without_text(), ConversationError::OutOfTurn);
    sts.response(200, &body).unwrap();
    assert!(sts.request().is_none());
    assert_eq!(sts.response(200, &body), Err(ConversationError::OutOfTurn));
    let provided = sts.outcome(&mut body).unwrap();
    assert_eq!(provided.credentials.access_key_id, "ASIAIOSFODNN7EXAMPLE");
    assert_eq!(provided.credentials.secret_access_key, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY");
    assert!(provided.credentials.session_token.unwrap().starts_with("AQoDYXdzEPT/"));
    assert_eq!(provided.expires_at, "2019-11-09T13:34:41Z".parse().unwrap());
    assert_eq!(provided.account_id, Some("123456789012"));
    sts.restart();
    assert_eq!(form(&sts), expected);
}

#[test]
fn reports_a_refusal() {
    let denied = error(
        "AccessDenied",
        "User: arn:aws:iam::1:user/a is not authorized to perform: sts:AssumeRole on resource: \
        &quot;r&quot; &amp; more",
    );
    assert_eq!(
        outcome_of(assume_role(), 403, &denied).unwrap_err(),
        "refused: AccessDenied: User: arn:aws:iam::1:user/a is not authorized to perform: \
        sts:AssumeRole on resource: \"r\" & more"
    );
    // As S3 writes errors, and so do servers beside AWS's.
    let bare = "<?xml version=\"1.0\"?><Error><Code>InvalidAccessKeyId</Code></Error>";
    let expected = "refused: InvalidAccessKeyId";
    assert_eq!(outcome_of(assume_role(), 403, bare).unwrap_err(), expected);
    for page in ["", "<html>no</html>", "<html><br></html>", "{\"message\": \"no\"}", "no"] {
        assert_eq!(
            outcome_of(assume_role(), 403, page).unwrap_err(),
            "asked for the credentials of the role, got status 403: check the endpoint, and that \
            no proxy answers for it",
            "{page}"
        );
    }
    assert_eq!(
        outcome_of(assume_role(), 200, "<html><br></html>").unwrap_err(),
        "the credentials of the role: not XML, or cut off"
    );
    let expected = "the credentials of the role: the field AccessKeyId is missing";
    assert_eq!(outcome_of(assume_role(), 200, "<html/>").unwrap_err(), expected);
}

#[test]
fn retries_transient_refusals_only() {
    for (code, transient) in [
        ("IDPCommunicationError", true),
        ("Throttling", true),
        ("RequestLimitExceeded", true),
        ("InternalFailure", true),
        ("ServiceUnavailable", true),
        ("ThrottlingException", true),
        ("AccessDenied", false),
        ("ExpiredTokenException", false),
        ("InvalidIdentityToken", false),
        ("IDPRejectedClaim", false),
        ("RegionDisabledException", false),
        ("SlowDown", true),
        ("IDPCommunicationErrorException", true),
        ("", false),
    ] {
        let mut body = error(code, "m").into_bytes();
        let mut sts = web_identity("t").unwrap();
        sts.response(400, &body).unwrap();
        let refused = sts.outcome(&mut body).unwrap_err();
        assert_eq!(refused, ConversationError::Refused { code, message: "m" });
        assert_eq!(refused.is_transient(), transient, "{code}");
        assert_eq!(refused.without_text().is_transient(), transient, "{code}");
    }
    for (status, transient) in [(301, false), (408, true), (429, true), (500, true), (503, true)] {
        let mut sts = assume_role();
        let body = error("Throttling", "m");
        let refused = sts.response(status, body.as_bytes()).unwrap_err();
        assert_eq!(refused.is_transient(), transient, "{status}");
        assert!(sts.request().is_some(), "the same request is sent again");
    }
}

/// As STS says it when the identity provider is slow or down.
#[test]
fn retries_a_token_whose_key_could_not_be_retrieved() {
    for (code, message, transient) in [
        (
            "InvalidIdentityToken",
            "Couldn't retrieve verification key from your identity provider,  please reference \
             AssumeRoleWithWebIdentity documentation for requirements",
            true,
        ),
        ("InvalidIdentityToken", "couldn't Retrieve Verification Key", true),
        ("InvalidIdentityToken", "No OpenIDConnect provider found in your account", false),
        ("AccessDenied", "couldn't retrieve verification key", false),
    ] {
        let mut body = error(code, message).into_bytes();
        let mut sts = web_identity("t").unwrap();
        sts.response(400, &body).unwrap();
        let refused = sts.outcome(&mut body).unwrap_err();
        assert_eq!(refused.is_transient(), transient, "{code}: {message}");
        assert_eq!(refused.without_text().is_transient(), transient, "{code}: {message}");
    }
}

#[test]
fn hides_secrets_everywhere() {
    let call = AssumeRoleWithWebIdentity::new(ROLE, "app1", "the-web-identity-token");
    let sts = Sts::unsigned(call, HOST).unwrap();
    let exchange = sts.request().unwrap();
    let mut shown = format!("{call:?} {sts:?} {exchange:?} {:?}", exchange.body());
    let mut sts = Sts::signed(GetCallerIdentity, HOST, OF_ROLE, "eu-west-1", now()).unwrap();
    let exchange = sts.request().unwrap();
    let headers: Vec<_> = exchange.headers().collect();
    shown = format!("{shown} {sts:?} {exchange:?} {headers:?}");
    sts.response(200, ASSUME_ROLE.as_bytes()).unwrap();
    let mfa = Mfa { serial_number: "GAHT12345678", token_code: "135790" };
    shown = format!("{shown} {:?}", GetSessionToken { mfa: Some(mfa), duration_seconds: None });
    for secret in ["the-web", "IQoJ", "wJalr", "Signature=", "135790"] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
