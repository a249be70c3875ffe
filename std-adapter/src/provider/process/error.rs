//! The reason why a program gave no credentials.

use core::time::Duration;
use std::process::ExitStatus;

use rolesig::Timestamp;
use thiserror::Error;

use crate::read::json::JsonError;

/// The bytes that a program can print. Documents with credentials have some 2 KB.
pub(super) const OUTPUT_LIMIT: usize = 64 * 1024;

/// The reason why a program gave no credentials. Each message says what to do; none contains
/// anything that the program printed, or its arguments.
///
/// ```
/// use rolesig_std::provider::{ProcessError, ProcessProvider};
///
/// let error: ProcessError = ProcessProvider::new("ci", "").err().unwrap();
/// assert!(error.to_string().contains("ci"));
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ProcessError {
    /// It cannot be split into arguments.
    #[error(
        "credential_process of profile {profile}: empty, or a quote without its end: give a program \
         and its arguments, double quotes around what has spaces"
    )]
    Command {
        /// The profile's name.
        profile: String,
    },
    /// It leads back to a program that waits for it.
    #[error(
        "credential_process of profile {profile}: forms a cycle: {way}: one of these \
         profiles must have its own credentials"
    )]
    Circle {
        /// The profile's name.
        profile: String,
        /// The profiles on the way.
        way: String,
    },
    /// This program, called in the same way, waits for itself: on Linux, where what is between
    /// takes the variables away.
    #[error(
        "credential_process of profile {profile}: {program:?} forms a cycle: this program \
         was called in the same way above, and waits for this one: the profile must have its own \
         credentials, or name another program"
    )]
    CircleOfProcesses {
        /// The profile's name.
        profile: String,
        /// The program, without its arguments.
        program: String,
    },
    /// A program that waited for it has ended, and it was killed.
    #[error("credential_process of profile {profile}: the program that asked for it has ended")]
    Abandoned {
        /// The profile's name.
        profile: String,
    },
    /// It cannot be run.
    #[error(
        "credential_process of profile {profile}: {program:?}: {source}: give the full path of a \
         program (no shell runs it, so ~ and $HOME are not expanded)"
    )]
    NotStarted {
        /// The profile's name.
        profile: String,
        /// The program, without its arguments.
        program: String,
        /// The reason.
        source: std::io::Error,
    },
    /// It did not end in time, and was killed.
    #[error(
        "credential_process of profile {profile}: gave up after {} ms: run the command by hand to \
         see what it waits for",
        .after.as_millis()
    )]
    TimeLimit {
        /// The profile's name.
        profile: String,
        /// The bound.
        after: Duration,
    },
    /// It failed.
    #[error(
        "credential_process of profile {profile}: {status}: its own message went to standard \
         error; run the command by hand to see it"
    )]
    Failed {
        /// The profile's name.
        profile: String,
        /// The status that it ended with.
        status: ExitStatus,
    },
    /// It printed more than any document of credentials has.
    #[error(
        "credential_process of profile {profile}: printed more than {OUTPUT_LIMIT} bytes: it must \
         print one JSON document with credentials and nothing else"
    )]
    TooLong {
        /// The profile's name.
        profile: String,
    },
    /// The connection to it broke.
    #[error("credential_process of profile {profile}: {source}: try again")]
    Broken {
        /// The profile's name.
        profile: String,
        /// The error.
        source: std::io::Error,
    },
    /// Its output is not a document of credentials.
    #[error(
        "credential_process of profile {profile}: invalid output: {error}: it must print \
         {{\"Version\": 1, \"AccessKeyId\": …, \"SecretAccessKey\": …}} and nothing else"
    )]
    Output {
        /// The profile's name.
        profile: String,
        /// The error in it.
        error: JsonError,
    },
    /// Its credentials have expired already.
    #[error(
        "credential_process of profile {profile}: its credentials expired at {}: it may have \
         to be logged in again, or a clock is wrong",
        .expires_at.amz_date()
    )]
    Expired {
        /// The profile's name.
        profile: String,
        /// When.
        expires_at: Timestamp,
    },
}
