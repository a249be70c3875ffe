//! Signals during work that sends no request: walks, comparisons of names, hashes, and the last
//! steps of a file. A signal ends them at once, unless they would leave something half done.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]
#![cfg(target_os = "linux")]

mod program;
mod scripted;

use core::time::Duration;
use std::fs::{self, File};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::Instant;

use program::{Shell, send, stderr, wait_until};
use scripted::{Response, Server};

/// A pattern that matches nothing, and takes this many steps to see so for each letter of a name.
fn slow(steps: usize) -> String {
    "?".repeat(steps)
}

/// Makes a directory with as many files, and returns a server that holds as many objects.
fn many(shell: &Shell, files: usize, objects: usize) -> Server {
    let server = Server::start(|_, _| Response::AsS3);
    for number in 0..files {
        shell.write(&format!("d/{number:0>200}"), b"1");
    }
    for number in 0..objects {
        server.hold(&format!("/b/d/{number:0>200}"), b"1");
    }
    server
}

/// Sends SIGTERM to a command a while after its first request, and returns how it ended. Without
/// the signal it would take minutes.
fn ended(shell: &Shell, server: &Server, words: &[&str]) -> Output {
    let words = [&["--endpoint", &server.endpoint], words].concat();
    let mut command = shell.by_shell("exec \"$@\"", &words);
    let child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("a request", || server.count("GET", "") > 0);
    sleep(Duration::from_millis(500));
    let began = Instant::now();
    send("TERM", &child);
    let output = child.wait_with_output().unwrap();
    let took = began.elapsed();
    assert_eq!(output.status.signal(), Some(15), "{}", stderr(&output));
    assert!(took < Duration::from_secs(10), "it went on for {took:?}");
    output
}

#[test]
fn ends_the_walk_for_files_to_delete() {
    let shell = Shell::new();
    let server = many(&shell, 1500, 1);
    let exclude = slow(100_000);
    ended(&shell, &server, &["-sync", "--delete", "--exclude", &exclude, "s3a://b/d", "d"]);
    assert_eq!(fs::read_dir(shell.path().join("d")).unwrap().count(), 1500);
}

#[test]
fn ends_the_comparison_of_names_with_files() {
    let shell = Shell::new();
    let server = many(&shell, 1, 4000);
    let exclude = slow(10_000);
    ended(&shell, &server, &["-sync", "--delete", "--exclude", &exclude, "d", "s3a://b/d"]);
    ended(&shell, &server, &["-sync", "--delete", "--exclude", &exclude, "s3a://b/d", "d"]);
    assert_eq!(server.objects("/b/d/"), 4000);
}

/// All of them are excluded, so that nothing is sent.
#[test]
fn ends_the_walk_for_files_to_send() {
    let shell = Shell::new();
    let server = many(&shell, 1500, 0);
    server.hold("/b/d/x", b"1");
    let exclude = slow(100_000);
    let excluded = ["--exclude", &exclude, "--exclude", "0*"];
    for (before, after) in [
        (&["-put"][..], &["d", "s3a://b/to/"]),
        (&["-sync", "--delete"], &["d", "s3a://b/d"]),
        (&["-sync", "--dry-run"], &["d", "s3a://b/d"]),
    ] {
        ended(&shell, &server, &[before, &excluded, after].concat());
    }
    assert_eq!((server.count("PUT", ""), server.objects("/b/")), (0, 1));
}

/// Three hashes of it take far longer than the end of the command may.
#[test]
fn ends_the_hash_of_a_large_file() {
    let shell = Shell::new();
    let server = many(&shell, 0, 0);
    File::create(shell.path().join("a")).unwrap().set_len(5 << 30).unwrap();
    let whole = ["-D", "fs.s3a.multipart.uploads.enabled=false"];
    let hashes = ["-put", "--md5", "--checksum", "sha512", "a", "s3a://b/k"];
    ended(&shell, &server, &[&whole, &hashes[..]].concat());
    assert_eq!(server.count("PUT", ""), 0);
}

/// Whoever opens old checksums that are a FIFO waits for a writer.
#[test]
fn publishes_a_merged_file_before_it_ends() {
    let shell = Shell::new();
    let server = Server::start(|_, _| Response::AsS3);
    server.hold("/b/d/x", b" ");
    shell.write("k", b"old");
    let fifo = shell.path().join(".k.crc");
    assert!(Command::new("mkfifo").arg(&fifo).status().unwrap().success());
    let words = ["--endpoint", &server.endpoint, "-getmerge", "s3a://b/d", "k"];
    let mut child = shell.by_shell("exec \"$@\"", &words).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("a name", || fs::read(shell.path().join("k")).unwrap() == b" ");
    send("TERM", &child);
    sleep(Duration::from_millis(300));
    assert_eq!(child.try_wait().unwrap(), None, "it ended before the file was published");
    fs::write(&fifo, b"something else").unwrap();
    let output = child.wait_with_output().unwrap();
    let expected = "getmerge: interrupted: 1 objects (1 bytes) were fetched before\n";
    assert_eq!((output.status.signal(), stderr(&output).as_str()), (Some(15), expected));
}
