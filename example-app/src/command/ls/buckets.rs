//! `rolefs -ls s3a://`: the buckets of the account.

use super::LsOptions;
use crate::command::directory::Entry;
use crate::command::shell::Shell;
use crate::report::Reporter;
use crate::system::date::StoredTime;
use crate::system::standard_streams::print_lines;

/// Returns whether a path names all buckets: a scheme without one.
pub(super) fn are_named(written: &str) -> bool {
    let scheme = written.trim_end_matches('/');
    matches!(scheme, "s3a:" | "s3:" | "s3n:") && written.contains("://")
}

/// Lists the buckets as directories.
pub(super) async fn list(
    shell: Shell<'_>,
    written: &str,
    options: &LsOptions,
    reporter: &Reporter,
) {
    let buckets = match shell.s3.buckets().await {
        Ok(buckets) => buckets,
        Err(error) => return reporter.about(written, error),
    };
    let entry = |bucket: crate::s3::operation::list_buckets::Bucket| Entry {
        name: bucket.name,
        is_directory: true,
        size: 0,
        modified: StoredTime::read(&bucket.created),
    };
    let entries = super::ordered(buckets.into_iter().map(entry).collect(), options);
    let scheme = format!("{}//", written.trim_end_matches('/'));
    let count = (!entries.is_empty() && !options.paths_only)
        .then(|| format!("Found {} items", entries.len()));
    reporter
        .printed(print_lines(count.into_iter().chain(super::lines(&entries, &scheme, options))));
    super::report_unreadable(&entries, &scheme, options, reporter);
}
