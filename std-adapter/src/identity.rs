//! Credentials on the heap, with when they expire and where they came from.

use std::fmt;

use rolesig::conversation::RoleCredentials;
use rolesig::{ClockSkew, Credentials, CredentialsError, Renewal, Timestamp};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::read::white_space::{is_blank, trim};

mod source;

pub(crate) use source::LONGEST_SESSION;
pub use source::Source;

/// Credentials that a provider handed out. Secrets are wiped when it is dropped; `Debug` shows
/// none. Not `Clone`: share it in an `Arc`.
///
/// ```
/// use rolesig::{Credentials, Timestamp};
/// use rolesig_std::{Identity, Source};
///
/// let credentials = Credentials {
///     access_key_id: "ASIAIOSFODNN7EXAMPLE",
///     secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
///     session_token: Some("token"),
/// };
/// let now = Timestamp::from(1_440_938_160);
/// let source = Source::Custom { name: "vault".to_owned() };
/// let identity = Identity::new(credentials, now.checked_add(3600), None, source);
/// assert_eq!(identity.seconds_left(now), Some(3600));
/// assert!(!format!("{identity:?}").contains("wJalr"));
/// ```
pub struct Identity {
    access_key_id: String,
    secret_access_key: Zeroizing<String>,
    session_token: Option<Zeroizing<String>>,
    expires_at: Option<Timestamp>,
    account_id: Option<String>,
    source: Source,
    renewal: Renewal,
    clock_skew: Option<ClockSkew>,
}

impl Identity {
    /// Takes copies, without the white space around them: files and variables often end with a line
    /// end. A token or an account that is empty then counts as not given.
    pub fn new(
        credentials: Credentials<'_>,
        expires_at: Option<Timestamp>,
        account_id: Option<&str>,
        source: Source,
    ) -> Self {
        let secret = |text: &str| Zeroizing::new(trim(text).to_owned());
        let is_given = |text: &&str| !trim(text).is_empty();
        Self {
            access_key_id: trim(credentials.access_key_id).to_owned(),
            secret_access_key: secret(credentials.secret_access_key),
            session_token: credentials.session_token.filter(is_given).map(secret),
            expires_at,
            account_id: account_id.filter(is_given).map(|id| trim(id).to_owned()),
            renewal: source.renewal(),
            clock_skew: None,
            source,
        }
    }

    /// Returns it, if its credentials can be sent, and none is in quotes.
    pub(crate) fn checked(self) -> Result<Self, IdentityError> {
        let Credentials { access_key_id, secret_access_key, session_token } = self.credentials();
        let texts = [Some(access_key_id), Some(secret_access_key), session_token];
        let quoted = texts.iter().position(|text| text.is_some_and(is_quoted));
        // A service other than AWS may have letters beyond ASCII in a secret, but nothing that is
        // not seen.
        let checked = match self.credentials().check() {
            Ok(()) if secret_access_key.chars().any(is_blank) => {
                Err(CredentialsError::SecretAccessKey)
            }
            checked => checked,
        };
        let commented = texts.iter().position(|text| text.is_some_and(has_comment));
        let name_of = |index: usize| self.source.names().get(index).copied();
        match (quoted.and_then(name_of), commented.and_then(name_of), checked) {
            (Some(name), ..) => Err(IdentityError::Quoted { from: self.source, name }),
            (None, Some(name), _) => Err(IdentityError::Comment { from: self.source, name }),
            (_, _, Err(invalid)) => Err(IdentityError::Characters { from: self.source, invalid }),
            (_, _, Ok(())) => Ok(self),
        }
    }

    /// Sets how far this host's clock is off, as measured by the response with the credentials: a
    /// [`Cache`](crate::Cache) reads their expiry by that clock. For providers that use HTTP.
    #[must_use]
    pub fn with_clock_skew(self, clock_skew: Option<ClockSkew>) -> Self {
        Self { clock_skew, ..self }
    }

    /// Replaces the expiry that the provider gave.
    #[must_use]
    pub(crate) fn with_expiry(self, expires_at: Timestamp) -> Self {
        Self { expires_at: Some(expires_at), ..self }
    }

    /// Sets the renewal, for credentials whose source stands for another one.
    #[must_use]
    pub(crate) fn with_renewal(self, renewal: Renewal) -> Self {
        Self { renewal, ..self }
    }

    /// Takes the outcome of a conversation.
    pub(crate) fn provided(provided: RoleCredentials<'_>, source: Source) -> Self {
        let RoleCredentials { credentials, expires_at, account_id, .. } = provided;
        Self::new(credentials, Some(expires_at), account_id, source)
    }

    /// Copies it. It is not `Clone`, so that no secret is copied by accident.
    pub(crate) fn duplicate(&self) -> Self {
        let source = self.source.clone();
        let Self { renewal, clock_skew, .. } = *self;
        let copy = Self::new(self.credentials(), self.expires_at, self.account_id(), source);
        Self { renewal, clock_skew, ..copy }
    }

    /// Returns the credentials to sign with.
    pub fn credentials(&self) -> Credentials<'_> {
        Credentials {
            access_key_id: &self.access_key_id,
            secret_access_key: &self.secret_access_key,
            session_token: self.session_token.as_ref().map(|text| text.as_str()),
        }
    }

    /// Returns when they expire; `None` if never.
    pub const fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }

    /// Returns the account that they belong to, if the provider names it.
    pub fn account_id(&self) -> Option<&str> {
        self.account_id.as_deref()
    }

    /// Returns when they are renewed: as their [source](Source::renewal) says, or, for those that
    /// another process fetched, as its own source says.
    pub const fn renewal(&self) -> Renewal {
        self.renewal
    }

    /// Returns how far this host's clock was off by the response with the credentials, if it showed
    /// that.
    pub const fn clock_skew(&self) -> Option<ClockSkew> {
        self.clock_skew
    }

    /// Returns where they came from.
    pub const fn source(&self) -> &Source {
        &self.source
    }

    /// Returns the seconds until they expire: 0 if they have expired, `None` if they never do.
    pub fn seconds_left(&self, now: Timestamp) -> Option<u64> {
        self.expires_at.map(|expires_at| expires_at.seconds_since(now).unwrap_or(0))
    }

    /// Returns whether they expire at `now` or up to `seconds` after it.
    pub fn expires_within(&self, seconds: u64, now: Timestamp) -> bool {
        self.seconds_left(now).is_some_and(|left| left <= seconds)
    }
}

/// Returns whether a value is in quotes, as where `docker run --env-file` read `NAME="value"`: it
/// keeps them, and so do botocore's profiles.
fn is_quoted(text: &str) -> bool {
    ['"', '\'']
        .into_iter()
        .any(|quote| text.len() > 1 && text.starts_with(quote) && text.ends_with(quote))
}

/// Returns whether a comment follows a value: in a file, a comment is a whole line.
fn has_comment(text: &str) -> bool {
    [" #", "\t#", " ;", "\t;"].iter().any(|comment| text.contains(comment))
}

/// Credentials that cannot be right, and where they came from.
///
/// ```
/// use rolesig_std::identity::{IdentityError, Source};
///
/// let name = "AWS_SECRET_ACCESS_KEY";
/// let error = IdentityError::Quoted { from: Source::Environment, name };
/// assert!(error.to_string().starts_with("environment variables: AWS_SECRET_ACCESS_KEY begins"));
/// ```
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdentityError {
    /// They cannot be sent.
    #[error("{from}: {invalid}")]
    Characters {
        /// The source of the credentials.
        from: Source,
        /// The error in them.
        invalid: CredentialsError,
    },
    /// A comment follows a value, and is part of it.
    #[error(
        "{from}: {name} ends with a comment, which is part of the value: move it to a line above"
    )]
    Comment {
        /// The source of the credentials.
        from: Source,
        /// The name of the value with the comment.
        name: &'static str,
    },
    /// A value is in quotes, which are part of it.
    #[error("{from}: {name} begins and ends with a quote, which is part of the value: remove both")]
    Quoted {
        /// The source of the credentials.
        from: Source,
        /// The name of the value in quotes.
        name: &'static str,
    },
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("access_key_id", &self.access_key_id)
            .field("expires_at", &self.expires_at)
            .field("account_id", &self.account_id)
            .field("source", &self.source)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use zeroize::ZeroizeOnDrop;

    use super::*;

    #[test]
    fn wipes_secrets_on_drop() {
        fn assert_wiped<T: ZeroizeOnDrop>(_: &T) {}
        let credentials =
            Credentials { access_key_id: "a", secret_access_key: "s", session_token: Some("t") };
        let identity = Identity::new(credentials, None, None, Source::Environment);
        assert_wiped(&identity.secret_access_key);
        assert_wiped(identity.session_token.as_ref().unwrap());
        let copy = identity.duplicate();
        assert_wiped(&copy.secret_access_key);
        assert_eq!(copy.credentials().session_token, Some("t"));
    }
}
