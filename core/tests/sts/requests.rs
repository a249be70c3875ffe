//! The requests to STS.

use std::collections::BTreeMap;

use proptest::prelude::*;
use rolesig::conversation::{
    AssumeRole, AssumeRoleWithWebIdentity, Conversation, GetCallerIdentity, GetFederationToken,
    GetSessionToken, Mfa, Sts, StsCallError,
};
use rolesig::{Credentials, Payload, Request, Service, SignError, Signer};

use crate::sts::samples::{
    HOST, OF_ROLE, POLICY, ROLE, SEAWEEDFS, USER, assume_role, form, headers, now, pairs,
    web_identity,
};

#[test]
fn writes_every_parameter_into_the_form() {
    let call = AssumeRole {
        duration_seconds: Some(7200),
        external_id: Some("12:34/5"),
        policy: Some(POLICY),
        policy_arns: &["arn:aws:iam::aws:policy/A", "arn:aws:iam::aws:policy/B"],
        tags: &[("Project", "a b+c"), ("Ünit", "")],
        transitive_tag_keys: &["Project", "Ünit"],
        mfa: Some(Mfa { serial_number: "arn:aws:iam::1:mfa/u", token_code: "123456" }),
        source_identity: Some("Dev@User"),
        ..AssumeRole::new(ROLE, "TestAR")
    };
    let sts = Sts::signed(call, HOST, USER, "eu-west-1", now()).unwrap();
    let pairs = pairs(&form(&sts));
    let pairs: Vec<_> = pairs.iter().map(|(name, value)| (&**name, &**value)).collect();
    assert_eq!(
        pairs,
        [
            ("Action", "AssumeRole"),
            ("Version", "2011-06-15"),
            ("RoleArn", ROLE),
            ("RoleSessionName", "TestAR"),
            ("Policy", POLICY),
            ("ExternalId", "12:34/5"),
            ("SerialNumber", "arn:aws:iam::1:mfa/u"),
            ("TokenCode", "123456"),
            ("SourceIdentity", "Dev@User"),
            ("DurationSeconds", "7200"),
            ("PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/A"),
            ("PolicyArns.member.2.arn", "arn:aws:iam::aws:policy/B"),
            ("Tags.member.1.Key", "Project"),
            ("Tags.member.1.Value", "a b+c"),
            ("Tags.member.2.Key", "Ünit"),
            ("Tags.member.2.Value", ""),
            ("TransitiveTagKeys.member.1", "Project"),
            ("TransitiveTagKeys.member.2", "Ünit"),
        ]
    );
    assert!(form(&sts).contains("=a%20b%2Bc&Tags.member.2.Key=%C3%9Cnit&Tags.member.2.Value=&"));
}

#[test]
fn writes_the_forms_of_the_other_calls() {
    let call = AssumeRoleWithWebIdentity {
        provider_id: Some("www.amazon.com"),
        duration_seconds: Some(900),
        policy: Some("{}"),
        policy_arns: &["arn:aws:iam::aws:policy/A"],
        ..AssumeRoleWithWebIdentity::new(ROLE, "app1", " a.b_c-d\r\n")
    };
    assert_eq!(
        form(&Sts::unsigned(call, HOST).unwrap()),
        "Action=AssumeRoleWithWebIdentity&Version=2011-06-15\
        &RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fdemo&RoleSessionName=app1\
        &WebIdentityToken=a.b_c-d&ProviderId=www.amazon.com&Policy=%7B%7D&DurationSeconds=900\
        &PolicyArns.member.1.arn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FA"
    );
    let mfa = Some(Mfa { serial_number: "GAHT12345678", token_code: "012345" });
    let call = GetSessionToken { duration_seconds: Some(129_600), mfa };
    assert_eq!(
        form(&Sts::signed(call, HOST, USER, "eu-west-1", now()).unwrap()),
        "Action=GetSessionToken&Version=2011-06-15&SerialNumber=GAHT12345678&TokenCode=012345\
        &DurationSeconds=129600"
    );
    let call = GetFederationToken {
        policy: Some("{}"),
        tags: &[("k", "v")],
        ..GetFederationToken::new("Jean")
    };
    assert_eq!(
        form(&Sts::signed(call, HOST, USER, "eu-west-1", now()).unwrap()),
        "Action=GetFederationToken&Version=2011-06-15&Name=Jean&Policy=%7B%7D\
        &Tags.member.1.Key=k&Tags.member.1.Value=v"
    );
    assert_eq!(
        form(&Sts::signed(GetCallerIdentity, HOST, USER, "eu-west-1", now()).unwrap()),
        "Action=GetCallerIdentity&Version=2011-06-15"
    );
}

/// Returns the signature of the form that is assembled and hashed as a whole.
fn signed_headers(
    form: &str,
    host: &str,
    credentials: Credentials<'_>,
    region: &str,
) -> Vec<(String, String)> {
    signed_headers_at(form, (host, "/"), credentials, region)
}

fn signed_headers_at(
    form: &str,
    (host, path): (&str, &str),
    credentials: Credentials<'_>,
    region: &str,
) -> Vec<(String, String)> {
    let request = Request {
        method: "POST",
        host,
        path,
        query: &[],
        headers: &[("Content-Type", b"application/x-www-form-urlencoded")],
        payload: Payload::Bytes(form.as_bytes()),
    };
    let mut signer = Signer::new(credentials, region, Service::new("sts")).unwrap();
    let signed = signer.sign(&request, now()).unwrap();
    let content_type = ("content-type", "application/x-www-form-urlencoded".to_owned());
    let headers = signed.headers().map(|(name, value)| (name, value.to_string()));
    core::iter::once(content_type)
        .chain(headers)
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

#[test]
fn signs_and_sends_to_the_path_of_the_endpoint() {
    for path in ["/sts", "/a/b/", "/x%20y", "//"] {
        let call = AssumeRole::new(ROLE, "TestAR");
        let sts = Sts::signed_at(call, HOST, path, USER, "eu-west-1", now()).unwrap();
        let exchange = sts.request().unwrap();
        assert_eq!((exchange.method(), &*exchange.target().to_string()), ("POST", path));
        let expected = signed_headers_at(&form(&sts), (HOST, path), USER, "eu-west-1");
        assert_eq!(headers(&exchange), expected);
        let call = AssumeRoleWithWebIdentity::new(ROLE, "app1", "t");
        let sts = Sts::unsigned_at(call, HOST, path).unwrap();
        assert_eq!(sts.request().unwrap().target().to_string(), path);
    }
    for path in ["", "sts", "/a b", "/a?b", "/a#b", "/\u{e4}"] {
        let call = AssumeRoleWithWebIdentity::new(ROLE, "app1", "t");
        let error = Sts::unsigned_at(call, HOST, path).unwrap_err();
        assert_eq!(error, StsCallError::Sign(SignError::InvalidPath), "{path}");
        let call = AssumeRole::new(ROLE, "TestAR");
        assert_eq!(Sts::signed_at(call, HOST, path, USER, "r", now()).unwrap_err(), error);
    }
}

#[test]
fn signs_the_assembled_form() {
    for credentials in [USER, OF_ROLE] {
        let call = AssumeRole { policy: Some(POLICY), ..AssumeRole::new(ROLE, "TestAR") };
        let sts = Sts::signed(call, HOST, credentials, "eu-west-1", now()).unwrap();
        let expected = signed_headers(&form(&sts), HOST, credentials, "eu-west-1");
        assert_eq!(headers(&sts.request().unwrap()), expected);
    }
    // As computed with Python's hmac and hashlib.
    let sts = Sts::signed(GetCallerIdentity, HOST, USER, "eu-west-1", now()).unwrap();
    assert_eq!(
        headers(&sts.request().unwrap())[2].1,
        "AWS4-HMAC-SHA256 \
        Credential=AKIAIOSFODNN7EXAMPLE/20150830/eu-west-1/sts/aws4_request, \
        SignedHeaders=content-type;host;x-amz-date, \
        Signature=20e6969621ff3b44c121fe256417c0014d3567b12fcc9b4ef84596c298f26086"
    );
}

#[test]
fn does_not_sign_a_web_identity_call() {
    let sts = web_identity("a.b.c\n").unwrap();
    let expected = ("content-type".into(), "application/x-www-form-urlencoded".into());
    assert_eq!(headers(&sts.request().unwrap()), [expected]);
    let long = format!("{}\n", "x".repeat(24_000));
    let sts = web_identity(&long).unwrap();
    assert_eq!(pairs(&form(&sts)).last().unwrap().1.len(), 24_000);
}

#[test]
fn limits_chained_roles_to_an_hour() {
    for (asked, expected) in [
        (None, None),
        (Some(900), Some(900)),
        (Some(3600), Some(3600)),
        (Some(3601), Some(3600)),
        (Some(43_200), Some(3600)),
    ] {
        let call = AssumeRole { duration_seconds: asked, ..AssumeRole::new(ROLE, "TestAR") };
        assert_eq!(call.chained().duration_seconds, expected);
    }
}

#[test]
fn rejects_parameters_that_sts_would_refuse() {
    let plain = AssumeRole::new(ROLE, "TestAR");
    let tags = [("k", "v"); 51];
    let arns = ["arn"; 11];
    let mfa = |serial_number, token_code| Some(Mfa { serial_number, token_code });
    for (call, expected) in [
        (AssumeRole { role_arn: "", ..plain }, StsCallError::RoleArn),
        (AssumeRole { role_session_name: "a", ..plain }, StsCallError::RoleSessionName),
        (AssumeRole { role_session_name: "a b", ..plain }, StsCallError::RoleSessionName),
        (AssumeRole { role_session_name: "a:b", ..plain }, StsCallError::RoleSessionName),
        (AssumeRole { role_session_name: "äb", ..plain }, StsCallError::RoleSessionName),
        (AssumeRole { duration_seconds: Some(0), ..plain }, StsCallError::DurationSeconds),
        (AssumeRole { external_id: Some(""), ..plain }, StsCallError::ExternalId),
        (AssumeRole { external_id: Some("a b"), ..plain }, StsCallError::ExternalId),
        (AssumeRole { source_identity: Some("a/b"), ..plain }, StsCallError::SourceIdentity),
        (AssumeRole { mfa: mfa("short", "123456"), ..plain }, StsCallError::Mfa),
        (AssumeRole { mfa: mfa("GAHT12345678", "12345"), ..plain }, StsCallError::Mfa),
        (AssumeRole { mfa: mfa("GAHT12345678", "12345a"), ..plain }, StsCallError::Mfa),
        (AssumeRole { policy_arns: &arns, ..plain }, StsCallError::TooManyPolicyArns),
        (AssumeRole { tags: &tags, ..plain }, StsCallError::TooManyTags),
    ] {
        let error = Sts::signed(call, HOST, USER, "eu-west-1", now()).unwrap_err();
        assert_eq!(error, expected, "{call:?}");
        assert!(error.to_string().starts_with(|first: char| first.is_ascii_lowercase()));
    }
    let most = AssumeRole { policy_arns: &arns[..10], tags: &tags[..50], ..plain };
    assert!(Sts::signed(most, HOST, USER, "eu-west-1", now()).is_ok());
    let longest = "x".repeat(64);
    for name in ["ab", "_+=,.@-09azAZ", &longest] {
        assert!(Sts::signed(AssumeRole::new("r", name), HOST, USER, "r", now()).is_ok(), "{name}");
    }
    let too_long = "x".repeat(65);
    let call = AssumeRole::new(ROLE, &too_long);
    assert!(Sts::signed(call, HOST, USER, "eu-west-1", now()).is_err());
    for name in ["", "J", "a b", &too_long[..33]] {
        let error = Sts::signed(GetFederationToken::new(name), HOST, USER, "eu-west-1", now());
        assert_eq!(error.unwrap_err(), StsCallError::Name);
    }
    for token in ["", " \r\n", "a b", "a\nb", "ä"] {
        assert_eq!(web_identity(token).unwrap_err(), StsCallError::WebIdentityToken, "{token}");
    }
    let error = Sts::signed(plain, "ho st", USER, "eu-west-1", now()).unwrap_err();
    assert_eq!(error, StsCallError::Sign(SignError::InvalidHost));
    let call = AssumeRoleWithWebIdentity::new(ROLE, "app1", "t");
    assert_eq!(Sts::unsigned(call, "a/b").unwrap_err(), error);
}

proptest! {
    #[test]
    fn writes_any_values_into_the_form(
        policy: String,
        tags in proptest::collection::btree_map(any::<String>(), any::<String>(), 0..5),
        seconds in 1_u32..,
        region in "[a-z0-9-]{1,12}",
    ) {
        let tags: Vec<_> = tags.iter().map(|(key, value)| (&**key, &**value)).collect();
        let keys: Vec<_> = tags.iter().map(|(key, _)| *key).collect();
        let call = AssumeRole {
            policy: Some(&policy),
            tags: &tags,
            transitive_tag_keys: &keys,
            duration_seconds: Some(seconds),
            ..AssumeRole::new(ROLE, "TestAR")
        };
        let sts = Sts::signed(call, HOST, OF_ROLE, &region, now()).unwrap();
        let form = form(&sts);
        let expected = signed_headers(&form, HOST, OF_ROLE, &region);
        prop_assert_eq!(headers(&sts.request().unwrap()), expected);
        prop_assert!(form.bytes().all(|byte| byte.is_ascii_graphic()));
        let pairs: BTreeMap<_, _> = pairs(&form).into_iter().collect();
        prop_assert_eq!(&pairs["Policy"], &policy);
        prop_assert_eq!(&pairs["DurationSeconds"], &seconds.to_string());
        for (number, (key, value)) in (1..).zip(&tags) {
            prop_assert_eq!(&pairs[&format!("Tags.member.{number}.Key")], key);
            prop_assert_eq!(&pairs[&format!("Tags.member.{number}.Value")], value);
            prop_assert_eq!(&pairs[&format!("TransitiveTagKeys.member.{number}")], key);
        }
        prop_assert_eq!(pairs.len(), 6 + 3 * tags.len());
    }

    #[test]
    fn accepts_or_refuses_any_responses(responses: Vec<(u16, Vec<u8>)>) {
        let mut sts = assume_role();
        for (status, mut body) in responses {
            let _ = sts.response(status, &body);
            let _ = sts.outcome(&mut body);
            if status % 3 == 0 {
                sts.restart();
            }
        }
    }

    /// Any byte of a response, changed.
    #[test]
    fn reads_or_refuses_a_broken_response(at in 0..SEAWEEDFS.len(), byte: u8) {
        let mut body = SEAWEEDFS.as_bytes().to_vec();
        body[at] = byte;
        let mut sts = assume_role();
        sts.response(200, &body).unwrap();
        let _ = sts.outcome(&mut body);
    }
}
