//! Manifests.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Stdio};

use serde_json::json;

use crate::program::{KEYS, Shell, stderr};
use crate::puts::{as_s3, code, events, messages, run};

#[test]
fn puts_files_and_directories_of_a_manifest() {
    let (shell, server) = (Shell::new(), as_s3());
    for name in ["a", "d/e", "d/f/g", "-"] {
        shell.write(name, name.as_bytes());
    }
    shell.write("lines", b"a\nnone\n./d\n\n-\n../x\n");
    let output = run(&shell, &server, &["-put", "-success", "--manifest", "lines", "s3a://b/to/"]);
    assert_eq!(code(&output), 1);
    let mut found = messages(&output);
    let sum = found.pop().unwrap();
    assert!(sum.starts_with("put: 3 of 7 failed: "), "{sum}");
    found.sort();
    let what = "cannot lie below the destination: name its key in a manifest of JSON";
    assert_eq!(
        found,
        [
            "put: `lines': line 4: is empty".to_owned(),
            format!("put: `lines': line 6: ../x {what}"),
            "put: `none': No such file or directory".to_owned(),
        ]
    );
    for name in ["a", "d/e", "d/f/g", "-"] {
        assert_eq!(
            server.object(&format!("/b/to/{name}")),
            Some(name.as_bytes().to_vec()),
            "{name}"
        );
    }
    assert_eq!(server.object("/b/to/_SUCCESS"), None, "not all of it exists");

    fs::write(shell.path().join("lines"), "a\nd\n").unwrap();
    let again = ["-put", "-f", "-success", "--manifest", "lines", "s3a://b/to/"];
    assert_eq!(code(&run(&shell, &server, &again)), 0);
    assert_eq!(server.object("/b/to/_SUCCESS"), Some(Vec::new()));
}

#[test]
fn reads_a_manifest_with_keys_from_stdin() {
    let (shell, server) = (Shell::new(), as_s3());
    shell.write("a b", b"1");
    shell.write("d/c", b"2");
    let lines = "{\"source\": \"a b\", \"key\": \"x/y\"}\n{\"source\": \"d\", \"key\": \"z\"}\n{\"key\": 1}\n";
    let words =
        ["--endpoint", &server.endpoint, "-put", "--manifest", "-", "--manifest-format", "json"];
    let output =
        shell.with_stdin(&[&words[..], &["s3a://b/to/"]].concat(), lines.as_bytes(), &KEYS);
    assert_eq!(code(&output), 1);
    assert!(stderr(&output).starts_with("put: `-': line 3: "), "{}", stderr(&output));
    assert_eq!(server.object("/b/to/x/y"), Some(b"1".to_vec()));
    assert_eq!(server.object("/b/to/z/c"), Some(b"2".to_vec()));
}

#[test]
fn refuses_a_second_line_for_one_object() {
    let (shell, server) = (Shell::new(), as_s3());
    shell.write("a", b"1");
    let words = ["-put", "-t", "1", "--manifest", "lines", "s3a://b/to/"];
    shell.write("lines", b"a\n./a\n");
    let output = run(&shell, &server, &words);
    assert_eq!((code(&output), stderr(&output).trim()), (1, "put: `s3a://b/to/a': File exists"));
}

#[test]
fn prints_the_plan_of_a_manifest() {
    let shell = Shell::new();
    shell.write("a", b"12");
    let words =
        ["-put", "--dry-run", "-json", "--manifest", "-", "--manifest-format", "nul", "s3a://b/to"];
    let output = shell.with_stdin(&words, b"a\0none\0./a\0", &[]);
    assert_eq!(code(&output), 1);
    let events = events(&output);
    let plan = json!({"event": "plan", "object": "s3a://b/to/a", "file": "a", "bytes": 2});
    assert_eq!(events[0], plan);
    assert_eq!(events[1]["event"], "error");
    assert_eq!(events[2]["file"], "./a");
    assert_eq!(events[3], json!({"event": "summary", "done": 2, "failed": 1, "bytes": 4}));
}

#[test]
fn checks_the_arguments_of_a_manifest() {
    let shell = Shell::new();
    shell.write("a", b"12");
    let words = ["-put", "--dry-run", "--manifest", "none", "s3a://b/"];
    let output = shell.run(&words);
    let expected = "put: `none': No such file or directory\n";
    assert_eq!((code(&output), stderr(&output).as_str()), (1, expected));
    let all = "put: the manifest names the sources: leave out all but the destination";
    for (words, expected) in [
        (&["-put", "--manifest", "a", "a", "s3a://b/"][..], all),
        (
            &["-moveFromLocal", "--manifest", "a", "--update", "s3a://b/"],
            "moveFromLocal: -moveFromLocal takes a manifest without -f and --update",
        ),
        (&["-put", "--manifest-format", "nul", "a", "s3a://b/"], "put: "),
    ] {
        let output = shell.run(words);
        let message = stderr(&output);
        assert_eq!(code(&output), 255, "{words:?}: {message}");
        assert!(
            message.starts_with(&format!("-{expected}")) && message.contains("Usage: "),
            "{message}"
        );
    }
}

/// A program that writes the manifest can be slow, and can be endless.
#[test]
fn puts_an_endless_manifest_as_it_comes() {
    let (shell, server) = (Shell::new(), as_s3());
    shell.write("a", b"1");
    let words = ["--endpoint", &server.endpoint, "-put", "-json", "--manifest", "-", "s3a://b/to/"];
    let mut command = shell.command(&words);
    command.envs(KEYS).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut manifest = child.stdin.take().unwrap();
    manifest.write_all(b"a\n").unwrap();
    // The store has it before the program knows.
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("\"done\"")), "it ended");
    let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(interrupt.unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.signal(), Some(2), "it dies by SIGINT: {}", stderr(&output));
    let message = "put: interrupted: 1 objects (1 bytes) were stored before\n";
    assert_eq!(stderr(&output), message);
    drop(manifest);
}

#[test]
fn names_a_manifest_once_in_the_summary() {
    let (shell, server) = (Shell::new(), as_s3());
    shell.write("a", b"1");
    for (format, content, sum) in [
        ("json", "{\n{\"source\": \"a\"}\n}\n", "put: 2 of 3 failed: `m'"),
        ("json", "[{\"source\": \"a\"},\n{\"source\": \"none\"}]\n", "is a JSON array"),
        ("nul", "\0a\0\0../x\0none\0", "put: 4 of 5 failed: "),
    ] {
        shell.write("m", content.as_bytes());
        let words = ["-put", "-f", "--manifest", "m", "--manifest-format", format, "s3a://b/to/"];
        let output = run(&shell, &server, &words);
        let last = stderr(&output).lines().last().unwrap().to_owned();
        assert_eq!(code(&output), 1);
        assert!(last.contains(sum) && last.matches("`m'").count() == 1, "{last}");
    }
}
