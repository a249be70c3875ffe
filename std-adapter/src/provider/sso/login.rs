//! The session or URL that a person logs in to.

use sha1::{Digest, Sha1};

use crate::read::base_url::BaseUrl;

/// A login to IAM Identity Center, in one of the two forms that profiles have for it.
///
/// ```
/// use rolesig_std::provider::SsoLogin;
///
/// fn token_file(login: &SsoLogin) -> String {
///     // In ~/.aws/sso/cache.
///     login.file_name()
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SsoLogin {
    /// `sso_session`, shared by profiles. It can be renewed.
    Session {
        /// The name of the `[sso-session]`.
        name: String,
        /// `https://oidc.{sso_region}.amazonaws.com`, or what the partition has for it.
        oidc: BaseUrl,
    },
    /// `sso_start_url` in the profile itself: the older form, which cannot be renewed.
    StartUrl {
        /// The URL, exactly as it is written.
        url: String,
        /// The profile's name, for the reader of an error.
        profile: String,
    },
}

impl SsoLogin {
    /// Returns the AWS CLI's name for the file with its token: the SHA-1 of the name of the
    /// session, or of the URL.
    ///
    /// ```
    /// use rolesig_std::provider::SsoLogin;
    ///
    /// let oidc = "https://oidc.eu-west-1.amazonaws.com".parse()?;
    /// let login = SsoLogin::Session { name: "corp".to_owned(), oidc };
    /// assert_eq!(login.file_name(), "ee0bfd2552fbd840c02cc48b6e823320543c450f.json");
    /// # Ok::<(), rolesig_std::config::BaseUrlError>(())
    /// ```
    pub fn file_name(&self) -> String {
        let (Self::Session { name: key, .. } | Self::StartUrl { url: key, .. }) = self;
        hex::encode(Sha1::digest(key)) + ".json"
    }

    /// Returns the command to log in with.
    pub(super) fn command(&self) -> String {
        match self {
            Self::Session { name, .. } => format!("aws sso login --sso-session {}", word(name)),
            Self::StartUrl { profile, .. } => format!("aws sso login --profile {}", word(profile)),
        }
    }
}

/// Returns a name as a word of a command, in quotes if it needs them.
fn word(name: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | '@' | '/' | ':');
    if name.chars().all(is_plain) && !name.is_empty() {
        name.to_owned()
    } else {
        format!("{name:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_commands_for_a_shell() {
        let of = |profile: &str| {
            let profile = profile.to_owned();
            SsoLogin::StartUrl { url: String::new(), profile }.command()
        };
        assert_eq!(of("dev-1"), "aws sso login --profile dev-1");
        assert_eq!(of("my dev\u{1b}"), "aws sso login --profile \"my dev\\u{1b}\"");
    }
}
