//! Multipart uploads against a server with scripted failures.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]
#![cfg(unix)]

mod scripted;

use core::time::Duration;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::Instant;
use std::{fs, thread};

use scripted::{Response, Server};
use tempfile::TempDir;

const MIB: usize = 1 << 20;
const PART: usize = 5 * MIB;

fn content(len: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()[0]
    };
    (0..len).map(|_| next()).collect()
}

fn folder_with(content: &[u8]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a"), content).unwrap();
    folder
}

fn command(server: &Server, folder: &TempDir, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rolefs"));
    command
        .args(["--endpoint", &server.endpoint, "put", "--part-size", "5M"])
        .args(["--multipart-threshold", "5M"])
        .args(words)
        .current_dir(folder.path())
        .env_clear()
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

fn run(server: &Server, folder: &TempDir, words: &[&str], stdin: &[u8]) -> (i32, String) {
    let mut child = command(server, folder, words).spawn().unwrap();
    child.stdin.take().unwrap().write_all(stdin).unwrap();
    let output = child.wait_with_output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stderr).unwrap())
}

fn put(server: &Server, content: &[u8]) -> (i32, String) {
    run(server, &folder_with(content), &["a", "s3a://b/k"], b"")
}

#[test]
fn stores_every_length_from_file_and_stdin() {
    for len in [0, 1, PART - 1, PART, PART + 1, 2 * PART + 7] {
        for source in ["a", "-"] {
            let server = Server::start(|_, _| Response::AsS3);
            let content = content(len);
            let folder = folder_with(&content);
            let stdin = if source == "-" { content.as_slice() } else { b"" };
            let message = run(&server, &folder, &[source, "s3a://b/k"], stdin);
            assert_eq!(message, (0, String::new()), "{len} from {source}");
            assert!(server.object("/b/k").unwrap() == content, "{len} from {source}");
            let parts = if len > PART { len.div_ceil(PART) } else { 0 };
            assert_eq!(server.count("PUT", "partNumber="), parts, "{len} from {source}");
            assert_eq!(server.unfinished(), 0);
        }
    }
}

#[test]
fn retries_failures_that_can_pass() {
    let content = content(PART + 1);
    for (place, response) in [
        ("uploads=", Response::Error(500, "InternalError")),
        ("uploads=", Response::Error(503, "SlowDown")),
        ("partNumber=2", Response::Error(500, "InternalError")),
        ("partNumber=2", Response::Error(503, "SlowDown")),
        ("partNumber=2", Response::Error(400, "RequestTimeout")),
        ("partNumber=2", Response::Reset),
        ("partNumber=1", Response::DoneButLost),
        ("partNumber=1", Response::Portal),
        ("POST /b/k?uploadId=", Response::Error(500, "InternalError")),
        ("POST /b/k?uploadId=", Response::Error(200, "InternalError")),
        ("POST /b/k?uploadId=", Response::Error(200, "SlowDown")),
        ("POST /b/k?uploadId=", Response::DoneButLost),
        ("POST /b/k?uploadId=", Response::Heartbeat),
    ] {
        let server = Server::start(move |head, times| {
            if head.contains(place) && times < 2 { response } else { Response::AsS3 }
        });
        let message = put(&server, &content);
        assert_eq!(message, (0, String::new()), "{place} {response:?}");
        assert!(server.object("/b/k").unwrap() == content, "{place} {response:?}");
        assert_eq!(server.unfinished(), 0, "{place} {response:?}");
    }
}

#[test]
fn does_not_blame_another_writer_for_a_lost_response() {
    let server = Server::start(|head, times| {
        if head.starts_with("PUT") && times < 1 { Response::DoneButLost } else { Response::AsS3 }
    });
    assert_eq!(put(&server, b"one"), (0, String::new()));
    assert_eq!(server.count("PUT", ""), 2);
}

/// Tries what completes an object of one request, and one of parts; both at once, since they wait a
/// lot.
fn at_each_commit(test: impl Fn(usize, &'static str) + Sync) {
    thread::scope(|scope| {
        for (len, commit) in [(1, "PUT /b/k "), (PART + 1, "POST /b/k?uploadId=")] {
            let test = &test;
            scope.spawn(move || test(len, commit));
        }
    });
}

#[test]
fn settles_a_lost_response_despite_a_failed_question() {
    at_each_commit(|len, commit| {
        for failing in [Response::Error(500, ""), Response::DoneButLost] {
            let server = Server::start(move |head, times| match (head, times) {
                (head, 0) if head.starts_with(commit) => Response::DoneButLost,
                (head, 1..4) if head.starts_with("HEAD") => failing,
                _ => Response::AsS3,
            });
            let content = content(len);
            assert_eq!(put(&server, &content), (0, String::new()), "{len} {failing:?}");
            assert!(server.object("/b/k").unwrap() == content, "{len} {failing:?}");
            assert_eq!(server.unfinished(), 0, "{len} {failing:?}");
        }
    });
}

#[test]
fn settles_a_put_whose_responses_are_all_lost() {
    at_each_commit(|len, commit| {
        let server = Server::start(move |head, _| {
            if head.starts_with(commit) { Response::DoneButLost } else { Response::AsS3 }
        });
        let content = content(len);
        let message = run(&server, &folder_with(&content), &["-f", "a", "s3a://b/k"], b"");
        assert_eq!(message, (0, String::new()), "{len}");
        assert!(server.object("/b/k").unwrap() == content, "{len}");
    });
}

#[test]
fn reports_an_unknown_outcome_without_any_response() {
    at_each_commit(|len, commit| {
        let server = Server::start(move |head, times| {
            if times > 0 || head.starts_with(commit) { Response::Reset } else { Response::AsS3 }
        });
        let (code, message) = put(&server, &content(len));
        assert!(code == 1 && message.contains("S3 may have stored it"), "{len}: {message}");
        let is_left = len > PART;
        assert_eq!(
            message.contains("the upload upload-1 could not be aborted"),
            is_left,
            "{message}"
        );
    });
}

#[test]
fn reports_certain_failures_as_certain() {
    at_each_commit(|len, commit| {
        let server = Server::start(move |head, _| match head {
            head if head.starts_with(commit) => Response::Error(500, "InternalError"),
            _ => Response::AsS3,
        });
        let (code, message) = put(&server, &content(len));
        assert!(
            code == 1 && message.starts_with("put: `s3a://b/k': InternalError: m"),
            "{message}"
        );
        assert!(
            !message.contains("may have stored") && server.object("/b/k").is_none(),
            "{message}"
        );
        assert_eq!(server.unfinished(), 0, "{len}");
    });
}

#[test]
fn retries_a_response_with_a_truncated_body() {
    for place in ["uploads=", "partNumber=2", "POST /b/k?uploadId=", "PUT /b/k ", "list-type="] {
        let len = if place == "PUT /b/k " { 1 } else { PART + 1 };
        for status in [200, 400, 503] {
            let server = Server::start(move |head, times| {
                let is_it = head.contains(place) && times < 2;
                if is_it { Response::Cut(status) } else { Response::AsS3 }
            });
            assert_eq!(put(&server, &content(len)), (0, String::new()), "{place} {status}");
            assert_eq!(server.unfinished(), 0, "{place} {status}");
        }
    }
}

#[test]
fn reports_the_first_failure_and_leaves_nothing() {
    let content = content(PART + 1);
    for (place, response, expected) in [
        ("partNumber=2", Response::Error(403, "AccessDenied"), "AccessDenied"),
        ("uploads=", Response::Error(403, "AccessDenied"), "AccessDenied"),
        ("POST /b/k?uploadId=", Response::Error(400, "InvalidPart"), "InvalidPart"),
        ("POST /b/k?uploadId=", Response::Error(200, "InvalidPart"), "InvalidPart"),
        ("POST /b/k?uploadId=", Response::Error(412, "PreconditionFailed"), "File exists"),
        (
            "POST /b/k?uploadId=",
            Response::Error(409, "ConditionalRequestConflict"),
            "another writer",
        ),
        ("POST /b/k?uploadId=", Response::Error(501, "NotImplemented"), "-f does without them"),
    ] {
        let server = Server::start(
            move |head, _| if head.contains(place) { response } else { Response::AsS3 },
        );
        let (code, message) = put(&server, &content);
        assert!(code == 1 && message.contains(expected), "{place} {response:?}: {message}");
        assert_eq!((server.object("/b/k"), server.unfinished()), (None, 0), "{place} {response:?}");
        // Of two writers at once, it may be the other one that gives way.
        let attempts = if matches!(response, Response::Error(409, _)) { 8 } else { 1 };
        let attempts = if place.starts_with("POST") { attempts } else { 0 };
        assert_eq!(server.count("POST", "uploadId="), attempts, "{place} {response:?}");
    }
}

#[test]
fn names_an_upload_that_cannot_be_aborted() {
    let server = Server::start(|head, _| match head {
        head if head.starts_with("DELETE") => Response::Error(403, "AccessDenied"),
        head if head.contains("partNumber=1") => Response::Error(400, "EntityTooLarge"),
        _ => Response::AsS3,
    });
    let (code, message) = put(&server, &content(PART + 1));
    assert_eq!(code, 1);
    assert!(
        message.starts_with("put: `s3a://b/k': EntityTooLarge: m"),
        "the first failure: {message}"
    );
    assert!(
        message.contains("the upload upload-1 could not be aborted (AccessDenied"),
        "{message}"
    );
}

const DENIED: &str = "put: `s3a://b/k': AccessDenied: m (status 403, request id request-403): the \
                      policies of the role or of the bucket do not allow this\n";

#[test]
fn aborts_until_no_part_is_left() {
    let server = |stubborn| {
        Server::start(move |head, times| match head {
            head if head.contains("partNumber=2") => Response::Error(403, "AccessDenied"),
            head if head.starts_with("DELETE") && times <= stubborn => Response::PartsLeft,
            _ => Response::AsS3,
        })
    };
    let overtaken = server(2);
    // One after the other, so that the first part is stored.
    let put =
        |server| run(server, &folder_with(&content(PART + 1)), &["-t", "1", "a", "s3a://b/k"], b"");
    let (code, message) = put(&overtaken);
    assert_eq!((code, message.as_str()), (1, DENIED));
    assert_eq!((overtaken.unfinished(), overtaken.count("DELETE", "")), (0, 3));

    let deaf = server(u32::MAX);
    let (code, message) = put(&deaf);
    assert_eq!((code, deaf.count("DELETE", "")), (1, 5), "{message}");
    let left = "could not be aborted (S3 accepted the abort 5 times, and still lists part 1)";
    assert!(message.contains(left), "{message}");
}

#[test]
fn trusts_an_abort_without_permission_to_list_parts() {
    let server = Server::start(|head, _| match head {
        head if head.contains("partNumber=2") => Response::Error(403, "AccessDenied"),
        head if head.starts_with("GET /b/k?uploadId=") => Response::Error(403, "AccessDenied"),
        _ => Response::AsS3,
    });
    let (code, message) = put(&server, &content(PART + 1));
    assert_eq!((code, message.as_str()), (1, DENIED));
    assert_eq!((server.unfinished(), server.count("DELETE", "")), (0, 1));
}

#[test]
fn does_not_publish_a_changing_file() {
    let folder = folder_with(&content(PART + 1));
    let path = folder.path().join("a");
    let server = Server::start(move |head, _| {
        if head.contains("partNumber=2") {
            fs::OpenOptions::new().append(true).open(&path).unwrap().write_all(b"x").unwrap();
        }
        Response::AsS3
    });
    let (code, message) = run(&server, &folder, &["a", "s3a://b/k"], b"");
    let changed = "put: `s3a://b/k': changed while it was read; nothing was stored (--snapshot ";
    assert!(code == 1 && message.starts_with(changed), "{message}");
    assert_eq!((server.object("/b/k"), server.unfinished()), (None, 0));
}

#[test]
fn leaves_nothing_behind_on_a_signal() {
    use std::os::unix::process::ExitStatusExt as _;
    for (signal, number) in [("INT", 2), ("TERM", 15), ("HUP", 1), ("QUIT", 3), ("USR1", 10)] {
        let server = Server::start(|head, _| {
            if head.contains("partNumber=2") { Response::Never } else { Response::AsS3 }
        });
        let folder = folder_with(&content(PART + 1));
        let child = command(&server, &folder, &["a", "s3a://b/k"]).spawn().unwrap();
        let began = Instant::now();
        while server.count("PUT", "partNumber=") < 2 {
            assert!(began.elapsed() < Duration::from_secs(30), "no part came");
            thread::sleep(Duration::from_millis(20));
        }
        assert_eq!(server.unfinished(), 1);
        let killed = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status();
        assert!(killed.unwrap().success());
        let output = child.wait_with_output().unwrap();
        let message = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.signal(), Some(number), "{message}");
        assert_eq!(message, "put: `s3a://b/k': interrupted; nothing was stored\n");
        assert_eq!((server.object("/b/k"), server.unfinished()), (None, 0));
    }
}

#[test]
fn keeps_the_file_time_on_request() {
    for len in [1, PART + 1] {
        let server = Server::start(|_, _| Response::AsS3);
        let folder = folder_with(&content(len));
        let message = run(&server, &folder, &["-p", "-f", "a", "s3a://b/k"], b"");
        assert_eq!(message, (0, String::new()));
        let first = if len == 1 { "PUT" } else { "POST" };
        assert_eq!(server.count(first, "x-amz-meta-mtime: "), 1, "{len}");
    }
}
