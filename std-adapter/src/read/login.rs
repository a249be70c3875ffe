//! User names and passwords in URLs, and how they are masked.

use std::borrow::Cow;

/// The text that is shown in place of a user's name and password.
const MASK: &str = "********";

/// Masks the user and the password in a value that is a URL, a host, or a list of them: all between
/// the first scheme and the last `@`, since a password can have any character.
///
/// ```
/// use rolesig_std::config::mask_login;
///
/// assert_eq!(mask_login("http://user:hu/s@h@proxy:3128"), "http://********@proxy:3128");
/// assert_eq!(mask_login("user:hush@proxy:3128"), "********@proxy:3128");
/// ```
pub fn mask_login(url: &str) -> Cow<'_, str> {
    let Some((before, host)) = url.rsplit_once('@') else { return url.into() };
    let start = before.find("://").map_or(0, |at| at.saturating_add("://".len()));
    format!("{}{MASK}@{host}", before.get(..start).unwrap_or_default()).into()
}

/// Masks users and passwords in the URLs of a text: what precedes the last `@` of a URL, if a colon
/// is in front of its first slash. That colon can be a port's, and the `@` a path's: a password
/// of digits and a slash looks the same. `user@example.com` and `jceks://hdfs@host/path` stay as
/// they are, and so does the placeholder `USER:PASSWORD` of advice.
///
/// White space ends a URL. A value whose password can have some must be masked by [`mask_login`]
/// before it becomes part of a text.
///
/// ```
/// use rolesig_std::config::mask_logins;
///
/// assert_eq!(mask_logins("no proxy at http://u:12/x@h, sorry"), "no proxy at http://********@h, sorry");
/// ```
pub fn mask_logins(text: &str) -> Cow<'_, str> {
    let mut shown = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once("//") {
        let end = behind.find(char::is_whitespace).unwrap_or(behind.len());
        let (url, after) = behind.split_at_checked(end).unwrap_or((behind, ""));
        shown = format!("{shown}{before}//");
        rest = behind;
        if let Some((user, host)) = url.rsplit_once('@')
            && begins_url(before)
            && may_be_login(user)
            && user != "USER:PASSWORD"
        {
            shown = format!("{shown}{MASK}@{host}");
            rest = after;
        }
    }
    if shown.is_empty() { text.into() } else { (shown + rest).into() }
}

/// Returns whether two slashes behind this text begin a URL: they follow its scheme, or nothing.
fn begins_url(before: &str) -> bool {
    before.chars().next_back().is_none_or(|last| last == ':' || !last.is_alphanumeric())
}

/// Returns whether the text before an `@` can be a user's name and password, and not a host, a port
/// and a path in front of another URL.
fn may_be_login(text: &str) -> bool {
    let authority = text.split_once('/').map_or(text, |(authority, _)| authority);
    let after_colon = authority.rsplit_once(':').map(|(_, after)| after);
    let is_port = |after: &str| text.contains("://") && after.parse::<u16>().is_ok();
    after_colon.is_some_and(|after| !is_port(after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn masks_users_and_passwords_of_a_value() {
        for (value, shown) in [
            ("http://u:hush@h/p", "http://********@h/p"),
            ("u:hu/s@h@h", "********@h"),
            ("s3a://AKID:/hush@b/", "s3a://********@b/"),
            ("http://u:12/hu/sh@h", "http://********@h"),
            ("a,http://u:hush@h:1,b", "a,http://********@h:1,b"),
            ("a http://u:hu,sh@x@h", "a http://********@h"),
            ("http://u:hush@h http://v:hush@i", "http://********@i"),
            ("http://u:hu sh@h", "http://********@h"),
            ("a,.b", "a,.b"),
            ("https://h:8443", "https://h:8443"),
        ] {
            assert_eq!(mask_login(value), shown);
        }
    }

    #[test]
    fn masks_users_and_passwords_in_a_text() {
        for (text, shown) in [
            ("http://u:hu,s\"h'@h/x", "http://********@h/x"),
            ("http://u:12/hu/sh@h", "http://********@h"),
            ("http://u:12/hu/sh@h:3128/p, x", "http://********@h:3128/p, x"),
            ("`//u:hush@h/x': not found", "`//********@h/x': not found"),
            ("http://h:80/a,http://u:hush@h", "http://h:80/a,http://********@h"),
            ("http://USER:PASSWORD:hush@p", "http://********@p"),
            ("a http://u:hush@h/p, https://h/@", "a http://********@h/p, https://h/@"),
            ("s3a://b/k?http://u:hush@h", "s3a://b/k?http://********@h"),
            ("as http://USER:PASSWORD@p:1, or", "as http://USER:PASSWORD@p:1, or"),
            ("s3a://b/c//d:e@f", "s3a://b/c//d:e@f"),
            ("jceks://hdfs@n/a@b", "jceks://hdfs@n/a@b"),
            ("jceks://hdfs@n:1/a", "jceks://hdfs@n:1/a"),
            ("user@example.com", "user@example.com"),
            // White space ends a URL.
            ("http://u:hush@h x@y", "http://********@h x@y"),
            ("no proxy at http://u:hu sh@h", "no proxy at http://u:hu sh@h"),
        ] {
            assert_eq!(mask_logins(text), shown);
        }
    }
}
