//! The form that a call to STS is.

use crate::emit::decimal::Decimal;
use crate::emit::percent::Encoded;
use crate::emit::sink::{Emit, Stage};

/// The parameters of all calls: each call has some of them. Written as
/// `application/x-www-form-urlencoded`, a space as `%20`.
///
/// Source: "Query Requests" and "Common Parameters" (AWS STS API Reference).
#[expect(unnameable_types, reason = "only the sealed `Call` shows it")]
#[derive(Clone, Copy, Default)]
pub struct Form<'a> {
    pub(super) action: &'static str,
    pub(super) role_arn: Option<&'a str>,
    pub(super) role_session_name: Option<&'a str>,
    pub(super) name: Option<&'a str>,
    pub(super) web_identity_token: Option<&'a str>,
    pub(super) provider_id: Option<&'a str>,
    pub(super) policy: Option<&'a str>,
    pub(super) policy_arns: &'a [&'a str],
    pub(super) duration_seconds: Option<u32>,
    pub(super) tags: &'a [(&'a str, &'a str)],
    pub(super) transitive_tag_keys: &'a [&'a str],
    pub(super) external_id: Option<&'a str>,
    pub(super) serial_number: Option<&'a str>,
    pub(super) token_code: Option<&'a str>,
    pub(super) source_identity: Option<&'a str>,
}

/// The version of the API.
const VERSION: &str = "&Version=2011-06-15";

impl Emit for Form<'_> {
    fn emit(&self, out: &mut Stage<'_>) {
        out.put(b"Action=");
        out.put(self.action.as_bytes());
        out.put(VERSION.as_bytes());
        for (name, value) in [
            ("RoleArn", self.role_arn),
            ("RoleSessionName", self.role_session_name),
            ("Name", self.name),
            ("WebIdentityToken", self.web_identity_token),
            ("ProviderId", self.provider_id),
            ("Policy", self.policy),
            ("ExternalId", self.external_id),
            ("SerialNumber", self.serial_number),
            ("TokenCode", self.token_code),
            ("SourceIdentity", self.source_identity),
        ] {
            if let Some(value) = value {
                pair(name, &Encoded::value(value), out);
            }
        }
        if let Some(seconds) = self.duration_seconds {
            pair("DurationSeconds", &Decimal(seconds.into()), out);
        }
        for (number, arn) in (1..).zip(self.policy_arns) {
            member("PolicyArns", number, ".arn", arn, out);
        }
        for (number, (key, value)) in (1..).zip(self.tags) {
            member("Tags", number, ".Key", key, out);
            member("Tags", number, ".Value", value, out);
        }
        for (number, key) in (1..).zip(self.transitive_tag_keys) {
            member("TransitiveTagKeys", number, "", key, out);
        }
    }
}

fn pair(name: &str, value: &dyn Emit, out: &mut Stage<'_>) {
    out.put_byte(b'&');
    out.put(name.as_bytes());
    out.put_byte(b'=');
    value.emit(out);
}

/// Writes a member of a list, or a field of it: lists are counted from 1.
fn member(list: &str, number: u64, field: &str, value: &str, out: &mut Stage<'_>) {
    out.put_byte(b'&');
    out.put(list.as_bytes());
    out.put(b".member.");
    Decimal(number).emit(out);
    out.put(field.as_bytes());
    out.put_byte(b'=');
    Encoded::value(value).emit(out);
}
