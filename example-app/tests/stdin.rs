//! Kinds of stdin: an error is one, and an empty object is stored only if it was asked for.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]
#![cfg(target_os = "linux")]

mod program;
mod scripted;

use program::{Shell, stderr};
use scripted::{Response, Server};

#[test]
fn overwrites_nothing_with_an_unreadable_stdin() {
    let (shell, server) = (Shell::new(), Server::start(|_, _| Response::AsS3));
    shell.write("file", b"");
    server.hold("/b/k", b"old");
    let put = ["--endpoint", server.endpoint.as_str(), "-put", "-f", "-", "s3a://b/k"];
    for (redirected, reason) in [
        ("<&-", "stdin is closed: redirect it to or from a file, or /dev/null"),
        ("<&- >&- 2>log", ""),
        ("</", "Is a directory (os error 21)"),
        ("0>file", "stdin is not open for reading"),
    ] {
        let output = shell.by_shell(&format!("\"$@\" {redirected}"), &put).output().unwrap();
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{redirected}: {message}");
        assert!(message.contains(reason), "{redirected}: {message}");
        assert_eq!(server.count("PUT", ""), 0, "{redirected}");
        if redirected.starts_with("<&-") {
            assert_eq!(server.count("GET", "") + server.count("HEAD", ""), 0, "{redirected}");
        }
    }
    assert_eq!(server.object("/b/k").unwrap(), b"old");
    // As other programs open it, too: for reading and writing.
    for redirected in ["</dev/null", "0<>/dev/null", "<file"] {
        server.hold("/b/k", b"old");
        let output = shell.by_shell(&format!("\"$@\" {redirected}"), &put).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{redirected}: {}", stderr(&output));
        assert_eq!(server.object("/b/k").unwrap(), b"", "{redirected}: no content was asked for");
    }
}

#[test]
fn reports_a_closed_stdin_for_every_command() {
    let (shell, server) = (Shell::new(), Server::start(|_, _| Response::AsS3));
    shell.write("request", b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
    for (words, name) in [
        (&["-sign", "--service", "s3", "--region", "r"][..], "sign"),
        (&["-explain", "--service", "s3", "--region", "r", "--request", "request"], "explain"),
        (&["-put", "--manifest", "-", "s3a://b/d/"], "put"),
        (&["-put", "--dry-run", "-", "s3a://b/d/x"], "put"),
    ] {
        let words = [&["--endpoint", server.endpoint.as_str()], words].concat();
        let output = shell.by_shell("\"$@\" <&-", &words).output().unwrap();
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{words:?}: {message}");
        assert!(message.starts_with(&format!("{name}: ")), "{message}");
        assert!(message.contains("stdin is closed"), "{message}");
    }
    assert_eq!(server.count("PUT", ""), 0);
}
