//! Copies that are resumed after their source was replaced.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]
#![cfg(unix)]

mod program;
mod scripted;

use std::fs;
use std::process::Output;

use program::{KEYS, Shell, stderr};
use scripted::{Response, Server};

const LEN: usize = (10 << 20) + 1;

/// Returns a server that refuses a request at first, so that the upload is kept.
fn server(refused: &'static str) -> Server {
    let server = Server::start(move |head, times| {
        let is_refused = head.contains(refused) && times == 0;
        if is_refused { Response::Error(403, "AccessDenied") } else { Response::AsS3 }
    });
    server.hold("/b/a", &vec![1; LEN]);
    server
}

/// Copies in parts, one after the other, with journals in the folder `state`.
fn copy(shell: &Shell, server: &Server) -> Output {
    let state = shell.path().join("state");
    let begin = ["--endpoint", &server.endpoint, "-cp", "-resume", "-t", "1"];
    let parts = ["--multipart-threshold", "5M", "--part-size", "5M", "--state-dir"];
    let words = [&begin, &parts[..], &[state.to_str().unwrap(), "s3a://b/a", "s3a://b/k"]];
    shell.command(&words.concat()).envs(KEYS).output().unwrap()
}

#[test]
fn takes_no_part_of_a_source_that_was_replaced() {
    for is_replaced in [false, true] {
        let (shell, server) = (Shell::new(), server("partNumber=2"));
        let copy = || copy(&shell, &server);
        let first = copy();
        assert_eq!((first.status.code(), server.unfinished()), (Some(1), 1), "{}", stderr(&first));
        let before = server.count("PUT", "partNumber=");
        let content = vec![if is_replaced { 2 } else { 1 }; LEN];
        server.hold("/b/a", &content);
        let second = copy();
        assert_eq!(second.status.code(), Some(0), "{}", stderr(&second));
        assert!(server.object("/b/k").unwrap() == content, "a mixture of two sources");
        let sent = server.count("PUT", "partNumber=") - before;
        assert_eq!(sent, if is_replaced { 3 } else { 2 }, "{}", stderr(&second));
    }
}

/// A process can be killed when S3 has completed its upload, and before its journal is removed; or
/// another one copies the object meanwhile.
#[test]
fn removes_the_journal_of_a_copy_that_is_complete() {
    let (part, end) = ("partNumber=2", "POST /b/k?uploadId=");
    for (refused, is_listed, note, kept) in [
        (part, false, None, 0),
        (part, true, Some("is not needed any more: abort it with -uploads -abort"), 1),
        (end, true, Some("is listed yet: if it stays, abort it with -uploads -abort"), 0),
    ] {
        let (shell, server) = (Shell::new(), server(refused));
        let first = copy(&shell, &server);
        assert_eq!((first.status.code(), server.unfinished()), (Some(1), 1), "{}", stderr(&first));
        let journals = || fs::read_dir(shell.path().join("state")).unwrap().count();
        assert_eq!(journals(), 1);
        if !is_listed {
            let words = ["--endpoint", &server.endpoint, "-uploads", "-abort", "--state-dir"];
            let abort = [&words[..], &["other", "s3a://b/"]].concat();
            let aborted = shell.command(&abort).envs(KEYS).output().unwrap();
            let state = (aborted.status.code(), server.unfinished());
            assert_eq!(state, (Some(0), 0), "{}", stderr(&aborted));
        }
        server.hold("/b/k", &vec![1; LEN]);
        let second = copy(&shell, &server);
        let message = stderr(&second);
        assert_eq!((second.status.code(), journals()), (Some(0), kept), "{message}");
        assert!(note.is_none_or(|note| message.contains(note)), "{message}");
        assert_eq!(message.contains("-uploads -abort"), note.is_some(), "{message}");
    }
}

/// A complete object is a success, even where the store does not say what is left of its upload.
#[test]
fn succeeds_where_the_parts_of_a_complete_copy_cannot_be_listed() {
    let server = Server::start(|head, times| {
        let is_list = head.starts_with("GET /b/k?") && head.contains("uploadId=");
        let is_refused = is_list || head.contains("partNumber=2") && times == 0;
        if is_refused { Response::Error(403, "AccessDenied") } else { Response::AsS3 }
    });
    server.hold("/b/a", &vec![1; LEN]);
    let shell = Shell::new();
    assert_eq!(copy(&shell, &server).status.code(), Some(1));
    server.hold("/b/k", &vec![1; LEN]);
    let second = copy(&shell, &server);
    let message = stderr(&second);
    assert_eq!(second.status.code(), Some(0), "{message}");
    assert!(message.contains("may be unfinished: "), "{message}");
}
