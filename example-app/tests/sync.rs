//! `-sync` in both directions: copies, deletions and their order, and what stays untouched.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]
#![cfg(unix)]

mod program;
mod scripted;

use core::sync::atomic::{AtomicBool, Ordering};
use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Output, Stdio};
use std::sync::Arc;

use program::{KEYS, Shell, stderr, stdout};
use rustix::process::{Pid, Signal, kill_process};
use scripted::{Response, Server};

fn run(shell: &Shell, server: &Server, words: &[&str]) -> Output {
    let begin = ["--endpoint", &server.endpoint, "-D", "fs.s3a.retry.limit=1"];
    shell.command(&[&begin, words].concat()).envs(KEYS).output().unwrap()
}

/// Returns the exit code, stdout and stderr.
fn result_of(output: &Output) -> (i32, String, String) {
    (output.status.code().unwrap(), stdout(output), stderr(output))
}

fn as_s3() -> Server {
    Server::start(|_, _| Response::AsS3)
}

/// Returns a server that holds these objects, whose contents are spaces.
fn holding(server: Server, keys: &[&str]) -> Server {
    for key in keys {
        server.hold(&format!("/b/{key}"), b" ");
    }
    server
}

/// Returns the keys of these that the server holds.
fn held<'k>(server: &Server, keys: &[&'k str]) -> Vec<&'k str> {
    keys.iter().copied().filter(|key| server.object(&format!("/b/{key}")).is_some()).collect()
}

const UP: [&str; 4] = ["-sync", "--delete", "d", "s3a://b/to"];
const DOWN: [&str; 4] = ["-sync", "--delete", "s3a://b/from", "d"];

#[test]
fn makes_a_directory_in_s3_like_a_local_one() {
    let (shell, server) = (Shell::new(), as_s3());
    shell.write("d/same", b" ");
    shell.write("d/other", b"2");
    shell.write("d/sub/new", b"3");
    let keys = ["to/same", "to/other", "to/old/x", "to/old/", "to/", "to2/x", "to"];
    let server = holding(server, &keys[..6]);
    let planned = run(&shell, &server, &[&UP[..1], &["--dry-run"], &UP[1..]].concat());
    let plan = "delete s3a://b/to/old/ (1 bytes)\ndelete s3a://b/to/old/x (1 bytes)\n\
                d/other -> s3a://b/to/other (1 bytes)\nd/sub/new -> s3a://b/to/sub/new (1 bytes)\n";
    let up_to_date = "sync: 1 up to date, 2 to store\n".to_owned();
    assert_eq!(result_of(&planned), (0, plan.to_owned(), up_to_date));
    assert_eq!((server.count("PUT", ""), server.count("POST", "")), (0, 0));

    let kept = run(&shell, &server, &["-sync", "d", "s3a://b/to/"]);
    let stored = "sync: 1 up to date, 2 stored\n".to_owned();
    assert_eq!(result_of(&kept), (0, String::new(), stored));
    assert_eq!(held(&server, &keys), keys[..6], "without --delete");

    let deleted = run(&shell, &server, &UP);
    let list = "delete s3a://b/to/old/ (1 bytes)\ndelete s3a://b/to/old/x (1 bytes)\n\
                Deleted s3a://b/to/old/\nDeleted s3a://b/to/old/x\n";
    let up_to_date = "sync: 3 up to date, 0 stored\n".to_owned();
    assert_eq!(result_of(&deleted), (0, list.to_owned(), up_to_date));
    assert_eq!(held(&server, &keys), ["to/same", "to/other", "to/", "to2/x"]);
    assert_eq!(server.object("/b/to/other").unwrap(), b"2");
    assert_eq!(result_of(&run(&shell, &server, &UP)).1, "", "there is nothing left to do");
}

#[test]
fn makes_a_local_directory_like_one_in_s3() {
    let shell = Shell::new();
    let server = holding(as_s3(), &["from/same", "from/other", "from/sub/new", "from/empty/"]);
    for (name, content) in [("same", " "), ("other", "2"), ("old/x", "1"), ("old.tmp", "1")] {
        shell.write(&format!("d/{name}"), content.as_bytes());
    }
    shell.write("outside", b"1");
    symlink("../outside", shell.path().join("d/link")).unwrap();
    let planned = run(&shell, &server, &[&DOWN[..1], &["--dry-run"], &DOWN[1..]].concat());
    let deletions =
        "delete d/old.tmp (1 bytes)\ndelete d/old/x (1 bytes)\ndelete d/old\ndelete d/link\n";
    let copies = "s3a://b/from/other -> d/other (1 bytes)\n\
                  s3a://b/from/sub/new -> d/sub/new (1 bytes)\n";
    let expected =
        (0, format!("{deletions}{copies}"), "sync: 1 up to date, 2 to fetch\n".to_owned());
    assert_eq!(result_of(&planned), expected);
    assert!(!shell.path().join("d/sub").exists());

    let words = [&DOWN[..1], &["--exclude", "*.tmp"], &DOWN[1..]].concat();
    let (code, lines, _) = result_of(&run(&shell, &server, &words));
    assert_eq!(code, 0);
    assert!(lines.ends_with("Deleted d/old/x\nDeleted d/old\nDeleted d/link\n"), "{lines}");
    for name in ["same", "other", "sub/new"] {
        assert_eq!(fs::read(shell.path().join("d").join(name)).unwrap(), b" ", "{name}");
    }
    for (name, is_there) in
        [("empty", true), ("old", false), ("link", false), ("old.tmp", true), ("../outside", true)]
    {
        assert_eq!(shell.path().join("d").join(name).exists(), is_there, "{name}");
    }
    assert_eq!(result_of(&run(&shell, &server, &words)).1, "", "there is nothing left to do");
}

#[test]
fn deletes_nothing_for_an_empty_or_missing_source() {
    let shell = Shell::new();
    let server = holding(as_s3(), &["to/x", "to/y", "only/", "d"]);
    fs::create_dir_all(shell.path().join("d/empty")).unwrap();
    let refused = "sync: `d': has no files, so nothing is deleted: is it the right source? \
                   --max-delete 2 deletes all 2\n";
    assert_eq!(
        result_of(&run(&shell, &server, &UP)),
        (1, String::new(), refused.to_owned() + TO_DATE)
    );
    for (source, reason) in [("gone", "No such file or directory"), ("f", "Is not a directory")] {
        shell.write("f", b"1");
        let output = run(&shell, &server, &["-sync", "--delete", source, "s3a://b/to"]);
        let (code, _, lines) = result_of(&output);
        assert_eq!((code, &*lines), (1, &*format!("sync: `{source}': {reason}\n{TO_DATE}")));
    }
    shell.write("t/x", b"1");
    for (source, reason) in [
        ("s3a://b/gone", "`s3a://b/gone': No such file or directory"),
        ("s3a://b/d", "`s3a://b/d': Is not a directory"),
        ("s3a://b/only", "`s3a://b/only': has no files, so nothing is deleted"),
    ] {
        let (code, _, lines) =
            result_of(&run(&shell, &server, &["-sync", "--delete", source, "t"]));
        assert_eq!(code, 1);
        assert!(lines.starts_with(&format!("sync: {reason}")), "{lines}");
    }
    assert!(shell.path().join("t/x").exists());
    assert_eq!(held(&server, &["to/x", "to/y"]).len(), 2);
    let words = [&UP[..2], &["--max-delete", "2"], &UP[2..]].concat();
    assert_eq!(result_of(&run(&shell, &server, &words)).0, 0);
    assert_eq!(held(&server, &["to/x", "to/y"]).len(), 0);
}

const TO_DATE: &str = "sync: 0 up to date, 0 stored\n";

#[test]
fn does_nothing_if_too_much_would_be_deleted() {
    let shell = Shell::new();
    shell.write("d/a", b"1");
    let server = holding(as_s3(), &["to/x", "to/y"]);
    let words = [&UP[..2], &["--max-delete", "1"], &UP[2..]].concat();
    let (code, _, lines) = result_of(&run(&shell, &server, &words));
    let refused = "sync: 2 would be deleted at the destination, more than --max-delete 1: nothing \
                   is copied or deleted\n";
    assert_eq!((code, &*lines), (1, &*format!("{refused}{TO_DATE}")));
    assert_eq!(held(&server, &["to/x", "to/y", "to/a"]), ["to/x", "to/y"]);
}

#[test]
fn deletes_nothing_unless_all_was_copied() {
    let shell = Shell::new();
    shell.write("d/a", b"1");
    shell.write("d/bad", b"1");
    let server = Server::start(|head, _| {
        let is_bad = head.starts_with("PUT /b/to/bad") || head.starts_with("GET /b/from/bad");
        if is_bad { Response::Error(403, "AccessDenied") } else { Response::AsS3 }
    });
    let server = holding(server, &["to/x", "from/a", "from/bad"]);
    let (code, _, lines) = result_of(&run(&shell, &server, &UP));
    assert_eq!(code, 1);
    assert!(lines.contains("sync: nothing is deleted, since not all was copied\n"), "{lines}");
    assert_eq!(held(&server, &["to/x", "to/a"]), ["to/x", "to/a"]);

    shell.write("d/old", b"1");
    let (code, _, lines) = result_of(&run(&shell, &server, &DOWN));
    assert_eq!(code, 1);
    assert!(lines.contains("sync: nothing is deleted, since not all was copied\n"), "{lines}");
    assert!(shell.path().join("d/old").exists());
    // A source that cannot be read to its end.
    symlink("gone", shell.path().join("d/broken")).unwrap();
    fs::remove_file(shell.path().join("d/bad")).unwrap();
    assert_eq!(result_of(&run(&shell, &server, &UP)).0, 1);
    assert_eq!(held(&server, &["to/x"]), ["to/x"]);
}

#[test]
fn does_nothing_if_a_side_cannot_be_listed() {
    let shell = Shell::new();
    shell.write("d/a", b"1");
    let server = holding(
        Server::start(|head, _| {
            let is_list = head.contains("list-type=2") && !head.contains("max-keys=1&");
            if is_list { Response::Error(403, "AccessDenied") } else { Response::AsS3 }
        }),
        &["to/x", "from/y"],
    );
    for words in [UP, DOWN] {
        let (code, lines, _) = result_of(&run(&shell, &server, &words));
        assert_eq!((code, &*lines), (1, ""));
    }
    assert_eq!((server.count("PUT", ""), server.count("POST", "")), (0, 0));
    assert!(shell.path().join("d/a").exists());
}

#[test]
fn touches_nothing_outside_of_the_directory() {
    let shell = Shell::new();
    let keys = ["from/../evil", "from/a/../../evil", "from//etc/evil", "from/link/evil", "from/a"];
    let server = holding(as_s3(), &keys);
    fs::create_dir_all(shell.path().join("d")).unwrap();
    shell.write("elsewhere/kept", b"1");
    symlink("../elsewhere", shell.path().join("d/link")).unwrap();
    let (code, _, lines) = result_of(&run(&shell, &server, &DOWN));
    assert_eq!(code, 1);
    let behind = "`d/link/evil': lies behind a symbolic link (d/link), outside of the destination";
    assert!(lines.contains(behind), "{lines}");
    assert_eq!(lines.matches("no local file has such a name").count(), 3, "{lines}");
    let names = |path: &str| {
        let entries = fs::read_dir(shell.path().join(path)).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort_unstable();
        names
    };
    assert_eq!(names("elsewhere"), ["kept"]);
    assert_eq!(names("d"), ["a", "link"]);
    assert_eq!(names(""), ["d", "elsewhere"]);
}

/// A careless `-sync --delete s3a://b/from ~` would delete the home directory.
#[test]
fn deletes_nothing_in_a_home_directory() {
    let shell = Shell::new();
    let server = holding(as_s3(), &["from/a"]);
    shell.write("home/me/x", b"1");
    for target in ["home/me", "home"] {
        let mut command = shell.command(&["--endpoint", &server.endpoint]);
        command.args(["-sync", "--delete", "s3a://b/from", target]);
        command.envs(KEYS).env("HOME", shell.path().join("home/me"));
        let (code, _, lines) = result_of(&command.output().unwrap());
        assert_eq!(code, 1);
        assert!(lines.starts_with(&format!("sync: `{target}': holds a home directory")), "{lines}");
    }
    assert!(shell.path().join("home/me/x").exists());
}

/// A pipe that is not read holds the deletion up, so that the signal arrives during it.
#[test]
fn stops_deleting_at_a_signal() {
    const FILES: usize = 600;
    let shell = Shell::new();
    let server = holding(as_s3(), &["from/a"]);
    for index in 0..FILES {
        shell.write(&format!("d/{index:0>200}"), b"1");
    }
    let mut command = shell.command(&[&["--endpoint", &server.endpoint][..], &DOWN].concat());
    let command = command.envs(KEYS).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().starts_with("Deleted ")));
    let pid = Pid::from_child(&child);
    kill_process(pid, Signal::TERM).unwrap();
    let more = lines.map_while(Result::ok).filter(|line| line.starts_with("Deleted ")).count();
    let output = child.wait_with_output().unwrap();
    let message = stderr(&output);
    assert_eq!(output.status.signal(), Some(15), "{message}");
    let left = fs::read_dir(shell.path().join("d")).unwrap().count() - 1;
    assert_eq!(left + 1 + more, FILES, "each deletion is reported");
    assert!(left > 0, "{message}");
    // The object was fetched.
    let summary = format!("interrupted: {} objects (1 bytes) were completed before", more + 2);
    assert!(message.contains(&summary), "{message}");
}

#[test]
fn keeps_objects_that_change_before_they_are_deleted() {
    let shell = Shell::new();
    shell.write("d/a", b"1");
    let is_late = Arc::new(AtomicBool::new(false));
    let server = Server::start(move |head, _| {
        let is_first = head.starts_with("POST") && !is_late.swap(true, Ordering::SeqCst);
        if is_first { Response::Late } else { Response::AsS3 }
    });
    let server = holding(server, &["to/x"]);
    let (code, _, lines) = result_of(&run(&shell, &server, &UP));
    assert_eq!(code, 1);
    assert!(lines.contains("`s3a://b/to/x': is kept: it changed since it was listed"), "{lines}");
    assert_eq!(server.object("/b/to/x").unwrap(), b"new");
}

/// A file takes the place of a directory, and the other way round.
#[test]
fn replaces_files_by_directories_in_s3() {
    let shell = Shell::new();
    shell.write("d/one/x", b"1");
    shell.write("d/two", b"1");
    let server = holding(as_s3(), &["to/one", "to/two/y"]);
    assert_eq!(result_of(&run(&shell, &server, &["-sync", "d", "s3a://b/to"])).0, 1);
    assert_eq!(result_of(&run(&shell, &server, &UP)).0, 0);
    let keys = ["to/one", "to/one/x", "to/two", "to/two/y"];
    assert_eq!(held(&server, &keys), ["to/one/x", "to/two"]);
    server.hold("/b/at", b"1");
    let (code, _, lines) =
        result_of(&run(&shell, &server, &["-sync", "--delete", "d", "s3a://b/at"]));
    assert_eq!(code, 1);
    assert!(lines.starts_with("sync: `s3a://b/at': Is not a directory"), "{lines}");
}

#[test]
fn rejects_sides_and_options_that_do_not_go_together() {
    let (shell, server) = (Shell::new(), as_s3());
    for (words, reason) in [
        (&["a", "b"][..], "one side must be in S3: write s3a://bucket/dir"),
        (&["s3a://b/a", "s3://b/b"], "both are in S3: -cp copies within S3"),
        (&["-", "s3a://b/a"], "expected a local directory, not stdin or stdout"),
        (&["--max-delete", "1", "a", "s3a://b/a"], "--max-delete is for --delete"),
        (
            &["--dry-run", "--report", "r", "a", "s3a://b/a"],
            "--report and --metrics record finished work: leave out --dry-run",
        ),
        (
            &["--report", "a/r", "a", "s3a://b/a"],
            "--report and --metrics must be outside of the local directory",
        ),
        (
            &["--metrics", "./a/m", "s3a://b/a", "a"],
            "--report and --metrics must be outside of the local directory",
        ),
        (
            &["--checksum", "crc32", "s3a://b/a", "a"],
            "--checksum and object options apply to copies to S3 only",
        ),
        (
            &["--tagging", "a=1", "s3a://b/a", "a"],
            "--checksum and object options apply to copies to S3 only",
        ),
        (&["a", "s3a:q"], "no bucket is named"),
        (&["file:q", "s3a://b/a"], "Relative path in absolute URI: file:q"),
    ] {
        let (code, _, lines) = result_of(&run(&shell, &server, &[&["-sync"], words].concat()));
        assert_eq!(code, 255, "{words:?}");
        assert!(lines.contains(reason), "{lines}");
    }
    assert_eq!(server.count("", ""), 0);
}
