//! `-mv` of a directory beside another writer: a source stays unless its copy exists, and it is
//! still the object that was copied.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]
#![cfg(unix)]

mod program;
mod scripted;

use core::sync::atomic::{AtomicU32, Ordering};

use program::{KEYS, Shell, stderr};
use scripted::{Response, Server};

const MOVED: [&str; 2] = ["/b/d/x", "/b/d/e/y"];

/// Moves a directory of two objects. When both are copied, and this prefix is listed, another
/// writer has just overwritten all objects. Returns the exit code and stderr.
fn moved_beside_a_writer(listed: &'static str) -> (Server, i32, String) {
    let copied = AtomicU32::new(0);
    let server = Server::start(move |head, _| {
        copied.fetch_add(u32::from(head.starts_with("PUT")), Ordering::SeqCst);
        let is_copied = copied.load(Ordering::SeqCst) == 2;
        let is_it = head.contains("list-type=") && head.contains(listed);
        if is_copied && is_it { Response::Late } else { Response::AsS3 }
    });
    for path in MOVED {
        server.hold(path, b"old");
    }
    let words = ["--endpoint", &server.endpoint, "-mv", "s3a://b/d", "s3a://b/new"];
    let output = Shell::new().command(&words).envs(KEYS).output().unwrap();
    (server, output.status.code().unwrap(), stderr(&output))
}

#[test]
fn keeps_all_sources_if_a_copy_is_not_there() {
    let (server, code, text) = moved_beside_a_writer("prefix=new%2F");
    let kept = "mv: `s3a://b/d': is kept: 2 of its copies are not there as S3 made them\n";
    assert_eq!((code, text.as_str()), (1, kept));
    assert!(MOVED.iter().all(|path| server.object(path).is_some()));
}

#[test]
fn keeps_sources_that_were_written_after_they_were_copied() {
    let (server, code, text) = moved_beside_a_writer("prefix=d%2F");
    let kept = "is kept: it changed since it was copied\n";
    assert_eq!((code, text.matches(kept).count()), (1, 2), "{text}");
    for path in MOVED {
        assert_eq!(server.object(path).unwrap(), b"new", "{path}");
    }
}
