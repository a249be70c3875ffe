//! Many small files: they are not asked for one by one where the store refuses to overwrite by
//! itself.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]

mod program;
mod scripted;

use core::sync::atomic::{AtomicUsize, Ordering};

use program::{KEYS, Shell, stderr};
use scripted::{Answer, Server};

const FILES: usize = 60;

/// Returns the content of a file: every third is empty.
fn content(index: usize) -> Vec<u8> {
    if index % 3 == 1 { Vec::new() } else { format!("{index}").into_bytes() }
}

/// Puts a directory of files, of which the last is there already as something else. Gives how many
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
    let told = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("put: `s3a://b/dir/f-59': File exists\n"), "{told}");
    for index in 0..FILES - 1 {
        let stored = server.object(&format!("/b/dir/f-{index:02}")).unwrap();
        assert_eq!(stored, content(index));
    }
    assert_eq!(server.object("/b/dir/f-59").unwrap(), b"other", "it was not overwritten");
    (server.count("HEAD", "/b/dir/f-") - before, server.count("PUT", "/b/dir/f-") - 1)
}

#[test]
fn a_store_that_refuses_is_soon_not_asked_any_more() {
    let (asked, sent) = put(&Server::start(|_, _| Answer::AsS3));
    assert!((16..30).contains(&asked), "{asked}");
    assert_eq!(sent, FILES + 1, "each of them, and one once more");
}

#[test]
fn a_store_that_would_overwrite_is_asked_for_each() {
    let (asked, sent) = put(&Server::start(|_, _| Answer::Overwritten));
    assert_eq!((asked, sent), (FILES, FILES - 1 + 1));
}

#[test]
fn a_store_that_does_not_say_is_asked_for_each() {
    let puts = AtomicUsize::new(0);
    let (asked, sent) = put(&Server::start(move |head, _| {
        let is_trial =
            head.starts_with("PUT /b/dir/f-15") && puts.fetch_add(1, Ordering::Relaxed) == 1;
        if is_trial { Answer::Error(500, "InternalError") } else { Answer::AsS3 }
    }));
    assert_eq!((asked, sent), (FILES, FILES));
}
