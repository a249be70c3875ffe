//! The sources of `-cp` and `-mv` that cannot be copied.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]

mod program;
mod scripted;

use std::process::Output;

use program::{KEYS, Shell, stderr};
use scripted::{Response, Server};

fn run(server: &Server, words: &[&str]) -> Output {
    let shell = Shell::new();
    let mut command = shell.command(&[&["--endpoint", &server.endpoint], words].concat());
    command.envs(KEYS).env("ROLEFS_STATE_DIR", shell.path().join("state")).output().unwrap()
}

/// Returns the exit code, and the lines on stderr.
fn done(output: &Output) -> (i32, String) {
    (output.status.code().unwrap(), stderr(output))
}

/// By FsShell 3.3.4: only a pattern that matches nothing does not count as a source.
#[test]
fn counts_sources_that_cannot_be_copied() {
    let server = Server::start(|_, _| Response::AsS3);
    server.hold("/b/a", b"one");
    server.hold("/b/d/x", b"ex");
    server.hold("/b/keep", b"kept");
    let (file, absent) = ("Is not a directory", "No such file or directory");
    for (words, target, reason) in [
        (&["-cp", "-f", "s3a://b/a", "s3a://b/none"][..], "s3a://b/keep", file),
        (&["-cp", "-f", "s3a://b/none", "s3a://b/a"], "s3a://b/keep", file),
        (&["-cp", "-f", "s3a://b/none", "s3a://b/no"], "s3a://b/keep", file),
        (&["-cp", "s3a://b/none", "s3a://b/a"], "s3a://b/new", absent),
        (&["-mv", "s3a://b/a", "s3a://b/none"], "s3a://b/new", absent),
        (&["-mv", "s3a://b/a", "s3a://b/none"], "s3a://b/keep", file),
    ] {
        let output = run(&server, &[words, &[target]].concat());
        let name = words[0].trim_start_matches('-');
        assert_eq!(done(&output), (1, format!("{name}: `{target}': {reason}\n")), "{words:?}");
    }
    assert_eq!(
        (server.object("/b/keep").unwrap(), server.object("/b/new")),
        (b"kept".into(), None)
    );
    assert!(server.object("/b/a").is_some());

    let output = run(&server, &["-cp", "-f", "s3a://b/a", "s3a://b/none*", "s3a://b/keep"]);
    assert_eq!(done(&output), (1, format!("cp: `s3a://b/none*': {absent}\n")));
    assert_eq!(server.object("/b/keep").unwrap(), b"one");
    let output = run(&server, &["-mv", "s3a://b/none", "s3a://b/a", "s3a://b/d"]);
    assert_eq!(done(&output), (1, format!("mv: `s3a://b/none': {absent}\n")));
    assert_eq!((server.object("/b/a"), server.object("/b/d/a")), (None, Some(b"one".to_vec())));
}
