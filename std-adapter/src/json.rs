//! JSON objects that hold secrets, read field by field.
//!
//! `serde_json`'s own errors quote the value that they stumbled over, which may be a secret. So the
//! values stay unread where they lie ([`RawValue`]) until one is asked for by name, and an error has
//! the name alone.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use thiserror::Error;
use zeroize::Zeroizing;

/// An object. Of a name that is there twice the last counts, as for AWS's tools in Python. Names are
/// as they are written.
pub(crate) struct Object<'t>(BTreeMap<String, &'t RawValue>);

/// What is wrong with a JSON document. Holds nothing of it.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsonError {
    /// Nothing but white space.
    #[error("empty")]
    Empty,
    /// Not JSON, or cut off.
    #[error("not a JSON object, or cut off")]
    NotJson,
    /// A field is not there, or null, or empty.
    #[error("the field {0} is missing or empty")]
    Missing(&'static str),
    /// A field is something else.
    #[error("the field {field} is not {wants}")]
    Wrong {
        /// The field.
        field: &'static str,
        /// What it should be.
        wants: &'static str,
    },
}

impl<'t> Object<'t> {
    /// Takes a byte order mark at its front for what it is.
    pub(crate) fn read(text: &'t [u8]) -> Result<Self, JsonError> {
        let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
        if text.trim_ascii().is_empty() {
            return Err(JsonError::Empty);
        }
        serde_json::from_slice(text).map(Self).map_err(|_| JsonError::NotJson)
    }

    /// All fields.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &'t RawValue)> {
        self.0.iter().map(|(name, value)| (name.as_str(), *value))
    }

    /// A field, unless it is null.
    fn value(&self, field: &str) -> Option<&'t str> {
        self.0.get(field).map(|value| value.get()).filter(|value| *value != "null")
    }

    /// A text; `None` if it is not there, or null, or empty.
    pub(crate) fn optional(
        &self,
        field: &'static str,
    ) -> Result<Option<Zeroizing<String>>, JsonError> {
        let Some(value) = self.value(field) else { return Ok(None) };
        let text: String =
            serde_json::from_str(value).map_err(|_| JsonError::Wrong { field, wants: "a text" })?;
        Ok(Some(Zeroizing::new(text)).filter(|text| !text.is_empty()))
    }

    /// A text that is there.
    pub(crate) fn text(&self, field: &'static str) -> Result<Zeroizing<String>, JsonError> {
        self.optional(field)?.ok_or(JsonError::Missing(field))
    }

    /// A text that can be sent in a header; none of what AWS makes has other characters.
    pub(crate) fn visible(&self, field: &'static str) -> Result<Zeroizing<String>, JsonError> {
        let text = self.text(field)?;
        let is_visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        let wants = "of visible ASCII characters only";
        if is_visible { Ok(text) } else { Err(JsonError::Wrong { field, wants }) }
    }

    /// An object that is there.
    pub(crate) fn object(&self, field: &'static str) -> Result<Self, JsonError> {
        let value = self.value(field).ok_or(JsonError::Missing(field))?;
        Self::read(value.as_bytes()).map_err(|_| JsonError::Wrong { field, wants: "an object" })
    }

    /// An integer from 0 that is there.
    pub(crate) fn number(&self, field: &'static str) -> Result<u64, JsonError> {
        let value = self.value(field).ok_or(JsonError::Missing(field))?;
        value.parse().map_err(|_| JsonError::Wrong { field, wants: "a whole number" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields() {
        let object = Object::read(
            b"\xef\xbb\xbf {\"a\": \"x\\/y\", \"n\": 12, \"z\": null, \"e\": \"\", \"a b\": \"s p\"} ",
        )
        .unwrap();
        assert_eq!(object.text("a").unwrap().as_str(), "x/y");
        assert_eq!(object.number("n"), Ok(12));
        assert_eq!(object.visible("a b").unwrap_err().to_string(), VISIBLE);
        for missing in ["z", "e", "q"] {
            assert_eq!(object.text(missing), Err(JsonError::Missing(missing)));
            assert_eq!(object.optional(missing), Ok(None));
        }
        assert_eq!(object.text("n").unwrap_err().to_string(), "the field n is not a text");
        assert_eq!(
            object.number("a").unwrap_err().to_string(),
            "the field a is not a whole number"
        );
        assert_eq!(object.number("z"), Err(JsonError::Missing("z")));
    }

    const VISIBLE: &str = "the field a b is not of visible ASCII characters only";

    #[test]
    fn documents_that_are_none() {
        for (text, error) in [
            ("", JsonError::Empty),
            (" \r\n", JsonError::Empty),
            ("[]", JsonError::NotJson),
            ("\"text\"", JsonError::NotJson),
            ("{\"a\": ", JsonError::NotJson),
            ("{} {}", JsonError::NotJson),
        ] {
            assert_eq!(Object::read(text.as_bytes()).err(), Some(error), "{text}");
        }
        assert!(Object::read(b"{\"a\": \"\xff\"}").is_err());
        // No depth of nesting overflows the stack.
        let deep = format!("{{\"a\": {}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
        assert!(Object::read(deep.as_bytes()).is_ok());
    }
}
