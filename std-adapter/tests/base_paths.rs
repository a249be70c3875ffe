//! Services that lie below a path, and those that are not AWS's.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]

use std::path::Path;

use rolesig_std::provider::{ImdsProvider, SsoLogin, StsEndpoint};
use rolesig_std::{Chain, Clock, Environment, ProvideCredentials as _};
use scripted::{Server, ok};

mod scripted;

const DOCUMENT: &str = r#"{"Code":"Success","AccessKeyId":"ASIAIOSFODNN7EXAMPLE",
    "SecretAccessKey":"s","Token":"t","Expiration":"2035-08-30T18:36:00Z"}"#;
const WEB_IDENTITY: &str = "<AssumeRoleWithWebIdentityResponse>\
    <AssumeRoleWithWebIdentityResult><Credentials><AccessKeyId>ASIAIOSFODNN7EXAMPLE</AccessKeyId>\
    <SecretAccessKey>s</SecretAccessKey><SessionToken>t</SessionToken>\
    <Expiration>2035-08-30T18:36:00Z</Expiration></Credentials>\
    </AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>";

fn environment(variables: &[(&str, &str)]) -> Environment {
    let files = [
        ("AWS_CONFIG_FILE", "/no/such/config"),
        ("AWS_SHARED_CREDENTIALS_FILE", "/no/such/credentials"),
    ];
    files.iter().chain(variables).copied().collect()
}

fn paths(server: &Server) -> Vec<String> {
    let path = |request: &String| request.split(' ').nth(1).unwrap().to_owned();
    server.requests().iter().map(path).collect()
}

#[tokio::test]
async fn asks_metadata_services_below_the_endpoints_path() {
    for prefix in ["/prefix/", "/prefix"] {
        let server = Server::answers(&[ok("token"), ok("role"), ok(DOCUMENT)]).await;
        let url = format!("{}{prefix}", server.origin);
        let environment = environment(&[
            ("AWS_EC2_METADATA_SERVICE_ENDPOINT", &url),
            ("AWS_METADATA_SERVICE_TIMEOUT", "60"),
        ]);
        let mut imds = ImdsProvider::of(&environment, None).unwrap().unwrap();
        let identity = imds.fetch(Clock::SYSTEM).await.unwrap();
        assert_eq!(identity.credentials().access_key_id, "ASIAIOSFODNN7EXAMPLE");
        let asked = paths(&server);
        assert_eq!(asked[0], "/prefix/latest/api/token");
        assert!(asked.iter().all(|path| path.starts_with("/prefix/latest/")), "{asked:?}");
    }
}

async fn fetch(server: &Server, token: &Path, role_arn: &str, path: &str) -> String {
    let url = format!("{}{path}", server.origin);
    let environment = environment(&[
        ("AWS_ENDPOINT_URL_STS", &url),
        ("AWS_ROLE_ARN", role_arn),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", token.to_str().unwrap()),
        ("AWS_EC2_METADATA_DISABLED", "true"),
    ]);
    let identity = Chain::new(&environment).fetch(Clock::SYSTEM).await.unwrap();
    identity.credentials().access_key_id.to_owned()
}

#[tokio::test]
async fn needs_no_region_at_a_custom_endpoint() {
    let token = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(token.path(), "token").unwrap();
    for (role_arn, path) in [
        ("arn:minio:iam:::role/x", ""),
        ("arn:aws-cn:iam::111122223333:role/x", "/sts"),
        ("urn:ecs:iam::ns:role/x", "/sts"),
        ("arn:aws:iam::tenant_1:role/x", "/"),
    ] {
        let server = Server::answers(&[ok(WEB_IDENTITY)]).await;
        let access_key_id = fetch(&server, token.path(), role_arn, path).await;
        assert_eq!(access_key_id, "ASIAIOSFODNN7EXAMPLE");
        let expected = if path.is_empty() { "/" } else { path };
        assert_eq!(paths(&server), [expected], "{role_arn}");
    }
}

#[tokio::test]
async fn requires_a_region_at_aws_for_another_partitions_role() {
    let environment = environment(&[
        ("AWS_ROLE_ARN", "arn:aws-cn:iam::111122223333:role/x"),
        ("AWS_WEB_IDENTITY_TOKEN_FILE", "/no/such/token"),
    ]);
    let error = Chain::new(&environment).fetch(Clock::SYSTEM).await.unwrap_err().to_string();
    assert!(error.contains("set AWS_REGION, or region in the profile"), "{error}");
    assert!(error.contains("or AWS_ENDPOINT_URL_STS"), "{error}");
}

#[test]
fn signs_calls_without_a_region_for_us_east_1() {
    let of = |url: &str| StsEndpoint::of(&environment(&[("AWS_ENDPOINT_URL_STS", url)]), None);
    let sts = of("https://ecs:4443/sts").unwrap();
    assert_eq!(
        (sts.url.to_string().as_str(), sts.region.as_str()),
        ("https://ecs:4443/sts", "us-east-1")
    );
    for url in ["http://u:hush@h/sts", "http://h/sts?x=1", "http://h/sts#x", "h/sts"] {
        let error = of(url).unwrap_err().to_string();
        assert!(error.starts_with("AWS_ENDPOINT_URL_STS must be a URL"), "{error}");
        assert!(!error.contains("hush"), "{error}");
    }
}

#[tokio::test]
async fn asks_identity_center_below_the_endpoints_path() {
    let home = tempfile::tempdir().unwrap();
    let cache = home.path().join(".aws/sso/cache");
    std::fs::create_dir_all(&cache).unwrap();
    let url = "https://corp.awsapps.com/start".to_owned();
    let login = SsoLogin::StartUrl { url, profile: "default".to_owned() };
    let token = r#"{"accessToken": "t", "expiresAt": "2035-08-30T12:36:00Z"}"#;
    std::fs::write(cache.join(login.file_name()), token).unwrap();
    let credentials = r#"{"roleCredentials":{"accessKeyId":"ASIAIOSFODNN7EXAMPLE",
        "secretAccessKey":"s","sessionToken":"t","expiration":2072111760000}}"#;
    let server = Server::answers(&[ok(credentials)]).await;
    let config = home.path().join("config");
    let text = format!(
        "[default]\nservices = s\nsso_start_url = https://corp.awsapps.com/start\n\
         sso_region = eu-west-1\nsso_account_id = 111122223333\nsso_role_name = r\n\
         [services s]\nsso =\n  endpoint_url = {}/portal/\n",
        server.origin
    );
    std::fs::write(&config, text).unwrap();
    let mut environment = environment(&[]);
    environment.set("AWS_CONFIG_FILE", config.to_str().unwrap());
    environment.set("HOME", home.path().to_str().unwrap());
    let identity = Chain::new(&environment).fetch(Clock::SYSTEM).await.unwrap();
    assert_eq!(identity.credentials().access_key_id, "ASIAIOSFODNN7EXAMPLE");
    let path = "/portal/federation/credentials?account_id=111122223333&role_name=r";
    assert_eq!(paths(&server), [path]);
}
