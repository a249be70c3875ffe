//! `--bandwidth`: transfers take the time that they should, and arrive complete.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]

mod program;
mod scripted;

use core::time::Duration;
use std::time::Instant;

use program::{KEYS, Shell, stderr};
use scripted::{Response, Server};

/// Runs a command, which must succeed, and returns how long it took.
fn took(shell: &Shell, server: &Server, words: &[&str]) -> Duration {
    let began = Instant::now();
    let mut command = shell.command(&[&["--endpoint", &server.endpoint][..], words].concat());
    let output = command.envs(KEYS).output().unwrap();
    assert!(output.status.success(), "{words:?}: {}", stderr(&output));
    began.elapsed()
}

/// A transfer can be slower than that on any machine, but not faster.
const SECOND: Duration = Duration::from_secs(1);

#[test]
fn shares_one_limit_among_files_in_both_directions() {
    let (shell, server) = (Shell::new(), Server::start(|_, _| Response::AsS3));
    let content = vec![b' '; 50_000];
    for name in ["dir/a", "dir/b", "dir/c"] {
        shell.write(name, &content);
    }
    let put = ["put", "--bandwidth", "100K", "dir/a", "dir/b", "dir/c", "s3a://b/dir/"];
    assert!(took(&shell, &server, &put) >= SECOND);
    assert_eq!(server.object("/b/dir/c").unwrap(), content);

    std::fs::create_dir(shell.path().join("got")).unwrap();
    let got = ["s3a://b/dir/a", "s3a://b/dir/b", "s3a://b/dir/c", "got"];
    // The last piece that arrives is not waited for.
    let get = [&["get", "--bandwidth", "50k"][..], &got].concat();
    assert!(took(&shell, &server, &get) >= SECOND);
    assert_eq!(std::fs::read(shell.path().join("got/c")).unwrap(), content);
}

/// A piece of a body takes longer than the server may be silent, which is more than a busy machine
/// needs for its response.
#[test]
fn does_not_time_out_throttled_transfers() {
    let (shell, server) = (Shell::new(), Server::start(|_, _| Response::AsS3));
    let content = vec![b' '; 200_000];
    shell.write("a", &content);
    let words = ["-D", "fs.s3a.connection.timeout=1500", "put", "--bandwidth", "60K"];
    assert!(took(&shell, &server, &[&words[..], &["a", "s3a://b/k"]].concat()) >= SECOND);
    assert!(server.object("/b/k").unwrap() == content);
    assert_eq!(server.count("PUT", "/b/k "), 1, "not again");
}

#[test]
fn shares_one_limit_among_parts() {
    let (shell, server) = (Shell::new(), Server::start(|_, _| Response::AsS3));
    let content: Vec<u8> = (0..=255).cycle().take((10 << 20) + 1).collect();
    shell.write("a", &content);
    let put = [
        &["-D", "fs.s3a.connection.timeout=1500", "put", "--bandwidth", "2500K"][..],
        &["--part-size", "5M", "--multipart-threshold", "5M", "a", "s3a://b/k"],
    ];
    assert!(took(&shell, &server, &put.concat()) >= SECOND);
    assert!(server.object("/b/k").unwrap() == content);
    assert_eq!(server.count("PUT", "partNumber"), 3);
}

#[test]
fn refuses_a_zero_rate() {
    let shell = Shell::new();
    let output = shell.run(&["put", "--bandwidth", "0", "a", "s3a://b/k"]);
    assert_eq!(output.status.code(), Some(255));
    assert!(stderr(&output).contains("leave the option out for no limit"), "{}", stderr(&output));
}
