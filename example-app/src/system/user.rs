//! The user whose process this is: the name and the home directory.

use std::path::PathBuf;

/// Returns the user's home directory: `HOME`, or that of the system's database of users if that
/// is not set or empty.
pub(crate) fn home() -> Option<PathBuf> {
    let set = std::env::var_os("HOME").filter(|home| !home.is_empty()).map(PathBuf::from);
    set.or_else(std::env::home_dir).filter(|home| !home.as_os_str().is_empty())
}

/// Returns the user's name, which is also the owner and group of every object: S3 knows neither. It
/// is Hadoop's variable, the login's, or the owner of the process.
pub(crate) fn user() -> String {
    let names = ["HADOOP_USER_NAME", "USER", "LOGNAME"];
    let named = names.into_iter().filter_map(|name| std::env::var(name).ok());
    // A variable from a file, such as a secret of Kubernetes, can end with its line end.
    let named = named.map(|name| name.trim().to_owned());
    named.chain(user_of_process()).find(|name| is_name(name)).unwrap_or_else(|| "user".to_owned())
}

/// Returns whether a user's directory can have this name: any other would lead out of `/user`, or
/// be mistaken for another on a terminal.
fn is_name(user: &str) -> bool {
    let is_odd = |character: char| character == '/' || character.is_control();
    !matches!(user, "" | "." | "..") && !user.contains(is_odd)
}

#[cfg(unix)]
fn user_of_process() -> Option<String> {
    use std::os::unix::fs::MetadataExt as _;
    let uid = std::fs::metadata("/proc/self").ok()?.uid().to_string();
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    let mut users = users.lines().map(|line| line.split(':'));
    users.find_map(|mut fields| {
        let name = fields.next()?;
        (fields.nth(1)? == uid).then(|| name.to_owned())
    })
}

#[cfg(not(unix))]
fn user_of_process() -> Option<String> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_users_that_leave_the_user_directory() {
        for name in ["", ".", "..", "/", "a/b", "/etc", "a\nb", "a\0"] {
            assert!(!is_name(name), "{name}");
        }
        assert!(is_name("hadoop") && is_name("first.last@example.com"));
    }
}
