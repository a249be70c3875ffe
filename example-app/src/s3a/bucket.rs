//! Settings for one bucket: `fs.s3a.bucket.NAME.X` is `fs.s3a.X` there.
//!
//! Source: "Configuring different S3 buckets with Per-Bucket Configuration" (Hadoop 3.4).

use crate::configuration::Configuration;

const ALL: &str = "fs.s3a.";

/// The configuration of a bucket. What is said for it goes before what is said for all, even before
/// `-D` for all; `-D fs.s3a.bucket.NAME.X` goes before either. As in S3A, buckets cannot be nested,
/// and have no `impl` of their own.
///
/// The name may have dots and dashes: whatever begins with the whole name and a dot is meant for the
/// bucket.
#[must_use]
pub fn of_bucket(configuration: &Configuration, bucket: &str) -> Configuration {
    let own = format!("fs.s3a.bucket.{bucket}.");
    // A secret may be written as fs.s3a.bucket.NAME.fs.s3a.X, too; that goes before the short form.
    let (long, short): (Vec<&str>, Vec<&str>) = configuration
        .names(&own)
        .filter(|name| {
            let rest = name.strip_prefix(own.as_str()).unwrap_or_default();
            !rest.is_empty() && !rest.starts_with("bucket.") && rest != "impl"
        })
        .partition(|name| name.get(own.len()..).is_some_and(|rest| rest.starts_with(ALL)));
    let renamed = short.into_iter().map(|name| (name, ALL.to_owned() + rest(name, &own)));
    let long = long.into_iter().map(|name| (name, rest(name, &own).to_owned()));
    configuration
        .with_renamed(renamed.chain(long.filter(|(_, new)| super::secret::is_password(new))))
}

fn rest<'n>(name: &'n str, own: &str) -> &'n str {
    name.strip_prefix(own).unwrap_or(name)
}
