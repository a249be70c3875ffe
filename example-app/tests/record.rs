//! `--report` and `--metrics`: their contents, and when the files appear.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]

mod program;
mod scripted;

use std::fs;
use std::process::{Output, Stdio};

use program::{KEYS, Shell, stderr, wait_until};
use scripted::{Response, Server};
use serde_json::{Value, json};

fn run(shell: &Shell, server: &Server, words: &[&str]) -> Output {
    let begin = ["--endpoint", &server.endpoint, "-D", "fs.s3a.retry.limit=1"];
    shell.command(&[&begin, words].concat()).envs(KEYS).output().unwrap()
}

fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

/// Returns the lines of a report, by their keys.
fn report(shell: &Shell, name: &str) -> Vec<Value> {
    let text = fs::read_to_string(shell.path().join(name)).unwrap();
    assert!(text.ends_with('\n'));
    let mut lines: Vec<Value> =
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    lines.sort_by_key(|line| line["key"].as_str().unwrap_or("~").to_owned());
    lines
}

#[test]
fn writes_a_line_for_each_object_that_is_a_manifest_too() {
    let server = Server::start(|head, _| match head {
        head if head.starts_with("PUT /b/to/d/bad") => Response::Error(403, "AccessDenied"),
        _ => Response::AsS3,
    });
    let shell = Shell::new();
    for name in ["d/a", "d/bad", "d/sub/b"] {
        shell.write(name, b"1");
    }
    let words = ["-put", "--update", "--report", "r", "--metrics", "m", "d", "s3a://b/to/"];
    assert_eq!(code(&run(&shell, &server, &words)), 1);
    let lines = report(&shell, "r");
    let sha256 = "a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s=";
    let stored = |source: &str, key: &str| {
        json!({
            "state": "done", "source": source, "key": key, "object": format!("s3a://b/{key}"),
            "length": 1, "checksum_algorithm": "SHA256", "checksum": sha256,
            "etag": "\"c4ca4238a0b923820dcc509a6f75849b\"", "request_id": "request-200",
        })
    };
    assert_eq!(lines[0], stored("d/a", "to/d/a"));
    assert_eq!(lines[1]["state"], "failed");
    assert_eq!((&lines[1]["source"], &lines[1]["key"]), (&json!("d/bad"), &json!("to/d/bad")));
    assert!(lines[1]["error"].as_str().unwrap().starts_with("AccessDenied"), "{}", lines[1]);
    assert_eq!(lines[2], stored("d/sub/b", "to/d/sub/b"));
    let summary = &lines[3]["summary"];
    let counts = ["command", "done", "up_to_date", "failed", "bytes"].map(|name| &summary[name]);
    assert_eq!(counts, [&json!("put"), &json!(2), &json!(0), &json!(1), &json!(2)]);
    let metrics = fs::read_to_string(shell.path().join("m")).unwrap();
    for line in [
        "rolefs_run_objects{command=\"put\",state=\"done\"} 2\n",
        "rolefs_run_objects{command=\"put\",state=\"failed\"} 1\n",
        "rolefs_run_transferred_bytes{command=\"put\"} 2\n",
    ] {
        assert!(metrics.contains(line), "{metrics}");
    }
    assert!(metrics.ends_with("# EOF\n"));

    // As the manifest of the next run, whose report takes its place.
    shell.write("d/a", b"2");
    let server = Server::start(|_, _| Response::AsS3);
    server.hold("/b/to/d/sub/b", b"1");
    let manifest = ["--manifest", "r", "--manifest-format", "json", "--report", "r"];
    let words = [&["-put", "--update"], &manifest[..], &["s3a://b/"]].concat();
    let output = run(&shell, &server, &words);
    assert_eq!((code(&output), stderr(&output)), (0, "put: 1 up to date, 2 stored\n".to_owned()));
    let states: Vec<_> = report(&shell, "r").iter().map(|line| line["state"].clone()).collect();
    assert_eq!(states, [json!("done"), json!("done"), json!("up_to_date"), Value::Null]);
    let names = fs::read_dir(shell.path()).unwrap().count();
    assert_eq!(names, 3, "d, r and m: nothing partial is left");
}

#[test]
fn records_gets_copies_and_deletions() {
    let shell = Shell::new();
    let server = Server::start(|_, _| Response::AsS3);
    server.hold("/b/d/x", b" ");
    let of = |words: &[&str]| {
        let begin = [words[0], "--report", "r"];
        assert_eq!(code(&run(&shell, &server, &[&begin, &words[1..]].concat())), 0, "{words:?}");
        let line = report(&shell, "r").remove(0);
        let name = |name: &str| line[name].as_str().unwrap_or_default().to_owned();
        [name("state"), name("source"), name("key"), name("etag")]
    };
    let etag = "\"7215ee9c7d9dc229d2921a40e899ec5f\"";
    assert_eq!(of(&["-get", "s3a://b/d/x", "x"]), ["done", "x", "d/x", etag]);
    let copied = of(&["-cp", "s3a://b/d/x", "s3a://b/e"]);
    assert_eq!(copied[..3], ["done", "s3a://b/d/x", "e"]);
    assert_eq!(of(&["-mv", "s3a://b/e", "s3a://b/f"])[..3], ["done", "s3a://b/e", "f"]);
    shell.write("l/y", b"1");
    server.hold("/b/l/y", b"1");
    let deleted = of(&["-sync", "--delete", "s3a://b/d", "l"]);
    assert_eq!(deleted[..3], ["done", "l/x", "d/x"]);
    assert_eq!(report(&shell, "r")[1]["state"], "deleted");
    assert_eq!(of(&["-sync", "--delete", "l", "s3a://b/l"])[..3], ["done", "l/x", "l/x"]);
    let gone = &report(&shell, "r")[1];
    assert_eq!((&gone["state"], &gone["key"]), (&json!("deleted"), &json!("l/y")));
}

#[test]
fn refuses_a_report_that_cannot_be_written_before_the_work() {
    let (shell, server) = (Shell::new(), Server::start(|_, _| Response::AsS3));
    shell.write("a", b"1");
    for (option, file, reason) in [
        ("--report", "gone/r", "No such file or directory"),
        ("--metrics", "gone/m", "No such file or directory"),
        ("--metrics", "/dev/null", "not a regular file: name another"),
        ("--report", "/dev/null", "not a regular file: name another"),
        ("--report", "-", "expected the name of a file: -json writes to stdout"),
        ("--report", ".", "is a directory"),
    ] {
        let output = run(&shell, &server, &["-put", option, file, "a", "s3a://b/a"]);
        assert_eq!(code(&output), 1);
        assert!(stderr(&output).starts_with(&format!("put: `{file}': {reason}")), "{output:?}");
    }
    let words = ["-put", "--report", "r", "--metrics", ".", "a", "s3a://b/a"];
    assert_eq!(code(&run(&shell, &server, &words)), 1);
    assert_eq!(server.count("", ""), 0);
    assert_eq!(fs::read_dir(shell.path()).unwrap().count(), 1, "nothing partial is left");
    // The file of an earlier run stays until this one is over.
    shell.write("r", b"before");
    let failed = run(&shell, &server, &["-put", "--report", "r", "gone", "s3a://b/a"]);
    assert_eq!(code(&failed), 1);
    assert_eq!(report(&shell, "r")[0]["path"], "gone");
}

/// A report would be put itself, or take the place of another file.
#[cfg(unix)]
#[test]
fn refuses_reports_with_the_name_of_another_file() {
    let (shell, server) = (Shell::new(), Server::start(|_, _| Response::AsS3));
    shell.write("a", b"1");
    shell.write("d/sub/a", b"1");
    shell.write("e/a", b"1");
    shell.write("k.partial", b"a");
    std::os::unix::fs::symlink("d/sub", shell.path().join("link")).unwrap();
    let file = |name: &str| format!("file://{}", shell.path().join(name).display());
    let (d, g) = (file("d"), file("g"));
    for words in [
        &["-put", "--report", "r", "--metrics", "./r", "a", "s3a://b/a"][..],
        &["-cp", "--report", "r", "--metrics", "r", "s3a://b/a", "s3a://b/c"],
        &["-get", "--report", "r", "--metrics", "r", "s3a://b/a"],
        &["-get", "--report", "r", "s3a://b/a", "-"],
        &["-sync", "--report", "r", "--metrics", "r", "d", "s3a://b/a"],
        &["-put", "--report", "r.partial", "--metrics", "r", "a", "s3a://b/a"],
        &["-put", "--report", "r", "--metrics", "./r.partial", "a", "s3a://b/a"],
        &["-put", "--report", "d/r", "d", "s3a://b/a"],
        &["-put", "--metrics", "d/sub/m", "a", "d", "s3a://b/a"],
        &["-put", "--report", "e/../d/r", "d", "s3a://b/a"],
        &["-put", "--report", "link/r", "d", "s3a://b/a"],
        &["-put", "--report", "d/sub/r", "link", "s3a://b/a"],
        &["-put", "--report", "r", ".", "s3a://b/a"],
        &["-put", "--report", "a", "a", "s3a://b/a"],
        &["-put", "--report", "k", "k.partial", "s3a://b/a"],
        &["-put", "--manifest", "k.partial", "--report", "k", "s3a://b/a"],
        &["-moveFromLocal", "--report", "d/r", "d", "s3a://b/a"],
        &["-cp", "--report", "d/r", &d, "s3a://b/a"],
        &["-cp", "--report", "g", "s3a://b/a", &g],
        &["-get", "--metrics", "./g", "s3a://b/a", "g"],
        &["-sync", "--report", "e/../d/r", "d", "s3a://b/a"],
        &["-sync", "--report", "link/r", "s3a://b/a", "d"],
    ] {
        let output = run(&shell, &server, words);
        assert_eq!(code(&output), 255, "{words:?}: {}", stderr(&output));
        assert!(stderr(&output).contains("--report"), "{words:?}: {}", stderr(&output));
    }
    assert_eq!(server.count("", ""), 0);
    assert_eq!(fs::read(shell.path().join("k.partial")).unwrap(), b"a");
    server.hold("/b/x", b" ");
    for words in [
        &["-put", "--report", "d/r", "e", "s3a://b/to"][..],
        &["-get", "--report", "e/r", "s3a://b/x", "e"],
    ] {
        assert_eq!(code(&run(&shell, &server, words)), 0, "{words:?}");
    }
}

#[test]
fn ends_a_report_with_its_summary_if_the_metrics_cannot_be_written() {
    let shell = Shell::new();
    let in_the_way = shell.path().join("m");
    let server = Server::start(move |head, _| {
        if head.starts_with("PUT") {
            fs::create_dir_all(&in_the_way).unwrap();
        }
        Response::AsS3
    });
    shell.write("a", b"1");
    let words = ["-put", "--report", "r", "--metrics", "m", "a", "s3a://b/a"];
    let output = run(&shell, &server, &words);
    assert_eq!(code(&output), 1);
    assert!(stderr(&output).contains("put: `m': "), "{}", stderr(&output));
    let text = fs::read_to_string(shell.path().join("r")).unwrap();
    assert_eq!(text.lines().count(), 2, "{text}");
    assert!(text.lines().last().unwrap().starts_with("{\"summary\":"), "{text}");
    assert!(shell.path().join("m.partial").exists());
}

#[test]
fn counts_failures_without_a_path_and_retries_of_downloads() {
    let shell = Shell::new();
    let server = Server::start(|head, times| {
        let is_first = head.starts_with("GET /b/x") && times == 0;
        if is_first { Response::Error(500, "InternalError") } else { Response::AsS3 }
    });
    server.hold("/b/x", b" ");
    let metrics = |words: &[&str]| {
        let output = run(&shell, &server, words);
        (code(&output), fs::read_to_string(shell.path().join("m")).unwrap())
    };
    let (code, message) = metrics(&["-get", "--metrics", "m", "s3a://b/x", "x"]);
    assert_eq!(code, 0);
    assert!(message.contains("rolefs_run_retries{command=\"get\"} 1\n"), "{message}");
    shell.write("list", b"../up\n");
    let manifest = ["--metrics", "m", "--report", "r", "--manifest", "list"];
    let (code, message) = metrics(&[&["-put"], &manifest[..], &["s3a://b/to/"]].concat());
    assert_eq!(code, 1);
    assert!(message.contains("state=\"failed\"} 1\n"), "{message}");
    let line = &report(&shell, "r")[0];
    assert_eq!(line["state"], "failed");
    assert!(line["error"].as_str().unwrap().starts_with("line 1: "), "{line}");
}

#[test]
fn refuses_a_file_that_another_run_writes() {
    let shell = Shell::new();
    let server = Server::start(|_, _| Response::AsS3);
    shell.write("d/a", b"1");
    // The file of a killed run is replaced.
    shell.write("r.partial", b"of a killed run\n");
    let put = ["-put", "--report", "r", "--metrics", "m", "-", "s3a://b/a"];
    let mut first = shell.command(&[&["--endpoint", &server.endpoint], &put[..]].concat());
    let first = first.envs(KEYS).stdin(Stdio::piped()).stderr(Stdio::piped());
    let mut first = first.stdout(Stdio::null()).spawn().unwrap();
    // It has both locks when it sends requests. After the listing it waits for stdin.
    wait_until("a listing", || server.count("GET", "list-type=2") > 0);
    let requests = server.count("", "");
    for (option, file) in [("--report", "r"), ("--metrics", "m"), ("--report", "./r")] {
        for words in [
            &["-put", option, file, "d/a", "s3a://b/other"][..],
            &["-get", option, file, "s3a://b/a", "other"],
            &["-mv", option, file, "s3a://b/a", "s3a://b/other"],
            &["-sync", option, file, "d", "s3a://b/other"],
        ] {
            let output = run(&shell, &server, words);
            assert_eq!(code(&output), 1, "{words:?}");
            let expected = format!("`{file}': another run is writing it: name another file\n");
            assert!(stderr(&output).ends_with(&expected), "{output:?}");
        }
    }
    assert_eq!(server.count("", ""), requests, "the others end before their work");
    // It ends with its stdin.
    drop(first.stdin.take());
    let output = first.wait_with_output().unwrap();
    assert_eq!((code(&output), stderr(&output)), (0, String::new()));
    let lines = report(&shell, "r");
    assert_eq!((lines.len(), &lines[0]["key"]), (2, &json!("a")), "{lines:?}");
    assert!(fs::read_to_string(shell.path().join("m")).unwrap().ends_with("# EOF\n"));
    // The name is free again.
    assert_eq!(code(&run(&shell, &server, &["-put", "--report", "r", "d/a", "s3a://b/c"])), 0);
}
