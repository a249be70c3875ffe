//! Settings for one bucket: `fs.s3a.bucket.NAME.X` is `fs.s3a.X` there.
//!
//! Source: "Configuring different S3 buckets with Per-Bucket Configuration" (Hadoop 3.4).

use super::table::is_password;
use crate::configuration::Configuration;

const ALL: &str = "fs.s3a.";

/// Returns the configuration of a bucket. Its settings take precedence over those for all buckets,
/// even over `-D` for all; `-D fs.s3a.bucket.NAME.X` takes precedence over both. As in S3A, buckets
/// cannot be nested, and a bucket has no own `impl`.
///
/// The bucket's name can contain dots and dashes: each name that begins with the whole bucket's
/// name and a dot is a setting for the bucket.
#[must_use]
pub fn of_bucket(configuration: &Configuration, bucket: &str) -> Configuration {
    let own = format!("fs.s3a.bucket.{bucket}.");
    // A password can also be written as fs.s3a.bucket.NAME.fs.s3a.X, which takes precedence over
    // the short form.
    let (long, short): (Vec<&str>, Vec<&str>) = configuration
        .names(&own)
        .filter(|name| {
            let rest = name.strip_prefix(own.as_str()).unwrap_or_default();
            !rest.is_empty() && !rest.starts_with("bucket.") && rest != "impl"
        })
        .partition(|name| name.get(own.len()..).is_some_and(|rest| rest.starts_with(ALL)));
    let renamed = short.into_iter().map(|name| (name, ALL.to_owned() + rest(name, &own)));
    let long = long.into_iter().map(|name| (name, rest(name, &own).to_owned()));
    configuration.with_renamed(renamed.chain(long.filter(|(_, new)| is_password(new))))
}

fn rest<'n>(name: &'n str, own: &str) -> &'n str {
    name.strip_prefix(own).unwrap_or(name)
}
