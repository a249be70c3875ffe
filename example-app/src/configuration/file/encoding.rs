//! Encodings of a configuration file.
//!
//! Source: "Character Encoding in Entities" and appendix F (Extensible Markup Language 1.0).

use core::str;

use rolesig_std::config::without_byte_order_mark;
use zeroize::Zeroizing;

const NOT_UTF_8: &str = "the file is not UTF-8: convert it (`iconv -f ISO-8859-1 -t UTF-8`), or \
                        name its encoding in <?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>";
const NOT_UTF_16: &str = "the file begins as UTF-16 and is not valid UTF-16: convert it to UTF-8";
const UNKNOWN: &str = "unsupported encoding: convert the file to UTF-8 (`iconv -t UTF-8`)";

/// Decodes a file by its byte order mark, or else by its XML declaration. Supports UTF-8, UTF-16,
/// ISO-8859-1 and US-ASCII.
///
/// # Errors
/// If the file cannot be decoded: with the place of the first wrong byte.
pub(super) fn decode(bytes: &[u8]) -> Result<Zeroizing<String>, (usize, &'static str)> {
    match bytes {
        [0xfe, 0xff, rest @ ..] => utf_16(rest, u16::from_be_bytes),
        [0xff, 0xfe, rest @ ..] => utf_16(rest, u16::from_le_bytes),
        [0, b'<', ..] => utf_16(bytes, u16::from_be_bytes),
        [b'<', 0, ..] => utf_16(bytes, u16::from_le_bytes),
        _ if without_byte_order_mark(bytes) != bytes => utf_8(without_byte_order_mark(bytes)),
        _ => match declared_encoding(bytes).unwrap_or_default().to_ascii_lowercase().as_str() {
            "" | "utf-8" | "utf8" | "us-ascii" | "ascii" => utf_8(bytes),
            "iso-8859-1" | "iso_8859-1" | "latin1" | "latin-1" => Ok(latin_1(bytes)),
            _ => Err((0, UNKNOWN)),
        },
    }
}

fn utf_8(bytes: &[u8]) -> Result<Zeroizing<String>, (usize, &'static str)> {
    let text = str::from_utf8(bytes).map_err(|error| (error.valid_up_to(), NOT_UTF_8))?;
    Ok(Zeroizing::new(text.to_owned()))
}

/// Decodes ISO-8859-1, with room for the whole text: a string that grows leaves copies behind.
fn latin_1(bytes: &[u8]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(2 * bytes.len()));
    text.extend(bytes.iter().copied().map(char::from));
    text
}

fn utf_16(
    bytes: &[u8],
    unit: impl Fn([u8; 2]) -> u16,
) -> Result<Zeroizing<String>, (usize, &'static str)> {
    let mut text = Zeroizing::new(String::with_capacity(2 * bytes.len()));
    let (pairs, rest) = bytes.as_chunks::<2>();
    for (place, unit) in char::decode_utf16(pairs.iter().copied().map(unit)).enumerate() {
        text.push(unit.map_err(|_| (2 * place, NOT_UTF_16))?);
    }
    if rest.is_empty() { Ok(text) } else { Err((bytes.len(), NOT_UTF_16)) }
}

/// Returns the encoding of `<?xml version="1.0" encoding="..."?>`, if it names one.
fn declared_encoding(bytes: &[u8]) -> Option<&str> {
    let head = bytes.strip_prefix(b"<?xml")?;
    let end = head.windows(2).position(|window| window == b"?>")?;
    let head = str::from_utf8(head.get(..end)?).ok()?;
    let rest = head.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    rest.get(1..)?.split(quote).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(bytes: &[u8]) -> Result<String, (usize, &'static str)> {
        decode(bytes).map(|text| text.to_string())
    }

    #[test]
    fn decodes_utf_8_utf_16_and_latin_1() {
        let utf_16 = |order: fn(u16) -> [u8; 2], mark: &[u8]| {
            let units = "<a>ü€😀</a>".encode_utf16().flat_map(order);
            mark.iter().copied().chain(units).collect::<Vec<u8>>()
        };
        for bytes in [
            "<a>ü€😀</a>".as_bytes().to_vec(),
            "\u{feff}<a>ü€😀</a>".as_bytes().to_vec(),
            utf_16(u16::to_le_bytes, b"\xff\xfe"),
            utf_16(u16::to_be_bytes, b"\xfe\xff"),
            utf_16(u16::to_le_bytes, b""),
            utf_16(u16::to_be_bytes, b""),
        ] {
            assert_eq!(decoded(&bytes).unwrap(), "<a>ü€😀</a>");
        }
        let latin = b"<?xml version='1.0' encoding = 'iso-8859-1' ?><a>\xfc</a>";
        assert!(decoded(latin).unwrap().ends_with("<a>ü</a>"));
    }

    #[test]
    fn reports_the_first_wrong_byte() {
        assert_eq!(decoded(b"<a>\xfc</a>"), Err((3, NOT_UTF_8)));
        assert_eq!(decoded(b"<?xml version='1.0' encoding='UTF-8'?>\xfc"), Err((38, NOT_UTF_8)));
        assert_eq!(decoded(b"<?xml version='1.0' encoding='Shift_JIS'?>"), Err((0, UNKNOWN)));
        assert_eq!(decoded(b"\xff\xfe\0\xd8a\0"), Err((0, NOT_UTF_16)));
        assert_eq!(decoded(b"\xff\xfea\0b"), Err((3, NOT_UTF_16)));
    }
}
