//! The reasons why Identity Center gave no credentials.

use std::io::ErrorKind;
use std::path::PathBuf;

use rolesig::conversation::ConversationError;
use thiserror::Error;

use crate::http::exchange::ExchangeError;
use crate::http::fetch_error::{AttemptError, FetchError, refused};
use crate::read::base_url::BaseUrl;
use crate::read::json::JsonError;

/// The reason why IAM Identity Center gave no credentials. Each message says what to do; none
/// contains a token.
///
/// ```
/// use rolesig_std::provider::SsoError;
///
/// fn must_log_in(error: &SsoError) -> bool {
///     matches!(
///         error,
///         SsoError::NotLoggedIn { .. } | SsoError::Expired { .. } | SsoError::LoggedOut { .. }
///     )
/// }
/// ```
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SsoError {
    /// There is no file with a token.
    #[error("not logged in: run `{login}`")]
    NotLoggedIn {
        /// The command to log in with.
        login: String,
    },
    /// The login has expired, and cannot be renewed.
    #[error("the login has expired: run `{login}`")]
    Expired {
        /// The command to log in with.
        login: String,
    },
    /// Identity Center does not know the login any more, or will not renew it.
    #[error("the login is no longer valid ({}): run `{login}`", refused(.code, .message))]
    LoggedOut {
        /// The command to log in with.
        login: String,
        /// The service's code for the reason.
        code: String,
        /// Its explanation.
        message: String,
    },
    /// The person who logged in has no such role in that account.
    #[error(
        "role {role} of account {account_id}: {}: check sso_account_id and sso_role_name against \
         what the access portal shows, or ask for the assignment",
        refused(.code, .message)
    )]
    NotAssigned {
        /// The account.
        account_id: String,
        /// The role.
        role: String,
        /// The service's code for the reason.
        code: String,
        /// Its explanation.
        message: String,
    },
    /// The file with the token cannot be read.
    #[error(
        "{}: {source}: make it readable for this user, or delete it and log in again",
        .path.display()
    )]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The reason.
        source: std::io::Error,
    },
    /// The file has no valid token.
    #[error("{}: {error}: run `{login}`", .path.display())]
    Cached {
        /// The file.
        path: PathBuf,
        /// The error in it.
        error: JsonError,
        /// The command to log in with.
        login: String,
    },
    /// The exchange failed.
    #[error("{endpoint}: {source}: {}", sso_remedy(.source))]
    Exchange {
        /// The URL.
        endpoint: String,
        /// The error.
        source: ExchangeError,
    },
    /// The service is busy or faulty, or something else answered.
    #[error("{endpoint}: {source}")]
    Service {
        /// The URL.
        endpoint: String,
        /// The response.
        source: ConversationError<'static>,
    },
    /// The service asks for fewer requests.
    #[error("{endpoint}: {}: try again later", refused(.code, .message))]
    Busy {
        /// The URL.
        endpoint: String,
        /// Its code for the reason.
        code: String,
        /// Its explanation.
        message: String,
    },
    /// Its response is not the expected document.
    #[error("{endpoint}: invalid response: {error}: check that no proxy answers for it")]
    Response {
        /// The URL.
        endpoint: String,
        /// The error in it.
        error: JsonError,
    },
    /// All attempts together took too long.
    #[error(transparent)]
    Fetch(FetchError),
}

/// Returns what to do where no setting of the network is at fault.
fn sso_remedy(error: &ExchangeError) -> &str {
    error.known_remedy().unwrap_or("check the network and sso_region, and try again")
}

impl SsoError {
    /// Returns whether somebody has to log in again, or to change a setting.
    pub(super) fn is_final(&self) -> bool {
        match self {
            Self::NotLoggedIn { .. }
            | Self::Expired { .. }
            | Self::LoggedOut { .. }
            | Self::NotAssigned { .. }
            | Self::Cached { .. } => true,
            // A disk has bad moments, too.
            Self::Unreadable { source, .. } => matches!(
                source.kind(),
                ErrorKind::PermissionDenied | ErrorKind::InvalidInput | ErrorKind::InvalidData
            ),
            Self::Exchange { source, .. } => source.needs_change(),
            _ => false,
        }
    }

    pub(super) fn of(error: AttemptError, endpoint: &BaseUrl) -> Self {
        let endpoint = endpoint.to_string();
        match error {
            AttemptError::Exchange(source) => Self::Exchange { endpoint, source },
            AttemptError::Conversation(source) => Self::Service { endpoint, source },
            AttemptError::Refused { code, message, .. } => Self::Busy { endpoint, code, message },
            AttemptError::Total(after) => Self::Fetch(FetchError::Total { endpoint, after }),
        }
    }

    pub(super) fn status(endpoint: &BaseUrl, asked: &'static str, status: u16) -> Self {
        let source = ConversationError::Status { asked, status };
        Self::Service { endpoint: endpoint.to_string(), source }
    }
}
