//! Stores that ignore `If-None-Match`, or lack it.
#![allow(clippy::unwrap_used, reason = "a test ends where it fails")]

mod program;
mod scripted;

use std::fs;

use program::{KEYS, Shell, stderr};
use scripted::{Answer, Server};

/// Exit code and stderr.
fn run(shell: &Shell, server: &Server, words: &[&str]) -> (i32, String) {
    let words = [&["--endpoint", &server.endpoint], words].concat();
    let output = shell.with_stdin(&words, b"", &KEYS);
    (output.status.code().unwrap(), stderr(&output))
}

#[test]
fn a_marker_does_not_overwrite_where_the_store_would() {
    let server = Server::start(|_, _| Answer::Overwritten);
    let shell = Shell::new();
    shell.write("t/a", b"1");
    fs::create_dir(shell.path().join("t/e")).unwrap();
    fs::create_dir(shell.path().join("t/new")).unwrap();
    for path in ["/b/t/e/", "/b/t/_SUCCESS"] {
        server.hold(path, b"7 bytes");
    }
    let told = run(&shell, &server, &["-put", "-success", "t", "s3a://b/"]);
    assert_eq!(told, (0, String::new()), "one that is there will do");
    for path in ["/b/t/e/", "/b/t/_SUCCESS"] {
        assert_eq!(server.object(path).unwrap(), b"7 bytes", "{path}");
    }
    assert_eq!(server.object("/b/t/new/"), Some(Vec::new()));
}

#[test]
fn a_store_that_refuses_is_not_asked_for_markers_either() {
    let server = Server::start(|_, _| Answer::AsS3);
    let shell = Shell::new();
    for index in 0..20 {
        shell.write(&format!("t/{index:02}"), b"1");
    }
    fs::create_dir(shell.path().join("t/later")).unwrap();
    server.hold("/b/t/later/", b"7 bytes");
    let told = run(&shell, &server, &["-put", "-t", "1", "t", "s3a://b/"]);
    assert_eq!(told, (0, String::new()));
    assert_eq!(server.object("/b/t/later/").unwrap(), b"7 bytes");
    assert_eq!(server.count("HEAD", "/b/t/later/"), 0);
}
