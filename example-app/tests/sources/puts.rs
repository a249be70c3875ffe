//! Puts for these tests.

use std::process::Output;

use serde_json::Value;

use crate::program::{KEYS, Shell, stderr, stdout};
use crate::scripted::{Response, Server};

pub(crate) fn run(shell: &Shell, server: &Server, words: &[&str]) -> Output {
    let mut command = shell.command(&[&["--endpoint", &server.endpoint], words].concat());
    command.envs(KEYS).output().unwrap()
}

pub(crate) fn as_s3() -> Server {
    Server::start(|_, _| Response::AsS3)
}

pub(crate) fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

/// Returns the lines on stderr.
pub(crate) fn messages(output: &Output) -> Vec<String> {
    stderr(output).lines().map(str::to_owned).collect()
}

/// Returns the lines of stdout, all of which are events.
pub(crate) fn events(output: &Output) -> Vec<Value> {
    stdout(output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}
