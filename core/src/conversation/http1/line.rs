//! The lines of a response: headers, and lengths of chunks.

use super::HttpError;
use crate::emit::byte_class::trim_ascii;
use crate::emit::percent::digit_value;

/// The bytes that are kept of a line: enough for those that must be understood.
pub(super) const LINE: usize = 64;

/// Splits a header line into name and value (RFC 9112, §5). A line that is continued, or has a
/// space before its colon, is malformed.
pub(super) fn header(line: &[u8], is_long: bool) -> Result<(&[u8], &[u8]), HttpError> {
    let colon = line.iter().position(|byte| *byte == b':');
    let (name, value) = match colon.and_then(|colon| line.split_at_checked(colon)) {
        Some((name, value)) => (name, value.get(1..).unwrap_or_default()),
        // A name that is longer than what is kept.
        None if is_long => (line, &[][..]),
        None => return Err(HttpError::BadHeader),
    };
    let is_token = |byte: &u8| {
        let is_delimiter = matches!(
            byte,
            b'"' | b'(' | b')' | b',' | b'/' | b':'..=b'@' | b'['..=b']' | b'{' | b'}'
        );
        byte.is_ascii_graphic() && !is_delimiter
    };
    if name.is_empty() || !name.iter().all(is_token) {
        return Err(HttpError::BadHeader);
    }
    Ok((name, trim_ascii(value)))
}

/// Reads a decimal number of digits only.
pub(super) fn number(digits: &[u8]) -> Option<usize> {
    let number = digits.iter().try_fold(0_usize, |number, digit| {
        let digit = digit.is_ascii_digit().then_some(usize::from(digit & 0x0f))?;
        number.checked_mul(10)?.checked_add(digit)
    });
    number.filter(|_| !digits.is_empty())
}

/// Reads the length of a chunk (RFC 9112, §7.1). Extensions are ignored.
pub(super) fn chunk_len(line: &[u8]) -> Option<usize> {
    let digits = line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii_end();
    let len = digits.iter().try_fold(0_usize, |len, digit| {
        len.checked_mul(16)?.checked_add(digit_value(*digit)?.into())
    });
    // A digit could have been cut off.
    len.filter(|_| !digits.is_empty() && digits.len() < LINE)
}
