//! Settings that change who may read what, or where it goes, and that rolefs cannot follow. To ignore
//! them would be to do something else than was asked for; so they end the program.

use super::read::{Read as _, refused};
use crate::configuration::{Configuration, ConfigurationError, Setting, value};

/// What is refused if it has a value, and what to do.
const IF_SET: [(&str, &str); 10] = [
    ("hadoop.security.credential.provider.path", JCEKS),
    ("fs.s3a.security.credential.provider.path", JCEKS),
    (
        "fs.s3a.delegation.token.binding",
        "rolefs issues and takes no delegation tokens: use a role, and override with \
         -D fs.s3a.delegation.token.binding=",
    ),
    (
        "fs.s3a.accesspoint.arn",
        "rolefs asks the bucket itself, which the access point may be meant to guard: override \
         with -D and an empty value if it is not",
    ),
    (
        "fs.s3a.credentials.resolver",
        "rolefs loads no classes, and takes no credentials of Lake Formation or Glue: use a role that \
         may write there, and override with -D fs.s3a.credentials.resolver=",
    ),
    ("fs.s3a.custom.signers", SIGNERS),
    ("fs.s3a.signing-algorithm", SIGNERS),
    ("fs.s3a.s3.signing-algorithm", SIGNERS),
    ("fs.s3a.sts.signing-algorithm", SIGNERS),
    (
        "fs.s3a.s3.client.factory.impl",
        "rolefs loads no classes: override with -D fs.s3a.s3.client.factory.impl= if the class \
         changes nothing that matters here",
    ),
];

const JCEKS: &str = "rolefs opens no keystores (JCEKS): use a role, such as the instance's, and \
                     override with -D and an empty value";
const SIGNERS: &str = "rolefs signs with AWS Signature Version 4 alone: override with -D and an \
                       empty value if that is what the server wants";

const RAZ: &str = "Ranger (RAZ) decides who may read and write, and signs: put with S3A, or override \
                   with -D and an empty value to go past it, with a role that may do so";

/// Signers that do what rolefs does.
const VERSION_4: [&str; 5] = [
    "AWSS3V4SignerType",
    "AWS4SignerType",
    "AWS4UnsignedPayloadSignerType",
    "AwsS3V4Signer",
    "software.amazon.awssdk.auth.signer.AwsS3V4Signer",
];

pub(super) fn check(configuration: &Configuration) -> Result<(), ConfigurationError> {
    for (name, fix) in IF_SET {
        let setting = configuration.get(name)?;
        if let Some(setting) = setting.filter(|setting| fix != SIGNERS || !is_version_4(setting)) {
            let is_raz = fix == SIGNERS && setting.value.contains("RazS3Signer");
            return Err(refused(&setting, if is_raz { RAZ } else { fix }));
        }
    }
    if configuration.is_true("fs.s3a.access.grants.enabled")?
        && let Some(grants) = configuration.get("fs.s3a.access.grants.enabled")?
    {
        let fix = "rolefs does not ask S3 Access Grants: put with S3A, or use a role that may do so \
                   by itself, and override with -D fs.s3a.access.grants.enabled=false";
        return Err(refused(&grants, fix));
    }
    if let Some(required) = configuration.get("fs.s3a.accesspoint.required")?
        && !required.value.eq_ignore_ascii_case("false")
    {
        return Err(refused(&required, "rolefs knows no access points: put with S3A"));
    }
    Ok(())
}

/// Whether all the signers that a setting names (`NAME`, `NAME:CLASS`) are of version 4.
fn is_version_4(setting: &Setting<'_>) -> bool {
    let name = |signer: &str| signer.split(':').next().unwrap_or_default().trim().to_owned();
    value::list(&setting.value).all(|signer| VERSION_4.contains(&name(signer).as_str()))
}
