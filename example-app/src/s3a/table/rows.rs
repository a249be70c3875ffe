//! The rows of the table.
//!
//! Defaults are those of `core-default.xml` (Hadoop 3.4), except for those that would make uploads
//! slower or less sure (see `DESIGN.md`).

use super::form::{
    CannedAcl, Checksum, Count, List, Milliseconds, Password, Port, Seconds, Size, Switch, Text,
    Version,
};
use super::row::{Name, RefusedWhen, Row};
use crate::configuration::OldNames;

/// Declares a name for each followed setting, and the rows of all.
macro_rules! followed {
    (
        $($setting:ident: $form:ty = $name:literal $(default $default:literal)?, $effect:literal;)*
    ) => {
        $(
            pub(in crate::s3a) const $setting: Name<$form> = Name::new($name);
        )*

        /// The settings that rolefs follows.
        pub(super) const FOLLOWED: &[Row] = &[$(
            Row { $(default: Some($default),)? ..Row::followed(&$setting, $effect) },
        )*];
    };
}

followed! {
    // Credentials.
    ACCESS_KEY: Password = "fs.s3a.access.key", "the access key id, with `fs.s3a.secret.key`";
    SECRET_KEY: Password = "fs.s3a.secret.key", "the secret access key; works, with a warning";
    SESSION_TOKEN: Password = "fs.s3a.session.token", "the session token of temporary keys";
    PROVIDERS: List = "fs.s3a.aws.credentials.provider",
        "the classes that give credentials, in their order, of either AWS SDK; without it the \
         configuration's keys, or else the providers that AWS's own tools ask";
    PROVIDER_MAPPING: List = "fs.s3a.aws.credentials.provider.mapping",
        "`class=class`: a class of your own, and the one of S3A that does the same";
    PROFILE_FILE: Text = "fs.s3a.auth.profile.file", "the file of credentials' profiles";
    PROFILE_NAME: Text = "fs.s3a.auth.profile.name", "the profile of these files";
    ROLE_ARN: Text = "fs.s3a.assumed.role.arn", "the role of `AssumedRoleCredentialProvider`";
    ROLE_SESSION_NAME: Text = "fs.s3a.assumed.role.session.name", "the name of the role's session";
    ROLE_DURATION: Seconds = "fs.s3a.assumed.role.session.duration" default "1h",
        "how long the role's credentials last";
    ROLE_POLICY: Text = "fs.s3a.assumed.role.policy", "a policy that narrows the role";
    ROLE_EXTERNAL_ID: Text = "fs.s3a.assumed.role.external.id", "the external id of the role";
    ROLE_PROVIDERS: List = "fs.s3a.assumed.role.credentials.provider"
        default "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider, \
         software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider",
        "the classes that give the credentials by which the role is assumed";
    STS_ENDPOINT: Text = "fs.s3a.assumed.role.sts.endpoint", "the host or URL of STS";
    STS_REGION: Text = "fs.s3a.assumed.role.sts.endpoint.region", "the region of STS";
    ROLE_MAPPING: Text = "fs.s3a.authorization.roleMapping",
        "roles by user, group or prefix, as JSON or in EMR's form: the first that fits is assumed";

    // The way to S3.
    ENDPOINT: Text = "fs.s3a.endpoint", "the host or URL of S3, which can have a path";
    ENDPOINT_REGION: Text = "fs.s3a.endpoint.region",
        "the region; `sdk` leaves it to the environment and the profile";
    ENDPOINT_FIPS: Switch = "fs.s3a.endpoint.fips" default "false", "AWS's FIPS endpoints";
    SSL: Switch = "fs.s3a.connection.ssl.enabled" default "true",
        "`https` or `http`, for endpoints without a scheme";
    PATH_STYLE: Switch = "fs.s3a.path.style.access" default "false",
        "puts the bucket into the path rather than before the host";
    LIST_VERSION: Version = "fs.s3a.list.version",
        "lists by `ListObjects` or `ListObjectsV2`; without it the server's response decides";
    REQUESTER_PAYS: Switch = "fs.s3a.requester.pays.enabled" default "false",
        "the caller pays for requests";
    PROXY_HOST: Text = "fs.s3a.proxy.host", "the proxy for S3 and STS";
    PROXY_PORT: Port = "fs.s3a.proxy.port",
        "the proxy's port; without it 443, or 80 without TLS to S3";
    PROXY_SSL: Switch = "fs.s3a.proxy.ssl.enabled", "speaks TLS with the proxy itself";
    PROXY_USERNAME: Password = "fs.s3a.proxy.username", "the user name for the proxy";
    PROXY_PASSWORD: Password = "fs.s3a.proxy.password", "the password for the proxy";

    // Timeouts and retries.
    CONNECT_TIMEOUT: Milliseconds = "fs.s3a.connection.establish.timeout" default "10s",
        "the time to open a connection; 0 means no limit";
    STALL_TIMEOUT: Milliseconds = "fs.s3a.connection.timeout" default "120s",
        "the time without a byte that moves; 0 means no limit";
    RESPONSE_TIMEOUT: Milliseconds = "fs.s3a.connection.request.timeout" default "60s",
        "the time for the response to a request without content; 0 means no limit";
    RETRY_LIMIT: Count = "fs.s3a.retry.limit" default "7",
        "retries of a request: the attempts are the greater of this and one, and of \
         `fs.s3a.attempts.maximum`";
    ATTEMPTS: Count = "fs.s3a.attempts.maximum", "attempts of a request, with `fs.s3a.retry.limit`";
    RETRY_INTERVAL: Milliseconds = "fs.s3a.retry.interval" default "100ms",
        "the first pause before a retry";
    SERVER_ERRORS: Switch = "fs.s3a.retry.http.5xx.errors" default "true",
        "retries after responses of 500; `false` makes them final, except for 503";
    THROTTLE_LIMIT: Count = "fs.s3a.retry.throttle.limit" default "20",
        "attempts of a request that S3 throttles (503, 429, `SlowDown`)";
    THROTTLE_INTERVAL: Milliseconds = "fs.s3a.retry.throttle.interval" default "500ms",
        "the first pause between these attempts";

    // Uploads.
    PART_LEN: Size = "fs.s3a.multipart.size" default "64M", "the size of parts, at least 5M";
    THRESHOLD: Size = "fs.s3a.multipart.threshold" default "128M",
        "the size from which objects are sent in parts, at least 5M";
    MULTIPART: Switch = "fs.s3a.multipart.uploads.enabled" default "true",
        "`false` sends each object in one request, up to 5 GiB";
    THREADS: Count = "fs.s3a.threads.max" default "8",
        "requests in flight, of all objects and parts";
    CONNECTIONS: Count = "fs.s3a.connection.maximum", "a further limit on `fs.s3a.threads.max`";
    ACTIVE_BLOCKS: Count = "fs.s3a.fast.upload.active.blocks",
        "parts of one object in flight; without it as many as requests";
    BUFFER_DIR: List = "fs.s3a.buffer.dir",
        "the folders for parts of stdin, of which the first that takes a file is used; without it \
         the system's";
    TMP_DIR: Text = "hadoop.tmp.dir" default "/tmp/hadoop-${user.name}",
        "the value of `${hadoop.tmp.dir}` in other settings";
    CHECKSUM: Checksum = "fs.s3a.create.checksum.algorithm",
        "a checksum for each object; `NONE` for none, which is the default";
    CHECKSUM_GENERATION: Switch = "fs.s3a.checksum.generation" default "false",
        "a checksum (CRC-32) if none is named";
    CHECKSUM_VALIDATION: Switch = "fs.s3a.checksum.validation",
        "compares what is read with the checksums that S3 keeps; without it as \
         `AWS_RESPONSE_CHECKSUM_VALIDATION` says, and else it does";
    MD5: Switch = "fs.s3a.request.md5.header" default "false", "sends `Content-MD5`";

    // Headers of objects.
    ACL: CannedAcl = "fs.s3a.acl.default", "the canned ACL of each object";
    STORAGE_CLASS: Text = "fs.s3a.create.storage.class", "the storage class of each object";
    CONTENT_ENCODING: Text = "fs.s3a.object.content.encoding", "`Content-Encoding` of each object";
    CREATE_HEADER: Text = "fs.s3a.create.header.", "`x-amz-meta-*` of each object";
    ENCRYPTION_ALGORITHM: Password = "fs.s3a.encryption.algorithm",
        "`AES256`, `SSE-KMS` or `DSSE-KMS`; SSE-C (use `--sse-c-key-file`) and client-side encryption (`CSE-*`) are refused";
    ENCRYPTION_KEY: Password = "fs.s3a.encryption.key",
        "the key of KMS; without it the account's own key for S3";

    // Configuration itself.
    DEFAULT_FS: Text = "fs.defaultFS",
        "the bucket of paths without a scheme and bucket, if it is in S3";
    BUCKET: Text = "fs.s3a.bucket.", "a setting for one bucket: `fs.s3a.bucket.NAME.endpoint`";
    EMRFS_COMPATIBILITY: Switch = "fs.s3a.emrfs.compatibility.enable",
        "`false` ignores the settings of EMRFS";
}

/// The ignored setting that causes a warning.
pub(in crate::s3a) const PURGE: Name<Switch> = Name::new("fs.s3a.multipart.purge");

const JCEKS: &str = "rolefs opens no keystores (JCEKS): use a role, such as the instance's, and \
                     override with -D and an empty value";
const SIGNERS: &str = "rolefs signs with AWS Signature Version 4 alone: override with -D and an \
                       empty value if the server accepts that";
const NTLM: &str = "rolefs gives proxies a user name and a password (Basic) and does not speak \
                    NTLM: override with -D and an empty value if the proxy takes these";

/// The settings that decide on access, protection or the way of data, and that rolefs cannot
/// follow.
pub(super) const REFUSED: &[Row] = &[
    Row::refused("hadoop.security.credential.provider.path", RefusedWhen::IfSet, JCEKS),
    Row::refused("fs.s3a.security.credential.provider.path", RefusedWhen::IfSet, JCEKS),
    Row::refused(
        "fs.s3a.delegation.token.binding",
        RefusedWhen::IfSet,
        "rolefs issues and takes no delegation tokens: use a role, and override with \
         -D fs.s3a.delegation.token.binding=",
    ),
    Row::refused(
        "fs.s3a.accesspoint.arn",
        RefusedWhen::IfSet,
        "rolefs asks the bucket itself, which the access point can be meant to guard: override \
         with -D and an empty value if it is not",
    ),
    Row::refused(
        "fs.s3a.credentials.resolver",
        RefusedWhen::IfSet,
        "rolefs loads no classes, and takes no credentials of Lake Formation or Glue: use a role \
         that is allowed to write there, and override with -D fs.s3a.credentials.resolver=",
    ),
    Row::refused("fs.s3a.custom.signers", RefusedWhen::UnlessSignatureV4, SIGNERS),
    Row::refused("fs.s3a.signing-algorithm", RefusedWhen::UnlessSignatureV4, SIGNERS),
    Row::refused("fs.s3a.s3.signing-algorithm", RefusedWhen::UnlessSignatureV4, SIGNERS),
    Row::refused("fs.s3a.sts.signing-algorithm", RefusedWhen::UnlessSignatureV4, SIGNERS),
    Row::refused(
        "fs.s3a.s3.client.factory.impl",
        RefusedWhen::IfSet,
        "rolefs loads no classes: override with -D fs.s3a.s3.client.factory.impl= if the class \
         changes nothing that matters here",
    ),
    Row::refused(
        "fs.s3a.access.grants.enabled",
        RefusedWhen::IfTrue,
        "rolefs does not ask S3 Access Grants: put with S3A, or use a role that is allowed to \
         write itself, and override with -D fs.s3a.access.grants.enabled=false",
    ),
    Row::refused(
        "fs.s3a.accesspoint.required",
        RefusedWhen::UnlessFalse,
        "rolefs supports no access points: put with S3A",
    ),
    Row::refused("fs.s3a.proxy.domain", RefusedWhen::WithProxy, NTLM),
    Row::refused("fs.s3a.proxy.workstation", RefusedWhen::WithProxy, NTLM),
    Row::refused(
        "fs.s3a.encryption.context",
        RefusedWhen::WithKms,
        "rolefs sends no encryption context: put with S3A, or leave it out if no key's policy \
         asks for it",
    ),
];

const COMMITTER: &str = "about the committers of jobs, which rolefs does not run";
const JAVA: &str = "about Java, on which rolefs does not run";
const LOOKUPS: &str = "about caches and look-ups of S3A that rolefs does not have";
const OTHER_WORK: &str = "about operations that rolefs does otherwise";
const READING: &str = "about S3A's streams for reading";
const S3GUARD: &str = "about S3Guard, which Hadoop has removed";
const TRANSPORT: &str = "about the connections of AWS's SDK for Java";

/// The settings without effect.
pub(super) const IGNORED: &[Row] = &[
    // About uploads.
    Row::ignored(
        "fs.s3a.connection.part.upload.timeout",
        "a part can take as long as its bytes move",
    ),
    Row::ignored(
        "fs.s3a.fast.upload.buffer",
        "files are read in place, and stdin goes through the disk",
    ),
    Row::ignored("fs.s3a.fast.", "the uploads of Hadoop 3 are the only ones"),
    Row::ignored("fs.s3a.max.total.tasks", "waiting tasks take no memory"),
    Row::ignored(
        PURGE.name,
        "uploads of others are never aborted: have a lifecycle rule of the bucket do it",
    ),
    Row::ignored("fs.s3a.multipart.purge.age", "uploads of others are never aborted"),
    Row::ignored("fs.s3a.threads.", "connections cost no threads"),
    // About other things.
    Row::ignored("fs.s3a.access.grants.", "S3 Access Grants are not supported"),
    Row::ignored("fs.s3a.aimd.", "rolefs adapts its rate by its own rules"),
    Row::ignored("fs.s3a.analytics.", READING),
    Row::ignored("fs.s3a.audit.", "rolefs writes no audit log"),
    Row::ignored("fs.s3a.authorization.audit.", "rolefs writes no audit log"),
    Row::ignored("fs.s3a.authorization.ugi.", "groups are those of the system"),
    Row::ignored("fs.s3a.block.size", "about the splits of jobs"),
    Row::ignored("fs.s3a.bucket.probe", LOOKUPS),
    Row::ignored("fs.s3a.bulk.delete.page.size", OTHER_WORK),
    Row::ignored("fs.s3a.change.detection.", "an object that changes while it is read is an error"),
    Row::ignored("fs.s3a.classloader.isolation", JAVA),
    Row::ignored("fs.s3a.committer.", COMMITTER),
    Row::ignored("fs.s3a.connection.acquisition.timeout", TRANSPORT),
    Row::ignored("fs.s3a.connection.expect.continue", TRANSPORT),
    Row::ignored("fs.s3a.connection.idle.time", TRANSPORT),
    Row::ignored("fs.s3a.connection.keepalive", TRANSPORT),
    Row::ignored("fs.s3a.connection.ttl", TRANSPORT),
    Row::ignored("fs.s3a.create.performance", LOOKUPS),
    Row::ignored("fs.s3a.cross.region.access.enabled", OTHER_WORK),
    Row::ignored("fs.s3a.directory.", OTHER_WORK),
    Row::ignored("fs.s3a.downgrade.syncable.exceptions", JAVA),
    Row::ignored("fs.s3a.encryption.cse.", "encryption on the client is not supported"),
    Row::ignored("fs.s3a.etag.checksum.enabled", OTHER_WORK),
    Row::ignored("fs.s3a.executor.capacity", JAVA),
    Row::ignored("fs.s3a.experimental.", READING),
    Row::ignored("fs.s3a.failinject.", "about S3A's own tests"),
    Row::ignored("fs.s3a.impl", JAVA),
    Row::ignored("fs.s3a.input.", READING),
    Row::ignored("fs.s3a.metadata.cache.", LOOKUPS),
    Row::ignored("fs.s3a.metadatastore.", S3GUARD),
    Row::ignored("fs.s3a.multiobjectdelete.enable", OTHER_WORK),
    Row::ignored("fs.s3a.open.", READING),
    Row::ignored("fs.s3a.optimized.copy.from.local.enabled", OTHER_WORK),
    Row::ignored("fs.s3a.paging.maximum", OTHER_WORK),
    Row::ignored("fs.s3a.performance.flags", LOOKUPS),
    Row::ignored("fs.s3a.positionedRead.", READING),
    Row::ignored("fs.s3a.prefetch.", READING),
    Row::ignored("fs.s3a.readFullyIntoBuffers.", READING),
    Row::ignored("fs.s3a.readahead.range", READING),
    Row::ignored("fs.s3a.rename.", "about S3A's own rename; `-mv` goes by its own rules"),
    Row::ignored("fs.s3a.s3guard.", S3GUARD),
    Row::ignored("fs.s3a.select.", READING),
    Row::ignored("fs.s3a.socket.", TRANSPORT),
    Row::ignored("fs.s3a.ssl.channel.mode", JAVA),
    Row::ignored("fs.s3a.statistics.", JAVA),
    Row::ignored("fs.s3a.user.agent.prefix", TRANSPORT),
    Row::ignored("fs.s3a.vectored.", READING),
];

/// Old names, and the new ones. Either is understood wherever a name is read.
///
/// Source: "Deprecated Properties" (Hadoop 3.4), and "Working with Encrypted S3 Data" (S3A).
pub(in crate::s3a) const OLD_NAMES: OldNames = &[
    ("fs.s3a.server-side-encryption-algorithm", ENCRYPTION_ALGORITHM.name),
    ("fs.s3a.server-side-encryption.key", ENCRYPTION_KEY.name),
    ("fs.s3a.committer.staging.abort.pending.uploads", "fs.s3a.committer.abort.pending.uploads"),
    ("fs.default.name", DEFAULT_FS.name),
];

/// The settings of EMRFS that together decide whether and how objects are encrypted.
pub(in crate::s3a) const EMRFS_ENCRYPTION: [&str; 4] =
    [EMRFS_CSE, EMRFS_SSE, EMRFS_ALGORITHM, EMRFS_KEY];
pub(in crate::s3a) const EMRFS_CSE: &str = "fs.s3.cse.enabled";
pub(in crate::s3a) const EMRFS_SSE: &str = "fs.s3.enableServerSideEncryption";
pub(in crate::s3a) const EMRFS_ALGORITHM: &str = "fs.s3.serverSideEncryptionAlgorithm";
pub(in crate::s3a) const EMRFS_KEY: &str = "fs.s3.serverSideEncryption.kms.keyId";
pub(in crate::s3a) const S3N_CSE: &str = "fs.s3n.cse.enabled";

/// The keys of EMRFS: the name after `fs.s3.` or `fs.s3n.`, and S3A's name. They count for their
/// own scheme.
pub(in crate::s3a) const EMRFS_KEYS: [(&str, &str); 3] = [
    ("awsAccessKeyId", ACCESS_KEY.name),
    ("awsSecretAccessKey", SECRET_KEY.name),
    ("awsSessionToken", SESSION_TOKEN.name),
];

/// The settings of EMRFS.
///
/// Source: "Migration Guide: EMRFS to S3A Filesystem" (Amazon EMR Release Guide).
pub(in crate::s3a) const EMRFS: &[Row] = &[
    Row::read_as("fs.s3.aimd.adjustWindow", "fs.s3a.aimd.adjustWindow"),
    Row::read_as("fs.s3.aimd.enabled", "fs.s3a.aimd.enabled"),
    Row::read_as("fs.s3.aimd.increaseIncrement", "fs.s3a.aimd.increaseIncrement"),
    Row::read_as("fs.s3.aimd.initialRate", "fs.s3a.aimd.initialRate"),
    Row::read_as("fs.s3.aimd.maxAttempts", "fs.s3a.aimd.maxAttempts"),
    Row::read_as("fs.s3.aimd.minRate", "fs.s3a.aimd.minRate"),
    Row::read_as("fs.s3.aimd.reductionFactor", "fs.s3a.aimd.reductionFactor"),
    Row::read_as("fs.s3.sts.endpoint", STS_ENDPOINT.name),
    Row::read_as("fs.s3.sts.sessionDurationSeconds", ROLE_DURATION.name),
    Row::read_as("fs.s3.authorization.roleMapping", ROLE_MAPPING.name),
    Row::read_as(
        "fs.s3.authorization.ugi.groupName.enabled",
        "fs.s3a.authorization.ugi.groupName.enabled",
    ),
    Row::read_as("fs.s3.authorization.audit.enabled", "fs.s3a.authorization.audit.enabled"),
    Row::read_as("fs.s3.credentialsResolverClass", "fs.s3a.credentials.resolver"),
    Row::read_as("fs.s3n.multipart.uploads.enabled", MULTIPART.name),
    Row::read_as("fs.s3n.multipart.uploads.split.size", PART_LEN.name),
    Row::read_as(
        "fs.s3.serverSideEncryption.kms.customEncryptionContext",
        "fs.s3a.encryption.context",
    ),
    Row::read_as(EMRFS_KEY, ENCRYPTION_KEY.name),
    Row::read_as("fs.s3.cse.kms.region", "fs.s3a.encryption.cse.kms.region"),
    Row::read_as("fs.s3.delete.maxBatchSize", "fs.s3a.bulk.delete.page.size"),
    Row::read_as("fs.s3.filestatus.metadata.enabled", "fs.s3a.metadata.cache.enabled"),
    Row::read_as(
        "fs.s3.metadata.cache.expiration.seconds",
        "fs.s3a.metadata.cache.expiration.seconds",
    ),
    Row::read_as("fs.s3.maxConnections", CONNECTIONS.name),
    Row::read_as("fs.s3.maxRetries", RETRY_LIMIT.name),
    Row::read_as("fs.s3.buffer.dir", BUFFER_DIR.name),
    Row::read_as("fs.s3.canned.acl", ACL.name),
    Row::read_as("fs.s3.signerType", "fs.s3a.signing-algorithm"),
    Row::read_as("fs.s3.storageClass", STORAGE_CLASS.name),
    Row::read_as("fs.s3.threadpool.maxSize", THREADS.name),
    Row::read_as("fs.s3.useRequesterPaysHeader", REQUESTER_PAYS.name),
    Row::read_as("fs.s3n.block.size", "fs.s3a.block.size"),
    Row::read_as("fs.s3n.endpoint", ENDPOINT.name),
    Row::read_as("fs.s3n.ssl.enabled", SSL.name),
    Row::read_as("fs.s3.connection.maxIdleMilliSeconds", "fs.s3a.connection.idle.time"),
    Row::read_as("fs.s3.s3AccessGrants.enabled", "fs.s3a.access.grants.enabled"),
    Row::read_as("fs.s3.s3AccessGrants.fallbackToIAM", "fs.s3a.access.grants.fallback.to.iam"),
    // EMR leaves these to the reader of its page. They decide whose credentials are used.
    Row::read_as("fs.s3.customAWSCredentialsProvider", PROVIDERS.name),
    Row::read_as("fs.s3.aws.credentials.provider", PROVIDERS.name),
    // Read together.
    Row::read_as(EMRFS_CSE, ENCRYPTION_ALGORITHM.name),
    Row::read_as(EMRFS_SSE, ENCRYPTION_ALGORITHM.name),
    Row::read_as(EMRFS_ALGORITHM, ENCRYPTION_ALGORITHM.name),
    Row::refused(
        S3N_CSE,
        RefusedWhen::IfTrue,
        "rolefs does not encrypt what it sends to s3n:// paths: put with EMRFS",
    ),
    Row::ignored("fs.s3.impl", JAVA),
    Row::ignored("fs.s3n.impl", JAVA),
    Row::ignored("fs.s3.impl.disable.cache", JAVA),
    Row::ignored("fs.s3n.impl.disable.cache", JAVA),
    Row::ignored("fs.s3.buckets.create.enabled", OTHER_WORK),
    Row::ignored("fs.s3.open.acceptsFileStatus", READING),
    Row::ignored("fs.s3.configuration.load.enabled", JAVA),
];
