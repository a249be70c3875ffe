//! Stores that ignore `If-None-Match`, or lack it.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]

mod program;
mod scripted;

use std::fs;

use program::{KEYS, Shell, stderr};
use scripted::{Answer, Server};

/// Returns the exit code and stderr.
fn run(shell: &Shell, server: &Server, words: &[&str]) -> (i32, String) {
    let words = [&["--endpoint", &server.endpoint], words].concat();
    let output = shell.with_stdin(&words, b"", &KEYS);
    (output.status.code().unwrap(), stderr(&output))
}

/// It would have others below it, which no store of files has, and no Hadoop.
#[test]
fn a_directory_does_not_go_below_an_object() {
    let (shell, server) = (Shell::new(), Server::start(|_, _| Answer::AsS3));
    shell.write("d/a", b"1");
    let put = |words: &[&str]| run(&shell, &server, &[&["-put"], words].concat());
    assert_eq!(put(&["d/a", "s3a://b/file"]).0, 0);
    assert_eq!(put(&["d/a", "s3a://b/to/d"]).0, 0);
    for words in
        [&["d", "s3a://b/file"][..], &["-f", "d", "s3a://b/file"], &["-f", "d", "s3a://b/to/"]]
    {
        let (code, told) = put(words);
        assert_eq!(code, 1, "{words:?}");
        assert!(told.ends_with("': Is not a directory\n"), "{told}");
    }
    assert_eq!(server.count("PUT", ""), 2);
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

#[test]
fn a_store_without_conditions_has_a_way_for_each_that_needs_them() {
    let server = Server::start(|head, _| {
        let is_conditional = head.contains("if-none-match: ");
        if is_conditional { Answer::Error(501, "NotImplemented") } else { Answer::AsS3 }
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
        let (code, told) = run(&shell, &server, words);
        assert_eq!(code, 1, "{words:?}");
        assert!(told.contains(&format!("{lacks}{ways_out} does without them\n")), "{told}");
        assert_eq!(run(&shell, &server, without), (0, String::new()), "{without:?}");
    }
    for path in ["/b/k", "/b/d/e/", "/b/u/d/e/", "/b/s/_SUCCESS", "/b/z"] {
        assert!(server.object(path).is_some(), "{path}");
    }
}
