//! The texts of an XML document, read in place.
//!
//! STS answers in XML of a few known elements, so what is wanted of it are the texts of leaves,
//! each named by its parent and itself. The document is read once from front to back: tags must
//! match, and it must be whole. Namespaces are not resolved, and the prefix of a name is ignored.
//! There is no document type, so no entity but the five of the standard. Within a leaf, references,
//! CDATA sections and comments are resolved where they lie, since none is shorter than what it
//! stands for.
//!
//! Source: "Extensible Markup Language (XML) 1.0", §2.4, §2.7, §3.1, §4.1, §4.6.

use core::ops::Range;

use heapless::Vec;

use super::DocumentError;
use crate::emit::percent::digit_value;

#[cfg(test)]
mod tests;

/// Responses of STS have four levels. Leaves are looked for in as many as these, and what is nested
/// more deeply is counted: its tags need not match.
const MAX_DEPTH: usize = 8;

/// A leaf: the name of its parent, and its own.
pub(super) type Leaf = (&'static str, &'static str);

/// Returns the texts of some leaves, in their order, without white space around them. A leaf must
/// not come twice, or contain elements.
pub(super) fn texts<'b, const N: usize>(
    body: &'b mut [u8],
    leaves: &[Leaf; N],
) -> Result<[Option<&'b str>; N], DocumentError> {
    if body.trim_ascii().is_empty() {
        return Err(DocumentError::Empty);
    }
    let mut ranges = find(body, leaves)?;
    for range in ranges.iter_mut().flatten() {
        let text = body.get_mut(range.clone()).ok_or(DocumentError::NotXml)?;
        range.end = range.start + resolve(text).ok_or(DocumentError::NotXml)?;
    }
    let body = &*body;
    let mut texts = [None; N];
    for ((text, range), (_, name)) in texts.iter_mut().zip(ranges).zip(leaves) {
        let Some(range) = range else { continue };
        let bytes = body.get(range).ok_or(DocumentError::NotXml)?.trim_ascii();
        *text = Some(core::str::from_utf8(bytes).map_err(|_| DocumentError::NotUtf8(name))?);
    }
    Ok(texts)
}

/// Finds the place of each leaf's content.
fn find<const N: usize>(
    body: &[u8],
    leaves: &[Leaf; N],
) -> Result<[Option<Range<usize>>; N], DocumentError> {
    let mut found = [const { None }; N];
    let mut open = Vec::<&[u8], MAX_DEPTH>::new();
    let mut deeper = 0_usize;
    // The place of the leaf that is open, and where its content begins.
    let mut leaf = None;
    let mut has_root = false;
    let mut rest = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    while !rest.is_empty() {
        let start = body.len() - rest.len();
        let piece;
        (piece, rest) = Piece::take(rest).ok_or(DocumentError::NotXml)?;
        let end = body.len() - rest.len();
        match piece {
            Piece::Text(text) if open.is_empty() && !text.trim_ascii().is_empty() => {
                return Err(DocumentError::NotXml);
            }
            Piece::Cdata if open.is_empty() => return Err(DocumentError::NotXml),
            Piece::Text(_) | Piece::Cdata | Piece::Ignored => {}
            Piece::Open(name) | Piece::Empty(name) => {
                if leaf.is_some() || (open.is_empty() && has_root) {
                    return Err(DocumentError::NotXml);
                }
                has_root = true;
                let is_empty = matches!(piece, Piece::Empty(_));
                if open.is_full() {
                    deeper += usize::from(!is_empty);
                    continue;
                }
                let parent = open.last().copied().unwrap_or_default();
                let place = leaves.iter().position(|leaf| is_leaf(*leaf, parent, name));
                let mut slots = found.iter_mut().zip(leaves);
                if let Some((found, (_, leaf))) = place.and_then(|place| slots.nth(place)) {
                    if found.is_some() {
                        return Err(DocumentError::Twice(leaf));
                    }
                    *found = Some(end..end);
                }
                if !is_empty {
                    leaf = place;
                    open.push(name).map_err(|_| DocumentError::TooDeep)?;
                }
            }
            Piece::Close(_) if deeper > 0 => deeper -= 1,
            Piece::Close(name) => {
                if open.pop() != Some(name) {
                    return Err(DocumentError::NotXml);
                }
                let leaf = leaf.take().and_then(|place| found.get_mut(place));
                if let Some(range) = leaf.and_then(Option::as_mut) {
                    range.end = start;
                }
            }
        }
    }
    if has_root && open.is_empty() { Ok(found) } else { Err(DocumentError::NotXml) }
}

fn is_leaf(leaf: Leaf, parent: &[u8], name: &[u8]) -> bool {
    is_local(parent, leaf.0) && is_local(name, leaf.1)
}

/// Returns whether a name is this one, after its prefix. It looks at the end alone: the parent of
/// many elements has a name of any length.
fn is_local(name: &[u8], local: &str) -> bool {
    name.strip_suffix(local.as_bytes())
        .is_some_and(|prefix| prefix.is_empty() || prefix.ends_with(b":"))
}

/// A piece of a document.
enum Piece<'b> {
    /// Up to the next markup.
    Text(&'b [u8]),
    /// `<![CDATA[…]]>`.
    Cdata,
    /// A comment, a processing instruction, the declaration.
    Ignored,
    /// `<name …>`.
    Open(&'b [u8]),
    /// `<name …/>`.
    Empty(&'b [u8]),
    /// `</name>`.
    Close(&'b [u8]),
}

impl<'b> Piece<'b> {
    /// Splits off the piece at the front of a text that is not empty. `None` if it is cut off, or
    /// has no place in such a document.
    fn take(rest: &'b [u8]) -> Option<(Self, &'b [u8])> {
        let Some(markup) = rest.strip_prefix(b"<") else {
            let end = rest.iter().position(|byte| *byte == b'<').unwrap_or(rest.len());
            let (text, rest) = rest.split_at_checked(end)?;
            return Some((Self::Text(text), rest));
        };
        if let Some(section) = rest.strip_prefix(CDATA) {
            return Some((Self::Cdata, behind(section, b"]]>")?));
        }
        if let Some(rest) = behind_ignored(rest) {
            return Some((Self::Ignored, rest));
        }
        if let Some(tag) = markup.strip_prefix(b"/") {
            let end = tag.iter().position(|byte| *byte == b'>')?;
            let (name, rest) = tag.split_at_checked(end)?;
            return Some((Self::Close(checked_name(name.trim_ascii_end())?), rest.get(1..)?));
        }
        let end = tag_end(markup)?;
        let (tag, rest) = markup.split_at_checked(end)?;
        let (tag, is_empty) = match tag.strip_suffix(b"/") {
            Some(tag) => (tag, true),
            None => (tag, false),
        };
        let name = tag.split(u8::is_ascii_whitespace).next().unwrap_or_default();
        let name = checked_name(name)?;
        let piece = if is_empty { Self::Empty(name) } else { Self::Open(name) };
        Some((piece, rest.get(1..)?))
    }
}

const CDATA: &[u8] = b"<![CDATA[";

/// Skips a comment or a processing instruction at the front, if there is one.
fn behind_ignored(text: &[u8]) -> Option<&[u8]> {
    match text.strip_prefix(b"<!--") {
        Some(comment) => behind(comment, b"-->"),
        None => behind(text.strip_prefix(b"<?")?, b"?>"),
    }
}

/// Returns what follows the next occurrence of a mark.
fn behind<'b>(text: &'b [u8], mark: &[u8]) -> Option<&'b [u8]> {
    let mut rest = text;
    loop {
        if let Some(behind) = rest.strip_prefix(mark) {
            return Some(behind);
        }
        (_, rest) = rest.split_first()?;
    }
}

/// Finds the `>` that ends a tag: one in the quotes of an attribute's value does not count.
fn tag_end(tag: &[u8]) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in tag.iter().enumerate() {
        match (quote, *byte) {
            (_, b'<') => return None,
            (None, b'>') => return Some(at),
            (None, b'"' | b'\'') => quote = Some(*byte),
            (Some(opened), byte) if opened == byte => quote = None,
            _ => {}
        }
    }
    None
}

/// Returns a name, if it is one: all names of STS are ASCII, but other elements are ignored.
fn checked_name(name: &[u8]) -> Option<&[u8]> {
    let is_letter = |byte: &u8| byte.is_ascii_alphabetic() || *byte == b'_' || !byte.is_ascii();
    let is_in_name = |byte: &u8| is_letter(byte) || byte.is_ascii_digit() || b":.-".contains(byte);
    let begins = name.first().is_some_and(is_letter);
    (begins && name.iter().all(is_in_name)).then_some(name)
}

/// Resolves the content of a leaf and returns the remaining length, or `None` for an invalid
/// reference.
fn resolve(text: &mut [u8]) -> Option<usize> {
    let (mut read, mut write) = (0, 0);
    while let Some(rest) = text.get(read..).filter(|rest| !rest.is_empty()) {
        if let Some(section) = rest.strip_prefix(CDATA) {
            let len = section.len() - behind(section, b"]]>")?.len() - b"]]>".len();
            read += CDATA.len();
            for _ in 0..len {
                *text.get_mut(write)? = *text.get(read)?;
                (read, write) = (read + 1, write + 1);
            }
            read += b"]]>".len();
        } else if let Some(behind) = behind_ignored(rest) {
            read += rest.len() - behind.len();
        } else if rest.first() == Some(&b'&') {
            let (character, taken) = reference(rest)?;
            let mut utf8 = [0; 4];
            let utf8 = character.encode_utf8(&mut utf8).as_bytes();
            // No reference is shorter than its character.
            text.get_mut(write..)?.get_mut(..utf8.len())?.copy_from_slice(utf8);
            (read, write) = (read + taken, write + utf8.len());
        } else {
            *text.get_mut(write)? = *text.get(read)?;
            (read, write) = (read + 1, write + 1);
        }
    }
    Some(write)
}

/// Returns the character that the reference at the front of a text stands for, and the reference's
/// length.
fn reference(text: &[u8]) -> Option<(char, usize)> {
    let end = text.iter().position(|byte| *byte == b';')?;
    let name = text.get(1..end)?;
    let character = match name {
        b"lt" => '<',
        b"gt" => '>',
        b"amp" => '&',
        b"apos" => '\'',
        b"quot" => '"',
        [b'#', b'x', digits @ ..] => number(digits, 16)?,
        [b'#', digits @ ..] => number(digits, 10)?,
        _ => return None,
    };
    Some((character, end + 1))
}

/// Returns the character with a number.
fn number(digits: &[u8], base: u32) -> Option<char> {
    let mut number = 0_u32;
    for digit in digits {
        let digit = digit_value(*digit).map(u32::from).filter(|digit| *digit < base)?;
        number = number.checked_mul(base)?.checked_add(digit)?;
    }
    // No digits make no character, as does the NUL.
    char::from_u32(number).filter(|character| *character != '\0')
}
