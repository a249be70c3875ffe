//! Uploads by settings and options, against a server with scripted failures.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]
#![cfg(unix)]

mod scripted;

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Output, Stdio};

use scripted::{Response, Server};
use tempfile::TempDir;

const PART: usize = 5 << 20;

/// Writes a folder with a file `a` of two parts.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a"), vec![7; PART + 1]).unwrap();
    folder
}

fn command(server: &Server, folder: &TempDir, words: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rolefs"));
    command
        .args(["--endpoint", &server.endpoint])
        .args(words)
        .current_dir(folder.path())
        .env_clear()
        .env("PATH", "/usr/bin:/bin")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .stdin(Stdio::null());
    command
}

fn code_and_message(output: &Output) -> (i32, String) {
    (output.status.code().unwrap(), String::from_utf8(output.stderr.clone()).unwrap())
}

fn run(server: &Server, words: &[&str]) -> (i32, String) {
    let folder = folder();
    let mut command = command(server, &folder, words);
    command
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
    code_and_message(&command.output().unwrap())
}

const SIZE: &str = "fs.s3a.multipart.size=5M";
const THRESHOLD: &str = "fs.s3a.multipart.threshold=5M";

#[test]
fn prefers_options_to_settings_to_defaults() {
    for (words, parts) in [
        (&["put", "a", "s3a://b/k"][..], 0),
        (&["-D", SIZE, "-D", THRESHOLD, "put", "a", "s3a://b/k"], 2),
        (&["-D", SIZE, "put", "--multipart-threshold", "5M", "a", "s3a://b/k"], 2),
        (&["-D", SIZE, "-D", THRESHOLD, "put", "--part-size", "64M", "a", "s3a://b/k"], 0),
        (
            &[
                "-D",
                SIZE,
                "-D",
                THRESHOLD,
                "-D",
                "fs.s3a.multipart.uploads.enabled=false",
                "put",
                "a",
                "s3a://b/k",
            ],
            0,
        ),
    ] {
        let server = Server::start(|_, _| Response::AsS3);
        assert_eq!(run(&server, words), (0, String::new()), "{words:?}");
        assert_eq!(server.count("PUT", "partNumber="), parts, "{words:?}");
        assert_eq!(server.object("/b/k").unwrap().len(), PART + 1, "{words:?}");
    }
}

#[test]
fn shares_one_budget_of_attempts() {
    for (limit, attempts) in [("0", 1), ("2", 3)] {
        let server = Server::start(|head, _| match head {
            head if head.starts_with("PUT") => Response::Error(500, "InternalError"),
            _ => Response::AsS3,
        });
        let limit = format!("fs.s3a.retry.limit={limit}");
        let words = ["-D", &limit, "-D", "fs.s3a.retry.interval=1ms", "put", "a", "s3a://b/k"];
        assert_eq!(run(&server, &words).0, 1);
        assert_eq!(server.count("PUT", ""), attempts);
    }
}

#[test]
fn halves_the_requests_in_flight_on_throttling() {
    let server = Server::start(|head, times| match head {
        head if head.contains("partNumber=") && times < 2 => Response::Error(503, "SlowDown"),
        _ => Response::AsS3,
    });
    let quick = "fs.s3a.retry.throttle.interval=1ms";
    let words =
        ["-D", SIZE, "-D", THRESHOLD, "-D", quick, "put", "-v", "-t", "2", "a", "s3a://b/k"];
    let (code, message) = run(&server, &words);
    assert_eq!(code, 0, "{message}");
    assert!(message.contains(", throttled 2 times (requests in flight halved "), "{message}");
    assert_eq!(server.object("/b/k").unwrap().len(), PART + 1);
}

#[test]
fn sends_checksums_and_md5_with_every_request_that_takes_them() {
    for (algorithm, header) in [
        ("crc32", "x-amz-checksum-crc32: "),
        ("crc32c", "x-amz-checksum-crc32c: "),
        ("crc64nvme", "x-amz-checksum-crc64nvme: "),
        ("sha256", "x-amz-checksum-sha256: "),
        ("sha512", "x-amz-checksum-sha512: "),
        ("md5", "x-amz-checksum-md5: "),
        ("xxhash64", "x-amz-checksum-xxhash64: "),
        ("xxhash3", "x-amz-checksum-xxhash3: "),
        ("xxhash128", "x-amz-checksum-xxhash128: "),
    ] {
        for parts in [0, 2] {
            let server = Server::start(|_, _| Response::AsS3);
            let threshold = if parts == 0 { "64M" } else { "5M" };
            let words = ["put", "--part-size", "5M", "--multipart-threshold", threshold];
            let words =
                [&words[..], &["--checksum", algorithm, "--md5", "a", "s3a://b/k"]].concat();
            assert_eq!(run(&server, &words), (0, String::new()), "{algorithm}");
            assert_eq!(server.count("PUT", header), parts.max(1), "{algorithm}");
            assert_eq!(server.count("PUT", "content-md5: "), parts.max(1));
            let announced = format!("x-amz-checksum-algorithm: {algorithm}");
            assert_eq!(server.count("POST", &announced), usize::from(parts > 0), "{algorithm}");
        }
    }
    let server = Server::start(|_, _| Response::AsS3);
    assert_eq!(run(&server, &["put", "a", "s3a://b/k"]).0, 0);
    assert_eq!(server.count("", "x-amz-checksum-") + server.count("", "content-md5"), 0);
}

#[test]
fn fails_if_s3_answers_another_etag() {
    for (place, words, stored, expected) in [
        ("PUT", &["put", "--md5"][..], true, "stored, but its ETag is"),
        (
            "partNumber=2",
            &["-D", SIZE, "-D", THRESHOLD, "put", "--md5"],
            false,
            "nothing was stored",
        ),
        (
            "POST /b/k?uploadId=",
            &["-D", SIZE, "-D", THRESHOLD, "put"],
            true,
            "stored, but its ETag is",
        ),
    ] {
        let server = Server::start(move |head, _| match head {
            head if head.starts_with(place) || head.contains(place) => Response::OtherEtag,
            _ => Response::AsS3,
        });
        let (code, message) = run(&server, &[words, &["a", "s3a://b/k"]].concat());
        assert!(code == 1 && message.contains(expected), "{place}: {message}");
        assert_eq!((server.object("/b/k").is_some(), server.unfinished()), (stored, 0), "{place}");
    }
}

#[test]
fn follows_a_bucket_to_its_region() {
    for status in [301, 400] {
        let server = Server::start(move |head, _| match head {
            head if head.contains("/us-east-1/s3/") => Response::Elsewhere(status, "eu-west-1"),
            _ => Response::AsS3,
        });
        let (code, message) = run(&server, &["-D", SIZE, "-D", THRESHOLD, "put", "a", "s3a://b/k"]);
        let hint = "rolefs: b is in eu-west-1: --region eu-west-1 saves a request\n";
        assert_eq!((code, message.as_str()), (0, hint), "{status}");
        assert_eq!(server.count("", "/us-east-1/s3/"), 1, "asked once: {status}");
        assert_eq!(server.object("/b/k").unwrap().len(), PART + 1);
        let (code, message) = run(&server, &["ls", "s3a://b/"]);
        assert_eq!((code, message.as_str()), (0, hint), "by GET, too");
    }
    let server = Server::start(|_, _| Response::Elsewhere(400, "eu-west-1"));
    let (code, message) = run(&server, &["put", "-f", "a", "s3a://b/k"]);
    assert!(
        code == 1 && message.contains("AuthorizationHeaderMalformed: m (status 400)\n"),
        "{message}"
    );
    assert!(!message.contains("give --region"), "it was signed for that region: {message}");
    assert_eq!(server.count("", ""), 2, "there and back no further");
}

#[test]
fn renews_credentials_that_expire_between_parts() {
    let server = Server::start(|head, _| match head {
        head if head.contains("partNumber=") && head.contains("credential=akid1/") => {
            Response::Error(400, "ExpiredToken")
        }
        _ => Response::AsS3,
    });
    let folder = folder();
    let program = folder.path().join("keys");
    fs::write(
        &program,
        "#!/bin/sh\nn=$(cat n 2>/dev/null || echo 0); n=$((n + 1)); echo $n > n\n\
         echo '{\"Version\":1,\"AccessKeyId\":\"AKID'$n'\",\"SecretAccessKey\":\"s\",\
         \"SessionToken\":\"t\",\"Expiration\":\"2099-01-01T00:00:00Z\"}'\n",
    )
    .unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
    let config = folder.path().join("config");
    fs::write(&config, format!("[default]\ncredential_process = {}\n", program.display())).unwrap();
    let words = ["-D", SIZE, "-D", THRESHOLD, "put", "a", "s3a://b/k"];
    let mut command = command(&server, &folder, &words);
    command.env("AWS_CONFIG_FILE", config).env("HOME", folder.path());
    assert_eq!(code_and_message(&command.output().unwrap()), (0, String::new()));
    assert_eq!(server.object("/b/k").unwrap().len(), PART + 1);
    assert!(server.count("PUT", "credential=akid2/") >= 2, "both parts");
    assert_eq!(server.count("POST", "credential=akid1/"), 1, "the beginning");
    assert_eq!(server.count("POST", "credential=akid2/"), 1, "the end");
}

#[test]
fn deletes_a_file_in_parts_only_after_its_object_is_stored() {
    for (response, is_moved) in [(Response::AsS3, true), (Response::OtherEtag, false)] {
        let server =
            Server::start(
                move |head, _| {
                    if head.starts_with("HEAD") { response } else { Response::AsS3 }
                },
            );
        let folder = folder();
        let words = ["-D", SIZE, "-D", THRESHOLD, "-moveFromLocal", "-f", "a", "s3a://b/k"];
        let mut command = command(&server, &folder, &words);
        command.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", "s");
        let (code, message) = code_and_message(&command.output().unwrap());
        let kept = "moveFromLocal: `a': is kept: S3 holds something else: its ETag is another\n";
        let expected = if is_moved { (0, "") } else { (1, kept) };
        assert_eq!((code, message.as_str()), expected);
        assert_eq!(folder.path().join("a").exists(), !is_moved);
    }
}

#[test]
fn names_a_checksum_that_the_store_may_not_know() {
    for (algorithm, is_named) in [("xxhash3", true), ("sha512", true), ("crc32c", false)] {
        let server = Server::start(|line, _| {
            if line.starts_with("PUT ") {
                Response::Error(400, "InvalidRequest")
            } else {
                Response::AsS3
            }
        });
        let (code, message) =
            run(&server, &["put", "-f", "--checksum", algorithm, "a", "s3a://b/k"]);
        assert_eq!(code, 1, "{message}");
        let name = algorithm.to_uppercase();
        let hint = format!("; the store may not know the checksum {name}, which S3 added in 2026");
        assert_eq!(message.contains(&hint), is_named, "{message}");
    }
}
