//! Headers of stored objects.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]
#![cfg(all(unix, feature = "sandbox"))]

mod program;
mod scripted;

use core::time::Duration;
use std::fs::{self, File, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Output;
use std::time::UNIX_EPOCH;

use program::{KEYS, Shell, stderr};
use scripted::{Response, Server};

const OPTIONS: [&str; 14] = [
    "--storage-class",
    "STANDARD_IA",
    "--sse",
    "AES256",
    "--tagging",
    "a=b&c=%20d",
    "--metadata",
    "owner=me",
    "--metadata",
    "A=b = c",
    "--part-size",
    "5M",
    "--multipart-threshold",
    "5M",
];

#[test]
fn applies_options_to_each_object_before_the_configuration() {
    let shell = Shell::new();
    shell.write("d/a.json", b"{}");
    shell.write("d/b", &vec![0; 6 << 20]);
    let server = Server::start(|_, _| Response::AsS3);
    let run = |words: &[&str]| {
        let configured = [
            "--endpoint",
            &server.endpoint,
            "-Dfs.s3a.create.storage.class=glacier",
            "-Dfs.s3a.encryption.algorithm=SSE-KMS",
            "-Dfs.s3a.encryption.key=theirs",
            "-put",
            "-f",
        ];
        shell.command(&[&configured, words].concat()).envs(KEYS).output().unwrap()
    };
    let output = run(&[&OPTIONS[..], &["d", "s3a://b/"]].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    for (method, object) in [("PUT", "/b/d/a.json "), ("POST", "/b/d/b?uploads")] {
        for part in [
            "\r\nx-amz-storage-class: standard_ia\r\n",
            "\r\nx-amz-server-side-encryption: aes256\r\n",
            "\r\nx-amz-tagging: a=b&c=%20d\r\n",
            "\r\nx-amz-meta-owner: me\r\n",
            "\r\nx-amz-meta-a: b = c\r\n",
        ] {
            let with = server.count_both(method, object, part);
            assert_eq!(with, 1, "{method} {object} {part}");
        }
    }
    assert_eq!(server.count("P", "theirs") + server.count("P", "glacier"), 0);
    assert_eq!(server.count_both("PUT", "partNumber", "x-amz-meta-"), 0, "no part has any");
    assert_eq!(server.count("P", "\r\ncontent-type: application/json\r\n"), 1);
    let output = run(&["--content-type", "text/x-own", "d/a.json", "s3a://b/own"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(server.count("PUT", "\r\ncontent-type: text/x-own\r\n"), 1);
    assert_eq!(server.count_both("PUT", "/b/own ", "-aws-kms-key-id: theirs\r\n"), 1);
    let output = run(&["--sse", "AES256", "--sse-kms-key-id", "k", "d/a.json", "s3a://b/no"]);
    assert_eq!(output.status.code(), Some(255));
    let message = "-put: --sse-kms-key-id is for --sse aws:kms or aws:kms:dsse\nUsage: ";
    assert!(stderr(&output).contains(message), "{}", stderr(&output));
    assert!(server.object("/b/no").is_none());
}

#[test]
fn sends_a_customer_key_only_with_contents() {
    let shell = Shell::new();
    let key = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=";
    shell.write("key", &[7; 32]);
    shell.write("text", format!("{key}\n").as_bytes());
    shell.write("short", &[7; 31]);
    shell.write("a", &vec![0; 6 << 20]);
    let server = Server::start(|head, _| match head {
        head if head.starts_with("PUT /b/denied") => Response::Error(403, "AccessDenied"),
        _ => Response::AsS3,
    });
    let run = |endpoint: &str, words: &[&str]| {
        let configured = ["--endpoint", endpoint, "-Dfs.s3a.encryption.algorithm=AES256"];
        shell.command(&[&configured, words].concat()).envs(KEYS).output().unwrap()
    };
    let parts = ["--part-size", "5M", "--multipart-threshold", "5M"];
    let put = |file: &str, to: &str| {
        let words = [&["-put", "-v", "--sse-c-key-file", file][..], &parts, &["a", to]].concat();
        run(&server.endpoint, &words)
    };
    let output = put("key", "s3a://b/a");
    assert!(output.status.success(), "{}", stderr(&output));
    let words = ["-get", "-ignoreCrc", "--sse-c-key-file", "text", "s3a://b/a", "c"];
    let got = run(&server.endpoint, &words);
    assert!(got.status.success(), "{}", stderr(&got));
    let sent = format!("\r\nx-amz-server-side-encryption-customer-key: {}\r\n", key.to_lowercase());
    for (method, object, expected) in [
        ("HEAD", "/b/a ", 2),
        ("POST", "/b/a?uploads", 1),
        ("PUT", "/b/a?partNumber", 2),
        ("POST", "/b/a?uploadId", 1),
        ("GET", "/b/a ", 1),
        ("GET", "list-type", 0),
    ] {
        assert_eq!(server.count_both(method, object, &sent), expected, "{method} {object}");
    }
    assert_eq!(server.count("P", "\r\nx-amz-server-side-encryption: "), 0);
    for message in [&output, &got, &put("key", "s3a://b/denied")] {
        assert!(!stderr(message).contains(&key[..10]), "{}", stderr(message));
    }
    let refused = |output: &Output, reason: &str| {
        assert_eq!(output.status.code(), Some(1));
        assert!(stderr(output).contains(reason), "{}", stderr(output));
    };
    refused(&put("short", "s3a://b/x"), "short: not a key for SSE-C: expected 32 bytes");
    refused(&put("none", "s3a://b/x"), "none: No such file or directory");
    let words = ["-put", "--sse-c-key-file", "key", "a", "s3a://b/x"];
    refused(&run("http://192.0.2.1:9", &words), "SSE-C keys are sent over https only");
}

#[test]
fn restores_times_and_modes() {
    let shell = Shell::new();
    shell.write("a", b"abc");
    let path = |name: &str| shell.path().join(name);
    let modified = UNIX_EPOCH + Duration::new(981_173_106, 5);
    File::options().write(true).open(path("a")).unwrap().set_modified(modified).unwrap();
    fs::set_permissions(path("a"), Permissions::from_mode(0o640)).unwrap();
    let run = |words: &[&str]| {
        let output = shell.sandboxed(words);
        assert!(output.status.success(), "{}", stderr(&output));
    };
    run(&["-put", "-p", "a", "s3a://demo/a"]);
    run(&["-get", "-p", "s3a://demo/a", "b"]);
    run(&["-get", "s3a://demo/a", "c"]);
    let state = |name: &str| {
        let metadata = fs::metadata(path(name)).unwrap();
        (metadata.permissions().mode() & 0o7777, metadata.modified().unwrap() == modified)
    };
    assert_eq!(state("b"), (0o640, true));
    assert!(!state("c").1);
}
