//! `-cp` and `-mv`: what is copied and how, what is overwritten, and what is deleted.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]

mod program;
mod scripted;

use core::sync::atomic::{AtomicU32, Ordering};
use std::process::Output;

use program::{KEYS, Shell, stderr};
use scripted::{Response, Server};

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
fn done(output: &Output) -> (i32, String) {
    (output.status.code().unwrap(), stderr(output))
}

/// Returns a server that holds `a`, `d/x` and `d/e/y`.
fn holding(script: impl Fn(&str, u32) -> Response + Send + Sync + 'static) -> Server {
    let server = Server::start(script);
    for (path, content) in [("/b/a", "one"), ("/b/d/x", "ex"), ("/b/d/e/y", "")] {
        server.hold(path, content.as_bytes());
    }
    server
}

/// Returns a server that holds them, and gives one response to some requests.
fn answering(response: Response, to: impl Fn(&str, u32) -> bool + Send + Sync + 'static) -> Server {
    holding(move |head, times| if to(head, times) { response } else { Response::AsS3 })
}

const TAGS: &str = "<Tagging><TagSet><Tag><Key>t</Key><Value>u</Value></Tag></TagSet></Tagging>";
const MIB: usize = 1024 * 1024;
const DONE: (i32, String) = (0, String::new());

#[test]
fn copies_objects_and_directories_and_keeps_what_is_there() {
    let server = holding(|_, _| Response::AsS3);
    assert_eq!(done(&run(&server, &["-cp", "s3a://b/a", "s3a://b/c"])), DONE);
    assert_eq!(server.object("/b/c").unwrap(), b"one");
    let again = run(&server, &["-cp", "s3a://b/d/x", "s3a://b/c"]);
    assert_eq!(done(&again), (1, "cp: `s3a://b/c': File exists\n".to_owned()));
    assert_eq!(done(&run(&server, &["-cp", "-f", "s3a://b/d/x", "s3a://b/c"])), DONE);
    assert_eq!(server.object("/b/c").unwrap(), b"ex");
    assert_eq!(done(&run(&server, &["-cp", "s3a://b/d", "s3a://b/new"])), DONE);
    assert_eq!(done(&run(&server, &["-cp", "s3a://b/d", "s3a://b/new"])), DONE);
    for path in ["/b/new/x", "/b/new/e/y", "/b/new/d/x", "/b/new/d/e/y"] {
        assert!(server.object(path).is_some(), "{path}");
    }
    assert_eq!(server.count("GET /b/a", ""), 0, "the content stays in S3");
    assert!(server.object("/b/a").is_some() && server.object("/b/d/x").is_some());
}

#[test]
fn moves_objects_and_directories_between_buckets() {
    let server = holding(|_, _| Response::AsS3);
    assert_eq!(done(&run(&server, &["-mv", "s3a://b/a", "s3a://other/a2"])), DONE);
    assert_eq!((server.object("/b/a"), server.object("/other/a2")), (None, Some(b"one".to_vec())));
    assert_eq!(done(&run(&server, &["-mv", "s3a://b/d", "s3a://other/d2"])), DONE);
    for name in ["x", "e/y"] {
        assert!(server.object(&format!("/b/d/{name}")).is_none(), "{name}");
        assert!(server.object(&format!("/other/d2/{name}")).is_some(), "{name}");
    }
}

#[test]
fn moves_nothing_onto_itself_or_over_something() {
    let server = holding(|_, _| Response::AsS3);
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
        assert_eq!(done(&output), (1, format!("mv: {reason}\n")), "{source} {target}");
    }
    for path in ["/b/a", "/b/d/x", "/b/d/e/y"] {
        assert!(server.object(path).is_some(), "{path}");
    }
}

#[test]
fn keeps_a_source_whose_copy_is_not_there_as_s3_made_it() {
    let server = answering(Response::OtherEtag, |head, _| head.starts_with("HEAD /b/c"));
    let (code, text) = done(&run(&server, &["-mv", "s3a://b/a", "s3a://b/c"]));
    assert_eq!(code, 1, "{text}");
    assert_eq!(server.object("/b/a").unwrap(), b"one");
}

#[test]
fn keeps_a_source_that_another_one_has_replaced() {
    let asked = AtomicU32::new(0);
    let server = holding(move |head, _| {
        let is_source = head.starts_with("HEAD /b/a");
        // It is found at first, and looked at before it is deleted.
        let is_late = is_source && asked.fetch_add(1, Ordering::SeqCst) > 0;
        if is_late { Response::OtherEtag } else { Response::AsS3 }
    });
    let kept = "mv: `s3a://b/a': is kept: it changed since it was copied\n";
    let output = run(&server, &["-mv", "s3a://b/a", "s3a://b/c"]);
    assert_eq!(done(&output), (1, kept.to_owned()));
    assert_eq!(server.object("/b/a").unwrap(), b"one");
}

#[test]
fn deletes_nothing_of_a_directory_of_which_something_is_not_copied() {
    let refused = Response::Error(403, "AccessDenied");
    let server = answering(refused, |head, _| head.starts_with("PUT /b/new/x"));
    let (code, text) = done(&run(&server, &["-mv", "s3a://b/d", "s3a://b/new"]));
    assert!(code == 1 && text.contains("`s3a://b/d': is kept: not all of it could be copied"));
    assert!(server.object("/b/d/x").is_some() && server.object("/b/d/e/y").is_some());
    assert_eq!((server.count("DELETE", ""), server.count("POST", "delete=")), (0, 0));
}

#[test]
fn takes_an_error_within_a_response_of_success_for_one() {
    let failed = "<?xml version=\"1.0\"?>\n <Error><Code>InternalError</Code></Error>";
    for response in [Response::Says(failed), Response::Portal] {
        let server = answering(response, |head, _| head.starts_with("PUT"));
        let output = run(&server, &["-mv", "s3a://b/a", "s3a://b/c"]);
        assert_eq!(output.status.code(), Some(1), "{response:?}: {}", stderr(&output));
        assert!(server.object("/b/a").is_some() && server.object("/b/c").is_none(), "{response:?}");
    }
}

#[test]
fn finds_a_copy_whose_response_was_lost() {
    let is_lost = |head: &str, times| head.starts_with("PUT") && times == 0;
    let server = answering(Response::DoneButLost, is_lost);
    assert_eq!(done(&run(&server, &["-mv", "s3a://b/a", "s3a://b/c"])), DONE);
    assert_eq!((server.object("/b/a"), server.object("/b/c")), (None, Some(b"one".to_vec())));
}

#[test]
fn copies_without_a_condition_where_the_store_takes_it_for_one_of_the_source() {
    let server = holding(|head, _| {
        let is_misread = head.starts_with("PUT") && head.contains("if-none-match: *");
        if is_misread { Response::Error(412, "PreconditionFailed") } else { Response::AsS3 }
    });
    assert_eq!(done(&run(&server, &["-cp", "s3a://b/d", "s3a://b/new"])), DONE);
    assert!(server.object("/b/new/x").is_some() && server.object("/b/new/e/y").is_some());
    let exists = "cp: `s3a://b/new/x': File exists\n".to_owned();
    assert_eq!(done(&run(&server, &["-cp", "s3a://b/a", "s3a://b/new/x"])), (1, exists));
}

#[test]
fn keeps_the_condition_after_one_refusal_that_came_late() {
    // Another writer's object existed, and was deleted before rolefs looked.
    let is_late = |head: &str, times| head.starts_with("PUT") && times == 0;
    let server = answering(Response::Error(412, "PreconditionFailed"), is_late);
    assert_eq!(done(&run(&server, &["-cp", "-t", "1", "s3a://b/d", "s3a://b/new"])), DONE);
    assert!(server.object("/b/new/x").is_some() && server.object("/b/new/e/y").is_some());
    assert_eq!((server.count("PUT", ""), server.count("PUT", "if-none-match: *")), (3, 3));
}

#[test]
fn treats_a_missing_source_as_moved_when_resuming() {
    // The deletion that the killed move began is done after the listing.
    for (content, code) in [(&b"ex"[..], 0), (b"xe", 1)] {
        let gone = Response::Error(404, "NoSuchKey");
        let server = answering(gone, |head, _| head.contains(" /b/d/x"));
        server.hold("/b/new/x", content);
        let output = run(&server, &["-mv", "-resume", "s3a://b/d", "s3a://b/new"]);
        assert_eq!(done(&output).0, code, "{}", stderr(&output));
    }
}

const IN_PARTS: [&str; 4] = ["--multipart-threshold", "5M", "--part-size", "5M"];

#[test]
fn copies_a_long_object_in_parts_and_resumes() {
    let content: Vec<u8> = (0..=11 * MIB).map(|at| u8::try_from(at % 251).unwrap()).collect();
    let server = Server::start(|head, times| {
        let is_refused = head.contains("partNumber=3") && times == 0;
        if is_refused { Response::Error(403, "AccessDenied") } else { Response::AsS3 }
    });
    server.hold("/b/long", &content);
    let shell = Shell::new();
    let words = ["-mv", "-resume", "-t", "1"]
        .into_iter()
        .chain(IN_PARTS)
        .chain(["s3a://b/long", "s3a://b/c"]);
    let words: Vec<_> = words.collect();
    let (code, said) = done(&in_shell(&shell, &server, &words));
    assert!(code == 1 && said.contains("is kept, and its parts are charged for"), "{said}");
    assert!(server.object("/b/long").is_some() && server.unfinished() == 1);
    assert_eq!(done(&in_shell(&shell, &server, &words)), DONE);
    assert_eq!((server.object("/b/long"), server.object("/b/c")), (None, Some(content)));
    assert_eq!(server.unfinished(), 0);
    for (part, times) in [("partNumber=1&", 1), ("partNumber=2&", 1), ("partNumber=3&", 2)] {
        assert_eq!(server.count_both("PUT", part, "x-amz-copy-source: /b/long"), times, "{part}");
    }
}

#[test]
fn copies_only_missing_objects_when_resuming_a_move() {
    let server = holding(|_, _| Response::AsS3);
    server.hold("/b/new/x", b"ex");
    let refused = run(&server, &["-mv", "s3a://b/d", "s3a://b/new"]);
    assert!(refused.status.success(), "goes below it: {}", stderr(&refused));
    assert!(server.object("/b/new/d/x").is_some());
    let server = holding(|_, _| Response::AsS3);
    server.hold("/b/new/x", b"ex");
    assert_eq!(done(&run(&server, &["-mv", "-resume", "s3a://b/d", "s3a://b/new"])), DONE);
    assert_eq!((server.count("PUT /b/new/x", ""), server.count("PUT /b/new/e/y", "")), (0, 1));
    assert!(server.object("/b/d/x").is_none() && server.object("/b/d/e/y").is_none());
}

#[test]
fn replaces_metadata_and_tags_if_asked() {
    let server = holding(|_, _| Response::AsS3);
    let words = ["-cp", "--metadata", "p=q", "--tagging", "t=u", "s3a://b/a", "s3a://b/c"];
    assert_eq!(done(&run(&server, &words)), DONE);
    for header in
        ["x-amz-metadata-directive: replace", "x-amz-meta-p: q", "x-amz-tagging-directive: replace"]
    {
        assert_eq!(server.count("PUT /b/c", header), 1, "{header}");
    }
    // Onto itself, too: there is no other way to change them.
    let words = ["-cp", "-f", "--metadata", "p=q", "s3a://b/a", "/b/a"];
    assert_eq!(done(&run(&server, &words)).0, 255);
    let words = ["-cp", "-f", "--metadata", "p=q", "s3a://b/a", "s3a://b/a"];
    assert_eq!(done(&run(&server, &words)), DONE);
    assert_eq!(server.count("PUT /b/a", "x-amz-metadata-directive: replace"), 1);
    assert_eq!(done(&run(&server, &["-cp", "-f", "s3a://b/a", "s3a://b/a"])), DONE);
    assert_eq!(server.count("PUT /b/a", ""), 1, "nothing would change");
}

#[test]
fn keeps_tags_of_a_long_object_whose_metadata_are_replaced() {
    let server = Server::start(|head, _| {
        if head.starts_with("GET /b/long?tagging") { Response::Says(TAGS) } else { Response::AsS3 }
    });
    let lines = "x-amz-meta-p: old\r\nx-amz-tagging-count: 1\r\n\
                 x-amz-website-redirect-location: /else\r\n";
    server.hold_with("/b/long", &vec![1; 6 * MIB], lines);
    for (options, headers) in [
        (&["--metadata", "p=new"][..], &["x-amz-meta-p: new", "x-amz-tagging: t=u"][..]),
        (&["--content-type", "a/b"], &["content-type: a/b", "x-amz-tagging: t=u"]),
        (&["--tagging", "v=w"], &["x-amz-meta-p: old", "x-amz-tagging: v=w"]),
        (&[], &["x-amz-meta-p: old", "x-amz-tagging: t=u"]),
    ] {
        let begun = server.count("POST", "uploads=");
        let counts: Vec<_> = headers.iter().map(|header| server.count("POST", header)).collect();
        let words = [&["-cp", "-f"], &IN_PARTS[..], options, &["s3a://b/long", "s3a://b/c"]];
        assert_eq!(done(&run(&server, &words.concat())), DONE);
        assert_eq!(server.count("POST", "uploads="), begun + 1, "{options:?}");
        for (header, count) in headers.iter().zip(counts) {
            assert_eq!(server.count("POST", header), count + 1, "{options:?}: {header}");
        }
    }
    assert_eq!(server.count("GET", "tagging"), 3, "replaced tags are not asked for");
    assert_eq!(server.count("POST", "directive"), 0);
    assert_eq!(server.count("POST", "redirect-location"), 0, "as with CopyObject");
}

#[test]
fn does_not_accept_a_copy_with_other_metadata() {
    for (source, copy, is_same) in [
        ("x-amz-meta-p: q\r\n", "x-amz-meta-p: q\r\n", true),
        ("x-amz-meta-p: q\r\n", "", false),
        ("x-amz-meta-p: q\r\n", "x-amz-meta-p: r\r\n", false),
        ("", "Content-Encoding: gzip\r\n", false),
        ("x-amz-tagging-count: 1\r\n", "", false),
        ("x-amz-tagging-count: 1\r\n", "x-amz-tagging-count: 1\r\n", true),
    ] {
        let server = Server::start(|head, _| {
            if head.contains("?tagging=") { Response::Says(TAGS) } else { Response::AsS3 }
        });
        server.hold_with("/b/a", b"one", source);
        server.hold_with("/b/c", b"one", copy);
        let (code, text) = done(&run(&server, &["-mv", "-resume", "s3a://b/a", "s3a://b/c"]));
        let other = "`s3a://b/c': has the content of the source, but other metadata or tags";
        assert_eq!((code, text.contains(other)), (i32::from(!is_same), !is_same), "{text}");
        assert_eq!(server.object("/b/a").is_none(), is_same, "{source:?} {copy:?}");
        assert_eq!(server.count("PUT", ""), 0);
    }
}

#[test]
fn keeps_what_is_overwritten_while_a_directory_is_deleted() {
    let server = answering(Response::Late, |head, _| head.starts_with("POST"));
    let (code, text) = done(&run(&server, &["-mv", "s3a://b/d", "s3a://b/new"]));
    for name in ["x", "e/y"] {
        let kept = format!("mv: `s3a://b/d/{name}': is kept: it changed since it was copied");
        assert!(code == 1 && text.contains(&kept), "{text}");
        assert_eq!(server.object(&format!("/b/d/{name}")).as_deref(), Some(&b"new"[..]));
    }
}

#[test]
fn deletes_a_directory_where_the_store_lacks_or_misreads_the_condition() {
    let other = "<DeleteResult><Error><Key>d/x</Key><Code>PreconditionFailed</Code></Error>\
                 <Error><Key>d/e/y</Key><Code>PreconditionFailed</Code></Error></DeleteResult>";
    for (response, requests) in [
        (Response::Error(400, "MalformedXML"), (1, 2)),
        (Response::Error(501, "NotImplemented"), (1, 2)),
        (Response::Says(other), (1, 2)),
    ] {
        let is_first = |head: &str, times| head.starts_with("POST") && times == 0;
        let server = answering(response, is_first);
        assert_eq!(done(&run(&server, &["-mv", "s3a://b/d", "s3a://b/new"])), DONE, "{response:?}");
        assert!(server.object("/b/d/x").is_none() && server.object("/b/d/e/y").is_none());
        assert_eq!(
            (server.count("POST", ""), server.count("DELETE", "")),
            requests,
            "{response:?}"
        );
    }
}

#[test]
fn copies_local_files_as_put_and_get_do() {
    let server = holding(|_, _| Response::AsS3);
    let shell = Shell::new();
    shell.write("tree/f", b"local");
    let local = |name: &str| format!("file://{}", shell.path().join(name).display());
    let words = ["-cp", &local("tree"), "s3a://b/up"];
    assert_eq!(done(&in_shell(&shell, &server, &words)), DONE);
    assert_eq!(server.object("/b/up/f").unwrap(), b"local");
    let words = ["-cp", "s3a://b/d", &local("down")];
    let (code, _) = done(&in_shell(&shell, &server, &words));
    assert!(shell.path().join("down/e/y").exists(), "{code}");
    for words in [
        &["-cp", "file:///tmp/a", "file:///tmp/b"][..],
        &["-cp", "file:///tmp/a", "s3a://b/a", "s3a://b/d"],
    ] {
        assert_eq!(run(&server, words).status.code(), Some(255), "{words:?}");
    }
}
