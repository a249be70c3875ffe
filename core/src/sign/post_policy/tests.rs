//! Policies and forms, as the documentation of Amazon S3 has them.

use super::*;
use crate::credentials::Credentials;
use crate::sigv4::service::Service;

extern crate std;
use std::string::{String, ToString};
use std::vec::Vec;

const CREDENTIALS: Credentials<'static> = Credentials {
    access_key_id: "AKIAIOSFODNN7EXAMPLE",
    secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    session_token: None,
};

fn december_29() -> Timestamp {
    "2015-12-29T00:00:00Z".parse().unwrap()
}

fn fields(post: &SignedPost<'_>) -> Vec<(String, String)> {
    post.fields().map(|(name, value)| (name.to_string(), value.to_string())).collect()
}

/// "Example: Browser-Based Upload using HTTP POST (Using AWS Signature Version 4)" (Amazon S3).
#[test]
fn reproduces_the_worked_example() {
    let document = [
        r#"{ "expiration": "2015-12-30T12:00:00.000Z","#,
        r#"  "conditions": ["#,
        r#"    {"bucket": "sigv4examplebucket"},"#,
        r#"    ["starts-with", "$key", "user/user1/"],"#,
        r#"    {"acl": "public-read"},"#,
        r#"    {"success_action_redirect": "http://sigv4examplebucket.s3.amazonaws.com/successful_upload.html"},"#,
        r#"    ["starts-with", "$Content-Type", "image/"],"#,
        r#"    {"x-amz-meta-uuid": "14365123651274"},"#,
        r#"    {"x-amz-server-side-encryption": "AES256"},"#,
        r#"    ["starts-with", "$x-amz-meta-tag", ""],"#,
        "",
        r#"    {"x-amz-credential": "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request"},"#,
        r#"    {"x-amz-algorithm": "AWS4-HMAC-SHA256"},"#,
        r#"    {"x-amz-date": "20151229T000000Z" }"#,
        "  ]",
        "}",
    ]
    .join("\r\n");
    let mut s3 = Signer::new(CREDENTIALS, "us-east-1", Service::S3).unwrap();
    let post = s3.sign_post_document(&document, december_29());
    let fields = fields(&post);
    let [algorithm, credential, date, (policy, encoded), signature] = &fields[..] else {
        panic!("{fields:?}");
    };
    let pair = |name: &str, value: &str| (name.to_string(), value.to_string());
    assert_eq!(*algorithm, pair("x-amz-algorithm", "AWS4-HMAC-SHA256"));
    let expected = "AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request";
    assert_eq!(*credential, pair("x-amz-credential", expected));
    assert_eq!(*date, pair("x-amz-date", "20151229T000000Z"));
    assert_eq!(policy, "policy");
    assert!(encoded.starts_with("eyAiZXhwaXJhdGlvbiI6ICIyMDE1LTEyLTMwVDEyOjAwOjAwLjAwMFoiLA0K"));
    assert!(encoded.ends_with("fQ0KICBdDQp9"));
    let expected = "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e";
    assert_eq!(*signature, pair("x-amz-signature", expected));
    assert_eq!(post.signature().to_string(), expected);
    assert_eq!(post.policy().to_string(), document);
}

#[test]
fn writes_the_fields_of_the_signer() {
    let credentials = Credentials { session_token: Some("the/token"), ..CREDENTIALS };
    let mut policy = PostPolicy {
        expires_at: "2015-12-30T12:00:00Z".parse().unwrap(),
        bucket: "b",
        key: "user/\"1\"",
        conditions: &[
            Condition::Equals("acl", "private"),
            Condition::StartsWith("$Content-Type", ""),
            Condition::ContentLengthRange(0, u64::MAX),
        ],
    };
    let mut s3 = Signer::new(credentials, "us-east-1", Service::S3).unwrap();
    let added = "{\"x-amz-algorithm\": \"AWS4-HMAC-SHA256\"}, {\"x-amz-credential\": \
        \"AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request\"}, {\"x-amz-date\": \
        \"20151229T000000Z\"}, {\"x-amz-security-token\": \"the/token\"}]}";
    let post = s3.sign_post(&policy, december_29());
    assert_eq!(
        post.policy().to_string(),
        std::format!(
            "{{\"expiration\": \"2015-12-30T12:00:00Z\", \"conditions\": [\
             {{\"acl\": \"private\"}}, [\"starts-with\", \"$Content-Type\", \"\"], \
             [\"content-length-range\", 0, 18446744073709551615], {{\"bucket\": \"b\"}}, \
             {{\"key\": \"user/\\\"1\\\"\"}}, {added}"
        )
    );
    let fields = fields(&post);
    let names: Vec<_> = fields.iter().map(|(name, _)| &name[..]).collect();
    assert_eq!(names[..2], ["acl", "key"]);
    assert_eq!(names[5..], ["x-amz-security-token", "policy", "x-amz-signature"]);
    assert_eq!(fields[1].1, "user/\"1\"");
    let debug = std::format!("{post:?} {:?}", post.fields().collect::<Vec<_>>());
    assert!(!debug.contains("the/token"), "{debug}");

    (policy.key, policy.conditions) = ("user/${filename}", &[]);
    let text = s3.sign_post(&policy, december_29()).policy().to_string();
    let expected = "[{\"bucket\": \"b\"}, [\"starts-with\", \"$key\", \"user/\"], ";
    assert!(text.contains(expected), "{text}");
    let read: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(read["conditions"][1][2], "user/");
}

#[test]
fn accepts_field_names_with_or_without_a_dollar() {
    let mut s3 = Signer::new(CREDENTIALS, "us-east-1", Service::S3).unwrap();
    let mut signed = |conditions| {
        let expires_at = "2015-12-30T12:00:00Z".parse().unwrap();
        let policy = PostPolicy { expires_at, bucket: "b", key: "k", conditions };
        let post = s3.sign_post(&policy, december_29());
        (post.policy().to_string(), fields(&post))
    };
    let plain = [Condition::Equals("acl", "private"), Condition::StartsWith("Content-Type", "")];
    let dollars =
        [Condition::Equals("$acl", "private"), Condition::StartsWith("$Content-Type", "")];
    assert_eq!(signed(&plain), signed(&dollars));
    assert!(signed(&plain).0.contains("[\"starts-with\", \"$Content-Type\", \"\"]"));
    assert_eq!(signed(&dollars).1[0], ("acl".to_string(), "private".to_string()));
}
