//! Marked secrets, and the search for them in any form that a text can have.
#![allow(dead_code, unreachable_pub, reason = "not every test needs all of it")]

use core::any::type_name;
use core::fmt::Debug;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex};

use base64ct::{Base64, Base64Url, Encoding as _};

pub const ACCESS_KEY_ID: &str = "ASIAIOSFODNN7EXAMPLE";
pub const SECRET: &str = "mArKeD/5ecRet+aCCe55-Key~qPwOeIrUtYlKjz=";
pub const TOKEN: &str = "mArKeD/T0ken+of/a-5essi0n~GhTyBnMkLoPq==";
/// A token of a service: of metadata, a container, or a web identity.
pub const SERVICE_TOKEN: &str = "mArKeD.B3arer_t0ken-0f.a-5ervice~24680bDfH";
/// A code of an MFA device.
pub const CODE: &str = "973146";

/// The shortest piece of a secret that counts as found.
const PIECE: usize = 8;

/// Returns the name of the form in which a text shows a piece of a secret.
pub fn shown_form(text: &[u8], secret: &str) -> Option<&'static str> {
    static FORMS: LazyLock<Mutex<BTreeMap<String, Arc<Forms>>>> = LazyLock::new(Mutex::default);
    let forms = {
        let mut all = FORMS.lock().unwrap();
        Arc::clone(all.entry(secret.to_owned()).or_insert_with(|| Arc::new(forms(secret))))
    };
    let text = String::from_utf8_lossy(text);
    let text: String = text.chars().filter(|character| !character.is_whitespace()).collect();
    forms.iter().find(|(_, piece)| text.contains(piece)).map(|(form, _)| *form)
}

/// Pieces, each with the name of its form.
type Forms = Vec<(&'static str, String)>;

/// Returns the pieces of a secret in each form: as it is, percent-encoded, in hexadecimal, in
/// Base64, and as the numbers that `Debug` writes for bytes.
fn forms(secret: &str) -> Forms {
    let mut forms = Vec::new();
    for piece in secret.as_bytes().windows(PIECE.min(secret.len())) {
        forms.push(("as it is", String::from_utf8(piece.to_vec()).unwrap()));
        let all = |write: &dyn Fn(&u8) -> String| piece.iter().map(write).collect::<String>();
        let encoded = all(&|byte| match byte {
            b'-' | b'.' | b'_' | b'~' => char::from(*byte).to_string(),
            byte if byte.is_ascii_alphanumeric() => char::from(*byte).to_string(),
            byte => format!("%{byte:02X}"),
        });
        // By rolesig, and by those that encode with lower-case digits.
        forms.push(("percent-encoded", encoded.to_lowercase()));
        forms.push(("percent-encoded", encoded));
        forms.push(("in hexadecimal", all(&|byte| format!("{byte:02x}"))));
        forms.push(("in hexadecimal", all(&|byte| format!("{byte:02X}"))));
        forms.push(("as numbers", all(&|byte| format!("{byte},"))));
        forms.push(("as hexadecimal numbers", all(&|byte| format!("{byte:x},"))));
    }
    // Whole groups of three bytes, wherever they begin in what is encoded.
    for group in secret.as_bytes().windows(9) {
        forms.push(("in Base64", Base64::encode_string(group)));
        forms.push(("in Base64", Base64Url::encode_string(group)));
    }
    forms
}

/// Fails if a text shows one of the secrets.
pub fn hides_in(place: &str, text: impl AsRef<[u8]>) {
    for secret in [SECRET, TOKEN, SERVICE_TOKEN, CODE] {
        if let Some(form) = shown_form(text.as_ref(), secret) {
            let text = String::from_utf8_lossy(text.as_ref());
            panic!("{place} shows {secret} {form}: {text}");
        }
    }
}

/// Fails if `Debug` of a value of the type of this name shows a secret. `tests/secrets/check.py`
/// reads these names.
pub fn walked<T: Debug + ?Sized>(name: &str, value: &T) {
    let whole = type_name::<T>();
    let path = whole.trim_start_matches('&').split('<').next().unwrap();
    assert_eq!(path.rsplit("::").next(), Some(name), "{whole}");
    for text in [format!("{value:?}"), format!("{value:#?}"), format!("{value:02x?}")] {
        hides_in(&format!("Debug of {name}"), text);
    }
}

/// Fails if an error shows a secret: in `Debug`, in its message, or in those of its causes.
pub fn walked_error(place: &str, error: &dyn core::error::Error) {
    hides_in(place, format!("{error:?} {error:#?}"));
    let mut cause = Some(error);
    while let Some(error) = cause {
        hides_in(place, error.to_string());
        cause = error.source();
    }
}
