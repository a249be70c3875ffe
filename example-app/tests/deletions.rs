//! Deletions of which a store does only a part, or which it cannot read.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]
#![cfg(unix)]

mod program;
mod scripted;

use std::fs;
use std::os::unix::fs::symlink;

use program::{KEYS, Shell, stderr, stdout};
use scripted::{Response, Server};

const UP: [&str; 4] = ["-sync", "--delete", "d", "s3a://b/to"];

/// Returns the exit code, stdout and stderr.
fn run(shell: &Shell, server: &Server, words: &[&str]) -> (i32, String, String) {
    let begin = ["--endpoint", &server.endpoint, "-D", "fs.s3a.retry.limit=1"];
    let output = shell.command(&[&begin, words].concat()).envs(KEYS).output().unwrap();
    (output.status.code().unwrap(), stdout(&output), stderr(&output))
}

/// Synchronizes a directory with one file to a place with two more objects. The script is given the
/// head of a request.
fn deleted(
    script: impl Fn(&str, u32) -> Response + Send + Sync + 'static,
) -> ((i32, String, String), Server) {
    let shell = Shell::new();
    shell.write("d/a", b"1");
    let server = Server::start(script);
    server.hold("/b/to/x", b" ");
    server.hold("/b/to/y", b" ");
    (run(&shell, &server, &UP), server)
}

/// Such as a key that the store normalizes.
#[test]
fn reports_errors_for_keys_that_were_not_in_the_request() {
    let other = "<DeleteResult><Error><Key>to/z</Key><Code>AccessDenied</Code></Error>\
                 </DeleteResult>";
    let ((code, _, lines), _) =
        deleted(
            move |head, _| {
                if head.starts_with("POST") { Response::Says(other) } else { Response::AsS3 }
            },
        );
    assert_eq!(code, 1);
    assert!(lines.contains("sync: `s3a://b/to/z': AccessDenied"), "{lines}");
}

/// The next request would name no object, which S3 refuses as malformed.
#[test]
fn does_not_repeat_a_deletion_for_unknown_keys() {
    let again = "<DeleteResult><Error><Key>to/z</Key><Code>InternalError</Code></Error>\
                 <Error><Key>to/x</Key><Code>InternalError</Code></Error></DeleteResult>";
    let unknown = "<DeleteResult><Error><Key>to/z</Key><Code>InternalError</Code></Error>\
                   </DeleteResult>";
    for (response, requests) in [(unknown, 1), (again, 2)] {
        let ((code, lines, errors), server) = deleted(move |head, times| {
            let is_first = head.starts_with("POST") && times == 0;
            if is_first { Response::Says(response) } else { Response::AsS3 }
        });
        assert_eq!((code, server.count("POST", "")), (1, requests), "{errors}");
        assert!(errors.contains("sync: `s3a://b/to/z': InternalError"), "{errors}");
        assert!(lines.contains("Deleted s3a://b/to/x\n"), "{lines}");
    }
}

#[test]
fn reports_the_deletions_of_an_attempt_before_one_that_fails() {
    let one = "<DeleteResult><Error><Key>to/y</Key><Code>InternalError</Code></Error>\
               </DeleteResult>";
    let ((code, lines, errors), server) = deleted(move |head, times| match times {
        0 if head.starts_with("POST") => Response::Says(one),
        _ if head.starts_with("POST") => Response::Error(403, "AccessDenied"),
        _ => Response::AsS3,
    });
    assert_eq!((code, server.count("POST", "")), (1, 2), "{errors}");
    assert!(lines.ends_with("\nDeleted s3a://b/to/x\n"), "{lines}");
    assert!(errors.contains("sync: `s3a://b/to/y': AccessDenied"), "{errors}");
    assert!(!errors.contains("`s3a://b/to/x'"), "{errors}");
}

/// Swift cannot read the condition.
#[test]
fn looks_at_each_object_where_the_store_cannot_read_the_condition() {
    for (late, code) in [("HEAD /b/to/none", 0), ("HEAD /b/to/x ", 1)] {
        let ((ended, _, errors), server) = deleted(move |head, _| match head {
            head if head.starts_with("POST") => Response::Error(400, "MalformedXML"),
            head if head.starts_with(late) => Response::Late,
            _ => Response::AsS3,
        });
        assert_eq!((ended, server.count("POST", "")), (code, 1), "{errors}");
        let kept = "sync: `s3a://b/to/x': is kept: it changed since it was listed\n";
        assert_eq!(errors.contains(kept), code == 1, "{errors}");
        let expected = (code == 1).then(|| b"new".to_vec());
        assert_eq!(server.object("/b/to/x"), expected, "{errors}");
        assert_eq!(server.object("/b/to/y"), expected, "{errors}");
    }
}

/// A link that leads to itself appears after the listing.
#[test]
fn reports_why_a_local_name_cannot_be_looked_at() {
    let shell = Shell::new();
    shell.write("d/a", b"1");
    let link = shell.path().join("d/e");
    let server = Server::start(move |head, _| {
        if head.starts_with("PUT") {
            symlink("e", &link).unwrap();
        }
        Response::AsS3
    });
    server.hold("/b/to/e/x", b" ");
    let (code, _, lines) = run(&shell, &server, &UP);
    assert_eq!(code, 1);
    assert!(lines.contains("sync: `d/e/x': Too many levels of symbolic links"), "{lines}");
    assert!(!lines.contains("the source has it now"), "{lines}");
    assert!(server.object("/b/to/e/x").is_some());
}

/// Two links to one file imitate a file system that takes both for one name.
#[test]
fn does_not_get_two_keys_into_one_file() {
    let shell = Shell::new();
    shell.write("d/Name", b" ");
    fs::hard_link(shell.path().join("d/Name"), shell.path().join("d/name")).unwrap();
    let server = Server::start(|_, _| Response::AsS3);
    for key in ["/b/from/Name", "/b/from/name", "/b/from/other"] {
        server.hold(key, b" ");
    }
    let (code, _, lines) = run(&shell, &server, &["-sync", "s3a://b/from", "d"]);
    let expected = "sync: `s3a://b/from/name': is `Name' in this file system: get it alone, to \
                    another name\nsync: 1 up to date, 1 fetched\n";
    assert_eq!((code, &*lines), (1, expected));
}
