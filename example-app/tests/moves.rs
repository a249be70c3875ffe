//! `-moveFromLocal`: what is deleted, and what is not.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]
#![cfg(unix)]

mod program;
mod scripted;

use std::os::unix::fs::symlink;
use std::process::Output;

use program::{KEYS, Shell, stderr};
use scripted::{Answer, Server};

fn run(shell: &Shell, server: &Server, words: &[&str]) -> Output {
    let mut command = shell.command(&[&["--endpoint", &server.endpoint], words].concat());
    command.envs(KEYS).output().unwrap()
}

/// Exit code, and the lines on stderr.
fn told(output: &Output) -> (i32, String) {
    (output.status.code().unwrap(), stderr(output))
}

/// `real/x`, and `link`, which leads to `real`.
fn with_link() -> Shell {
    let shell = Shell::new();
    shell.write("real/x", b"1");
    symlink("real", shell.path().join("link")).unwrap();
    shell
}

const REFUSED: &str =
    "is a symbolic link to a directory, behind which nothing is deleted: name the directory itself";

#[test]
fn a_link_to_a_directory_is_refused_however_it_is_named() {
    let (shell, server) = (with_link(), Server::start(|_, _| Answer::AsS3));
    shell.write("lines", b"link\nlink/\n");
    for name in ["link", "link/", "link//", "./link/."] {
        for destination in ["s3a://b/to/", "s3a://b/new"] {
            let output = run(&shell, &server, &["-moveFromLocal", name, destination]);
            let refused = format!("moveFromLocal: `{name}': {REFUSED}\n");
            assert_eq!(told(&output), (1, refused), "{name} {destination}");
        }
    }
    let words = ["-moveFromLocal", "-f", "--manifest", "lines", "s3a://b/to/"];
    let output = run(&shell, &server, &words);
    let (code, told) = told(&output);
    assert_eq!((code, told.matches(REFUSED).count()), (1, 2), "{told}");
    assert_eq!(server.count("PUT", ""), 0);
    assert!(shell.path().join("real/x").exists() && shell.path().join("link").is_symlink());

    // What only copies follows it.
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
