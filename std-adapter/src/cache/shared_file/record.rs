//! The content of the shared file, and its JSON.

use std::borrow::Cow;
use std::sync::Arc;

use rolesig::{Credentials, Renewal, Timestamp};
use serde::{Deserialize, Serialize};

use crate::identity::{Identity, Source};

/// A reader knows its own version only.
pub(super) const VERSION: u8 = 2;

/// Characters of an error that are kept.
const LONGEST_MESSAGE: usize = 1000;

/// The record that one process leaves to the others.
#[derive(Debug, Default)]
pub(crate) struct Record {
    pub(crate) credentials: Option<SharedCredentials>,
    /// The failure of the last fetch, if it failed.
    pub(crate) failure: Option<SharedFailure>,
}

/// Credentials and when they came, since that says when to renew them.
#[derive(Clone, Debug)]
pub(crate) struct SharedCredentials {
    pub(crate) identity: Arc<Identity>,
    pub(crate) fetched_at: Timestamp,
}

/// The error of a provider, and the time until which it is not asked again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SharedFailure {
    pub(crate) at: Timestamp,
    pub(crate) until: Timestamp,
    pub(crate) is_final: bool,
    pub(crate) message: Arc<str>,
}

/// Times are seconds since 1970, by the server's clock.
#[derive(Deserialize, Serialize)]
struct Document<'d> {
    version: u8,
    #[serde(borrow)]
    key: Cow<'d, str>,
    #[serde(borrow)]
    credentials: Option<DocumentCredentials<'d>>,
    #[serde(borrow)]
    failure: Option<DocumentFailure<'d>>,
}

/// Secrets are borrowed, so that they are nowhere but in the buffer that is wiped: a document with
/// an escape in one of them, which AWS's never need, counts as damaged.
#[derive(Deserialize, Serialize)]
struct DocumentCredentials<'d> {
    access_key_id: &'d str,
    secret_access_key: &'d str,
    session_token: Option<&'d str>,
    expires_at: Option<u64>,
    #[serde(borrow)]
    account_id: Option<Cow<'d, str>>,
    #[serde(borrow)]
    source: Cow<'d, str>,
    is_renewed_ahead: bool,
    fetched_at: u64,
}

#[derive(Deserialize, Serialize)]
struct DocumentFailure<'d> {
    at: u64,
    until: u64,
    is_final: bool,
    #[serde(borrow)]
    message: Cow<'d, str>,
}

impl Record {
    /// Parses a record; returns `None` if it is damaged, or has another version or key.
    pub(super) fn from_json(json: &[u8], key: &str) -> Option<Self> {
        let document: Document<'_> = serde_json::from_slice(json).ok()?;
        if document.version != VERSION || document.key != key {
            return None;
        }
        let credentials = match document.credentials {
            Some(credentials) => Some(credentials.shared()?),
            None => None,
        };
        let failure = match document.failure {
            Some(failure) => Some(failure.shared()?),
            None => None,
        };
        Some(Self { credentials, failure })
    }

    pub(super) fn to_json(&self, key: &str, out: impl std::io::Write) -> serde_json::Result<()> {
        let document = Document {
            version: VERSION,
            key: key.into(),
            credentials: self.credentials.as_ref().map(DocumentCredentials::of),
            failure: self.failure.as_ref().map(DocumentFailure::of),
        };
        serde_json::to_writer(out, &document)
    }
}

impl SharedCredentials {
    pub(crate) fn access_key_id(&self) -> &str {
        self.identity.credentials().access_key_id
    }
}

impl SharedFailure {
    /// Creates a failure with its message on one line.
    pub(crate) fn new(at: Timestamp, until: Timestamp, is_final: bool, message: &str) -> Self {
        let message: String = message
            .chars()
            .take(LONGEST_MESSAGE)
            .map(|character| if character.is_control() { ' ' } else { character })
            .collect();
        Self { at, until, is_final, message: message.into() }
    }
}

impl<'d> DocumentCredentials<'d> {
    fn of(shared: &'d SharedCredentials) -> Self {
        let identity = &*shared.identity;
        let Credentials { access_key_id, secret_access_key, session_token } =
            identity.credentials();
        Self {
            access_key_id,
            secret_access_key,
            session_token,
            expires_at: identity.expires_at().map(Timestamp::as_unix),
            account_id: identity.account_id().map(Cow::Borrowed),
            source: match identity.source() {
                Source::SharedFile { from } => from.into(),
                own => own.to_string().into(),
            },
            is_renewed_ahead: identity.renewal() == Renewal::Ahead,
            fetched_at: shared.fetched_at.as_unix(),
        }
    }

    fn shared(self) -> Option<SharedCredentials> {
        let Self { access_key_id, secret_access_key, session_token, .. } = self;
        Credentials { access_key_id, secret_access_key, session_token }.check().ok()?;
        let expires_at = match self.expires_at {
            Some(seconds) => Some(Timestamp::from_unix(seconds)?),
            None => None,
        };
        let identity = Identity::new(
            Credentials { access_key_id, secret_access_key, session_token },
            expires_at,
            self.account_id.as_deref(),
            Source::SharedFile { from: self.source.into_owned() },
        );
        let renewal = if self.is_renewed_ahead { Renewal::Ahead } else { Renewal::JustInTime };
        let identity = identity.with_renewal(renewal);
        let fetched_at = Timestamp::from_unix(self.fetched_at)?;
        Some(SharedCredentials { identity: Arc::new(identity), fetched_at })
    }
}

impl<'d> DocumentFailure<'d> {
    fn of(failure: &'d SharedFailure) -> Self {
        Self {
            at: failure.at.as_unix(),
            until: failure.until.as_unix(),
            is_final: failure.is_final,
            message: Cow::Borrowed(&failure.message),
        }
    }

    fn shared(&self) -> Option<SharedFailure> {
        let (at, until) = (Timestamp::from_unix(self.at)?, Timestamp::from_unix(self.until)?);
        Some(SharedFailure::new(at, until, self.is_final, &self.message))
    }
}
