//! `-doctor`: what it reports and leaves, against the sandbox, a scripted S3, and a closed port.
#![cfg(feature = "sandbox")]
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]

mod program;
mod scripted;

use std::net::TcpListener;

use program::{KEYS, Shell, stderr, stdout};
use scripted::{Response, Server};
use serde_json::Value;

/// Returns the lines of a report.
fn events(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn finds_the_sandbox_well_and_leaves_nothing() {
    let shell = Shell::new();
    let output = shell.sandboxed(&["-doctor", "s3a://bucket/dir"]);
    let message = stdout(&output);
    assert!(output.status.success(), "{message}{}", stderr(&output));
    assert!(message.ends_with("\nall is well\n"), "{message}");
    let listed = stdout(&shell.sandboxed(&["-ls", "-R", "s3a://bucket/"]));
    assert!(!listed.contains("doctor"), "{listed}");
}

#[test]
fn reports_each_step_once_and_why_others_are_left_out() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let shell = Shell::new();
    let endpoint = format!("http://{nobody}");
    let mut command = shell.command(&["--endpoint", &endpoint, "-doctor", "-json", "s3a://b/"]);
    let output = command.envs(KEYS).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let message = stdout(&output);
    assert!(KEYS.iter().all(|(name, secret)| name.ends_with("ID") || !message.contains(secret)));
    let events = events(&message);
    assert_eq!(events[0]["event"], "start");
    let failed: Vec<_> = events.iter().filter(|event| event["verdict"] == "failed").collect();
    assert_eq!(failed.len(), 1, "{message}");
    assert_eq!(failed[0]["step"], "tcp", "{message}");
    assert!(failed[0]["remedy"].as_str().unwrap().contains("security groups"), "{message}");
    let after = events.iter().skip_while(|event| event["step"] != "tcp").skip(1);
    let after: Vec<_> = after.take_while(|event| event["event"] == "step").collect();
    assert_eq!(after.len(), 10, "{message}");
    let is_left_out =
        |event: &&Value| event["detail"] == "tcp failed" && event["verdict"] == "skipped";
    assert!(after.iter().all(is_left_out), "{message}");
    assert_eq!(events.last().unwrap()["failed"], serde_json::json!(["tcp"]));
}

#[test]
fn reports_an_invalid_path_as_usage_error() {
    let output = Shell::new().run(&["-doctor", "x"]);
    assert_eq!((output.status.code(), stdout(&output)), (Some(255), String::new()));
    assert!(stderr(&output).contains("not a path in S3"), "{}", stderr(&output));
}

#[test]
fn aborts_the_upload_whose_response_was_lost() {
    let server = Server::start(|head, times| {
        let is_first = head.starts_with("POST") && head.contains("?uploads") && times == 0;
        if is_first { Response::DoneButLost } else { Response::AsS3 }
    });
    let shell = Shell::new();
    let mut command = shell.command(&["--endpoint", &server.endpoint, "-doctor", "s3a://b/d"]);
    let output = command.envs(KEYS).output().unwrap();
    let message = stdout(&output);
    assert_eq!(server.count("POST", "?uploads"), 2, "{message}");
    assert!(message.contains("no part is left"), "{message}{}", stderr(&output));
    assert_eq!(server.unfinished(), 0, "{message}");
}
