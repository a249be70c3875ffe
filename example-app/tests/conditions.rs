//! Stores that ignore `If-None-Match`, or lack it.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]

mod program;
mod scripted;

use std::fs;

use program::{KEYS, Shell, stderr};
use scripted::{Response, Server};

/// Returns the exit code and stderr.
fn run(shell: &Shell, server: &Server, words: &[&str]) -> (i32, String) {
    let words = [&["--endpoint", &server.endpoint], words].concat();
    let output = shell.with_stdin(&words, b"", &KEYS);
    (output.status.code().unwrap(), stderr(&output))
}

/// An object with others below it does not fit file systems, or Hadoop.
#[test]
fn refuses_a_directory_below_an_object() {
    let (shell, server) = (Shell::new(), Server::start(|_, _| Response::AsS3));
    shell.write("d/a", b"1");
    let put = |words: &[&str]| run(&shell, &server, &[&["-put"], words].concat());
    assert_eq!(put(&["d/a", "s3a://b/file"]).0, 0);
    assert_eq!(put(&["d/a", "s3a://b/to/d"]).0, 0);
    for words in
        [&["d", "s3a://b/file"][..], &["-f", "d", "s3a://b/file"], &["-f", "d", "s3a://b/to/"]]
    {
        let (code, message) = put(words);
        assert_eq!(code, 1, "{words:?}");
        assert!(message.ends_with("': Is not a directory\n"), "{message}");
    }
    assert_eq!(server.count("PUT", ""), 2);
}

#[test]
fn does_not_overwrite_with_a_marker() {
    let server = Server::start(|_, _| Response::Overwritten);
    let shell = Shell::new();
    shell.write("t/a", b"1");
    fs::create_dir(shell.path().join("t/e")).unwrap();
    fs::create_dir(shell.path().join("t/new")).unwrap();
    for path in ["/b/t/e/", "/b/t/_SUCCESS"] {
        server.hold(path, b"7 bytes");
    }
    let message = run(&shell, &server, &["-put", "-success", "t", "s3a://b/"]);
    assert_eq!(message, (0, String::new()), "an existing one suffices");
    for path in ["/b/t/e/", "/b/t/_SUCCESS"] {
        assert_eq!(server.object(path).unwrap(), b"7 bytes", "{path}");
    }
    assert_eq!(server.object("/b/t/new/"), Some(Vec::new()));
}

#[test]
fn does_not_send_conditions_for_markers_after_a_refusal() {
    let server = Server::start(|_, _| Response::AsS3);
    let shell = Shell::new();
    for index in 0..20 {
        shell.write(&format!("t/{index:02}"), b"1");
    }
    fs::create_dir(shell.path().join("t/later")).unwrap();
    server.hold("/b/t/later/", b"7 bytes");
    let message = run(&shell, &server, &["-put", "-t", "1", "t", "s3a://b/"]);
    assert_eq!(message, (0, String::new()));
    assert_eq!(server.object("/b/t/later/").unwrap(), b"7 bytes");
    assert_eq!(server.count("HEAD", "/b/t/later/"), 0);
}

#[test]
fn names_an_option_for_stores_without_conditions() {
    let server = Server::start(|head, _| {
        let is_conditional = head.contains("if-none-match: ");
        if is_conditional { Response::Error(501, "NotImplemented") } else { Response::AsS3 }
    });
    let shell = Shell::new();
    shell.write("a", b"1");
    fs::create_dir_all(shell.path().join("d/e")).unwrap();
    fs::create_dir(shell.path().join("none")).unwrap();
    shell.write("manifest", b"");
    let lacks = "(status 501, request id request-501): the store lacks this; if it lacks conditional writes, ";
    for (words, ways_out, without) in [
        (&["-put", "a", "s3a://b/k"][..], "-f", &["-put", "-f", "a", "s3a://b/k"][..]),
        (&["-put", "d", "s3a://b/"], "-f", &["-put", "-f", "d", "s3a://b/"]),
        (
            &["-put", "--update", "-f", "d", "s3a://b/u/"],
            "-f without --update",
            &["-put", "-f", "d", "s3a://b/u/"],
        ),
        (
            &["-put", "-success", "--manifest", "manifest", "s3a://b/s/"],
            "-f",
            &["-put", "-f", "-success", "--manifest", "manifest", "s3a://b/s/"],
        ),
        (
            &["-touchz", "s3a://b/z"],
            "-put -f of an empty file",
            &["-put", "-f", "manifest", "s3a://b/z"],
        ),
    ] {
        let (code, message) = run(&shell, &server, words);
        assert_eq!(code, 1, "{words:?}");
        assert!(message.contains(&format!("{lacks}{ways_out} does without them\n")), "{message}");
        assert_eq!(run(&shell, &server, without), (0, String::new()), "{without:?}");
    }
    for path in ["/b/k", "/b/d/e/", "/b/u/d/e/", "/b/s/_SUCCESS", "/b/z"] {
        assert!(server.object(path).is_some(), "{path}");
    }
}

/// Without the length of its parts, an object in parts is compared by likely ones, or sent again.
#[test]
fn asks_again_for_the_length_of_the_first_part() {
    let shell = Shell::new();
    shell.write("a", &vec![0; 6 << 20]);
    for status in [500, 503, 429] {
        let server = Server::start(move |head, times| {
            let is_first = head.contains("?partNumber=1 ") && times == 0;
            if is_first { Response::Error(status, "") } else { Response::AsS3 }
        });
        let size = ["--part-size", "5M", "--multipart-threshold", "5M"];
        let parts = [&["--md5"], &size[..], &["a", "s3a://b/a"]].concat();
        assert_eq!(run(&shell, &server, &[&["-put"], &parts[..]].concat()).0, 0);
        let update = [&["-put", "--update"], &parts[..]].concat();
        let up_to_date = "put: 1 up to date, 0 stored\n".to_owned();
        assert_eq!(run(&shell, &server, &update), (0, up_to_date));
        assert_eq!(server.count("HEAD", "?partNumber=1 "), 2, "{status}");
    }
}
