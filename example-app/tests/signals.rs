//! Signals: what asks a program to end is cleared up after, and shells see by what it ended.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]
#![cfg(target_os = "linux")]

mod program;
mod scripted;

use core::time::Duration;
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::Instant;

use program::{Shell, stderr};
use scripted::{Answer, Server};

const PART: usize = 5 << 20;

fn wait_until(what: &str, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_mins(1), "{what}");
        sleep(Duration::from_millis(20));
    }
}

fn send(signal: &str, child: &Child) {
    let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status();
    assert!(sent.unwrap().success());
}

/// Starts a server that never answers the second part, and a put of two parts that waits for it.
fn stuck(script: &str) -> (Shell, Server, Child) {
    let server =
        Server::start(
            |head, _| {
                if head.contains("partNumber=2") { Answer::Never } else { Answer::AsS3 }
            },
        );
    let shell = Shell::new();
    shell.write("a", &vec![1; PART + 1]);
    let words = ["--endpoint", &server.endpoint, "-put", "--part-size", "5M"];
    let words = [&words[..], &["--multipart-threshold", "5M", "a", "s3a://b/k"]].concat();
    let mut command = shell.by_shell(script, &words);
    let child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("a second part", || server.count("PUT", "partNumber=2") > 0);
    (shell, server, child)
}

#[test]
fn a_signal_that_was_ignored_stays_ignored() {
    for (signal, script) in
        [("HUP", "trap '' HUP; exec \"$@\""), ("INT", "trap '' INT; exec \"$@\"")]
    {
        let (_shell, server, child) = stuck(script);
        send(signal, &child);
        sleep(Duration::from_millis(300));
        assert_eq!(server.unfinished(), 1, "{signal}");
        send("TERM", &child);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.signal(), Some(15), "{signal}: {}", stderr(&output));
        assert_eq!(server.unfinished(), 0, "{signal}");
    }
}

/// All that ends a program which does not catch it, by its number.
#[test]
fn no_signal_that_can_be_caught_leaves_an_upload_behind() {
    let named = [
        ("HUP", 1),
        ("INT", 2),
        ("QUIT", 3),
        ("USR1", 10),
        ("USR2", 12),
        ("ALRM", 14),
        ("TERM", 15),
        ("STKFLT", 16),
        ("XCPU", 24),
        ("VTALRM", 26),
        ("PROF", 27),
        ("IO", 29),
        ("PWR", 30),
        ("SYS", 31),
    ];
    let real_time = ["34", "35", "49", "63", "64"].map(|signal| (signal, signal.parse().unwrap()));
    for (signal, number) in named.into_iter().chain(real_time) {
        let (_shell, server, child) = stuck("exec \"$@\"");
        assert_eq!(server.unfinished(), 1, "{signal}");
        send(signal, &child);
        let output = child.wait_with_output().unwrap();
        let ended = (output.status.signal(), output.status.code());
        let is_by_signal = number < 32 && !["IO", "PWR", "STKFLT"].contains(&signal);
        let expected = if is_by_signal { (Some(number), None) } else { (None, Some(128 + number)) };
        assert_eq!(ended, expected, "{signal}: {}", stderr(&output));
        assert_eq!(server.unfinished(), 0, "{signal}: {}", stderr(&output));
    }
}

/// A server that does not answer the abort either.
#[test]
fn a_second_signal_ends_at_once_and_says_what_may_be_left() {
    let server = Server::start(|head, _| {
        let is_left = head.contains("partNumber=2") || head.starts_with("DELETE");
        if is_left { Answer::Never } else { Answer::AsS3 }
    });
    let shell = Shell::new();
    shell.write("a", &vec![1; PART + 1]);
    let words = ["--endpoint", &server.endpoint, "-put", "--part-size", "5M"];
    let words = [&words[..], &["--multipart-threshold", "5M", "a", "s3a://b/k"]].concat();
    let child = shell.by_shell("exec \"$@\"", &words).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("a second part", || server.count("PUT", "partNumber=2") > 0);
    send("INT", &child);
    wait_until("an abort", || server.count("DELETE", "") > 0);
    send("INT", &child);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.signal(), Some(2));
    let told = stderr(&output);
    assert!(told.contains("rolefs: ended at once: what was begun may be left"), "{told}");
}

#[test]
fn objects_stored_before_a_signal_are_counted() {
    let server =
        Server::start(
            |head, _| {
                if head.starts_with("PUT /b/d/f3") { Answer::Never } else { Answer::AsS3 }
            },
        );
    let shell = Shell::new();
    for name in ["f1", "f2", "f3", "f4"] {
        shell.write(&format!("d/{name}"), b"12");
    }
    let words = ["--endpoint", &server.endpoint, "-put", "-t", "1", "d", "s3a://b/"];
    let child = shell.by_shell("exec \"$@\"", &words).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("the third", || server.count("PUT", "/b/d/f3") > 0);
    send("TERM", &child);
    let output: Output = child.wait_with_output().unwrap();
    let told = stderr(&output);
    assert_eq!(output.status.signal(), Some(15), "{told}");
    assert!(told.ends_with("put: interrupted: 2 objects (4 bytes) were stored before\n"), "{told}");
}

#[test]
fn a_get_leaves_no_temporary_file() {
    for (signal, number) in [("HUP", 1), ("QUIT", 3), ("INT", 2)] {
        let server = Server::start(|_, _| Answer::AsS3);
        server.hold("/b/k", &vec![1; 1 << 20]);
        let shell = Shell::new();
        let words =
            ["--endpoint", &server.endpoint, "-get", "--bandwidth", "100K", "s3a://b/k", "k"];
        let child = shell.by_shell("exec \"$@\"", &words).stderr(Stdio::piped()).spawn().unwrap();
        let files = || fs::read_dir(shell.path()).unwrap().count();
        wait_until("a temporary file", || files() == 1);
        send(signal, &child);
        let output = child.wait_with_output().unwrap();
        let told = stderr(&output);
        assert_eq!((output.status.signal(), files()), (Some(number), 0), "{told}");
        assert_eq!(told, "get: interrupted: nothing was fetched\n");
    }
}

#[test]
fn a_shell_sees_the_signal() {
    let script =
        "\"$@\" & pid=$!; trap 'kill -HUP $pid' TERM; wait $pid; wait $pid; echo $? >status";
    let (shell, _server, child) = stuck(script);
    send("TERM", &child);
    child.wait_with_output().unwrap();
    assert_eq!(fs::read_to_string(shell.path().join("status")).unwrap(), "129\n");
}

/// It would hold secrets.
#[test]
fn a_program_that_is_quit_leaves_no_core_file() {
    let (_shell, _server, child) = stuck("ulimit -c unlimited; exec \"$@\"");
    send("QUIT", &child);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.signal(), output.status.core_dumped()), (Some(3), false));
}

#[test]
fn a_program_that_was_stopped_goes_on() {
    let server = Server::start(|_, _| Answer::AsS3);
    let shell = Shell::new();
    shell.write("a", &vec![1; 3 << 20]);
    // Shorter than it is stopped for.
    let times =
        ["-D", "fs.s3a.connection.timeout=1s", "-D", "fs.s3a.connection.request.timeout=1s"];
    let words = ["--endpoint", &server.endpoint];
    let put = ["-put", "--bandwidth", "1M", "a", "s3a://b/k"];
    let words = [&words[..], &times, &put].concat();
    let child = shell.by_shell("exec \"$@\"", &words).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("the put", || server.count("PUT", "/b/k") > 0);
    send("STOP", &child);
    sleep(Duration::from_millis(2500));
    send("CONT", &child);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), String::new()));
    assert_eq!(server.object("/b/k").unwrap().len(), 3 << 20);
}

#[test]
fn a_listing_of_uploads_that_is_interrupted_speaks_of_no_upload_of_its_own() {
    let server = Server::start(|_, _| Answer::Never);
    let shell = Shell::new();
    for (words, expected) in [
        (&["-uploads"][..], "uploads: interrupted: the list is not complete\n"),
        (
            &["-uploads", "-abort"],
            "uploads: interrupted: 0 uploads were aborted before: list what is left without -abort\n",
        ),
    ] {
        let before = server.count("GET", "");
        let words = [&["--endpoint", &server.endpoint], words, &["s3a://b/"]].concat();
        let mut command = shell.by_shell("exec \"$@\"", &words);
        let child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        wait_until("a question", || server.count("GET", "") > before);
        send("INT", &child);
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.signal(), stderr(&output).as_str()), (Some(2), expected));
    }
}
