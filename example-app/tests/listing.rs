//! Listings of many keys.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]
#![cfg(unix)]

mod program;
mod scripted;

use program::{KEYS, Shell, stderr, stdout};
use scripted::{Response, Server};

/// More keys than a page or a tree holds.
const MANY: usize = 6_000;

/// Returns the paths that `-ls -C -R` lists of this bucket, its exit code and its errors.
fn listed(server: &Server) -> (Vec<String>, Option<i32>, String) {
    let shell = Shell::new();
    let words = ["--endpoint", &server.endpoint, "-ls", "-C", "-R", "s3a://b/"];
    let output = shell.command(&words).envs(KEYS).output().unwrap();
    let lines = stdout(&output).lines().map(str::to_owned).collect();
    (lines, output.status.code(), stderr(&output))
}

#[test]
fn lists_a_large_tree_directory_by_directory() {
    // By bytes `a-b` comes before the entries of `a`, and by names after them.
    let server = Server::start(|_, _| Response::AsS3);
    for path in ["/b/a-b", "/b/a//x", "/b/z/y/x"] {
        server.hold(path, b"");
    }
    let expected = |many: usize| {
        let many = (0..many).map(|at| format!("s3a://b/a/{at:05}"));
        let before = ["s3a://b/a", "s3a://b/a//", "s3a://b/a//x"].map(str::to_owned);
        let behind = ["a-b", "z", "z/y", "z/y/x"].map(|name| format!("s3a://b/{name}"));
        before.into_iter().chain(many).chain(behind).collect::<Vec<_>>()
    };
    assert_eq!(listed(&server), (expected(0), Some(0), String::new()));
    assert_eq!(server.count("GET", "delimiter="), 0, "a small one is asked for at once");
    for at in 0..MANY {
        server.hold(&format!("/b/a/{at:05}"), b"");
    }
    let (lines, code, message) = listed(&server);
    assert_eq!((code, message.as_str()), (Some(0), ""));
    assert!(lines == expected(MANY), "{} lines", lines.len());
}

#[test]
fn lists_entries_before_the_listing_is_complete() {
    let server = Server::start(|head, _| match head {
        head if head.contains("prefix=z") => Response::Error(403, "AccessDenied"),
        _ => Response::AsS3,
    });
    for at in 0..MANY {
        server.hold(&format!("/b/a/{at:05}"), b"");
    }
    server.hold("/b/z/x", b"");
    let (lines, code, message) = listed(&server);
    assert_eq!((lines.len(), code), (MANY + 2, Some(1)), "all but what lies in z");
    assert!(message.starts_with("ls: `s3a://b/': AccessDenied"), "{message}");
}
