//! `--update`.

use std::fs;

use serde_json::json;

use crate::program::{KEYS, Shell, stderr};
use crate::puts::{as_s3, code, events, messages, run};
use crate::scripted::{Response, Server};

const MIB: usize = 1 << 20;

#[test]
fn sends_only_differences_on_update() {
    let (shell, server) = (Shell::new(), as_s3());
    for (name, content) in [("same", "1"), ("longer", "1"), ("other", "1"), ("empty", "")] {
        shell.write(&format!("d/{name}"), content.as_bytes());
    }
    let words = ["-put", "--update", "d", "s3a://b/to/"];
    let first = run(&shell, &server, &words);
    assert_eq!((code(&first), stderr(&first).as_str()), (0, "put: 0 up to date, 4 stored\n"));
    shell.write("d/longer", b"12");
    shell.write("d/other", b"2");
    shell.write("d/new", b"3");
    let second = run(&shell, &server, &words);
    assert_eq!((code(&second), stderr(&second).as_str()), (0, "put: 2 up to date, 3 stored\n"));
    for (name, times) in [("same", 1), ("empty", 1), ("longer", 2), ("other", 2), ("new", 1)] {
        assert_eq!(server.count("PUT", &format!("/b/to/d/{name} ")), times, "{name}");
    }
    assert_eq!(server.object("/b/to/d/other"), Some(b"2".to_vec()));
    assert_eq!(
        server.count_both("PUT", "/to/d/other ", "if-match: \"c4ca4238a0b923820dcc509a6f75849b\""),
        1
    );
    assert_eq!(server.count_both("PUT", "/to/d/new ", "if-none-match: *"), 1);
}

/// Else the second would overwrite the first, since it is not the same.
#[test]
fn refuses_a_second_source_for_one_object() {
    for command in ["-put", "-moveFromLocal"] {
        let (shell, server) = (Shell::new(), as_s3());
        shell.write("x/a", b"1");
        shell.write("y/a", b"2");
        let output = run(&shell, &server, &[command, "--update", "x/a", "y/a", "s3a://b/d/"]);
        let expected = "`y/a': would overwrite what `x/a' is stored as: name another directory";
        assert_eq!(code(&output), 1);
        assert!(stderr(&output).contains(expected), "{}", stderr(&output));
        assert_eq!(server.object("/b/d/a"), Some(b"1".to_vec()));
        assert!(shell.path().join("y/a").exists());
        assert_eq!(shell.path().join("x/a").exists(), command == "-put");
    }
}

#[test]
fn overwrites_from_stdin_on_update() {
    let (shell, server) = (Shell::new(), as_s3());
    shell.write("a", b"1");
    assert_eq!(code(&run(&shell, &server, &["-put", "a", "s3a://b/a"])), 0);
    let words = ["--endpoint", &server.endpoint, "-put", "--update", "-", "s3a://b/a"];
    let output = shell.with_stdin(&words, b"2", &KEYS);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert_eq!(server.object("/b/a"), Some(b"2".to_vec()));
    assert_eq!(server.count_both("PUT", "/b/a ", "if-match: "), 1);
}

/// S3 requires `kms:Decrypt` for checksums, which a role that writes may lack.
#[test]
fn updates_without_permission_to_read_checksums() {
    let shell = Shell::new();
    let server = Server::start(|head, _| {
        if head.contains("x-amz-checksum-mode") {
            Response::Error(403, "AccessDenied")
        } else {
            Response::AsS3
        }
    });
    shell.write("a", b"1");
    assert_eq!(code(&run(&shell, &server, &["-put", "a", "s3a://b/a"])), 0);
    let output = run(&shell, &server, &["-put", "--update", "a", "s3a://b/a"]);
    assert_eq!((code(&output), stderr(&output).as_str()), (0, "put: 1 up to date, 0 stored\n"));
}

#[test]
fn reports_an_update_as_events() {
    let (shell, server) = (Shell::new(), as_s3());
    shell.write("a", b"1");
    assert_eq!(code(&run(&shell, &server, &["-put", "a", "s3a://b/a"])), 0);
    let output = run(&shell, &server, &["-put", "-json", "--update", "a", "s3a://b/a"]);
    assert_eq!(code(&output), 0);
    let events = events(&output);
    let expected = json!({"event": "up_to_date", "object": "s3a://b/a", "file": "a", "bytes": 1});
    assert_eq!(events[1], expected);
    assert_eq!((&events[2]["done"], &events[2]["bytes"]), (&json!(1), &json!(0)));
    assert_eq!(events[2]["uploads"]["up_to_date"], json!(1));
}

#[test]
fn compares_multipart_objects_by_their_parts() {
    let (shell, server) = (Shell::new(), as_s3());
    let content: Vec<_> = (0..13 * MIB).map(|index| u8::try_from(index % 251).unwrap()).collect();
    shell.write("a", &content);
    let put = ["-put", "--md5", "--multipart-threshold", "5M"];
    let in_parts = [&put[..], &["--part-size", "8M", "a", "s3a://b/a"]].concat();
    assert_eq!(code(&run(&shell, &server, &in_parts)), 0);
    // Other lengths of parts are the usual ones, or follow from their number.
    for size in ["8M", "10M", "5M"] {
        let words = [&put[..], &["--update", "--part-size", size, "a", "s3a://b/a"]].concat();
        let output = run(&shell, &server, &words);
        assert_eq!((code(&output), stderr(&output).as_str()), (0, "put: 1 up to date, 0 stored\n"));
    }
    assert_eq!(server.count("POST", "?uploads"), 1);
    shell.write("a", &content.iter().map(|byte| byte ^ 1).collect::<Vec<_>>());
    let words = [&put[..], &["--update", "--part-size", "8M", "a", "s3a://b/a"]].concat();
    let output = run(&shell, &server, &words);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(
        stderr(&output).starts_with("put: 0 up to date, 1 stored; 1 of the same length, since")
    );
    assert_eq!(server.count_both("POST", "uploadId=", "if-match: "), 1);
}

/// Between the comparison and the put somebody else writes.
#[test]
fn keeps_an_object_that_changed_meanwhile() {
    let shell = Shell::new();
    let server = Server::start(|head, _| {
        if head.starts_with("PUT") && head.contains("if-match: ") {
            Response::Error(412, "PreconditionFailed")
        } else {
            Response::AsS3
        }
    });
    shell.write("a", b"1");
    assert_eq!(code(&run(&shell, &server, &["-put", "a", "s3a://b/a"])), 0);
    shell.write("a", b"2");
    let output = run(&shell, &server, &["-put", "--update", "a", "s3a://b/a"]);
    let what = "put: `s3a://b/a': the object changed since it was compared with the file; it stays as \
                it is now: put it again";
    assert_eq!((code(&output), messages(&output)[0].as_str()), (1, what));
    assert_eq!(server.object("/b/a"), Some(b"1".to_vec()));
    let forced = run(&shell, &server, &["-put", "-f", "--update", "a", "s3a://b/a"]);
    assert_eq!(code(&forced), 0, "{}", stderr(&forced));
    assert_eq!(server.object("/b/a"), Some(b"2".to_vec()));
}

#[test]
fn does_not_read_a_file_of_another_length() {
    let (shell, server) = (Shell::new(), as_s3());
    shell.write("a", b"1");
    assert_eq!(code(&run(&shell, &server, &["-put", "a", "s3a://b/a"])), 0);
    // Sparse: to read it would take minutes, and more than one request is not allowed to hold it.
    let file = fs::File::create(shell.path().join("a")).unwrap();
    file.set_len(1 << 43).unwrap();
    let words =
        ["-D", "fs.s3a.multipart.uploads.enabled=false", "-put", "--update", "a", "s3a://b/a"];
    let output = run(&shell, &server, &words);
    assert_eq!(code(&output), 1);
    assert!(stderr(&output).contains("longer than 5 GiB"), "{}", stderr(&output));
}
