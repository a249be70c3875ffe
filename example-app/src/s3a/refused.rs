//! The refusal of settings that decide on access, protection or the way of data, and that rolefs
//! cannot follow. Ignoring them would have another effect than the user requested, so they are
//! errors.

use super::table::form::Switch;
use super::table::read::{parsed, refused};
use super::table::rows::{ENCRYPTION_ALGORITHM, PROXY_HOST};
use super::table::{self, RefusedWhen};
use crate::configuration::{Configuration, ConfigurationError, Setting, value};

const RAZ: &str = "Ranger (RAZ) decides on access, and signs: put with S3A, or override with -D \
                  and an empty value to bypass it, with a role that is allowed to";

/// The signers of AWS Signature Version 4.
const SIGNATURE_V4: [&str; 5] = [
    "AWSS3V4SignerType",
    "AWS4SignerType",
    "AWS4UnsignedPayloadSignerType",
    "AwsS3V4Signer",
    "software.amazon.awssdk.auth.signer.AwsS3V4Signer",
];

/// Checks that no setting is refused.
pub(super) fn check(configuration: &Configuration) -> Result<(), ConfigurationError> {
    for (name, condition, remedy) in table::refusals() {
        if let Some(setting) = configuration.get(name)?
            && applies(condition, configuration, &setting, name)?
        {
            let is_raz = condition == RefusedWhen::UnlessSignatureV4
                && setting.value.contains("RazS3Signer");
            return Err(refused(&setting, if is_raz { RAZ } else { remedy }));
        }
    }
    Ok(())
}

fn applies(
    condition: RefusedWhen,
    configuration: &Configuration,
    setting: &Setting<'_>,
    name: &str,
) -> Result<bool, ConfigurationError> {
    Ok(match condition {
        RefusedWhen::IfSet => true,
        RefusedWhen::IfTrue => parsed::<Switch>(configuration, name)?.unwrap_or(false),
        RefusedWhen::UnlessFalse => !setting.value.eq_ignore_ascii_case("false"),
        RefusedWhen::UnlessSignatureV4 => !is_signature_v4(setting),
        RefusedWhen::WithProxy => PROXY_HOST.setting(configuration)?.is_some(),
        RefusedWhen::WithKms => {
            let algorithm = ENCRYPTION_ALGORITHM.setting(configuration)?;
            algorithm.is_some_and(|algorithm| algorithm.value.ends_with("SSE-KMS"))
        }
    })
}

/// Returns whether all signers of a setting (`NAME`, `NAME:CLASS`) are of Signature Version 4.
fn is_signature_v4(setting: &Setting<'_>) -> bool {
    let name = |signer: &str| signer.split(':').next().unwrap_or_default().trim().to_owned();
    value::list(&setting.value).all(|signer| SIGNATURE_V4.contains(&name(signer).as_str()))
}
