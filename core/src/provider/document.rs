//! What documents with credentials have in common, whatever they are written in.

use super::{DocumentError, Provided};
use crate::credentials::Credentials;

/// A field's name, as its document has it, and its text, if it is there.
pub(super) type Named<'b> = (&'static str, Option<&'b str>);

/// The texts of a document that holds credentials.
pub(super) struct CredentialTexts<'b> {
    pub(super) access_key_id: Named<'b>,
    pub(super) secret_access_key: Named<'b>,
    pub(super) session_token: Named<'b>,
    pub(super) expiration: Named<'b>,
    pub(super) account_id: Option<&'b str>,
}

impl<'b> CredentialTexts<'b> {
    /// The credentials, if all is there and may be sent.
    pub(super) fn provided(self) -> Result<Provided<'b>, DocumentError> {
        let credentials = Credentials {
            access_key_id: required(self.access_key_id)?,
            secret_access_key: required(self.secret_access_key)?,
            session_token: Some(required(self.session_token)?),
        };
        let expiration = required(self.expiration)?;
        credentials.check().map_err(DocumentError::BadCredentials)?;
        let expires_at = expiration.parse().map_err(|_| DocumentError::BadExpiration)?;
        Ok(Provided { credentials, expires_at, account_id: self.account_id })
    }
}

/// A text that must be there, and not be empty.
pub(super) fn required((name, text): Named<'_>) -> Result<&str, DocumentError> {
    text.filter(|text| !text.is_empty()).ok_or(DocumentError::Missing(name))
}
