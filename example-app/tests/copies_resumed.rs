//! Copies that are resumed after their source was replaced.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]
#![cfg(unix)]

mod program;
mod scripted;

use program::{KEYS, Shell, stderr};
use scripted::{Response, Server};

const LEN: usize = (10 << 20) + 1;

/// Part 2 is refused at first, so that the upload is kept with the others.
#[test]
fn takes_no_part_of_a_source_that_was_replaced() {
    for is_replaced in [false, true] {
        let server = Server::start(|head, times| {
            let is_refused = head.contains("partNumber=2") && times == 0;
            if is_refused { Response::Error(403, "AccessDenied") } else { Response::AsS3 }
        });
        server.hold("/b/a", &vec![1; LEN]);
        let shell = Shell::new();
        let state = shell.path().join("state");
        let begin = ["--endpoint", &server.endpoint, "-cp", "-resume", "-t", "1"];
        let parts = ["--multipart-threshold", "5M", "--part-size", "5M", "--state-dir"];
        let words = [&begin, &parts[..], &[state.to_str().unwrap(), "s3a://b/a", "s3a://b/k"]];
        let copy = || shell.command(&words.concat()).envs(KEYS).output().unwrap();
        let first = copy();
        assert_eq!((first.status.code(), server.unfinished()), (Some(1), 1), "{}", stderr(&first));
        let before = server.count("PUT", "partNumber=");
        let content = vec![if is_replaced { 2 } else { 1 }; LEN];
        server.hold("/b/a", &content);
        let second = copy();
        assert_eq!(second.status.code(), Some(0), "{}", stderr(&second));
        assert!(server.object("/b/k").unwrap() == content, "a mixture of two sources");
        let sent = server.count("PUT", "partNumber=") - before;
        assert_eq!(sent, if is_replaced { 3 } else { 2 }, "{}", stderr(&second));
    }
}
