//! Files that grow as they are sent, or whose length is false.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]
#![cfg(target_os = "linux")]

mod program;
mod scripted;

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;

use program::{KEYS, Shell, stderr};
use scripted::{Response, Server};

const PARTS: [&str; 4] = ["--part-size", "5M", "--multipart-threshold", "5M"];

/// Puts a file that a function changes whenever a part of it is sent. Returns exit code, stderr,
/// and what is stored.
fn put(
    len: usize,
    options: &[&str],
    happens: impl Fn(&Path) + Send + Sync + 'static,
) -> (Option<i32>, String, Option<Vec<u8>>) {
    let shell = Shell::new();
    shell.write("log", &vec![b'a'; len]);
    let log = shell.path().join("log");
    let server = Server::start(move |head, _| {
        if head.starts_with("PUT") {
            happens(&log);
        }
        Response::AsS3
    });
    let begin = ["--endpoint", server.endpoint.as_str(), "-put", "-f", "-t", "1"];
    let words = [&begin[..], &PARTS, options, &["log", "s3a://b/k"]].concat();
    let output = shell.command(&words).envs(KEYS).output().unwrap();
    assert_eq!(server.unfinished(), 0);
    (output.status.code(), stderr(&output), server.object("/b/k"))
}

fn grow(log: &Path) {
    File::options().append(true).open(log).unwrap().write_all(b"more").unwrap();
}

fn cut(log: &Path) {
    File::options().write(true).open(log).unwrap().set_len(10).unwrap();
}

#[test]
fn stores_a_growing_file_as_it_was_when_opened() {
    for len in [1000, (5 << 20) + 7] {
        for options in
            [&["--snapshot"][..], &["--snapshot", "-resume"], &["--snapshot", "--update"]]
        {
            let (code, message, stored) = put(len, options, grow);
            assert_eq!(code, Some(0), "{len} {options:?}: {message}");
            assert!(stored.unwrap() == vec![b'a'; len], "{len} {options:?}");
        }
        let (code, message, _) = put(len, &[], grow);
        assert!(code == Some(1) && message.contains("changed while it was "), "{len}: {message}");
    }
}

#[test]
fn refuses_a_snapshot_of_a_shrinking_file() {
    for options in [&["--snapshot"][..], &[]] {
        let (code, message, stored) = put((5 << 20) + 7, options, cut);
        assert_eq!((code, stored), (Some(1), None), "{message}");
        assert!(message.contains("changed while it was read; nothing was stored"), "{message}");
    }
}

/// Logs are rotated by renaming them.
#[test]
fn stores_a_replaced_file_as_it_was() {
    let (code, message, stored) = put((5 << 20) + 7, &["--snapshot"], |log| {
        let new = log.with_extension("new");
        fs::write(&new, "new").unwrap();
        fs::rename(new, log).unwrap();
    });
    assert_eq!(code, Some(0), "{message}");
    assert!(stored.unwrap() == vec![b'a'; (5 << 20) + 7]);
}

#[test]
fn explains_a_false_file_length() {
    // A page long by its metadata, and a few bytes by its content.
    let names =
        ["kernel/mm/transparent_hugepage/enabled", "kernel/uevent_seqnum", "block/loop0/size"];
    let mut files = names.iter().map(|name| format!("/sys/{name}"));
    let file = files.find(|file| fs::read(file).is_ok());
    let file = &file.expect("a file of /sys whose length is made up");
    let metadata = fs::metadata(file).unwrap();
    let content = fs::read(file).unwrap();
    assert!(metadata.len() > u64::try_from(content.len()).unwrap());
    let expected =
        format!("does not have the length that the system says ({} bytes)", metadata.len());
    let (shell, server) = (Shell::new(), Server::start(|_, _| Response::AsS3));
    let words = ["--endpoint", server.endpoint.as_str(), "-put", file, "s3a://b/k"];
    let output = shell.command(&words).envs(KEYS).output().unwrap();
    let message = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains(&expected), "{message}");
    assert!(message.contains("cat FILE | rolefs -put - DST"), "{message}");
    let words = ["--endpoint", server.endpoint.as_str(), "-put", "-", "s3a://b/k"];
    let output = shell.by_shell(&format!("cat {file} | \"$@\""), &words).output().unwrap();
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(server.object("/b/k").unwrap(), content);
}
