//! The rules of the sandbox that need no signature; `tests/servers/checks/sandbox.py` has the
//! others.
#![cfg(feature = "sandbox")]
// Clippy's exemption for tests does not reach the functions that tests share.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]

use core::time::Duration;
use std::io;
use std::time::SystemTime;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{HeaderMap, Method, Request, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use rolefs::sandbox::{Report, Sandbox, Settings};
use tempfile::TempDir;
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

const TOKEN: &str = "x-aws-ec2-metadata-token";
const TTL: &str = "x-aws-ec2-metadata-token-ttl-seconds";
const ISSUE: &str = "/latest/api/token";
const LIST: &str = "/latest/meta-data/iam/security-credentials/";
const REGION: &str = "/latest/meta-data/placement/region";

/// A sandbox, and its folder, which is deleted with it.
struct Stage {
    sandbox: Sandbox,
    folder: TempDir,
}

struct Response {
    status: StatusCode,
    headers: HeaderMap,
    body: String,
}

impl Stage {
    async fn set(lifetime: Duration) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings {
            folder: folder.path().to_owned(),
            buckets: vec!["photos".to_owned()],
            region: "eu-central-1".to_owned(),
            role: "a-role".to_owned(),
            lifetime,
        };
        Self { sandbox: Sandbox::start(settings).await.unwrap(), folder }
    }

    async fn metadata(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
        ask(self.sandbox.metadata_endpoint(), method, path, headers).await
    }

    async fn s3(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
        ask(self.sandbox.s3_endpoint(), method, path, headers).await
    }

    async fn token(&self, ttl: &str) -> String {
        let response = self.metadata(Method::PUT, ISSUE, &[(TTL, ttl)]).await;
        assert_eq!(response.status, StatusCode::OK);
        assert_eq!(response.headers[TTL], ttl);
        response.body
    }

    async fn get(&self, path: &str, token: &str) -> Response {
        self.metadata(Method::GET, path, &[(TOKEN, token)]).await
    }

    fn report(&self) -> Report {
        self.sandbox.report()
    }
}

async fn ask(endpoint: &str, method: Method, path: &str, headers: &[(&str, &str)]) -> Response {
    let mut request = Request::builder().method(method).uri(format!("{endpoint}{path}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::<Bytes>::default()).unwrap();
    let client = Client::builder(TokioExecutor::new()).build_http();
    let (head, body) = client.request(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    Response { status: head.status, headers: head.headers, body: String::from_utf8(body).unwrap() }
}

/// Returns the text of one field of a document of credentials.
fn field<'d>(document: &'d str, name: &str) -> &'d str {
    let start = format!("\n  \"{name}\" : \"");
    document.split(&start).nth(1).and_then(|rest| rest.split('"').next()).unwrap()
}

const LIFETIME: Duration = Duration::from_mins(15);

#[tokio::test]
async fn requires_a_token_lifetime_from_1_to_21600_seconds() {
    let stage = Stage::set(LIFETIME).await;
    for ttl in ["0", "21601", "-1", "1.5", "1 000", "", "long"] {
        let response = stage.metadata(Method::PUT, ISSUE, &[(TTL, ttl)]).await;
        assert_eq!(response.status, StatusCode::BAD_REQUEST, "{ttl:?}");
    }
    let without = stage.metadata(Method::PUT, ISSUE, &[]).await;
    assert_eq!(without.status, StatusCode::BAD_REQUEST);

    let first = stage.token("1").await;
    let second = stage.token("21600").await;
    assert_eq!(first.len(), 56);
    assert_ne!(first, second);
    assert_eq!(stage.report().metadata_tokens_issued, 2);
    assert_eq!(stage.report().requests_refused, 8);
}

#[tokio::test]
async fn issues_no_metadata_tokens_through_a_proxy() {
    let stage = Stage::set(LIFETIME).await;
    let headers = [(TTL, "60"), ("x-forwarded-for", "192.0.2.1")];
    let response = stage.metadata(Method::PUT, ISSUE, &headers).await;
    assert_eq!(response.status, StatusCode::FORBIDDEN);
    assert_eq!(stage.report(), Report { requests_refused: 1, ..Report::default() });
}

#[tokio::test]
async fn answers_only_with_a_valid_metadata_token() {
    let stage = Stage::set(LIFETIME).await;
    for path in ["/", ISSUE, LIST, "/latest/meta-data/iam/security-credentials/a-role", REGION] {
        let without = stage.metadata(Method::GET, path, &[]).await;
        assert_eq!(without.status, StatusCode::UNAUTHORIZED, "{path}");
        let made_up = stage.get(path, "AQAEAmadeup").await;
        assert_eq!(made_up.status, StatusCode::UNAUTHORIZED, "{path}");
    }
    assert_eq!(stage.report().credential_documents_served, 0);
    assert_eq!(stage.report().requests_refused, 10);
}

#[tokio::test]
async fn expires_metadata_tokens() {
    let stage = Stage::set(LIFETIME).await;
    let token = stage.token("5").await;
    assert_eq!(stage.get(REGION, &token).await.status, StatusCode::OK);
    tokio::time::sleep(Duration::from_millis(5_100)).await;
    assert_eq!(stage.get(REGION, &token).await.status, StatusCode::UNAUTHORIZED);
}

#[tokio::test]
async fn serves_one_role_and_one_region() {
    let stage = Stage::set(LIFETIME).await;
    let token = stage.token("60").await;
    assert_eq!(stage.get(LIST, &token).await.body, "a-role");
    assert_eq!(stage.get(REGION, &token).await.body, "eu-central-1");
    for path in
        ["/", "/latest/meta-data/ami-id", &format!("{LIST}b-role"), &format!("{LIST}a-role/")]
    {
        assert_eq!(stage.get(path, &token).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let post = stage.metadata(Method::POST, LIST, &[(TOKEN, &token)]).await;
    assert_eq!(post.status, StatusCode::NOT_FOUND);
    assert_eq!(stage.report().requests_refused, 0);
}

#[tokio::test]
async fn serves_the_role_document_as_ec2_does() {
    let stage = Stage::set(LIFETIME).await;
    let token = stage.token("60").await;
    let response = stage.get(&format!("{LIST}a-role"), &token).await;
    assert_eq!(response.headers["content-type"], "text/plain");
    let document = response.body.as_str();
    let [updated, key, secret, session, expiration] =
        ["LastUpdated", "AccessKeyId", "SecretAccessKey", "Token", "Expiration"]
            .map(|name| field(document, name));
    let expected = format!(
        "{{\n  \"Code\" : \"Success\",\n  \"LastUpdated\" : \"{updated}\",\n  \
         \"Type\" : \"AWS-HMAC\",\n  \"AccessKeyId\" : \"{key}\",\n  \
         \"SecretAccessKey\" : \"{secret}\",\n  \"Token\" : \"{session}\",\n  \
         \"Expiration\" : \"{expiration}\"\n}}"
    );
    assert_eq!(document, expected);
    assert_eq!((key.len(), secret.len(), session.len()), (20, 40, 900));
    assert!(key.starts_with("ASIA"));
    for time in [updated, expiration] {
        let shape: String =
            time.chars().map(|letter| if letter.is_ascii_digit() { '0' } else { letter }).collect();
        assert_eq!(shape, "0000-00-00T00:00:00Z");
    }
}

#[tokio::test]
async fn renews_credentials_in_the_second_half_of_their_lifetime() {
    let stage = Stage::set(Duration::from_secs(12)).await;
    let token = stage.token("60").await;
    let role = format!("{LIST}a-role");
    // Issued in whole seconds: begin with one, so that this second is all theirs.
    let into_second = SystemTime::UNIX_EPOCH.elapsed().unwrap().subsec_nanos();
    tokio::time::sleep(Duration::from_nanos(1_000_000_000 - u64::from(into_second))).await;

    let first = stage.get(&role, &token).await.body;
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(stage.get(&role, &token).await.body, first);
    tokio::time::sleep(Duration::from_millis(4_500)).await;
    let second = stage.get(&role, &token).await.body;
    for name in ["AccessKeyId", "SecretAccessKey", "Token", "Expiration"] {
        assert_ne!(field(&first, name), field(&second, name), "{name}");
    }
    assert_eq!(stage.report().credential_documents_served, 3);
}

#[tokio::test]
async fn refuses_unsigned_requests_to_s3() {
    let stage = Stage::set(LIFETIME).await;
    for (method, path) in [
        (Method::GET, "/"),
        (Method::GET, "/photos"),
        (Method::GET, "/photos/cat"),
        (Method::PUT, "/photos/cat"),
        (Method::PUT, "/new-bucket"),
        (Method::DELETE, "/photos"),
        (Method::GET, "/no-such-bucket/cat"),
    ] {
        let response = stage.s3(method.clone(), path, &[("content-length", "0")]).await;
        assert_eq!(response.status, StatusCode::FORBIDDEN, "{method} {path}");
        assert!(response.body.contains("<Code>AccessDenied</Code>"), "{}", response.body);
    }
    let form = [("content-type", "multipart/form-data; boundary=b")];
    assert!(stage.s3(Method::POST, "/photos", &form).await.status.is_client_error());
    let nonsense = [("authorization", "AWS4-HMAC-SHA256 nonsense")];
    assert_eq!(stage.s3(Method::GET, "/", &nonsense).await.status, StatusCode::BAD_REQUEST);

    assert_eq!(stage.report(), Report { requests_refused: 9, ..Report::default() });
    assert_eq!(std::fs::read_dir(stage.folder.path()).unwrap().count(), 1);
    assert_eq!(std::fs::read_dir(stage.folder.path().join("photos")).unwrap().count(), 0);
}

#[tokio::test]
async fn closes_every_connection_on_drop() {
    let Stage { sandbox, folder: _folder } = Stage::set(LIFETIME).await;
    let mut connections = Vec::new();
    for endpoint in [sandbox.metadata_endpoint(), sandbox.s3_endpoint()] {
        let address = endpoint.strip_prefix("http://").unwrap();
        connections.push(TcpStream::connect(address).await.unwrap());
    }
    drop(sandbox);
    for mut connection in connections {
        let read = connection.read_u8();
        let ended = tokio::time::timeout(Duration::from_secs(5), read).await;
        assert!(ended.expect("it ends").is_err());
    }
}

#[tokio::test]
async fn refuses_settings_that_aws_would_refuse() {
    let folder = tempfile::tempdir().unwrap();
    let settings = Settings { folder: folder.path().join("below"), ..Settings::default() };
    let with = |change: fn(&mut Settings)| {
        let mut changed = settings.clone();
        change(&mut changed);
        changed
    };
    for odd in [
        with(|settings| settings.buckets = vec!["../outside".to_owned()]),
        with(|settings| settings.buckets = vec!["Photos".to_owned()]),
        with(|settings| settings.role = String::new()),
        with(|settings| settings.role = "path/role".to_owned()),
        with(|settings| settings.region = "us east".to_owned()),
        with(|settings| settings.lifetime = Duration::from_millis(999)),
        with(|settings| settings.lifetime = Duration::from_hours(13)),
    ] {
        let error = Sandbox::start(odd.clone()).await.expect_err("refused");
        assert_eq!(error.kind(), io::ErrorKind::InvalidInput, "{odd:?}");
    }
    assert!(!settings.folder.exists());
    assert!(Sandbox::start(settings).await.is_ok());
}
