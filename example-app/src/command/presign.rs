//! `rolefs -presign [--method get|put] [--expires <TIME>] <path> ...`: URLs by which anyone can get
//! or put an object for a time.

#![allow(
    clippy::doc_markdown,
    rustdoc::invalid_html_tags,
    reason = "these docs are the help, shown as they are"
)]

use clap::{Args, ValueEnum};
use futures_util::future::LocalBoxFuture;
use http::Method;
use rolesig::{Expires, Timestamp};
use rolesig_std::Clock;

use super::file_command::{FileCommand, borrowed};
use super::shell::{IS_A_DIRECTORY, Shell};
use super::uploads::age;
use crate::report::Reporter;
use crate::s3::address::path::S3Path;
use crate::s3::{OperationError, S3};
use crate::system::ExitStatus;
use crate::system::date::readable;
use crate::system::standard_streams::print;

/// The options of `-presign`.
#[derive(Args, Clone, Debug)]
pub struct PresignOptions {
    /// The method of the request that the URL is for.
    #[arg(long, value_enum, default_value_t)]
    pub method: PresignMethod,
    /// The time until it expires, such as 15m, 12h or 7d, the maximum. A URL never outlives the
    /// credentials that signed it.
    #[arg(long, value_name = "TIME", value_parser = expires, default_value = "1h")]
    pub expires: Expires,
    /// s3a://bucket/key
    #[arg(required = true, num_args = 1.., value_name = "path")]
    pub paths: Vec<String>,
}

/// The method of a presigned request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum PresignMethod {
    /// Fetches the object.
    #[default]
    Get,
    /// Stores the object.
    Put,
}

impl FileCommand for PresignOptions {
    fn run<'r>(&'r self, shell: Shell<'r>) -> LocalBoxFuture<'r, ExitStatus> {
        Box::pin(presign(shell, self))
    }

    fn s3_paths(&self) -> Vec<&str> {
        borrowed(&self.paths)
    }
}

/// Prints a URL for each path. The object need not exist.
async fn presign(shell: Shell<'_>, options: &PresignOptions) -> ExitStatus {
    let reporter = Reporter::of("presign");
    let mut is_noted = false;
    for written in &options.paths {
        let path = match shell.default_fs.resolve(written) {
            Ok(path) => path,
            Err(error) => {
                reporter.say(error);
                continue;
            }
        };
        if path.is_written_as_directory() {
            reporter.about(written, IS_A_DIRECTORY);
            continue;
        }
        match presigned(shell.s3, options, &path).await {
            Ok((url, end)) => {
                if let (Some(end), false) = (end, is_noted) {
                    let end = readable(end);
                    reporter.note(format_args!(
                        "works until {end} UTC only, when the credentials expire"
                    ));
                    is_noted = true;
                }
                reporter.printed(print(format!("{url}\n").as_bytes()));
            }
            Err(error) => reporter.about(written, error),
        }
    }
    reporter.ending()
}

/// Returns the URL, and when it expires if that is before the requested time.
async fn presigned(
    s3: &S3,
    options: &PresignOptions,
    path: &S3Path,
) -> Result<(String, Option<Timestamp>), OperationError> {
    let identity = s3.client().identity().await.map_err(rolesig_std::client::ClientError::from)?;
    let end = identity.expires_at();
    let left = end.map(|end| end.seconds_since(Clock::SYSTEM.now()).unwrap_or(0));
    let asked = options.expires;
    let left = left.filter(|left| *left < u64::from(asked.as_seconds()));
    let expires = left.and_then(|left| Expires::seconds(u32::try_from(left.max(1)).ok()?));
    let method = match options.method {
        PresignMethod::Get => Method::GET,
        PresignMethod::Put => Method::PUT,
    };
    let presigned = s3.presign(method, path, expires.unwrap_or(asked)).await?;
    let is_shortened = expires.is_some();
    Ok((presigned.url().to_owned(), end.filter(|_| is_shortened)))
}

fn expires(text: &str) -> Result<Expires, &'static str> {
    let seconds = age(text)?.as_secs();
    let expires = u32::try_from(seconds).ok().and_then(Expires::seconds);
    expires.ok_or("expected 1s to 7d")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_expire_within_a_week() {
        for (text, seconds) in [("1s", 1), ("15m", 900), ("12h", 43_200), ("7d", 604_800)] {
            assert_eq!(expires(text).map(Expires::as_seconds), Ok(seconds), "{text}");
        }
        for bad in ["0s", "8d", "604801s", "3600", "", "1w"] {
            assert!(expires(bad).is_err(), "{bad}");
        }
    }
}
