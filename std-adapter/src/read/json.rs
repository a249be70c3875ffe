//! JSON objects that hold secrets, read field by field.
//!
//! `serde_json`'s own errors quote the value that they stumbled over, which may be a secret. So the
//! values stay unread where they lie ([`RawValue`]) until one is asked for by name, and an error
//! has the name alone. As for Python's reader, and so for botocore, `NaN`, `Infinity` and
//! `-Infinity` are numbers.

use core::ops::Range;
use std::collections::BTreeMap;

use rolesig::Timestamp;
use rolesig::conversation::JsonType;
use serde_json::value::RawValue;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::read::byte_order_mark::without_byte_order_mark;
use crate::read::point_in_time::point_in_time;
use crate::read::white_space::trim;

/// An object. Of a name that is there twice the last counts, as for AWS's tools in Python. Names
/// are as they are written.
pub(crate) struct JsonObject<'t>(BTreeMap<String, &'t str>);

/// The reason why a JSON document is invalid. It holds nothing of the document.
///
/// ```
/// use rolesig_std::provider::{JsonError, ProcessError};
///
/// fn may_be_another_program(error: &ProcessError) -> bool {
///     matches!(error, ProcessError::Output { error: JsonError::NotJson, .. })
/// }
/// # let _ = may_be_another_program;
/// let error = JsonError::Missing("AccessKeyId");
/// assert_eq!(error.to_string(), "the field AccessKeyId is missing or empty");
/// ```
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum JsonError {
    /// Nothing but white space.
    #[error("empty")]
    Empty,
    /// Not JSON, not an object, or cut off.
    #[error("not a JSON object, or cut off")]
    NotJson,
    /// Text in UTF-16, as PowerShell redirects output.
    #[error("the text is UTF-16: write it as UTF-8")]
    Utf16,
    /// A field is not there, or null, or empty.
    #[error("the field {0} is missing or empty")]
    Missing(&'static str),
    /// A field is of another type.
    #[error("the field {field} is {found}, not a string")]
    NotText {
        /// The field.
        field: &'static str,
        /// The type that it has.
        found: JsonType,
    },
    /// A field is something else.
    #[error("the field {field} is not {wants}")]
    Wrong {
        /// The field.
        field: &'static str,
        /// The expected value.
        wants: &'static str,
    },
}

impl<'t> JsonObject<'t> {
    /// Recognises a byte order mark at its front.
    pub(crate) fn read(text: &'t [u8]) -> Result<Self, JsonError> {
        let text = without_byte_order_mark(text);
        if text.trim_ascii().is_empty() {
            return Err(JsonError::Empty);
        }
        if is_utf_16(text) {
            return Err(JsonError::Utf16);
        }
        let text = core::str::from_utf8(text).map_err(|_| JsonError::NotJson)?;
        let fields = spans(text).or_else(|| spans(&finite(text)?)).ok_or(JsonError::NotJson)?;
        let mut known = BTreeMap::new();
        for (name, span) in fields {
            known.insert(name, text.get(span).ok_or(JsonError::NotJson)?);
        }
        Ok(Self(known))
    }

    /// Returns all fields, as they are written.
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, &'t str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), *value))
    }

    /// Returns a field, unless it is null.
    fn value(&self, field: &str) -> Option<&'t str> {
        self.0.get(field).copied().filter(|value| *value != "null")
    }

    /// Returns a text without the white space around it; `None` if it is missing, null or empty.
    pub(crate) fn optional(
        &self,
        field: &'static str,
    ) -> Result<Option<Zeroizing<String>>, JsonError> {
        let Some(value) = self.value(field) else { return Ok(None) };
        let text: String = match serde_json::from_str(value) {
            Ok(text) => text,
            Err(_) => return Err(JsonError::not_text(field, value)),
        };
        let text = Zeroizing::new(text);
        let trimmed = trim(&text);
        if trimmed.len() == text.len() {
            return Ok(Some(text).filter(|text| !text.is_empty()));
        }
        Ok(Some(Zeroizing::new(trimmed.to_owned())).filter(|text| !text.is_empty()))
    }

    /// Returns a text, or a number as it is written; anything else counts as missing.
    pub(crate) fn word(&self, field: &'static str) -> Option<Zeroizing<String>> {
        let value = self.value(field)?;
        let is_number = value.starts_with(|first: char| first.is_ascii_digit());
        let number = || is_number.then(|| Zeroizing::new(value.to_owned()));
        self.optional(field).ok().flatten().or_else(number)
    }

    /// Returns a required point in time: a text, or seconds since 1970.
    pub(crate) fn time(&self, field: &'static str) -> Result<Timestamp, JsonError> {
        let value = self.value(field).ok_or(JsonError::Missing(field))?;
        let is_number = value.starts_with(|first: char| first == '-' || first.is_ascii_digit());
        let wants = "a point in time with its offset, such as 2015-08-30T12:36:00Z";
        let text = if is_number {
            Zeroizing::new(value.to_owned())
        } else {
            // An empty one is not missing: what has no end leaves the field out.
            self.optional(field)?.ok_or(JsonError::Wrong { field, wants })?
        };
        let read = point_in_time(&text);
        read.map_err(|_| JsonError::Wrong { field, wants })
    }

    /// Returns a required text.
    pub(crate) fn text(&self, field: &'static str) -> Result<Zeroizing<String>, JsonError> {
        self.optional(field)?.ok_or(JsonError::Missing(field))
    }

    /// Returns a required text that can be sent in a header; AWS's have no other characters.
    pub(crate) fn visible(&self, field: &'static str) -> Result<Zeroizing<String>, JsonError> {
        let text = self.text(field)?;
        let is_visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        let wants = "of visible ASCII characters only";
        if is_visible { Ok(text) } else { Err(JsonError::Wrong { field, wants }) }
    }

    /// Returns a required object.
    pub(crate) fn object(&self, field: &'static str) -> Result<Self, JsonError> {
        let value = self.value(field).ok_or(JsonError::Missing(field))?;
        Self::read(value.as_bytes()).map_err(|_| JsonError::Wrong { field, wants: "an object" })
    }

    /// Returns an integer from 0, perhaps written as another language's number
    /// (`1.0`, `1.7e9`) or as a text.
    pub(crate) fn number(&self, field: &'static str) -> Result<u64, JsonError> {
        self.whole(field, |number| number.fract() == 0.0)
    }

    /// Returns seconds, as [`number`](Self::number) does; those with a fraction are cut off to
    /// whole ones.
    pub(crate) fn seconds(&self, field: &'static str) -> Result<u64, JsonError> {
        self.whole(field, |_| true)
    }

    fn whole(&self, field: &'static str, is_taken: fn(f64) -> bool) -> Result<u64, JsonError> {
        let value = self.value(field).ok_or(JsonError::Missing(field))?;
        let value = value.trim_matches('"').trim_ascii();
        let whole = value.parse().ok().or_else(|| {
            let number = value.parse::<f64>().ok().filter(|number| *number >= 0.0)?;
            format!("{:.0}", Some(number).filter(|number| is_taken(*number))?.trunc()).parse().ok()
        });
        whole.ok_or(JsonError::Wrong { field, wants: "a whole number" })
    }
}

/// Returns whether a text begins as UTF-16 does: with its byte order mark, or with two characters
/// of ASCII.
const fn is_utf_16(text: &[u8]) -> bool {
    matches!(
        text,
        [0xff, 0xfe, ..]
            | [0xfe, 0xff, ..]
            | [1..=127, 0, 1..=127, 0, ..]
            | [0, 1..=127, 0, 1..=127, ..]
    )
}

/// Returns where the values of an object lie, by their names.
fn spans(text: &str) -> Option<BTreeMap<String, Range<usize>>> {
    let fields: BTreeMap<String, &RawValue> = serde_json::from_str(text).ok()?;
    let span = |value: &RawValue| {
        let start = value.get().as_ptr().addr() - text.as_ptr().addr();
        start..start + value.get().len()
    };
    let mut spans = BTreeMap::new();
    spans.extend(fields.into_iter().map(|(name, value)| (name, span(value))));
    Some(spans)
}

/// Returns a document of the same length with zeros for the numbers that are not finite; `None` if
/// it has none.
fn finite(text: &str) -> Option<Zeroizing<String>> {
    let mut finite = Zeroizing::new(String::with_capacity(text.len()));
    let (mut in_text, mut last, mut rest) = (false, ' ', text);
    while let Some(next) = rest.chars().next() {
        let is_escaped = in_text && last == '\\';
        in_text ^= next == '"' && !is_escaped;
        // The character behind an escape begins no other escape.
        last = if is_escaped { ' ' } else { next };
        let number = ["NaN", "Infinity"].iter().find(|number| rest.starts_with(**number));
        let is_begun = finite.ends_with(|c: char| c.is_ascii_alphanumeric() || ".+_".contains(c));
        match number {
            Some(number)
                if !in_text && !is_begun && (*number != "NaN" || !finite.ends_with('-')) =>
            {
                finite.push('0');
                finite.extend(core::iter::repeat_n(' ', number.len() - 1));
                rest = rest.get(number.len()..)?;
            }
            _ => {
                finite.push(next);
                rest = rest.get(next.len_utf8()..)?;
            }
        }
    }
    Some(finite).filter(|finite| finite.as_str() != text)
}

impl JsonError {
    /// Builds the error for a value that is not a text, with the type that it has instead.
    fn not_text(field: &'static str, value: &str) -> Self {
        let found = match value.as_bytes().first() {
            Some(b'{') => JsonType::Object,
            Some(b'[') => JsonType::Array,
            Some(b't' | b'f') => JsonType::Boolean,
            Some(b'-' | b'0'..=b'9' | b'N' | b'I') => JsonType::Number,
            _ => return Self::Wrong { field, wants: "a text that can be read" },
        };
        Self::NotText { field, found }
    }
}

#[cfg(test)]
mod tests;
