//! Reports after a response was lost: an object that may be stored is not said to be missing, and
//! parts that stay are not passed over.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]
#![cfg(target_os = "linux")]

mod program;
mod scripted;

use std::process::Stdio;
use std::{fs, thread};

use program::{KEYS, Shell, complaint, send, stderr, wait_until};
use scripted::{Response, Server};

const PART: usize = 5 << 20;
const DENIED: Response = Response::Error(403, "AccessDenied");

/// Puts a file of this length, and returns the exit code and the message.
fn put(server: &Server, shell: &Shell, len: usize, options: &[&str]) -> (i32, String) {
    shell.write("a", &vec![b' '; len]);
    let begin = ["--endpoint", &server.endpoint, "-D", "fs.s3a.retry.limit=1", "-put"];
    let parts = ["--part-size", "5M", "--multipart-threshold", "5M"];
    let words = [&begin, &parts[..], options, &["a", "s3a://b/k"]].concat();
    complaint(&shell.command(&words).envs(KEYS).output().unwrap())
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

/// Returns whether a request looks at the object, or for the reason why it may not.
fn is_look(head: &str) -> bool {
    head.starts_with("HEAD") || head.starts_with("GET /b/k ")
}

/// The first attempt stores the object, and the next one is refused: that refusal is not the whole
/// truth.
#[test]
fn reports_an_unknown_outcome_after_a_refusal() {
    at_each_commit(|len, commit| {
        for (lost, refused) in [
            (Response::DoneButLost, DENIED),
            (Response::DoneButLost, Response::Error(412, "PreconditionFailed")),
            (Response::DoneButLost, Response::Error(400, "InvalidPart")),
            (Response::Portal, DENIED),
        ] {
            // S3 does not say what there is, or it is nothing that can be compared.
            for look in [DENIED, Response::OtherEtag] {
                let server = Server::start(move |head, times| match head {
                    head if is_look(head) && times > 0 => look,
                    head if !head.starts_with(commit) => Response::AsS3,
                    _ if times == 0 => lost,
                    _ => refused,
                });
                if matches!(lost, Response::Portal) {
                    server.hold("/b/k", &vec![b'x'; len]);
                }
                let (code, message) = put(&server, &Shell::new(), len, &["-f"]);
                let case = format!("{len} {lost:?} {refused:?} {look:?}: {code} {message}");
                assert!(code == 1 && message.contains("S3 may have stored it before"), "{case}");
            }
        }
    });
}

/// No attempt does anything.
#[test]
fn reports_a_certain_refusal_as_certain() {
    at_each_commit(|len, commit| {
        let server = Server::start(move |head, _| match head {
            head if head.starts_with(commit) => DENIED,
            _ => Response::AsS3,
        });
        let (code, message) = put(&server, &Shell::new(), len, &["-f"]);
        assert!(code == 1 && !message.contains("may have"), "{message}");
        assert_eq!(server.unfinished(), 0);
    });
}

/// Starts a server where nothing is aborted, and completions end like this.
fn never_aborting(completion: Response) -> Server {
    Server::start(move |head, _| match head {
        head if head.starts_with("DELETE") => DENIED,
        head if head.starts_with("POST /b/k?uploadId=") => completion,
        _ => Response::AsS3,
    })
}

const NOT_ABORTED: &str = "the upload upload-1 could not be aborted (AccessDenied";

#[test]
fn names_an_upload_that_stays_beside_an_existing_object() {
    for (completion, expected) in [
        (Response::Error(412, "PreconditionFailed"), "File exists"),
        (Response::Error(403, "AccessDenied"), "AccessDenied"),
        (Response::Error(500, "InternalError"), "InternalError"),
    ] {
        let server = never_aborting(completion);
        let shell = Shell::new();
        let options: &[&str] = if expected == "File exists" { &[] } else { &["-f"] };
        if expected != "File exists" {
            server.hold("/b/k", b"of another");
        }
        let (code, message) = put(&server, &shell, PART + 1, options);
        assert_eq!((code, server.unfinished()), (1, 1), "{message}");
        assert!(message.contains(expected) && message.contains(NOT_ABORTED), "{message}");
    }
}

/// The object was the same before, and looks as if a lost attempt had made it.
#[test]
fn names_an_upload_that_stays_beside_the_same_object() {
    let server = never_aborting(Response::Reset);
    let stores = Server::start(|_, _| Response::AsS3);
    assert_eq!(put(&stores, &Shell::new(), PART + 1, &[]), (0, String::new()));
    server.hold_as("/b/k", &stores, "/b/k");
    // There is no journal where no directory can be.
    let options = ["-f", "--state-dir", "a"];
    let (code, message) = put(&server, &Shell::new(), PART + 1, &options);
    assert_eq!((code, server.unfinished()), (1, 1), "{message}");
    assert!(message.contains(NOT_ABORTED), "{message}");

    // A journal knows of it.
    let server = never_aborting(Response::Reset);
    server.hold_as("/b/k", &stores, "/b/k");
    let shell = Shell::new();
    let state = shell.path().join("state");
    let options = ["-f", "--state-dir", state.to_str().unwrap()];
    let (code, message) = put(&server, &shell, PART + 1, &options);
    assert_eq!((code, server.unfinished()), (0, 1), "{message}");
    let journals: Vec<_> = fs::read_dir(state).unwrap().collect();
    assert_eq!(journals.len(), 1, "{journals:?}");
}

/// Nothing is copied; or all is, and no response comes.
#[test]
fn reports_an_unknown_outcome_of_a_copy() {
    for (response, is_known) in [(Response::Reset, false), (Response::DoneButLost, true)] {
        let server =
            Server::start(
                move |head, _| {
                    if head.starts_with("PUT /b/k ") { response } else { Response::AsS3 }
                },
            );
        server.hold("/b/a", b"one");
        server.hold("/b/k", b"two");
        let few = ["-D", "fs.s3a.retry.limit=1"];
        let words = [&["--endpoint", &server.endpoint], &few[..], &["-cp", "-f"]].concat();
        let words = [&words[..], &["s3a://b/a", "s3a://b/k"]].concat();
        let output = Shell::new().command(&words).envs(KEYS).output().unwrap();
        let (code, message) = complaint(&output);
        assert_eq!(code, i32::from(!is_known), "{message}");
        assert_eq!(message.contains("S3 may have stored it before"), !is_known, "{message}");
        let expected = if is_known { b"one" } else { b"two" };
        assert_eq!(server.object("/b/k").unwrap(), expected);
    }
}

#[test]
fn reports_an_unknown_outcome_of_an_interrupted_copy() {
    let server =
        Server::start(
            |head, _| {
                if head.starts_with("PUT /b/k ") { Response::Never } else { Response::AsS3 }
            },
        );
    server.hold("/b/a", b"one");
    let shell = Shell::new();
    let words = ["--endpoint", &server.endpoint, "-cp", "s3a://b/a", "s3a://b/k"];
    let mut command = shell.by_shell("exec \"$@\"", &words);
    let child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("a copy", || server.count("PUT", "/b/k") > 0);
    send("TERM", &child);
    let message = stderr(&child.wait_with_output().unwrap());
    let expected = "cp: `s3a://b/k': interrupted while it was sent: S3 may have stored it";
    assert!(message.starts_with(expected), "{message}");
}
