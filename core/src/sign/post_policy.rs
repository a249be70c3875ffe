//! Signing an upload by a browser: the fields of an HTML form, one of them a policy that says what
//! may be uploaded.

use core::fmt;

use crate::emit::base64::Base64;
use crate::emit::hex_digest::HexDigest;
use crate::emit::sink::{Emit, Stage, display_emitted};
use crate::sign::signer::Signer;
use crate::sigv4::names::{AMZ_DATE, HEADER_NAMES};
use crate::sigv4::scheme::Scheme;
use crate::sigv4::scope::Credential;
use crate::sigv4::v4::V4;
use crate::time::timestamp::{AmzDate, Timestamp};

mod document;
mod json;

pub use document::PolicyDocument;
use document::{Document, without_dollar};

const ALGORITHM: &str = "x-amz-algorithm";
const CREDENTIAL: &str = "x-amz-credential";

/// A policy of the uploads that a form allows.
///
/// It is signed as a JSON document, with the signer's own fields among its conditions. All that
/// is not ASCII is escaped in it.
///
/// ```
/// use rolesig::{Condition, Credentials, PostPolicy, Service, Signer, Timestamp};
///
/// let credentials = Credentials {
///     access_key_id: "AKIAIOSFODNN7EXAMPLE",
///     secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
///     session_token: None,
/// };
/// let now: Timestamp = "2015-12-29T00:00:00Z".parse()?;
/// let policy = PostPolicy {
///     expires_at: "2015-12-29T01:00:00Z".parse()?,
///     bucket: "amzn-s3-demo-bucket",
///     key: "user/user1/${filename}",
///     conditions: &[
///         Condition::Equals("acl", "public-read"),
///         Condition::StartsWith("Content-Type", "image/"),
///         Condition::ContentLengthRange(1, 1 << 20),
///     ],
/// };
/// let mut s3 = Signer::new(credentials, "us-east-1", Service::S3)?;
/// let post = s3.sign_post(&policy, now);
/// let names: Vec<_> = post.fields().map(|(name, _)| name).collect();
/// assert_eq!(
///     names,
///     [
///         "acl",
///         "key",
///         "x-amz-algorithm",
///         "x-amz-credential",
///         "x-amz-date",
///         "policy",
///         "x-amz-signature"
///     ]
/// );
/// for (name, value) in post.fields() {
///     println!(r#"<input type="hidden" name="{name}" value="{value}">"#);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Source: "Authenticating Requests in Browser-Based Uploads Using POST (AWS Signature Version 4)"
/// (Amazon S3).
#[derive(Clone, Copy, Debug)]
pub struct PostPolicy<'a> {
    /// Until when S3 takes the form: at most 7 days from now, and not after the credentials expire.
    pub expires_at: Timestamp,
    /// The bucket.
    pub bucket: &'a str,
    /// The object's key, not encoded. S3 replaces `${filename}` at its end by the file's name in
    /// the browser.
    pub key: &'a str,
    /// Further conditions on the form. S3 refuses fields that no condition is about, except `file`
    /// and those beginning with `x-ignore-`.
    pub conditions: &'a [Condition<'a>],
}

/// A condition on the fields of a form.
///
/// Source: "POST Policy" (Amazon S3), "Condition Matching".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Condition<'a> {
    /// The field has exactly this value; it becomes one of [`SignedPost::fields`]. Its name can be
    /// written with or without a `$` in front.
    Equals(&'a str, &'a str),
    /// The field starts with this; with an empty text it can be anything. The field is left to the
    /// form. Its name can be written with or without a `$` in front.
    StartsWith(&'a str, &'a str),
    /// The file has at least and at most these numbers of bytes.
    ContentLengthRange(u64, u64),
}

impl<'a, const SLOTS: usize> Signer<'a, V4, SLOTS> {
    /// Signs a form as of `now`, for a signer of [`Service::S3`](crate::Service::S3).
    pub fn sign_post<'r>(&mut self, policy: &PostPolicy<'r>, now: Timestamp) -> SignedPost<'r>
    where
        'a: 'r,
    {
        self.signed_post(Document::Policy(*policy), now)
    }

    /// Signs a policy that is given as a JSON document. It must have `x-amz-algorithm`,
    /// `x-amz-credential`, `x-amz-date` of `now`, and `x-amz-security-token` if the credentials
    /// have a session token, among its conditions, or S3 refuses the form.
    pub fn sign_post_document<'r>(&mut self, document: &'r str, now: Timestamp) -> SignedPost<'r>
    where
        'a: 'r,
    {
        self.signed_post(Document::Text(document), now)
    }

    fn signed_post<'r>(&mut self, document: Document<'r>, now: Timestamp) -> SignedPost<'r>
    where
        'a: 'r,
    {
        let date = now.amz_date();
        let scope = self.scope(date);
        let session_token = match self.appended_token() {
            Some(_) => None,
            None => self.session_token(),
        };
        let name_token = |(place, token)| Some((*HEADER_NAMES.get(place)?, token));
        let session_token = session_token.and_then(name_token);
        let credential = Credential { access_key_id: self.credentials.access_key_id, scope };
        let policy = PolicyDocument { document, credential, date, session_token };
        SignedPost { signature: V4::authenticate(self.key(&scope), &Base64(&policy)), policy }
    }
}

/// A signed form.
pub struct SignedPost<'r> {
    policy: PolicyDocument<'r>,
    signature: HexDigest,
}

impl<'r> SignedPost<'r> {
    /// Returns the form's fields that the policy fixes: the caller's with an equal condition, the
    /// key, and the signer's own. For a caller's own document, only the signer's. In the form they
    /// must precede `file`, in any order.
    pub fn fields(&self) -> impl Iterator<Item = (&'r str, FieldValue<'_, 'r>)> {
        let policy = &self.policy;
        let callers = policy.conditions().iter().filter_map(|condition| match condition {
            Condition::Equals(name, value) => Some((without_dollar(name), Value::Text(value))),
            _ => None,
        });
        let key = policy.key().map(|key| ("key", Value::Text(key)));
        let session_token = policy.session_token.map(|(name, token)| (name, Value::Text(token)));
        callers
            .chain(key)
            .chain([
                (ALGORITHM, Value::Text(V4::ALGORITHM)),
                (CREDENTIAL, Value::Credential(&policy.credential)),
                (AMZ_DATE, Value::Date(policy.date)),
            ])
            .chain(session_token)
            .chain([
                ("policy", Value::Policy(policy)),
                ("x-amz-signature", Value::Signature(&self.signature)),
            ])
            .map(|(name, value)| (name, FieldValue(value)))
    }

    /// Returns the policy's JSON document, which is signed in Base64.
    pub const fn policy(&self) -> &PolicyDocument<'r> {
        &self.policy
    }

    /// Returns the signature: 64 hexadecimal digits.
    pub const fn signature(&self) -> &HexDigest {
        &self.signature
    }
}

/// The value of a form's field. It must still be escaped for HTML. One field is the session token,
/// which the policy contains too: `Display` shows it, `Debug` does not.
pub struct FieldValue<'s, 'r>(Value<'s, 'r>);

#[derive(Clone, Copy)]
enum Value<'s, 'r> {
    Text(&'r str),
    Credential(&'s Credential<'r>),
    Date(AmzDate),
    Policy(&'s PolicyDocument<'r>),
    Signature(&'s HexDigest),
}

impl Emit for FieldValue<'_, '_> {
    fn emit(&self, out: &mut Stage<'_>) {
        match self.0 {
            Value::Text(text) => text.emit(out),
            Value::Credential(credential) => credential.emit(out),
            Value::Date(date) => date.emit(out),
            Value::Policy(policy) => Base64(policy).emit(out),
            Value::Signature(signature) => signature.emit(out),
        }
    }
}

impl fmt::Debug for SignedPost<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignedPost").field("signature", &self.signature).finish_non_exhaustive()
    }
}

impl fmt::Debug for FieldValue<'_, '_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FieldValue(..)")
    }
}

display_emitted!(FieldValue<'_, '_>);

#[cfg(test)]
mod tests {
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
        assert!(
            encoded.starts_with("eyAiZXhwaXJhdGlvbiI6ICIyMDE1LTEyLTMwVDEyOjAwOjAwLjAwMFoiLA0K")
        );
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
        let plain =
            [Condition::Equals("acl", "private"), Condition::StartsWith("Content-Type", "")];
        let dollars =
            [Condition::Equals("$acl", "private"), Condition::StartsWith("$Content-Type", "")];
        assert_eq!(signed(&plain), signed(&dollars));
        assert!(signed(&plain).0.contains("[\"starts-with\", \"$Content-Type\", \"\"]"));
        assert_eq!(signed(&dollars).1[0], ("acl".to_string(), "private".to_string()));
    }
}
