//! Which settings there are.

use super::defaults::DEFAULTS;
use crate::configuration::{Configuration, Origin};

/// What rolefs has a use for, besides what has a default, and what it refuses.
const USED: &[&str] = &[
    "access.key",
    "accesspoint.arn",
    "accesspoint.required",
    "acl.default",
    "assumed.role.arn",
    "assumed.role.external.id",
    "assumed.role.policy",
    "assumed.role.session.name",
    "assumed.role.sts.endpoint",
    "assumed.role.sts.endpoint.region",
    "auth.profile.file",
    "auth.profile.name",
    "aws.credentials.provider",
    "aws.credentials.provider.mapping",
    "create.storage.class",
    "custom.signers",
    "delegation.token.binding",
    "encryption.algorithm",
    "encryption.context",
    "encryption.key",
    "endpoint",
    "endpoint.region",
    "object.content.encoding",
    "proxy.host",
    "s3.client.factory.impl",
    "s3.signing-algorithm",
    "secret.key",
    "security.credential.provider.path",
    "session.token",
    "signing-algorithm",
    "sts.signing-algorithm",
];

/// What is about Java, about reading, about directories, committers and `S3Guard`, or about a part of
/// S3A that is built otherwise here: it has no meaning for rolefs. With a dot at its end, all below.
const NO_MATTER: &[&str] = &[
    "analytics.",
    "audit.",
    "block.size",
    "bucket.probe",
    "buffer.dir",
    "bulk.delete.page.size",
    "change.detection.",
    "checksum.generation",
    "checksum.validation",
    "classloader.isolation",
    "committer.",
    "connection.acquisition.timeout",
    "connection.expect.continue",
    "connection.idle.time",
    "connection.keepalive",
    "connection.maximum",
    "connection.timeout",
    "connection.ttl",
    "create.performance",
    "cross.region.access.enabled",
    "directory.",
    "downgrade.syncable.exceptions",
    "encryption.cse.",
    "etag.checksum.enabled",
    "executor.capacity",
    "experimental.",
    "fast.",
    "failinject.",
    "impl",
    "input.",
    "list.version",
    "max.total.tasks",
    "metadatastore.",
    "multiobjectdelete.enable",
    "multipart.purge",
    "multipart.purge.age",
    "optimized.copy.from.local.enabled",
    "paging.maximum",
    "performance.flags",
    "prefetch.",
    "proxy.",
    "readahead.range",
    "rename.",
    "request.md5.header",
    "s3guard.",
    "select.",
    "socket.",
    "ssl.channel.mode",
    "statistics.",
    "threads.",
    "user.agent.prefix",
    "vectored.",
];

/// Whether rolefs has a use for a setting of S3A, or refuses it.
pub fn is_used(name: &str) -> bool {
    let rest = name.strip_prefix("fs.s3a.").unwrap_or_default();
    DEFAULTS.iter().any(|(default, _)| *default == name)
        || USED.contains(&rest)
        || rest.starts_with("create.header.")
}

/// The settings of S3A that someone wrote, and that rolefs does not know: a name misspelt, or one of
/// another version.
pub fn unknown(configuration: &Configuration) -> Vec<(&str, &Origin)> {
    let names = configuration.names("fs.s3a.").filter(|name| !is_known(name));
    names.filter_map(|name| Some((name, &configuration.property(name)?.origin))).collect()
}

fn is_known(name: &str) -> bool {
    let rest = name.strip_prefix("fs.s3a.").unwrap_or_default();
    let no_matter =
        |known: &&str| *known == rest || known.ends_with('.') && rest.starts_with(known);
    // What it is for a bucket is known when the bucket is.
    rest.starts_with("bucket.") || is_used(name) || NO_MATTER.iter().any(no_matter)
}
