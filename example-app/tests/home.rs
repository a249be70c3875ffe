//! The user's files when the environment does not name their directory, as in a service of systemd.
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
fn finds_the_home_directory_without_a_variable() {
    let Some(home) = home() else { return };
    let shell = Shell::new();
    let mut command = shell.command(&["--profile", "no-such-profile", "-credentials"]);
    command.env_remove("AWS_ACCESS_KEY_ID");
    let message = stderr(&command.output().unwrap());
    assert!(message.contains(&format!("{home}/.aws/config")), "{message}");
    command.env("HOME", shell.path());
    let message = stderr(&command.output().unwrap());
    assert!(message.contains(&format!("{}/.aws/config", shell.path().display())), "{message}");
}

#[test]
fn ignores_an_empty_home() {
    let Some(home) = home() else { return };
    let shell = Shell::new();
    let mut command = shell.command(&["--profile", "p", "-credentials"]);
    command.env("HOME", "").env("AWS_CONFIG_FILE", "~/config");
    let output = command.output().unwrap();
    let message = stderr(&output);
    assert_eq!(output.status.code(), Some(1));
    assert!(message.contains(&format!("{home}/config")), "{message}");
}
