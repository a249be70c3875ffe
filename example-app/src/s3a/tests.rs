use core::time::Duration;

use rolesig_std::provider::{Attempt, Outcome};
use rolesig_std::{Clock, Environment, ProvideCredentials as _};

use super::bucket::of_bucket;
use super::*;
use crate::s3::content::checksum::{ChecksumAlgorithm, Integrity};
use crate::s3::error::retry::DEFAULT_RETRIES;
use crate::system::token_code;
use crate::transfer::upload::plan::{MIB, PlanSettings};

mod vendors;

/// Returns a configuration of S3A's defaults and these definitions.
pub(super) fn configuration(definitions: &[&str]) -> Configuration {
    let mut configuration = table::added_to(Configuration::default());
    for definition in definitions {
        configuration.define(&definition.parse().unwrap()).unwrap();
    }
    configuration
}

fn settings(definitions: &[&str]) -> Result<S3aSettings, ConfigurationError> {
    S3aSettings::of(&configuration(definitions))
}

fn error(definitions: &[&str]) -> String {
    settings(definitions).unwrap_err().to_string()
}

#[test]
fn applies_the_defaults_of_the_table() {
    let defaults = settings(&[]).unwrap();
    assert_eq!(defaults.upload, UploadSettings::default());
    assert_eq!(defaults.timeouts, S3Timeouts::default());
    // The same values are in force without the defaults.
    let all = configuration(&[]);
    let names: Vec<_> = all.names("").map(|name| format!("{name}=")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let without = settings(&names).unwrap();
    assert_eq!((without.upload, without.timeouts), (defaults.upload, defaults.timeouts));
    let endpoint = EndpointSettings { url: None, region: None, path_style: false, fips: false };
    assert_eq!(defaults.endpoint, endpoint);
    assert_eq!(defaults.object_headers, ObjectHeaders::default());
    assert!(defaults.credentials.providers.is_none() && defaults.credentials.keys.is_none());
}

#[test]
fn raises_parts_to_the_least_size() {
    let settings = settings(&["fs.s3a.multipart.size=1M", "fs.s3a.multipart.threshold=0"]).unwrap();
    let plan = settings.upload.plan;
    assert_eq!((plan.part_len, plan.threshold), (5 << 20, 5 << 20));
}

#[test]
fn follows_settings_of_uploads() {
    let settings = settings(&[
        "fs.s3a.multipart.size=8M",
        "fs.s3a.multipart.threshold=16M",
        "fs.s3a.multipart.uploads.enabled=false",
        "fs.s3a.fast.upload.active.blocks=3",
        "fs.s3a.threads.max=20",
        "fs.s3a.connection.maximum=15",
        "fs.s3a.buffer.dir=/a, /b",
        "fs.s3a.retry.limit=2",
        "fs.s3a.retry.interval=1s",
        "fs.s3a.retry.throttle.limit=9",
        "fs.s3a.retry.throttle.interval=2s",
        "fs.s3a.retry.http.5xx.errors=false",
        "fs.s3a.connection.establish.timeout=5s",
        "fs.s3a.connection.timeout=0",
        "fs.s3a.connection.request.timeout=7000",
        "fs.s3a.create.checksum.algorithm=crc32c",
        "fs.s3a.request.md5.header=true",
    ])
    .unwrap();
    let mut retries = DEFAULT_RETRIES;
    retries.attempts = 3;
    retries.pause = Duration::from_secs(1);
    retries.throttles = 9;
    retries.throttle_pause = Duration::from_secs(2);
    retries.server_errors = false;
    let expected = UploadSettings {
        plan: PlanSettings { part_len: 8 << 20, threshold: 16 << 20, max_parts: 1, unit: MIB },
        retries,
        in_flight: 15,
        parts_in_flight: 3,
        spool_folders: vec!["/a".into(), "/b".into()],
        spool_setting: "fs.s3a.buffer.dir",
        integrity: Integrity { checksum: Some(ChecksumAlgorithm::Crc32c), md5: true },
    };
    assert_eq!(settings.upload, expected);
    let (connect, response) = (Duration::from_secs(5), Duration::from_secs(7));
    assert_eq!(settings.timeouts, S3Timeouts { connect, response, stall: Duration::MAX });
}

#[test]
fn attempts_share_one_budget() {
    for (definitions, expected) in [
        (&[][..], 8),
        (&["fs.s3a.attempts.maximum=20"], 20),
        (&["fs.s3a.attempts.maximum=1"], 8),
        (&["fs.s3a.attempts.maximum=5", "fs.s3a.retry.limit=0"], 5),
        (&["fs.s3a.retry.limit=0"], 1),
    ] {
        assert_eq!(settings(definitions).unwrap().upload.retries.attempts, expected);
    }
}

#[test]
fn chooses_checksums() {
    let checksum = |definition| Some(settings(&[definition]).unwrap().upload.integrity.checksum);
    let generation = "fs.s3a.checksum.generation=true";
    assert_eq!(checksum(generation), Some(Some(ChecksumAlgorithm::Crc32)));
    assert_eq!(checksum("fs.s3a.create.checksum.algorithm=none"), Some(None));
    let bad = error(&["fs.s3a.create.checksum.algorithm=SHA1"]);
    assert!(bad.contains("`SHA1' is not CRC32, CRC32C, CRC64NVME, SHA256, SHA512, MD5, "), "{bad}");
}

#[test]
fn adds_a_scheme_to_endpoints() {
    for (definitions, expected) in [
        (
            &["fs.s3a.endpoint=s3.eu-west-1.amazonaws.com"][..],
            Some("https://s3.eu-west-1.amazonaws.com"),
        ),
        (&["fs.s3a.endpoint=h:9000", "fs.s3a.connection.ssl.enabled=false"], Some("http://h:9000")),
        (&["fs.s3a.endpoint=http://h"], Some("http://h")),
        (&["fs.s3a.endpoint=s3.amazonaws.com"], None),
        (&["fs.s3a.endpoint="], None),
        (
            &["fs.s3a.endpoint=https://x.example/storage/v1/s3"],
            Some("https://x.example/storage/v1/s3"),
        ),
    ] {
        assert_eq!(
            settings(definitions).unwrap().endpoint.url.map(|url| url.to_string()).as_deref(),
            expected
        );
    }
    for (region, expected) in [("eu-west-1", Some("eu-west-1")), ("sdk", None), ("", None)] {
        let settings = settings(&[&format!("fs.s3a.endpoint.region={region}")]).unwrap();
        assert_eq!(settings.endpoint.region.as_deref(), expected);
    }
    let both = error(&["fs.s3a.endpoint=h", "fs.s3a.endpoint.fips=true"]);
    assert!(both.contains("leave one of the two out"), "{both}");
}

#[test]
fn applies_settings_of_a_bucket() {
    let configuration = configuration(&[
        "fs.s3a.endpoint=all",
        "fs.s3a.bucket.a.endpoint=of-a",
        "fs.s3a.bucket.a.b-c.endpoint=of-abc",
        "fs.s3a.bucket.a.server-side-encryption-algorithm=AES256",
        "fs.s3a.bucket.a.secret.key=short",
        "fs.s3a.bucket.a.fs.s3a.secret.key=long",
        "fs.s3a.bucket.a.fs.s3a.endpoint=no",
        "fs.s3a.bucket.a.bucket.x=no",
        "fs.s3a.bucket.a.impl=no",
        "fs.s3a.object.content.encoding=${fs.s3a.endpoint}",
    ]);
    let of = |bucket: &str, name: &str| {
        let configuration = of_bucket(&configuration, bucket);
        configuration.get(name).unwrap().map(|setting| setting.value.to_string())
    };
    assert_eq!(of("a", "fs.s3a.endpoint").unwrap(), "of-a");
    assert_eq!(of("a.b-c", "fs.s3a.endpoint").unwrap(), "of-abc");
    assert_eq!(of("z", "fs.s3a.endpoint").unwrap(), "all");
    assert_eq!(of("a", "fs.s3a.encryption.algorithm").unwrap(), "AES256");
    assert_eq!(of("a", "fs.s3a.secret.key").unwrap(), "long");
    assert_eq!(of("a", "fs.s3a.object.content.encoding").unwrap(), "of-a");
    assert_eq!(of("a", "fs.s3a.impl"), None);
    let bucket = of_bucket(&configuration, "a");
    assert_eq!(bucket.get("fs.s3a.endpoint").unwrap().unwrap().written, "fs.s3a.bucket.a.endpoint");
}

#[test]
fn builds_headers_of_objects() {
    let settings = settings(&[
        "fs.s3a.acl.default=BucketOwnerFullControl",
        "fs.s3a.create.storage.class=standard_ia",
        "fs.s3a.object.content.encoding=gzip",
        "fs.s3a.encryption.algorithm=SSE-KMS",
        "fs.s3a.encryption.key=arn:aws:kms:eu-west-1:111122223333:key/k",
        "fs.s3a.create.header.origin=lab",
    ]);
    let headers = settings.unwrap().object_headers;
    let shown: Vec<_> =
        headers.0.iter().map(|(n, v)| format!("{n}: {}", v.to_str().unwrap())).collect();
    assert_eq!(
        shown,
        [
            "x-amz-acl: bucket-owner-full-control",
            "x-amz-storage-class: STANDARD_IA",
            "content-encoding: gzip",
            "x-amz-server-side-encryption: aws:kms",
            "x-amz-server-side-encryption-aws-kms-key-id: arn:aws:kms:eu-west-1:111122223333:key/k",
            "x-amz-meta-origin: lab",
        ]
    );
    assert!(!format!("{headers:?}").contains("key/k"));
}

#[test]
fn rejects_unsupported_and_invalid_settings() {
    for (definition, fix) in [
        ("hadoop.security.credential.provider.path=jceks://f", "opens no keystores"),
        ("fs.s3a.security.credential.provider.path=jceks://f", "opens no keystores"),
        ("fs.s3a.encryption.algorithm=CSE-KMS", "not encrypted"),
        ("fs.s3a.encryption.algorithm=SSE-C", "--sse-c-key-file"),
        ("fs.s3a.encryption.algorithm=aes", "`aes' is not AES256, SSE-KMS or DSSE-KMS"),
        ("fs.s3a.delegation.token.binding=x", "no delegation tokens"),
        ("fs.s3a.signing-algorithm=S3SignerType", "Signature Version 4 alone"),
        ("fs.s3a.accesspoint.required=true", "supports no access points"),
        ("fs.s3a.aws.credentials.provider=org.example.Vault", "org.example.Vault"),
        (
            "fs.s3a.aws.credentials.provider=\
             org.apache.hadoop.fs.s3a.AnonymousAWSCredentialsProvider",
            "signs every request",
        ),
        (
            "fs.s3a.aws.credentials.provider=\
             org.apache.hadoop.fs.s3a.auth.AssumedRoleCredentialProvider",
            "set fs.s3a.assumed.role.arn",
        ),
        ("fs.s3a.access.key=AKIA", "without fs.s3a.secret.key"),
        ("fs.s3a.acl.default=public", "a canned ACL"),
        ("fs.s3a.path.style.access=yes", "`yes' is not true or false"),
        ("fs.s3a.multipart.size=64MB", "a size such as"),
    ] {
        let error = error(&[definition]);
        assert!(error.contains(fix), "{error}");
        assert!(error.starts_with("-D: "), "{error}");
    }
    settings(&["fs.s3a.signing-algorithm=AWSS3V4SignerType"]).unwrap();
}

#[test]
fn finds_unknown_settings() {
    let configuration = configuration(&[
        "fs.s3a.enpoint=x",
        "fs.s3a.connection.ssl.enable=true",
        "fs.s3a.committer.name=magic",
        "fs.s3a.threads.max=1",
        "fs.s3a.bucket.b.x=1",
        "fs.s3a.create.header.a=1",
    ]);
    let unknown: Vec<_> = table::unknown(&configuration).iter().map(|(name, _)| *name).collect();
    assert_eq!(unknown, ["fs.s3a.connection.ssl.enable", "fs.s3a.enpoint"]);
    let unknown = of_bucket(&configuration, "b");
    assert_eq!(table::unknown(&unknown).len(), 3);
}

async fn report(definitions: &[&str], environment: &[(&str, &str)]) -> (String, String) {
    let settings = settings(definitions).unwrap();
    let mut environment: Environment = environment.iter().copied().collect();
    environment.set("AWS_EC2_METADATA_DISABLED", "true");
    environment.set("AWS_CONFIG_FILE", "/nonexistent");
    if environment.get("AWS_SHARED_CREDENTIALS_FILE").is_none() {
        environment.set("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent");
    }
    let chain = settings.credentials.chain(&environment, &token_code::asked_on_terminal());
    let mut chain = chain.unwrap().unwrap();
    let key = chain.fetch(Clock::SYSTEM).await.map(|identity| {
        let credentials = identity.credentials();
        format!("{} {}", credentials.access_key_id, credentials.session_token.unwrap_or("-"))
    });
    let asked = |attempt: &&Attempt| !matches!(attempt.outcome, Outcome::NotAsked);
    let report = chain.report().iter().filter(asked).map(|attempt| attempt.provider);
    let report = report.collect::<Vec<_>>();
    (key.unwrap_or_default(), report.join(", "))
}

const KEYS: [&str; 2] = ["fs.s3a.access.key=AKIA", "fs.s3a.secret.key= hush "];

#[tokio::test]
async fn asks_providers_in_the_order_of_their_classes() {
    let s3a = "fs.s3a.aws.credentials.provider=\
               org.apache.hadoop.fs.s3a.TemporaryAWSCredentialsProvider,\
               org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider,\n\
               com.amazonaws.auth.EnvironmentVariableCredentialsProvider,\
               org.apache.hadoop.fs.s3a.auth.IAMInstanceCredentialsProvider";
    let (key, asked) = report(&[s3a, KEYS[0], KEYS[1]], &[]).await;
    assert_eq!(
        (key.as_str(), asked.as_str()),
        ("AKIA -", "fs.s3a.session.token, fs.s3a.secret.key")
    );
    let (key, _) = report(&[s3a, KEYS[0], KEYS[1], "fs.s3a.session.token=t"], &[]).await;
    assert_eq!(key, "AKIA t");
    let own = [("AWS_ACCESS_KEY_ID", "ASIA"), ("AWS_SECRET_ACCESS_KEY", "s")];
    let (key, asked) = report(&[s3a], &own).await;
    assert_eq!(key, "ASIA -");
    assert_eq!(asked, "fs.s3a.session.token, fs.s3a.secret.key, environment");
    let (key, asked) = report(&[s3a], &[]).await;
    assert_eq!(key, "");
    assert!(asked.ends_with("environment, container, instance metadata"), "{asked}");
    // Without a provider the keys of the configuration are used.
    assert_eq!(report(&KEYS, &own).await.0, "AKIA -");
}

#[tokio::test]
async fn asks_profiles_and_mapped_classes() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("credentials");
    let profile = "[p]\naws_access_key_id = AKIAP\naws_secret_access_key = s\n";
    std::fs::write(&file, profile).unwrap();
    let definitions = [
        "fs.s3a.aws.credentials.provider=org.example.Own",
        "fs.s3a.aws.credentials.provider.mapping=\
         org.example.Own=org.apache.hadoop.fs.s3a.auth.ProfileAWSCredentialsProvider",
        &format!("fs.s3a.auth.profile.file={}", file.display()),
        "fs.s3a.auth.profile.name=p",
    ];
    assert_eq!(report(&definitions, &[]).await, ("AKIAP -".to_owned(), "profile".to_owned()));
}

#[test]
fn reads_roles() {
    let settings = settings(&[
        "fs.s3a.aws.credentials.provider=\
         org.apache.hadoop.fs.s3a.auth.AssumedRoleCredentialProvider",
        "fs.s3a.assumed.role.arn=arn:aws:iam::111122223333:role/r",
        "fs.s3a.assumed.role.session.duration=30m",
        "fs.s3a.assumed.role.sts.endpoint=sts.eu-west-1.amazonaws.com",
        "fs.s3a.assumed.role.sts.endpoint.region=eu-west-1",
    ]);
    let settings = settings.unwrap();
    let role = settings.credentials.role.as_ref().unwrap();
    assert_eq!(role.duration_seconds, 1800);
    assert_eq!(
        role.sts_endpoint.as_ref().unwrap().to_string(),
        "https://sts.eu-west-1.amazonaws.com"
    );
    assert_eq!(role.by, [ProviderClass::Simple, ProviderClass::Environment]);
    let own = [("AWS_ACCESS_KEY_ID", "ASIA"), ("AWS_SECRET_ACCESS_KEY", "s")];
    let environment: Environment = own.into_iter().collect();
    let chain = settings.credentials.chain(&environment, &token_code::asked_on_terminal());
    assert!(chain.unwrap().is_some());
}

#[test]
fn hides_secrets_in_debug() {
    let settings = settings(&[KEYS[0], KEYS[1], "fs.s3a.session.token=quiet"]).unwrap();
    let shown = format!("{settings:?}");
    assert!(shown.contains("AKIA") && !shown.contains("hush") && !shown.contains("quiet"));
}
