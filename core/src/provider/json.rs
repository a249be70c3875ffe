//! The JSON documents that hold credentials, read in place.
//!
//! serde-json-core finds the fields; it has three traps, each dealt with here. It leaves escapes in
//! borrowed strings as they are (`\/` in a secret makes a wrong signature), so they are resolved
//! afterwards, in the body itself. It follows nested values by recursion without a bound, so the
//! brackets of a document are counted first. And it has no bound on length, which is the
//! caller's buffer.

use core::ops::Range;

use serde::Deserialize;

use super::document::CredentialTexts;
use super::{CREDENTIALS, DocumentError, Provided, ProviderError};
use crate::percent::digit_value;

/// More opening brackets than any such document has, and few enough to recurse into.
const MAX_BRACKETS: usize = 16;

/// The fields of a document from the metadata service or a container's agent. The agent writes
/// `code` and `message` of a refusal in lower case.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Fields<T> {
    #[serde(alias = "code")]
    code: Option<T>,
    #[serde(alias = "message")]
    message: Option<T>,
    access_key_id: Option<T>,
    secret_access_key: Option<T>,
    token: Option<T>,
    expiration: Option<T>,
    account_id: Option<T>,
}

impl<T> Fields<T> {
    fn try_map<U, E>(self, mut f: impl FnMut(T) -> Result<U, E>) -> Result<Fields<U>, E> {
        let mut map = |field: Option<T>| field.map(&mut f).transpose();
        Ok(Fields {
            code: map(self.code)?,
            message: map(self.message)?,
            access_key_id: map(self.access_key_id)?,
            secret_access_key: map(self.secret_access_key)?,
            token: map(self.token)?,
            expiration: map(self.expiration)?,
            account_id: map(self.account_id)?,
        })
    }
}

/// The document of AWS IoT's credential provider.
#[derive(Deserialize)]
struct IotDocument<'b> {
    message: Option<&'b str>,
    #[serde(borrow)]
    credentials: Option<IotFields<'b>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct IotFields<'b> {
    access_key_id: Option<&'b str>,
    secret_access_key: Option<&'b str>,
    session_token: Option<&'b str>,
    expiration: Option<&'b str>,
}

impl<'b> From<IotDocument<'b>> for Fields<&'b str> {
    fn from(IotDocument { message, credentials }: IotDocument<'b>) -> Self {
        let credentials = credentials.as_ref();
        Self {
            code: None,
            message,
            access_key_id: credentials.and_then(|fields| fields.access_key_id),
            secret_access_key: credentials.and_then(|fields| fields.secret_access_key),
            token: credentials.and_then(|fields| fields.session_token),
            expiration: credentials.and_then(|fields| fields.expiration),
            account_id: None,
        }
    }
}

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
    let fields = fields(body, |body| Ok(serde_json_core::from_slice(body)?.0))?;
    if let Some(code) = fields.code.filter(|code| *code != "Success") {
        return Ok(Document::Refusal { code, message: fields.message.unwrap_or_default() });
    }
    let texts = CredentialTexts {
        access_key_id: ("AccessKeyId", fields.access_key_id),
        secret_access_key: ("SecretAccessKey", fields.secret_access_key),
        session_token: ("Token", fields.token),
        expiration: ("Expiration", fields.expiration),
        account_id: fields.account_id,
    };
    texts.provided().map(Document::Credentials)
}

/// Reads the document of AWS IoT: `{"credentials": {…}}`, or `{"message": …}`.
pub(super) fn read_iot(body: &mut [u8]) -> Result<Document<'_>, DocumentError> {
    let fields = fields(body, |body| {
        let (document, _) = serde_json_core::from_slice::<IotDocument<'_>>(body)?;
        Ok(document.into())
    })?;
    if let (None, Some(message)) = (fields.access_key_id, fields.message) {
        return Ok(Document::Refusal { code: "", message });
    }
    let texts = CredentialTexts {
        access_key_id: ("accessKeyId", fields.access_key_id),
        secret_access_key: ("secretAccessKey", fields.secret_access_key),
        session_token: ("sessionToken", fields.token),
        expiration: ("expiration", fields.expiration),
        account_id: None,
    };
    texts.provided().map(Document::Credentials)
}

/// Finds the fields, resolves their escapes where they lie, and borrows the result.
fn fields(
    body: &mut [u8],
    parse: impl FnOnce(&[u8]) -> Result<Fields<&str>, serde_json_core::de::Error>,
) -> Result<Fields<&str>, DocumentError> {
    check_shape(body)?;
    let ranges = {
        let escaped = parse(body).map_err(|_| DocumentError::NotJson)?;
        escaped.try_map(|text| Ok(range_in(body, text)))?
    };
    let ranges = ranges.try_map(|range| {
        let text = body.get_mut(range.clone()).ok_or(DocumentError::NotJson)?;
        let len = unescape(text).ok_or(DocumentError::NotJson)?;
        Ok(range.start..range.start + len)
    })?;
    let body = &*body;
    ranges.try_map(|range| {
        let text = body.get(range).ok_or(DocumentError::NotJson)?;
        core::str::from_utf8(text).map_err(|_| DocumentError::NotJson)
    })
}

/// Where in `body` a part that was borrowed from it lies.
fn range_in(body: &[u8], part: &str) -> Range<usize> {
    let start = part.as_ptr().addr().saturating_sub(body.as_ptr().addr());
    start..start.saturating_add(part.len())
}

/// Refuses what is empty, or might be too deep to recurse into. Brackets are counted wherever they
/// stand: whoever tells those in texts apart must agree with the reader on what a text is, and on
/// broken documents it does not (`x"[`).
fn check_shape(body: &[u8]) -> Result<(), DocumentError> {
    if body.trim_ascii().is_empty() {
        return Err(DocumentError::Empty);
    }
    let brackets = body.iter().filter(|byte| matches!(byte, b'{' | b'[')).count();
    if brackets > MAX_BRACKETS { Err(DocumentError::TooDeep) } else { Ok(()) }
}

/// Resolves the escapes of a JSON string (RFC 8259 §7) and answers the length of what is left.
/// `None` if an escape is none.
fn unescape(text: &mut [u8]) -> Option<usize> {
    let (mut read, mut write) = (0, 0);
    while let Some(byte) = text.get(read).copied() {
        if byte != b'\\' {
            *text.get_mut(write)? = byte;
            (read, write) = (read + 1, write + 1);
            continue;
        }
        let (character, taken) = escape(text.get(read..)?)?;
        let mut utf8 = [0; 4];
        let utf8 = character.encode_utf8(&mut utf8).as_bytes();
        // No escape is shorter than what it stands for.
        text.get_mut(write..)?.get_mut(..utf8.len())?.copy_from_slice(utf8);
        (read, write) = (read + taken, write + utf8.len());
    }
    Some(write)
}

/// The character that an escape at the front of a text stands for, and the escape's length.
fn escape(text: &[u8]) -> Option<(char, usize)> {
    let simple = match text.get(1)? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unicode_escape(text),
        _ => return None,
    };
    Some((simple, 2))
}

/// `\u00e9`, or a pair of surrogates.
fn unicode_escape(text: &[u8]) -> Option<(char, usize)> {
    let first = code_unit(text)?;
    if let Some(character) = char::from_u32(first) {
        return Some((character, 6));
    }
    let second = code_unit(text.get(6..)?)?;
    if first >= 0xdc00 || !(0xdc00..0xe000).contains(&second) {
        return None;
    }
    let character = char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00))?;
    Some((character, 12))
}

fn code_unit(text: &[u8]) -> Option<u32> {
    let [b'\\', b'u', digits @ ..] = text else { return None };
    digits
        .get(..4)?
        .iter()
        .try_fold(0, |unit, digit| Some((unit << 4) | u32::from(digit_value(*digit)?)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    extern crate std;
    use std::string::String;
    use std::vec::Vec;

    fn unescaped(text: &str) -> Option<String> {
        let mut text = text.as_bytes().to_vec();
        let len = unescape(&mut text)?;
        text.truncate(len);
        String::from_utf8(text).ok()
    }

    #[test]
    fn escapes_of_the_standard() {
        assert_eq!(unescaped(r"a\/b\u003d\u00e9\n").as_deref(), Some("a/b=é\n"));
        assert_eq!(unescaped(r#"\"\\\b\f\r\t"#).as_deref(), Some("\"\\\u{8}\u{c}\r\t"));
        assert_eq!(unescaped(r"\uD834\uDD1E").as_deref(), Some("𝄞"));
        for bad in [
            r"\",
            r"\x",
            r"\u",
            r"\u12",
            r"\u12g4",
            r"\ud834",
            r"\ud834\n",
            r"\udd1e",
            r"\ud834\u0041",
        ] {
            assert_eq!(unescaped(bad), None, "{bad}");
        }
    }

    #[test]
    fn depth_is_bounded_whatever_stands_in_texts() {
        assert_eq!(check_shape(br#"{"a": [1, "[[{{\"[["]}"#), Ok(()));
        assert_eq!(check_shape(&[b'['; MAX_BRACKETS]), Ok(()));
        assert_eq!(check_shape(&[b'['; MAX_BRACKETS + 1]), Err(DocumentError::TooDeep));
        assert_eq!(check_shape(&std::vec![b'['; 1 << 20]), Err(DocumentError::TooDeep));
        assert_eq!(check_shape(b" \r\n"), Err(DocumentError::Empty));
    }

    proptest! {
        #[test]
        fn what_serde_json_escapes_is_restored(text: String) {
            let escaped = serde_json::to_string(&text).unwrap();
            let escaped = escaped.strip_prefix('"').unwrap().strip_suffix('"').unwrap();
            prop_assert_eq!(unescaped(escaped), Some(text));
        }

        #[test]
        fn any_bytes_are_read_or_refused(mut body: Vec<u8>) {
            let _ = read(&mut body);
        }
    }
}
