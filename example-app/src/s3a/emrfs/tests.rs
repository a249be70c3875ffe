use super::*;
use crate::s3a::bucket::of_bucket;
use crate::s3a::tests::configuration;
use crate::s3a::{ProviderClass, S3aSettings};

fn settings(definitions: &[&str], scheme: &str) -> Result<S3aSettings, ConfigurationError> {
    let target = CommandTarget { bucket: Some("b"), scheme: Some(scheme) };
    S3aSettings::of(&of_bucket(&mapped(&configuration(definitions), target)?, "b"))
}

fn headers(definitions: &[&str]) -> Vec<String> {
    let headers = settings(definitions, "s3").unwrap().object_headers.0;
    headers.iter().map(|(name, value)| format!("{name}: {}", value.to_str().unwrap())).collect()
}

fn error(definitions: &[&str]) -> String {
    settings(definitions, "s3").unwrap_err().to_string()
}

#[test]
fn encrypts_as_emrfs_does() {
    let sse = "fs.s3.enableServerSideEncryption=true";
    let aes = "x-amz-server-side-encryption: AES256";
    let kms = "x-amz-server-side-encryption: aws:kms";
    let key = "x-amz-server-side-encryption-aws-kms-key-id: k";
    for (definitions, expected) in [
        (&[sse][..], &[aes][..]),
        (&[sse, "fs.s3.serverSideEncryptionAlgorithm=AES256"], &[aes]),
        (&[sse, "fs.s3.serverSideEncryptionAlgorithm=aws:kms"], &[kms]),
        (&[sse, "fs.s3.serverSideEncryption.kms.keyId=k"], &[kms, key]),
        (&["fs.s3.serverSideEncryption.kms.keyId=k"], &[]),
        (&["fs.s3.enableServerSideEncryption=false"], &[]),
        (&["fs.s3.cse.enabled=false"], &[]),
        (
            &[sse, "fs.s3a.encryption.algorithm=DSSE-KMS"],
            &["x-amz-server-side-encryption: aws:kms:dsse"],
        ),
        (&[sse, "fs.s3a.encryption.algorithm="], &[]),
        (&[sse, "fs.s3a.emrfs.compatibility.enable=false"], &[]),
        (&[sse, "fs.s3.bucket.b.serverSideEncryption.kms.keyId=k"], &[kms, key]),
        (&["fs.s3.bucket.b.enableServerSideEncryption=true"], &[aes]),
        (&["fs.s3.bucket.c.enableServerSideEncryption=true"], &[]),
        (&[sse, "fs.s3a.bucket.b.server-side-encryption-algorithm=SSE-KMS"], &[kms]),
        (&[sse, "fs.s3.bucket.b.enableServerSideEncryption=false"], &[]),
    ] {
        assert_eq!(headers(definitions), expected, "{definitions:?}");
    }
}

#[test]
fn rejects_unsupported_settings() {
    for (definition, expected) in [
        (
            "fs.s3.cse.enabled=true",
            "-D: fs.s3.cse.enabled is not supported: with encryption on the client",
        ),
        ("fs.s3.bucket.b.cse.enabled=true", "-D: fs.s3.bucket.b.cse.enabled is not supported"),
        ("fs.s3.cse.enabled=ture", "-D: fs.s3.cse.enabled: `ture' is not true or false"),
        ("fs.s3.enableServerSideEncryption=yes", "`yes' is not true or false"),
        ("fs.s3.canned.acl=Everyone", "-D: fs.s3.canned.acl: `Everyone' is not a canned ACL"),
        (
            "fs.s3.credentialsResolverClass=a.B",
            "-D: fs.s3.credentialsResolverClass is not supported",
        ),
        ("fs.s3.s3AccessGrants.enabled=true", "-D: fs.s3.s3AccessGrants.enabled is not supported"),
        ("fs.s3.signerType=S3SignerType", "-D: fs.s3.signerType is not supported"),
        (
            "fs.s3.customAWSCredentialsProvider=a.B",
            "fs.s3.customAWSCredentialsProvider is not supported: with a.B",
        ),
        ("fs.s3.maxRetries=many", "-D: fs.s3.maxRetries: `many' is not a whole number"),
    ] {
        let error = error(&[definition]);
        assert!(error.contains(expected), "{error}");
    }
    let sse = "fs.s3.enableServerSideEncryption=true";
    let error = error(&[sse, "fs.s3.serverSideEncryptionAlgorithm=DES"]);
    assert!(error.contains("`DES' is not AES256 or aws:kms"), "{error}");
}

#[test]
fn follows_settings_with_a_counterpart() {
    let settings = settings(
        &[
            "fs.s3.maxRetries=3",
            "fs.s3.threadpool.maxSize=5",
            "fs.s3n.multipart.uploads.split.size=16777216",
            "fs.s3.buffer.dir=/mnt/s3,/mnt1/s3",
            "fs.s3.useRequesterPaysHeader=true",
            "fs.s3n.endpoint=s3.example.com",
            "fs.s3n.ssl.enabled=false",
            "fs.s3.customAWSCredentialsProvider=\
             com.amazonaws.auth.WebIdentityTokenCredentialsProvider",
            "fs.s3.aimd.enabled=true",
        ],
        "s3a",
    );
    let settings = settings.unwrap();
    assert_eq!(settings.upload.retries.attempts, 4);
    assert_eq!(settings.upload.in_flight, 5);
    assert_eq!(settings.upload.plan.part_len, 16 << 20);
    assert_eq!(settings.upload.spool_folders.len(), 2);
    assert!(settings.requester_pays);
    assert_eq!(settings.endpoint.url.unwrap().to_string(), "http://s3.example.com");
    assert_eq!(settings.credentials.providers, Some(vec![ProviderClass::WebIdentity]));
    assert_eq!(
        headers(&["fs.s3.canned.acl=BucketOwnerFullControl"]),
        ["x-amz-acl: bucket-owner-full-control"]
    );
    assert_eq!(headers(&["fs.s3.storageClass=STANDARD_IA"]), ["x-amz-storage-class: STANDARD_IA"]);
}

#[test]
fn uses_keys_for_their_own_scheme() {
    let keys = ["fs.s3n.awsAccessKeyId=AKIAN", "fs.s3n.awsSecretAccessKey=hush"];
    let key = |definitions: &[&str], scheme: &str| {
        let keys = settings(definitions, scheme).unwrap().credentials.keys;
        keys.map(|keys| keys.access_key_id)
    };
    assert_eq!(key(&keys, "s3n").as_deref(), Some("AKIAN"));
    assert_eq!(key(&keys, "s3"), None);
    assert_eq!(key(&keys, "s3a"), None);
    let own = [&keys[..], &["fs.s3a.access.key=AKIA", "fs.s3a.secret.key=s"]].concat();
    assert_eq!(key(&own, "s3n").as_deref(), Some("AKIA"));
    let instance = "fs.s3a.bucket.b.aws.credentials.provider=\
                    com.amazonaws.auth.InstanceProfileCredentialsProvider";
    let provider = [&keys[..], &[instance]].concat();
    assert_eq!(key(&provider, "s3n"), None);
}

#[test]
fn lists_settings_without_a_counterpart() {
    let configuration = configuration(&[
        "fs.s3.multipart.part.attempts=5",
        "fs.s3.consistent=true",
        "fs.s3.maxRetries=3",
        "fs.s3.impl=x",
        "fs.s3n.awsAccessKeyId=AKIA",
        "fs.s3.bucket.b.seekStrategy=LAZY",
        "fs.s3.bucket.c.seekStrategy=LAZY",
    ]);
    let of = |scheme| {
        let target = CommandTarget { bucket: Some("b"), scheme: Some(scheme) };
        let names = unmapped(&configuration, target).into_iter().map(|(name, _)| name);
        names.map(str::to_owned).collect::<Vec<_>>()
    };
    let rest = ["fs.s3.bucket.b.seekStrategy", "fs.s3.consistent", "fs.s3.multipart.part.attempts"];
    assert_eq!(of("s3n"), rest);
    assert_eq!(of("s3a"), [&rest[..], &["fs.s3n.awsAccessKeyId"]].concat());
}

#[test]
fn rejects_client_side_encryption_of_s3n() {
    let definitions = ["fs.s3n.cse.enabled=true"];
    let message = settings(&definitions, "s3n").unwrap_err().to_string();
    assert!(message.contains("fs.s3n.cse.enabled"), "{message}");
    assert!(settings(&definitions, "s3a").is_ok());
    assert!(settings(&["fs.s3n.cse.enabled=false"], "s3n").is_ok());
}

#[test]
fn lists_settings_of_an_encryption_that_is_off() {
    const ALL: &str = "fs.s3.serverSideEncryptionAlgorithm=AES256";
    const OWN: &str = "fs.s3.bucket.b.serverSideEncryption.kms.keyId=k";
    let of = |definitions: &[&str]| {
        let configuration = configuration(definitions);
        let target = CommandTarget { bucket: Some("b"), scheme: Some("s3") };
        let configuration = mapped(&configuration, target).unwrap();
        let names = without_switch(&configuration, target).into_iter().map(|(name, _)| name);
        names.collect::<Vec<_>>()
    };
    assert_eq!(of(&[ALL]), ["fs.s3.serverSideEncryptionAlgorithm"]);
    assert_eq!(of(&[OWN]), ["fs.s3.bucket.b.serverSideEncryption.kms.keyId"]);
    assert_eq!(of(&[ALL, OWN]).len(), 2);
    assert_eq!(of(&["fs.s3.bucket.c.serverSideEncryptionAlgorithm=AES256"]), Vec::<String>::new());
    for switch in [
        "fs.s3.enableServerSideEncryption=true",
        "fs.s3.enableServerSideEncryption=false",
        "fs.s3.cse.enabled=true",
        "fs.s3a.encryption.algorithm=SSE-KMS",
        "fs.s3a.server-side-encryption-algorithm=SSE-KMS",
        "fs.s3a.emrfs.compatibility.enable=false",
    ] {
        assert_eq!(of(&[ALL, switch]), Vec::<String>::new(), "{switch}");
    }
}
