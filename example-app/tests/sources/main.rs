//! The choice of sources and their names: manifests, `--update`, `--normalize`, links and special
//! files.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::process::Command;

use serde_json::json;

use crate::program::{Shell, stderr};
use crate::puts::{as_s3, code, events, messages, run};

mod manifests;
#[path = "../program/mod.rs"]
mod program;
mod puts;
#[path = "../scripted/mod.rs"]
mod scripted;
mod updates;

#[test]
fn names_in_one_form() {
    let (shell, server) = (Shell::new(), as_s3());
    shell.write("d/e\u{301}/o\u{308}", b"1");
    shell.write("e\u{301}", b"2");
    let put = |form: &[&str]| {
        code(&run(&shell, &server, &[&["-put"], form, &["d", "e\u{301}", "s3a://b/to/"]].concat()))
    };
    assert_eq!(put(&[]), 0);
    assert_eq!(server.count("PUT", "/b/to/d/e%CC%81/o%CC%88 "), 1, "as it is");
    assert_eq!(put(&["--normalize", "nfc"]), 0);
    assert_eq!(server.count("PUT", "/b/to/d/%C3%A9/%C3%B6 "), 1);
    assert_eq!(server.count("PUT", "/b/to/%C3%A9 "), 1);
    shell.write("lines", "d/e\u{301}/o\u{308}\n".as_bytes());
    let words = ["-put", "--normalize", "nfc", "--manifest", "lines", "s3a://b/lines/"];
    assert_eq!(code(&run(&shell, &server, &words)), 0);
    assert_eq!(server.count("PUT", "/b/lines/d/%C3%A9/%C3%B6 "), 1);
}

#[test]
fn refuses_two_names_for_one_key() {
    let (shell, server) = (Shell::new(), as_s3());
    for (name, content) in
        [("d/\u{e9}/x", "1"), ("d/e\u{301}/y", "2"), ("d/e\u{301}a", "3"), ("d/z", "4")]
    {
        shell.write(name, content.as_bytes());
    }
    let output = run(&shell, &server, &["-put", "--normalize", "nfc", "d", "s3a://b/to/"]);
    // The one that comes first in the order of bytes is put, and nothing of the other.
    let what =
        "put: `d/\u{e9}': in NFC it has the name that `d/e\u{301}' has: rename one of them\n";
    assert_eq!((code(&output), stderr(&output).as_str()), (1, what));
    assert_eq!(server.count("PUT", ""), 3);
    assert_eq!(server.count("PUT", "/b/to/d/%C3%A9/y "), 1);

    let words = ["-put", "--normalize", "nfd", "d/\u{e9}", "d/e\u{301}", "s3a://b/both/"];
    let output = run(&shell, &server, &words);
    let what =
        "put: `d/e\u{301}': in NFD it has the name that `d/\u{e9}' has: rename one of them\n";
    assert_eq!((code(&output), stderr(&output).as_str()), (1, what));
    assert_eq!(server.count("PUT", "/b/both/"), 1);
}

#[test]
fn reports_special_files_and_links() {
    let (shell, server) = (Shell::new(), as_s3());
    shell.write("d/file", b"1");
    shell.write("elsewhere/x", b"2");
    let path = |name: &str| shell.path().join(name);
    symlink("file", path("d/link")).unwrap();
    symlink(path("elsewhere"), path("d/directory")).unwrap();
    symlink("gone", path("d/broken")).unwrap();
    symlink(".", path("d/loop")).unwrap();
    symlink("self", path("d/self")).unwrap();
    assert!(Command::new("mkfifo").arg(path("d/fifo")).status().unwrap().success());
    let _listener = UnixListener::bind(path("d/socket")).unwrap();
    let output = run(&shell, &server, &["-put", "-json", "d", "s3a://b/to/"]);
    assert_eq!(code(&output), 1);
    for name in ["file", "link", "directory/x"] {
        assert!(server.object(&format!("/b/to/d/{name}")).is_some(), "{name}");
    }
    assert_eq!(server.count("PUT", ""), 3);
    let messages = messages(&output);
    for line in [
        "put: `d/fifo': skipped, since it is a FIFO",
        "put: `d/socket': skipped, since it is a socket",
        "put: `d/broken': is a symbolic link, and its target does not exist",
        "put: `d/loop': a symbolic link leads back to itself",
        "put: `d/self': Too many levels of symbolic links (os error 40)",
        "put: 5 of 8 failed: `d/broken', `d/fifo', `d/loop' and 2 more",
    ] {
        assert!(messages.iter().any(|message| message == line), "{line}: {messages:?}");
    }
    let events = events(&output);
    assert_eq!(events.iter().filter(|event| event["event"] == "error").count(), 5);
    let summary = events.last().unwrap();
    assert_eq!((&summary["done"], &summary["failed"]), (&json!(3), &json!(5)));
    let device = run(&shell, &server, &["-put", "/dev/null", "s3a://b/to/"]);
    let what = "put: `/dev/null': skipped, since it is a device\n";
    assert_eq!((code(&device), stderr(&device).as_str()), (1, what));
}

#[test]
fn refuses_a_name_that_is_not_a_key() {
    use std::os::unix::ffi::OsStringExt as _;
    let (shell, server) = (Shell::new(), as_s3());
    shell.write("d/a", b"1");
    let name = std::ffi::OsString::from_vec(b"caf\xe9".to_vec());
    fs::create_dir(shell.path().join("d").join(&name)).unwrap();
    fs::write(shell.path().join("d").join(&name).join("x"), "2").unwrap();
    let output = run(&shell, &server, &["-put", "d", "s3a://b/to/"]);
    let what = "put: `d/caf\u{fffd}': its name is not UTF-8, as keys must be: caf\\xe9\n";
    assert_eq!((code(&output), stderr(&output).as_str()), (1, what));
    assert_eq!(server.count("PUT", ""), 1);
}
