//! `-moveFromLocal`: deletions, and files that are kept.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]
#![cfg(unix)]

mod program;
mod scripted;

use std::fs;
use std::os::unix::fs::symlink;
use std::process::Output;

use program::{KEYS, Shell, stderr, stdout};
use scripted::{Response, Server};

fn run(shell: &Shell, server: &Server, words: &[&str]) -> Output {
    let mut command = shell.command(&[&["--endpoint", &server.endpoint], words].concat());
    command.envs(KEYS).output().unwrap()
}

/// Returns the exit code, and the lines on stderr.
fn done(output: &Output) -> (i32, String) {
    (output.status.code().unwrap(), stderr(output))
}

/// Writes `real/x`, and `link`, which leads to `real`.
fn with_link() -> Shell {
    let shell = Shell::new();
    shell.write("real/x", b"1");
    symlink("real", shell.path().join("link")).unwrap();
    shell
}

const REFUSED: &str =
    "is a symbolic link to a directory, behind which nothing is deleted: name the directory itself";

#[test]
fn refuses_a_link_to_a_directory_by_every_name() {
    let (shell, server) = (with_link(), Server::start(|_, _| Response::AsS3));
    shell.write("lines", b"link\nlink/\n");
    for name in ["link", "link/", "link//", "./link/."] {
        for destination in ["s3a://b/to/", "s3a://b/new"] {
            let output = run(&shell, &server, &["-moveFromLocal", name, destination]);
            let refused = format!("moveFromLocal: `{name}': {REFUSED}\n");
            assert_eq!(done(&output), (1, refused), "{name} {destination}");
        }
    }
    let words = ["-moveFromLocal", "--manifest", "lines", "s3a://b/to/"];
    let output = run(&shell, &server, &words);
    let (code, text) = done(&output);
    assert_eq!((code, text.matches(REFUSED).count()), (1, 2), "{text}");
    assert_eq!(server.count("PUT", ""), 0);
    assert!(shell.path().join("real/x").exists() && shell.path().join("link").is_symlink());

    // Commands that only copy follow it.
    let output = run(&shell, &server, &["-put", "link", "s3a://b/to/"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(server.object("/b/to/link/x").is_some());
    // The directory itself is moved, and so is a file that a link leads to: of that, the link.
    symlink("../lines", shell.path().join("real/file")).unwrap();
    let output = run(&shell, &server, &["-moveFromLocal", "real/", "s3a://b/to/"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(!shell.path().join("real").exists() && shell.path().join("lines").exists());
    assert!(server.object("/b/to/real/file").is_some());
}

#[test]
fn plans_a_move_in_a_dry_run() {
    let (shell, server) = (with_link(), Server::start(|_, _| Response::AsS3));
    shell.write("d/a", b"22");
    fs::create_dir(shell.path().join("d/empty")).unwrap();
    symlink("../real", shell.path().join("d/link")).unwrap();
    let sources = ["link", "d", "s3a://b/to/"];
    let planned = shell.run(&[&["-moveFromLocal", "--dry-run"], &sources[..]].concat());
    let lines = "d/a -> s3a://b/to/d/a (2 bytes)\nd/empty -> s3a://b/to/d/empty/ (0 bytes)\n";
    assert_eq!(stdout(&planned), lines);
    for name in ["real/x", "d/a", "d/empty"] {
        assert!(shell.path().join(name).exists(), "{name}");
    }
    let moved = run(&shell, &server, &[&["-moveFromLocal"], &sources[..]].concat());
    assert_eq!(done(&planned), done(&moved));
    assert!(server.count("PUT", "") == 2 && server.object("/b/to/d/a").is_some());
    assert!(shell.path().join("real/x").exists() && !shell.path().join("d/a").exists());
}

/// Nothing is left in it when it is planned; nor is it deleted then.
#[test]
fn deletes_no_empty_directory_in_a_dry_run() {
    let shell = Shell::new();
    fs::create_dir_all(shell.path().join("d/empty")).unwrap();
    let planned = shell.run(&["-moveFromLocal", "--dry-run", "d", "s3a://b/to/"]);
    assert_eq!(done(&planned), (0, String::new()));
    assert!(shell.path().join("d/empty").exists());
}

/// From this number of files on, one is sent twice, to see whether the store overwrites.
#[test]
fn names_a_file_stored_twice_by_its_last_name() {
    let server =
        Server::start(
            |head, _| {
                if head.starts_with("PUT") { Response::CalledAnew } else { Response::AsS3 }
            },
        );
    let shell = Shell::new();
    for index in 0..20 {
        shell.write(&format!("d/{index}"), b"abc");
    }
    let output = run(&shell, &server, &["-moveFromLocal", "d", "s3a://b/"]);
    assert_eq!(done(&output), (0, String::new()));
    assert_eq!(server.count("PUT", ""), 21);
    assert!(!shell.path().join("d").exists());
}
