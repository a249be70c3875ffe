//! What a terminal shows on the way, and a pipe does not.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]
#![cfg(target_os = "linux")]

mod program;
mod scripted;

use std::fs::File;
use std::io::Read as _;
use std::thread;

use program::{KEYS, Shell, stderr, stdout};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use scripted::{Answer, Server};

const MIB: usize = 1 << 20;

/// A terminal: what is written to it, and its end for a program.
fn terminal() -> (File, File) {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
    let ours = openpt(flags).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap().into_string().unwrap();
    let theirs = File::options().read(true).write(true).open(name).unwrap();
    (ours.into(), theirs)
}

/// What a terminal is given on stderr, and what stdout has.
fn on_terminal(shell: &Shell, server: &Server, words: &[&str]) -> (String, String) {
    let (mut ours, theirs) = terminal();
    let mut command = shell.command(&[&["--endpoint", &server.endpoint], words].concat());
    command.envs(KEYS).env("TERM", "xterm").stderr(theirs);
    let shown = thread::spawn(move || {
        let mut shown = Vec::new();
        let mut piece = [0; 4096];
        // The end of a terminal that nobody writes to any more is an error.
        while let Ok(read @ 1..) = ours.read(&mut piece) {
            shown.extend(piece.iter().take(read));
        }
        String::from_utf8_lossy(&shown).into_owned()
    });
    let output = command.output().unwrap();
    // It holds the terminal open.
    drop(command);
    (shown.join().unwrap(), stdout(&output))
}

#[test]
fn bars_are_on_terminals_only() {
    let shell = Shell::new();
    shell.write("d/one", &vec![1; 11 * MIB]);
    shell.write("d/two", &vec![2; MIB]);
    let server = Server::start(|_, _| Answer::AsS3);
    let put = ["-put", "-f", "--part-size", "5M", "--multipart-threshold", "5M"];
    let with = |more: &[&'static str]| [&put[..], more].concat();
    let (shown, written) = on_terminal(&shell, &server, &with(&["d", "none", "s3a://b/"]));
    for part in ["d/one ", "d/two ", "total ", "11.00 MiB", "12.00 MiB/12.00 MiB", "MiB/s", "0s"] {
        assert!(shown.contains(part), "{part} in {shown:?}");
    }
    assert!(shown.contains("put: `none': No such file or directory\r\n"), "{shown:?}");
    assert_eq!(written, "");
    // At the end the lines are gone: nothing but a movement of the cursor is left after the last.
    let after = shown.rsplit_once("\u{1b}[2K").unwrap().1;
    assert!(after.chars().all(|c| c.is_control() || "[1A".contains(c)), "{after:?}");

    let (shown, _) = on_terminal(&shell, &server, &["-get", "-ignoreCrc", "s3a://b/d/one", "c"]);
    assert!(shown.contains("11.00 MiB/11.00 MiB"), "{shown:?}");
    for silent in ["-quiet", "-json"] {
        let (shown, _) = on_terminal(&shell, &server, &with(&[silent, "d", "s3a://b/"]));
        assert_eq!(shown, "", "{silent}");
    }

    let words = [&["--endpoint", server.endpoint.as_str()], &with(&["d", "s3a://b/"])[..]].concat();
    let output = shell.command(&words).envs(KEYS).output().unwrap();
    assert_eq!((stdout(&output), stderr(&output)), (String::new(), String::new()));
}
