//! Settings of EMRFS (`fs.s3.*`, `fs.s3n.*`), read as their counterparts in S3A.
//!
//! Since release 7.10 Amazon EMR reads `s3://`, `s3n://` and `s3a://` by S3A. It takes the settings
//! of EMRFS where those of S3A are not set. The counterparts are in the [`table`].
//!
//! Source: "Migration Guide: EMRFS to S3A Filesystem", "Specifying Amazon S3 encryption using EMRFS
//! properties" (Amazon EMR Release Guide).

use std::sync::Arc;

use super::table::form::Switch;
use super::table::read::{invalid, parsed, refused};
use super::table::rows::{
    EMRFS, EMRFS_ALGORITHM as ALGORITHM, EMRFS_COMPATIBILITY, EMRFS_CSE as CSE, EMRFS_ENCRYPTION,
    EMRFS_KEY as KEY, EMRFS_KEYS as KEYS, EMRFS_SSE as SSE, ENCRYPTION_ALGORITHM, OLD_NAMES,
    PROVIDERS, S3N_CSE,
};
use super::table::{self, Treatment};
use crate::configuration::{Configuration, ConfigurationError, Property, Setting, ValueOrigin};

/// The bucket and the scheme of a command's path.
#[derive(Clone, Copy, Debug, Default)]
pub struct CommandTarget<'t> {
    /// The bucket, if the command names one.
    pub bucket: Option<&'t str>,
    /// `s3`, `s3n` or `s3a`.
    pub scheme: Option<&'t str>,
}

/// Returns the configuration with EMRFS's settings in the places of those of S3A that are not set,
/// unless `fs.s3a.emrfs.compatibility.enable` is `false`.
///
/// Keys (`fs.s3.awsAccessKeyId`, `fs.s3n.awsAccessKeyId`) count for their own scheme, and only if
/// no setting of S3A names credentials.
///
/// # Errors
/// If a setting of EMRFS has an invalid value.
pub fn mapped(
    configuration: &Configuration,
    target: CommandTarget<'_>,
) -> Result<Configuration, ConfigurationError> {
    if !is_on(configuration)? {
        return Ok(configuration.with_properties([]));
    }
    if let Some("s3n") = target.scheme {
        refuse_client_side_encryption(configuration)?;
    }
    let mut added = Vec::new();
    for bucket in scopes(target) {
        for (emrfs, s3a) in counterparts() {
            if let Some(property) = set(configuration, &name_for(emrfs, bucket))
                && is_free(configuration, s3a, bucket)
            {
                added.push((name_for(s3a, bucket), Arc::clone(property)));
            }
        }
        if is_free(configuration, ENCRYPTION_ALGORITHM.name, bucket) {
            let to = name_for(ENCRYPTION_ALGORITHM.name, bucket);
            added.extend(algorithm(configuration, bucket)?.map(|property| (to, property)));
        }
    }
    added.extend(keys(configuration, target));
    Ok(configuration.with_properties(added))
}

/// Returns the settings of EMRFS that have no counterpart in S3A and are not in the table.
pub fn unmapped<'c>(
    configuration: &'c Configuration,
    target: CommandTarget<'_>,
) -> Vec<(&'c str, &'c ValueOrigin)> {
    if !is_on(configuration).unwrap_or(true) {
        return Vec::new();
    }
    let of_target =
        |emrfs: &str, name: &str| scopes(target).any(|bucket| name_for(emrfs, bucket) == name);
    let scheme_keys = target.scheme.map(|scheme| format!("fs.{scheme}.aws"));
    let is_meant = |name: &str| {
        let is_bucket = name.starts_with("fs.s3.bucket.") || name.starts_with("fs.s3n.bucket.");
        let own = |bucket| name.starts_with(&name_for("fs.s3.", Some(bucket)));
        // Settings of another bucket count when that bucket is used.
        (is_bucket && !target.bucket.is_some_and(own))
            || EMRFS.iter().any(|row| match row.treatment {
                Treatment::ReadAs(_) => of_target(row.name, name),
                Treatment::Ignored(_) => row.name == name,
                _ => false,
            })
            || scheme_keys.as_ref().is_some_and(|keys| name.starts_with(keys.as_str()))
    };
    let names = configuration.names("fs.s3.").chain(configuration.names("fs.s3n."));
    names
        .filter(|name| !is_meant(name))
        .filter_map(|name| Some((name, &set(configuration, name)?.origin)))
        .collect()
}

/// Returns the settings of an encryption that no setting switches on: they have no effect, as in
/// EMRFS. A switch that is off needs no report.
pub(super) fn without_switch<'c>(
    configuration: &'c Configuration,
    target: CommandTarget<'_>,
) -> Vec<(String, &'c ValueOrigin)> {
    if !is_on(configuration).unwrap_or(true) {
        return Vec::new();
    }
    let is_set = |bucket: Option<&str>, name: &str| {
        let own = name_for(name, bucket);
        [own.as_str(), name].iter().any(|name| set(configuration, name).is_some())
    };
    let is_free = |bucket: Option<&str>| is_free(configuration, ENCRYPTION_ALGORITHM.name, bucket);
    let is_switched = |bucket: Option<&str>| {
        is_set(bucket, CSE) || is_set(bucket, SSE) || !is_free(bucket) || !is_free(None)
    };
    let scopes = scopes(target).filter(|bucket| !is_switched(*bucket));
    let names = scopes.flat_map(|bucket| [ALGORITHM, KEY].map(|name| name_for(name, bucket)));
    names
        .filter_map(|name| {
            let origin = &set(configuration, &name)?.origin;
            Some((name, origin))
        })
        .collect()
}

/// Returns the setting of S3A as which one of EMRFS is read.
pub fn counterpart(name: &str) -> Option<&'static str> {
    match table::find(name)?.treatment {
        Treatment::ReadAs(name) => Some(name),
        _ => None,
    }
}

/// Returns the settings that alone correspond to one of S3A, each with that one.
fn counterparts() -> impl Iterator<Item = (&'static str, &'static str)> {
    let alone = EMRFS.iter().filter(|row| ![CSE, SSE, ALGORITHM].contains(&row.name));
    alone.filter_map(|row| Some((row.name, counterpart(row.name)?)))
}

/// Refuses to store objects of `s3n://` in the clear that EMRFS would encrypt.
fn refuse_client_side_encryption(configuration: &Configuration) -> Result<(), ConfigurationError> {
    let is_true = parsed::<Switch>(configuration, S3N_CSE)?.unwrap_or(false);
    let setting = configuration.get(S3N_CSE)?.filter(|_| is_true);
    let remedy = table::find(S3N_CSE).map(|row| row.treatment);
    match (setting, remedy) {
        (Some(setting), Some(Treatment::Refused(_, remedy))) => Err(refused(&setting, remedy)),
        _ => Ok(()),
    }
}

fn is_on(configuration: &Configuration) -> Result<bool, ConfigurationError> {
    Ok(EMRFS_COMPATIBILITY.read(configuration)?.unwrap_or(true))
}

/// Returns the bucket, for its own settings, and `None`, for those of all buckets.
fn scopes(target: CommandTarget<'_>) -> impl Iterator<Item = Option<&str>> {
    target.bucket.map(Some).into_iter().chain([None])
}

/// Returns the name of a setting for a bucket: `fs.s3.x` becomes `fs.s3.bucket.NAME.x`.
fn name_for(name: &str, bucket: Option<&str>) -> String {
    let parts = name.strip_prefix("fs.").and_then(|rest| rest.split_once('.'));
    match (bucket, parts) {
        (Some(bucket), Some((scheme, rest))) => format!("fs.{scheme}.bucket.{bucket}.{rest}"),
        _ => name.to_owned(),
    }
}

fn set<'c>(configuration: &'c Configuration, name: &str) -> Option<&'c Arc<Property>> {
    configuration.property(name).filter(|property| !property.raw.trim().is_empty())
}

/// Returns whether a setting of S3A is not set. `-D name=` sets it: it overrides the setting.
fn is_free(configuration: &Configuration, name: &str, bucket: Option<&str>) -> bool {
    let old_names = OLD_NAMES.iter().filter(|(_, new)| *new == name).map(|(old, _)| *old);
    let mut names = old_names.chain([name]).map(|name| name_for(name, bucket));
    names.all(|name| {
        configuration.property(&name).is_none_or(|property| property.origin == ValueOrigin::Default)
    })
}

/// Returns `fs.s3a.encryption.algorithm` as EMRFS's settings together decide it.
fn algorithm(
    configuration: &Configuration,
    bucket: Option<&str>,
) -> Result<Option<Arc<Property>>, ConfigurationError> {
    let is_set = |name: &&str| set(configuration, &name_for(name, bucket)).is_some();
    if bucket.is_some() && !EMRFS_ENCRYPTION.iter().any(is_set) {
        return Ok(None);
    }
    // Settings that the bucket does not have are those of all buckets.
    let name = |name: &str| {
        let own = name_for(name, bucket);
        if set(configuration, &own).is_some() { own } else { name.to_owned() }
    };
    let (cse, sse) = (name(CSE), name(SSE));
    let is_on = |name: &str| -> Result<_, ConfigurationError> {
        Ok(parsed::<Switch>(configuration, name)?.unwrap_or(false))
    };
    let derived = |from: &str, value: &str| {
        configuration.property(from).map(|property| {
            Arc::new(Property {
                raw: value.to_owned().into(),
                written: property.written.clone(),
                origin: property.origin.clone(),
            })
        })
    };
    if is_on(&cse)? {
        return Ok(derived(&cse, "CSE-KMS"));
    }
    if !is_on(&sse)? {
        // A bucket's `false` takes precedence over the setting for all buckets.
        return Ok(bucket.and_then(|_| derived(&sse, "")));
    }
    let has_key = configuration.get(&name(KEY))?.is_some();
    let value = match configuration.get(&name(ALGORITHM))? {
        Some(setting) => s3a_algorithm(&setting)?,
        None => "AES256",
    };
    let value = if has_key && value == "AES256" { "SSE-KMS" } else { value };
    Ok(derived(&sse, value))
}

/// Returns S3A's name for an algorithm of EMRFS.
fn s3a_algorithm(algorithm: &Setting<'_>) -> Result<&'static str, ConfigurationError> {
    match algorithm.value.as_str() {
        "AES256" => Ok("AES256"),
        "aws:kms" | "SSE-KMS" => Ok("SSE-KMS"),
        "aws:kms:dsse" | "DSSE-KMS" => Ok("DSSE-KMS"),
        _ => Err(invalid(algorithm, "AES256 or aws:kms")),
    }
}

/// Returns the keys for the scheme of the path.
fn keys(configuration: &Configuration, target: CommandTarget<'_>) -> Vec<(String, Arc<Property>)> {
    let Some(scheme @ ("s3" | "s3n")) = target.scheme else { return Vec::new() };
    let classes = counterparts().filter(|(_, s3a)| *s3a == PROVIDERS.name).map(|(emrfs, _)| emrfs);
    let mut names = classes.chain([PROVIDERS.name]).chain(KEYS.map(|(_, s3a)| s3a));
    if !names.all(|name| scopes(target).all(|bucket| is_free(configuration, name, bucket))) {
        return Vec::new();
    }
    let key = |(key, s3a): (&str, &str)| {
        Some((s3a.to_owned(), Arc::clone(set(configuration, &format!("fs.{scheme}.{key}"))?)))
    };
    KEYS.into_iter().filter_map(key).collect()
}

#[cfg(test)]
mod tests;
