//! JSON texts of ASCII only.

use crate::emit::sink::{Emit, Sink, Stage};

/// The output of a value, as a JSON text with its quotes: what is not visible ASCII or a space is
/// escaped.
///
/// Source: RFC 8259 §7; "POST Policy" (Amazon S3), "Character Escaping".
pub(crate) struct Text<'e>(pub(crate) &'e dyn Emit);

impl Emit for Text<'_> {
    fn emit(&self, out: &mut Stage<'_>) {
        out.put(b"\"");
        self.0.emit(&mut Stage::new(&mut [], &mut Escaping { out }));
        out.put(b"\"");
    }
}

/// A sink that escapes what is put, and hands it on. Pieces end where characters do.
struct Escaping<'s, 'o> {
    out: &'s mut Stage<'o>,
}

impl Sink for Escaping<'_, '_> {
    fn put(&mut self, bytes: &[u8]) {
        for chunk in bytes.utf8_chunks() {
            for character in chunk.valid().chars() {
                self.put_character(character);
            }
            if !chunk.invalid().is_empty() {
                self.put_character(char::REPLACEMENT_CHARACTER);
            }
        }
    }
}

impl Escaping<'_, '_> {
    fn put_character(&mut self, character: char) {
        match character {
            '"' => self.out.put(b"\\\""),
            '\\' => self.out.put(b"\\\\"),
            '\u{8}' => self.out.put(b"\\b"),
            '\t' => self.out.put(b"\\t"),
            '\n' => self.out.put(b"\\n"),
            '\u{c}' => self.out.put(b"\\f"),
            '\r' => self.out.put(b"\\r"),
            ' '..='~' => self.out.put(&[u8::try_from(character).unwrap_or_default()]),
            _ => self.put_escaped(character.into()),
        }
    }

    /// Writes `\u00e9`; a pair of surrogates above U+FFFF.
    fn put_escaped(&mut self, code_point: u32) {
        match code_point.checked_sub(0x1_0000) {
            None => self.put_unit(code_point),
            Some(above) => {
                self.put_unit(0xd800 + (above >> 10));
                self.put_unit(0xdc00 + (above & 0x3ff));
            }
        }
    }

    fn put_unit(&mut self, unit: u32) {
        let [a, b, c, d] = [unit >> 12, unit >> 8, unit >> 4, unit].map(digit);
        self.out.put(&[b'\\', b'u', a, b, c, d]);
    }
}

/// Returns the hexadecimal digit for the lowest four bits.
fn digit(bits: u32) -> u8 {
    match u8::try_from(bits & 15).unwrap_or_default() {
        low @ 0..=9 => b'0' + low,
        high => b'a' - 10 + high,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    extern crate std;
    use std::string::String;

    fn text(plain: &str) -> String {
        let mut buffer = std::vec![0; 12 * plain.len() + 2];
        String::from_utf8(Text(&plain).write_to(&mut buffer).unwrap().to_vec()).unwrap()
    }

    #[test]
    fn escapes_control_characters_and_quotes() {
        assert_eq!(text("a \"b\"/\\$~"), r#""a \"b\"/\\$~""#);
        assert_eq!(text("\u{8}\t\n\u{c}\r\u{0}\u{7f}"), r#""\b\t\n\f\r\u0000\u007f""#);
        assert_eq!(text("é漢😀"), r#""\u00e9\u6f22\ud83d\ude00""#);
    }

    proptest! {
        #[test]
        fn escapes_text_that_serde_json_restores(plain: String) {
            let text = text(&plain);
            prop_assert!(text.is_ascii());
            prop_assert_eq!(serde_json::from_str::<String>(&text).unwrap(), plain);
        }
    }
}
