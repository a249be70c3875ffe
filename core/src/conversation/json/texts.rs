//! The fields of a JSON object, read in place.
//!
//! It reads a few fields of the object itself, or of an object in it. The document is read once
//! from front to back, without recursion: each open bracket is a bit. It must be JSON as a whole,
//! also in what is ignored; beside that, `NaN`, `Infinity` and `-Infinity` are numbers, and half a
//! surrogate pair is a character, as in the documents that Python reads and writes. Escapes are
//! resolved where they lie, since none is shorter than what it stands for.
//!
//! Source: RFC 8259, §2 to §7; "json" (Python Standard Library), "Infinite and NaN Number Values".

use core::ops::Range;

use super::escape::{escape, unescape};
use crate::conversation::{DocumentError, JsonType};
use crate::emit::byte_class::trim_ascii;

/// Documents with credentials have two levels, but ignored fields may hold anything. botocore reads
/// close to 1,000 levels.
const MAX_DEPTH: usize = 1024;

/// A field: the name of the object that it is in, empty for the document itself; and its name. A
/// name with an escape in it is neither.
#[derive(Clone, Copy)]
pub(super) struct Field {
    parent: &'static str,
    pub(super) name: &'static str,
}

impl Field {
    /// Names a field of the document itself.
    pub(super) const fn of_document(name: &'static str) -> Self {
        Self::of("", name)
    }

    /// Names a field of an object in the document.
    pub(super) const fn of(parent: &'static str, name: &'static str) -> Self {
        Self { parent, name }
    }

    fn is(&self, parent: &[u8], name: &[u8]) -> bool {
        self.parent.as_bytes() == parent && self.name.as_bytes() == name
    }
}

/// The brackets that are open: a set bit for an object, a cleared one for an array.
struct Open {
    kinds: [u32; MAX_DEPTH / 32],
    depth: usize,
}

impl Open {
    /// The document itself.
    const fn document() -> Self {
        Self { kinds: [1; MAX_DEPTH / 32], depth: 1 }
    }

    #[inline(never)]
    fn push(&mut self, is_object: bool) -> Result<(), DocumentError> {
        let kinds = self.kinds.get_mut(self.depth / 32).ok_or(DocumentError::TooDeep)?;
        let bit = 1 << (self.depth % 32);
        *kinds = if is_object { *kinds | bit } else { *kinds & !bit };
        self.depth += 1;
        Ok(())
    }

    fn in_object(&self) -> bool {
        let last = self.depth.saturating_sub(1);
        self.kinds.get(last / 32).is_some_and(|kinds| kinds >> (last % 32) & 1 == 1)
    }
}

/// The content of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Content<'b> {
    /// There is no such field.
    Absent,
    Null,
    Text(&'b str),
    /// A text in another encoding.
    NotUtf8,
    /// As it is written.
    Number(&'b str),
    Other(JsonType),
}

/// The place of a field's content.
#[derive(Clone)]
enum Extent {
    Absent,
    Null,
    /// Between the quotes.
    Text(Range<usize>),
    Number(Range<usize>),
    Other(JsonType),
}

/// Returns the contents of some fields, in their order. A field must not come twice: which one
/// would be used is undefined. Ignored fields need not be UTF-8.
pub(super) fn contents<'b, const N: usize>(
    body: &'b mut [u8],
    fields: &[Field; N],
) -> Result<[Content<'b>; N], DocumentError> {
    if trim_ascii(behind_mark(body)).is_empty() {
        return Err(DocumentError::Empty);
    }
    let mut places = [const { Extent::Absent }; N];
    find(body, fields, &mut places)?;
    for place in &mut places {
        if let Extent::Text(range) = place {
            let text = body.get_mut(range.clone()).ok_or(DocumentError::NotJson)?;
            range.end = range.start + unescape(text).ok_or(DocumentError::NotJson)?;
        }
    }
    let body = &*body;
    let mut contents = [Content::Absent; N];
    for (content, place) in contents.iter_mut().zip(places) {
        *content = match place {
            Extent::Absent => Content::Absent,
            Extent::Null => Content::Null,
            Extent::Text(range) => text_at(body, range).map_or(Content::NotUtf8, Content::Text),
            Extent::Number(range) => text_at(body, range).map_or(Content::NotUtf8, Content::Number),
            Extent::Other(found) => Content::Other(found),
        };
    }
    Ok(contents)
}

/// Returns a part of the document as a text.
#[inline(never)]
fn text_at(body: &[u8], range: Range<usize>) -> Option<&str> {
    core::str::from_utf8(body.get(range)?).ok()
}

/// Removes the byte order mark that some servers write first.
fn behind_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body)
}

/// Finds the place of each field's content, in a document that is JSON as a whole.
#[inline(never)]
fn find(body: &[u8], fields: &[Field], found: &mut [Extent]) -> Result<(), DocumentError> {
    let not_json = DocumentError::NotJson;
    let mut twice = None;
    // The last name in the document itself, and whether it has had the object that is looked into.
    let (mut parent, mut had_inner) = (&b""[..], false);
    let mut open = Open::document();
    let mut is_first = true;
    let mut rest = behind_space(behind_mark(body)).strip_prefix(b"{").ok_or(not_json)?;
    while open.depth > 0 {
        rest = behind_space(rest);
        let in_object = open.in_object();
        let close = if in_object { b"}" } else { b"]" };
        if let Some(behind) = rest.strip_prefix(close) {
            open.depth -= 1;
            (is_first, rest) = (false, behind);
            continue;
        }
        if !is_first {
            rest = behind_space(rest.strip_prefix(b",").ok_or(not_json)?);
        }
        let mut field = None;
        if in_object {
            let name;
            (name, rest) = text(rest).ok_or(not_json)?;
            rest = behind_space(rest).strip_prefix(b":").map(behind_space).ok_or(not_json)?;
            if open.depth == 1 {
                parent = name;
                let inner = fields.iter().find(|field| is_inner(field, name));
                if let Some(inner) = inner {
                    twice = twice.or(had_inner.then_some(inner.parent));
                    had_inner = true;
                }
            }
            field = match open.depth {
                1 => place(fields, b"", name),
                2 if !parent.is_empty() => place(fields, parent, name),
                _ => None,
            };
        }
        let start = body.len() - rest.len();
        let value;
        (value, rest) = Value::take(rest).ok_or(not_json)?;
        is_first = matches!(value, Value::Open { .. });
        if let Value::Open { is_object } = value {
            open.push(is_object)?;
        }
        let field = field.and_then(|at| Some((found.get_mut(at)?, fields.get(at)?.name)));
        if let Some((found, name)) = field {
            let is_second = !matches!(found, Extent::Absent);
            twice = twice.or(is_second.then_some(name));
            *found = value.place(start, body.len() - rest.len());
        }
    }
    if !behind_space(rest).is_empty() {
        return Err(not_json);
    }
    twice.map_or(Ok(()), |name| Err(DocumentError::Twice(name)))
}

/// Returns whether a name is that of the object that a field is in.
fn is_inner(field: &Field, name: &[u8]) -> bool {
    !name.is_empty() && field.parent.as_bytes() == name
}

/// Returns the index of the field that a name in an object belongs to.
fn place(fields: &[Field], parent: &[u8], name: &[u8]) -> Option<usize> {
    fields.iter().position(|field| field.is(parent, name))
}

/// A value, or how it begins.
enum Value<'b> {
    /// `{` or `[`.
    Open {
        is_object: bool,
    },
    Null,
    /// Between its quotes, with its escapes.
    Text(&'b [u8]),
    Number,
    /// `NaN`, `Infinity` or `-Infinity`.
    NotFinite,
    /// `true` or `false`.
    Boolean,
}

/// Numbers that are not finite, as Python writes them.
const NOT_FINITE: [&[u8]; 3] = [b"NaN", b"Infinity", b"-Infinity"];

impl<'b> Value<'b> {
    /// Splits off the value at the front.
    fn take(rest: &'b [u8]) -> Option<(Self, &'b [u8])> {
        let (first, behind) = rest.split_first()?;
        match first {
            b'{' => Some((Self::Open { is_object: true }, behind)),
            b'[' => Some((Self::Open { is_object: false }, behind)),
            b'"' => text(rest).map(|(text, rest)| (Self::Text(text), rest)),
            b'n' => rest.strip_prefix(b"null").map(|rest| (Self::Null, rest)),
            b't' => rest.strip_prefix(b"true").map(|rest| (Self::Boolean, rest)),
            b'f' => rest.strip_prefix(b"false").map(|rest| (Self::Boolean, rest)),
            _ => match NOT_FINITE.iter().find_map(|number| rest.strip_prefix(*number)) {
                Some(rest) => Some((Self::NotFinite, rest)),
                None => behind_number(rest).map(|rest| (Self::Number, rest)),
            },
        }
    }

    /// Returns the place of the value, if it was read from `start` to `end`.
    fn place(&self, start: usize, end: usize) -> Extent {
        match self {
            Self::Null => Extent::Null,
            // Behind the quote.
            Self::Text(text) => Extent::Text(start + 1..start + 1 + text.len()),
            Self::Number => Extent::Number(start..end),
            Self::NotFinite => Extent::Other(JsonType::Number),
            Self::Boolean => Extent::Other(JsonType::Boolean),
            Self::Open { is_object: true } => Extent::Other(JsonType::Object),
            Self::Open { is_object: false } => Extent::Other(JsonType::Array),
        }
    }
}

/// Skips white space (RFC 8259, §2). A form feed is white space to Rust, but not to JSON.
#[inline(never)]
fn behind_space(mut rest: &[u8]) -> &[u8] {
    while let [b' ' | b'\t' | b'\n' | b'\r', behind @ ..] = rest {
        rest = behind;
    }
    rest
}

/// Splits off the text at the front, without its quotes (RFC 8259, §7).
fn text(rest: &[u8]) -> Option<(&[u8], &[u8])> {
    let text = rest.strip_prefix(b"\"")?;
    let mut rest = text;
    loop {
        rest = match rest.first()? {
            b'"' => return Some((text.get(..text.len() - rest.len())?, rest.get(1..)?)),
            b'\\' => rest.get(escape(rest)?.1..)?,
            0..0x20 => return None,
            _ => rest.get(1..)?,
        };
    }
}

/// Skips the number at the front (RFC 8259, §6).
fn behind_number(rest: &[u8]) -> Option<&[u8]> {
    let rest = rest.strip_prefix(b"-").unwrap_or(rest);
    let mut rest = match rest.strip_prefix(b"0") {
        Some(behind) => behind,
        None => behind_digits(rest)?,
    };
    if let [b'.', fraction @ ..] = rest {
        rest = behind_digits(fraction)?;
    }
    match rest {
        [b'e' | b'E', b'+' | b'-', digits @ ..] | [b'e' | b'E', digits @ ..] => {
            behind_digits(digits)
        }
        _ => Some(rest),
    }
}

/// Skips the digits at the front, of which there must be one.
#[inline(never)]
fn behind_digits(digits: &[u8]) -> Option<&[u8]> {
    let mut rest = digits;
    while let [b'0'..=b'9', behind @ ..] = rest {
        rest = behind;
    }
    (rest.len() < digits.len()).then_some(rest)
}

#[cfg(test)]
mod tests;
