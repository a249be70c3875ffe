//! `-cp` and `-mv`: what is copied and how, what is overwritten, and what is deleted.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]

mod program;
mod scripted;

use core::sync::atomic::{AtomicU32, Ordering};
use std::process::Output;

use program::{KEYS, Shell, stderr};
use scripted::{Answer, Server};

fn run(server: &Server, words: &[&str]) -> Output {
    let shell = Shell::new();
    in_shell(&shell, server, words)
}

fn in_shell(shell: &Shell, server: &Server, words: &[&str]) -> Output {
    let state = shell.path().join("state");
    let begin = ["--endpoint", &server.endpoint, "-D", "fs.s3a.retry.limit=1"];
    let mut command = shell.command(&[&begin, words].concat());
    command.envs(KEYS).env("ROLEFS_STATE_DIR", state).output().unwrap()
}

/// Returns the exit code, and the lines on stderr.
fn told(output: &Output) -> (i32, String) {
    (output.status.code().unwrap(), stderr(output))
}

/// Returns a server that holds `a`, `d/x` and `d/e/y`.
fn holding(script: impl Fn(&str, u32) -> Answer + Send + Sync + 'static) -> Server {
    let server = Server::start(script);
    for (path, content) in [("/b/a", "one"), ("/b/d/x", "ex"), ("/b/d/e/y", "")] {
        server.hold(path, content.as_bytes());
    }
    server
}

const MIB: usize = 1024 * 1024;
const DONE: (i32, String) = (0, String::new());

#[test]
fn copies_objects_and_directories_and_keeps_what_is_there() {
    let server = holding(|_, _| Answer::AsS3);
    assert_eq!(told(&run(&server, &["-cp", "s3a://b/a", "s3a://b/c"])), DONE);
    assert_eq!(server.object("/b/c").unwrap(), b"one");
    let again = run(&server, &["-cp", "s3a://b/d/x", "s3a://b/c"]);
    assert_eq!(told(&again), (1, "cp: `s3a://b/c': File exists\n".to_owned()));
    assert_eq!(told(&run(&server, &["-cp", "-f", "s3a://b/d/x", "s3a://b/c"])), DONE);
    assert_eq!(server.object("/b/c").unwrap(), b"ex");
    assert_eq!(told(&run(&server, &["-cp", "s3a://b/d", "s3a://b/new"])), DONE);
    assert_eq!(told(&run(&server, &["-cp", "s3a://b/d", "s3a://b/new"])), DONE);
    for path in ["/b/new/x", "/b/new/e/y", "/b/new/d/x", "/b/new/d/e/y"] {
        assert!(server.object(path).is_some(), "{path}");
    }
    assert_eq!(server.count("GET /b/a", ""), 0, "the content stays in S3");
    assert!(server.object("/b/a").is_some() && server.object("/b/d/x").is_some());
}

#[test]
fn moves_objects_and_directories_between_buckets() {
    let server = holding(|_, _| Answer::AsS3);
    assert_eq!(told(&run(&server, &["-mv", "s3a://b/a", "s3a://other/a2"])), DONE);
    assert_eq!((server.object("/b/a"), server.object("/other/a2")), (None, Some(b"one".to_vec())));
    assert_eq!(told(&run(&server, &["-mv", "s3a://b/d", "s3a://other/d2"])), DONE);
    for name in ["x", "e/y"] {
        assert!(server.object(&format!("/b/d/{name}")).is_none(), "{name}");
        assert!(server.object(&format!("/other/d2/{name}")).is_some(), "{name}");
    }
}

#[test]
fn moves_nothing_onto_itself_or_over_something() {
    let server = holding(|_, _| Answer::AsS3);
    for (source, target, reason) in [
        ("s3a://b/a", "s3a://b/a", "`s3a://b/a': File exists"),
        ("s3a://b/a", "s3a://b/d/x", "`s3a://b/d/x': File exists"),
        ("s3a://b/d", "s3a://b/a", "`s3a://b/a': File exists"),
        ("s3a://b/d", "s3a://b/d", "`s3a://b/d' to `s3a://b/d/d': is a subdirectory of itself"),
        ("s3a://b/d", "s3a://b/d/z", "`s3a://b/d' to `s3a://b/d/z': is a subdirectory of itself"),
        (
            "s3a://b/d/x",
            "s3a://b/a/x",
            "`s3a://b/a/x': Parent path is not a directory: `s3a://b/a'",
        ),
        ("s3a://b/a", "file:///tmp/a", "`s3a://b/a': Does not match target filesystem"),
    ] {
        let output = run(&server, &["-mv", source, target]);
        assert_eq!(told(&output), (1, format!("mv: {reason}\n")), "{source} {target}");
    }
    for path in ["/b/a", "/b/d/x", "/b/d/e/y"] {
        assert!(server.object(path).is_some(), "{path}");
    }
}

#[test]
fn keeps_a_source_whose_copy_is_not_there_as_s3_made_it() {
    let server =
        holding(
            |head, _| if head.starts_with("HEAD /b/c") { Answer::OtherEtag } else { Answer::AsS3 },
        );
    let (code, told) = told(&run(&server, &["-mv", "s3a://b/a", "s3a://b/c"]));
    assert_eq!(code, 1, "{told}");
    assert_eq!(server.object("/b/a").unwrap(), b"one");
}

#[test]
fn keeps_a_source_that_another_one_has_replaced() {
    let asked = AtomicU32::new(0);
    let server = holding(move |head, _| {
        let is_source = head.starts_with("HEAD /b/a");
        // It is found at first, and looked at before it is deleted.
        let is_late = is_source && asked.fetch_add(1, Ordering::SeqCst) > 0;
        if is_late { Answer::OtherEtag } else { Answer::AsS3 }
    });
    let kept = "mv: `s3a://b/a': is kept: it changed since it was copied\n";
    let output = run(&server, &["-mv", "s3a://b/a", "s3a://b/c"]);
    assert_eq!(told(&output), (1, kept.to_owned()));
    assert_eq!(server.object("/b/a").unwrap(), b"one");
}

#[test]
fn deletes_nothing_of_a_directory_of_which_something_is_not_copied() {
    let server = holding(|head, _| {
        let is_refused = head.starts_with("PUT /b/new/x");
        if is_refused { Answer::Error(403, "AccessDenied") } else { Answer::AsS3 }
    });
    let (code, told) = told(&run(&server, &["-mv", "s3a://b/d", "s3a://b/new"]));
    assert!(code == 1 && told.contains("`s3a://b/d': is kept: not all of it could be copied"));
    assert!(server.object("/b/d/x").is_some() && server.object("/b/d/e/y").is_some());
    assert_eq!((server.count("DELETE", ""), server.count("POST", "delete=")), (0, 0));
}

#[test]
fn takes_an_error_within_an_answer_of_success_for_one() {
    let failed = "<?xml version=\"1.0\"?>\n <Error><Code>InternalError</Code></Error>";
    for answer in [Answer::Says(failed), Answer::Portal] {
        let server =
            holding(move |head, _| if head.starts_with("PUT") { answer } else { Answer::AsS3 });
        let output = run(&server, &["-mv", "s3a://b/a", "s3a://b/c"]);
        assert_eq!(output.status.code(), Some(1), "{answer:?}: {}", stderr(&output));
        assert!(server.object("/b/a").is_some() && server.object("/b/c").is_none(), "{answer:?}");
    }
}

#[test]
fn finds_a_copy_whose_answer_was_lost() {
    let server = holding(|head, times| {
        let is_lost = head.starts_with("PUT") && times == 0;
        if is_lost { Answer::DoneButLost } else { Answer::AsS3 }
    });
    assert_eq!(told(&run(&server, &["-mv", "s3a://b/a", "s3a://b/c"])), DONE);
    assert_eq!((server.object("/b/a"), server.object("/b/c")), (None, Some(b"one".to_vec())));
}

#[test]
fn copies_without_a_condition_where_the_store_takes_it_for_one_of_the_source() {
    let server = holding(|head, _| {
        let is_misread = head.starts_with("PUT") && head.contains("if-none-match: *");
        if is_misread { Answer::Error(412, "PreconditionFailed") } else { Answer::AsS3 }
    });
    assert_eq!(told(&run(&server, &["-cp", "s3a://b/d", "s3a://b/new"])), DONE);
    assert!(server.object("/b/new/x").is_some() && server.object("/b/new/e/y").is_some());
    let exists = "cp: `s3a://b/new/x': File exists\n".to_owned();
    assert_eq!(told(&run(&server, &["-cp", "s3a://b/a", "s3a://b/new/x"])), (1, exists));
}

const IN_PARTS: [&str; 4] = ["--multipart-threshold", "5M", "--part-size", "5M"];

#[test]
fn copies_a_long_object_in_parts_and_goes_on() {
    let content: Vec<u8> = (0..=11 * MIB).map(|at| u8::try_from(at % 251).unwrap()).collect();
    let server = Server::start(|head, times| {
        let is_refused = head.contains("partNumber=3") && times == 0;
        if is_refused { Answer::Error(403, "AccessDenied") } else { Answer::AsS3 }
    });
    server.hold("/b/long", &content);
    let shell = Shell::new();
    let words = ["-mv", "-resume", "-t", "1"]
        .into_iter()
        .chain(IN_PARTS)
        .chain(["s3a://b/long", "s3a://b/c"]);
    let words: Vec<_> = words.collect();
    let (code, told_of) = told(&in_shell(&shell, &server, &words));
    assert!(code == 1 && told_of.contains("is kept, and its parts are charged for"), "{told_of}");
    assert!(server.object("/b/long").is_some() && server.unfinished() == 1);
    assert_eq!(told(&in_shell(&shell, &server, &words)), DONE);
    assert_eq!((server.object("/b/long"), server.object("/b/c")), (None, Some(content)));
    assert_eq!(server.unfinished(), 0);
    for (part, times) in [("partNumber=1&", 1), ("partNumber=2&", 1), ("partNumber=3&", 2)] {
        assert_eq!(server.count_both("PUT", part, "x-amz-copy-source: /b/long"), times, "{part}");
    }
}

#[test]
fn a_move_that_goes_on_copies_only_what_is_missing() {
    let server = holding(|_, _| Answer::AsS3);
    server.hold("/b/new/x", b"ex");
    let refused = run(&server, &["-mv", "s3a://b/d", "s3a://b/new"]);
    assert!(refused.status.success(), "goes below it: {}", stderr(&refused));
    assert!(server.object("/b/new/d/x").is_some());
    let server = holding(|_, _| Answer::AsS3);
    server.hold("/b/new/x", b"ex");
    assert_eq!(told(&run(&server, &["-mv", "-resume", "s3a://b/d", "s3a://b/new"])), DONE);
    assert_eq!((server.count("PUT /b/new/x", ""), server.count("PUT /b/new/e/y", "")), (0, 1));
    assert!(server.object("/b/d/x").is_none() && server.object("/b/d/e/y").is_none());
}

#[test]
fn replaces_metadata_and_tags_if_asked() {
    let server = holding(|_, _| Answer::AsS3);
    let words = ["-cp", "--metadata", "p=q", "--tagging", "t=u", "s3a://b/a", "s3a://b/c"];
    assert_eq!(told(&run(&server, &words)), DONE);
    for header in
        ["x-amz-metadata-directive: replace", "x-amz-meta-p: q", "x-amz-tagging-directive: replace"]
    {
        assert_eq!(server.count("PUT /b/c", header), 1, "{header}");
    }
    // Onto itself, too: there is no other way to change them.
    assert_eq!(
        told(&run(&server, &["-cp", "-f", "--metadata", "p=q", "s3a://b/a", "/b/a"])).0,
        255
    );
    let words = ["-cp", "-f", "--metadata", "p=q", "s3a://b/a", "s3a://b/a"];
    assert_eq!(told(&run(&server, &words)), DONE);
    assert_eq!(server.count("PUT /b/a", "x-amz-metadata-directive: replace"), 1);
    assert_eq!(told(&run(&server, &["-cp", "-f", "s3a://b/a", "s3a://b/a"])), DONE);
    assert_eq!(server.count("PUT /b/a", ""), 1, "nothing would change");
}

#[test]
fn copies_local_files_as_put_and_get_do() {
    let server = holding(|_, _| Answer::AsS3);
    let shell = Shell::new();
    shell.write("tree/f", b"local");
    let local = |name: &str| format!("file://{}", shell.path().join(name).display());
    let words = ["-cp", &local("tree"), "s3a://b/up"];
    assert_eq!(told(&in_shell(&shell, &server, &words)), DONE);
    assert_eq!(server.object("/b/up/f").unwrap(), b"local");
    let words = ["-cp", "s3a://b/d", &local("down")];
    let (code, _) = told(&in_shell(&shell, &server, &words));
    assert!(shell.path().join("down/e/y").exists(), "{code}");
    for words in [
        &["-cp", "file:///tmp/a", "file:///tmp/b"][..],
        &["-cp", "file:///tmp/a", "s3a://b/a", "s3a://b/d"],
    ] {
        assert_eq!(run(&server, words).status.code(), Some(255), "{words:?}");
    }
}
