//! Any bytes as a role's document, beside `serde_json`.
//!
//! What `serde_json` reads as an object with the fields is read here with equal texts, but for:
//! - a key with an escape in it is not the field that it spells;
//! - a field that comes twice is refused, as is a field that is neither a text nor null;
//! - more than 16 levels are refused.
//!
//! What `serde_json` does not read is not read here either.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rolesig::provider::{Conversation, DocumentError, Imds, ProviderError};
use rolesig::{Credentials, Timestamp};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    /// Access key id, secret, session token, account; and the expiration.
    Credentials([Option<String>; 4], u64),
    /// Code and message.
    Refused(String, String),
    /// The fields are there, and one of them cannot be right or is missing.
    Fields,
    /// No document.
    NotADocument,
}

fuzz_target!(|body: &[u8]| {
    let ours = ours(body);
    assert_eq!(ours, naive(body).unwrap_or(Outcome::NotADocument));
});

fn ours(body: &[u8]) -> Outcome {
    let mut body = body.to_vec();
    let text = |text: &str| Some(text.to_owned());
    let mut imds = Imds::new();
    for answer in [&b"token"[..], b"role", &body] {
        imds.response(200, answer).unwrap();
    }
    match imds.outcome(&mut body) {
        Ok(provided) => {
            let Credentials { access_key_id, secret_access_key, session_token } =
                provided.credentials;
            let texts = [
                text(access_key_id),
                text(secret_access_key),
                session_token.and_then(text),
                provided.account_id.and_then(text),
            ];
            Outcome::Credentials(texts, provided.expires_at.as_unix())
        }
        Err(ProviderError::Refused { code, message }) => {
            Outcome::Refused(code.to_owned(), message.to_owned())
        }
        Err(ProviderError::Document { error, .. }) => match error {
            DocumentError::Empty | DocumentError::NotJson | DocumentError::TooDeep => {
                Outcome::NotADocument
            }
            _ => Outcome::Fields,
        },
        Err(error) => panic!("{error}"),
    }
}

/// An object as it stands there: all its pairs, and whether a key came without an escape.
struct Pairs(Vec<(String, bool, Value)>);

struct Key(String, bool);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AsItStands;
        impl<'de> Visitor<'de> for AsItStands {
            type Value = Key;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("a key")
            }
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Key, E> {
                Ok(Key(text.to_owned(), true))
            }
            fn visit_str<E>(self, text: &str) -> Result<Key, E> {
                Ok(Key(text.to_owned(), false))
            }
        }
        deserializer.deserialize_str(AsItStands)
    }
}

impl<'de> Deserialize<'de> for Pairs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Pairs;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Pairs, A::Error> {
                let mut pairs = Vec::new();
                while let Some((Key(key, plain), value)) = map.next_entry()? {
                    pairs.push((key, plain, value));
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}

const FIELDS: [&str; 7] =
    ["Code", "Message", "AccessKeyId", "SecretAccessKey", "Token", "Expiration", "AccountId"];

/// Code and message come in lower case as well.
fn is_field(key: &str, field: &str) -> bool {
    key == field || matches!((key, field), ("code", "Code") | ("message", "Message"))
}

/// How many levels a value has.
fn depth(value: &Value) -> usize {
    let inner = match value {
        Value::Array(values) => values.iter().map(depth).max(),
        Value::Object(values) => values.values().map(depth).max(),
        _ => return 0,
    };
    1 + inner.unwrap_or(0)
}

/// `None` if it is no JSON object to `serde_json`.
fn naive(body: &[u8]) -> Option<Outcome> {
    let Pairs(pairs) = serde_json::from_slice(body).ok()?;
    if pairs.iter().any(|(_, _, value)| depth(value) > 15) {
        return Some(Outcome::NotADocument);
    }
    let mut fields = [const { None }; FIELDS.len()];
    for (place, field) in FIELDS.iter().enumerate() {
        let mut values = pairs.iter().filter(|(key, plain, _)| is_field(key, field) && *plain);
        fields[place] = match values.next() {
            None | Some((_, _, Value::Null)) => None,
            Some((_, _, Value::String(text))) => Some(text.clone()),
            Some(_) => return Some(Outcome::NotADocument),
        };
        if values.next().is_some() {
            return Some(Outcome::NotADocument);
        }
    }
    let [code, message, id, secret, token, expiration, account] = fields;
    if let Some(code) = code.filter(|code| code != "Success") {
        return Some(Outcome::Refused(code, message.unwrap_or_default()));
    }
    let is_graphic = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_graphic());
    let outcome = || {
        let id = id.filter(|id| is_graphic(id) && !id.contains(['/', ',']))?;
        let secret = secret.filter(|secret| !secret.is_empty())?;
        let token = token.filter(|token| is_graphic(token))?;
        let expires_at: Timestamp = expiration?.parse().ok()?;
        let texts = [Some(id), Some(secret), Some(token), account];
        Some(Outcome::Credentials(texts, expires_at.as_unix()))
    };
    Some(outcome().unwrap_or(Outcome::Fields))
}
