//! Signals that end a program: it cleans up, and shells see which signal it was.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]
#![cfg(target_os = "linux")]

mod program;
mod scripted;

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::fs;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Child, Output, Stdio};
use std::sync::Arc;
use std::thread::sleep;

use program::{Shell, send, stderr, wait_until};
use scripted::{Response, Server};

const PART: usize = 5 << 20;

/// Starts a server that never answers the second part, and a put of two parts that waits for it.
fn stuck(script: &str) -> (Shell, Server, Child) {
    let server =
        Server::start(
            |head, _| {
                if head.contains("partNumber=2") { Response::Never } else { Response::AsS3 }
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
fn keeps_an_ignored_signal_ignored() {
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

/// All signals that end a program which does not catch them, by number.
#[test]
fn aborts_uploads_on_every_catchable_signal() {
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
fn ends_at_once_on_a_second_signal() {
    let server = Server::start(|head, _| {
        let is_left = head.contains("partNumber=2") || head.starts_with("DELETE");
        if is_left { Response::Never } else { Response::AsS3 }
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
    let message = stderr(&output);
    assert!(message.contains("rolefs: ended at once: unfinished work may be left"), "{message}");
}

#[test]
fn counts_objects_stored_before_a_signal() {
    let server = Server::start(|head, _| {
        if head.starts_with("PUT /b/d/f3") { Response::Never } else { Response::AsS3 }
    });
    let shell = Shell::new();
    for name in ["f1", "f2", "f3", "f4"] {
        shell.write(&format!("d/{name}"), b"12");
    }
    let words = ["--endpoint", &server.endpoint, "-put", "-t", "1", "d", "s3a://b/"];
    let child = shell.by_shell("exec \"$@\"", &words).stderr(Stdio::piped()).spawn().unwrap();
    wait_until("the third", || server.count("PUT", "/b/d/f3") > 0);
    send("TERM", &child);
    let output: Output = child.wait_with_output().unwrap();
    let message = stderr(&output);
    assert_eq!(output.status.signal(), Some(15), "{message}");
    assert!(
        message.ends_with("put: interrupted: 2 objects (4 bytes) were stored before\n"),
        "{message}"
    );
}

#[test]
fn leaves_no_temporary_file_of_a_get() {
    for (signal, number) in [("HUP", 1), ("QUIT", 3), ("INT", 2)] {
        let server = Server::start(|_, _| Response::AsS3);
        server.hold("/b/k", &vec![1; 1 << 20]);
        let shell = Shell::new();
        let words =
            ["--endpoint", &server.endpoint, "-get", "--bandwidth", "100K", "s3a://b/k", "k"];
        let child = shell.by_shell("exec \"$@\"", &words).stderr(Stdio::piped()).spawn().unwrap();
        let files = || fs::read_dir(shell.path()).unwrap().count();
        wait_until("a temporary file", || files() == 1);
        send(signal, &child);
        let output = child.wait_with_output().unwrap();
        let message = stderr(&output);
        assert_eq!((output.status.signal(), files()), (Some(number), 0), "{message}");
        assert_eq!(message, "get: interrupted: nothing was fetched\n");
    }
}

#[test]
fn reports_the_signal_to_the_shell() {
    let script =
        "\"$@\" & pid=$!; trap 'kill -HUP $pid' TERM; wait $pid; wait $pid; echo $? >status";
    let (shell, _server, child) = stuck(script);
    send("TERM", &child);
    child.wait_with_output().unwrap();
    assert_eq!(fs::read_to_string(shell.path().join("status")).unwrap(), "129\n");
}

/// It would hold secrets.
#[test]
fn leaves_no_core_file_on_quit() {
    let (_shell, _server, child) = stuck("ulimit -c unlimited; exec \"$@\"");
    send("QUIT", &child);
    let output = child.wait_with_output().unwrap();
    assert_eq!((output.status.signal(), output.status.core_dumped()), (Some(3), false));
}

#[test]
fn continues_after_a_stop() {
    let server = Server::start(|_, _| Response::AsS3);
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
fn mentions_no_own_upload_after_an_interrupted_listing() {
    let server = Server::start(|_, _| Response::Never);
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
        wait_until("a request", || server.count("GET", "") > before);
        send("INT", &child);
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.signal(), stderr(&output).as_str()), (Some(2), expected));
    }
}

/// Those that catch signals, and those that do not.
#[test]
fn ends_any_command_that_waits_for_a_response() {
    let server = Server::start(|_, _| Response::Never);
    let shell = Shell::new();
    shell.write("d/a", b"1");
    for words in [
        &["-ls", "-R", "s3a://b/d"][..],
        &["-find", "s3a://b/d"],
        &["-count", "s3a://b/d"],
        &["-du", "s3a://b/d"],
        &["-rm", "-r", "s3a://b/d"],
        &["-cat", "s3a://b/d/*"],
        &["-cp", "s3a://b/d", "s3a://b/e"],
        &["-mv", "s3a://b/d", "s3a://b/e"],
        &["-get", "s3a://b/d", "g"],
        &["-getmerge", "s3a://b/d", "g"],
        &["-put", "d", "s3a://b/d"],
        &["-moveFromLocal", "d", "s3a://b/d"],
        &["-sync", "--delete", "d", "s3a://b/d"],
        &["-sync", "--delete", "s3a://b/d", "d"],
    ] {
        // Without the signal it ends by an error.
        let limits = ["-D", "fs.s3a.connection.request.timeout=20s", "-D", "fs.s3a.retry.limit=1"];
        let before = server.count("", "");
        let words = [&["--endpoint", &server.endpoint], &limits[..], words].concat();
        let mut command = shell.by_shell("exec \"$@\"", &words);
        let child = command.stdin(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        wait_until("a request", || server.count("", "") > before);
        send("TERM", &child);
        let output = child.wait_with_output().unwrap();
        let messages = stderr(&output);
        assert_eq!(output.status.signal(), Some(15), "{words:?}: {messages}");
        assert!(!messages.contains("no response"), "{words:?}: {messages}");
    }
}

/// Starts a server with 600 objects in a directory, which answers the first request to
/// delete some only when a flag is set; and a command that makes this request.
fn deleting(words: &[&str]) -> (Shell, Server, Child, Arc<AtomicBool>) {
    let (is_asked, may_answer) = (Arc::<AtomicBool>::default(), Arc::<AtomicBool>::default());
    let (asked, released) = (is_asked.clone(), may_answer.clone());
    let server = Server::start(move |head, _| {
        if head.contains("?delete") {
            asked.store(true, Ordering::SeqCst);
            while !released.load(Ordering::SeqCst) {
                sleep(Duration::from_millis(10));
            }
        }
        Response::AsS3
    });
    for number in 0..600 {
        server.hold(&format!("/b/d/{number:03}"), b"1");
    }
    let shell = Shell::new();
    shell.write("d/a", b"1");
    let words = [&["--endpoint", &server.endpoint], words].concat();
    let mut command = shell.by_shell("exec \"$@\"", &words);
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    let child = command.spawn().unwrap();
    wait_until("a deletion", || is_asked.load(Ordering::SeqCst));
    (shell, server, child, may_answer)
}

#[test]
fn deletes_no_further_objects_after_a_signal() {
    let sync = ["-sync", "--delete", "--report", "r", "d", "s3a://b/d"];
    for (words, left) in [(&sync[..], 351), (&["-mv", "s3a://b/d", "s3a://b/e"], 350)] {
        let (shell, server, child, may_answer) = deleting(words);
        send("TERM", &child);
        sleep(Duration::from_millis(500));
        may_answer.store(true, Ordering::SeqCst);
        let output = child.wait_with_output().unwrap();
        let messages = stderr(&output);
        assert_eq!(output.status.signal(), Some(15), "{words:?}: {messages}");
        assert_eq!(server.count("POST", "delete"), 1, "{words:?}: {messages}");
        assert_eq!(server.objects("/b/d/"), left, "{words:?}: {messages}");
        if words[0] == "-sync" {
            let report = fs::read_to_string(shell.path().join("r")).unwrap();
            assert_eq!(report.matches("\"state\":\"deleted\"").count(), 250, "{report}");
        }
    }
}

#[test]
fn ends_the_pause_before_deletions_are_tried_again() {
    let server = Server::start(|head, _| {
        if head.contains("?delete") { Response::Error(503, "SlowDown") } else { Response::AsS3 }
    });
    server.hold("/b/d/x", b"1");
    let shell = Shell::new();
    shell.write("d/a", b"1");
    // Without the signal it ends by an error, after four requests.
    let pauses = [
        "-D",
        "fs.s3a.retry.throttle.interval=10s",
        "-D",
        "fs.s3a.retry.throttle.limit=3",
        "--endpoint",
        &server.endpoint,
    ];
    for words in [&["-sync", "--delete", "d", "s3a://b/d"][..], &["-mv", "s3a://b/d", "s3a://b/e"]]
    {
        let before = server.count("POST", "delete");
        let mut command = shell.by_shell("exec \"$@\"", &[&pauses, words].concat());
        command.stdout(Stdio::null()).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        wait_until("a deletion", || server.count("POST", "delete") > before);
        send("TERM", &child);
        let output = child.wait_with_output().unwrap();
        let messages = stderr(&output);
        assert_eq!(output.status.signal(), Some(15), "{messages}");
        assert!(!messages.contains("SlowDown"), "{messages}");
        assert!(server.object("/b/d/x").is_some());
    }
}
