//! Any bytes as a role's document, compared with `serde_json`.
//!
//! A document that AWS's own services could write, with each field once and as text, gives the same
//! texts. For any other document, credentials are read only from its own fields: `serde_json` reads
//! the same access key id and secret, except for white space around them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rolesig::conversation::{Conversation, Imds};
use rolesig::{Credentials, Timestamp};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

/// The texts (access key id, secret, session token, account), and the expiration.
#[derive(Debug, PartialEq, Eq)]
struct Given([Option<String>; 4], i64);

fuzz_target!(|body: &[u8]| {
    let ours = ours(body);
    let naive = naive(body);
    if naive.is_some() {
        assert_eq!(ours, naive);
    } else if let Some(Given([id, secret, ..], _)) = ours
        && let Ok(Pairs(pairs)) = serde_json::from_slice(body)
    {
        for (name, text) in [("AccessKeyId", id), ("SecretAccessKey", secret)] {
            let is_found = |(key, _, value): &(String, bool, Value)| {
                key == name && value.as_str().map(|value| value.trim().to_owned()) == text
            };
            assert!(pairs.iter().any(is_found), "{name}");
        }
    }
});

fn ours(body: &[u8]) -> Option<Given> {
    let mut body = body.to_vec();
    let text = |text: &str| Some(text.to_owned());
    let mut imds = Imds::new();
    for response in [&b"token"[..], b"role", &body] {
        imds.response(200, response).unwrap();
    }
    let provided = imds.outcome(&mut body).ok()?;
    let Credentials { access_key_id, secret_access_key, session_token } = provided.credentials;
    let texts = [
        text(access_key_id),
        text(secret_access_key),
        session_token.and_then(text),
        provided.account_id.and_then(text),
    ];
    Some(Given(texts, provided.expires_at.as_unix_signed()))
}

/// An object as it is written: all its pairs, each with whether its key has no escape.
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

/// Reads a document; `None` if AWS's own services could not write it.
fn naive(body: &[u8]) -> Option<Given> {
    let Pairs(pairs) = serde_json::from_slice(body).ok()?;
    let mut fields = [const { None }; FIELDS.len()];
    for (place, field) in FIELDS.iter().enumerate() {
        let mut values = pairs.iter().filter(|(key, ..)| key.eq_ignore_ascii_case(field));
        fields[place] = match values.next() {
            None => None,
            Some((key, true, Value::String(text))) if key == field => Some(text.clone()),
            Some(_) => return None,
        };
        if values.next().is_some() {
            return None;
        }
    }
    let [code, _, id, secret, token, expiration, account] = fields;
    if code.is_some_and(|code| code != "Success") {
        return None;
    }
    let graphic = |text: Option<String>| {
        text.filter(|text| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic()))
    };
    let is_quoted = |text: &String| text.starts_with(['"', '\'']);
    let id = graphic(id).filter(|id| !id.contains(['/', ',']) && !is_quoted(id))?;
    let secret = graphic(secret).filter(|secret| !is_quoted(secret))?;
    let token = graphic(token)?;
    let account = match account {
        None => None,
        account => Some(graphic(account)?),
    };
    let expiration = expiration?;
    let expires_at: Timestamp =
        expiration.parse().or_else(|_| Timestamp::from_http_date(expiration.trim())).ok()?;
    Some(Given([Some(id), Some(secret), Some(token), account], expires_at.as_unix_signed()))
}
