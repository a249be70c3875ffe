//! Profiles whose programs ask for each other's credentials.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test ends where it fails")]

mod program;

use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use program::{Shell, stderr};

const ROLEFS: &str = env!("CARGO_BIN_EXE_rolefs");

/// The program with these profiles, asked for the credentials of the first.
fn asked(shell: &Shell, profiles: &[(&str, String)]) -> Command {
    let section = |(name, text): &(&str, String)| format!("[profile {name}]\n{text}\n");
    let config: String = profiles.iter().map(section).collect();
    shell.write("config", config.as_bytes());
    let mut command = shell.command(&["--profile", profiles[0].0, "-credentials"]);
    command.env("AWS_CONFIG_FILE", shell.path().join("config"));
    command.env("AWS_SHARED_CREDENTIALS_FILE", shell.path().join("none"));
    command.env("PATH", std::env::var("PATH").unwrap());
    command
}

fn asks_for(profile: &str) -> String {
    format!("credential_process = {ROLEFS} --profile {profile} -credentials --format process")
}

#[test]
fn circles_through_processes_are_refused_at_the_first_repetition() {
    let through_a_shell = |profile: &str| {
        format!(
            "credential_process = sh -c \"echo begun >> begun; exec {ROLEFS} --profile {profile} \
             -credentials --format process\""
        )
    };
    for (profiles, way) in [
        (vec![("a", through_a_shell("a"))], "a -> a"),
        (vec![("a", through_a_shell("b")), ("b", through_a_shell("a"))], "a -> b -> a"),
        (
            vec![
                ("a", through_a_shell("b")),
                ("b", "role_arn = arn:aws:iam::111122223333:role/r\nsource_profile = c\n".into()),
                ("c", through_a_shell("d")),
                ("d", through_a_shell("b")),
            ],
            "c -> d -> c",
        ),
    ] {
        let shell = Shell::new();
        let output = asked(&shell, &profiles).env("AWS_REGION", "eu-west-1").output().unwrap();
        let told = stderr(&output);
        assert!(!output.status.success(), "{told}");
        let circle = format!("leads round in a circle: {way}: one of these profiles must have");
        assert!(told.contains(&circle), "{told}");
        let begun = fs::read_to_string(shell.path().join("begun")).unwrap().lines().count();
        assert!(begun <= 4, "{begun}");
    }
}

#[test]
fn the_same_program_may_be_asked_by_several_profiles() {
    let shell = Shell::new();
    let keys = "aws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = wJalrEXAMPLE";
    let profiles = [("a", asks_for("b")), ("b", asks_for("c")), ("c", keys.to_owned())];
    let output = asked(&shell, &profiles).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
}

fn wait_for(what: impl Fn() -> bool) {
    let started = Instant::now();
    while !what() {
        assert!(started.elapsed() < Duration::from_secs(50), "it never came");
        sleep(Duration::from_millis(20));
    }
}

#[test]
fn what_was_begun_ends_when_the_first_process_is_killed() {
    let shell = Shell::new();
    // The last one tells its number, and waits for ever.
    let waits = "credential_process = sh -c \"echo $$ > number; exec sleep 600\"".to_owned();
    let profiles = [("a", asks_for("b")), ("b", asks_for("c")), ("c", waits)];
    let mut first: Child =
        asked(&shell, &profiles).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let file = shell.path().join("number");
    let number = || fs::read_to_string(&file).unwrap_or_default().trim().to_owned();
    wait_for(|| !number().is_empty());
    let is_there = || {
        let asked = Command::new("kill").args(["-0", &number()]).stderr(Stdio::null()).status();
        asked.unwrap().success()
    };
    assert!(is_there());
    first.kill().unwrap();
    first.wait().unwrap();
    wait_for(|| !is_there());
}
