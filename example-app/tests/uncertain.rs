//! What is reported if a response is lost: an object that may be stored is not said to be missing,
//! and parts that stay are not passed over.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]
#![cfg(unix)]

mod program;
mod scripted;

use std::{fs, thread};

use program::{KEYS, Shell, complaint};
use scripted::{Response, Server};

const PART: usize = 5 << 20;
const DENIED: Response = Response::Error(403, "AccessDenied");

/// Puts so many bytes, and returns the exit code and the message.
fn put(server: &Server, shell: &Shell, len: usize, options: &[&str]) -> (i32, String) {
    shell.write("a", &vec![b' '; len]);
    let begin = ["--endpoint", &server.endpoint, "-put"];
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
                    head if head.starts_with("HEAD") && times > 0 => look,
                    head if !head.starts_with(commit) => Response::AsS3,
                    _ if times == 0 => lost,
                    _ => refused,
                });
                if matches!(lost, Response::Portal) {
                    server.hold("/b/k", &vec![b'x'; len]);
                }
                let (code, message) = put(&server, &Shell::new(), len, &["-f"]);
                let case = format!("{len} {lost:?} {refused:?} {look:?}: {message}");
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
