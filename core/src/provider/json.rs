//! The JSON documents that hold credentials, and those that refuse them.

use super::document::CredentialTexts;
use super::{CREDENTIALS, DocumentError, Provided, ProviderError};

mod escape;
mod texts;

use texts::texts;

/// What a document says.
pub(super) enum Document<'b> {
    Credentials(Provided<'b>),
    Refusal { code: &'b str, message: &'b str },
}

/// Reads the document that ends a conversation.
pub(super) fn provided(body: &mut [u8]) -> Result<Provided<'_>, ProviderError<'_>> {
    match read(body) {
        Ok(Document::Credentials(provided)) => Ok(provided),
        Ok(Document::Refusal { code, message }) => Err(ProviderError::Refused { code, message }),
        Err(error) => Err(ProviderError::Document { asked: CREDENTIALS, error }),
    }
}

/// Reads a document whose `Code`, if it has one, is `Success` when it holds credentials.
pub(super) fn read(body: &mut [u8]) -> Result<Document<'_>, DocumentError> {
    // The agent of a container writes the first two in lower case.
    let fields = [
        ("", &["Code", "code"][..]),
        ("", &["Message", "message"]),
        ("", &["AccessKeyId"]),
        ("", &["SecretAccessKey"]),
        ("", &["Token"]),
        ("", &["Expiration"]),
        ("", &["AccountId"]),
    ];
    let [code, message, access_key_id, secret_access_key, token, expiration, account_id] =
        texts(body, &fields)?;
    if let Some(code) = code.filter(|code| *code != "Success") {
        return Ok(Document::Refusal { code, message: message.unwrap_or_default() });
    }
    let texts = CredentialTexts {
        access_key_id: ("AccessKeyId", access_key_id),
        secret_access_key: ("SecretAccessKey", secret_access_key),
        session_token: ("Token", token),
        expiration: ("Expiration", expiration),
        account_id,
    };
    texts.provided().map(Document::Credentials)
}

/// Reads the document of AWS IoT: `{"credentials": {…}}`, or `{"message": …}`.
pub(super) fn read_iot(body: &mut [u8]) -> Result<Document<'_>, DocumentError> {
    let fields = [
        ("", &["message"][..]),
        ("credentials", &["accessKeyId"]),
        ("credentials", &["secretAccessKey"]),
        ("credentials", &["sessionToken"]),
        ("credentials", &["expiration"]),
    ];
    let [message, access_key_id, secret_access_key, session_token, expiration] =
        texts(body, &fields)?;
    if let (None, Some(message)) = (access_key_id, message) {
        return Ok(Document::Refusal { code: "", message });
    }
    let texts = CredentialTexts {
        access_key_id: ("accessKeyId", access_key_id),
        secret_access_key: ("secretAccessKey", secret_access_key),
        session_token: ("sessionToken", session_token),
        expiration: ("expiration", expiration),
        account_id: None,
    };
    texts.provided().map(Document::Credentials)
}
