//! A system with low limits: descriptors, file sizes.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]
#![cfg(target_os = "linux")]

mod program;
mod scripted;

use std::fs;

use program::{Shell, stderr};
use scripted::{Response, Server};

const FILES: usize = 120;

fn tree(shell: &Shell) {
    for index in 0..FILES {
        shell.write(&format!("d/{index}"), format!("{index}").as_bytes());
    }
}

#[test]
fn works_with_few_descriptors() {
    for (limit, threads) in [
        // The program raises the limit where it may.
        ("-Sn 64", ["-t", "32"]),
        // With a fixed limit it uses fewer at once.
        ("-n 64", ["-t", "600"]),
        ("-n 40", ["-t", "32"]),
        ("-n 32", ["-t", "32"]),
        ("-n 24", ["-t", "32"]),
    ] {
        let (shell, server) = (Shell::new(), Server::start(|_, _| Response::AsS3));
        tree(&shell);
        let script = format!("ulimit {limit}; \"$@\"");
        let endpoint = ["--endpoint", server.endpoint.as_str()];
        let put = [&endpoint[..], &["-put", "-f"], &threads, &["d", "s3a://b/"]].concat();
        let output = shell.by_shell(&script, &put).output().unwrap();
        assert_eq!((output.status.code(), stderr(&output)), (Some(0), String::new()), "{limit}");
        for index in 0..FILES {
            let stored = server.object(&format!("/b/d/{index}")).unwrap();
            assert_eq!(stored, format!("{index}").as_bytes());
        }
        let get =
            [&endpoint[..], &["-get", "-crc", "-ignoreCrc"], &threads, &["s3a://b/d", "back"]]
                .concat();
        let output = shell.by_shell(&script, &get).output().unwrap();
        let status = output.status;
        assert_eq!((status.code(), stderr(&output)), (Some(0), String::new()), "{limit}: {status}");
        for index in 0..FILES {
            let got = fs::read(shell.path().join(format!("back/{index}"))).unwrap();
            // The server has spaces for the content.
            assert_eq!(got.len(), format!("{index}").len());
        }
    }
}

#[test]
fn puts_deep_trees_with_few_descriptors() {
    let (shell, server) = (Shell::new(), Server::start(|_, _| Response::AsS3));
    let mut directory = "d".to_owned();
    let mut stored = Vec::new();
    // More than are looked at ahead.
    for depth in 0..20 {
        for file in 0..60 {
            shell.write(&format!("{directory}/{file}"), b"x");
            stored.push(format!("/b/{directory}/{file}"));
        }
        directory = format!("{directory}/m{depth}");
    }
    let put = ["--endpoint", &server.endpoint, "-put", "-t", "32", "d", "s3a://b/"];
    let output = shell.by_shell("ulimit -n 24; \"$@\"", &put).output().unwrap();
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), String::new()));
    assert!(stored.iter().all(|path| server.object(path).is_some()));
}

#[test]
fn fails_at_once_with_too_few_descriptors() {
    let (shell, server) = (Shell::new(), Server::start(|_, _| Response::AsS3));
    shell.write("f", b"x");
    for limit in 6..=10 {
        let script = format!("ulimit -n {limit}; \"$@\"");
        let put = ["--endpoint", &server.endpoint, "-put", "f", "s3a://b/x/"];
        let output = shell.by_shell(&script, &put).output().unwrap();
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{limit}: {message}");
        assert!(
            message.contains("raise the limit of open files (ulimit -n)"),
            "{limit}: {message}"
        );
    }
    let put = ["--endpoint", &server.endpoint, "-put", "f", "s3a://b/x/"];
    let output = shell.by_shell("ulimit -n 12; \"$@\"", &put).output().unwrap();
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), String::new()));
}

#[test]
fn waits_for_descriptors_for_parts_of_stdin() {
    let (shell, server) = (Shell::new(), Server::start(|_, _| Response::AsS3));
    let put = ["--endpoint", &server.endpoint, "-put", "-f", "-t", "32", "--part-size", "5M"];
    let put = [&put[..], &["--multipart-threshold", "5M", "-", "s3a://b/k"]].concat();
    let script = "ulimit -n 32; head -c 52428800 /dev/zero | \"$@\"";
    let output = shell.by_shell(script, &put).output().unwrap();
    assert_eq!((output.status.code(), stderr(&output)), (Some(0), String::new()));
    assert_eq!(server.object("/b/k").unwrap().len(), 50 << 20);
}

#[test]
fn refuses_a_file_that_becomes_too_large() {
    let (shell, server) = (Shell::new(), Server::start(|_, _| Response::AsS3));
    server.hold("/b/k", &vec![1; 2 << 20]);
    let endpoint = ["--endpoint", server.endpoint.as_str()];
    // In blocks of 1,024 bytes; SIGXFSZ would end the program.
    let script = "ulimit -f 1024; \"$@\"";
    let get = [&endpoint[..], &["-get", "-ignoreCrc", "s3a://b/k", "k"]].concat();
    let output = shell.by_shell(script, &get).output().unwrap();
    let message = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(message.starts_with("get: `k': File too large"), "{message}");
    assert_eq!(fs::read_dir(shell.path()).unwrap().count(), 0);

    let script = "ulimit -f 1024; head -c 4194304 /dev/zero | \"$@\"";
    let put = [&endpoint[..], &["-put", "-", "s3a://b/other"]].concat();
    let output = shell.by_shell(script, &put).output().unwrap();
    let message = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{message}");
    assert!(
        message.contains("File too large") && message.contains("TMPDIR names another"),
        "{message}"
    );
    assert_eq!((server.object("/b/other"), server.unfinished()), (None, 0));
}
