//! Removal of sent secrets from a service's messages.
//!
//! Some services repeat what they cannot read, and AWS's repeat the whole canonical request when a
//! signature does not match: as it was sent, percent-encoded, escaped or cut off.

use std::collections::HashSet;

use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

/// The bytes of a run that is not in a secret and in a message by chance.
const RUN: usize = 12;

/// The bytes of the shortest secret. A shorter one can be guessed, and would be found in words.
const SHORTEST: usize = 4;

/// Characters of a message that are shown.
const LIMIT: usize = 1000;

/// Returns what may be shown of a service's words, without the [secrets](redact_secrets), and cut
/// off only then.
pub(crate) fn without_secrets(text: &str, secrets: &[&str]) -> String {
    let mut shown = redact_secrets(text, secrets);
    let end = shown.char_indices().nth(LIMIT).map_or(shown.len(), |(end, _)| end);
    shown.truncate(end);
    shown
}

/// Replaces the runs that a text has in common with one of the secrets by `(secret)`. It finds
/// secrets that are cut off, percent-encoded, escaped as in JSON, or in Base64. A secret of less
/// than four bytes is not looked for.
///
/// ```
/// let text = rolesig_std::http::redact_secrets("cannot read abc%2Fdef", &["abc/def"]);
/// assert_eq!(text, "cannot read (secret)");
/// ```
pub fn redact_secrets(text: &str, secrets: &[&str]) -> String {
    let mut is_secret = vec![false; text.len()];
    for secret in secrets.iter().map(|secret| secret.trim_ascii()) {
        for form in forms(secret) {
            mark(text.as_bytes(), &form, &mut is_secret);
        }
    }
    let mut shown = String::new();
    let mut was_secret = false;
    for (at, character) in text.char_indices() {
        let is_secret = is_secret.get(at) == Some(&true);
        match (was_secret, is_secret) {
            (false, true) => shown.push_str("(secret)"),
            (true, true) => {}
            (_, false) => shown.push(character),
        }
        was_secret = is_secret;
    }
    shown
}

/// Returns a secret, and the forms in which services repeat it.
fn forms(secret: &str) -> Vec<Zeroizing<Vec<u8>>> {
    if secret.len() < SHORTEST {
        return Vec::new();
    }
    let mut forms = vec![secret.as_bytes().to_vec(), percent_encoded(secret), escaped(secret)];
    // That of a short secret may be a word.
    if secret.len() >= RUN {
        forms.push(Base64::encode_string(secret.as_bytes()).into());
        forms.push(Base64UrlUnpadded::encode_string(secret.as_bytes()).into());
    }
    forms.into_iter().map(Zeroizing::new).collect()
}

/// Returns `%XX` for each byte but letters and digits.
fn percent_encoded(secret: &str) -> Vec<u8> {
    // All there may be: one that grew would leave copies behind that are not wiped.
    let mut encoded = Vec::with_capacity(secret.len().saturating_mul(3));
    for part in utf8_percent_encode(secret, NON_ALPHANUMERIC) {
        encoded.extend_from_slice(part.as_bytes());
    }
    encoded
}

/// Returns a secret as it is written between the quotes of a JSON text.
fn escaped(secret: &str) -> Vec<u8> {
    // `\u0000`, and the quotes.
    let mut escaped = Vec::with_capacity(secret.len().saturating_mul(6).saturating_add(2));
    // A text can be written, and memory takes it.
    let _ = serde_json::to_writer(&mut escaped, secret);
    escaped.pop();
    escaped.drain(..escaped.len().min(1));
    escaped
}

/// Marks the bytes of each run that is in the secret too.
fn mark(text: &[u8], secret: &[u8], is_secret: &mut [bool]) {
    let run = RUN.min(secret.len()).max(1);
    let runs: HashSet<&[u8]> = secret.windows(run).collect();
    for (at, window) in text.windows(run).enumerate() {
        if runs.contains(window) {
            is_secret.get_mut(at..at + run).unwrap_or_default().fill(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "IQoJb3JpZ2luX2VjE+XAMPLE/token==";

    #[test]
    fn hides_a_secret_in_every_encoding() {
        for message in [
            TOKEN.to_owned(),
            utf8_percent_encode(TOKEN, NON_ALPHANUMERIC).to_string(),
            TOKEN.replace('/', "\\/"),
            Base64::encode_string(TOKEN.as_bytes()),
            Base64UrlUnpadded::encode_string(TOKEN.as_bytes()),
            TOKEN[..20].to_owned(),
            TOKEN[9..].to_owned(),
        ] {
            let shown = without_secrets(&format!("cannot read {message}: why"), &["", TOKEN]);
            assert!(shown.starts_with("cannot read (secret)"), "{shown}");
            assert!(shown.ends_with(": why") && shown.len() < 45, "{shown}");
        }
    }

    #[test]
    fn bounds_the_forms_of_a_secret() {
        for secret in ["\u{1}\u{2}\u{3}\u{4}", "\"\"\"\"", "éééé", "/+/+", TOKEN] {
            let all = secret.len();
            let (encoded, escaped) = (percent_encoded(secret), escaped(secret));
            assert!(encoded.len() <= 3 * all && encoded.capacity() == 3 * all, "{secret}");
            assert!(escaped.len() <= 6 * all && escaped.capacity() == 6 * all + 2, "{secret}");
            let quoted = format!("\"{}\"", String::from_utf8(escaped).unwrap());
            assert_eq!(serde_json::from_str::<String>(&quoted).unwrap(), secret);
        }
    }

    #[test]
    fn removes_secrets_before_truncating() {
        let message = format!("{}{TOKEN}{}", "é".repeat(LIMIT - 15), "x".repeat(100));
        let shown = without_secrets(&message, &[TOKEN]);
        assert!(!shown.contains("IQoJ"), "{shown}");
        assert_eq!(shown, format!("{}(secret)xxxxxxx", "é".repeat(LIMIT - 15)));
    }

    #[test]
    fn shows_other_words_unchanged() {
        let message = "123456 is wrong: IQoJb3JpZ2 is short, rôle";
        assert_eq!(without_secrets(message, &[TOKEN]), message);
        assert_eq!(
            without_secrets(message, &["123456\n"]),
            "(secret) is wrong: IQoJb3JpZ2 is short, rôle"
        );
        assert_eq!(without_secrets(message, &["t", ""]), message);
    }
}
