//! Words that are wrong, whatever S3 holds: it is asked nothing.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]
#![cfg(unix)]

mod program;
mod scripted;

use program::{KEYS, Shell, complaint};
use scripted::{Answer, Server};

#[test]
fn texts_that_are_no_paths_are_errors_of_usage() {
    let (shell, server) = (Shell::new(), Server::start(|_, _| Answer::AsS3));
    shell.write("f", b"one");
    let no_bucket = |path: &str| {
        format!(
            "`{path}': no bucket is named: write s3a://bucket/key, or ./{path} for a key of that name"
        )
    };
    let not_in_s3 = |path: &str| format!("`{path}': not a path in S3: write s3a://bucket/key");
    for (words, told) in [
        (&["-ls", "s3a:q"][..], no_bucket("s3a:q")),
        (&["-ls", "s3a://b/", "s3a:/q"], no_bucket("s3a:/q")),
        (&["-rm", "-r", "s3:q", "s3a://b/x"], no_bucket("s3:q")),
        (&["-put", "f", "file:out"], not_in_s3("file:out")),
        (&["-put", "f", "out"], not_in_s3("out")),
        (&["-fs", "s3a://b", "-put", "f", "file:/out"], not_in_s3("file:/out")),
        (
            &["-get", "s3a://b/x", "file:f"],
            "Relative path in absolute URI: file:f: write the path without file:, or ./file:f"
                .to_owned(),
        ),
    ] {
        let name = words.iter().find(|word| word.starts_with('-') && **word != "-fs").unwrap();
        let words = [&["--endpoint", &server.endpoint], words].concat();
        let output = shell.command(&words).envs(KEYS).output().unwrap();
        assert_eq!(complaint(&output), (255, format!("{name}: {told}")), "{words:?}");
    }
    assert_eq!(server.count("", ""), 0);
}
