//! The chain and the cache, against a metadata service that counts.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test ends where it fails"
)]

use core::error::Error as _;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use base64ct::{Base64UrlUnpadded, Encoding as _};
use rolesig::Timestamp;
use rolesig::provider::ProviderError;
use rolesig_std::{
    Cache, CacheError, Chain, Environment, Outcome, Provide as _, ProviderFailure, Source,
    StsEndpoint, now,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::{Instant, sleep};

/// RFC 3339 of so many seconds from now.
fn in_seconds(seconds: u64) -> String {
    now().checked_add(seconds).unwrap().to_string()
}

/// Answers documents that are good for `lifetime` seconds; fails after `good` of them.
async fn service(lifetime: u64, good: usize) -> (Environment, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let documents = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&documents);
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let count = Arc::clone(&count);
            tokio::spawn(async move {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(stream.read_u8().await.unwrap());
                }
                let head = String::from_utf8(head).unwrap();
                sleep(Duration::from_millis(5)).await;
                let mut status = 200;
                let body = if head.starts_with("PUT") {
                    "token".to_owned()
                } else if head.contains("/role ") {
                    let number = count.fetch_add(1, Ordering::SeqCst);
                    status = if number < good { 200 } else { 400 };
                    format!(
                        r#"{{"Code":"Success","AccessKeyId":"ASIA{number}","SecretAccessKey":"s","Token":"t","Expiration":"{}"}}"#,
                        in_seconds(lifetime)
                    )
                } else {
                    "role".to_owned()
                };
                let answer =
                    format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n\r\n{body}", body.len());
                let _ = stream.write_all(answer.as_bytes()).await;
            });
        }
    });
    // A busy machine is not to be taken for a slow service.
    let patience = ("AWS_METADATA_SERVICE_TIMEOUT", "60".to_owned());
    let environment = [("AWS_EC2_METADATA_SERVICE_ENDPOINT", endpoint), patience];
    (environment.into_iter().collect(), documents)
}

fn cache(environment: &Environment) -> Cache<Chain> {
    Cache::new(Chain::new(environment))
}

async fn access_key_id(cache: &Cache<Chain>) -> String {
    cache.identity().await.unwrap().credentials().access_key_id.to_owned()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_tasks_fetch_once() {
    let (environment, documents) = service(3600, 10).await;
    let chain = Arc::new(cache(&environment));
    let tasks: Vec<_> = (0..1000)
        .map(|_| {
            let chain = Arc::clone(&chain);
            tokio::spawn(async move { access_key_id(&chain).await })
        })
        .collect();
    for task in tasks {
        assert_eq!(task.await.unwrap(), "ASIA0");
    }
    assert_eq!(documents.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn a_failure_is_shared_by_all_who_ask() {
    let (environment, documents) = service(3600, 0).await;
    let chain = cache(&environment);
    for _ in 0..10 {
        let error = chain.identity().await.unwrap_err();
        let CacheError::Provider(chain) = &error else { panic!("{error:?}") };
        let last = &chain.attempts.last().unwrap().outcome;
        let Outcome::Failed(failure) = last else { panic!("{last:?}") };
        let ProviderFailure::Imds(imds) = &**failure else { panic!("{failure:?}") };
        let innermost = imds.source().unwrap().downcast_ref::<ProviderError<'_>>();
        assert!(matches!(innermost, Some(ProviderError::Status { status: 400, .. })));
    }
    assert_eq!(documents.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn the_environment_comes_first() {
    let (mut environment, documents) = service(3600, 10).await;
    environment.set("AWS_ACCESS_KEY_ID", "AKID");
    environment.set("AWS_SECRET_ACCESS_KEY", "secret");
    let chain = cache(&environment);
    assert_eq!(access_key_id(&chain).await, "AKID");
    assert_eq!(documents.load(Ordering::SeqCst), 0);
    environment.remove("AWS_SECRET_ACCESS_KEY");
    let error = Chain::new(&environment).fetch().await.unwrap_err();
    assert!(matches!(error.attempts[0].outcome, Outcome::Failed(_)), "{error}");
    let rest = &error.attempts[1..];
    assert_eq!(rest.len(), 4, "all are listed");
    assert!(rest.iter().all(|attempt| matches!(attempt.outcome, Outcome::NotAsked)), "{error}");
    assert!(error.to_string().contains("AWS_SECRET_ACCESS_KEY is not"), "{error}");
}

#[tokio::test]
async fn a_laptop_gets_a_report_in_two_seconds() {
    // The system takes the connection for a listener that never does, and no answer comes.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let endpoint = format!("http://{address}");
    let environment: Environment =
        [("AWS_EC2_METADATA_SERVICE_ENDPOINT", endpoint)].into_iter().collect();
    let started = Instant::now();
    let error = cache(&environment).identity().await.unwrap_err().to_string();
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    let lines: Vec<_> = error.lines().collect();
    let [head, environment, profile, web_identity, container, imds] = lines[..] else {
        panic!("{error}")
    };
    assert_eq!(head, "no credentials");
    assert_eq!(environment, "  environment (0 ms): skipped: AWS_ACCESS_KEY_ID is not set");
    assert!(profile.starts_with("  profile (0 ms): skipped: there is no profile default"));
    assert!(web_identity.contains("AWS_WEB_IDENTITY_TOKEN_FILE is not set"), "{error}");
    assert!(container.contains("AWS_CONTAINER_CREDENTIALS_FULL_URI"), "{error}");
    assert!(imds.contains("hop-limit"), "{error}");

    let disabled = [("AWS_EC2_METADATA_DISABLED", "true")].into_iter().collect();
    let error = cache(&disabled).identity().await.unwrap_err().to_string();
    assert!(error.contains("skipped: switched off by AWS_EC2_METADATA_DISABLED"), "{error}");
}

/// An environment with these two files, and no metadata service.
fn with_files(folder: &Path, config: &str, credentials: &str) -> Environment {
    let mut environment: Environment =
        [("AWS_EC2_METADATA_DISABLED", "true"), ("AWS_REGION", "eu-west-1")].into_iter().collect();
    for (variable, name, text) in [
        ("AWS_CONFIG_FILE", "config", config),
        ("AWS_SHARED_CREDENTIALS_FILE", "credentials", credentials),
    ] {
        let path = folder.join(name);
        fs::write(&path, text).unwrap();
        environment.set(variable, path.to_str().unwrap());
    }
    environment.set("HOME", folder.to_str().unwrap());
    environment
}

/// What the chain says of a config file, without the line of the environment.
async fn said(config: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let mut chain = Chain::new(&with_files(folder.path(), config, ""));
    match chain.fetch().await {
        Ok(identity) => format!("{}: {}", identity.credentials().access_key_id, identity.source()),
        Err(error) => {
            let text = error.to_string();
            let text = text.split_once("\n  profile (").unwrap().1;
            text.split_once("ms): ").unwrap().1.lines().next().unwrap().to_owned()
        }
    }
}

const ROLE: &str = "role_arn = arn:aws:iam::111122223333:role/r\n";

#[tokio::test]
async fn profiles_that_make_no_sense_are_refused_and_nothing_comes_after() {
    for (config, expected) in [
        (
            "[default]\naws_access_key_id = AKID\n".to_owned(),
            "failed: profile default: aws_access_key_id is set but aws_secret_access_key is not",
        ),
        (format!("[default]\n{ROLE}"), "role_arn needs source_profile or credential_source"),
        (
            format!("[default]\n{ROLE}source_profile = a\ncredential_source = Environment\n"),
            "source_profile and credential_source exclude each other",
        ),
        (
            format!("[default]\n{ROLE}source_profile = nowhere\n"),
            "source_profile names the profile \"nowhere\", which is not in",
        ),
        (
            format!("[default]\n{ROLE}source_profile = a\n[profile a]\n{ROLE}source_profile = default\n"),
            "profile a: source_profile leads round in a circle: default -> a -> default",
        ),
        (format!("[default]\n{ROLE}source_profile = default\n"), "circle: default -> default"),
        (
            format!("[default]\n{ROLE}source_profile = a\n[profile a]\nregion = eu-west-1\n"),
            "source_profile is a, which has no credentials",
        ),
        (
            format!("[default]\n{ROLE}credential_source = Somewhere\n"),
            "credential_source must be Environment, Ec2InstanceMetadata or EcsContainer",
        ),
        (
            format!("[default]\n{ROLE}credential_source = Environment\n"),
            "credential_source is Environment, but AWS_ACCESS_KEY_ID is not set",
        ),
        (
            format!("[default]\n{ROLE}credential_source = EcsContainer\n"),
            "credential_source is EcsContainer, but neither AWS_CONTAINER",
        ),
        (
            format!("[default]\n{ROLE}duration_seconds = long\nsource_profile = default\naws_access_key_id = a\naws_secret_access_key = s\n"),
            "duration_seconds must be a number",
        ),
        ("[default]\nweb_identity_token_file = /x\n".to_owned(), "needs role_arn"),
        ("[default]\nsso_account_id = 1\n".to_owned(), "sso_region is missing"),
        (
            "[default]\nsso_account_id = 1\nsso_role_name = r\nsso_session = s\n".to_owned(),
            "there is no [sso-session s]",
        ),
        (
            "[default]\nsso_account_id = 1\nsso_role_name = r\nsso_session = s\nsso_region = eu-west-1\n[sso-session s]\nsso_region = eu-west-2\nsso_start_url = u\n".to_owned(),
            "sso_region differs from that of [sso-session s]",
        ),
        ("[default]\nlogin_session = arn\n".to_owned(), "login_session"),
        ("[default]\ncredential_process = \"\n".to_owned(), "quot"),
        ("[default\n".to_owned(), "config:1: "),
    ] {
        let said = said(&config).await;
        assert!(said.starts_with("failed: ") && said.contains(expected), "{config}\n{said}");
    }
}

#[tokio::test]
async fn a_profile_without_credentials_is_passed_over() {
    assert_eq!(
        said("[default]\nregion = eu-west-1\n").await,
        "skipped: the profile default has no credentials"
    );
}

#[tokio::test]
async fn keys_of_a_profile() {
    let folder = tempfile::tempdir().unwrap();
    let credentials = "[ci]\naws_access_key_id = AKID\naws_secret_access_key = s\n\
                       aws_session_token = t\naws_account_id = 111122223333\n";
    let mut environment = with_files(folder.path(), "[profile ci]\nregion = r\n", credentials);
    environment.set("AWS_PROFILE", "ci");
    let identity = Chain::new(&environment).fetch().await.unwrap();
    assert_eq!(identity.credentials().session_token, Some("t"));
    assert_eq!(identity.account_id(), Some("111122223333"));
    assert_eq!(*identity.source(), Source::Profile { profile: "ci".to_owned() });

    environment.set("AWS_PROFILE", "prod");
    let error = Chain::new(&environment).fetch().await.unwrap_err().to_string();
    assert!(error.contains("AWS_PROFILE names the profile \"prod\""), "{error}");
    assert_eq!(error.matches(": not asked").count(), 3, "nothing comes after: {error}");
}

/// A token with these claims, as an issuer signs it, and what is in all of them.
fn jwt(claims: &str) -> String {
    let claims = format!(r#"{{"iss":"https://oidc","aud":["sts"],{claims}}}"#);
    format!("e30.{}.c2ln\n", Base64UrlUnpadded::encode_string(claims.as_bytes()))
}

#[test]
fn the_key_is_of_what_is_configured() {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    fs::write(&token, jwt(r#""sub":"a""#)).unwrap();
    let key = |config: &str, role: &str| {
        let mut environment = with_files(folder.path(), config, "");
        environment.set("AWS_WEB_IDENTITY_TOKEN_FILE", token.to_str().unwrap());
        environment.set("AWS_ROLE_ARN", role);
        Chain::new(&environment).key()
    };
    let keys = "aws_access_key_id = AKID\naws_secret_access_key = s\n";
    let alone = key("", "a").unwrap();
    assert_eq!(key("", "a").unwrap(), alone);
    assert_ne!(key("", "b").unwrap(), alone);
    assert_ne!(key("[profile a]\nregion = r\n", "a").unwrap(), alone);
    assert_eq!(key(&format!("[default]\n{keys}"), "a"), None, "keys need no sharing");
    let other = format!("[profile a]\n{keys}");
    let secret = other.replace("= s", "= hush");
    assert_eq!(key(&other, "a"), key(&secret, "a"), "nothing secret goes in");
    let program = |password| key(&format!("{other}credential_process = p {password}\n"), "a");
    assert_eq!(program("one"), program("two"), "nor a program's password");
}

#[test]
fn the_longest_wait_is_that_of_the_providers() {
    let folder = tempfile::tempdir().unwrap();
    let keys = "source_profile = default\naws_access_key_id = AKID\naws_secret_access_key = s\n";
    let longest = |config: &str| {
        let mut environment = with_files(folder.path(), config, "");
        environment.set("AWS_REGION", "eu-west-1");
        Chain::new(&environment).longest().as_secs()
    };
    let mfa = "mfa_serial = arn:aws:iam::111122223333:mfa/m\n";
    assert_eq!(longest(&format!("[default]\n{ROLE}{keys}")), 60);
    assert_eq!(longest(&format!("[default]\n{ROLE}{keys}{mfa}")), 180, "a person types");
    assert_eq!(longest("[default]\ncredential_process = /bin/p\n"), 60);
}

#[test]
fn the_key_is_of_whom_a_token_is_for() {
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    let mut environment = with_files(folder.path(), "", "");
    environment.set("AWS_WEB_IDENTITY_TOKEN_FILE", token.to_str().unwrap());
    environment.set("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/a");
    let key = |text: &str| {
        fs::write(&token, text).unwrap();
        Chain::new(&environment).key()
    };
    let one = key(&jwt(r#""sub":"pod-a","exp":1,"iat":0,"nbf":0,"jti":"1""#));
    assert!(one.is_some());
    assert_eq!(key(&jwt(r#""sub":"pod-a","exp":9,"iat":8,"nbf":8,"jti":"2""#)), one, "rotated");
    assert_ne!(key(&jwt(r#""sub":"pod-b","exp":1""#)), one);
    let tagged = r#""sub":"pod-a","https://aws.amazon.com/tags":{"team":"b"}"#;
    assert_ne!(key(&jwt(tagged)), one, "it is given other tags");
    let no_subject = jwt(r#""name":"a""#);
    let cut = "e30.e30";
    for unclear in ["", "opaque", "a.b.c", "e30.e30.e30", cut, &no_subject] {
        assert_eq!(key(unclear), None, "{unclear}");
    }
    fs::remove_file(&token).unwrap();
    assert_eq!(Chain::new(&environment).key(), None);
}

#[test]
fn logins_and_programs_have_no_key() {
    let folder = tempfile::tempdir().unwrap();
    let sso = "sso_account_id = 111122223333\nsso_role_name = r\nsso_region = eu-west-1\n\
               sso_start_url = https://d.awsapps.com/start\n";
    let process = "credential_process = /bin/print-credentials\n";
    let keys = "aws_access_key_id = AKID\naws_secret_access_key = s\n";
    for (settings, is_shared) in [(sso, false), (process, false), (keys, true)] {
        let config = format!(
            "[profile own]\n{settings}[profile role]\n{ROLE}source_profile = own\nregion = eu-west-1\n"
        );
        let mut environment = with_files(folder.path(), &config, "");
        environment.set("AWS_PROFILE", "own");
        let chain = Chain::new(&environment);
        assert_eq!(chain.key(), None, "{settings}");
        environment.set("AWS_PROFILE", "role");
        assert_eq!(Chain::new(&environment).key().is_some(), is_shared, "{settings}");
    }
}

#[tokio::test]
async fn keys_and_their_token_stand_in_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let keys = "aws_access_key_id = AKID\naws_secret_access_key = s\n";
    let more = "aws_session_token = of-others\naws_account_id = 111122223333\n";
    for (config, credentials) in [
        (format!("[default]\n{more}"), format!("[default]\n{keys}")),
        (format!("[default]\n{keys}{more}"), format!("[default]\n{keys}")),
        (format!("[default]\n{keys}"), format!("[default]\n{more}")),
    ] {
        let environment = with_files(folder.path(), &config, &credentials);
        let identity = Chain::new(&environment).fetch().await.unwrap();
        assert_eq!(identity.credentials().access_key_id, "AKID");
        assert_eq!(identity.credentials().session_token, None, "{config}{credentials}");
        assert_eq!(identity.account_id(), None);
    }
    let environment = with_files(
        folder.path(),
        "[default]\naws_access_key_id = AKID\n",
        "[default]\naws_secret_access_key = of-others\n",
    );
    let error = Chain::new(&environment).fetch().await.unwrap_err().to_string();
    assert!(error.contains("aws_secret_access_key is set but aws_access_key_id is not"), "{error}");
}

#[tokio::test]
async fn a_named_profile_goes_before_keys_and_may_use_them() {
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        "[profile keys]\naws_access_key_id = FILE\naws_secret_access_key = s\n\
         [profile role]\n{ROLE}credential_source = Environment\n"
    );
    let mut environment = with_files(folder.path(), &config, "");
    environment.set("AWS_ACCESS_KEY_ID", "AKID");
    environment.set("AWS_SECRET_ACCESS_KEY", "s");
    environment.set("AWS_ENDPOINT_URL_STS", "http://127.0.0.1:1");
    environment.name_profile("keys");
    let identity = Chain::new(&environment).fetch().await.unwrap();
    assert_eq!(identity.credentials().access_key_id, "FILE");
    environment.name_profile("role");
    let error = Chain::new(&environment).fetch().await.unwrap_err().to_string();
    assert!(error.contains("skipped: a profile was named, which goes before"), "{error}");
    assert!(error.contains("failed: http://127.0.0.1:1"), "STS is asked: {error}");

    fs::write(folder.path().join("config"), "[profile empty]\nregion = eu-west-1\n").unwrap();
    environment.set("AWS_WEB_IDENTITY_TOKEN_FILE", "/no/file");
    environment.set("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/r");
    environment.name_profile("empty");
    let error = Chain::new(&environment).fetch().await.unwrap_err();
    assert!(error.to_string().contains("skipped: a profile was named"), "{error}");
    assert_eq!(error.attempts.len(), 5, "nothing failed: {error}");
}

#[test]
fn sts_that_is_everywhere_is_signed_for_us_east_1() {
    for endpoint in ["", "http://127.0.0.1:1"] {
        let environment = [("AWS_ENDPOINT_URL_STS", endpoint)].into_iter().collect();
        let sts = StsEndpoint::of(&environment, None).unwrap();
        assert_eq!(sts.region.as_str(), "us-east-1", "{}", sts.origin);
    }
}

#[tokio::test]
async fn a_role_without_a_source_does_not_make_way_for_another_identity() {
    // Nobody listens where the metadata service should be, and there is a container's endpoint.
    let free = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let config = format!("[default]\n{ROLE}credential_source = Ec2InstanceMetadata\n");
    let mut environment = with_files(folder.path(), &config, "");
    environment.remove("AWS_EC2_METADATA_DISABLED");
    environment.set("AWS_EC2_METADATA_SERVICE_ENDPOINT", format!("http://{free}"));
    environment.set("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("http://{free}/"));
    let error = Chain::new(&environment).fetch().await.unwrap_err();
    let shown = error.to_string();
    assert_eq!(shown.matches(": not asked").count(), 3, "{shown}");
    assert!(shown.contains("failed: to assume arn:aws:iam::111122223333:role/r: "), "{shown}");
}

#[tokio::test]
async fn a_role_of_another_partition_wants_a_region() {
    let folder = tempfile::tempdir().unwrap();
    let config = "[default]\nrole_arn = arn:aws-cn:iam::111122223333:role/r\n\
                  source_profile = default\naws_access_key_id = a\naws_secret_access_key = s\n";
    let mut environment = with_files(folder.path(), config, "");
    environment.remove("AWS_REGION");
    let error = Chain::new(&environment).fetch().await.unwrap_err().to_string();
    assert!(error.contains("role/r: set AWS_REGION"), "{error}");
}

#[tokio::test]
async fn half_a_web_identity_is_an_error() {
    let environment =
        [("AWS_WEB_IDENTITY_TOKEN_FILE", "/x"), ("AWS_EC2_METADATA_DISABLED", "true")];
    let error = Chain::new(&environment.into_iter().collect()).fetch().await.unwrap_err();
    let error = error.to_string();
    assert!(error.contains("AWS_ROLE_ARN is not: set both, or neither\n"), "{error}");
}

#[tokio::test]
async fn the_one_that_worked_is_remembered() {
    let (environment, documents) = service(3600, 1).await;
    let mut chain = Chain::new(&environment);
    chain.fetch().await.unwrap();
    assert_eq!(chain.report().len(), 5);
    let error = chain.fetch().await.unwrap_err();
    assert_eq!(error.attempts.len(), 1, "{error}");
    assert_eq!(error.attempts[0].provider, "instance metadata");
    assert_eq!(documents.load(Ordering::SeqCst), 2);
}

#[test]
fn now_is_now() {
    assert!(now() > Timestamp::from(1_760_000_000));
}
