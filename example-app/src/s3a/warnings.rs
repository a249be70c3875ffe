//! Warnings about settings, once for each command.

use super::credentials::{CredentialSettings, ProviderClass};
use super::emrfs::{self, CommandTarget};
use super::table::{self, rows};
use super::upload;
use crate::configuration::{Configuration, ConfigurationError, Setting, ValueOrigin};

/// Returns the warnings about a bucket's configuration, from which `credentials` were read.
///
/// # Errors
/// If a value is invalid.
pub fn of(
    configuration: &Configuration,
    target: CommandTarget<'_>,
    credentials: &CredentialSettings,
) -> Result<Vec<String>, ConfigurationError> {
    let unknown = "unknown settings are ignored, check their spelling";
    let unmapped = "settings of EMRFS without a counterpart in S3A are ignored";
    let mut warnings = Vec::new();
    warnings.extend(list(unknown, &table::unknown(configuration)));
    warnings.extend(list(unmapped, &emrfs::unmapped(configuration, target)));
    warnings.extend(unset_variables(configuration));
    warnings.extend(not_encrypted(configuration, target));
    warnings.extend(keys(credentials));
    warnings.extend(purge(configuration));
    warnings.extend(raised_lengths(configuration)?);
    Ok(warnings)
}

const UNSET: &str = "settings with a variable that is not set, which stays as it is written";

/// Returns the warning about settings with a variable that is not set.
pub fn unset_variables(configuration: &Configuration) -> Option<String> {
    list(UNSET, &with_unset_variables(configuration))
}

/// Returns the settings in force with a `${name}` that is not set. A policy can have its own
/// variables.
fn with_unset_variables(configuration: &Configuration) -> Vec<(&str, &ValueOrigin)> {
    let is_read = |name: &&str| {
        let row = table::find(name);
        *name != rows::ROLE_POLICY.name
            && row.is_some_and(|row| matches!(row.treatment, table::Treatment::Followed(_)))
    };
    let origin = |name| {
        let setting = configuration.get(name).ok()??;
        setting.value.contains("${").then_some((name, setting.origin))
    };
    let names = configuration.names("fs.s3a.").filter(is_read);
    let names = names.chain([rows::DEFAULT_FS.name, rows::TMP_DIR.name]);
    names.filter_map(origin).filter(|(_, at)| **at != ValueOrigin::Default).collect()
}

/// Returns a warning that lists settings, or `None` if there are none.
fn list(title: &str, settings: &[(&str, &ValueOrigin)]) -> Option<String> {
    let shown: Vec<_> = settings.iter().map(|(name, at)| format!("{name} ({at})")).collect();
    (!shown.is_empty()).then(|| format!("{title}: {}", shown.join(", ")))
}

/// Warns of settings of an encryption that is off: their user expects encrypted objects.
fn not_encrypted(configuration: &Configuration, target: CommandTarget<'_>) -> Vec<String> {
    const SWITCH: &str = rows::EMRFS_SSE;
    let unswitched = emrfs::without_switch(configuration, target).into_iter();
    let warning =
        |(name, at)| format!("{at}: {name} is ignored: it counts only with {SWITCH}=true");
    let mut warnings: Vec<_> = unswitched.map(warning).collect();
    let key = configuration.property(rows::ENCRYPTION_KEY.name);
    let algorithm = rows::ENCRYPTION_ALGORITHM.setting(configuration);
    if let (Some(key), Ok(None)) = (key, algorithm)
        && key.written.starts_with("fs.s3a.")
    {
        let (at, name, algorithm) = (&key.origin, &key.written, rows::ENCRYPTION_ALGORITHM.name);
        warnings.push(format!("{at}: {name} is ignored: it counts only with {algorithm}"));
    }
    warnings
}

/// Warns of keys in the configuration, if a provider uses them.
fn keys(credentials: &CredentialSettings) -> Option<String> {
    let uses_keys =
        |class: &ProviderClass| matches!(class, ProviderClass::Simple | ProviderClass::Temporary);
    let providers = credentials.providers.as_ref();
    let keys = credentials.keys.as_ref()?;
    let is_used = providers.is_none_or(|classes| classes.iter().any(uses_keys));
    is_used.then(|| {
        format!(
            "{}: {} is in the configuration, for everyone who can read it: give the host or the \
             container a role, which rolefs finds without any setting",
            keys.origin,
            rows::SECRET_KEY.name
        )
    })
}

/// Warns of an expected purge of unfinished uploads.
fn purge(configuration: &Configuration) -> Option<String> {
    let purge = rows::PURGE.setting(configuration).ok().flatten()?;
    purge.value.eq_ignore_ascii_case("true").then(|| {
        format!(
            "{}: {}: rolefs never aborts uploads of others: have a lifecycle rule of the bucket do \
             so (AbortIncompleteMultipartUpload)",
            purge.origin,
            rows::PURGE.name
        )
    })
}

/// Warns of lengths below S3's least part length, as S3A does.
fn raised_lengths(configuration: &Configuration) -> Result<Vec<String>, ConfigurationError> {
    let raised = upload::raised(configuration)?.into_iter();
    let warning = |(name, setting): (_, Setting<'_>)| {
        let (origin, value) = (setting.origin, setting.value.as_str());
        format!("{origin}: {name} is {value}, and is raised to the least size, 5M")
    };
    Ok(raised.map(warning).collect())
}
