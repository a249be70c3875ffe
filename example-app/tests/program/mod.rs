//! The program, as its user runs it.
#![allow(dead_code, reason = "each file of tests uses some of it")]

use core::time::Duration;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::Instant;

use tempfile::TempDir;

/// A folder to work in, and the program in it.
pub(crate) struct Shell(TempDir);

impl Shell {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn write(&self, name: &str, content: &[u8]) {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_rolefs"));
        command.args(words).current_dir(self.path()).env_clear().env("USER", "hadoop");
        // Dates are local.
        command.env("TZ", "UTC");
        command.env("AWS_EC2_METADATA_DISABLED", "true");
        command
    }

    /// Returns the program as a shell starts it, in whose script `"$@"` is the program with its
    /// words. Signals that the test ignores have their default action again.
    pub(crate) fn by_shell(&self, script: &str, words: &[&str]) -> Command {
        let mut command = self.command(&[]);
        let path = command.get_program().to_owned();
        command = Command::new("env");
        command.args(["--default-signal", "bash", "-c", script, "bash"]).arg(path).args(words);
        command.current_dir(self.path()).env_clear().env("USER", "hadoop").envs(KEYS);
        command.env("AWS_EC2_METADATA_DISABLED", "true").env("PATH", "/usr/bin:/bin");
        command
    }

    pub(crate) fn run(&self, words: &[&str]) -> Output {
        self.command(words).output().unwrap()
    }

    /// Runs the program against the sandbox.
    pub(crate) fn sandboxed(&self, words: &[&str]) -> Output {
        self.run(&[&["-sandbox"], words].concat())
    }

    pub(crate) fn with_stdin(
        &self,
        words: &[&str],
        input: &[u8],
        variables: &[(&str, &str)],
    ) -> Output {
        let mut command = self.command(words);
        command.envs(variables.iter().copied());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // A program with invalid arguments ends without reading.
        let _ = child.stdin.take().unwrap().write_all(input);
        child.wait_with_output().unwrap()
    }
}

/// Waits for something that another process or thread does.
pub(crate) fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_mins(1), "{what}");
        sleep(Duration::from_millis(20));
    }
}

/// Sends a signal to the program.
pub(crate) fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status();
    assert!(sent.unwrap().success());
}

pub(crate) fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub(crate) fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Returns the exit code, and the line that a command failed with.
pub(crate) fn complaint(output: &Output) -> (i32, String) {
    let code = output.status.code().unwrap();
    let stderr = stderr(output);
    let progress = ["role: ", "         ", "checked: ", "stored:  "];
    let line = stderr.lines().find(|line| !progress.iter().any(|start| line.starts_with(start)));
    (code, line.unwrap_or_default().to_owned())
}

/// AWS's own example keys.
pub(crate) const KEYS: [(&str, &str); 2] = [
    ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
    ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
];

/// Those of the documentation of S3.
pub(crate) const S3_KEYS: [(&str, &str); 2] = [
    ("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"),
    ("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
];
