//! Output that cannot be written: no command panics, and the exit code shows how its work ended.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]
#![cfg(target_os = "linux")]

mod program;
mod scripted;

use core::time::Duration;
use std::fs::File;
use std::io::Read as _;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Output, Stdio};
use std::thread::sleep;

use program::{KEYS, Shell, stderr};
use scripted::{Response, Server};

const PART: usize = 5 << 20;
const PARTS: [&str; 5] = ["-f", "--part-size", "5M", "--multipart-threshold", "5M"];

fn full() -> Stdio {
    File::options().write(true).open("/dev/full").unwrap().into()
}

/// Returns a pipe that nobody reads.
fn unread() -> Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

/// A stream whose other end was made non-blocking, as both ends of some pipes are.
#[test]
fn waits_for_a_stream_that_does_not_block() {
    let (shell, server) = (Shell::new(), Server::start(|_, _| Response::AsS3));
    // The server has spaces for the content.
    let content = vec![b' '; 3 << 20];
    server.hold("/b/k", &content);
    for words in
        [&["-cat", "-ignoreCrc", "s3a://b/k"][..], &["-get", "-ignoreCrc", "s3a://b/k", "-"]]
    {
        let (mut ours, theirs) = UnixStream::pair().unwrap();
        theirs.set_nonblocking(true).unwrap();
        let words = [&["--endpoint", server.endpoint.as_str()], words].concat();
        let mut command = shell.command(&words);
        command.envs(KEYS).stdout(OwnedFd::from(theirs)).stderr(Stdio::piped());
        let child = command.spawn().unwrap();
        // It holds the other end open.
        drop(command);
        // Long enough for the stream to fill up.
        sleep(Duration::from_millis(300));
        let mut came = Vec::new();
        ours.read_to_end(&mut came).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), stderr(&output)), (Some(0), String::new()));
        assert!(came == content, "{} bytes", came.len());
    }
}

/// Commands whose work is their output, and the name that they report by.
fn writers() -> Vec<(&'static str, Vec<&'static str>)> {
    let request = "request";
    vec![
        ("ls", vec!["-ls", "s3a://b/"]),
        ("ls", vec!["-ls", "-R", "s3a://b/"]),
        ("cat", vec!["-cat", "-ignoreCrc", "s3a://b/d/a"]),
        ("get", vec!["-get", "-ignoreCrc", "s3a://b/d/a", "-"]),
        ("du", vec!["-du", "s3a://b/d"]),
        ("stat", vec!["-stat", "s3a://b/d/a"]),
        ("put", vec!["-put", "--dry-run", request, "s3a://b/"]),
        ("put", vec!["-put", "--dry-run", "-json", request, "s3a://b/"]),
        ("credentials", vec!["-credentials"]),
        ("credentials", vec!["-credentials", "--format", "process"]),
        ("showConfig", vec!["-showConfig"]),
        ("sign", vec!["-sign", "--service", "s3", "--region", "r"]),
        ("rolefs", vec!["-help"]),
        ("rolefs", vec!["--help"]),
        ("rolefs", vec!["--version"]),
        ("rolefs", vec!["-help", "put"]),
        ("rolefs", vec!["-usage"]),
        ("rolefs", vec!["-usage", "put"]),
        ("rolefs", vec!["man"]),
        ("rolefs", vec!["completions", "bash"]),
    ]
}

fn with_objects() -> (Shell, Server) {
    let (shell, server) = (Shell::new(), Server::start(|_, _| Response::AsS3));
    shell.write("request", b"GET /a HTTP/1.1\r\nHost: h\r\n\r\n");
    for name in ["a", "b"] {
        server.hold(&format!("/b/d/{name}"), &vec![b'x'; 100_000]);
    }
    (shell, server)
}

fn run(shell: &Shell, server: &Server, words: &[&str], stdout: Stdio, stderr: Stdio) -> Output {
    let words = [&["--endpoint", server.endpoint.as_str()], words].concat();
    let mut command = shell.command(&words);
    command.envs(KEYS).stdout(stdout).stderr(stderr);
    command.stdin(File::open(shell.path().join("request")).unwrap());
    command.spawn().unwrap().wait_with_output().unwrap()
}

#[test]
fn reports_a_full_disk() {
    let (shell, server) = with_objects();
    for (name, words) in writers() {
        let output = run(&shell, &server, &words, full(), Stdio::piped());
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{words:?}: {message}");
        let reason = format!("{name}: stdout: No space left on device");
        assert!(message.contains(&reason), "{words:?}: {message}");
        let output = run(&shell, &server, &words, full(), full());
        assert_eq!(output.status.code(), Some(1), "{words:?}");
    }
}

#[test]
fn ends_as_ls_does_when_the_reader_closes() {
    let (shell, server) = with_objects();
    for (_, words) in writers() {
        let output = run(&shell, &server, &words, unread(), Stdio::piped());
        let message = stderr(&output);
        assert_eq!(output.status.signal(), Some(13), "{words:?}: {message}");
        let is_report = |line: &str| line.contains(" ms): ");
        assert!(message.lines().all(is_report), "{words:?}: {message}");
    }
    for words in [&["-doctor"][..], &["-doctor", "-json"], &["-doctor", "s3a://b/d"]] {
        let output = run(&shell, &server, words, unread(), Stdio::piped());
        assert_eq!(output.status.signal(), Some(13), "{words:?}: {}", stderr(&output));
        assert_eq!(stderr(&output), "", "{words:?}");
    }
    // The object of the examination is deleted first.
    assert!(server.count("DELETE", "/b/d/") >= server.count("PUT", "/b/d/"));
}

#[test]
fn fails_on_a_closed_stdout_if_it_has_output() {
    let (shell, server) = with_objects();
    for (name, words) in writers() {
        let words = [&["--endpoint", server.endpoint.as_str()], &words[..]].concat();
        let output = shell.by_shell("\"$@\" >&- <request", &words).output().unwrap();
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{words:?}: {message}");
        assert!(message.contains(&format!("{name}: stdout")), "{words:?}: {message}");
    }
    // Into nothing, and to a descriptor that can only be read.
    let words = ["--endpoint", server.endpoint.as_str(), "-cat", "-ignoreCrc", "s3a://b/d/a"];
    for (redirected, code) in
        [(">/dev/null", 0), ("1<>/dev/null", 0), ("1<request", 1), (">&- 2>&-", 1)]
    {
        let output = shell.by_shell(&format!("\"$@\" {redirected}"), &words).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{redirected}: {}", stderr(&output));
    }
}

#[test]
fn continues_an_upload_without_output() {
    let (shell, server) = with_objects();
    shell.write("two-parts", &vec![1; PART + 1]);
    let put = [&["-put"], &PARTS[..], &["two-parts", "s3a://b/k"]].concat();
    for more in [&["-json"][..], &["-v"], &["-json", "-v"]] {
        let words = [&put[..1], more, &put[1..]].concat();
        for (stdout, stderr) in [(unread(), unread()), (full(), full()), (unread(), full())] {
            let output = run(&shell, &server, &words, stdout, stderr);
            assert_eq!(output.status.code(), Some(0), "{words:?}: the work is done");
            assert_eq!(server.object("/b/k").unwrap().len(), PART + 1);
            assert_eq!(server.unfinished(), 0);
        }
        let words = [&["--endpoint", server.endpoint.as_str()], &words[..]].concat();
        let output = shell.by_shell("\"$@\" >&- 2>&-", &words).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{words:?}");
    }
    let lost =
        run(&shell, &server, &[&put[..1], &["-json"], &put[1..]].concat(), full(), Stdio::piped());
    let message = stderr(&lost);
    assert_eq!(
        message.matches("put: stdout takes no more reports, and the work continues: ").count(),
        1
    );
}

#[test]
fn fails_even_without_output() {
    let server = Server::start(|head, _| {
        if head.contains("partNumber=2") {
            Response::Error(403, "AccessDenied")
        } else {
            Response::AsS3
        }
    });
    let shell = Shell::new();
    shell.write("request", b"");
    shell.write("two-parts", &vec![1; PART + 1]);
    let put = [&["-put", "-json", "-v"], &PARTS[..], &["two-parts", "none", "s3a://b/d/"]].concat();
    for (stdout, stderr) in [(unread(), unread()), (full(), full())] {
        let output = run(&shell, &server, &put, stdout, stderr);
        assert_eq!(output.status.code(), Some(1));
        assert_eq!((server.object("/b/d/two-parts"), server.unfinished()), (None, 0));
    }
    for words in
        [&["-put", "none", "s3a://b/k"][..], &["-bogus"], &["-put"], &["-ls", "s4://b"], &[""], &[]]
    {
        for streams in [full, unread] {
            let code = run(&shell, &server, words, streams(), streams()).status.code();
            assert!(matches!(code, Some(1 | 255)), "{words:?}: {code:?}");
        }
    }
}

#[test]
fn deletes_even_without_output() {
    let (shell, server) = with_objects();
    for (stdout, name) in [(full(), "a"), (unread(), "b")] {
        let path = format!("s3a://b/d/{name}");
        let output = run(&shell, &server, &["-rm", &path], stdout, Stdio::piped());
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert_eq!(server.count("DELETE", &format!("/b/d/{name} ")), 1);
    }
}

#[test]
fn reports_ineffective_encryption_settings_once() {
    let (shell, server) = (Shell::new(), Server::start(|_, _| Response::AsS3));
    shell.write("a", b"1");
    let put = |definitions: &[&str]| {
        let options = definitions.iter().flat_map(|definition| ["-D", definition]);
        let words = ["--endpoint", &server.endpoint].into_iter().chain(options);
        let words: Vec<_> = words.chain(["-put", "-f", "a", "s3://b/k"]).collect();
        let output = shell.command(&words).envs(KEYS).output().unwrap();
        assert!(output.status.success(), "{}", stderr(&output));
        stderr(&output)
    };
    let algorithm = "fs.s3.serverSideEncryptionAlgorithm=AES256";
    let message = "rolefs: -D: fs.s3.serverSideEncryptionAlgorithm is ignored: it counts only with \
        fs.s3.enableServerSideEncryption=true\n";
    assert_eq!(put(&[algorithm]), message);
    let message = "rolefs: -D: fs.s3a.encryption.key is ignored: it counts only with \
        fs.s3a.encryption.algorithm\n";
    assert_eq!(put(&["fs.s3a.encryption.key=k"]), message);
    assert_eq!(server.count("PUT", "x-amz-server-side-encryption"), 0);
    assert_eq!(put(&[algorithm, "fs.s3.enableServerSideEncryption=true"]), "");
    assert_eq!(server.count("PUT", "x-amz-server-side-encryption"), 1);
}

#[test]
fn warns_of_entries_of_no_proxy_that_are_ignored() {
    let (shell, server) = with_objects();
    let words = ["--endpoint", server.endpoint.as_str(), "-ls", "s3a://b/d"];
    let warned = |proxy: &str, hosts: &str| {
        let mut command = shell.command(&words);
        command.envs(KEYS).env("HTTPS_PROXY", proxy).env("NO_PROXY", hosts);
        stderr(&command.output().unwrap())
    };
    for ignored in ["\"localhost\"", "http://localhost", "localhost;x"] {
        let message = warned("http://127.0.0.1:9", &format!("h.example,{ignored}"));
        let expected = format!("rolefs: ignored in NO_PROXY: {ignored}: expected names");
        assert_eq!(message.matches(&expected).count(), 1, "{message}");
    }
    assert_eq!(warned("http://127.0.0.1:9", "localhost, .example"), "");
    assert_eq!(warned("", "\"localhost\""), "");
}
