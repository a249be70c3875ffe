//! The settings that vendors ship or document. The files of `tests/vendors` are our own, with the
//! same settings.

use std::path::Path;

use super::super::bucket::of_bucket;
use super::super::emrfs::{CommandTarget, mapped};
use super::super::{Configuration, ConfigurationError, ProviderClass, S3aSettings, table};

fn read(file: &str) -> Result<S3aSettings, ConfigurationError> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vendors");
    let mut configuration = table::added_to(Configuration::default());
    configuration.add_file(&folder.join(file)).unwrap();
    let target = CommandTarget { bucket: Some("b"), scheme: Some("s3") };
    S3aSettings::of(&of_bucket(&mapped(&configuration, target)?, "b"))
}

#[test]
fn resolves_providers() {
    use ProviderClass as Class;

    for (file, expected) in [
        ("emr.xml", &[Class::ContainerOrInstance][..]),
        ("emrfs.xml", &[Class::Standard]),
        ("emr-serverless.xml", &[Class::EmrAssumedRole]),
        ("emr-relocated.xml", &[Class::ContainerOrInstance]),
        ("glue-container.xml", &[Class::Standard]),
        ("hortonworks.xml", &[Class::Environment, Class::ContainerOrInstance]),
        ("minio.xml", &[Class::Simple]),
        ("dell-ecs.xml", &[Class::AssumedRole]),
        ("flink.xml", &[Class::WebIdentity]),
        ("spark-ecs.xml", &[Class::Container, Class::Profile]),
    ] {
        let credentials = read(file).unwrap_or_else(|error| panic!("{file}: {error}")).credentials;
        assert_eq!(credentials.providers.as_deref(), Some(expected), "{file}");
    }
    for file in ["ceph.xml", "supabase.xml"] {
        let credentials = read(file).unwrap().credentials;
        assert!(credentials.providers.is_none() && credentials.keys.is_some(), "{file}");
    }
}

#[test]
fn rejects_settings_that_decide_on_access() {
    for (file, name, remedy) in [
        ("emr-cse.xml", "fs.s3.cse.enabled", "what rolefs would store is not encrypted"),
        ("emr-role-mapper.xml", "fs.s3.customAWSCredentialsProvider", "IAMInstanceCredentials"),
        ("glue-lake-formation.xml", "fs.s3.credentialsResolverClass", "Lake Formation"),
        ("cloudera-idbroker.xml", "fs.s3a.delegation.token.binding", "override with -D"),
        ("cloudera-raz.xml", "fs.s3a.custom.signers", "Ranger (RAZ) decides"),
        ("databricks.xml", "fs.s3a.aws.credentials.provider", "come from a catalog"),
        ("starrocks.xml", "fs.s3a.aws.credentials.provider", "s3a.auth.AssumedRoleCredential"),
        ("system-properties.xml", "fs.s3a.aws.credentials.provider", "AWS_ACCESS_KEY_ID"),
        ("delegation.xml", "fs.s3a.delegation.token.binding", "override with -D"),
    ] {
        let error = read(file).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(error.contains(&format!("{name} is not supported")), "{file}: {error}");
        assert!(error.contains(remedy), "{file}: {error}");
    }
}

#[test]
fn follows_other_settings() {
    let url = |file| read(file).unwrap().endpoint.url.unwrap().to_string();
    assert_eq!(url("minio.xml"), "http://minio:9000");
    assert_eq!(url("supabase.xml"), "https://x.supabase.example/storage/v1/s3");
    assert_eq!(read("ceph.xml").unwrap().endpoint.region.as_deref(), Some("default"));
    let role = read("dell-ecs.xml").unwrap().credentials.role.unwrap();
    assert_eq!(role.sts_endpoint.unwrap().to_string(), "https://ecs.example.com:4443/sts");
    assert_eq!(role.arn, "urn:ecs:iam::ns:role/x");
    let folders = read("emr.xml").unwrap().upload.spool_folders;
    assert_eq!(folders, ["/mnt/s3", "/mnt/var/lib/hadoop/tmp/s3a"].map(std::path::PathBuf::from));
    let emrfs = read("emrfs.xml").unwrap();
    assert_eq!(emrfs.upload.retries.attempts, 21);
    let names = emrfs.object_headers.0.iter().map(|(name, _)| name.as_str());
    let expected = [
        "x-amz-acl",
        "x-amz-server-side-encryption",
        "x-amz-server-side-encryption-aws-kms-key-id",
    ];
    assert_eq!(names.collect::<Vec<_>>(), expected);
}
