//! STS as it is, and as it misbehaves: providers end with credentials or with a clear error, in
//! bounded time, and show no secret. Signatures are checked by [`rolesig::Verifier`].
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test ends where it fails"
)]

use core::time::Duration;
use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::sync::{Arc, Mutex};

use rolesig::{
    ClockSkew, Credentials, ReceivedBody, ReceivedRequest, Service, Timestamp, Verifier,
    VerifyError,
};
use rolesig_std::{
    AskTokenCode, AssumeRoleProvider, Caller, ContainerProvider, Environment, Identity, Origin,
    Provide, Provider, ProviderFailure, RoleToAssume, Source, StaticProvider, StsEndpoint,
    StsError, Timeouts, WebIdentity, WebIdentityProvider, now,
};
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, sleep};
use zeroize::Zeroizing;

mod scripted;

use scripted::{
    AT_ONCE, BOUND, IMPATIENT, PATIENT, Server, answer, date, header, ok, with_headers,
};

const REGION: &str = "eu-west-1";
const ROLE: &str = "arn:aws:iam::111122223333:role/my-role";
const SOURCE_SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const SOURCE_TOKEN: &str = "source+session/token==";
const WEB_TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.e30.c2ln";
const CODE: &str = "123456";

const SECRETS: [&str; 6] =
    ["wJalr", SOURCE_TOKEN, "je7MtGbClwBF", "the-session-token", WEB_TOKEN, CODE];

const CREDENTIALS: &str = "<AssumedRoleUser><AssumedRoleId>AROA:s</AssumedRoleId>\
    <Arn>arn:aws:sts::111122223333:assumed-role/my-role/s</Arn></AssumedRoleUser>\
    <Credentials><AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId>\
    <SecretAccessKey>je7MtGbClwBF&#47;2Zp9Utk</SecretAccessKey>\
    <SessionToken>the-session-token</SessionToken>\
    <Expiration>2035-08-30T18:36:00Z</Expiration></Credentials>";

fn document(action: &str) -> String {
    format!(
        "<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\n\
         <{action}Result>{CREDENTIALS}</{action}Result>\n\
         <ResponseMetadata><RequestId>r</RequestId></ResponseMetadata></{action}Response>\n"
    )
}

fn refusal(code: &str, message: &str) -> String {
    format!(
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error>\
         <Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>\
         <RequestId>r</RequestId></ErrorResponse>"
    )
}

fn sts(origin: &Origin, timeouts: Timeouts) -> StsEndpoint {
    StsEndpoint { origin: origin.clone(), region: REGION.parse().unwrap(), timeouts }
}

/// Of a user, or with a session token.
fn keys(session_token: Option<&str>) -> Identity {
    let credentials = Credentials {
        access_key_id: "AKIDEXAMPLE",
        secret_access_key: SOURCE_SECRET,
        session_token,
    };
    Identity::new(credentials, None, None, Source::Environment)
}

fn of_keys() -> Provider {
    Provider::Static(StaticProvider::new(keys(Some(SOURCE_TOKEN))))
}

fn role() -> RoleToAssume {
    RoleToAssume { role_arn: ROLE.to_owned(), ..RoleToAssume::default() }
}

fn assume(origin: &Origin, timeouts: Timeouts) -> AssumeRoleProvider {
    AssumeRoleProvider::new(role(), of_keys(), sts(origin, timeouts), None)
}

fn token_file(content: &[u8]) -> NamedTempFile {
    let file = NamedTempFile::new().unwrap();
    std::fs::write(&file, content).unwrap();
    file
}

fn web_identity(origin: &Origin, file: &Path, timeouts: Timeouts) -> WebIdentityProvider {
    let identity = WebIdentity {
        role_arn: ROLE.to_owned(),
        role_session_name: Some("session".to_owned()),
        token_file: file.to_owned(),
        duration_seconds: None,
        provider_id: None,
    };
    WebIdentityProvider::new(identity, sts(origin, timeouts))
}

fn check(identity: &Identity) {
    let credentials = identity.credentials();
    assert_eq!(credentials.access_key_id, "ASIAIOSFODNN7EXAMPLE");
    assert_eq!(credentials.secret_access_key, "je7MtGbClwBF/2Zp9Utk");
    assert_eq!(credentials.session_token, Some("the-session-token"));
    assert_eq!(identity.expires_at(), Some("2035-08-30T18:36:00Z".parse().unwrap()));
    assert_eq!(identity.account_id(), Some("111122223333"));
    check_shown(&format!("{identity:?} {}", identity.source()));
}

fn check_shown(shown: &str) {
    assert!(SECRETS.iter().all(|secret| !shown.contains(secret)), "{shown}");
}

/// The error of a fetch, which ends in time and shows no secret.
async fn failure<P: Provide>(provider: &mut P) -> P::Error {
    let started = Instant::now();
    let Err(error) = provider.fetch().await else { panic!("there are credentials") };
    assert!(started.elapsed() < BOUND, "took {:?}", started.elapsed());
    check_shown(&format!("{error} {error:?}"));
    error
}

/// Its message behind the endpoint, whose port differs each time.
async fn message<P: Provide>(provider: &mut P) -> String {
    let error = failure(provider).await.to_string();
    error.split_once("127.0.0.1:").unwrap().1.split_once(": ").unwrap().1.to_owned()
}

/// The fields of a request's form, which comes in the one way that STS takes.
fn form(request: &str) -> BTreeMap<String, String> {
    assert!(request.starts_with("POST / HTTP/1.1\r\n"), "{request}");
    let content_type = header(request, "content-type").unwrap();
    assert_eq!(content_type, "application/x-www-form-urlencoded");
    let (_, body) = request.split_once("\r\n\r\n").unwrap();
    assert!(!body.contains('+'), "{body}");
    let pairs = rolesig_std::decode_query(body).unwrap();
    let fields: BTreeMap<_, _> =
        pairs.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    assert_eq!(fields.len(), pairs.len(), "a field twice: {body}");
    fields
}

fn fields(fields: &[(&str, &str)]) -> BTreeMap<String, String> {
    fields.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

/// Verifies a request as it came off the wire, as of `at`.
fn verify(request: &str, session_token: Option<&str>, at: Timestamp) -> Result<(), VerifyError> {
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    let headers: Vec<(&str, &[u8])> = head
        .lines()
        .skip(1)
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name, value.as_bytes()))
        .collect();
    let body = ReceivedBody::Bytes(body.as_bytes());
    let received =
        ReceivedRequest { method: "POST", path: "/", query: &[], headers: &headers, body };
    let verifier = Verifier::new(REGION, Service::new("sts"));
    let verified = verifier.verify(&received, at, |access_key_id, token| {
        assert_eq!(access_key_id, "AKIDEXAMPLE");
        if token == session_token { Ok(SOURCE_SECRET) } else { Err(VerifyError::InvalidToken) }
    })?;
    let signed: Vec<_> = verified.signed_headers().split(';').collect();
    let wanted = ["content-type", "host", "x-amz-date"];
    assert!(wanted.iter().all(|name| signed.contains(name)), "{signed:?}");
    assert_eq!(signed.contains(&"x-amz-security-token"), session_token.is_some());
    Ok(())
}

fn signed_at(request: &str) -> Timestamp {
    Timestamp::from_amz_date(header(request, "x-amz-date").unwrap()).unwrap()
}

/// Seconds that a request was signed ahead of this host's clock.
fn ahead(request: &str) -> i64 {
    let seconds = |at: Timestamp| i64::try_from(at.as_unix()).unwrap();
    seconds(signed_at(request)) - seconds(now())
}

#[tokio::test]
async fn a_role_is_asked_for_with_a_signature() {
    for session_token in [None, Some(SOURCE_TOKEN)] {
        let server = Server::answers(&[ok(&document("AssumeRole"))]).await;
        let by = Provider::Static(StaticProvider::new(keys(session_token)));
        let endpoint = sts(&server.origin, PATIENT);
        let mut provider = AssumeRoleProvider::new(role(), by, endpoint, None);
        let identity = provider.fetch().await.unwrap();
        check(&identity);
        let by = Box::new(Source::Environment);
        assert_eq!(*identity.source(), Source::AssumedRole { role_arn: ROLE.to_owned(), by });
        let request = server.request(0);
        verify(&request, session_token, now()).unwrap();
        let mut sent = form(&request);
        let name = sent.remove("RoleSessionName").unwrap();
        assert!(name.strip_prefix("rolesig-").unwrap().parse::<u64>().is_ok(), "{name}");
        let expected = [("Action", "AssumeRole"), ("Version", "2011-06-15"), ("RoleArn", ROLE)];
        assert_eq!(sent, fields(&expected));
        // The verifier does notice.
        let other = request.replace("my-role", "no-role");
        assert_eq!(verify(&other, session_token, now()), Err(VerifyError::SignatureDoesNotMatch));
    }
}

#[tokio::test]
async fn every_setting_has_its_field() {
    let server = Server::answers(&[ok(&document("AssumeRole"))]).await;
    let asked = Arc::new(Mutex::new(Vec::new()));
    let serials = Arc::clone(&asked);
    let ask: AskTokenCode = Arc::new(move |serial| {
        serials.lock().unwrap().push(serial.to_owned());
        Ok(Zeroizing::new(format!("{CODE}\n")))
    });
    let policy = r#"{"Version": "2012-10-17", "Statement": [{"Sid": "a+b&c=d%é"}]}"#;
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let role = RoleToAssume {
        role_arn: ROLE.to_owned(),
        role_session_name: Some("me@example.com".to_owned()),
        duration_seconds: Some(43_200),
        external_id: Some("id:/1".to_owned()),
        mfa_serial: Some("arn:aws:iam::111122223333:mfa/me".to_owned()),
        policy: Some(policy.to_owned()),
        policy_arns: texts(&["arn:aws:iam::aws:policy/A", "arn:aws:iam::aws:policy/B"]),
        tags: vec![("team".to_owned(), "a b".to_owned()), ("cost".to_owned(), String::new())],
        transitive_tag_keys: texts(&["team"]),
        source_identity: Some("me".to_owned()),
    };
    let endpoint = sts(&server.origin, PATIENT);
    let mut provider = AssumeRoleProvider::new(role, of_keys(), endpoint, Some(ask));
    check(&provider.fetch().await.unwrap());
    let request = server.request(0);
    verify(&request, Some(SOURCE_TOKEN), now()).unwrap();
    let expected = [
        ("Action", "AssumeRole"),
        ("Version", "2011-06-15"),
        ("RoleArn", ROLE),
        ("RoleSessionName", "me@example.com"),
        ("DurationSeconds", "43200"),
        ("ExternalId", "id:/1"),
        ("SerialNumber", "arn:aws:iam::111122223333:mfa/me"),
        ("TokenCode", CODE),
        ("Policy", policy),
        ("PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/A"),
        ("PolicyArns.member.2.arn", "arn:aws:iam::aws:policy/B"),
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "a b"),
        ("Tags.member.2.Key", "cost"),
        ("Tags.member.2.Value", ""),
        ("TransitiveTagKeys.member.1", "team"),
        ("SourceIdentity", "me"),
    ];
    assert_eq!(form(&request), fields(&expected));
    assert_eq!(*asked.lock().unwrap(), ["arn:aws:iam::111122223333:mfa/me"]);
}

#[tokio::test]
async fn a_code_is_asked_for_and_no_task_waits_for_it() {
    let server = Server::answers(&[ok(&document("AssumeRole"))]).await;
    let role = || RoleToAssume { mfa_serial: Some("serial-number".to_owned()), ..role() };
    let mut alone = AssumeRoleProvider::new(role(), of_keys(), sts(&server.origin, PATIENT), None);
    let error = failure(&mut alone).await.to_string();
    assert!(error.contains("and there is no one to ask: run this on a terminal"), "{error}");
    for (given, expected) in [
        (Err(io::Error::other("nobody is there")), "MFA device: nobody is there"),
        (Ok("12345"), "and a code of 6 digits"),
        (Ok(""), "and a code of 6 digits"),
    ] {
        let given = Mutex::new(Some(given));
        let ask: AskTokenCode = Arc::new(move |_| {
            let given = given.lock().unwrap().take().unwrap();
            given.map(|code| Zeroizing::new(code.to_owned()))
        });
        let endpoint = sts(&server.origin, PATIENT);
        let mut provider = AssumeRoleProvider::new(role(), of_keys(), endpoint, Some(ask));
        let error = failure(&mut provider).await.to_string();
        assert!(error.contains(expected), "{error}");
    }
    assert_eq!(server.count(), 0);
    // A person takes time, and the only thread of this runtime has other things to do: here, to
    // tell the code.
    let (tell, told) = std::sync::mpsc::channel();
    let told = Mutex::new(told);
    let ask: AskTokenCode = Arc::new(move |_| {
        told.lock().unwrap().recv_timeout(BOUND).map(Zeroizing::new).map_err(io::Error::other)
    });
    let mut asks =
        AssumeRoleProvider::new(role(), of_keys(), sts(&server.origin, PATIENT), Some(ask));
    let (fetched, ()) = tokio::join!(asks.fetch(), async {
        sleep(Duration::from_millis(10)).await;
        tell.send(CODE.to_owned()).unwrap();
    });
    check(&fetched.unwrap());
}

#[tokio::test]
async fn a_role_of_a_role_lasts_an_hour_at_most() {
    let by = Server::answers(&[ok(
        r#"{"AccessKeyId": "AKIDEXAMPLE", "SecretAccessKey": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "Token": "source+session/token==", "Expiration": "2035-08-30T18:36:00Z"}"#,
    )])
    .await;
    let server = Server::answers(&[ok(&document("AssumeRole"))]).await;
    for (asked, sent) in [(None, None), (Some(900), Some("900")), (Some(43_200), Some("3600"))] {
        let role = RoleToAssume { duration_seconds: asked, ..role() };
        let endpoint = sts(&server.origin, PATIENT);
        let mut provider = AssumeRoleProvider::new(role, container(&by.origin), endpoint, None);
        for _ in 0..2 {
            check(&provider.fetch().await.unwrap());
            let request = server.requests().pop().unwrap();
            verify(&request, Some(SOURCE_TOKEN), now()).unwrap();
            assert_eq!(form(&request).get("DurationSeconds").map(String::as_str), sent);
        }
    }
}

fn container(origin: &Origin) -> Provider {
    let uri = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", origin.to_string());
    let environment: Environment = [uri].into_iter().collect();
    let container = ContainerProvider::of(&environment).unwrap();
    Provider::Container(container.with_timeouts(PATIENT))
}

#[tokio::test]
async fn the_error_of_the_source_is_shown() {
    let by = Server::answers(&[answer(404, "no such task")]).await;
    let server = Server::answers(&[ok(&document("AssumeRole"))]).await;
    let endpoint = sts(&server.origin, PATIENT);
    let mut provider = AssumeRoleProvider::new(role(), container(&by.origin), endpoint, None);
    let error = failure(&mut provider).await;
    let ProviderFailure::Source { source, .. } = &error else { panic!("{error:?}") };
    assert!(matches!(**source, ProviderFailure::Container(_)), "{error:?}");
    let refused = format!("{}: refused: no such task", by.origin);
    assert!(error.to_string().ends_with(&refused), "{error}");
    assert_eq!(server.count(), 0);
    // A role of a role: that of the first is shown too.
    let denied = refusal("AccessDenied", "not authorized to perform: sts:AssumeRole");
    let first = Server::answers(&[answer(403, &denied)]).await;
    let first = Provider::AssumeRole(Box::new(assume(&first.origin, PATIENT)));
    let endpoint = sts(&server.origin, PATIENT);
    let mut provider = AssumeRoleProvider::new(role(), first, endpoint, None);
    let expected = "refused: AccessDenied: not authorized to perform: sts:AssumeRole";
    let shown = failure(&mut provider).await.to_string();
    assert!(shown.ends_with(expected), "{shown}");
}

#[tokio::test]
async fn a_web_identity_is_not_signed() {
    let server = Server::answers(&[ok(&document("AssumeRoleWithWebIdentity"))]).await;
    for content in [WEB_TOKEN.to_owned(), format!("{WEB_TOKEN}\n"), format!(" {WEB_TOKEN} \r\n")] {
        let file = token_file(content.as_bytes());
        let mut provider = web_identity(&server.origin, file.path(), PATIENT);
        let identity = provider.fetch().await.unwrap();
        check(&identity);
        assert_eq!(*identity.source(), Source::WebIdentity { role_arn: ROLE.to_owned() });
        check_shown(&format!("{provider:?}"));
        let request = server.requests().pop().unwrap();
        assert_eq!(header(&request, "authorization"), None);
        assert_eq!(header(&request, "x-amz-security-token"), None);
        let expected = [
            ("Action", "AssumeRoleWithWebIdentity"),
            ("Version", "2011-06-15"),
            ("RoleArn", ROLE),
            ("RoleSessionName", "session"),
            ("WebIdentityToken", WEB_TOKEN),
        ];
        assert_eq!(form(&request), fields(&expected));
    }
    let file = token_file(WEB_TOKEN.as_bytes());
    let identity = WebIdentity {
        role_arn: ROLE.to_owned(),
        role_session_name: None,
        token_file: file.path().to_owned(),
        duration_seconds: Some(900),
        provider_id: Some("www.amazon.com".to_owned()),
    };
    let mut provider = WebIdentityProvider::new(identity, sts(&server.origin, PATIENT));
    check(&provider.fetch().await.unwrap());
    let mut sent = form(&server.requests().pop().unwrap());
    assert!(sent.remove("RoleSessionName").unwrap().starts_with("rolesig-"));
    let expected = [
        ("Action", "AssumeRoleWithWebIdentity"),
        ("Version", "2011-06-15"),
        ("RoleArn", ROLE),
        ("WebIdentityToken", WEB_TOKEN),
        ("ProviderId", "www.amazon.com"),
        ("DurationSeconds", "900"),
    ];
    assert_eq!(sent, fields(&expected));
}

#[tokio::test]
async fn token_files() {
    let server = Server::answers(&[ok(&document("AssumeRoleWithWebIdentity"))]).await;
    let huge = vec![b'x'; 65 * 1024];
    for (content, expected) in [
        (&b""[..], "is empty: whoever mounts it has to fill it"),
        (b" \r\n", "is empty: whoever mounts it has to fill it"),
        (b"a\nb", "the web identity token is empty or has white space within: read the whole"),
        (b"\xff\xfe", "invalid UTF-8"),
        (&huge, "longer than 65536 bytes: check that it is mounted"),
    ] {
        let file = token_file(content);
        let mut provider = web_identity(&server.origin, file.path(), PATIENT);
        let error = failure(&mut provider).await;
        assert!(!WebIdentityProvider::is_final(&error));
        assert!(error.to_string().contains(expected), "{error}");
    }
    let directory = tempfile::tempdir().unwrap();
    let absent = directory.path().join("token");
    let error = failure(&mut web_identity(&server.origin, &absent, PATIENT)).await.to_string();
    assert!(error.contains(absent.to_str().unwrap()) && error.contains("No such file"), "{error}");
    assert_eq!(server.count(), 0);
}

#[tokio::test]
async fn a_token_file_is_read_anew_at_each_attempt() {
    let file = token_file(b"first");
    let path = file.path().to_owned();
    let server = Server::new(move |number, _, mut stream| {
        let next = path.with_extension("next");
        std::fs::write(&next, format!("token-{number}\n")).unwrap();
        std::fs::rename(&next, &path).unwrap();
        async move {
            let given = match number {
                0 => answer(400, &refusal("IDPCommunicationError", "try again")),
                1 => answer(503, ""),
                _ => ok(&document("AssumeRoleWithWebIdentity")),
            };
            let _ = stream.write_all(given.as_bytes()).await;
        }
    })
    .await;
    check(&web_identity(&server.origin, file.path(), PATIENT).fetch().await.unwrap());
    let sent = server.requests();
    let sent: Vec<_> = sent.iter().map(|sent| form(sent)["WebIdentityToken"].clone()).collect();
    assert_eq!(sent, ["first", "token-0", "token-1"]);
}

#[tokio::test]
async fn the_caller_says_who_it_is() {
    let document = "<GetCallerIdentityResponse><GetCallerIdentityResult>\
        <Arn>arn:aws:iam::111122223333:user/me</Arn><UserId>AIDA</UserId>\
        <Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
    let server = Server::answers(&[answer(503, ""), ok(document)]).await;
    let identity = keys(Some(SOURCE_TOKEN));
    let caller = Caller::of(&identity, &sts(&server.origin, PATIENT)).await.unwrap();
    let arn = "arn:aws:iam::111122223333:user/me".to_owned();
    let (account_id, user_id) = ("111122223333".to_owned(), "AIDA".to_owned());
    assert_eq!(caller, Caller { account_id, arn, user_id });
    assert_eq!(server.count(), 2);
    let request = server.request(1);
    verify(&request, Some(SOURCE_TOKEN), now()).unwrap();
    let expected = [("Action", "GetCallerIdentity"), ("Version", "2011-06-15")];
    assert_eq!(form(&request), fields(&expected));
    let missing = document.replace("<Account>111122223333</Account>", "<Account/>");
    for (given, expected) in [
        (ok(&missing), "the field Account is missing"),
        (answer(403, &refusal("InvalidClientTokenId", "no")), "refused: InvalidClientTokenId: no"),
        (answer(403, &refusal("ExpiredToken", "gone")), "refused: ExpiredToken: gone"),
    ] {
        let server = Server::answers(&[given]).await;
        let error = Caller::of(&identity, &sts(&server.origin, PATIENT)).await.unwrap_err();
        check_shown(&format!("{error} {error:?}"));
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!(server.count(), 1);
    }
}

#[tokio::test]
async fn a_bad_moment_passes() {
    let good = ok(&document("AssumeRole"));
    let file = token_file(WEB_TOKEN.as_bytes());
    for bad in [
        answer(500, &refusal("InternalFailure", "")),
        answer(502, "<html>"),
        answer(503, &refusal("ServiceUnavailable", "")),
        answer(429, ""),
        answer(400, &refusal("Throttling", "Rate exceeded")),
        answer(400, &refusal("ThrottlingException", "Rate exceeded")),
        answer(400, &refusal("IDPCommunicationError", "")),
        ok(""),
        ok("\n"),
        ok(&document("AssumeRole")[..300]),
        ok("{}"),
        good.replace("Content-Length: ", "Content-Length: 9"),
        "garbage".to_owned(),
        String::new(),
    ] {
        let server = Server::answers(&[bad.clone(), good.clone()]).await;
        let fetched = assume(&server.origin, PATIENT).fetch().await;
        check(&fetched.unwrap_or_else(|error| panic!("{bad}: {error}")));
        assert_eq!(server.count(), 2, "{bad}");
        verify(&server.request(1), Some(SOURCE_TOKEN), now()).unwrap();
        let server = Server::answers(&[bad.clone(), good.clone()]).await;
        let fetched = web_identity(&server.origin, file.path(), PATIENT).fetch().await;
        check(&fetched.unwrap_or_else(|error| panic!("{bad}: {error}")));
        assert_eq!(server.count(), 2, "{bad}");
    }
    let server = Server::resets(2, good).await;
    check(&assume(&server.origin, PATIENT).fetch().await.unwrap());
    assert_eq!(server.count(), 3);
}

#[tokio::test]
async fn a_bad_time_ends() {
    let file = token_file(WEB_TOKEN.as_bytes());
    let elsewhere = with_headers(302, "Location: http://127.0.0.1:1/\r\n", "");
    let wrong = |from: &str, to: &str| ok(&document("AssumeRole").replace(from, to));
    for (bad, expected, asked) in [
        (answer(500, ""), "asked for the credentials of the role, got status 500: try again", 3),
        (answer(429, ""), "asked for the credentials of the role, got status 429: try again", 3),
        (answer(400, &refusal("Throttling", "Rate exceeded")), "refused: Throttling: Rate ex", 3),
        (ok(""), "the credentials of the role: empty: check the endpoint, and that no proxy", 3),
        (String::new(), "not an HTTP answer, or cut off (", 3),
        (
            answer(403, &refusal("AccessDenied", "not &lt;you&gt;")),
            "refused: AccessDenied: not <you>",
            1,
        ),
        (
            answer(403, &refusal("ExpiredTokenException", "x")),
            "refused: ExpiredTokenException: x",
            1,
        ),
        (
            answer(
                400,
                &refusal(
                    "InvalidIdentityToken",
                    "No OpenIDConnect provider found in your \
            account for https://a",
                ),
            ),
            "refused: InvalidIdentityToken: No OpenIDConnect provider",
            1,
        ),
        (
            answer(403, "<html><body>proxy</body></html>"),
            "asked for the credentials of the role, \
            got status 403: check the endpoint, and that no proxy answers for it",
            1,
        ),
        (answer(403, ""), "asked for the credentials of the role, got status 403: check", 1),
        (
            answer(403, "<Error><Co"),
            "asked for the credentials of the role, got status 403: check",
            1,
        ),
        (
            ok("<html><body>log in</body></html>"),
            "the credentials of the role: the field \
            AccessKeyId is missing: check the endpoint, and that no proxy answers for it",
            1,
        ),
        (elsewhere, "asked for the credentials of the role, got status 302: check the endpoint", 1),
        (
            wrong("2035-08-30T18:36:00Z", "7"),
            "the credentials of the role: the field Expiration",
            1,
        ),
        (
            wrong("the-session-token", "<a>t</a>"),
            "the credentials of the role: not XML, or cut off: check",
            3,
        ),
        (
            wrong("the-session-token", "t\nx-amz-acl: public-read"),
            "the credentials of the role: ",
            1,
        ),
    ] {
        let server = Server::answers(core::slice::from_ref(&bad)).await;
        let message_of_role = message(&mut assume(&server.origin, PATIENT)).await;
        assert!(message_of_role.starts_with(expected), "{message_of_role}");
        assert_eq!(server.count(), asked, "{message_of_role}");
        let server = Server::answers(&[bad]).await;
        let mut provider = web_identity(&server.origin, file.path(), PATIENT);
        // A refusal goes on to say which token it was.
        let shown = message(&mut provider).await;
        assert!(shown.starts_with(&message_of_role), "{shown}");
        assert_eq!(server.count(), asked, "{message_of_role}");
    }
}

#[tokio::test]
async fn secrets_that_are_repeated_are_not_shown() {
    // As AWS's services explain it.
    let explained = format!(
        "The request signature we calculated does not match the signature you provided.\n\n\
         The Canonical String for this request should have been\n'POST\n/\n\nhost:sts\n\
         x-amz-security-token:{SOURCE_TOKEN}\n\nhost;x-amz-security-token\nabc'"
    );
    let server =
        Server::answers(&[answer(403, &refusal("SignatureDoesNotMatch", &explained))]).await;
    let shown = message(&mut assume(&server.origin, PATIENT)).await;
    assert!(shown.contains("x-amz-security-token:(secret)"), "{shown}");
    let identity = keys(Some(SOURCE_TOKEN));
    let error = Caller::of(&identity, &sts(&server.origin, PATIENT)).await.unwrap_err();
    check_shown(&format!("{error} {error:?}"));
    let file = token_file(format!("{WEB_TOKEN}\n").as_bytes());
    let told = refusal("InvalidIdentityToken", &format!("cannot parse {WEB_TOKEN}"));
    let server = Server::answers(&[answer(400, &told)]).await;
    let mut provider = web_identity(&server.origin, file.path(), PATIENT);
    let shown = message(&mut provider).await;
    assert!(shown.starts_with("refused: InvalidIdentityToken: cannot parse (secret): "), "{shown}");
    let told = refusal("AccessDenied", "MultiFactorAuthentication failed with 123456");
    let server = Server::answers(&[answer(403, &told)]).await;
    let role = RoleToAssume { mfa_serial: Some("serial-number".to_owned()), ..role() };
    let ask: AskTokenCode = Arc::new(|_| Ok(Zeroizing::new(CODE.to_owned())));
    let endpoint = sts(&server.origin, PATIENT);
    let mut provider = AssumeRoleProvider::new(role, of_keys(), endpoint, Some(ask));
    let shown = message(&mut provider).await;
    assert_eq!(shown, "refused: AccessDenied: MultiFactorAuthentication failed with (secret)");
}

#[tokio::test]
async fn what_hangs_or_drips_is_given_up() {
    let file = token_file(WEB_TOKEN.as_bytes());
    let hangs = Server::hangs().await;
    let expected = "connected, but there was no answer for 1000 ms: check the network";
    let message_of_role = message(&mut assume(&hangs.origin, IMPATIENT)).await;
    assert!(message_of_role.starts_with(expected), "{message_of_role}");
    assert_eq!(hangs.count(), 2);
    let mut provider = web_identity(&hangs.origin, file.path(), IMPATIENT);
    assert!(message(&mut provider).await.starts_with(expected));
    let drips = Server::drips().await;
    let expected = "gave up after 3000 ms: check the network, and try again";
    assert_eq!(message(&mut assume(&drips.origin, IMPATIENT)).await, expected);
    let mut provider = web_identity(&drips.origin, file.path(), IMPATIENT);
    assert_eq!(message(&mut provider).await, expected);
}

#[tokio::test]
async fn an_endless_document_is_not_read() {
    let floods = Server::floods().await;
    let message = message(&mut assume(&floods.origin, PATIENT)).await;
    assert!(message.starts_with("the answer is longer than 65536 bytes: "), "{message}");
    assert_eq!(floods.count(), 1);
}

#[tokio::test]
async fn nothing_listens() {
    let error = failure(&mut assume(&Server::absent().await, PATIENT)).await.to_string();
    assert!(error.contains("no connection (") && error.contains("refused"), "{error}");
    assert!(error.contains("check the network"), "{error}");
}

#[tokio::test]
async fn every_cut_of_the_answer_ends_well() {
    let whole = ok(&document("AssumeRole"));
    let mut cuts = tokio::task::JoinSet::new();
    for cut in 0..whole.len() {
        if cuts.len() == AT_ONCE {
            cuts.join_next().await.unwrap().unwrap();
        }
        let given = [whole[..cut].to_owned(), whole.clone()];
        cuts.spawn(async move {
            let server = Server::answers(&given).await;
            let fetched = assume(&server.origin, PATIENT).fetch().await;
            check(&fetched.unwrap_or_else(|error| panic!("cut {cut}: {error}")));
        });
    }
    while let Some(cut) = cuts.join_next().await {
        cut.unwrap();
    }
}

/// A server with a clock of its own, that takes only what was signed within 5 minutes of it, with
/// the right secret or with none that it knows.
async fn clock(ahead: Arc<Mutex<i64>>, code: &'static str, knows: bool) -> Server {
    Server::new(move |_, request, mut stream| {
        let ahead = *ahead.lock().unwrap();
        let at = ClockSkew::from_seconds(ahead).apply(now());
        let off = at.as_unix().abs_diff(signed_at(&request).as_unix());
        let is_good = knows && off < 300 && verify(&request, Some(SOURCE_TOKEN), at).is_ok();
        let given = if is_good {
            with_headers(200, &date(ahead), &document("AssumeRole"))
        } else {
            with_headers(403, &date(ahead), &refusal(code, "Signature expired"))
        };
        async move {
            let _ = stream.write_all(given.as_bytes()).await;
        }
    })
    .await
}

#[tokio::test]
async fn a_clock_that_is_off_is_corrected_once_and_remembered() {
    for code in ["RequestTimeTooSkewed", "SignatureDoesNotMatch"] {
        for off in [600, -600, 100_000_000] {
            let server = clock(Arc::new(Mutex::new(off)), code, true).await;
            let mut provider = assume(&server.origin, PATIENT);
            check(&provider.fetch().await.unwrap());
            assert_eq!(server.count(), 2);
            assert!(ahead(&server.request(0)).abs() < 60);
            assert!((ahead(&server.request(1)) - off).abs() < 60);
            // The next time it is known.
            check(&provider.fetch().await.unwrap());
            assert_eq!(server.count(), 3);
            let mut caller = assume(&server.origin, PATIENT);
            check(&caller.fetch().await.unwrap());
        }
    }
}

#[tokio::test]
async fn a_clock_that_is_set_is_noticed() {
    let off = Arc::new(Mutex::new(600));
    let server = clock(Arc::clone(&off), "SignatureDoesNotMatch", true).await;
    let mut provider = assume(&server.origin, PATIENT);
    check(&provider.fetch().await.unwrap());
    for (now, asked) in [(0, 4), (-4000, 6), (-4030, 7), (0, 9)] {
        *off.lock().unwrap() = now;
        check(&provider.fetch().await.unwrap());
        assert_eq!(server.count(), asked, "{now}");
    }
}

#[tokio::test]
async fn a_clock_is_no_reason_to_go_on() {
    // Wrong for another reason than the time: the second signature is the last.
    let server = clock(Arc::new(Mutex::new(600)), "SignatureDoesNotMatch", false).await;
    let mut provider = assume(&server.origin, PATIENT);
    assert!(message(&mut provider).await.starts_with("refused: SignatureDoesNotMatch: "));
    assert_eq!(server.count(), 2);
    // It is known by then how far the clock is off.
    assert!(message(&mut provider).await.starts_with("refused: SignatureDoesNotMatch: "));
    assert_eq!(server.count(), 3);
    for (headers, code) in [
        (date(0), "RequestTimeTooSkewed"),
        (date(600), "AccessDenied"),
        (String::new(), "RequestTimeTooSkewed"),
        ("Date: yesterday\r\n".to_owned(), "RequestTimeTooSkewed"),
        (format!("{}Age: 7\r\n", date(600)), "RequestTimeTooSkewed"),
    ] {
        let server = Server::answers(&[with_headers(403, &headers, &refusal(code, "no"))]).await;
        let mut provider = assume(&server.origin, PATIENT);
        assert_eq!(message(&mut provider).await, format!("refused: {code}: no"));
        assert_eq!(server.count(), 1, "{headers}{code}");
    }
}

#[tokio::test]
async fn what_sts_would_refuse_is_not_sent() {
    let server = Server::answers(&[ok(&document("AssumeRole"))]).await;
    for (role, expected) in [
        (RoleToAssume { role_arn: String::new(), ..role() }, "the ARN of the role is empty"),
        (
            RoleToAssume { role_session_name: Some("a b".to_owned()), ..role() },
            "the role session's name must be",
        ),
        (RoleToAssume { external_id: Some("<>".to_owned()), ..role() }, "the external id must be"),
        (RoleToAssume { duration_seconds: Some(60), ..role() }, "the session must last 900 s"),
    ] {
        let endpoint = sts(&server.origin, PATIENT);
        let mut provider = AssumeRoleProvider::new(role, of_keys(), endpoint, None);
        let error = failure(&mut provider).await;
        assert!(matches!(error, ProviderFailure::Sts(StsError::Call(_))), "{error:?}");
        assert!(error.to_string().starts_with(expected), "{error}");
    }
    assert_eq!(server.count(), 0);
}
