//! Secrets in settings, and how they are masked.

use std::borrow::Cow;

use rolesig_std::config::{mask_login, mask_logins};

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

/// Masks user names with passwords in a setting's value: in a host, an endpoint or the default
/// file system any text before an `@`; in any other value those in URLs.
pub fn without_passwords<'v>(name: &str, value: &'v str) -> Cow<'v, str> {
    if name.contains("endpoint") || name.ends_with("proxy.host") || name == "fs.defaultFS" {
        return mask_login(value);
    }
    mask_logins(value)
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
            ("fs.defaultFS", "s3a://AKID:hu/sh/x@b/", "s3a://********@b/"),
            ("fs.defaultFS", "s3a://AKID:/hush@b/", "s3a://********@b/"),
            ("fs.defaultFS", "http://u:12/hu/sh@h", "http://********@h"),
            ("fs.s3a.x", "http://u:hu,s\"h'@h/x", "http://********@h/x"),
            ("fs.s3a.x", "http://h:80/a,http://u:hush@h", "http://h:80/a,http://********@h"),
            ("fs.s3a.x", "as http://USER:PASSWORD@p:1, or", "as http://USER:PASSWORD@p:1, or"),
            ("fs.s3a.x", "http://USER:PASSWORD:hush@p", "http://********@p"),
            (
                "fs.s3a.x",
                "http://h:80/a@b, http://u:hu/sh@h",
                "http://********@b, http://********@h",
            ),
            ("fs.s3a.x", "jceks://hdfs@n/a@b", "jceks://hdfs@n/a@b"),
            ("fs.s3a.x", "s3a://b/k?http://u:hush@h", "s3a://b/k?http://********@h"),
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
