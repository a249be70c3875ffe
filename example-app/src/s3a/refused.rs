//! Settings that change who may read what, or where it goes, and that rolefs cannot follow. To ignore
//! them would be to do something else than was asked for; so they end the program.

use super::read::refused;
use crate::configuration::{Configuration, ConfigurationError};

/// What is refused if it has a value, and what to do.
const IF_SET: [(&str, &str); 9] = [
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

/// Signers that do what rolefs does.
const VERSION_4: [&str; 3] = ["AWSS3V4SignerType", "AWS4SignerType", "AwsS3V4Signer"];

pub(super) fn check(configuration: &Configuration) -> Result<(), ConfigurationError> {
    for (name, fix) in IF_SET {
        let setting = configuration.get(name)?;
        let is_harmless = |value: &str| fix == SIGNERS && VERSION_4.contains(&value);
        if let Some(setting) = setting.filter(|setting| !is_harmless(&setting.value)) {
            return Err(refused(&setting, fix));
        }
    }
    if let Some(required) = configuration.get("fs.s3a.accesspoint.required")?
        && !required.value.eq_ignore_ascii_case("false")
    {
        return Err(refused(&required, "rolefs knows no access points: put with S3A"));
    }
    Ok(())
}
