//! Numbers of threads, read as Java reads an `int`.

use clap::Args;
use thiserror::Error;

/// A number that Java's `Integer.parseInt` refuses, in Java's words.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("For input string: \"{0}\"")]
pub(crate) struct NumberFormatError(String);

/// Reads a number of threads.
pub(super) fn thread_count(text: &str) -> Result<i32, NumberFormatError> {
    text.parse().map_err(|_| NumberFormatError(text.to_owned()))
}

/// Hadoop's `-q`. It has no effect, since nothing is queued in memory.
#[derive(Clone, Debug, Default, Args)]
pub struct QueueOption {
    /// The number that can wait, as in Hadoop. Here none of them waits in memory.
    #[arg(
        short = 'q', value_name = "thread pool queue size", value_parser = thread_count,
        allow_negative_numbers = true
    )]
    pub queue: Option<i32>,
}

/// Hadoop's `-t` and `-q`, where they bound requests.
#[derive(Clone, Debug, Default, Args)]
pub struct ConcurrencyOptions {
    /// The number of requests in flight at once, all in all, unless S3 has too much to do.
    /// Otherwise fs.s3a.threads.max, or 8.
    #[arg(
        short = 't', value_name = "thread count", value_parser = thread_count,
        allow_negative_numbers = true
    )]
    pub threads: Option<i32>,
    #[command(flatten)]
    #[allow(missing_docs, reason = "the help would show it")]
    pub queue: QueueOption,
}

impl ConcurrencyOptions {
    /// Returns the most requests in flight, if a number is given.
    pub(super) fn in_flight(&self) -> Option<usize> {
        given(self.threads)
    }
}

/// Returns a number of threads that is given. As in Hadoop, zero and less mean the default.
pub(super) fn given(threads: Option<i32>) -> Option<usize> {
    threads.and_then(|threads| usize::try_from(threads).ok()).filter(|threads| *threads > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_in_the_words_of_java() {
        assert_eq!(thread_count("-1"), Ok(-1));
        let refused = thread_count("4 ").unwrap_err();
        assert_eq!(refused.to_string(), "For input string: \"4 \"");
    }
}
