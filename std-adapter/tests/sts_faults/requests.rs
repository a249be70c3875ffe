//! The requests and their hosts.

use std::sync::{Arc, Mutex};

use rolesig::VerifyError;
use rolesig_std::config::Origin;
use rolesig_std::provider::{
    AskTokenCode, AssumeRoleError, AssumeRoleProvider, Caller, ContainerProvider, Provider,
    ProviderError, RoleToAssume, StaticProvider, StsError, WebIdentity, WebIdentityProvider,
};
use rolesig_std::{Clock, Environment, ProvideCredentials, Source};
use tokio::io::AsyncWriteExt;
use zeroize::Zeroizing;

use crate::desk::{
    CODE, ROLE, SOURCE_TOKEN, WEB_TOKEN, assume, check, check_shown, document, failure, fields,
    form, keys, of_keys, refusal, role, sts, token_file, verify, web_identity,
};
use crate::scripted::{PATIENT, Server, header, ok, response};

#[tokio::test]
async fn signs_the_request_for_a_role() {
    for session_token in [None, Some(SOURCE_TOKEN)] {
        let server = Server::answers(&[ok(&document("AssumeRole"))]).await;
        let by = Provider::Static(StaticProvider::new(keys(session_token)));
        let endpoint = sts(&server.origin, PATIENT);
        let mut provider = AssumeRoleProvider::new(role(), by, endpoint, None);
        let identity = provider.fetch(Clock::SYSTEM).await.unwrap();
        check(&identity);
        let by = Box::new(Source::Environment);
        assert_eq!(*identity.source(), Source::AssumedRole { role_arn: ROLE.to_owned(), by });
        let request = server.request(0);
        verify(&request, session_token, Clock::SYSTEM.now()).unwrap();
        let mut sent = form(&request);
        let name = sent.remove("RoleSessionName").unwrap();
        assert!(name.strip_prefix("rolesig-").unwrap().parse::<u64>().is_ok(), "{name}");
        let expected = [("Action", "AssumeRole"), ("Version", "2011-06-15"), ("RoleArn", ROLE)];
        assert_eq!(sent, fields(&expected));
        // The verifier does notice.
        let other = request.replace("my-role", "no-role");
        assert_eq!(
            verify(&other, session_token, Clock::SYSTEM.now()),
            Err(VerifyError::SignatureDoesNotMatch)
        );
    }
}

#[tokio::test]
async fn signs_over_the_path_of_the_endpoint() {
    let server = Server::answers(&[ok(&document("AssumeRole"))]).await;
    let mut endpoint = sts(&server.origin, PATIENT);
    endpoint.url = format!("{}/sts", server.origin).parse().unwrap();
    let mut provider = AssumeRoleProvider::new(role(), of_keys(), endpoint, None);
    check(&provider.fetch(Clock::SYSTEM).await.unwrap());
    let request = server.request(0);
    assert!(request.starts_with("POST /sts HTTP/1.1\r\n"), "{request}");
    verify(&request, Some(SOURCE_TOKEN), Clock::SYSTEM.now()).unwrap();
}

#[tokio::test]
async fn sends_every_setting_in_its_field() {
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
    check(&provider.fetch(Clock::SYSTEM).await.unwrap());
    let request = server.request(0);
    verify(&request, Some(SOURCE_TOKEN), Clock::SYSTEM.now()).unwrap();
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
async fn limits_a_chained_role_to_an_hour() {
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
            check(&provider.fetch(Clock::SYSTEM).await.unwrap());
            let request = server.requests().pop().unwrap();
            verify(&request, Some(SOURCE_TOKEN), Clock::SYSTEM.now()).unwrap();
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
async fn shows_the_error_of_the_source() {
    let by = Server::answers(&[response(404, "no such task")]).await;
    let server = Server::answers(&[ok(&document("AssumeRole"))]).await;
    let endpoint = sts(&server.origin, PATIENT);
    let mut provider = AssumeRoleProvider::new(role(), container(&by.origin), endpoint, None);
    let error = failure(&mut provider).await;
    let AssumeRoleError::Source { source, .. } = &error else { panic!("{error:?}") };
    assert!(matches!(source, ProviderError::Container(_)), "{error:?}");
    let refused = format!("{}: refused: no such task", by.origin);
    assert!(error.to_string().ends_with(&refused), "{error}");
    assert_eq!(server.count(), 0);
    // A role of a role: that of the first is shown too.
    let denied = refusal("AccessDenied", "not authorized to perform: sts:AssumeRole");
    let first = Server::answers(&[response(403, &denied)]).await;
    let first = Provider::AssumeRole(Box::new(assume(&first.origin, PATIENT)));
    let endpoint = sts(&server.origin, PATIENT);
    let mut provider = AssumeRoleProvider::new(role(), first, endpoint, None);
    let expected = "refused: AccessDenied: not authorized to perform: sts:AssumeRole";
    let shown = failure(&mut provider).await.to_string();
    assert!(shown.ends_with(expected), "{shown}");
}

#[tokio::test]
async fn does_not_sign_a_web_identity_call() {
    let server = Server::answers(&[ok(&document("AssumeRoleWithWebIdentity"))]).await;
    for content in [WEB_TOKEN.to_owned(), format!("{WEB_TOKEN}\n"), format!(" {WEB_TOKEN} \r\n")] {
        let file = token_file(content.as_bytes());
        let mut provider = web_identity(&server.origin, file.path(), PATIENT);
        let identity = provider.fetch(Clock::SYSTEM).await.unwrap();
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
    check(&provider.fetch(Clock::SYSTEM).await.unwrap());
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
async fn refuses_unusable_token_files() {
    let server = Server::answers(&[ok(&document("AssumeRoleWithWebIdentity"))]).await;
    let huge = vec![b'x'; 65 * 1024];
    for (content, expected) in [
        (&b""[..], "is empty: check the service that mounts it"),
        (b" \r\n", "is empty: check the service that mounts it"),
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
async fn reads_the_token_file_at_each_attempt() {
    let file = token_file(b"first");
    let path = file.path().to_owned();
    let server = Server::new(move |number, _, mut stream| {
        let next = path.with_extension("next");
        std::fs::write(&next, format!("token-{number}\n")).unwrap();
        std::fs::rename(&next, &path).unwrap();
        async move {
            let given = match number {
                0 => response(400, &refusal("IDPCommunicationError", "try again")),
                1 => response(503, ""),
                _ => ok(&document("AssumeRoleWithWebIdentity")),
            };
            let _ = stream.write_all(given.as_bytes()).await;
        }
    })
    .await;
    check(&web_identity(&server.origin, file.path(), PATIENT).fetch(Clock::SYSTEM).await.unwrap());
    let sent = server.requests();
    let sent: Vec<_> = sent.iter().map(|sent| form(sent)["WebIdentityToken"].clone()).collect();
    assert_eq!(sent, ["first", "token-0", "token-1"]);
}

#[tokio::test]
async fn returns_the_callers_identity() {
    let document = "<GetCallerIdentityResponse><GetCallerIdentityResult>\
        <Arn>arn:aws:iam::111122223333:user/me</Arn><UserId>AIDA</UserId>\
        <Account>111122223333</Account></GetCallerIdentityResult></GetCallerIdentityResponse>";
    let server = Server::answers(&[response(503, ""), ok(document)]).await;
    let identity = keys(Some(SOURCE_TOKEN));
    let caller = Caller::of(&identity, &sts(&server.origin, PATIENT), Clock::SYSTEM).await.unwrap();
    assert_eq!(caller.arn, "arn:aws:iam::111122223333:user/me");
    assert_eq!((&*caller.account_id, &*caller.user_id), ("111122223333", "AIDA"));
    assert_eq!(server.count(), 2);
    let request = server.request(1);
    verify(&request, Some(SOURCE_TOKEN), Clock::SYSTEM.now()).unwrap();
    let expected = [("Action", "GetCallerIdentity"), ("Version", "2011-06-15")];
    assert_eq!(form(&request), fields(&expected));
    let missing = document.replace("<Account>111122223333</Account>", "<Account/>");
    for (given, expected) in [
        (ok(&missing), "the field Account is missing"),
        (
            response(403, &refusal("InvalidClientTokenId", "no")),
            "refused: InvalidClientTokenId: no",
        ),
        (response(403, &refusal("ExpiredToken", "gone")), "refused: ExpiredToken: gone"),
    ] {
        let server = Server::answers(&[given]).await;
        let error =
            Caller::of(&identity, &sts(&server.origin, PATIENT), Clock::SYSTEM).await.unwrap_err();
        check_shown(&format!("{error} {error:?}"));
        assert!(error.to_string().contains(expected), "{error}");
        assert_eq!(server.count(), 1);
    }
}

#[tokio::test]
async fn sends_nothing_that_sts_would_refuse() {
    let server = Server::answers(&[ok(&document("AssumeRole"))]).await;
    for (role, expected) in [
        (RoleToAssume { role_arn: String::new(), ..role() }, "the ARN of the role is empty"),
        (
            RoleToAssume { role_session_name: Some("a b".to_owned()), ..role() },
            "the role session's name must be",
        ),
        (RoleToAssume { external_id: Some("<>".to_owned()), ..role() }, "the external id must be"),
        (RoleToAssume { duration_seconds: Some(0), ..role() }, "the session must last longer"),
    ] {
        let endpoint = sts(&server.origin, PATIENT);
        let mut provider = AssumeRoleProvider::new(role, of_keys(), endpoint, None);
        let error = failure(&mut provider).await;
        assert!(matches!(error, AssumeRoleError::Sts(StsError::Call(_))), "{error:?}");
        assert!(error.to_string().starts_with(expected), "{error}");
    }
    assert_eq!(server.count(), 0);
}
