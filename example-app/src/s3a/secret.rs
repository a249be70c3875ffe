//! Secrets in settings, and how they are masked.

use std::borrow::Cow;

/// The text that is shown in place of a secret.
pub const MASK: &str = "********";

/// Returns whether the value of a setting can be a secret, by its name. A value as it is written
/// can also be given: it can refer to such a name.
///
/// Source: `hadoop.security.sensitive-config-keys` (`core-default.xml`, Hadoop 3.4), and more.
pub fn is_secret(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    let words = ["secret", "password", "token", "session.key", "encryption.key", "keystore.pass"];
    words.iter().any(|word| text.contains(word)) && !text.contains("delegation.token")
}

/// Masks the text between a URL's scheme and its last `@`: it can be a user's name and password.
pub fn without_user(text: &str) -> Cow<'_, str> {
    let Some((before, host)) = text.rsplit_once('@') else { return Cow::Borrowed(text) };
    let scheme = before.split_once("://").map_or("", |(scheme, _)| scheme);
    let scheme = if scheme.is_empty() { String::new() } else { format!("{scheme}://") };
    Cow::Owned(format!("{scheme}{MASK}@{host}"))
}

/// Masks user names with passwords in a setting's value: in a host or an endpoint any text before
/// an `@`; in any other value the text before the `@` of a URL, if it contains a colon.
/// `user@example.com` and `jceks://hdfs@host/path` stay as they are.
pub fn without_passwords<'v>(name: &str, value: &'v str) -> Cow<'v, str> {
    if name.contains("endpoint") || name.ends_with("proxy.host") {
        return without_user(value);
    }
    let mut shown = String::new();
    let mut rest = value;
    while let Some((before, url)) = rest.split_once("://") {
        let is_end = |c: char| c.is_whitespace() || "/\"',".contains(c);
        let (authority, after) =
            url.find(is_end).and_then(|end| url.split_at_checked(end)).unwrap_or((url, ""));
        let has_password = authority.rsplit_once('@').is_some_and(|(user, _)| user.contains(':'));
        let authority =
            if has_password { without_user(authority) } else { Cow::Borrowed(authority) };
        shown = format!("{shown}{before}://{authority}");
        rest = after;
    }
    if shown.is_empty() { Cow::Borrowed(value) } else { Cow::Owned(shown + rest) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_users_and_passwords_in_urls() {
        for (name, value, expected) in [
            ("fs.s3a.endpoint", "http://u:hush@h/p", "http://********@h/p"),
            ("fs.s3a.endpoint", "u:hu/s@h@h", "********@h"),
            ("fs.s3a.bucket.b.proxy.host", "hush@p", "********@p"),
            ("fs.s3a.x", "a http://u:hush@h/p, https://h/@", "a http://********@h/p, https://h/@"),
            ("fs.s3a.assumed.role.session.name", "user@example.com", "user@example.com"),
            (
                "hadoop.security.credential.provider.path",
                "jceks://hdfs@n:1/a",
                "jceks://hdfs@n:1/a",
            ),
            ("fs.s3a.endpoint", "https://h:8443", "https://h:8443"),
        ] {
            assert_eq!(without_passwords(name, value), expected);
        }
    }

    #[test]
    fn recognizes_secrets_by_their_names() {
        for secret in [
            "fs.s3a.secret.key",
            "fs.s3a.bucket.b.session.token",
            "fs.s3a.server-side-encryption.key",
            "fs.s3a.bucket.b.fs.s3a.encryption.key",
            "fs.s3a.proxy.password",
            "${env.AWS_SECRET_ACCESS_KEY}",
        ] {
            assert!(is_secret(secret), "{secret}");
        }
        for open in ["fs.s3a.access.key", "fs.s3a.encryption.algorithm", "fs.s3a.endpoint"] {
            assert!(!is_secret(open), "{open}");
        }
    }
}
