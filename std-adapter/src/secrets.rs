//! Keeping secrets that were sent out of what a service says.
//!
//! Some services repeat what they cannot read, and AWS's repeat the whole canonical request when a
//! signature does not match: as it was sent, percent-encoded, escaped or cut off.

use std::collections::HashSet;

use base64ct::{Base64, Base64UrlUnpadded, Encoding as _};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use zeroize::Zeroizing;

/// Bytes. So many in a row are not in a secret and in a message by chance.
const RUN: usize = 12;

/// Bytes. What is shorter can be guessed, and would be found in words.
const SHORTEST: usize = 4;

/// Characters of a message that are shown.
const LIMIT: usize = 1000;

/// Returns what may be shown of a service's words: the runs that they have in common with one of the
/// secrets are replaced by `(secret)`, and only then are they cut off.
pub(crate) fn without_secrets(text: &str, secrets: &[&str]) -> String {
    let mut is_secret = vec![false; text.len()];
    for secret in secrets.iter().map(|secret| secret.trim_ascii()) {
        for form in forms(secret) {
            mark(text.as_bytes(), form.as_bytes(), &mut is_secret);
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
    let end = shown.char_indices().nth(LIMIT).map_or(shown.len(), |(end, _)| end);
    shown.truncate(end);
    shown
}

/// A secret, and how others write it.
fn forms(secret: &str) -> Vec<Zeroizing<String>> {
    if secret.len() < SHORTEST {
        return Vec::new();
    }
    let escaped = serde_json::to_string(secret).unwrap_or_default();
    let mut forms = vec![
        secret.to_owned(),
        utf8_percent_encode(secret, NON_ALPHANUMERIC).to_string(),
        escaped.trim_matches('"').to_owned(),
    ];
    // That of a short secret may be a word.
    if secret.len() >= RUN {
        forms.push(Base64::encode_string(secret.as_bytes()));
        forms.push(Base64UrlUnpadded::encode_string(secret.as_bytes()));
    }
    forms.into_iter().map(Zeroizing::new).collect()
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
    fn a_secret_is_not_shown_however_it_is_written() {
        for told in [
            TOKEN.to_owned(),
            utf8_percent_encode(TOKEN, NON_ALPHANUMERIC).to_string(),
            TOKEN.replace('/', "\\/"),
            Base64::encode_string(TOKEN.as_bytes()),
            Base64UrlUnpadded::encode_string(TOKEN.as_bytes()),
            TOKEN[..20].to_owned(),
            TOKEN[9..].to_owned(),
        ] {
            let shown = without_secrets(&format!("cannot read {told}: why"), &["", TOKEN]);
            assert!(shown.starts_with("cannot read (secret)"), "{shown}");
            assert!(shown.ends_with(": why") && shown.len() < 45, "{shown}");
        }
    }

    #[test]
    fn words_are_cut_off_after_secrets_are_taken_out() {
        let told = format!("{}{TOKEN}{}", "é".repeat(LIMIT - 15), "x".repeat(100));
        let shown = without_secrets(&told, &[TOKEN]);
        assert!(!shown.contains("IQoJ"), "{shown}");
        assert_eq!(shown, format!("{}(secret)xxxxxxx", "é".repeat(LIMIT - 15)));
    }

    #[test]
    fn other_words_are_shown_as_they_are() {
        let told = "123456 is wrong: IQoJb3JpZ2 is short, rôle";
        assert_eq!(without_secrets(told, &[TOKEN]), told);
        assert_eq!(
            without_secrets(told, &["123456\n"]),
            "(secret) is wrong: IQoJb3JpZ2 is short, rôle"
        );
        assert_eq!(without_secrets(told, &["t", ""]), told);
    }
}
