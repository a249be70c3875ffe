//! The progress on a terminal, which a pipe does not get.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]
#![cfg(target_os = "linux")]

mod output;
#[path = "../program/mod.rs"]
mod program;
#[path = "../scripted/mod.rs"]
mod scripted;

use core::time::Duration;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::Command;
use std::thread;
use std::time::Instant;

use program::{KEYS, Shell, stderr, stdout};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};
use scripted::{Response, Server};

const MIB: usize = 1 << 20;

/// Opens a terminal: what is written to it, and its end for a program.
fn terminal() -> (File, File) {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
    let ours = openpt(flags).unwrap();
    grantpt(&ours).unwrap();
    unlockpt(&ours).unwrap();
    let name = ptsname(&ours, Vec::new()).unwrap().into_string().unwrap();
    let theirs = File::options().read(true).write(true).open(name).unwrap();
    (ours.into(), theirs)
}

fn of_width(columns: u16) -> (File, File) {
    let (ours, theirs) = terminal();
    let size = Winsize { ws_row: 24, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
    tcsetwinsize(&theirs, size).unwrap();
    (ours, theirs)
}

/// Returns everything that a terminal is given.
fn shown(mut ours: File) -> String {
    let mut shown = Vec::new();
    let mut piece = [0; 4096];
    // The end of a terminal that nobody writes to any more is an error.
    while let Ok(read @ 1..) = ours.read(&mut piece) {
        shown.extend(piece.iter().take(read));
    }
    String::from_utf8_lossy(&shown).into_owned()
}

/// Returns what a terminal is given on stderr, and what stdout contains.
fn on_terminal(shell: &Shell, server: &Server, words: &[&str]) -> (String, String) {
    on(terminal(), shell, server, words)
}

fn on(
    (ours, theirs): (File, File),
    shell: &Shell,
    server: &Server,
    words: &[&str],
) -> (String, String) {
    let mut command = shell.command(&[&["--endpoint", &server.endpoint], words].concat());
    command.envs(KEYS).env("TERM", "xterm").stderr(theirs);
    let shown = thread::spawn(move || shown(ours));
    let output = command.output().unwrap();
    // It holds the terminal open.
    drop(command);
    (shown.join().unwrap(), stdout(&output))
}

#[test]
fn draws_bars_only_on_terminals() {
    let shell = Shell::new();
    shell.write("d/one", &vec![1; 11 * MIB]);
    shell.write("d/two", &vec![2; MIB]);
    let server = Server::start(|_, _| Response::AsS3);
    let put = ["-put", "-f", "--part-size", "5M", "--multipart-threshold", "5M"];
    let with = |more: &[&'static str]| [&put[..], more].concat();
    let (shown, written) = on_terminal(&shell, &server, &with(&["d", "none", "s3a://b/"]));
    for part in ["d/one ", "d/two ", "total ", "11.00 MiB", "12.00 MiB/12.00 MiB", "MiB/s", "0s"] {
        assert!(shown.contains(part), "{part} in {shown:?}");
    }
    assert!(shown.contains("put: `none': No such file or directory\r\n"), "{shown:?}");
    assert_eq!(written, "");
    // At the end the lines are gone.
    assert!(shown.ends_with("\r\u{1b}[0J"), "{shown:?}");

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

/// Returns the lines that a terminal showed, without what moves its cursor and fills it up.
fn lines(shown: &str) -> Vec<String> {
    let shown = shown.replace("total ", "\ntotal ");
    let lines = shown.split(['\r', '\n', '\u{1b}']).map(|line| match line.strip_prefix('[') {
        Some(sequence) => sequence.split_once(char::is_alphabetic).map_or("", |(_, rest)| rest),
        None => line,
    });
    lines.map(|line| line.trim_end().to_owned()).collect()
}

#[test]
fn shows_sent_bytes_and_remaining_time_on_a_slow_line() {
    let shell = Shell::new();
    shell.write("file", &vec![1; 3 * MIB]);
    let server = Server::start(|_, _| Response::AsS3);
    // In one request: S3 acknowledges nothing before the end.
    let put = ["-put", "-f", "--bandwidth", "1M", "file", "s3a://b/k"];
    for (columns, some_of_it) in [(80, "1.50 MiB/3.00 MiB"), (40, "1.5 MiB/3.0 MiB")] {
        let (shown, _) = on(of_width(columns), &shell, &server, &put);
        let lines = lines(&shown);
        let fit = |line: &String| line.chars().count() < usize::from(columns);
        assert!(lines.iter().all(fit), "{columns}: {lines:#?}");
        let (_, total) = some_of_it.split_once('/').unwrap();
        let partly = |line: &&String| {
            let left = line.rsplit_once(' ').and_then(|(_, left)| left.strip_suffix('s'));
            line.contains(total) && left.is_some_and(|left| left.parse().is_ok_and(|s: u32| s > 0))
        };
        assert!(lines.iter().any(|line| partly(&line)), "{columns}: {lines:#?}");
        let nothing_of_it = if columns == 80 { " 0 B in S3" } else { " S3 0%" };
        let sent = |line: &&String| line.contains(nothing_of_it) && !line.contains(" 0 B/");
        assert!(lines.iter().any(|line| sent(&line)), "{columns}: {lines:#?}");
        assert!(!lines.iter().filter(sent).any(|line| line.ends_with(" 0s")), "{lines:#?}");
    }
}

#[test]
fn counts_resent_bytes_once() {
    let shell = Shell::new();
    shell.write("file", &vec![1; MIB]);
    let server = Server::start(|head, times| {
        let is_cut = head.starts_with("PUT") && times < 2;
        if is_cut { Response::Reset } else { Response::AsS3 }
    });
    let put = ["-put", "-f", "--bandwidth", "1M", "file", "s3a://b/k"];
    let (shown, _) = on(of_width(80), &shell, &server, &put);
    for line in lines(&shown).into_iter().filter(|line| line.contains("/1.00 MiB")) {
        assert!(
            line.contains("KiB/1.00 MiB")
                || line.contains(" 1.00 MiB/1.00 MiB")
                || line.contains(" 0 B/"),
            "{line}"
        );
    }
    assert!(shown.contains("1.00 MiB in S3"), "{shown:?}");
}

#[test]
fn leaves_nothing_behind_after_losing_the_terminal() {
    let server =
        Server::start(
            |head, _| {
                if head.contains("partNumber=2") { Response::Never } else { Response::AsS3 }
            },
        );
    let shell = Shell::new();
    shell.write("a", &vec![1; 5 * MIB + 1]);
    let (ours, theirs) = terminal();
    let words = ["-put", "--part-size", "5M", "--multipart-threshold", "5M", "a", "s3a://b/k"];
    let mut child = Command::new("setsid")
        .args(["--ctty", env!("CARGO_BIN_EXE_rolefs"), "--endpoint", &server.endpoint])
        .args(words)
        .current_dir(shell.path())
        .envs(KEYS)
        .env("TERM", "xterm")
        .stdin(theirs.try_clone().unwrap())
        .stdout(theirs.try_clone().unwrap())
        .stderr(theirs)
        .spawn()
        .unwrap();
    while server.count("PUT", "partNumber=2") == 0 {
        thread::sleep(Duration::from_millis(20));
    }
    drop(ours);
    assert_eq!(child.wait().unwrap().signal(), Some(1));
    assert_eq!((server.object("/b/k"), server.unfinished()), (None, 0));
}

#[test]
fn ends_signed_output_with_a_newline_on_a_terminal() {
    let shell = Shell::new();
    for show in ["url", "curl", "signature"] {
        let (ours, theirs) = terminal();
        let words = ["--region", "us-east-1", "-sign", "--service", "s3", "--presign", "60"];
        let mut command = shell.command(&[&words[..], &["--show", show]].concat());
        shell.write("request", b"GET / HTTP/1.1\r\nHost: h\r\n\r\n");
        let request = File::open(shell.path().join("request")).unwrap();
        let reader = thread::spawn(move || shown(ours));
        assert!(command.envs(KEYS).stdin(request).stdout(theirs).status().unwrap().success());
        drop(command);
        let shown = reader.join().unwrap();
        assert!(shown.ends_with("\r\n"), "{show}: {shown:?}");
    }
}

/// Ctrl-S stops the terminal, and nothing else.
#[test]
fn does_not_stall_a_transfer_on_a_stopped_terminal() {
    let shell = Shell::new();
    for name in ["d/one", "d/two", "d/three"] {
        shell.write(name, &vec![1; MIB]);
    }
    let server = Server::start(|_, _| Response::AsS3);
    let (mut ours, theirs) = of_width(80);
    ours.write_all(b"\x13").unwrap();
    let put = ["-put", "-f", "-t", "1", "--bandwidth", "2M", "d", "s3a://b/"];
    let mut command =
        shell.command(&[&["--endpoint", server.endpoint.as_str()], &put[..]].concat());
    let mut child = command.envs(KEYS).env("TERM", "xterm").stderr(theirs).spawn().unwrap();
    drop(command);
    let begun = Instant::now();
    let ended = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if begun.elapsed() > Duration::from_secs(40) {
            child.kill().unwrap();
        }
        thread::sleep(Duration::from_millis(20));
    };
    assert_eq!((ended.code(), server.count("PUT", "/b/d/")), (Some(0), 3));
    drop(ours);
}

/// The total is known from the listing, or from the sources, before anything is fetched.
#[test]
fn counts_files_that_have_not_begun() {
    let shell = Shell::new();
    let server = Server::start(|_, _| Response::AsS3);
    for name in ["one", "two", "three"] {
        shell.write(name, &vec![1; MIB]);
        shell.write(&format!("d/{name}"), &vec![1; MIB]);
        server.hold(&format!("/b/tree/{name}"), &vec![1; MIB]);
    }
    for words in [
        &["-put", "-f", "one", "two", "three", "s3a://b/"][..],
        &["-put", "-f", "-t", "1", "d", "s3a://b/"],
        &["-get", "-ignoreCrc", "-t", "1", "s3a://b/tree", "got"],
    ] {
        let words = [words, &["--bandwidth", "2M"]].concat();
        let (shown, _) = on(of_width(80), &shell, &server, &words);
        let lines = lines(&shown);
        // While the first is being sent.
        let is_ahead = |line: &&String| {
            line.starts_with("total")
                && (line.contains(" 0 B/3.00 MiB") || line.contains("KiB/3.00 MiB"))
        };
        assert!(lines.iter().any(|line| is_ahead(&line)), "{words:?}: {lines:#?}");
    }
}
