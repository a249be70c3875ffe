//! Output on the terminal that shows the progress.

use core::time::Duration;
use std::thread;

use crate::program::{KEYS, Shell, stderr, stdout};
use crate::scripted::{Response, Server};
use crate::{of_width, shown};

/// Runs a command with stdout and stderr on one terminal; returns everything that it is given.
fn wholly_on_terminal(shell: &Shell, server: &Server, kind: &str, words: &[&str]) -> String {
    let (ours, theirs) = of_width(100);
    let mut command = shell.command(&[&["--endpoint", server.endpoint.as_str()], words].concat());
    command.envs(KEYS).env("TERM", kind).stdout(theirs.try_clone().unwrap()).stderr(theirs);
    let shown = thread::spawn(move || shown(ours));
    command.status().unwrap();
    // It holds the terminal open.
    drop(command);
    shown.join().unwrap()
}

/// Slow enough that a line of progress would have been drawn meanwhile.
fn slow_server() -> Server {
    Server::start(|_, _| {
        thread::sleep(Duration::from_millis(250));
        Response::AsS3
    })
}

#[test]
fn does_not_erase_output_on_a_terminal() {
    let (shell, server) = (Shell::new(), slow_server());
    server.hold("/b/d/one", b"without a line end");
    server.hold("/b/d/two", b"two");
    for words in [
        &["-ls", "s3a://b/d"][..],
        &["-find", "s3a://b/d"],
        &["-stat", "%n", "s3a://b/d/one", "s3a://b/d/two"],
        &["-count", "s3a://b/d"],
        &["-du", "s3a://b/d"],
        &["-cat", "-ignoreCrc", "s3a://b/d/one"],
        &["-head", "s3a://b/d/one"],
        &["-tail", "s3a://b/d/one"],
        &["-get", "-ignoreCrc", "s3a://b/d/one", "-"],
        &["-sync", "--dry-run", "s3a://b/d", "dir"],
        &["-rm", "s3a://b/d/two"],
    ] {
        let piped = shell.command(&[&["--endpoint", server.endpoint.as_str()], words].concat());
        let piped = { piped }.envs(KEYS).output().unwrap();
        if words[0] == "-rm" {
            server.hold("/b/d/two", b"two");
        }
        let shown = wholly_on_terminal(&shell, &server, "xterm", words);
        let expected = [stdout(&piped), stderr(&piped)].concat().replace('\n', "\r\n");
        assert!(!expected.is_empty(), "{words:?}");
        assert_eq!(shown, expected, "{words:?}");
    }
}

#[test]
fn draws_nothing_on_a_dumb_terminal_nor_for_a_plan() {
    let (shell, server) = (Shell::new(), slow_server());
    shell.write("d/file", b"x");
    for (kind, words, expected) in [
        ("dumb", &["-put", "-f", "d/file", "s3a://b/k"][..], ""),
        ("", &["-put", "-f", "d/file", "s3a://b/k"], ""),
        (
            "xterm",
            &["-sync", "--dry-run", "d", "s3a://b/d"],
            "d/file -> s3a://b/d/file (1 bytes)\r\nsync: 0 up to date, 1 to store\r\n",
        ),
    ] {
        let shown = wholly_on_terminal(&shell, &server, kind, words);
        assert_eq!(shown, expected, "{kind} {words:?}");
    }
}

/// Text that is written beside the lines stays, also without an end of its line.
#[test]
fn keeps_reports_beside_progress() {
    let (shell, server) = (Shell::new(), slow_server());
    shell.write("d/file", b"x");
    server.hold("/b/d/extra", b"y");
    let words = ["-sync", "--delete", "--max-delete", "9", "d", "s3a://b/d"];
    let shown = wholly_on_terminal(&shell, &server, "xterm", &words);
    let last = shown.rsplit("\u{1b}[0J").next().unwrap();
    assert!(shown.contains("total "), "{shown:?}");
    assert!(shown.contains("Deleted s3a://b/d/extra\r\n"), "{shown:?}");
    assert!(!last.contains("total "), "{shown:?}");
}

#[test]
fn shows_no_character_that_a_terminal_obeys() {
    let server = Server::start(|head, _| match head {
        head if head.starts_with("HEAD") => Response::AsS3,
        _ => Response::Says(
            "<ListBucketResult><Name>b</Name><EncodingType>url</EncodingType><IsTruncated>false\
             </IsTruncated><Contents><Key>d/a%1B%5B2J%07%7F%C2%9B%0A%E2%80%AEb</Key><Size>1</Size>\
             <LastModified>2015-08-30T12:36:00.000Z</LastModified></Contents></ListBucketResult>",
        ),
    });
    let shell = Shell::new();
    for words in
        [&["-find", "s3a://b/d"][..], &["-find", "s3a://b/d", "-print0"], &["-ls", "s3a://b/d"]]
    {
        let shown = wholly_on_terminal(&shell, &server, "xterm", words);
        assert!(shown.contains("s3a://b/d/a?[2J?????b"), "{words:?}: {shown:?}");
    }
    let words = ["--endpoint", server.endpoint.as_str(), "-find", "s3a://b/d", "-name", "a*"];
    let piped = shell.command(&words).envs(KEYS).output().unwrap();
    assert_eq!(stdout(&piped), "s3a://b/d/a\u{1b}[2J\u{7}\u{7f}\u{9b}\n\u{202e}b\n");
}

#[test]
fn keeps_the_tabs_of_a_checksum_on_a_terminal() {
    let server = Server::start(|_, _| Response::AsS3);
    server.hold("/b/a", b"x");
    let shell = Shell::new();
    let shown = wholly_on_terminal(&shell, &server, "xterm", &["-checksum", "-v", "s3a://b/a"]);
    assert!(shown.contains("s3a://b/a\t") && shown.contains("\tBlockSize="), "{shown:?}");
    assert!(!shown.contains('?'), "{shown:?}");
}

#[test]
fn keeps_the_tabs_of_a_format_on_a_terminal() {
    let server = Server::start(|_, _| Response::AsS3);
    server.hold("/b/a", b"x");
    let shell = Shell::new();
    let words = ["-stat", "%n\t%b\t%F", "s3a://b/a"];
    let shown = wholly_on_terminal(&shell, &server, "xterm", &words);
    assert!(shown.contains("a\t1\tregular file"), "{shown:?}");
}
