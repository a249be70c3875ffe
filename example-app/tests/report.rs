//! Reports of `--json`, `--quiet` and `--dry-run`, and of many failures.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]
#![cfg(unix)]

mod program;
mod scripted;

use std::process::Output;

use program::{KEYS, Shell, stderr, stdout};
use scripted::{Response, Server};
use serde_json::{Value, json};

const MIB: usize = 1 << 20;

fn run(shell: &Shell, server: &Server, words: &[&str]) -> Output {
    let mut command = shell.command(&[&["--endpoint", &server.endpoint], words].concat());
    command.envs(KEYS).output().unwrap()
}

/// Returns the lines of stdout, all of which are events.
fn events(output: &Output) -> Vec<Value> {
    stdout(output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn named<'e>(events: &'e [Value], name: &str) -> Vec<&'e Value> {
    events.iter().filter(|event| event["event"] == name).collect()
}

#[test]
fn reports_a_put_in_parts_as_events() {
    let shell = Shell::new();
    shell.write("a", &vec![7; 11 * MIB]);
    let server = Server::start(|head, times| {
        if head.contains("partNumber=2") && times == 0 {
            Response::Error(500, "InternalError")
        } else {
            Response::AsS3
        }
    });
    let parts = ["--part-size", "5M", "--multipart-threshold", "5M"];
    let words = [&["-put", "-json"][..], &parts, &["a", "s3a://b/a"]].concat();
    let output = run(&shell, &server, &words);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(stderr(&output), "");
    let events = events(&output);
    let start = json!({"event": "start", "object": "s3a://b/a", "file": "a", "bytes": 11 * MIB});
    assert_eq!(events[0], start);
    let mut parts = named(&events, "part");
    parts.sort_by_key(|part| part["part"].as_u64());
    for (part, (number, bytes)) in parts.iter().zip([(1, 5 * MIB), (2, 5 * MIB), (3, MIB)]) {
        let expected = json!({
            "event": "part", "object": "s3a://b/a", "upload_id": "upload-1", "part": number,
            "bytes": bytes, "request_id": "request-200",
        });
        assert_eq!(**part, expected);
    }
    assert_eq!(parts.len(), 3);
    let retries = named(&events, "retry");
    assert_eq!(retries.len(), 1);
    assert_eq!(retries[0]["request_id"], "request-500");
    assert_eq!(retries[0]["upload_id"], "upload-1");
    assert!(retries[0]["reason"].as_str().unwrap().starts_with("InternalError: m (status 500"));
    let done = json!({
        "event": "done", "object": "s3a://b/a", "file": "a", "bytes": 11 * MIB,
        "upload_id": "upload-1", "request_id": "request-200",
    });
    assert_eq!(events[events.len() - 2], done);
    let summary = &events[events.len() - 1];
    assert_eq!(summary["event"], "summary");
    assert_eq!((&summary["done"], &summary["failed"]), (&json!(1), &json!(0)));
    assert_eq!(
        (&summary["uploads"]["parts"], &summary["uploads"]["retries"]),
        (&json!(3), &json!(1))
    );
    assert_eq!(summary["uploads"]["renewals"], 0);
}

#[test]
fn reports_failures_as_events_and_sums_them_up() {
    let shell = Shell::new();
    shell.write("a", b"1");
    let server = Server::start(|head, _| match head {
        head if head.starts_with("PUT /b/d/denied") => Response::Error(403, "AccessDenied"),
        _ => Response::AsS3,
    });
    shell.write("denied", b"2");
    let words = ["-put", "--json", "-f", "a", "w", "x", "denied", "y", "s3a://b/d/"];
    let output = run(&shell, &server, &words);
    assert_eq!(output.status.code(), Some(1));
    let message = stderr(&output);
    assert!(message.starts_with("put: `w': No such file or directory\n"), "{message}");
    let last = message.lines().last().unwrap();
    assert_eq!(last, "put: 4 of 5 failed: `w', `x', `s3a://b/d/denied' and 1 more");
    let events = events(&output);
    let errors = named(&events, "error");
    let missing = json!({"event": "error", "path": "w", "reason": "No such file or directory"});
    assert_eq!((errors.len(), errors[0]), (4, &missing));
    assert_eq!(errors[2]["path"], "s3a://b/d/denied");
    assert_eq!(errors[2]["request_id"], "request-403");
    let summary = events.last().unwrap();
    assert_eq!((&summary["done"], &summary["failed"]), (&json!(1), &json!(4)));
    // One failure has its line already.
    let message = stderr(&run(&shell, &server, &["-put", "-f", "a", "w", "s3a://b/d/"]));
    assert_eq!(message, "put: `w': No such file or directory\n");
}

#[test]
fn reports_get_and_rm_as_events_or_not_at_all() {
    let shell = Shell::new();
    shell.write("a", b"abc");
    let server = Server::start(|_, _| Response::AsS3);
    let run = |words: &[&str]| run(&shell, &server, words);
    let output = run(&["-put", "-quiet", "a", "s3a://b/a"]);
    assert_eq!((stdout(&output), stderr(&output)), (String::new(), String::new()));
    // The server's contents are spaces: their MD5 is not compared.
    let output = run(&["-get", "-json", "-ignoreCrc", "s3a://b/a", "c"]);
    let events_of_get = events(&output);
    let start = json!({"event": "start", "object": "s3a://b/a", "file": "c"});
    let done = json!({
        "event": "done", "object": "s3a://b/a", "file": "c", "bytes": 3, "request_id": "request-200",
    });
    assert_eq!(events_of_get[..2], [start, done]);
    assert_eq!(events_of_get[2]["bytes"], 3);
    let output = run(&["-get", "-json", "s3a://b/a", "-"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stderr(&output), "get: stdout is for the content: leave out -json\n");
    assert_eq!(named(&events(&output), "error").len(), 1);
    let output = run(&["-rm", "-json", "s3a://b/a", "s3a://b/none"]);
    assert_eq!(output.status.code(), Some(1));
    let names: Vec<_> = events(&output).iter().map(|event| event["event"].clone()).collect();
    assert_eq!(names, ["done", "error", "summary"]);
    run(&["-put", "-quiet", "a", "s3a://b/a"]);
    let quiet = run(&["-rm", "--quiet", "s3a://b/a"]);
    assert_eq!((stdout(&quiet), stderr(&quiet)), (String::new(), String::new()));
}

#[test]
fn marks_a_complete_directory() {
    let shell = Shell::new();
    for name in ["d/a.txt", "d/b.bin", "d/x/c.txt", "d/tmp/d.txt"] {
        shell.write(name, b"1");
    }
    let server = Server::start(|head, _| match head {
        head if head.starts_with("PUT /b/denied/d/a.txt") => Response::Error(403, "AccessDenied"),
        _ => Response::AsS3,
    });
    let words = ["-put", "-f", "-success", "--include", "*.txt", "--exclude", "tmp", "d"];
    let put = |to: &str| run(&shell, &server, &[&words[..], &[to]].concat());
    let output = put("s3a://b/to/");
    assert!(output.status.success(), "{}", stderr(&output));
    for (path, is_there) in [
        ("/b/to/d/a.txt", true),
        ("/b/to/d/x/c.txt", true),
        ("/b/to/d/b.bin", false),
        ("/b/to/d/tmp/d.txt", false),
    ] {
        assert_eq!(server.object(path).is_some(), is_there, "{path}");
    }
    assert_eq!(server.object("/b/to/d/_SUCCESS"), Some(Vec::new()));
    assert_eq!(put("s3a://b/denied/").status.code(), Some(1));
    assert!(server.object("/b/denied/d/x/c.txt").is_some());
    assert!(server.object("/b/denied/d/_SUCCESS").is_none());
}

#[test]
fn runs_dry_without_s3_and_credentials() {
    let shell = Shell::new();
    shell.write("a", b"abc");
    shell.write("d/x/y", &vec![0; 6 * MIB]);
    std::fs::create_dir(shell.path().join("d/e")).unwrap();
    let size = ["--part-size", "5M", "--multipart-threshold", "5M"];
    let run = |words: &[&str]| {
        let words = [&["-moveFromLocal", "--dry-run"][..], &size, words].concat();
        // Neither keys nor a region.
        shell.run(&words)
    };
    let output = run(&["a", "d", "s3a://b/to/"]);
    assert!(output.status.success(), "{}", stderr(&output));
    let lines = "a -> s3a://b/to/a (3 bytes)\nd/e -> s3a://b/to/d/e/ (0 bytes)\n\
                 d/x/y -> s3a://b/to/d/x/y (6291456 bytes in 2 parts)\n";
    assert_eq!(stdout(&output), lines);
    assert!(shell.path().join("a").exists() && shell.path().join("d/e").exists());
    let output = run(&["-json", "a", "s3a://b/c"]);
    let plan = json!({"event": "plan", "object": "s3a://b/c", "file": "a", "bytes": 3});
    assert_eq!(events(&output)[0], plan);
    assert!(stderr(&output).contains("it is not asked whether that is a directory"));
    assert_eq!(run(&["none", "s3a://b/"]).status.code(), Some(1));
}
