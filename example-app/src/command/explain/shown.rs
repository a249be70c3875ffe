//! Lines without secrets, and with visible characters only.

use core::ascii;
use std::collections::HashSet;

use percent_encoding::percent_decode;
use rolesig::percent::Encoded;
use rolesig_std::http::redact_secrets;

/// Names of headers and query pairs whose values are secret, and how much of them may be shown.
const SECRET: [(&str, usize); 4] = [
    ("x-amz-security-token", 8),
    ("x-amz-s3session-token", 8),
    ("x-amz-server-side-encryption-customer-key", 0),
    ("x-amz-copy-source-server-side-encryption-customer-key", 0),
];

/// Shows two lines, one above the other, and a caret below the place where they first differ.
pub(super) fn beside(server: Option<&[u8]>, here: Option<&[u8]>) -> String {
    let other = |line: Option<&[u8]>| line.unwrap_or_default().to_vec();
    let shown = |line: Option<&[u8]>, beside: &[u8]| {
        line.map_or_else(|| b"(none)".to_vec(), |line| without_secrets(line, beside))
    };
    let (server, here) = (shown(server, &other(here)), shown(here, &other(server)));
    let common = server.iter().zip(&here).take_while(|(server, here)| server == here).count();
    let column = visible(here.get(..common).unwrap_or_default()).len();
    let caret = if server == here {
        // They are secrets of one beginning and one length.
        "(they differ in what is not shown)".to_owned()
    } else {
        format!("{}^", " ".repeat(column))
    };
    format!("  server  {}\n  here    {}\n          {caret}\n", visible(&server), visible(&here))
}

/// Shows a whole canonical request.
pub(super) fn canonical_request(text: &[u8]) -> String {
    let lines = text.split(|byte| *byte == b'\n');
    let lines = lines.map(|line| ["  ", &visible(&without_secrets(line, line)), "\n"].concat());
    lines.collect()
}

/// Shows printable ASCII as it is, and all else as an escape; a backslash becomes two.
pub(super) fn visible(text: &[u8]) -> String {
    let escape = |byte: &u8| match byte {
        b'"' | b'\'' => char::from(*byte).to_string(),
        byte => ascii::escape_default(*byte).to_string(),
    };
    text.iter().map(escape).collect()
}

/// Removes a session token from where none belongs, as in a query that a proxy has encoded
/// as a whole.
pub(super) fn without_token(text: String, session_token: &str) -> String {
    // A shorter text is not a token, and can be a part of any word.
    if session_token.len() < 16 {
        return text;
    }
    let once = Encoded::value(session_token).to_string();
    let twice = Encoded::value(&once).to_string();
    redact_secrets(&text, &[session_token, &once, &twice])
}

/// Shows a header line or a query without its secrets. A secret that is also in the other line is
/// left out.
fn without_secrets(line: &[u8], other: &[u8]) -> Vec<u8> {
    let name = super::difference::name(line);
    if let Some(shown) = shown_of(name) {
        let value = line.get(name.len() + 1..).unwrap_or_default();
        return [name, b":", &hidden(value, if line == other { 0 } else { shown })].concat();
    }
    let others: HashSet<_> = other.split(|byte| *byte == b'&').collect();
    let pair = |pair: &[u8]| {
        let name = pair.split(|byte| *byte == b'=').next().unwrap_or_default();
        let Some(shown) = shown_of(name) else { return pair.to_vec() };
        let value = pair.get(name.len() + 1..).unwrap_or_default();
        [name, b"=", &hidden(value, if others.contains(&pair) { 0 } else { shown })].concat()
    };
    line.split(|byte| *byte == b'&').map(pair).collect::<Vec<_>>().join(&b'&')
}

fn shown_of(name: &[u8]) -> Option<usize> {
    let name: Vec<u8> = percent_decode(name).collect();
    let name = name.trim_ascii();
    let known = SECRET.iter().find(|(known, _)| known.as_bytes().eq_ignore_ascii_case(name));
    known.map(|(_, shown)| *shown)
}

/// Shows the beginning of a secret, and its length. Of a short secret it shows less, so that most
/// of it stays hidden.
fn hidden(value: &[u8], shown: usize) -> Vec<u8> {
    let beginning = value.get(..shown.min(value.len() / 4)).unwrap_or_default();
    [beginning, format!("...({} characters)", value.len()).as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "IQoJb3JpZ2luX2VjEXAMPLEIQoJb3JpZ2luX2Vj";

    #[test]
    fn points_a_caret_at_the_first_differing_column() {
        let shown = beside(Some(b"a:1\t\\2"), Some(b"a:1\t\\3"));
        assert_eq!(shown, "  server  a:1\\t\\\\2\n  here    a:1\\t\\\\3\n                 ^\n");
        let shown = beside(None, Some(b"a:\xff"));
        assert_eq!(shown, "  server  (none)\n  here    a:\\xff\n          ^\n");
        assert_eq!(beside(Some(b"/a"), Some(b"/a/")).lines().nth(2), Some("            ^"));
    }

    #[test]
    fn shows_only_the_start_of_a_differing_token() {
        for name in ["x-amz-security-token:", "x-amz-s3session-token:", "a=1&X-Amz-Security-Token="]
        {
            let line = |token: &str| format!("{name}{token}");
            let here = line(TOKEN);
            let shown = beside(Some(line("IQoXrest").as_bytes()), Some(here.as_bytes()));
            assert!(shown.contains(&format!("{name}IQ...(8 characters)")), "{shown}");
            assert!(shown.contains(&format!("{name}IQoJb3Jp...(39 characters)")), "{shown}");
            let end = line(&TOKEN.replace("2Vj", "2VJ"));
            let shown = beside(Some(end.as_bytes()), Some(here.as_bytes()));
            assert!(shown.contains("not shown") && !shown.contains("Z2lu"), "{shown}");
            assert!(!canonical_request(here.as_bytes()).contains("IQ"));
        }
        let query = |first: &str| format!("a={first}&X-Amz-Security-Token={TOKEN}&b=");
        let shown = beside(Some(query("1").as_bytes()), Some(query("2").as_bytes()));
        assert!(shown.contains("a=1&X-Amz-Security-Token=...(39 characters)&b="), "{shown}");
        let key = b"x-amz-server-side-encryption-customer-key:abcdefghijklmnop";
        assert!(!beside(None, Some(key)).contains("abc"));
    }
}
