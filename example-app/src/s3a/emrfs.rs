//! Settings of EMRFS (`fs.s3.*`, `fs.s3n.*`), read as the settings of S3A that mean the same.
//!
//! Since release 7.10 Amazon EMR reads `s3://`, `s3n://` and `s3a://` by S3A, and takes what EMRFS was
//! told where S3A was told nothing.
//!
//! Source: "Migration Guide: EMRFS to S3A Filesystem", "Specifying Amazon S3 encryption using EMRFS
//! properties" (Amazon EMR Release Guide).

use std::sync::Arc;

use super::read::{Read as _, invalid, refused};
use crate::configuration::{Configuration, ConfigurationError, Origin, Property, Setting};

/// Names of EMRFS, and what S3A calls the same.
const TWINS: &[(&str, &str)] = &[
    ("fs.s3.aimd.adjustWindow", "fs.s3a.aimd.adjustWindow"),
    ("fs.s3.aimd.enabled", "fs.s3a.aimd.enabled"),
    ("fs.s3.aimd.increaseIncrement", "fs.s3a.aimd.increaseIncrement"),
    ("fs.s3.aimd.initialRate", "fs.s3a.aimd.initialRate"),
    ("fs.s3.aimd.maxAttempts", "fs.s3a.aimd.maxAttempts"),
    ("fs.s3.aimd.minRate", "fs.s3a.aimd.minRate"),
    ("fs.s3.aimd.reductionFactor", "fs.s3a.aimd.reductionFactor"),
    ("fs.s3.sts.endpoint", "fs.s3a.assumed.role.sts.endpoint"),
    ("fs.s3.sts.sessionDurationSeconds", "fs.s3a.assumed.role.session.duration"),
    ("fs.s3.authorization.roleMapping", "fs.s3a.authorization.roleMapping"),
    ("fs.s3.authorization.ugi.groupName.enabled", "fs.s3a.authorization.ugi.groupName.enabled"),
    ("fs.s3.authorization.audit.enabled", "fs.s3a.authorization.audit.enabled"),
    ("fs.s3.credentialsResolverClass", "fs.s3a.credentials.resolver"),
    ("fs.s3n.multipart.uploads.enabled", "fs.s3a.multipart.uploads.enabled"),
    ("fs.s3n.multipart.uploads.split.size", "fs.s3a.multipart.size"),
    ("fs.s3.serverSideEncryption.kms.customEncryptionContext", "fs.s3a.encryption.context"),
    (KEY, "fs.s3a.encryption.key"),
    ("fs.s3.cse.kms.region", "fs.s3a.encryption.cse.kms.region"),
    ("fs.s3.delete.maxBatchSize", "fs.s3a.bulk.delete.page.size"),
    ("fs.s3.filestatus.metadata.enabled", "fs.s3a.metadata.cache.enabled"),
    ("fs.s3.metadata.cache.expiration.seconds", "fs.s3a.metadata.cache.expiration.seconds"),
    ("fs.s3.maxConnections", "fs.s3a.connection.maximum"),
    ("fs.s3.maxRetries", "fs.s3a.retry.limit"),
    ("fs.s3.buffer.dir", "fs.s3a.buffer.dir"),
    ("fs.s3.canned.acl", "fs.s3a.acl.default"),
    ("fs.s3.signerType", "fs.s3a.signing-algorithm"),
    ("fs.s3.storageClass", "fs.s3a.create.storage.class"),
    ("fs.s3.threadpool.maxSize", "fs.s3a.threads.max"),
    ("fs.s3.useRequesterPaysHeader", "fs.s3a.requester.pays.enabled"),
    ("fs.s3n.block.size", "fs.s3a.block.size"),
    ("fs.s3n.endpoint", "fs.s3a.endpoint"),
    ("fs.s3n.ssl.enabled", "fs.s3a.connection.ssl.enabled"),
    ("fs.s3.connection.maxIdleMilliSeconds", "fs.s3a.connection.idle.time"),
    ("fs.s3.s3AccessGrants.enabled", "fs.s3a.access.grants.enabled"),
    ("fs.s3.s3AccessGrants.fallbackToIAM", "fs.s3a.access.grants.fallback.to.iam"),
    // EMR leaves these to the reader of its page. They decide whose credentials are used.
    ("fs.s3.customAWSCredentialsProvider", PROVIDERS),
    ("fs.s3.aws.credentials.provider", PROVIDERS),
];

/// What says together whether and how objects are encrypted.
const ENCRYPTION: [&str; 4] = [CSE, SSE, ALGORITHM, KEY];
const CSE: &str = "fs.s3.cse.enabled";
const SSE: &str = "fs.s3.enableServerSideEncryption";
const ALGORITHM: &str = "fs.s3.serverSideEncryptionAlgorithm";
const KEY: &str = "fs.s3.serverSideEncryption.kms.keyId";
const S3A_ALGORITHM: &str = "fs.s3a.encryption.algorithm";

const PROVIDERS: &str = "fs.s3a.aws.credentials.provider";
/// Keys in the configuration, with the names that follow the scheme, and S3A's.
const KEYS: [(&str, &str); 3] = [
    ("awsAccessKeyId", "fs.s3a.access.key"),
    ("awsSecretAccessKey", "fs.s3a.secret.key"),
    ("awsSessionToken", "fs.s3a.session.token"),
];

/// What has no meaning for a program that loads no classes, or went with EMRFS.
const NO_MATTER: [&str; 7] = [
    "fs.s3.impl",
    "fs.s3n.impl",
    "fs.s3.impl.disable.cache",
    "fs.s3n.impl.disable.cache",
    "fs.s3.buckets.create.enabled",
    "fs.s3.open.acceptsFileStatus",
    "fs.s3.configuration.load.enabled",
];

/// Who asks: the bucket, and the scheme that the path is written with.
#[derive(Clone, Copy, Debug, Default)]
pub struct Target<'t> {
    /// The bucket, if the command is about one.
    pub bucket: Option<&'t str>,
    /// `s3`, `s3n` or `s3a`.
    pub scheme: Option<&'t str>,
}

/// Returns the configuration with EMRFS's settings in the places of S3A's that nobody set, unless
/// `fs.s3a.emrfs.compatibility.enable` is `false`.
///
/// Keys (`fs.s3.awsAccessKeyId`, `fs.s3n.awsAccessKeyId`) are those of their scheme alone, and count
/// only where S3A is told nothing of credentials.
///
/// # Errors
/// If a setting of EMRFS has a value that it cannot have.
pub fn mapped(
    configuration: &Configuration,
    target: Target<'_>,
) -> Result<Configuration, ConfigurationError> {
    if !is_on(configuration)? {
        return Ok(configuration.with_properties([]));
    }
    if let Some("s3n") = target.scheme {
        refuse_client_side_encryption(configuration)?;
    }
    let mut added = Vec::new();
    for bucket in levels(target) {
        for (emrfs, s3a) in TWINS {
            let (from, to) = (name_for(emrfs, bucket), name_for(s3a, bucket));
            if let (Some(property), true) = (set(configuration, &from), is_free(configuration, &to))
            {
                added.push((to, Arc::clone(property)));
            }
        }
        let to = name_for(S3A_ALGORITHM, bucket);
        if is_free(configuration, &to) {
            added.extend(algorithm(configuration, bucket)?.map(|property| (to, property)));
        }
    }
    added.extend(keys(configuration, target));
    Ok(configuration.with_properties(added))
}

/// Returns the settings of EMRFS that someone wrote, and that mean nothing here.
pub fn unmapped<'c>(
    configuration: &'c Configuration,
    target: Target<'_>,
) -> Vec<(&'c str, &'c Origin)> {
    if !is_on(configuration).unwrap_or(true) {
        return Vec::new();
    }
    let of_target =
        |emrfs: &str, name: &str| levels(target).any(|bucket| name_for(emrfs, bucket) == name);
    let scheme_keys = target.scheme.map(|scheme| format!("fs.{scheme}.aws"));
    let is_meant = |name: &str| {
        let is_bucket = name.starts_with("fs.s3.bucket.") || name.starts_with("fs.s3n.bucket.");
        let own = |bucket| name.starts_with(&name_for("fs.s3.", Some(bucket)));
        // What is for another bucket is that bucket's.
        (is_bucket && !target.bucket.is_some_and(own))
            || TWINS.iter().any(|(emrfs, _)| of_target(emrfs, name))
            || ENCRYPTION.iter().any(|emrfs| of_target(emrfs, name))
            || NO_MATTER.contains(&name)
            || scheme_keys.as_ref().is_some_and(|keys| name.starts_with(keys.as_str()))
    };
    let names = configuration.names("fs.s3.").chain(configuration.names("fs.s3n."));
    names
        .filter(|name| !is_meant(name))
        .filter_map(|name| Some((name, &set(configuration, name)?.origin)))
        .collect()
}

/// Returns the settings that say how objects are encrypted where none says that they are: they count for
/// nothing, as in EMRFS. A switch that is off says so itself.
pub fn without_switch<'c>(
    configuration: &'c Configuration,
    target: Target<'_>,
) -> Vec<(String, &'c Origin)> {
    if !is_on(configuration).unwrap_or(true) {
        return Vec::new();
    }
    let is_said = |bucket: Option<&str>, name: &str| {
        let own = name_for(name, bucket);
        [own.as_str(), name].iter().any(|name| set(configuration, name).is_some())
    };
    let is_switched = |bucket: Option<&str>| {
        let is_free =
            |bucket: Option<&str>| is_free(configuration, &name_for(S3A_ALGORITHM, bucket));
        is_said(bucket, CSE) || is_said(bucket, SSE) || !is_free(bucket) || !is_free(None)
    };
    let levels = levels(target).filter(|bucket| !is_switched(*bucket));
    let names = levels.flat_map(|bucket| [ALGORITHM, KEY].map(|name| name_for(name, bucket)));
    names
        .filter_map(|name| {
            let origin = &set(configuration, &name)?.origin;
            Some((name, origin))
        })
        .collect()
}

/// Returns the setting of S3A that one of EMRFS is read as, if there is one.
pub fn twin(name: &str) -> Option<&'static str> {
    if ENCRYPTION.contains(&name) && name != KEY {
        return Some(S3A_ALGORITHM);
    }
    TWINS.iter().find(|(emrfs, _)| *emrfs == name).map(|(_, s3a)| *s3a)
}

/// What is to be encrypted here is not stored in the clear.
fn refuse_client_side_encryption(configuration: &Configuration) -> Result<(), ConfigurationError> {
    const CSE_OF_S3N: &str = "fs.s3n.cse.enabled";
    if configuration.is_true(CSE_OF_S3N)?
        && let Some(setting) = configuration.get(CSE_OF_S3N)?
    {
        return Err(refused(&setting, "rolefs does not encrypt what it sends: put with EMRFS"));
    }
    Ok(())
}

fn is_on(configuration: &Configuration) -> Result<bool, ConfigurationError> {
    configuration.is_true_or("fs.s3a.emrfs.compatibility.enable", true)
}

/// The bucket's own settings, and those for all.
fn levels(target: Target<'_>) -> impl Iterator<Item = Option<&str>> {
    target.bucket.map(Some).into_iter().chain([None])
}

/// The name that a setting has for a bucket: `fs.s3.x` is `fs.s3.bucket.NAME.x`.
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

/// Whether nobody set one of S3A's names. `-D name=` does: that is how a setting is overridden.
fn is_free(configuration: &Configuration, name: &str) -> bool {
    let is_free = |name: &str| {
        configuration.property(name).is_none_or(|property| property.origin == Origin::Default)
    };
    let old = name
        .replace("encryption.algorithm", "server-side-encryption-algorithm")
        .replace("encryption.key", "server-side-encryption.key");
    is_free(name) && is_free(&old)
}

/// `fs.s3a.encryption.algorithm`, as the switches of EMRFS say it together.
fn algorithm(
    configuration: &Configuration,
    bucket: Option<&str>,
) -> Result<Option<Arc<Property>>, ConfigurationError> {
    let is_said = |name: &&str| set(configuration, &name_for(name, bucket)).is_some();
    if bucket.is_some() && !ENCRYPTION.iter().any(is_said) {
        return Ok(None);
    }
    // What is not said for the bucket is said for all.
    let name = |name: &str| {
        let own = name_for(name, bucket);
        if set(configuration, &own).is_some() { own } else { name.to_owned() }
    };
    let (cse, sse) = (name(CSE), name(SSE));
    let derived = |from: &str, value: &str| {
        configuration.property(from).map(|property| {
            Arc::new(Property {
                raw: value.to_owned().into(),
                written: property.written.clone(),
                origin: property.origin.clone(),
            })
        })
    };
    if configuration.is_true(&cse)? {
        return Ok(derived(&cse, "CSE-KMS"));
    }
    if !configuration.is_true(&sse)? {
        // A bucket's `false` goes before what is said for all.
        return Ok(bucket.and_then(|_| derived(&sse, "")));
    }
    let has_key = configuration.get(&name(KEY))?.is_some();
    let value = match configuration.get(&name(ALGORITHM))? {
        Some(setting) => scheme(&setting)?,
        None => "AES256",
    };
    let value = if has_key && value == "AES256" { "SSE-KMS" } else { value };
    Ok(derived(&sse, value))
}

/// S3A's word for an algorithm of EMRFS.
fn scheme(algorithm: &Setting<'_>) -> Result<&'static str, ConfigurationError> {
    match algorithm.value.as_str() {
        "AES256" => Ok("AES256"),
        "aws:kms" | "SSE-KMS" => Ok("SSE-KMS"),
        "aws:kms:dsse" | "DSSE-KMS" => Ok("DSSE-KMS"),
        _ => Err(invalid(algorithm, "AES256 or aws:kms")),
    }
}

/// The keys that go with the scheme of the path.
fn keys(configuration: &Configuration, target: Target<'_>) -> Vec<(String, Arc<Property>)> {
    let Some(scheme @ ("s3" | "s3n")) = target.scheme else { return Vec::new() };
    let of_s3a =
        [PROVIDERS, "fs.s3.customAWSCredentialsProvider", "fs.s3.aws.credentials.provider"];
    let of_s3a = of_s3a.into_iter().chain(KEYS.map(|(_, s3a)| s3a));
    let mut names = of_s3a
        .flat_map(|name| levels(target).map(|bucket| name_for(name, bucket)).collect::<Vec<_>>());
    if !names.all(|name| is_free(configuration, &name)) {
        return Vec::new();
    }
    let key = |(own, s3a): (&str, &str)| {
        Some((s3a.to_owned(), Arc::clone(set(configuration, &format!("fs.{scheme}.{own}"))?)))
    };
    KEYS.into_iter().filter_map(key).collect()
}

#[cfg(test)]
mod tests;
