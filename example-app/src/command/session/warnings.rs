//! Warnings about settings, on stderr, once for each command.

use super::encryption::warn_of_no_encryption;
use crate::configuration::{Configuration, ConfigurationError, Setting};
use crate::s3a::emrfs::{self, Target};
use crate::s3a::upload::raised;
use crate::s3a::{CredentialSettings, ProviderClass, known};

/// Warns about definitions that a final one overrides.
pub(super) fn warn_of_final(configuration: &Configuration) {
    for ignored in configuration.ignored() {
        let (name, at) = (&ignored.name, &ignored.at);
        tell!("rolefs: {at}: {name} is final already: this value counts for nothing");
    }
}

/// Warns about settings that have no effect, or another one than expected.
///
/// # Errors
/// If one of them cannot be read.
pub(super) fn warn_of_settings(
    configuration: &Configuration,
    target: Target<'_>,
    credentials: &CredentialSettings,
) -> Result<(), ConfigurationError> {
    warn_of_unknown(configuration);
    warn_of_unmapped(configuration, target);
    warn_of_no_encryption(configuration, target);
    warn_of_keys(credentials);
    warn_of_purge(configuration);
    warn_of_raised(configuration)
}

/// Warns about settings of EMRFS that S3A has no counterpart for.
fn warn_of_unmapped(configuration: &Configuration, target: Target<'_>) {
    let unmapped = emrfs::unmapped(configuration, target);
    if !unmapped.is_empty() {
        let shown = unmapped.iter().map(|(name, at)| format!("{name} ({at})"));
        let shown = shown.collect::<Vec<_>>().join(", ");
        tell!("rolefs: settings of EMRFS that S3A does not have, and that are ignored: {shown}");
    }
}

/// Warns about settings that rolefs does not know.
fn warn_of_unknown(configuration: &Configuration) {
    let unknown = known::unknown(configuration);
    if !unknown.is_empty() {
        let shown = unknown.iter().map(|(name, at)| format!("{name} ({at})"));
        let shown = shown.collect::<Vec<_>>().join(", ");
        tell!("rolefs: settings that rolefs does not know, and ignores: {shown}");
    }
}

/// Warns that rolefs does not purge uploads, which whoever sets it relies on.
fn warn_of_purge(configuration: &Configuration) {
    if let Ok(Some(purge)) = configuration.get("fs.s3a.multipart.purge")
        && purge.value.eq_ignore_ascii_case("true")
    {
        tell!(
            "rolefs: {}: fs.s3a.multipart.purge: rolefs never ends uploads of others: have a \
             lifecycle rule of the bucket do so (AbortIncompleteMultipartUpload)",
            purge.origin
        );
    }
}

/// Warns about lengths that are raised to the minimum, as S3A does.
fn warn_of_raised(configuration: &Configuration) -> Result<(), ConfigurationError> {
    for (name, Setting { value, origin, .. }) in raised(configuration)? {
        tell!("rolefs: {origin}: {name} is {}, and 5M at the least is taken", *value);
    }
    Ok(())
}

/// Warns about secret keys in the configuration.
fn warn_of_keys(credentials: &CredentialSettings) {
    let is_used = credentials.providers.as_ref().is_none_or(|classes| {
        classes
            .iter()
            .any(|class| matches!(class, ProviderClass::Simple | ProviderClass::Temporary))
    });
    if let (true, Some(keys)) = (is_used, &credentials.keys) {
        tell!(
            "rolefs: {}: fs.s3a.secret.key stands in the configuration, for all who can read it: \
             give the host or the container a role, which rolefs finds without any setting",
            keys.origin
        );
    }
}
