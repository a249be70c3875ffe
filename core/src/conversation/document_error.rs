//! The errors of documents from providers.

use core::fmt;

use crate::credentials::CredentialsError;

/// An error of a document.
///
/// ```
/// use rolesig::conversation::{Conversation, ConversationError, DocumentError, IotCredentials};
///
/// let mut iot = IotCredentials::new("my-alias", None).unwrap();
/// let mut body = *b"{";
/// iot.response(200, &body).unwrap();
/// let error = iot.outcome(&mut body).unwrap_err();
/// assert!(matches!(error, ConversationError::Document { error: DocumentError::NotJson, .. }));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum DocumentError {
    /// Nothing but white space.
    Empty,
    /// Longer than anything of its kind is.
    TooLong {
        /// The number of bytes that are taken.
        limit: usize,
    },
    /// Has characters that nothing of its kind has.
    BadText,
    /// Not JSON, not an object, or cut off.
    NotJson,
    /// Not XML, or cut off, or with what such a document never has.
    NotXml,
    /// Nested in more than 1,024 levels.
    TooDeep,
    /// A field is not there, or null, or empty.
    Missing(&'static str),
    /// A field is repeated, so readers would disagree on its value.
    Twice(&'static str),
    /// A field is not a text.
    NotText {
        /// The field.
        field: &'static str,
        /// The type it has.
        found: JsonType,
    },
    /// A field's text is not UTF-8.
    NotUtf8(&'static str),
    /// `Expiration` is not a point in time.
    BadExpiration,
    /// A field cannot be right.
    BadCredentials(CredentialsError),
}

/// A type of JSON's, other than text.
///
/// ```
/// use rolesig::conversation::{DocumentError, JsonType};
///
/// let error = DocumentError::NotText { field: "Token", found: JsonType::Number };
/// assert!(error.to_string().contains("Token"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum JsonType {
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl fmt::Display for DocumentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("empty"),
            Self::TooLong { limit } => write!(f, "longer than {limit} bytes"),
            Self::BadText => f.write_str("has characters that are not allowed"),
            Self::NotJson => f.write_str("not a JSON object, or cut off"),
            Self::NotXml => f.write_str("not XML, or cut off"),
            Self::TooDeep => f.write_str("nested in more than 1,024 levels"),
            Self::Missing(field) => write!(f, "the field {field} is missing"),
            Self::Twice(field) => write!(f, "the field {field} occurs twice"),
            Self::NotText { field, found } => {
                write!(f, "the field {field} is {found}, not a string")
            }
            Self::NotUtf8(field) => write!(f, "the field {field} is not UTF-8"),
            Self::BadExpiration => f.write_str(
                "the field Expiration is not a point in time with its offset, such as \
                 2015-08-30T12:36:00Z",
            ),
            Self::BadCredentials(invalid) => invalid.fmt(f),
        }
    }
}

impl fmt::Display for JsonType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Number => "a number",
            Self::Boolean => "true or false",
            Self::Array => "an array",
            Self::Object => "an object",
        })
    }
}
