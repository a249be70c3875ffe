//! Calls and responses of STS, and the common parts of the cases.

use rolesig::conversation::{
    AssumeRole, AssumeRoleWithWebIdentity, Conversation, Request, RoleCredentials, Sts,
    StsCallError,
};
use rolesig::{Credentials, Emit, Timestamp};

/// The sample response of `AssumeRole` in the API reference, the token on one line.
pub(crate) const ASSUME_ROLE: &str = r#"<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
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
pub(crate) const WEB_IDENTITY: &str = r#"<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
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
pub(crate) const SESSION_TOKEN: &str = r#"<GetSessionTokenResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
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
pub(crate) const FEDERATION_TOKEN: &str = r#"<GetFederationTokenResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
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
pub(crate) const CALLER_IDENTITY: &str = r#"<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
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
pub(crate) const MINIO: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><AssumedRoleUser><Arn></Arn><AssumeRoleId></AssumeRoleId></AssumedRoleUser><Credentials><AccessKeyId>Y4RJU1RNFGK48LGO9I2S</AccessKeyId><SecretAccessKey>sYLRKS1Z7hSjluf6gEbb9066hnx315wHTiACPAjg</SecretAccessKey><SessionToken>eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCJ9.eyJhY2Nlc3NLZXkiOiJZNFJKVTFSTkZHSzQ4TEdPOUkyUyJ9.4rKsZ8VkZnIS_ALzfTJ9UbEKPFlQVvIyuHw6AWTJcDFDVgQA2ooQHmH9wUDnhXBi1M7o8yWJ47DXP-TLPhwCgQ</SessionToken><Expiration>2019-08-08T20:26:12Z</Expiration></Credentials></AssumeRoleResult><ResponseMetadata></ResponseMetadata></AssumeRoleResponse>"#;

/// As SeaweedFS answers.
pub(crate) const SEAWEEDFS: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ASIA0123456789ABCDEF</AccessKeyId><SecretAccessKey>c2VjcmV0</SecretAccessKey><SessionToken>eyJhbGciOiJIUzI1NiJ9.e30.c2ln</SessionToken><Expiration>2026-01-02T03:04:05.123456789+01:00</Expiration></Credentials><AssumedRoleUser><AssumedRoleId>s3admin:session</AssumedRoleId><Arn>arn:aws:sts::000000000000:assumed-role/s3admin/session</Arn></AssumedRoleUser></AssumeRoleResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></AssumeRoleResponse>"#;

pub(crate) const HOST: &str = "sts.eu-west-1.amazonaws.com";

pub(crate) const ROLE: &str = "arn:aws:iam::123456789012:role/demo";

pub(crate) const POLICY: &str =
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:*"}]}"#;

pub(crate) const USER: Credentials<'static> = Credentials {
    access_key_id: "AKIAIOSFODNN7EXAMPLE",
    secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    session_token: None,
};

pub(crate) const OF_ROLE: Credentials<'static> =
    Credentials { session_token: Some("IQoJb3JpZ2luX2VjEXAMPLE//=="), ..USER };

pub(crate) fn now() -> Timestamp {
    "2015-08-30T12:36:00Z".parse().unwrap()
}

pub(crate) fn assume_role() -> Sts<'static, AssumeRole<'static>> {
    Sts::signed(AssumeRole::new(ROLE, "TestAR"), HOST, USER, "eu-west-1", now()).unwrap()
}

pub(crate) fn web_identity(
    token: &str,
) -> Result<Sts<'_, AssumeRoleWithWebIdentity<'_>>, StsCallError> {
    Sts::unsigned(AssumeRoleWithWebIdentity::new(ROLE, "app1", token), HOST)
}

pub(crate) fn headers(exchange: &Request<'_>) -> Vec<(String, String)> {
    exchange.headers().map(|(name, value)| (name.to_owned(), value.to_string())).collect()
}

pub(crate) fn form(conversation: &impl Conversation) -> String {
    let exchange = conversation.request().unwrap();
    assert_eq!(exchange.method(), "POST");
    assert!(exchange.target().to_string().starts_with('/'));
    assert!(exchange.has_body());
    let body = exchange.body();
    assert_eq!(body.emitted_len(), body.to_string().len());
    body.to_string()
}

/// The pairs of a form, decoded.
pub(crate) fn pairs(form: &str) -> Vec<(String, String)> {
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

/// Returns the outcome of a response: the credentials' parts, or an error.
pub(crate) fn outcome_of<C>(
    mut conversation: C,
    status: u16,
    body: &str,
) -> Result<[String; 4], String>
where
    C: for<'b> Conversation<Outcome<'b> = RoleCredentials<'b>>,
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

/// An error as STS writes it.
pub(crate) fn error(code: &str, message: &str) -> String {
    format!(
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n  <Error>\n    \
        <Type>Sender</Type>\n    <Code>{code}</Code>\n    <Message>{message}</Message>\n  \
        </Error>\n  <RequestId>c6104cbe-af31-11e0-8154-cbc7ccf896c7</RequestId>\n</ErrorResponse>\n"
    )
}
