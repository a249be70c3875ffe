//! Interrupted uploads that are resumed.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]
#![cfg(unix)]

mod scripted;

use core::time::Duration;
use std::fs::{self, File};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Instant, SystemTime};

use scripted::{Response, Server};
use tempfile::TempDir;

const PART: usize = 5 << 20;

/// Writes a file of three parts, which the server would not call by their MD5s: only the journal
/// knows them.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a"), content()).unwrap();
    folder
}

fn content() -> Vec<u8> {
    (0..2 * PART + 2).map(|at| at.to_le_bytes()[2]).collect()
}

fn command(server: &Server, folder: &TempDir, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rolefs"));
    command
        .args(["--endpoint", &server.endpoint])
        .args(words)
        .current_dir(folder.path())
        .env_clear()
        .env("ROLEFS_STATE_DIR", folder.path().join("state"))
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

/// Runs a put that sends part after part.
fn put(server: &Server, folder: &TempDir, options: &[&str]) -> Child {
    let words = ["-put", "-t", "1", "--part-size", "5M", "--multipart-threshold", "5M"];
    let words = [&words, options, &["a", "s3a://b/k"]].concat();
    command(server, folder, &words).spawn().unwrap()
}

/// Returns the exit code, stdout and stderr.
fn end(child: Child) -> (Option<i32>, String, String) {
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code(), text(output.stdout), text(output.stderr))
}

fn uploads(server: &Server, folder: &TempDir, options: &[&str]) -> (Option<i32>, String, String) {
    let words = [&["-uploads"], options, &["s3a://b/"]].concat();
    end(command(server, folder, &words).spawn().unwrap())
}

fn resume(server: &Server, folder: &TempDir) -> (Option<i32>, String) {
    let (code, _, message) = end(put(server, folder, &["-resume", "-v"]));
    (code, message)
}

fn wait_for(server: &Server, method: &str, part: &str) {
    let began = Instant::now();
    while server.count(method, part) == 0 {
        assert!(began.elapsed() < Duration::from_mins(1), "nothing came");
        thread::sleep(Duration::from_millis(10));
    }
}

/// Starts a server that never answers the first request with this in its head, and returns it with
/// a put that was killed while it waited.
fn killed(method: &'static str, place: &'static str, folder: &TempDir) -> Server {
    let server = Server::start(move |head, times| {
        let is_it = head.starts_with(method) && head.contains(place);
        if is_it && times < 1 { Response::Never } else { Response::AsS3 }
    });
    let mut child = put(&server, folder, &[]);
    wait_for(&server, method, place);
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!((server.object("/b/k"), server.unfinished()), (None, 1));
    server
}

fn journals(folder: &TempDir) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder.path().join("state")).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

fn parts_sent(server: &Server) -> [usize; 3] {
    [1, 2, 3].map(|number| server.count("PUT", &format!("partNumber={number}&")))
}

#[test]
fn resumes_after_a_kill_and_sends_only_missing_parts() {
    let folder = folder();
    let server = killed("PUT", "partNumber=3&", &folder);
    assert_eq!(journals(&folder).len(), 1);
    let (code, message) = resume(&server, &folder);
    assert_eq!(
        message,
        "put: `s3a://b/k': resumes the upload upload-1: 2 of 3 parts are stored\n\
         put: 1 object, 10485762 bytes, 1 part, and 2 already there; sent again 0 times, throttled 0 \
         times; checked: SHA-256 of each part signed; ETag compared\n"
    );
    assert_eq!((code, parts_sent(&server)), (Some(0), [1, 1, 2]));
    assert!(server.object("/b/k").unwrap() == content());
    assert_eq!((server.unfinished(), journals(&folder)), (0, Vec::new()));
}

#[test]
fn sends_parts_again_that_the_journal_lacks() {
    let folder = folder();
    let server = killed("PUT", "partNumber=3&", &folder);
    let journal = journals(&folder).pop().unwrap();
    let text = fs::read_to_string(&journal).unwrap();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines.len(), 3, "{text}");
    fs::write(&journal, format!("{}\n{}\n{{\"pa", lines[0], lines[2])).unwrap();
    let (code, message) = resume(&server, &folder);
    assert!(message.contains("1 of 3 parts are stored"), "{message}");
    assert_eq!((code, parts_sent(&server)), (Some(0), [2, 1, 2]));
    assert!(server.object("/b/k").unwrap() == content());
}

/// The parts that S3 holds were cut by the length that was set then.
#[test]
fn resumes_with_the_length_of_parts_that_it_began_with() {
    let folder = folder();
    let server = killed("PUT", "partNumber=3&", &folder);
    let words = ["-put", "-t", "1", "--part-size", "7M", "--multipart-threshold", "5M"];
    let words = [&words[..], &["-resume", "-v", "a", "s3a://b/k"]].concat();
    let (code, _, message) = end(command(&server, &folder, &words).spawn().unwrap());
    assert!(message.contains("2 of 3 parts are stored"), "{message}");
    assert_eq!((code, parts_sent(&server)), (Some(0), [1, 1, 2]));
    assert!(server.object("/b/k").unwrap() == content());
}

#[test]
fn does_not_resume_after_a_file_changed() {
    let folder = folder();
    let server = killed("PUT", "partNumber=3&", &folder);
    let file = File::options().append(true).open(folder.path().join("a")).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
    let (code, message) = resume(&server, &folder);
    assert!(message.contains("upload-1 was begun before the file changed"), "{message}");
    assert!(message.contains("nothing to resume: all of it is sent"), "{message}");
    assert_eq!((code, parts_sent(&server)), (Some(0), [2, 2, 2]));
    assert!(server.object("/b/k").unwrap() == content());
    let (code, listed, _) = uploads(&server, &folder, &["-abort"]);
    let line = "2015-08-30 12:36 - - s3a://b/k upload-1";
    assert_eq!((code, listed), (Some(0), format!("Found 1 items\n{line}\n")));
    assert_eq!((server.unfinished(), journals(&folder)), (0, Vec::new()));
}

#[test]
fn resumes_the_newest_of_two_killed_uploads() {
    let folder = folder();
    let server = Server::start(|head, times| {
        let is_it = head.contains("partNumber=3&") && times < 2;
        if is_it { Response::Never } else { Response::AsS3 }
    });
    for begun in 1..=2 {
        let mut child = put(&server, &folder, &[]);
        let began = Instant::now();
        while server.count("PUT", "partNumber=3&") < begun {
            assert!(began.elapsed() < Duration::from_mins(1), "no part came");
            thread::sleep(Duration::from_millis(10));
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let (code, message) = resume(&server, &folder);
    assert!(message.contains("the upload upload-1 is older, and is not resumed"), "{message}");
    assert!(message.contains("resumes the upload upload-2: 2 of 3 parts are stored"), "{message}");
    assert_eq!((code, parts_sent(&server)), (Some(0), [2, 2, 3]));
    assert_eq!((server.unfinished(), journals(&folder).len()), (1, 1));
}

#[test]
fn does_not_resume_with_other_metadata() {
    let folder = folder();
    let server = killed("PUT", "partNumber=3&", &folder);
    let (code, _, message) = end(put(&server, &folder, &["-resume", "-p"]));
    assert!(message.contains("upload-1 was begun with other metadata"), "{message}");
    assert_eq!((code, parts_sent(&server)), (Some(0), [2, 2, 2]));
}

#[test]
fn finds_the_object_complete_after_a_kill() {
    let folder = folder();
    let server = killed("POST", "uploadId=", &folder);
    let journal = journals(&folder).pop().unwrap();
    let copy = fs::read(&journal).unwrap();
    assert_eq!(resume(&server, &folder).0, Some(0));
    assert!(journals(&folder).is_empty());
    // As if that one had been killed before it could remove its journal.
    fs::write(&journal, &copy).unwrap();
    let (code, message) = resume(&server, &folder);
    assert!(message.contains("`s3a://b/k': was complete already: nothing is sent"), "{message}");
    assert_eq!((code, parts_sent(&server)), (Some(0), [1, 1, 1]));
    assert!(journals(&folder).is_empty());
    // A comparison finds the same.
    fs::write(&journal, copy).unwrap();
    let update = ["-f", "--update", "-resume"];
    let (code, _, message) = end(put(&server, &folder, &update));
    assert_eq!((code, parts_sent(&server)), (Some(0), [1, 1, 1]), "{message}");
    assert!(journals(&folder).is_empty());
    // Nothing says any more whose it is.
    let (code, message) = resume(&server, &folder);
    assert!(code == Some(1) && message.contains("put: `s3a://b/k': File exists\n"), "{message}");
}

#[test]
fn keeps_a_failed_upload_only_with_resume() {
    for (options, kept) in [(&["-resume"][..], 1), (&[], 0)] {
        let server = Server::start(|head, times| {
            let is_it = head.contains("partNumber=3&") && times < 1;
            if is_it { Response::Error(403, "AccessDenied") } else { Response::AsS3 }
        });
        let folder = folder();
        let (code, _, message) = end(put(&server, &folder, options));
        assert!(code == Some(1) && message.contains("AccessDenied"), "{message}");
        assert_eq!(message.contains("the upload upload-1 is kept"), kept == 1, "{message}");
        assert_eq!((server.unfinished(), journals(&folder).len()), (kept, kept));
        assert_eq!(resume(&server, &folder).0, Some(0));
        assert_eq!(parts_sent(&server)[0], 2 - kept);
        assert!(server.object("/b/k").unwrap() == content());
        assert_eq!((server.unfinished(), journals(&folder).len()), (0, 0));
    }
}

#[test]
fn leaves_an_upload_to_its_running_process() {
    let folder = folder();
    let server = Server::start(|head, times| {
        let is_it = head.contains("partNumber=3&") && times < 1;
        if is_it { Response::Never } else { Response::AsS3 }
    });
    let mut child = put(&server, &folder, &[]);
    wait_for(&server, "PUT", "partNumber=3&");
    let (code, _, message) = uploads(&server, &folder, &["-abort"]);
    let busy = "uploads: `s3a://b/k': a process of this host works on it: it is not aborted\n";
    assert_eq!((code, message.as_str()), (Some(1), busy));
    let (code, message) = resume(&server, &folder);
    assert!(message.contains("another process works on the upload upload-1"), "{message}");
    assert_eq!((code, server.unfinished()), (Some(0), 1));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn puts_without_a_place_for_journals() {
    let folder = folder();
    fs::write(folder.path().join("state"), "no directory").unwrap();
    let server = Server::start(|_, _| Response::AsS3);
    let (code, _, message) = end(put(&server, &folder, &["-v"]));
    assert!(
        code == Some(0)
            && message.contains(
                "put: no journal was written, so an interrupted upload cannot be resumed: "
            ),
        "{message}"
    );
    let (code, _, message) = end(put(&server, &folder, &["-f"]));
    assert_eq!((code, message.as_str()), (Some(0), ""));
    let (code, message) = resume(&server, &folder);
    assert!(code == Some(1) && message.contains("the journals cannot be read: "), "{message}");
}

#[test]
fn uploads_are_listed_by_age_and_old_ones_have_a_hint() {
    let folder = folder();
    let server = killed("PUT", "partNumber=3&", &folder);
    let (code, listed, message) = uploads(&server, &folder, &[]);
    assert_eq!((code, listed.lines().count()), (Some(0), 2), "{listed}");
    assert!(message.contains("AbortIncompleteMultipartUpload"), "{message}");
    let (code, listed, message) = uploads(&server, &folder, &["-abort", "-olderThan", "36500d"]);
    assert_eq!((code, listed.as_str(), message.as_str()), (Some(0), "", ""));
    assert_eq!(server.unfinished(), 1);
    let (code, _, message) = uploads(&server, &folder, &["-olderThan", "1"]);
    assert!(code == Some(255) && message.contains("write a number with s, m, h or d"), "{message}");
}
