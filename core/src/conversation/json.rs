//! The JSON documents that hold credentials, and those that refuse them.

use super::document::{CredentialTexts, required};
use super::{CREDENTIALS, ConversationError, DocumentError, JsonType, RoleCredentials};

mod escape;
mod texts;

use texts::{Content, Field, contents};

/// The contents of a document.
pub(super) enum Document<'b> {
    Credentials(RoleCredentials<'b>),
    Refusal { code: &'b str, message: &'b str },
}

/// Reads the document that ends a conversation.
pub(super) fn provided(body: &mut [u8]) -> Result<RoleCredentials<'_>, ConversationError<'_>> {
    match read(body) {
        Ok(Document::Credentials(provided)) => Ok(provided),
        Ok(Document::Refusal { code, message }) => {
            Err(ConversationError::Refused { code, message })
        }
        Err(error) => Err(ConversationError::Document { asked: CREDENTIALS, error }),
    }
}

const KEY: Field = Field::of_document("AccessKeyId");
const SECRET: Field = Field::of_document("SecretAccessKey");
const TOKEN: Field = Field::of_document("Token");
const EXPIRATION: Field = Field::of_document("Expiration");
const ACCOUNT: Field = Field::of_document("AccountId");
const CODE: Field = Field::of_document("Code");
const MESSAGE: Field = Field::of_document("Message");
/// The agent of a container writes the first letters of these in lower case. Those of AWS's own
/// names count before them, as for botocore.
const AGENTS_CODE: Field = Field::of_document("code");
const AGENTS_MESSAGE: Field = Field::of_document("message");

/// Reads a document that holds credentials, or says why there are none.
///
/// Whatever the `Code`, credentials that are whole are taken, as botocore takes them: services that
/// stand in for AWS's write words other than `Success`, or none.
pub(super) fn read(body: &mut [u8]) -> Result<Document<'_>, DocumentError> {
    let fields =
        [KEY, SECRET, TOKEN, EXPIRATION, ACCOUNT, CODE, MESSAGE, AGENTS_CODE, AGENTS_MESSAGE];
    let [key, secret, token, expiration, account, code, message, agents_code, agents_message] =
        contents(body, &fields)?;
    let has_key = text_of(key).is_some_and(|key| !key.is_empty());
    let code = text_of(code).or(text_of(agents_code));
    match (code, text_of(message).or(text_of(agents_message))) {
        (Some("Success"), _) | (None, None) => {}
        (code, message) if !has_key => {
            let (code, message) = (code.unwrap_or_default(), message.unwrap_or_default());
            return Ok(Document::Refusal { code, message });
        }
        _ => {}
    }
    let texts = CredentialTexts {
        access_key_id: text(&KEY, key)?,
        secret_access_key: text(&SECRET, secret)?,
        session_token: match token {
            Content::Null => None,
            Content::Text(text) if text.trim_ascii().is_empty() => None,
            token => Some(text(&TOKEN, token)?),
        },
        expiration: time(&EXPIRATION, expiration)?,
        account_id: match account {
            Content::Number(digits) => Some(digits),
            account => text_of(account),
        },
    };
    texts.provided().map(Document::Credentials)
}

const IOT: &str = "credentials";
const IOT_KEY: Field = Field::of(IOT, "accessKeyId");
const IOT_SECRET: Field = Field::of(IOT, "secretAccessKey");
const IOT_TOKEN: Field = Field::of(IOT, "sessionToken");
const IOT_EXPIRATION: Field = Field::of(IOT, "expiration");
const IOT_MESSAGE: Field = Field::of_document("message");

/// Reads the document of AWS IoT: `{"credentials": {…}}`, or `{"message": …}`.
pub(super) fn read_iot(body: &mut [u8]) -> Result<Document<'_>, DocumentError> {
    let fields = [IOT_KEY, IOT_SECRET, IOT_TOKEN, IOT_EXPIRATION, IOT_MESSAGE];
    let [key, secret, token, expiration, message] = contents(body, &fields)?;
    if let (None, Some(message)) = (text_of(key), text_of(message)) {
        return Ok(Document::Refusal { code: "", message });
    }
    let texts = CredentialTexts {
        access_key_id: text(&IOT_KEY, key)?,
        secret_access_key: text(&IOT_SECRET, secret)?,
        session_token: Some(text(&IOT_TOKEN, token)?),
        expiration: time(&IOT_EXPIRATION, expiration)?,
        account_id: None,
    };
    texts.provided().map(Document::Credentials)
}

/// Returns the text of an optional field; any other content counts as none.
const fn text_of(content: Content<'_>) -> Option<&str> {
    match content {
        Content::Text(text) => Some(text),
        _ => None,
    }
}

/// Returns the text of a required field.
fn text<'b>(field: &Field, content: Content<'b>) -> Result<&'b str, DocumentError> {
    let found = match content {
        Content::Number(_) => JsonType::Number,
        Content::Other(found) => found,
        Content::NotUtf8 => return Err(DocumentError::NotUtf8(field.name)),
        content => return required(field.name, text_of(content)),
    };
    Err(DocumentError::NotText { field: field.name, found })
}

/// Returns the text of a required time, which may be a number.
fn time<'b>(field: &Field, content: Content<'b>) -> Result<&'b str, DocumentError> {
    match content {
        Content::Number(seconds) => Ok(seconds),
        content => text(field, content),
    }
}
