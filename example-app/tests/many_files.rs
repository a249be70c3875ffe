//! Many small files: they are not checked one by one where the store itself refuses to overwrite.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]

mod program;
mod scripted;

use core::sync::atomic::{AtomicUsize, Ordering};
#[cfg(target_os = "linux")]
use std::{
    fs,
    io::{BufRead as _, BufReader},
    process::Stdio,
};

use program::{KEYS, Shell, stderr};
use scripted::{Response, Server};

const FILES: usize = 60;

/// Returns the content of a file: every third is empty.
fn content(index: usize) -> Vec<u8> {
    if index % 3 == 1 { Vec::new() } else { format!("{index}").into_bytes() }
}

/// Puts a directory of files, the last of which exists already with other content. Returns how many
/// questions and how many puts the server got.
fn put(server: &Server) -> (usize, usize) {
    let shell = Shell::new();
    let run = |words: &[&str]| {
        let words = [&["--endpoint", &server.endpoint, "put"], words].concat();
        shell.command(&words).envs(KEYS).output().unwrap()
    };
    shell.write("other", b"other");
    assert!(run(&["other", "s3a://b/dir/f-59"]).status.success());
    let before = server.count("HEAD", "/b/dir/f-");
    for index in 0..FILES {
        shell.write(&format!("dir/f-{index:02}"), &content(index));
    }

    // One at a time, so that the last is the last.
    let output = run(&["-t", "1", "dir", "s3a://b/"]);
    let message = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.contains("put: `s3a://b/dir/f-59': File exists\n"), "{message}");
    for index in 0..FILES - 1 {
        let stored = server.object(&format!("/b/dir/f-{index:02}")).unwrap();
        assert_eq!(stored, content(index));
    }
    assert_eq!(server.object("/b/dir/f-59").unwrap(), b"other", "it was not overwritten");
    (server.count("HEAD", "/b/dir/f-") - before, server.count("PUT", "/b/dir/f-") - 1)
}

#[test]
fn stops_asking_a_refusing_store_soon() {
    let (asked, sent) = put(&Server::start(|_, _| Response::AsS3));
    assert!((16..30).contains(&asked), "{asked}");
    assert_eq!(sent, FILES + 1, "each of them, and one once more");
}

#[test]
fn asks_a_store_that_would_overwrite_for_each() {
    let (asked, sent) = put(&Server::start(|_, _| Response::Overwritten));
    assert_eq!((asked, sent), (FILES, FILES - 1 + 1));
}

#[test]
fn asks_a_silent_store_for_each() {
    let puts = AtomicUsize::new(0);
    let (asked, sent) = put(&Server::start(move |head, _| {
        let is_trial =
            head.starts_with("PUT /b/dir/f-15") && puts.fetch_add(1, Ordering::Relaxed) == 1;
        if is_trial { Response::Error(500, "InternalError") } else { Response::AsS3 }
    }));
    assert_eq!((asked, sent), (FILES, FILES));
}

/// Returns the most memory, in bytes, that a plan of so many files has taken so far when all but
/// some of its lines are read: the program waits for a reader then.
#[cfg(target_os = "linux")]
fn memory_of_a_plan(files: usize) -> usize {
    let shell = Shell::new();
    for index in 0..files {
        shell.write(&format!("dir/part-{index:05}"), b"");
    }
    let mut plan = shell.command(&["-put", "--dry-run", "dir", "s3a://b/"]);
    let mut plan = plan.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(plan.stdout.take().unwrap()).lines();
    // As much as a pipe and two buffers hold stays.
    assert_eq!(lines.by_ref().take(files - 1_900).map_while(Result::ok).count(), files - 1_900);
    let status = fs::read_to_string(format!("/proc/{}/status", plan.id())).unwrap();
    assert_eq!(lines.map_while(Result::ok).count(), 1_900);
    assert!(plan.wait().unwrap().success());
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    peak.trim().strip_suffix(" kB").unwrap().parse::<usize>().unwrap() * 1024
}

#[test]
#[cfg(target_os = "linux")]
fn takes_no_memory_for_the_names_of_a_directory() {
    let (few, many) = (memory_of_a_plan(2_000), memory_of_a_plan(40_000));
    // If names were held: 180 bytes for each.
    let growth = many.saturating_sub(few) / 38_000;
    assert!(growth < 60, "{growth} bytes for each file");
}
