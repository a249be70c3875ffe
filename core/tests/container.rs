//! A container's credential endpoint: which hosts it may be at, and the conversation with it,
//! without a network.

#![cfg(test)]
#![cfg(feature = "provider")]

use core::net::IpAddr;

use proptest::prelude::*;
use rolesig::provider::{
    Container, ContainerUri, Conversation, InvalidAuthorizationToken, InvalidContainerUri,
    ProviderError,
};

/// As the agent of ECS writes it.
const ECS_DOCUMENT: &str = r#"{"RoleArn":"arn:aws:iam::111122223333:role/my-task-role","AccessKeyId":"ASIAIOSFODNN7EXAMPLE","SecretAccessKey":"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY","Token":"IQoJb3JpZ2luX2VjEXAMPLE//////////wEaCXVzLWVhc3QtMSJGMEQC==","Expiration":"2015-08-30T18:36:00Z"}"#;

/// As the agent of EKS Pod Identity writes it.
const EKS_DOCUMENT: &str = r#"{"AccessKeyId":"ASIAIOSFODNN7EXAMPLE","SecretAccessKey":"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY","Token":"IQoJb3JpZ2luX2VjEXAMPLE","AccountId":"111122223333","Expiration":"2015-08-30T18:36:00Z"}
"#;

const EKS_TOKEN: &str = "eyJhbGciOiJSUzI1NiIsImtpZCI6IjEifQ.eyJhdWQiOlsicG9kcyJdfQ.c2lnbmF0dXJl";

fn ecs() -> Container<'static> {
    Container::new(ContainerUri::relative("/v2/credentials/0f0e").unwrap())
}

fn eks() -> Container<'static> {
    let uri = ContainerUri::full("http://169.254.170.23/v1/credentials").unwrap();
    Container::authorized(uri, EKS_TOKEN).unwrap()
}

/// `METHOD target name:value,…` of the next request.
fn next(container: &Container<'_>) -> Option<String> {
    let exchange = container.request()?;
    let headers: Vec<_> =
        exchange.headers().map(|(name, value)| format!("{name}:{value}")).collect();
    Some(format!("{} {} {}", exchange.method(), exchange.target(), headers.join(",")))
}

/// What the endpoint's answer comes to: the secret, or an error.
fn answered(status: u16, body: &str) -> Result<String, String> {
    let mut container = ecs();
    container.response(status, body.as_bytes()).map_err(|error| error.to_string())?;
    let mut body = body.as_bytes().to_vec();
    let provided = container.outcome(&mut body).map_err(|error| error.to_string())?;
    Ok(provided.credentials.secret_access_key.to_owned())
}

/// Scheme, host, port and target of a URI.
fn parts(uri: ContainerUri<'_>) -> (bool, String, u16, String) {
    let container = Container::new(uri);
    let target = container.request().unwrap().target().to_string();
    (uri.is_https(), uri.host().to_owned(), uri.port(), target)
}

#[test]
fn a_conversation_with_ecs() {
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
    assert_eq!(container.response(200, b""), Err(ProviderError::OutOfTurn));
}

#[test]
fn a_conversation_with_eks_pod_identity() {
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
fn renewing_asks_again() {
    for mut container in [ecs(), eks()] {
        let first = next(&container);
        for status in [200, 403] {
            container.response(status, ECS_DOCUMENT.as_bytes()).unwrap();
            assert_eq!(next(&container), None);
            container.restart();
            assert_eq!(next(&container), first);
            let mut body = ECS_DOCUMENT.as_bytes().to_vec();
            let error = container.outcome(&mut body).unwrap_err();
            assert_eq!(error, ProviderError::OutOfTurn);
            assert_eq!(body, ECS_DOCUMENT.as_bytes());
        }
    }
}

#[test]
fn every_cut_is_noticed() {
    for document in [ECS_DOCUMENT, EKS_DOCUMENT.trim_end()] {
        for end in 0..document.len() {
            let mut container = ecs();
            let mut body = document.as_bytes()[..end].to_vec();
            container.response(200, &body).unwrap();
            let error = container.outcome(&mut body).unwrap_err();
            assert!(error.is_transient(), "{end}: {error}");
            // With a status that refuses it, no part of the document is shown.
            let shown = answered(400, &document[..end]).unwrap_err();
            assert!(!shown.contains("ASIA") && shown.contains("status 400"), "{end}: {shown}");
        }
        assert!(answered(200, document).is_ok());
    }
}

/// ECS and AWS's reference of the endpoint: JSON. EKS Pod Identity: text.
#[test]
fn a_refusal_is_shown_as_such() {
    let ecs_refusal = r#"{"code":"InvalidIdInRequest","message":"CredentialsV2Request: ID \"0f0e\" not found","HTTPErrorCode":400}"#;
    let eks_refusal = "[a1b2]: (AccessDeniedException): Unauthorized Exception! EKS does not have permissions to assume the associated role., fault: client\n";
    for (status, body, expected) in [
        (
            400,
            ecs_refusal,
            r#"refused: InvalidIdInRequest: CredentialsV2Request: ID "0f0e" not found"#,
        ),
        (404, r#"{"Code": "NoRole", "Message": "none"}"#, "refused: NoRole: none"),
        (403, "\n {\"code\": \"Denied\"}", "refused: Denied: "),
        (400, eks_refusal, &format!("refused: {}", eks_refusal.trim_end())),
        (401, "token expired\u{1b}[2J\r\nok: yes", r"refused: token expired\u{1b}[2J\r\nok: yes"),
        // With status 200 as well.
        (200, r#"{"code": "Denied", "message": "no"}"#, "refused: Denied: no"),
    ] {
        assert_eq!(answered(status, body), Err(expected.to_owned()), "{status} {body}");
    }
    let mut container = eks();
    container.response(400, ecs_refusal.as_bytes()).unwrap();
    let mut body = ecs_refusal.as_bytes().to_vec();
    assert!(!container.outcome(&mut body).unwrap_err().is_transient());
}

#[test]
fn what_explains_nothing_is_not_shown() {
    let long = "x".repeat(1025);
    let page = "<html>Not Found</html>";
    for body in ["", " \r\n", page, "{}", "{\"code\"", "{\"message\": 1}", ECS_DOCUMENT, &long] {
        let expected = "asked for the credentials of the role, got status 404: check the \
                        endpoint, and that no proxy answers for it";
        assert_eq!(answered(404, body).unwrap_err(), expected, "{body}");
    }
    let mut container = ecs();
    container.response(404, b"\xff").unwrap();
    let mut body = *b"\xff";
    let error = container.outcome(&mut body).unwrap_err();
    assert!(matches!(error, ProviderError::Status { status: 404, .. }));
}

#[test]
fn statuses_say_what_they_mean() {
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

/// The cases of AWS's SDK for Rust (`ecs-tests.json`), and those of its documentation.
#[test]
fn uris_that_aws_accepts() {
    let credentials = || "/credentials".to_owned();
    for (uri, expected) in [
        ("https://mypersonalsite/credentials", (true, "mypersonalsite", 443, credentials())),
        ("https://mypersonalsite:8080/credentials", (true, "mypersonalsite", 8080, credentials())),
        ("http://localhost:8080/credentials", (false, "localhost", 8080, credentials())),
        ("http://169.254.170.2/credentials", (false, "169.254.170.2", 80, credentials())),
        ("http://169.254.170.23/credentials", (false, "169.254.170.23", 80, credentials())),
        ("http://[fd00:ec2::23]/credentials", (false, "fd00:ec2::23", 80, credentials())),
        ("http://127.0.0.1:9001/credentials", (false, "127.0.0.1", 9001, credentials())),
        ("http://127.255.255.254/credentials", (false, "127.255.255.254", 80, credentials())),
        ("http://[::1]:80/credentials", (false, "::1", 80, credentials())),
        ("http://[0:0:0:0:0:0:0:1]/credentials", (false, "0:0:0:0:0:0:0:1", 80, credentials())),
        ("http://[FD00:0EC2::0023]/credentials", (false, "FD00:0EC2::0023", 80, credentials())),
        ("HTTP://LocalHost/credentials", (false, "LocalHost", 80, credentials())),
        ("hTTps://[2001:db8::1]:65535/credentials", (true, "2001:db8::1", 65535, credentials())),
        ("https://192.0.2.1/a%20b?c=d&e", (true, "192.0.2.1", 443, "/a%20b?c=d&e".to_owned())),
        ("http://localhost", (false, "localhost", 80, "/".to_owned())),
        ("http://localhost?a=1/@b", (false, "localhost", 80, "/?a=1/@b".to_owned())),
        ("http://localhost/@evil.com", (false, "localhost", 80, "/@evil.com".to_owned())),
    ] {
        let (is_https, host, port, target) = expected;
        let expected = (is_https, host.to_owned(), port, target);
        assert_eq!(ContainerUri::full(uri).map(parts), Ok(expected), "{uri}");
    }
    let relative = ContainerUri::relative("/credentials?a=1").unwrap();
    let expected = (false, "169.254.170.2".to_owned(), 80, "/credentials?a=1".to_owned());
    assert_eq!(parts(relative), expected);
}

#[test]
fn uris_that_are_refused() {
    use InvalidContainerUri::{BadHost, BadPort, BadText, HostNotAllowed, NotAbsolute, UserInfo};

    for (uri, expected) in [
        ("", NotAbsolute),
        ("/credentials", NotAbsolute),
        ("//127.0.0.1/credentials", NotAbsolute),
        ("127.0.0.1/credentials", NotAbsolute),
        ("http:/127.0.0.1/", NotAbsolute),
        ("http:127.0.0.1", NotAbsolute),
        ("ftp://127.0.0.1/", NotAbsolute),
        ("file:///etc/passwd", NotAbsolute),
        ("httpx://127.0.0.1/", NotAbsolute),
        ("://127.0.0.1/", NotAbsolute),
        (" http://127.0.0.1/", BadText),
        ("http://127.0.0.1/\n", BadText),
        ("http://127.0.0.1/\r\nx-evil: 1", BadText),
        ("http://127.0.0.1/ HTTP/1.1", BadText),
        ("http://127.0.0.1\\@evil.com/", BadText),
        ("http://127.0.0.1#@evil.com/", BadText),
        ("http://evil.com#127.0.0.1/", BadText),
        ("http://127.0.0.1/ä", BadText),
        ("http://１２７.0.0.1/", BadText),
        ("http://127。0。0。1/", BadText),
        ("http://[fe80::1%25lo]\0/", BadText),
        ("http://127.0.0.1@evil.com/", UserInfo),
        ("http://evil.com@127.0.0.1/", UserInfo),
        ("http://user:password@localhost/", UserInfo),
        ("http://127.0.0.1:80@evil.com/", UserInfo),
        ("http://[::1]@evil.com/", UserInfo),
        ("https://@example.com/", UserInfo),
        ("http:///credentials", BadHost),
        ("https://", BadHost),
        ("https://:443/", BadHost),
        ("https://?host=example.com", BadHost),
        ("http://::1/", BadHost),
        ("http://fd00:ec2::23/", BadPort),
        ("http://[::1/", BadHost),
        ("http://[::1]evil.com/", BadHost),
        ("http://[::1].evil.com/", BadHost),
        ("http://[127.0.0.1]/", BadHost),
        ("http://[localhost]/", BadHost),
        ("http://[::1%25lo]/", BadHost),
        ("http://[[::1]]/", BadHost),
        ("http://[v1.a]/", BadHost),
        ("http://%31%32%37.0.0.1/", BadHost),
        ("http://127.0.0.1%2f@evil.com/", UserInfo),
        ("http://127.0.0.1%00.evil.com/", BadHost),
        ("http://127.0.0.1,evil.com/", BadHost),
        ("https://exa$mple.com/", BadHost),
        ("http://127.0.0.1:/", BadPort),
        ("http://127.0.0.1:0/", BadPort),
        ("http://127.0.0.1:65536/", BadPort),
        ("http://127.0.0.1:+80/", BadPort),
        ("http://127.0.0.1:-1/", BadPort),
        ("http://127.0.0.1:80a/", BadPort),
        ("http://127.0.0.1:80:80/", BadPort),
        ("http://[::1]:99999999999/", BadPort),
        ("http://example.com/", HostNotAllowed),
        ("http://127.1/", HostNotAllowed),
        ("http://127.0.1/", HostNotAllowed),
        ("http://127.0.0.1./", HostNotAllowed),
        ("http://127.0.0.1.1/", HostNotAllowed),
        ("http://127.0.0.01/", HostNotAllowed),
        ("http://0177.0.0.1/", HostNotAllowed),
        ("http://127.0.0.256/", HostNotAllowed),
        ("http://0x7f000001/", HostNotAllowed),
        ("http://0x7f.0.0.1/", HostNotAllowed),
        ("http://2130706433/", HostNotAllowed),
        ("http://0/", HostNotAllowed),
        ("http://0.0.0.0/", HostNotAllowed),
        ("http://126.255.255.255/", HostNotAllowed),
        ("http://128.0.0.1/", HostNotAllowed),
        ("http://localhost.evil.com/", HostNotAllowed),
        ("http://localhost./", HostNotAllowed),
        ("http://evil.localhost/", HostNotAllowed),
        ("http://localhost6/", HostNotAllowed),
        ("http://127.0.0.1.evil.com/", HostNotAllowed),
        ("http://127.0.0.1.nip.io/", HostNotAllowed),
        ("http://169.254.170.2.evil.com/", HostNotAllowed),
        ("http://169.254.170.3/", HostNotAllowed),
        ("http://169.254.170.22/", HostNotAllowed),
        ("http://169.254.170.230/", HostNotAllowed),
        ("http://169.254.169.254/", HostNotAllowed),
        ("http://[::]/", HostNotAllowed),
        ("http://[::2]/", HostNotAllowed),
        ("http://[::127.0.0.1]/", HostNotAllowed),
        ("http://[::ffff:127.0.0.1]/", HostNotAllowed),
        ("http://[::ffff:169.254.170.2]/", HostNotAllowed),
        ("http://[fd00:ec2::254]/", HostNotAllowed),
        ("http://[fd00:ec2:0:0:1::23]/", HostNotAllowed),
        ("http://evil.com/?@127.0.0.1/", HostNotAllowed),
        ("http://evil.com/127.0.0.1", HostNotAllowed),
        ("http://evil.com:80/http://127.0.0.1/", HostNotAllowed),
        ("http://https://example.com/", BadPort),
    ] {
        assert_eq!(ContainerUri::full(uri), Err(expected), "{uri}");
    }
    let fix = HostNotAllowed.to_string();
    assert!(fix.ends_with("use one of these, or https"), "{fix}");
}

/// Put behind `http://169.254.170.2` as they stand, some of these would lead elsewhere.
#[test]
fn relative_uris_that_are_refused() {
    use InvalidContainerUri::{BadText, NotAPath};

    for (path, expected) in [
        ("", NotAPath),
        ("credentials", NotAPath),
        ("@evil.com/", NotAPath),
        ("3/credentials", NotAPath),
        (".evil.com/", NotAPath),
        (":80/", NotAPath),
        ("?a=1", NotAPath),
        ("//evil.com/credentials", NotAPath),
        ("http://169.254.170.2/credentials", NotAPath),
        ("/a b", BadText),
        ("/a\r\nx-evil: 1", BadText),
        ("/\\evil.com", BadText),
        ("/a#b", BadText),
    ] {
        assert_eq!(ContainerUri::relative(path), Err(expected), "{path}");
    }
}

#[test]
fn addresses_that_a_name_may_stand_for() {
    let localhost = ContainerUri::full("http://localhost/").unwrap();
    let elsewhere = ContainerUri::full("https://example.com/").unwrap();
    for (address, expected) in [
        ("127.0.0.1", true),
        ("127.8.9.1", true),
        ("::1", true),
        ("169.254.170.2", true),
        ("169.254.170.23", true),
        ("fd00:ec2::23", true),
        ("169.254.169.254", false),
        ("0.0.0.0", false),
        ("::", false),
        ("10.0.0.1", false),
        ("::ffff:127.0.0.1", false),
    ] {
        let address: IpAddr = address.parse().unwrap();
        assert_eq!(localhost.allows(address), expected, "{address}");
        assert!(elsewhere.allows(address));
    }
}

#[test]
fn tokens_are_trimmed_and_cannot_add_headers() {
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
        ("", InvalidAuthorizationToken::Empty),
        (" \r\n", InvalidAuthorizationToken::Empty),
        ("a\r\nx-evil: 1", InvalidAuthorizationToken::BadText),
        ("a\nb", InvalidAuthorizationToken::BadText),
        ("a\rb", InvalidAuthorizationToken::BadText),
        ("a\tb", InvalidAuthorizationToken::BadText),
        ("a\0", InvalidAuthorizationToken::BadText),
        ("a\u{b}", InvalidAuthorizationToken::BadText),
        ("tökén", InvalidAuthorizationToken::BadText),
        ("\u{feff}token", InvalidAuthorizationToken::BadText),
    ] {
        assert_eq!(Container::authorized(uri, token).err(), Some(expected), "{token:?}");
        assert!(expected.to_string().contains("authorization token"));
    }
}

#[test]
fn nothing_shows_a_secret() {
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
    fn any_text_is_a_uri_or_refused(text: String, path in "[/?@:.\\[\\]a-z0-9#\\\\ ]{0,12}") {
        for uri in [text.clone(), format!("http://localhost{path}"), format!("http://{path}")] {
            let Ok(uri) = ContainerUri::full(&uri) else { continue };
            let address = uri.host().parse::<IpAddr>();
            prop_assert!(uri.is_https() || address.map_or(uri.host() == "localhost", |address| uri.allows(address)));
            let (.., target) = parts(uri);
            prop_assert!(target.starts_with('/') && target.bytes().all(|byte| byte.is_ascii_graphic()));
        }
    }

    #[test]
    fn any_answers_are_taken_or_refused(answers: Vec<(u16, Vec<u8>)>, usual in prop::sample::select(vec![200, 400, 404])) {
        let mut container = eks();
        for (status, mut body) in answers {
            let _ = container.response(if status < 9999 { usual } else { status }, &body);
            let _ = container.outcome(&mut body);
            container.restart();
        }
    }
}
