//! `-doctor`: what it reports and leaves, against the sandbox and a port where nobody listens.
#![cfg(feature = "sandbox")]
#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

mod program;

use std::net::TcpListener;

use program::{KEYS, Shell, stderr, stdout};
use serde_json::Value;

/// Returns the lines of a report.
fn events(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn finds_the_sandbox_well_and_leaves_nothing() {
    let shell = Shell::new();
    let output = shell.sandboxed(&["-doctor", "s3a://bucket/dir"]);
    let told = stdout(&output);
    assert!(output.status.success(), "{told}{}", stderr(&output));
    assert!(told.ends_with("\nall is well\n"), "{told}");
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
    let told = stdout(&output);
    assert!(KEYS.iter().all(|(name, secret)| name.ends_with("ID") || !told.contains(secret)));
    let events = events(&told);
    assert_eq!(events[0]["event"], "start");
    let failed: Vec<_> = events.iter().filter(|event| event["verdict"] == "failed").collect();
    assert_eq!(failed.len(), 1, "{told}");
    assert_eq!(failed[0]["step"], "tcp", "{told}");
    assert!(failed[0]["remedy"].as_str().unwrap().contains("security groups"), "{told}");
    let after = events.iter().skip_while(|event| event["step"] != "tcp").skip(1);
    let after: Vec<_> = after.take_while(|event| event["event"] == "step").collect();
    assert_eq!(after.len(), 10, "{told}");
    let is_left_out =
        |event: &&Value| event["detail"] == "tcp failed" && event["verdict"] == "skipped";
    assert!(after.iter().all(is_left_out), "{told}");
    assert_eq!(events.last().unwrap()["failed"], serde_json::json!(["tcp"]));
}

#[test]
fn a_text_that_is_no_path_is_wrong_usage_without_a_report() {
    let output = Shell::new().run(&["-doctor", "x"]);
    assert_eq!((output.status.code(), stdout(&output)), (Some(255), String::new()));
    assert!(stderr(&output).contains("not a path in S3"), "{}", stderr(&output));
}
