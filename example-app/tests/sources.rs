//! Which sources are put, and as what: manifests, `--update`, `--normalize`, links and special files.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test ends where it fails"
)]
#![cfg(unix)]

mod program;
mod scripted;

use core::time::Duration;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::process::{Command, Output, Stdio};
use std::thread;

use program::{KEYS, Shell, stderr, stdout};
use scripted::{Answer, Server};
use serde_json::{Value, json};

const MIB: usize = 1 << 20;

fn run(shell: &Shell, server: &Server, words: &[&str]) -> Output {
    let mut command = shell.command(&[&["--endpoint", &server.endpoint], words].concat());
    command.envs(KEYS).output().unwrap()
}

fn as_s3() -> Server {
    Server::start(|_, _| Answer::AsS3)
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

/// The lines on stderr.
fn told(output: &Output) -> Vec<String> {
    stderr(output).lines().map(str::to_owned).collect()
}

#[test]
fn a_manifest_names_files_and_directories() {
    let (shell, server) = (Shell::new(), as_s3());
    for name in ["a", "d/e", "d/f/g", "-"] {
        shell.write(name, name.as_bytes());
    }
    shell.write("lines", b"a\nnone\n./d\n\n-\n../x\n");
    let output = run(&shell, &server, &["-put", "-success", "--manifest", "lines", "s3a://b/to/"]);
    assert_eq!(code(&output), 1);
    let mut told = told(&output);
    let sum = told.pop().unwrap();
    assert!(sum.starts_with("put: 3 of 7 failed: "), "{sum}");
    told.sort();
    let what = "cannot lie below the destination: name its key in a manifest of JSON";
    assert_eq!(
        told,
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
    assert_eq!(server.object("/b/to/_SUCCESS"), None, "not all of it is there");

    fs::write(shell.path().join("lines"), "a\nd\n").unwrap();
    let again = ["-put", "-f", "-success", "--manifest", "lines", "s3a://b/to/"];
    assert_eq!(code(&run(&shell, &server, &again)), 0);
    assert_eq!(server.object("/b/to/_SUCCESS"), Some(Vec::new()));
}

#[test]
fn a_manifest_on_stdin_with_keys() {
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
fn of_two_lines_for_one_object_the_second_finds_it_there() {
    let (shell, server) = (Shell::new(), as_s3());
    shell.write("a", b"1");
    let words = ["-put", "-t", "1", "--manifest", "lines", "s3a://b/to/"];
    shell.write("lines", b"a\n./a\n");
    let output = run(&shell, &server, &words);
    assert_eq!((code(&output), stderr(&output).trim()), (1, "put: `s3a://b/to/a': File exists"));
}

#[test]
fn a_manifest_is_told_as_a_plan() {
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
fn a_manifest_is_called_rightly() {
    let shell = Shell::new();
    shell.write("a", b"12");
    for (words, expected) in [
        (
            &["--manifest", "a", "a", "s3a://b/"][..],
            "put: the manifest names the sources: leave out all but the destination",
        ),
        (&["--manifest", "none", "s3a://b/"], "put: `none': No such file or directory"),
    ] {
        let output = shell.run(&[&["-put", "--dry-run"], words].concat());
        assert_eq!((code(&output), stderr(&output).trim()), (1, expected));
    }
    let output = shell.run(&["-put", "--manifest-format", "nul", "a", "s3a://b/"]);
    assert_eq!(code(&output), 255, "{}", stderr(&output));
}

/// The lines of stdout, all of which are events.
fn events(output: &Output) -> Vec<Value> {
    stdout(output).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn an_update_sends_what_differs() {
    let (shell, server) = (Shell::new(), as_s3());
    for (name, content) in [("same", "1"), ("longer", "1"), ("other", "1"), ("empty", "")] {
        shell.write(&format!("d/{name}"), content.as_bytes());
    }
    let words = ["-put", "--update", "d", "s3a://b/to/"];
    let first = run(&shell, &server, &words);
    assert_eq!((code(&first), stderr(&first).as_str()), (0, "put: 0 up to date, 4 stored\n"));
    shell.write("d/longer", b"12");
    shell.write("d/other", b"2");
    shell.write("d/new", b"3");
    let second = run(&shell, &server, &words);
    assert_eq!((code(&second), stderr(&second).as_str()), (0, "put: 2 up to date, 3 stored\n"));
    for (name, times) in [("same", 1), ("empty", 1), ("longer", 2), ("other", 2), ("new", 1)] {
        assert_eq!(server.count("PUT", &format!("/b/to/d/{name} ")), times, "{name}");
    }
    assert_eq!(server.object("/b/to/d/other"), Some(b"2".to_vec()));
    assert_eq!(
        server.count_both("PUT", "/to/d/other ", "if-match: \"c4ca4238a0b923820dcc509a6f75849b\""),
        1
    );
    assert_eq!(server.count_both("PUT", "/to/d/new ", "if-none-match: *"), 1);
}

#[test]
fn an_update_as_events() {
    let (shell, server) = (Shell::new(), as_s3());
    shell.write("a", b"1");
    assert_eq!(code(&run(&shell, &server, &["-put", "a", "s3a://b/a"])), 0);
    let output = run(&shell, &server, &["-put", "-json", "--update", "a", "s3a://b/a"]);
    assert_eq!(code(&output), 0);
    let events = events(&output);
    let expected = json!({"event": "up_to_date", "object": "s3a://b/a", "file": "a", "bytes": 1});
    assert_eq!(events[1], expected);
    assert_eq!((&events[2]["done"], &events[2]["bytes"]), (&json!(1), &json!(0)));
    assert_eq!(events[2]["uploads"]["up_to_date"], json!(1));
}

#[test]
fn objects_in_parts_are_compared_by_their_parts() {
    let (shell, server) = (Shell::new(), as_s3());
    let content: Vec<_> = (0..13 * MIB).map(|index| u8::try_from(index % 251).unwrap()).collect();
    shell.write("a", &content);
    let put = ["-put", "--md5", "--multipart-threshold", "5M"];
    let in_parts = [&put[..], &["--part-size", "8M", "a", "s3a://b/a"]].concat();
    assert_eq!(code(&run(&shell, &server, &in_parts)), 0);
    // Other lengths of parts are the usual ones, or follow from their number.
    for size in ["8M", "10M", "5M"] {
        let words = [&put[..], &["--update", "--part-size", size, "a", "s3a://b/a"]].concat();
        let output = run(&shell, &server, &words);
        assert_eq!((code(&output), stderr(&output).as_str()), (0, "put: 1 up to date, 0 stored\n"));
    }
    assert_eq!(server.count("POST", "?uploads"), 1);
    shell.write("a", &content.iter().map(|byte| byte ^ 1).collect::<Vec<_>>());
    let words = [&put[..], &["--update", "--part-size", "8M", "a", "s3a://b/a"]].concat();
    let output = run(&shell, &server, &words);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(
        stderr(&output).starts_with("put: 0 up to date, 1 stored; 1 of the same length, since")
    );
    assert_eq!(server.count_both("POST", "uploadId=", "if-match: "), 1);
}

/// Between the comparison and the put somebody else writes.
#[test]
fn an_object_that_changed_meanwhile_stays() {
    let shell = Shell::new();
    let server = Server::start(|head, _| {
        if head.starts_with("PUT") && head.contains("if-match: ") {
            Answer::Error(412, "PreconditionFailed")
        } else {
            Answer::AsS3
        }
    });
    shell.write("a", b"1");
    assert_eq!(code(&run(&shell, &server, &["-put", "a", "s3a://b/a"])), 0);
    shell.write("a", b"2");
    let output = run(&shell, &server, &["-put", "--update", "a", "s3a://b/a"]);
    let what = "put: `s3a://b/a': the object changed since it was compared with the file; it stays as \
                it is now: put it again";
    assert_eq!((code(&output), told(&output)[0].as_str()), (1, what));
    assert_eq!(server.object("/b/a"), Some(b"1".to_vec()));
    let forced = run(&shell, &server, &["-put", "-f", "--update", "a", "s3a://b/a"]);
    assert_eq!(code(&forced), 0, "{}", stderr(&forced));
    assert_eq!(server.object("/b/a"), Some(b"2".to_vec()));
}

#[test]
fn a_file_of_another_length_is_not_read_for_the_comparison() {
    let (shell, server) = (Shell::new(), as_s3());
    shell.write("a", b"1");
    assert_eq!(code(&run(&shell, &server, &["-put", "a", "s3a://b/a"])), 0);
    // Sparse: to read it would take minutes, and more than one request is not allowed to hold it.
    let file = fs::File::create(shell.path().join("a")).unwrap();
    file.set_len(1 << 43).unwrap();
    let words =
        ["-D", "fs.s3a.multipart.uploads.enabled=false", "-put", "--update", "a", "s3a://b/a"];
    let output = run(&shell, &server, &words);
    assert_eq!(code(&output), 1);
    assert!(stderr(&output).contains("longer than 5 GiB"), "{}", stderr(&output));
}

#[test]
fn names_in_one_form() {
    let (shell, server) = (Shell::new(), as_s3());
    shell.write("d/e\u{301}/o\u{308}", b"1");
    shell.write("e\u{301}", b"2");
    let put = |form: &[&str]| {
        code(&run(&shell, &server, &[&["-put"], form, &["d", "e\u{301}", "s3a://b/to/"]].concat()))
    };
    assert_eq!(put(&[]), 0);
    assert_eq!(server.count("PUT", "/b/to/d/e%CC%81/o%CC%88 "), 1, "as it is");
    assert_eq!(put(&["--normalize", "nfc"]), 0);
    assert_eq!(server.count("PUT", "/b/to/d/%C3%A9/%C3%B6 "), 1);
    assert_eq!(server.count("PUT", "/b/to/%C3%A9 "), 1);
    shell.write("lines", "d/e\u{301}/o\u{308}\n".as_bytes());
    let words = ["-put", "--normalize", "nfc", "--manifest", "lines", "s3a://b/lines/"];
    assert_eq!(code(&run(&shell, &server, &words)), 0);
    assert_eq!(server.count("PUT", "/b/lines/d/%C3%A9/%C3%B6 "), 1);
}

#[test]
fn two_names_that_become_one_are_an_error() {
    let (shell, server) = (Shell::new(), as_s3());
    for (name, content) in
        [("d/\u{e9}/x", "1"), ("d/e\u{301}/y", "2"), ("d/e\u{301}a", "3"), ("d/z", "4")]
    {
        shell.write(name, content.as_bytes());
    }
    let output = run(&shell, &server, &["-put", "--normalize", "nfc", "d", "s3a://b/to/"]);
    // The one that comes first in the order of bytes is put, and nothing of the other.
    let what =
        "put: `d/\u{e9}': in NFC it has the name that `d/e\u{301}' has: rename one of them\n";
    assert_eq!((code(&output), stderr(&output).as_str()), (1, what));
    assert_eq!(server.count("PUT", ""), 3);
    assert_eq!(server.count("PUT", "/b/to/d/%C3%A9/y "), 1);

    let words = ["-put", "--normalize", "nfd", "d/\u{e9}", "d/e\u{301}", "s3a://b/both/"];
    let output = run(&shell, &server, &words);
    let what =
        "put: `d/e\u{301}': in NFD it has the name that `d/\u{e9}' has: rename one of them\n";
    assert_eq!((code(&output), stderr(&output).as_str()), (1, what));
    assert_eq!(server.count("PUT", "/b/both/"), 1);
}

#[test]
fn special_files_and_links_are_told_of() {
    let (shell, server) = (Shell::new(), as_s3());
    shell.write("d/file", b"1");
    shell.write("elsewhere/x", b"2");
    let path = |name: &str| shell.path().join(name);
    symlink("file", path("d/link")).unwrap();
    symlink(path("elsewhere"), path("d/directory")).unwrap();
    symlink("gone", path("d/broken")).unwrap();
    symlink(".", path("d/loop")).unwrap();
    symlink("self", path("d/self")).unwrap();
    assert!(Command::new("mkfifo").arg(path("d/fifo")).status().unwrap().success());
    let _listener = UnixListener::bind(path("d/socket")).unwrap();
    let output = run(&shell, &server, &["-put", "-json", "d", "s3a://b/to/"]);
    assert_eq!(code(&output), 1);
    for name in ["file", "link", "directory/x"] {
        assert!(server.object(&format!("/b/to/d/{name}")).is_some(), "{name}");
    }
    assert_eq!(server.count("PUT", ""), 3);
    let told = told(&output);
    for line in [
        "put: `d/fifo': skipped, since it is a FIFO",
        "put: `d/socket': skipped, since it is a socket",
        "put: `d/broken': is a symbolic link, and what it leads to is not there",
        "put: `d/loop': a symbolic link leads back to itself",
        "put: `d/self': Too many levels of symbolic links (os error 40)",
        "put: 5 of 8 failed: `d/broken', `d/fifo', `d/loop' and 2 more",
    ] {
        assert!(told.iter().any(|told| told == line), "{line}: {told:?}");
    }
    let events = events(&output);
    assert_eq!(events.iter().filter(|event| event["event"] == "error").count(), 5);
    let summary = events.last().unwrap();
    assert_eq!((&summary["done"], &summary["failed"]), (&json!(3), &json!(5)));
    let device = run(&shell, &server, &["-put", "/dev/null", "s3a://b/to/"]);
    let what = "put: `/dev/null': skipped, since it is a device\n";
    assert_eq!((code(&device), stderr(&device).as_str()), (1, what));
}

#[test]
fn a_name_that_is_no_key() {
    use std::os::unix::ffi::OsStringExt as _;
    let (shell, server) = (Shell::new(), as_s3());
    shell.write("d/a", b"1");
    let name = std::ffi::OsString::from_vec(b"caf\xe9".to_vec());
    fs::create_dir(shell.path().join("d").join(&name)).unwrap();
    fs::write(shell.path().join("d").join(&name).join("x"), "2").unwrap();
    let output = run(&shell, &server, &["-put", "d", "s3a://b/to/"]);
    let what = "put: `d/caf\u{fffd}': its name is not UTF-8, as keys must be: caf\\xe9\n";
    assert_eq!((code(&output), stderr(&output).as_str()), (1, what));
    assert_eq!(server.count("PUT", ""), 1);
}

/// What writes the manifest may take its time, and may never end.
#[test]
fn a_manifest_that_does_not_end_is_put_as_it_comes() {
    let (shell, server) = (Shell::new(), as_s3());
    shell.write("a", b"1");
    let words = ["--endpoint", &server.endpoint, "-put", "--manifest", "-", "s3a://b/to/"];
    let mut command = shell.command(&words);
    command.envs(KEYS).stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut manifest = child.stdin.take().unwrap();
    manifest.write_all(b"a\n").unwrap();
    while server.object("/b/to/a").is_none() {
        assert!(child.try_wait().unwrap().is_none(), "it ended");
        thread::sleep(Duration::from_millis(10));
    }
    let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(interrupt.unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(code(&output), 130, "{}", stderr(&output));
    drop(manifest);
}
