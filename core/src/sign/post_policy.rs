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
///     // A key or a condition can have a quote.
///     let value = value.to_string().replace('&', "&amp;").replace('"', "&quot;");
///     println!(r#"<input type="hidden" name="{name}" value="{value}">"#);
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// Source: "Authenticating Requests in Browser-Based Uploads Using POST (AWS Signature Version 4)"
/// (Amazon S3).
#[derive(Clone, Copy, Debug)]
pub struct PostPolicy<'a> {
    /// The time until which S3 accepts the form: at most 7 days from now, and not after the
    /// credentials expire.
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
/// ```
/// use rolesig::{Condition, Emit};
///
/// let mut buffer = [0; 64];
/// let image = Condition::StartsWith("Content-Type", "image/");
/// assert_eq!(image.write_to(&mut buffer)?, br#"["starts-with", "$Content-Type", "image/"]"#);
/// # Ok::<(), rolesig::BufferTooSmallError>(())
/// ```
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
///
/// ```
/// # use rolesig::{Credentials, PostPolicy, Service, Signer, Timestamp};
/// # let credentials =
/// #     Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
/// # let now: Timestamp = "2015-12-29T00:00:00Z".parse()?;
/// # let expires_at: Timestamp = "2015-12-29T01:00:00Z".parse()?;
/// # let policy =
/// #     PostPolicy { expires_at, bucket: "amzn-s3-demo-bucket", key: "a.png", conditions: &[] };
/// let mut s3 = Signer::new(credentials, "us-east-1", Service::S3)?;
/// let post = s3.sign_post(&policy, now);
/// for (name, value) in post.fields() {
///     // A key or a condition can have a quote.
///     let value = value.to_string().replace('&', "&amp;").replace('"', "&quot;");
///     println!(r#"<input type="hidden" name="{name}" value="{value}">"#);
/// }
/// assert!(post.policy().to_string().contains("2015-12-29T01:00:00"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
///
/// ```
/// # use rolesig::{Credentials, PostPolicy, Service, Signer, Timestamp};
/// # let credentials =
/// #     Credentials { access_key_id: "AKID", secret_access_key: "secret", session_token: None };
/// # let now: Timestamp = "2015-12-29T00:00:00Z".parse()?;
/// # let expires_at: Timestamp = "2015-12-29T01:00:00Z".parse()?;
/// # let policy =
/// #     PostPolicy { expires_at, bucket: "amzn-s3-demo-bucket", key: "a.png", conditions: &[] };
/// let mut s3 = Signer::new(credentials, "us-east-1", Service::S3)?;
/// let post = s3.sign_post(&policy, now);
/// let key = post.fields().find(|(name, _)| *name == "key").map(|(_, value)| value.to_string());
/// assert_eq!(key.as_deref(), Some("a.png"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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
mod tests;
