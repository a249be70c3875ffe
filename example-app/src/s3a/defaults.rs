//! What is in force if nothing else is said.

/// Names from `core-default.xml` (Hadoop 3.4), as far as rolefs has a use for them. The values are
/// those that are in force: Hadoop's, but where rolefs does better by its own (see `DESIGN.md`).
/// `fs.s3a.fast.upload.active.blocks` and `fs.s3a.connection.maximum` have none. Without
/// `fs.s3a.aws.credentials.provider` rolefs asks the providers of AWS's own tools: all those of S3A's
/// default are among them.
pub const DEFAULTS: &[(&str, &str)] = &[
    (
        "fs.s3a.assumed.role.credentials.provider",
        "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider, \
         software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider",
    ),
    ("fs.s3a.assumed.role.session.duration", "1h"),
    ("fs.s3a.checksum.generation", "false"),
    ("fs.s3a.connection.establish.timeout", "10s"),
    ("fs.s3a.connection.request.timeout", "60s"),
    ("fs.s3a.connection.ssl.enabled", "true"),
    ("fs.s3a.connection.timeout", "120s"),
    ("fs.s3a.endpoint.fips", "false"),
    ("fs.s3a.multipart.size", "64M"),
    ("fs.s3a.multipart.threshold", "128M"),
    ("fs.s3a.multipart.uploads.enabled", "true"),
    ("fs.s3a.path.style.access", "false"),
    ("fs.s3a.request.md5.header", "false"),
    ("fs.s3a.requester.pays.enabled", "false"),
    ("fs.s3a.retry.http.5xx.errors", "true"),
    ("fs.s3a.retry.interval", "100ms"),
    ("fs.s3a.retry.limit", "7"),
    ("fs.s3a.retry.throttle.interval", "500ms"),
    ("fs.s3a.retry.throttle.limit", "20"),
    ("fs.s3a.threads.max", "8"),
    ("hadoop.tmp.dir", "/tmp/hadoop-${user.name}"),
];
