//! Words that are wrong regardless of what S3 holds: no request is sent.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]
#![cfg(unix)]

mod program;
mod scripted;

use program::{KEYS, Shell, complaint, stderr, stdout};
use scripted::{Response, Server};

#[test]
fn reports_invalid_paths_as_usage_errors() {
    let (shell, server) = (Shell::new(), Server::start(|_, _| Response::AsS3));
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
    for (words, message) in [
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
        assert_eq!(complaint(&output), (255, format!("{name}: {message}")), "{words:?}");
    }
    assert_eq!(server.count("", ""), 0);
}

#[test]
fn reports_a_missing_command_or_name() {
    let shell = Shell::new();
    let expected = "rolefs: expected a command, such as -ls: rolefs -help describes each";
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
        assert!(!stderr(&output).contains("show-config"), "{words:?}");
    }
    let twice = ["-D", "fs.s3a.threads.max=1", "-D", "fs.s3a.threads.max=2", "-showConfig"];
    let shown = stdout(&shell.run(&twice));
    assert!(shown.contains("fs.s3a.threads.max = 2 (-D)"), "the last counts: {shown}");
}

#[test]
fn shows_no_password_of_a_url() {
    let shell = Shell::new();
    let url = "http://user:hush@127.0.0.1:9/";
    for words in [
        &["-put", url, "s3a://b/"][..],
        &["-conf", url, "-ls", "s3a://b/"],
        &["--profile", url, "-ls", "s3a://b/"],
        &["--ca-bundle", url, "-showConfig"],
        &["--profile", url, "-doctor"],
    ] {
        let output = shell.run(words);
        let messages = stderr(&output) + &stdout(&output);
        assert!(messages.contains("http://********@127.0.0.1:9/"), "{words:?}: {messages}");
        assert!(!messages.contains("hush"), "{words:?}: {messages}");
    }
    for password in ["hu,sh", "hu\"sh", "hu'sh", "hu/sh"] {
        let url = format!("http://user:{password}@h/x");
        let named = stderr(&shell.run(&["--profile", &url, "-ls", "s3a://b/"]));
        assert!(named.contains("http://********@h/x"), "{url}: {named}");
        let asked = stderr(&shell.run(&["-request", &url]));
        assert!(!named.contains("sh@") && !asked.contains("sh@"), "{url}: {named} {asked}");
    }
    let default = ["-D", "fs.defaultFS=http://u:12/hu/sh@h", "-showConfig"];
    let shown = stdout(&shell.run(&default));
    assert!(shown.contains("fs.defaultFS = http://********@h (-D)\n"), "{shown}");
}

#[test]
fn shows_the_placeholder_of_a_user_and_a_password() {
    let shell = Shell::new();
    let mut command = shell.command(&["--region", "eu-west-1", "-ls", "s3a://b/"]);
    let output = command.envs(KEYS).env("HTTPS_PROXY", "http://:x").output().unwrap();
    let expected = "ls: `s3a://b/': no connection to b.s3.eu-west-1.amazonaws.com (HTTPS_PROXY: \
                    expected the URL of a proxy, such as http://proxy:3128 or \
                    http://USER:PASSWORD@proxy:3128, with special characters of the two \
                    percent-encoded): correct the setting";
    assert_eq!(complaint(&output), (1, expected.to_owned()));
}

#[test]
fn names_options_on_the_wrong_side_of_the_command() {
    let shell = Shell::new();
    for (words, expected) in [
        (&["--unknown", "-ls"][..], "rolefs: unknown option --unknown: rolefs --help lists the"),
        (&["--regoin=r", "-ls"], "Did you mean --region?\n"),
        (&["-ls", "--region", "r", "s3a://b/"], "rolefs --region ... -ls\n"),
    ] {
        let output = shell.run(words);
        let messages = stderr(&output);
        assert!(
            output.status.code() == Some(255) && messages.contains(expected),
            "{words:?}: {messages}"
        );
    }
}
