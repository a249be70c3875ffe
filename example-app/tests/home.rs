//! The user's files when the environment does not name their place, as in a service of systemd.
#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]
#![cfg(target_os = "linux")]

mod program;

use std::os::unix::fs::MetadataExt as _;

use program::{Shell, stderr};

/// Returns the home directory in the system's database of users.
fn home() -> Option<String> {
    let uid = std::fs::metadata("/proc/self").unwrap().uid().to_string();
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    let mut users = users.lines().map(|line| line.split(':').collect::<Vec<_>>());
    users.find(|user| user.get(2) == Some(&uid.as_str()))?.get(5).map(|home| (*home).to_owned())
}

#[test]
fn the_home_of_a_user_is_known_without_a_variable() {
    let Some(home) = home() else { return };
    let shell = Shell::new();
    let mut command = shell.command(&["--profile", "no-such-profile", "-credentials"]);
    command.env_remove("AWS_ACCESS_KEY_ID");
    let told = stderr(&command.output().unwrap());
    assert!(told.contains(&format!("{home}/.aws/config")), "{told}");
    command.env("HOME", shell.path());
    let told = stderr(&command.output().unwrap());
    assert!(told.contains(&format!("{}/.aws/config", shell.path().display())), "{told}");
}

#[test]
fn a_home_that_is_empty_counts_as_not_set() {
    let Some(home) = home() else { return };
    let shell = Shell::new();
    let mut command = shell.command(&["--profile", "p", "-credentials"]);
    command.env("HOME", "").env("AWS_CONFIG_FILE", "~/config");
    let output = command.output().unwrap();
    let told = stderr(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(told.contains(&format!("{home}/config")), "{told}");
}
