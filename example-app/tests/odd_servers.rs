//! The program against servers that the sandbox cannot imitate: one that changes between two
//! requests, a role that may only write, keys that no folder has, files that change as they are
//! put.
#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]

use core::sync::atomic::{AtomicBool, Ordering};
use core::time::Duration;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;

use tempfile::TempDir;

/// A server that answers as the test says, and what it was asked.
struct Server {
    endpoint: String,
    heads: Arc<Mutex<Vec<String>>>,
    bodies: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl Server {
    /// Starts a server. `answer` is given the head of a request, before its body is read, and
    /// returns status and body.
    fn start(response: impl Fn(&str) -> (u16, String) + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let server = Self { endpoint, heads: Arc::default(), bodies: Arc::default() };
        let (heads, bodies) = (Arc::clone(&server.heads), Arc::clone(&server.bodies));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = BufReader::new(stream.unwrap());
                let head = head(&mut stream);
                let (status, text) = response(&head);
                let mut body = vec![0; content_length(&head)];
                // A client may end in the middle of a body.
                if stream.read_exact(&mut body).is_ok() {
                    heads.lock().unwrap().push(head.clone());
                    bodies.lock().unwrap().push(body);
                    let len = text.len();
                    let text = if head.starts_with("HEAD") { "" } else { &text };
                    let response = format!(
                        "HTTP/1.1 {status} X\r\nETag: \"e\"\r\nConnection: close\r\n\
                         Last-Modified: Sun, 30 Aug 2015 12:36:00 GMT\r\n\
                         Content-Length: {len}\r\n\r\n{text}"
                    );
                    let _ = stream.get_mut().write_all(response.as_bytes());
                }
            }
        });
        server
    }

    /// Returns the heads of the requests with this method.
    fn asked(&self, method: &str) -> Vec<String> {
        let heads = self.heads.lock().unwrap();
        heads.iter().filter(|head| head.starts_with(method)).cloned().collect()
    }

    /// Returns the bodies that were sent completely.
    fn stored(&self) -> Vec<Vec<u8>> {
        self.bodies.lock().unwrap().iter().filter(|body| !body.is_empty()).cloned().collect()
    }

    /// Returns the exit code, stdout and stderr of the program with this server as S3.
    fn run(&self, folder: &Path, words: &[&str]) -> (i32, String, String) {
        let output = Command::new(env!("CARGO_BIN_EXE_rolefs"))
            .args(["--endpoint", &self.endpoint])
            .args(words)
            .current_dir(folder)
            .env_clear()
            .env("USER", "hadoop")
            .env("TZ", "UTC")
            .env("AWS_EC2_METADATA_DISABLED", "true")
            .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
            .output()
            .unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
    }
}

/// Reads a head, in lower case except for the first line.
fn head(stream: &mut BufReader<TcpStream>) -> String {
    let mut head = String::new();
    stream.read_line(&mut head).unwrap();
    while !head.ends_with("\r\n\r\n") {
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        head.push_str(&line.to_ascii_lowercase());
    }
    head
}

fn content_length(head: &str) -> usize {
    let length = head.split("\r\ncontent-length: ").nth(1);
    length.map_or(0, |length| length.lines().next().unwrap().parse().unwrap())
}

fn listing(inside: &str) -> String {
    format!("<ListBucketResult>{inside}</ListBucketResult>")
}

fn object(key: &str) -> String {
    let date = "2015-08-30T12:36:00.000Z";
    format!(
        "<Contents><Key>{key}</Key><Size>5</Size><LastModified>{date}</LastModified></Contents>"
    )
}

fn error(code: &str) -> String {
    format!("<Error><Code>{code}</Code><Message>m</Message></Error>")
}

/// Accepts every put, and holds nothing.
fn empty_bucket(head: &str) -> (u16, String) {
    match head.split(' ').next().unwrap() {
        "HEAD" => (404, String::new()),
        "GET" => (200, listing("")),
        _ => (200, String::new()),
    }
}

fn folder_with(name: &str, content: &[u8]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), content).unwrap();
    folder
}

#[test]
fn lets_one_of_two_writers_win() {
    let server = Server::start(|head| match head.split(' ').next().unwrap() {
        "PUT" if head.contains("if-none-match: *") => (412, error("PreconditionFailed")),
        _ => empty_bucket(head),
    });
    let folder = folder_with("a", b"one");
    let (code, _, message) = server.run(folder.path(), &["-put", "a", "s3a://b/k"]);
    assert_eq!((code, message.as_str()), (1, "put: `s3a://b/k': File exists\n"));
    let (code, _, message) = server.run(folder.path(), &["-put", "-f", "a", "s3a://b/k"]);
    assert_eq!((code, message.as_str()), (0, ""));
}

#[test]
fn overwrites_with_a_write_only_role() {
    let server = Server::start(|head| match head.split(' ').next().unwrap() {
        "PUT" => (200, String::new()),
        _ => (403, error("AccessDenied")),
    });
    let folder = folder_with("a", b"one");
    for (destination, target) in [("s3a://b/k", "PUT /b/k "), ("s3a://b/d/", "PUT /b/d/a ")] {
        let (code, _, message) = server.run(folder.path(), &["-put", "-f", "a", destination]);
        assert_eq!((code, message.as_str()), (0, ""), "{destination}");
        assert!(server.asked("PUT").pop().unwrap().starts_with(target), "{destination}");
    }
    let (code, _, message) = server.run(folder.path(), &["-put", "a", "s3a://b/k"]);
    assert!(code == 1 && message.starts_with("put: `s3a://b/k': AccessDenied: m"), "{message}");
    assert_eq!(server.asked("PUT").len(), 2, "not without having asked what is there");
}

#[test]
fn names_the_fix_for_a_truncated_response() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            head(&mut stream);
            let cut = "HTTP/1.1 200 X\r\nETag: \"e\"\r\nLast-Modified: x\r\n\
                       Content-Length: 100\r\n\r\n<ListBucketResult>";
            stream.get_mut().write_all(cut.as_bytes()).unwrap();
        }
    });
    let server = Server { endpoint, heads: Arc::default(), bodies: Arc::default() };
    let folder = tempfile::tempdir().unwrap();
    for words in [["-ls", "s3a://b/"], ["-cat", "s3a://b/k"]] {
        let (code, _, message) = server.run(folder.path(), &words);
        assert_eq!(code, 1);
        assert!(message.contains("': the response broke off ("), "{message}");
        assert!(message.ends_with("): check the network, and try again\n"), "{message}");
    }
}

#[test]
fn lists_an_object_and_a_directory_of_one_name() {
    let server = Server::start(|head| {
        let inside = match head {
            head if head.starts_with("HEAD /b/a ") => return (200, "-----".to_owned()),
            head if head.starts_with("HEAD") => return (404, String::new()),
            head if head.contains("prefix=a%2f") || head.contains("prefix=a%2F") => &object("a/x"),
            head if head.contains("prefix=a&") => &object("a"),
            head if head.contains("delimiter=") => {
                &(object("a") + "<CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes>")
            }
            _ => &(object("a") + &object("a/x")),
        };
        (200, listing(inside))
    });
    let folder = tempfile::tempdir().unwrap();
    let file =
        |path: &str| format!("-rw-rw-rw-   1 hadoop hadoop          5 2015-08-30 12:36 {path}\n");
    let directory = "drwxrwxrwx   - hadoop hadoop          0 1970-01-01 00:00 s3a://b/a\n";
    let both = file("s3a://b/a") + directory;
    for (words, expected) in [
        (&["-ls", "s3a://b/"][..], format!("Found 2 items\n{both}")),
        (&["-ls", "-R", "s3a://b/"], format!("{both}{}", file("s3a://b/a/x"))),
        // Each by itself, as it is written.
        (&["-ls", "s3a://b/a"], file("s3a://b/a")),
        (&["-ls", "s3a://b/a/"], format!("Found 1 items\n{}", file("s3a://b/a/x"))),
    ] {
        let (code, listed, message) = server.run(folder.path(), words);
        assert_eq!((code, message.as_str()), (0, ""), "{words:?}");
        assert_eq!(listed, expected, "{words:?}");
    }
}

#[test]
fn does_not_send_a_file_that_grows_while_read() {
    let server = Server::start(empty_bucket);
    let folder = folder_with("log", &vec![b'x'; 8 << 20]);
    let mut log = File::options().append(true).open(folder.path().join("log")).unwrap();
    let ended = Arc::new(AtomicBool::new(false));
    let until = Arc::clone(&ended);
    let writer = thread::spawn(move || {
        while !until.load(Ordering::Relaxed) {
            log.write_all(b"one more line\n").unwrap();
            thread::sleep(Duration::from_micros(100));
        }
    });
    let (code, _, message) = server.run(folder.path(), &["-put", "log", "s3a://b/log"]);
    ended.store(true, Ordering::Relaxed);
    writer.join().unwrap();
    let changed = "put: `s3a://b/log': changed while it was read; nothing was stored (--snapshot ";
    assert!(code == 1 && message.starts_with(changed), "{message}");
    assert!(server.asked("PUT").is_empty());
}

#[test]
fn stores_and_reports_a_file_that_grows_while_sent() {
    let content = vec![b'x'; 1 << 20];
    let folder = folder_with("log", &content);
    let log = folder.path().join("log");
    let server = Server::start(move |head| {
        if head.starts_with("PUT") {
            let mut log = File::options().append(true).open(&log).unwrap();
            log.write_all(b"one more line\n").unwrap();
        }
        empty_bucket(head)
    });
    let (code, _, message) = server.run(folder.path(), &["-put", "log", "s3a://b/log"]);
    let changed = "changed while it was sent; what was stored is how it was before";
    assert_eq!((code, message), (1, format!("put: `s3a://b/log': {changed}\n")));
    assert!(server.stored() == [content], "its length and its hash are those of one moment");
}

/// The kernel generates such files as they are read, and says that they have no bytes.
#[cfg(target_os = "linux")]
#[test]
fn puts_a_file_of_false_length_whole() {
    let server = Server::start(empty_bucket);
    let folder = tempfile::tempdir().unwrap();
    let content = fs::read("/proc/version").unwrap();
    assert!(fs::metadata("/proc/version").unwrap().len() == 0 && !content.is_empty());
    let (code, _, message) = server.run(folder.path(), &["-put", "/proc/version", "s3a://b/d/"]);
    assert_eq!((code, message.as_str()), (0, ""));
    assert_eq!(server.stored(), [content]);
}

#[test]
fn does_not_retry_malformed_responses_for_long() {
    let folder = tempfile::tempdir().unwrap();
    for (body, message, most) in [
        // Whole, and nothing that another attempt would change.
        (listing("<Contents><Key>k</Key><Size>x</Size></Contents>"), "cannot be read", 1),
        (listing("<IsTruncated>true</IsTruncated>"), "cut off", 1),
        // A portal, or a gateway that has just started.
        ("<html></html>".to_owned(), "the server is not S3", 4),
    ] {
        let server = Server::start(move |_| (200, body.clone()));
        let (code, _, stderr) = server.run(folder.path(), &["-ls", "s3a://b/"]);
        assert!(code == 1 && stderr.contains(message), "{stderr}");
        let asked = server.asked("GET").len();
        assert!((1..=most).contains(&asked), "{message}: {asked}");
    }
}

#[test]
fn gives_up_soon_on_a_response_that_is_not_http() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::new(Mutex::new(0));
    let counted = Arc::clone(&connections);
    thread::spawn(move || {
        for stream in listener.incoming() {
            *counted.lock().unwrap() += 1;
            let mut stream = BufReader::new(stream.unwrap());
            let mut line = Vec::new();
            let _ = stream.read_until(b'\n', &mut line);
            let _ = stream.get_mut().write_all(b"SSH-2.0-OpenSSH_9.2\r\n");
        }
    });
    let server = Server { endpoint, heads: Arc::default(), bodies: Arc::default() };
    let folder = tempfile::tempdir().unwrap();
    let (code, _, message) = server.run(folder.path(), &["-ls", "s3a://b/"]);
    assert!(
        code == 1 && message.contains("does not speak HTTP") && message.contains("check the port"),
        "{message}"
    );
    // Four attempts, and the question whether TLS is spoken.
    assert!(*connections.lock().unwrap() <= 5, "{connections:?}");
}
