//! The byte order mark at the beginning of text files from Windows.

/// Removes a UTF-8 byte order mark from the beginning of a text.
///
/// ```
/// use rolesig_std::config::without_byte_order_mark;
///
/// assert_eq!(without_byte_order_mark(b"\xef\xbb\xbf[default]"), b"[default]");
/// ```
///
/// Source: "Byte order mark (BOM)" (RFC 3629, section 6).
pub fn without_byte_order_mark(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"\xef\xbb\xbf").unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removes_one_mark_at_the_beginning() {
        assert_eq!(without_byte_order_mark("\u{feff}\u{feff}a".as_bytes()), "\u{feff}a".as_bytes());
        assert_eq!(without_byte_order_mark(b"\xef\xbba"), b"\xef\xbba");
    }
}
