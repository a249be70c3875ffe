//! The issuer's name in a server's certificate: one that is written in DER is read as it was meant,
//! and nothing in any bytes can control a terminal.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rolesig_std::http::read_name;

/// Country, organisation, common name (X.520).
const KINDS: [(u8, Option<&str>); 3] = [(6, None), (10, Some("O")), (3, Some("CN"))];

fuzz_target!(|input: (Vec<(u8, &str)>, &[u8])| {
    let (parts, other) = input;
    let (mut name, mut meant) = (Vec::new(), Vec::new());
    for (kind, text) in parts {
        let (kind, label) = KINDS[usize::from(kind) % KINDS.len()];
        let id = value(6, &[0x55, 4, kind]);
        let attribute = value(0x30, &[id, value(12, text.as_bytes())].concat());
        name.extend(value(0x31, &attribute));
        meant.extend(label.map(|label| format!("{label}={}", text.replace(char::is_control, "?"))));
    }
    assert_eq!(read_name(&name), meant.join(", "));
    assert!(!read_name(other).contains(char::is_control));
});

/// Writes a value in DER.
fn value(tag: u8, content: &[u8]) -> Vec<u8> {
    let bytes = content.len().to_be_bytes();
    let len = &bytes[bytes.iter().position(|byte| *byte != 0).unwrap_or(bytes.len() - 1)..];
    let mut written = vec![tag];
    if content.len() >= 0x80 {
        written.push(0x80 | u8::try_from(len.len()).unwrap());
    }
    written.extend(len);
    written.extend(content);
    written
}
