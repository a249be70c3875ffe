//! The policy of a form, whatever its texts: `serde_json` reads each condition as it was given, and
//! the signature is that of the naive signer over its Base64.
#![no_main]

use libfuzzer_sys::fuzz_target;
use rolesig::{Condition, Credentials, PostPolicy, Service, Signer, Timestamp};
use serde_json::{Value, json};

type Texts<'a> = Vec<(bool, &'a str, &'a str)>;

fuzz_target!(|input: (u32, &str, &str, Texts<'_>, Option<(u64, u64)>)| {
    let (now, bucket, key, texts, range) = input;
    let mut conditions: Vec<_> = texts
        .iter()
        .map(|(is_equal, name, value)| {
            if *is_equal {
                Condition::Equals(name, value)
            } else {
                Condition::StartsWith(name, value)
            }
        })
        .collect();
    conditions.extend(range.map(|(from, to)| Condition::ContentLengthRange(from, to)));
    let credentials = Credentials {
        access_key_id: "AKIAIOSFODNN7EXAMPLE",
        secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        session_token: None,
    };
    let mut signer = Signer::new(credentials, "eu-west-1", Service::S3).unwrap();
    let (now, expires_at) = (Timestamp::from(now), Timestamp::from(u32::MAX));
    let policy = PostPolicy { expires_at, bucket, key, conditions: &conditions };
    let post = signer.sign_post(&policy, now);

    let text = post.policy().to_string();
    assert!(text.is_ascii());
    let document: Value = serde_json::from_str(&text).unwrap();
    let read = document["conditions"].as_array().unwrap();
    let has = |condition: &Value| read.contains(condition);
    let bare = |name: &str| name.strip_prefix('$').unwrap_or(name).to_owned();
    for condition in &conditions {
        let (equal, dollar) = match *condition {
            Condition::Equals(name, value) => {
                (json!({bare(name): value}), json!(["eq", format!("${}", bare(name)), value]))
            }
            Condition::StartsWith(name, value) => {
                let condition = json!(["starts-with", format!("${}", bare(name)), value]);
                (condition.clone(), condition)
            }
            Condition::ContentLengthRange(from, to) => {
                let condition = json!(["content-length-range", from, to]);
                (condition.clone(), condition)
            }
            _ => unreachable!(),
        };
        assert!(has(&equal) || has(&dollar), "{condition:?} in {text}");
    }
    assert!(has(&json!({"bucket": bucket})) || has(&json!(["eq", "$bucket", bucket])), "{text}");
    assert_eq!(post.fields().last().unwrap().1.to_string(), post.signature().to_string());
});
