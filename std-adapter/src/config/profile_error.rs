//! The reasons why a profile is invalid.

use thiserror::Error;

use crate::config::profile_files::Profile;

/// An invalid profile.
///
/// ```
/// use rolesig_std::config::ProfileError;
///
/// /// Returns the section of `~/.aws/config` to look at.
/// fn section(error: &ProfileError) -> String {
///     format!("[profile {}]", error.profile)
/// }
/// ```
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("profile {profile}: {why}")]
#[non_exhaustive]
pub struct ProfileError {
    /// The profile's name.
    pub profile: String,
    /// The error in it.
    pub why: InvalidProfileError,
}

impl ProfileError {
    pub(crate) fn new(profile: Profile<'_>, why: InvalidProfileError) -> Self {
        Self { profile: profile.name().to_owned(), why }
    }
}

/// The reasons why a profile is invalid.
///
/// ```
/// use rolesig_std::config::{InvalidProfileError, ProfileError};
///
/// fn lacks_a_source(error: &ProfileError) -> bool {
///     matches!(error.why, InvalidProfileError::NoSource | InvalidProfileError::EmptySource { .. })
/// }
/// ```
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidProfileError {
    /// One of the two keys.
    #[error("{is} is set but {is_not} is not: set both, or neither")]
    HalfKeys {
        /// The existing setting.
        is: &'static str,
        /// The setting that is not.
        is_not: &'static str,
    },
    /// A role, and nothing to assume it with.
    #[error("role_arn needs source_profile or credential_source, to assume the role with")]
    NoSource,
    /// A role, and two ways to assume it.
    #[error("source_profile and credential_source exclude each other: remove one")]
    TwoSources,
    /// A token file, and no role.
    #[error("web_identity_token_file needs role_arn, the role to assume")]
    NoRoleArn,
    /// `credential_source` has a name that AWS does not define.
    #[error("credential_source must be Environment, Ec2InstanceMetadata or EcsContainer")]
    UnknownSource,
    /// The source that `credential_source` names is not configured.
    #[error("credential_source is {source_name}, but {missing}")]
    SourceNotThere {
        /// The name that it has.
        source_name: String,
        /// The missing setting.
        missing: String,
    },
    /// The profile that `source_profile` names has no credentials.
    #[error("source_profile is {source_name}, which has no credentials")]
    EmptySource {
        /// The name that it has.
        source_name: String,
    },
    /// Profiles that lead back to where they came from.
    #[error("source_profile forms a cycle: {way}")]
    Circle {
        /// The profiles on the way.
        way: String,
    },
    /// More roles, each assumed with the one before, than any setup needs.
    #[error(
        "source_profile leads through more than {most} profiles, from {first} on: name one that is \
         nearer to the credentials"
    )]
    LongChain {
        /// The most there may be.
        most: usize,
        /// The profile at which the chain begins.
        first: String,
    },
    /// The directory of the AWS CLI's logins is not known.
    #[error(
        "the home directory is not known, below which the login to IAM Identity Center is kept: \
         set HOME (it is empty or not set, and the system has none for this user)"
    )]
    NoHome,
    /// `duration_seconds` is not a valid number.
    #[error("duration_seconds must be a number of seconds (AWS: 900 to 43200)")]
    Duration,
    /// Half of what IAM Identity Center needs.
    #[error("{setting} is missing: IAM Identity Center needs it; `aws configure sso` sets all")]
    Sso {
        /// The setting.
        setting: &'static str,
    },
    /// The profile's `sso_session` does not exist.
    #[error(
        "there is no [sso-session {session}] in the config file: `aws configure sso` makes one"
    )]
    NoSsoSession {
        /// Its name.
        session: String,
    },
    /// Profile and session contradict each other.
    #[error("{setting} differs from that of [sso-session {session}]: remove it from the profile")]
    SsoContradiction {
        /// The setting.
        setting: &'static str,
        /// The session's name.
        session: String,
    },
}
