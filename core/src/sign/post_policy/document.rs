//! The JSON document of a policy.

use core::fmt;

use super::json::Text;
use super::{ALGORITHM, CREDENTIAL, Condition, PostPolicy};
use crate::emit::decimal::Decimal;
use crate::emit::sink::{Emit, Stage, display_emitted};
use crate::sigv4::names::AMZ_DATE;
use crate::sigv4::scheme::Scheme;
use crate::sigv4::scope::Credential;
use crate::sigv4::v4::V4;
use crate::time::timestamp::{AmzDate, Rfc3339};

const FILENAME: &str = "${filename}";

/// The caller's policy, as conditions or as a document.
#[derive(Clone, Copy)]
pub(super) enum Document<'r> {
    Policy(PostPolicy<'r>),
    Text(&'r str),
}

/// The JSON document of a policy. It has the session token in it: `Display` shows it, `Debug` does
/// not.
///
/// ```
/// use rolesig::{Emit, SignedPost};
///
/// /// Returns the policy in JSON, before it is encoded.
/// fn json(post: &SignedPost<'_>) -> String {
///     let mut buffer = vec![0; post.policy().emitted_len()];
///     let json = post.policy().write_to(&mut buffer).unwrap_or_default();
///     String::from_utf8_lossy(json).into_owned()
/// }
/// ```
///
/// Source: "Authenticating Requests in Browser-Based Uploads Using POST (AWS Signature Version 4)"
/// (Amazon S3).
pub struct PolicyDocument<'r> {
    pub(super) document: Document<'r>,
    pub(super) credential: Credential<'r>,
    pub(super) date: AmzDate,
    pub(super) session_token: Option<(&'static str, &'r str)>,
}

impl<'r> PolicyDocument<'r> {
    pub(super) const fn conditions(&self) -> &'r [Condition<'r>] {
        match self.document {
            Document::Policy(policy) => policy.conditions,
            Document::Text(_) => &[],
        }
    }

    pub(super) const fn key(&self) -> Option<&'r str> {
        match self.document {
            Document::Policy(policy) => Some(policy.key),
            Document::Text(_) => None,
        }
    }

    /// Writes what is fixed by the conditions that the signer adds.
    fn emit_added(&self, out: &mut Stage<'_>) {
        equals(ALGORITHM, &V4::ALGORITHM, out);
        out.put(b", ");
        equals(CREDENTIAL, &self.credential, out);
        out.put(b", ");
        equals(AMZ_DATE, &self.date, out);
        if let Some((name, session_token)) = self.session_token {
            out.put(b", ");
            equals(name, &session_token, out);
        }
    }
}

impl Emit for PolicyDocument<'_> {
    fn emit(&self, out: &mut Stage<'_>) {
        let policy = match &self.document {
            Document::Policy(policy) => policy,
            Document::Text(document) => return document.emit(out),
        };
        out.put(b"{\"expiration\": ");
        Text(&Rfc3339(policy.expires_at)).emit(out);
        out.put(b", \"conditions\": [");
        for condition in policy.conditions {
            condition.emit(out);
            out.put(b", ");
        }
        equals("bucket", &policy.bucket, out);
        out.put(b", ");
        match policy.key.strip_suffix(FILENAME) {
            Some(prefix) => Condition::StartsWith("key", prefix).emit(out),
            None => equals("key", &policy.key, out),
        }
        out.put(b", ");
        self.emit_added(out);
        out.put(b"]}");
    }
}

impl Emit for Condition<'_> {
    fn emit(&self, out: &mut Stage<'_>) {
        match self {
            Self::Equals(name, value) => equals(without_dollar(name), value, out),
            Self::StartsWith(name, prefix) => {
                out.put(b"[\"starts-with\", ");
                Text(&Matched(without_dollar(name))).emit(out);
                out.put(b", ");
                Text(prefix).emit(out);
                out.put_byte(b']');
            }
            Self::ContentLengthRange(least, most) => {
                out.put(b"[\"content-length-range\", ");
                Decimal(*least).emit(out);
                out.put(b", ");
                Decimal(*most).emit(out);
                out.put_byte(b']');
            }
        }
    }
}

/// A field as conditions other than equality name it: `$key`.
struct Matched<'a>(&'a str);

impl Emit for Matched<'_> {
    fn emit(&self, out: &mut Stage<'_>) {
        out.put_byte(b'$');
        out.put(self.0.as_bytes());
    }
}

/// Returns the name of a form's field, which callers may write as S3's documentation does.
pub(super) fn without_dollar(name: &str) -> &str {
    name.strip_prefix("$").unwrap_or(name)
}

/// Writes `{"name": "value"}`.
fn equals(name: &str, value: &dyn Emit, out: &mut Stage<'_>) {
    out.put_byte(b'{');
    Text(&name).emit(out);
    out.put(b": ");
    Text(value).emit(out);
    out.put_byte(b'}');
}

impl fmt::Debug for PolicyDocument<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PolicyDocument(..)")
    }
}

display_emitted!(PolicyDocument<'_>);
