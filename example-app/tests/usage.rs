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
    let local = |path: &str| {
        format!("`{path}': expected a local file, and this is in S3: -cp copies within S3")
    };
    for (words, told) in [
        (&["-ls", "s3a:q"][..], no_bucket("s3a:q")),
        (&["-ls", "s3a://b/", "s3a:/q"], no_bucket("s3a:/q")),
        (&["-rm", "-r", "s3:q", "s3a://b/x"], no_bucket("s3:q")),
        (&["-put", "s3a://b/k", "s3a://b/x"], local("s3a://b/k")),
        (&["-put", "f", "s3n://b/k", "s3a://b/x"], local("s3n://b/k")),
        (&["-get", "s3a://b/x", "s3a://b/y"], local("s3a://b/y")),
        (
            &["-put", "hdfs://nn/k", "s3a://b/x"],
            "`hdfs://nn/k': expected a local file: a path, or a URI such as file:///dir/a"
                .to_owned(),
        ),
        (
            &["-ls", "s3a://nm:80/"],
            "`s3a://nm:80/': a bucket has no port: write s3a://bucket/key, and name the host by \
             --endpoint http://nm:80"
                .to_owned(),
        ),
        (
            &["-put", "--metadata", "a=1", "--metadata", "A=2", "f", "s3a://b/x"],
            "--metadata gives a name twice: names differ by more than case".to_owned(),
        ),
        (
            &["-put", "-p", "--metadata", "MTime=2", "f", "s3a://b/x"],
            "-p keeps mtime, mode, uid and gid: leave these out of --metadata".to_owned(),
        ),
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

#[test]
fn says_what_is_wrong_without_a_command_or_a_name() {
    let shell = Shell::new();
    let expected = "rolefs: expected a command, such as -ls: rolefs -help tells what each does";
    let empty = "rolefs: expected a command, and it is empty: is a variable not set?";
    for (words, expected) in [
        (&[][..], expected),
        (&["--region", "eu-west-1"], expected),
        (&[""], empty),
        (&["-"], empty),
        (&["-D", "=", "-ls"], "rolefs: -D has no name: write -D name=value"),
        (&["-D", "=v", "-ls"], "rolefs: -D has no name: write -D name=value"),
        (&["-D", "n", "-ls"], "rolefs: -D n: write -D name=value"),
    ] {
        let output = shell.run(words);
        assert_eq!(complaint(&output), (255, expected.to_owned()), "{words:?}");
        assert!(!program::stderr(&output).contains("show-config"), "{words:?}");
    }
    let twice = ["-D", "fs.s3a.threads.max=1", "-D", "fs.s3a.threads.max=2", "-showConfig"];
    let shown = program::stdout(&shell.run(&twice));
    assert!(shown.contains("fs.s3a.threads.max = 2 (-D)"), "the last counts: {shown}");
}
