//! The common parts of documents with credentials, in any format.

use super::{DocumentError, RoleCredentials};
use crate::credentials::Credentials;
use crate::time::timestamp::Timestamp;

/// The texts of a document that holds credentials.
pub(super) struct CredentialTexts<'b> {
    pub(super) access_key_id: &'b str,
    pub(super) secret_access_key: &'b str,
    /// Some services that stand in for AWS's have none.
    pub(super) session_token: Option<&'b str>,
    pub(super) expiration: &'b str,
    pub(super) account_id: Option<&'b str>,
}

impl<'b> CredentialTexts<'b> {
    /// Returns the credentials, if they may be sent.
    pub(super) fn provided(self) -> Result<RoleCredentials<'b>, DocumentError> {
        let Self { access_key_id, secret_access_key, session_token, expiration, account_id } = self;
        let credentials = Credentials { access_key_id, secret_access_key, session_token };
        credentials.check().map_err(DocumentError::BadCredentials)?;
        let expires_at = expiration.parse().or_else(|_| Timestamp::from_http_date(expiration));
        let expires_at = expires_at.map_err(|_| DocumentError::BadExpiration)?;
        Ok(RoleCredentials { credentials, expires_at, account_id })
    }
}

/// Returns a text that must be there, and not be empty, without white space around it.
pub(super) fn required<'b>(
    name: &'static str,
    text: Option<&'b str>,
) -> Result<&'b str, DocumentError> {
    let text = text.map(str::trim_ascii).filter(|text| !text.is_empty());
    text.ok_or(DocumentError::Missing(name))
}
