//! Which settings there are.

use super::defaults::DEFAULTS;
use crate::configuration::{Configuration, Origin};

/// What rolefs has a use for, besides what has a default, and what it refuses.
const USED: &[&str] = &[
    "access.grants.enabled",
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
    "attempts.maximum",
    "auth.profile.file",
    "auth.profile.name",
    "authorization.roleMapping",
    "aws.credentials.provider",
    "aws.credentials.provider.mapping",
    "buffer.dir",
    "connection.maximum",
    "create.checksum.algorithm",
    "create.storage.class",
    "credentials.resolver",
    "custom.signers",
    "delegation.token.binding",
    "encryption.algorithm",
    "encryption.context",
    "emrfs.compatibility.enable",
    "encryption.key",
    "endpoint",
    "endpoint.region",
    "fast.upload.active.blocks",
    "list.version",
    "object.content.encoding",
    "proxy.domain",
    "proxy.host",
    "proxy.password",
    "proxy.port",
    "proxy.ssl.enabled",
    "proxy.username",
    "proxy.workstation",
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
    "access.grants.",
    "aimd.",
    "analytics.",
    "audit.",
    "authorization.audit.",
    "authorization.ugi.",
    "block.size",
    "bucket.probe",
    "bulk.delete.page.size",
    "change.detection.",
    "checksum.validation",
    "classloader.isolation",
    "committer.",
    "connection.acquisition.timeout",
    "connection.expect.continue",
    "connection.idle.time",
    "connection.keepalive",
    "connection.ttl",
    "create.performance",
    "cross.region.access.enabled",
    "directory.",
    "downgrade.syncable.exceptions",
    "encryption.cse.",
    "etag.checksum.enabled",
    "executor.capacity",
    "experimental.",
    "failinject.",
    "impl",
    "input.",
    "metadata.cache.",
    "metadatastore.",
    "multiobjectdelete.enable",
    "open.",
    "optimized.copy.from.local.enabled",
    "paging.maximum",
    "performance.flags",
    "positionedRead.",
    "prefetch.",
    "readFullyIntoBuffers.",
    "readahead.range",
    "rename.",
    "s3guard.",
    "select.",
    "socket.",
    "ssl.channel.mode",
    "statistics.",
    "user.agent.prefix",
    "vectored.",
];

/// What is about uploads, and not followed, with the reason. Of a whole group the name ends with a dot.
const NOT_FOLLOWED: &[(&str, &str)] = &[
    ("connection.part.upload.timeout", "a part may take as long as its bytes move"),
    ("fast.upload.buffer", "files are read where they lie, and stdin goes through the disk"),
    ("fast.", "the uploads of Hadoop 3 are the only ones"),
    ("max.total.tasks", "what waits takes no memory"),
    (
        "multipart.purge",
        "uploads of others are never ended: have a lifecycle rule of the bucket do it",
    ),
    ("multipart.purge.age", "uploads of others are never ended"),
    ("threads.", "connections cost no threads"),
];

/// Why rolefs does not follow a setting of S3A that is about uploads.
pub fn not_followed(name: &str) -> Option<&'static str> {
    let rest = name.strip_prefix("fs.s3a.").filter(|_| !is_used(name))?;
    let (_, reason) = NOT_FOLLOWED.iter().find(|(known, _)| is_of(known, rest))?;
    Some(reason)
}

fn is_of(known: &str, rest: &str) -> bool {
    known == rest || known.ends_with('.') && rest.starts_with(known)
}

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
    // What it is for a bucket is known when the bucket is.
    rest.starts_with("bucket.")
        || is_used(name)
        || not_followed(name).is_some()
        || NO_MATTER.iter().any(|known| is_of(known, rest))
}
