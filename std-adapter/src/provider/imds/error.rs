//! The reasons why the metadata service gave no credentials.

use core::time::Duration;

use rolesig::conversation::{ConversationError, NotHere};
use thiserror::Error;

use crate::http::exchange::ExchangeError;
use crate::http::fetch_error::refused;

/// The reason why the instance metadata service gave no credentials. Each message says what to do.
///
/// ```
/// use rolesig_std::provider::{ImdsEndpoint, ImdsError};
///
/// let error: ImdsError = "https://127.0.0.1".parse::<ImdsEndpoint>().unwrap_err();
/// assert!(error.to_string().contains("must be an http URL"));
/// assert!(!error.is_not_here());
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ImdsError {
    /// A setting has a value that it cannot have.
    #[error("{name} must be {wants}")]
    Setting {
        /// The variable, or the profile's setting.
        name: String,
        /// The values that it can have.
        wants: &'static str,
    },
    /// Nothing listens there.
    #[error(
        "{endpoint}: {source}: is this an EC2 instance? If not, set AWS_EC2_METADATA_DISABLED=true \
         and give credentials another way"
    )]
    NotThere {
        /// The URL.
        endpoint: String,
        /// The reason why there is no connection.
        source: ExchangeError,
    },
    /// It listens, but its response to the token request never arrived.
    #[error(
        "{endpoint}: {source}: in a container on EC2 raise the hop limit with `aws ec2 \
         modify-instance-metadata-options --http-put-response-hop-limit 2`"
    )]
    HopLimit {
        /// The URL.
        endpoint: String,
        /// The wait.
        source: ExchangeError,
    },
    /// The exchange failed.
    #[error(
        "{endpoint}: {source}: {}check that the metadata service is running \
         (AWS_EC2_METADATA_SERVICE_ENDPOINT), and try again",
        intercepted(.source)
    )]
    Exchange {
        /// The URL.
        endpoint: String,
        /// The error.
        source: ExchangeError,
    },
    /// It answered, but not with credentials.
    #[error("{endpoint}: {source}")]
    Conversation {
        /// The URL.
        endpoint: String,
        /// The response.
        source: ConversationError<'static>,
    },
    /// It will not give the role's credentials.
    #[error(
        "{endpoint}: {} (does the role have a trust policy for ec2.amazonaws.com?)",
        refused(.code, .message)
    )]
    Refused {
        /// The URL.
        endpoint: String,
        /// Its code for the reason.
        code: String,
        /// Its explanation.
        message: String,
    },
    /// All attempts together took too long.
    #[error(
        "{endpoint}: gave up after {} ms: try again, or raise AWS_METADATA_SERVICE_TIMEOUT \
         (seconds)",
        .after.as_millis()
    )]
    Total {
        /// The URL.
        endpoint: String,
        /// The bound.
        after: Duration,
    },
}

/// Returns what to do first where something else answered.
fn intercepted(error: &ExchangeError) -> String {
    match error {
        ExchangeError::Intercepted(found) => format!("{}; ", found.remedy()),
        _ => String::new(),
    }
}

impl ImdsError {
    /// Returns whether a setting has to change first.
    pub(super) fn is_final(&self) -> bool {
        match self {
            Self::Setting { .. } => true,
            Self::NotThere { source, .. }
            | Self::HopLimit { source, .. }
            | Self::Exchange { source, .. } => source.needs_change(),
            _ => false,
        }
    }

    /// Returns whether there is no such service or no role here, so that another provider is asked;
    /// any other error is a failure.
    pub const fn is_not_here(&self) -> bool {
        matches!(
            self,
            Self::NotThere { .. }
                | Self::Conversation {
                    source: ConversationError::NotHere(NotHere::NoRoleAttached),
                    ..
                }
                | Self::Conversation {
                    source: ConversationError::NotHere(NotHere::MetadataDisabled),
                    ..
                }
                | Self::Conversation { source: ConversationError::NotHere(NotHere::NoImdsV2), .. }
        )
    }
}
