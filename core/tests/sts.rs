//! The conversation with STS, without a network.

#![cfg(test)]
#![cfg(feature = "provider")]

use std::collections::BTreeMap;

use proptest::prelude::*;
use rolesig::provider::{
    AssumeRole, AssumeRoleWithWebIdentity, Conversation, Exchange, GetCallerIdentity,
    GetFederationToken, GetSessionToken, InvalidStsCall, Mfa, Provided, ProviderError, Sts,
};
use rolesig::{Credentials, Emit, Payload, Request, Service, SignError, Signer, Timestamp};

/// The sample response of `AssumeRole` in the API reference, the token on one line.
const ASSUME_ROLE: &str = r#"<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleResult>
  <SourceIdentity>DevUser123</SourceIdentity>
    <AssumedRoleUser>
      <Arn>arn:aws:sts::123456789012:assumed-role/demo/TestAR</Arn>
      <AssumedRoleId>ARO123EXAMPLE123:TestAR</AssumedRoleId>
    </AssumedRoleUser>
    <Credentials>
      <AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId>
      <SecretAccessKey>wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY</SecretAccessKey>
      <SessionToken>
       AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQW+oLxBA==
      </SessionToken>
      <Expiration>2019-11-09T13:34:41Z</Expiration>
    </Credentials>
    <PackedPolicySize>6</PackedPolicySize>
  </AssumeRoleResult>
  <ResponseMetadata>
    <RequestId>c6104cbe-af31-11e0-8154-cbc7ccf896c7</RequestId>
  </ResponseMetadata>
</AssumeRoleResponse>"#;

/// The sample response of `AssumeRoleWithWebIdentity`.
const WEB_IDENTITY: &str = r#"<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <SubjectFromWebIdentityToken>amzn1.account.AF6RHO7KZU5XRVQJGXK6HB56KR2A</SubjectFromWebIdentityToken>
    <Audience>client.5498841531868486423.1548@apps.example.com</Audience>
    <AssumedRoleUser>
      <Arn>arn:aws:sts::123456789012:assumed-role/FederatedWebIdentityRole/app1</Arn>
      <AssumedRoleId>AROACLKWSDQRAOEXAMPLE:app1</AssumedRoleId>
    </AssumedRoleUser>
    <Credentials>
      <SessionToken>AQoDYXdzEE0a8ANvNO1ewxE5TijQyp+IEXAMPLE</SessionToken>
      <SecretAccessKey>wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY</SecretAccessKey>
      <Expiration>2014-10-24T23:00:23Z</Expiration>
      <AccessKeyId>ASgeIAIOSFODNN7EXAMPLE</AccessKeyId>
    </Credentials>
    <SourceIdentity>SourceIdentityValue</SourceIdentity>
    <Provider>www.amazon.com</Provider>
  </AssumeRoleWithWebIdentityResult>
  <ResponseMetadata>
    <RequestId>ad4156e9-bce1-11e2-82e6-6b6efEXAMPLE</RequestId>
  </ResponseMetadata>
</AssumeRoleWithWebIdentityResponse>"#;

/// The sample response of `GetSessionToken`.
const SESSION_TOKEN: &str = r#"<GetSessionTokenResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetSessionTokenResult>
    <Credentials>
      <SessionToken>
       AQoEXAMPLEH4aoAH0gNCAPyJxz4BlCFFxWNE1OPTgk5TthT+FvwqnKwRcOIfrRh3c/LTo6UDdyJwOOvEVPvLXCrrrUtdnniCEXAMPLE/IvU1dYUg2RVAJBanLiHb4IgRmpRV3zrkuWJOgQs8IZZaIv2BXIa2R4Olgk
      </SessionToken>
      <SecretAccessKey>
      wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY
      </SecretAccessKey>
      <Expiration>2011-07-11T19:55:29.611Z</Expiration>
      <AccessKeyId>AKIAIOSFODNN7EXAMPLE</AccessKeyId>
    </Credentials>
  </GetSessionTokenResult>
  <ResponseMetadata>
    <RequestId>58c5dbae-abef-11e0-8cfe-09039844ac7d</RequestId>
  </ResponseMetadata>
</GetSessionTokenResponse>"#;

/// The sample response of `GetFederationToken`.
const FEDERATION_TOKEN: &str = r#"<GetFederationTokenResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetFederationTokenResult>
    <Credentials>
      <SessionToken>AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthAx7mSEI</SessionToken>
      <SecretAccessKey>wJalrXUtnFEMI/K7MDENG/bPxRfiCYzEXAMPLEKEY</SecretAccessKey>
      <Expiration>2019-11-09T13:34:41Z</Expiration>
      <AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId>
    </Credentials>
    <FederatedUser>
      <Arn>arn:aws:sts::123456789012:federated-user/Jean</Arn>
      <FederatedUserId>123456789012:Jean</FederatedUserId>
    </FederatedUser>
    <PackedPolicySize>4</PackedPolicySize>
  </GetFederationTokenResult>
  <ResponseMetadata>
    <RequestId>c6104cbe-af31-11e0-8154-cbc7ccf896c7</RequestId>
  </ResponseMetadata>
</GetFederationTokenResponse>"#;

/// The sample response of `GetCallerIdentity`.
const CALLER_IDENTITY: &str = r#"<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <GetCallerIdentityResult>
   <Arn>arn:aws:iam::123456789012:user/Alice</Arn>
    <UserId>AIDACKCEVSQ6C2EXAMPLE</UserId>
    <Account>123456789012</Account>
  </GetCallerIdentityResult>
  <ResponseMetadata>
    <RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId>
  </ResponseMetadata>
</GetCallerIdentityResponse>"#;

/// As MinIO answers: without an ARN, and the id of the role misspelt.
const MINIO: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><AssumedRoleUser><Arn></Arn><AssumeRoleId></AssumeRoleId></AssumedRoleUser><Credentials><AccessKeyId>Y4RJU1RNFGK48LGO9I2S</AccessKeyId><SecretAccessKey>sYLRKS1Z7hSjluf6gEbb9066hnx315wHTiACPAjg</SecretAccessKey><SessionToken>eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9.eyJhY2Nlc3NLZXkiOiJZNFJKVTFSTkZHSzQ4TEdPOUkyUyJ9.4rKsZ8VkZnIS_ALzfTJ9UbEKPFlQVvIyuHw6AWTJcDFDVgQA2ooQHmH9wUDnhXBi1M7o8yWJ47DXP-TLPhwCgQ</SessionToken><Expiration>2019-08-08T20:26:12Z</Expiration></Credentials></AssumeRoleResult><ResponseMetadata></ResponseMetadata></AssumeRoleResponse>"#;

/// As SeaweedFS answers.
const SEAWEEDFS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ASIA0123456789ABCDEF</AccessKeyId><SecretAccessKey>c2VjcmV0</SecretAccessKey><SessionToken>eyJhbGciOiJIUzI1NiJ9.e30.c2ln</SessionToken><Expiration>2026-01-02T03:04:05.123456789+01:00</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>s3admin:session</AssumedRoleId><Arn>arn:aws:sts::000000000000:assumed-role/s3admin/session</Arn></AssumedRoleUser></AssumeRoleResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></AssumeRoleResponse>"#;

const HOST: &str = "sts.eu-west-1.amazonaws.com";
const ROLE: &str = "arn:aws:iam::123456789012:role/demo";
const POLICY: &str = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*"}]}"#;

const USER: Credentials<'static> = Credentials {
    access_key_id: "AKIAIOSFODNN7EXAMPLE",
    secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    session_token: None,
};
const OF_ROLE: Credentials<'static> =
    Credentials { session_token: Some("IQoJb3JpZ2luX2VjEXAMPLE//=="), ..USER };

fn now() -> Timestamp {
    "2015-08-30T12:36:00Z".parse().unwrap()
}

fn assume_role() -> Sts<'static, AssumeRole<'static>> {
    Sts::signed(AssumeRole::new(ROLE, "TestAR"), HOST, USER, "eu-west-1", now()).unwrap()
}

fn web_identity(token: &str) -> Result<Sts<'_, AssumeRoleWithWebIdentity<'_>>, InvalidStsCall> {
    Sts::unsigned(AssumeRoleWithWebIdentity::new(ROLE, "app1", token), HOST)
}

fn headers(exchange: &Exchange<'_>) -> Vec<(String, String)> {
    exchange.headers().map(|(name, value)| (name.to_owned(), value.to_string())).collect()
}

fn form(conversation: &impl Conversation) -> String {
    let exchange = conversation.request().unwrap();
    assert_eq!((exchange.method(), &*exchange.target().to_string()), ("POST", "/"));
    assert!(exchange.has_body());
    let body = exchange.body();
    assert_eq!(body.emitted_len(), body.to_string().len());
    body.to_string()
}

/// The pairs of a form, decoded.
fn pairs(form: &str) -> Vec<(String, String)> {
    let decoded = |text: &str| {
        let mut bytes = Vec::new();
        let mut rest = text.as_bytes();
        while let [first, behind @ ..] = rest {
            rest = behind;
            let byte = if *first == b'%' {
                let digits = str::from_utf8(&rest[..2]).unwrap();
                rest = &rest[2..];
                u8::from_str_radix(digits, 16).unwrap()
            } else {
                *first
            };
            bytes.push(byte);
        }
        String::from_utf8(bytes).unwrap()
    };
    form.split('&')
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

/// What an answer comes to: the credentials' parts, or an error.
fn answered<C>(mut conversation: C, status: u16, body: &str) -> Result<[String; 4], String>
where
    C: for<'b> Conversation<Outcome<'b> = Provided<'b>>,
{
    conversation.response(status, body.as_bytes()).map_err(|error| error.to_string())?;
    let mut body = body.as_bytes().to_vec();
    let provided = conversation.outcome(&mut body).map_err(|error| error.to_string())?;
    let credentials = provided.credentials;
    let session_token = credentials.session_token.unwrap();
    assert!(!credentials.secret_access_key.contains(char::is_whitespace));
    Ok([
        credentials.access_key_id.to_owned(),
        session_token.to_owned(),
        provided.expires_at.amz_date().to_string(),
        provided.account_id.unwrap_or_default().to_owned(),
    ])
}

#[test]
fn a_whole_conversation() {
    let mut sts = assume_role();
    assert_eq!(sts.host(), HOST);
    let expected = "Action=AssumeRole&Version=2011-06-15\
        &RoleArn=arn%3Aaws%3Aiam%3A%3A123456789012%3Arole%2Fdemo&RoleSessionName=TestAR";
    assert_eq!(form(&sts), expected);
    assert_eq!(form(&sts), expected, "asking twice changes nothing");
    let mut body = ASSUME_ROLE.as_bytes().to_vec();
    assert_eq!(sts.outcome(&mut body).unwrap_err().without_text(), ProviderError::OutOfTurn);
    sts.response(200, &body).unwrap();
    assert!(sts.request().is_none());
    assert_eq!(sts.response(200, &body), Err(ProviderError::OutOfTurn));
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
fn every_parameter_is_in_the_form() {
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
fn the_forms_of_the_other_calls() {
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

/// What the signer signs of the form, when it is assembled and hashed as a whole.
fn signed_headers(
    form: &str,
    host: &str,
    credentials: Credentials<'_>,
    region: &str,
) -> Vec<(String, String)> {
    let request = Request {
        method: "POST",
        host,
        path: "/",
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
fn the_signature_is_that_of_the_assembled_form() {
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
fn a_web_identity_is_not_signed() {
    let sts = web_identity("a.b.c\n").unwrap();
    let expected = ("content-type".into(), "application/x-www-form-urlencoded".into());
    assert_eq!(headers(&sts.request().unwrap()), [expected]);
    let long = format!("{}\n", "x".repeat(24_000));
    let sts = web_identity(&long).unwrap();
    assert_eq!(pairs(&form(&sts)).last().unwrap().1.len(), 24_000);
}

#[test]
fn the_published_answers() {
    let answers = [
        answered(assume_role(), 200, ASSUME_ROLE),
        answered(web_identity("t").unwrap(), 200, WEB_IDENTITY),
        answered(
            Sts::signed(GetSessionToken::default(), HOST, USER, "eu-west-1", now()).unwrap(),
            200,
            SESSION_TOKEN,
        ),
        answered(
            Sts::signed(GetFederationToken::new("Jean"), HOST, USER, "eu-west-1", now()).unwrap(),
            200,
            FEDERATION_TOKEN,
        ),
        answered(assume_role(), 200, MINIO),
        answered(assume_role(), 200, SEAWEEDFS),
    ];
    let parts = answers.map(|answer| {
        let [id, token, expires_at, account] = answer.unwrap();
        assert!(!token.contains(char::is_whitespace) && token.len() > 20);
        [id, expires_at, account].join(" ")
    });
    assert_eq!(
        parts,
        [
            "ASIAIOSFODNN7EXAMPLE 20191109T133441Z 123456789012",
            "ASgeIAIOSFODNN7EXAMPLE 20141024T230023Z 123456789012",
            "AKIAIOSFODNN7EXAMPLE 20110711T195529Z ",
            "ASIAIOSFODNN7EXAMPLE 20191109T133441Z 123456789012",
            "Y4RJU1RNFGK48LGO9I2S 20190808T202612Z ",
            "ASIA0123456789ABCDEF 20260102T020405Z 000000000000",
        ]
    );
}

#[test]
fn the_identity_of_the_caller() {
    let mut sts = Sts::signed(GetCallerIdentity, HOST, USER, "eu-west-1", now()).unwrap();
    sts.response(200, CALLER_IDENTITY.as_bytes()).unwrap();
    let mut body = CALLER_IDENTITY.as_bytes().to_vec();
    let identity = sts.outcome(&mut body).unwrap();
    assert_eq!(identity.account_id, "123456789012");
    assert_eq!(identity.arn, "arn:aws:iam::123456789012:user/Alice");
    assert_eq!(identity.user_id, "AIDACKCEVSQ6C2EXAMPLE");
    let mut body = ASSUME_ROLE.as_bytes().to_vec();
    assert_eq!(
        sts.outcome(&mut body).unwrap_err().to_string(),
        "the identity of the caller: the field Account is missing"
    );
}

/// An error as STS writes it.
fn error(code: &str, message: &str) -> String {
    format!(
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n  <Error>\n    \
        <Type>Sender</Type>\n    <Code>{code}</Code>\n    <Message>{message}</Message>\n  \
        </Error>\n  <RequestId>c6104cbe-af31-11e0-8154-cbc7ccf896c7</RequestId>\n</ErrorResponse>\n"
    )
}

#[test]
fn a_refusal_is_shown_as_such() {
    let denied = error(
        "AccessDenied",
        "User: arn:aws:iam::1:user/a is not authorized to perform: sts:AssumeRole on resource: \
        &quot;r&quot; &amp; more",
    );
    assert_eq!(
        answered(assume_role(), 403, &denied).unwrap_err(),
        "refused: AccessDenied: User: arn:aws:iam::1:user/a is not authorized to perform: \
        sts:AssumeRole on resource: \"r\" & more"
    );
    // As S3 writes errors, and so do servers beside AWS's.
    let bare = "<?xml version=\"1.0\"?><Error><Code>InvalidAccessKeyId</Code></Error>";
    let expected = "refused: InvalidAccessKeyId: ";
    assert_eq!(answered(assume_role(), 403, bare).unwrap_err(), expected);
    for page in ["", "<html>no</html>", "<html><br></html>", "{\"message\": \"no\"}", "no"] {
        assert_eq!(
            answered(assume_role(), 403, page).unwrap_err(),
            "asked for the credentials of the role, got status 403: check the endpoint, and that \
            no proxy answers for it",
            "{page}"
        );
    }
    assert_eq!(
        answered(assume_role(), 200, "<html><br></html>").unwrap_err(),
        "the credentials of the role: not XML, or cut off"
    );
    let expected = "the credentials of the role: the field AccessKeyId is missing";
    assert_eq!(answered(assume_role(), 200, "<html/>").unwrap_err(), expected);
}

#[test]
fn what_is_worth_another_try() {
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
        ("", false),
    ] {
        let mut body = error(code, "m").into_bytes();
        let mut sts = web_identity("t").unwrap();
        sts.response(400, &body).unwrap();
        let refused = sts.outcome(&mut body).unwrap_err();
        assert_eq!(refused, ProviderError::Refused { code, message: "m" });
        assert_eq!(refused.is_transient(), transient, "{code}");
        assert_eq!(refused.without_text().is_transient(), transient, "{code}");
    }
    for (status, transient) in [(301, false), (429, true), (500, true), (503, true)] {
        let mut sts = assume_role();
        let body = error("Throttling", "m");
        let refused = sts.response(status, body.as_bytes()).unwrap_err();
        assert_eq!(refused.is_transient(), transient, "{status}");
        assert!(sts.request().is_some(), "the same request is sent again");
    }
}

#[test]
fn every_cut_is_noticed() {
    for document in [ASSUME_ROLE, WEB_IDENTITY, SESSION_TOKEN, FEDERATION_TOKEN, MINIO, SEAWEEDFS] {
        for end in 0..document.len() {
            let mut sts = assume_role();
            let mut body = document.as_bytes()[..end].to_vec();
            sts.response(200, &body).unwrap();
            let error = sts.outcome(&mut body).unwrap_err();
            assert!(error.is_transient(), "{end}: {error}");
            let shown = answered(assume_role(), 400, &document[..end]).unwrap_err();
            assert!(!shown.contains("ASIA") && shown.contains("status 400"), "{end}: {shown}");
        }
    }
    for end in 0..CALLER_IDENTITY.len() {
        let mut sts = Sts::signed(GetCallerIdentity, HOST, USER, "eu-west-1", now()).unwrap();
        let mut body = CALLER_IDENTITY.as_bytes()[..end].to_vec();
        sts.response(200, &body).unwrap();
        assert!(sts.outcome(&mut body).unwrap_err().is_transient(), "{end}");
    }
    let refusal = error("AccessDenied", "&lt;no&gt;");
    for end in 0..refusal.trim_end().len() {
        let shown = answered(assume_role(), 403, &refusal[..end]).unwrap_err();
        assert!(shown.contains("status 403"), "{end}: {shown}");
    }
}

#[test]
fn what_is_missing_or_odd_is_named() {
    for (from, to, expected) in [
        ("AccessKeyId>", "Other>", "the field AccessKeyId is missing"),
        ("SecretAccessKey>", "Other>", "the field SecretAccessKey is missing"),
        ("SessionToken>", "Other>", "the field SessionToken is missing"),
        ("Expiration>", "Other>", "the field Expiration is missing"),
        ("ASIAIOSFODNN7EXAMPLE", " ", "the field AccessKeyId is missing"),
        ("2019-11-09T13:34:41Z", "tomorrow", "the field Expiration is no point in time"),
        (
            "wEXAMPLE",
            "w\nEXAMPLE",
            "the session token is empty or has white space or a line end in it: trim it",
        ),
        ("ASIA", "AS/A", "the access key id is empty or has characters that none has"),
        ("ASIA", "AS&IA", "not XML, or cut off"),
        ("ASIA", "AS<IA", "not XML, or cut off"),
        ("ASIA", "AS<b/>IA", "not XML, or cut off"),
        ("<AssumeRoleResult>", "<Other>", "not XML, or cut off"),
    ] {
        let document = ASSUME_ROLE.replace(from, to);
        assert_ne!(document, ASSUME_ROLE);
        let expected = format!("the credentials of the role: {expected}");
        assert_eq!(answered(assume_role(), 200, &document), Err(expected), "{document}");
    }
    let elsewhere = ASSUME_ROLE.replace("123456789012:assumed", ":assumed");
    assert_eq!(answered(assume_role(), 200, &elsewhere).unwrap()[3], "");
    let twice = ASSUME_ROLE.replace(
        "<PackedPolicySize>6</PackedPolicySize>",
        "<Credentials><AccessKeyId>ASIAOTHER</AccessKeyId></Credentials>",
    );
    assert!(answered(assume_role(), 200, &twice).is_err(), "whose credentials are they?");
}

#[test]
fn prefixes_references_and_sections_are_read() {
    let odd = ASSUME_ROLE
        .replace("ASIAIOSF", "&#x41;SI<!-- -->A<![CDATA[IOS]]>&#70;")
        .replace('\n', "\r\n")
        .replace("</", "</s:")
        .replace("  <", "  <s:")
        .replace("<s:/", "</")
        .replace("xmlns=", "xmlns:s=");
    let odd = odd.strip_prefix('<').map(|odd| format!("<s:{odd}")).unwrap();
    assert_eq!(answered(assume_role(), 200, &odd), answered(assume_role(), 200, ASSUME_ROLE));
}

#[test]
fn hostile_documents_are_refused() {
    let deep = format!("{}{}", "<Credentials>".repeat(100_000), "</Credentials>".repeat(100_000));
    let wide = format!("<a {}/>", "b='>' ".repeat(100_000));
    let many = format!("<r>{}</r>", "<a/>".repeat(100_000));
    let entities = "<!DOCTYPE r [<!ENTITY a \"aaaa\">]><r>&a;</r>".to_owned();
    for document in [deep, wide, many, entities] {
        assert!(answered(assume_role(), 200, &document).is_err());
    }
}

#[test]
fn durations_of_chained_roles_are_an_hour_at_the_most() {
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
fn what_sts_would_refuse_is_not_sent() {
    let plain = AssumeRole::new(ROLE, "TestAR");
    let tags = [("k", "v"); 51];
    let arns = ["arn"; 11];
    let mfa = |serial_number, token_code| Some(Mfa { serial_number, token_code });
    for (call, expected) in [
        (AssumeRole { role_arn: "", ..plain }, InvalidStsCall::RoleArn),
        (AssumeRole { role_session_name: "a", ..plain }, InvalidStsCall::RoleSessionName),
        (AssumeRole { role_session_name: "a b", ..plain }, InvalidStsCall::RoleSessionName),
        (AssumeRole { role_session_name: "a:b", ..plain }, InvalidStsCall::RoleSessionName),
        (AssumeRole { role_session_name: "äb", ..plain }, InvalidStsCall::RoleSessionName),
        (AssumeRole { duration_seconds: Some(899), ..plain }, InvalidStsCall::DurationSeconds),
        (AssumeRole { external_id: Some(""), ..plain }, InvalidStsCall::ExternalId),
        (AssumeRole { external_id: Some("a b"), ..plain }, InvalidStsCall::ExternalId),
        (AssumeRole { source_identity: Some("a/b"), ..plain }, InvalidStsCall::SourceIdentity),
        (AssumeRole { mfa: mfa("short", "123456"), ..plain }, InvalidStsCall::Mfa),
        (AssumeRole { mfa: mfa("GAHT12345678", "12345"), ..plain }, InvalidStsCall::Mfa),
        (AssumeRole { mfa: mfa("GAHT12345678", "12345a"), ..plain }, InvalidStsCall::Mfa),
        (AssumeRole { policy_arns: &arns, ..plain }, InvalidStsCall::TooManyPolicyArns),
        (AssumeRole { tags: &tags, ..plain }, InvalidStsCall::TooManyTags),
    ] {
        let error = Sts::signed(call, HOST, USER, "eu-west-1", now()).unwrap_err();
        assert_eq!(error, expected, "{call:?}");
        assert!(error.to_string().starts_with(|first: char| first.is_ascii_lowercase()));
    }
    let longest = "x".repeat(64);
    for name in ["ab", "_+=,.@-09azAZ", &longest] {
        assert!(Sts::signed(AssumeRole::new("r", name), HOST, USER, "r", now()).is_ok(), "{name}");
    }
    let too_long = "x".repeat(65);
    let call = AssumeRole::new(ROLE, &too_long);
    assert!(Sts::signed(call, HOST, USER, "eu-west-1", now()).is_err());
    for name in ["", "J", "a b", &too_long[..33]] {
        let error = Sts::signed(GetFederationToken::new(name), HOST, USER, "eu-west-1", now());
        assert_eq!(error.unwrap_err(), InvalidStsCall::Name);
    }
    for token in ["", " \r\n", "a b", "a\nb", "ä"] {
        assert_eq!(web_identity(token).unwrap_err(), InvalidStsCall::WebIdentityToken, "{token}");
    }
    let error = Sts::signed(plain, "ho st", USER, "eu-west-1", now()).unwrap_err();
    assert_eq!(error, InvalidStsCall::Sign(SignError::InvalidHost));
    let call = AssumeRoleWithWebIdentity::new(ROLE, "app1", "t");
    assert_eq!(Sts::unsigned(call, "a/b").unwrap_err(), error);
}

#[test]
fn nothing_shows_a_secret() {
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

proptest! {
    #[test]
    fn any_values_are_in_the_form(
        policy: String,
        tags in proptest::collection::btree_map(any::<String>(), any::<String>(), 0..5),
        seconds in 900_u32..,
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
    fn any_answers_are_taken_or_refused(answers: Vec<(u16, Vec<u8>)>) {
        let mut sts = assume_role();
        for (status, mut body) in answers {
            let _ = sts.response(status, &body);
            let _ = sts.outcome(&mut body);
            if status % 3 == 0 {
                sts.restart();
            }
        }
    }

    /// Any byte of an answer, changed.
    #[test]
    fn a_broken_answer_is_read_or_refused(at in 0..SEAWEEDFS.len(), byte: u8) {
        let mut body = SEAWEEDFS.as_bytes().to_vec();
        body[at] = byte;
        let mut sts = assume_role();
        sts.response(200, &body).unwrap();
        let _ = sts.outcome(&mut body);
    }
}
