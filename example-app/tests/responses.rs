//! Responses that S3 does not give, or not to this request: they end soon, and are named for what
//! they are.
#![expect(clippy::unwrap_used, reason = "a test ends where it fails")]
#![cfg(unix)]

mod program;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::process::Output;
use std::sync::{Arc, Mutex};
use std::thread;

use program::{KEYS, Shell, stderr, stdout};

const DATE: &str = "Last-Modified: Sun, 30 Aug 2015 12:36:00 GMT\r\n";
const PAGE: &str = "<!DOCTYPE html><html><body>log in</body></html>";
const ERROR: &str = "<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code>\
                     <Message>m</Message></Error>";

/// A server that answers as a test says, and the request lines that it got.
struct Server {
    endpoint: String,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Starts a server. `answer` is given a request line, and returns status, headers and body.
    fn start(response: impl Fn(&str) -> (u16, String, Vec<u8>) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let server = Self { endpoint, asked: Arc::default() };
        let (asked, response) = (Arc::clone(&server.asked), Arc::new(response));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (asked, response) = (Arc::clone(&asked), Arc::clone(&response));
                thread::spawn(move || {
                    let mut stream = BufReader::new(stream.unwrap());
                    let Some(line) = request(&mut stream) else { return };
                    asked.lock().unwrap().push(line.clone());
                    let (status, headers, body) = response(&line);
                    let len = body.len();
                    let head = format!(
                        "HTTP/1.1 {status} X\r\n{headers}Connection: close\r\n\
                         Content-Length: {len}\r\n\r\n"
                    );
                    let body = if line.starts_with("HEAD") { &[][..] } else { &body };
                    let _ = stream.get_mut().write_all(&[head.as_bytes(), body].concat());
                });
            }
        });
        server
    }

    /// Answers everything with status 200 and this.
    fn always(headers: &'static str, body: impl Into<Vec<u8>>) -> Self {
        let body = body.into();
        Self::start(move |_| (200, headers.to_owned(), body.clone()))
    }

    fn count(&self) -> usize {
        self.asked.lock().unwrap().len()
    }

    fn run(&self, shell: &Shell, words: &[&str]) -> Output {
        let words = [&["--endpoint", &self.endpoint], words].concat();
        shell.command(&words).envs(KEYS).output().unwrap()
    }

    /// Runs a command that fails, and returns what it says.
    fn fails(&self, words: &[&str]) -> String {
        let output = self.run(&Shell::new(), words);
        assert_eq!(output.status.code(), Some(1), "{words:?}: {}", stderr(&output));
        stderr(&output)
    }
}

/// Reads a request with its body, and returns its line.
fn request(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    stream.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") && head != "\r\n" {
        stream.read_line(&mut head).ok().filter(|read| *read > 0)?;
    }
    let head = head.to_ascii_lowercase();
    let len = head.split("content-length: ").nth(1);
    let len = len.map_or(0, |len| len.lines().next().unwrap().parse().unwrap());
    stream.read_exact(&mut vec![0; len]).ok()?;
    Some(line)
}

fn listing(inside: &str) -> String {
    format!("<ListBucketResult>{inside}</ListBucketResult>")
}

fn object(key: &str) -> String {
    format!("<Contents><Key>{key}</Key><Size>5</Size></Contents>")
}

#[test]
fn takes_no_web_page_for_an_object() {
    for (headers, missing) in [
        ("Content-Type: text/html\r\n", "no ETag in its response"),
        (DATE, "no ETag in its response"),
        ("Content-Type: text/html\r\nETag: W/\"1\"\r\n", "no Last-Modified in its response"),
    ] {
        let server = Server::always(headers, PAGE);
        for words in [
            &["-get", "s3a://b/k", "got"][..],
            &["-get", "-f", "s3a://b/k", "there"],
            &["-get", "s3a://b/k", "-"],
            &["-cat", "s3a://b/k"],
            &["-stat", "%b", "s3a://b/k"],
            &["-ls", "s3a://b/k"],
            &["-du", "s3a://b/k"],
            &["-test", "-e", "s3a://b/k"],
            &["-test", "-f", "s3a://b/k"],
            &["-rm", "s3a://b/k"],
            &["-put", "--update", "there", "s3a://b/k"],
        ] {
            let shell = Shell::new();
            shell.write("there", b"as it was");
            let output = server.run(&shell, words);
            let message = stderr(&output);
            assert_eq!(output.status.code(), Some(1), "{words:?}: {message}");
            assert!(message.contains(missing) && message.contains("check --endpoint"), "{message}");
            assert_eq!(stdout(&output), "", "{words:?}");
            let left: Vec<_> = fs::read_dir(shell.path()).unwrap().flatten().collect();
            assert_eq!(left.len(), 1, "{words:?}: {left:?}");
            assert_eq!(fs::read(shell.path().join("there")).unwrap(), b"as it was");
        }
    }
}

#[test]
fn takes_no_web_page_for_a_deletion() {
    let server = |status, page: &'static str| {
        Server::start(move |line| match line {
            line if line.starts_with("DELETE") => {
                (status, "Content-Type: text/html\r\n".to_owned(), page.into())
            }
            _ => (200, format!("ETag: \"e\"\r\n{DATE}"), b"12345".into()),
        })
    };
    let message = server(200, PAGE).fails(&["-rm", "s3a://b/k"]);
    assert!(message.contains("the server is not S3 (its response is a web page)"), "{message}");
    // Swift has this header even without a body.
    for status in [200, 204] {
        let output = server(status, "").run(&Shell::new(), &["-rm", "s3a://b/k"]);
        assert_eq!(stdout(&output), "Deleted s3a://b/k\n", "{status}");
    }
}

#[test]
fn names_the_error_within_a_response_of_success() {
    let server = Server::always("", ERROR);
    let message = server.fails(&["-ls", "s3a://b/"]);
    assert!(message.starts_with("ls: `s3a://b/': AccessDenied: m: the policies"), "{message}");
    assert_eq!(server.count(), 1);
    let message = server.fails(&["-uploads", "s3a://b/"]);
    assert!(message.contains("AccessDenied: m"), "{message}");
    let server = Server::start(|line| match line {
        line if line.starts_with("HEAD") => (404, String::new(), Vec::new()),
        line if line.starts_with("GET") => (200, String::new(), listing("").into()),
        _ => (200, String::new(), ERROR.into()),
    });
    let shell = Shell::new();
    shell.write("a", b"one");
    let message = stderr(&server.run(&shell, &["-put", "a", "s3a://b/k"]));
    assert!(message.starts_with("put: `s3a://b/k': AccessDenied: m: the policies"), "{message}");
}

#[test]
fn names_the_missing_part_of_a_response() {
    let server = Server::start(|line| match line {
        line if line.starts_with("HEAD") => (404, String::new(), Vec::new()),
        line if line.starts_with("POST") => (200, String::new(), Vec::new()),
        line if line.contains("prefix=d") => (200, String::new(), listing(&object("d/k")).into()),
        _ => (200, String::new(), listing("").into()),
    });
    let message = server.fails(&["-rm", "-r", "s3a://b/d"]);
    assert!(message.contains("no DeleteResult in its response"), "{message}");
    let shell = Shell::new();
    shell.write("a", &vec![0; (5 << 20) + 1]);
    let words =
        ["-put", "-f", "--multipart-threshold", "5M", "--part-size", "5M", "a", "s3a://b/k"];
    let message = stderr(&server.run(&shell, &words));
    assert!(message.contains("no UploadId in its response"), "{message}");
}

#[test]
fn asks_once_for_what_is_too_long() {
    let server = Server::always("", format!("<ListBucketResult>{}", " ".repeat(17 << 20)));
    let message = server.fails(&["-ls", "s3a://b/"]);
    assert!(message.contains("the response has more than 16 MiB"), "{message}");
    assert_eq!(server.count(), 1);
}

#[test]
fn ends_listings_of_empty_pages_and_without_tokens() {
    let page = Mutex::new(0);
    let server = Server::start(move |_| {
        let mut page = page.lock().unwrap();
        *page += 1;
        let token = format!("<NextContinuationToken>{page}</NextContinuationToken>");
        (200, String::new(), listing(&format!("<IsTruncated>true</IsTruncated>{token}")).into())
    });
    let message = server.fails(&["-ls", "s3a://b/"]);
    assert!(message.contains("100 pages in a row are empty"), "{message}");
    assert_eq!(server.count(), 101, "one for the directory itself");
    for token in ["<KeyCount>1</KeyCount>", "<NextContinuationToken></NextContinuationToken>"] {
        let inside = format!("<IsTruncated>true</IsTruncated>{token}{}", object("k"));
        let server = Server::always("", listing(&inside));
        let message = server.fails(&["-ls", "s3a://b/"]);
        assert!(message.contains("cut off without a marker for the next page"), "{message}");
        assert_eq!(server.count(), 1);
    }
}

#[test]
fn names_the_encoding_of_a_listing() {
    let utf_16: Vec<u8> = listing("").encode_utf16().flat_map(u16::to_le_bytes).collect();
    let gzip = b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xff\xfe";
    for (headers, body, expected) in [
        ("Content-Encoding: gzip\r\n", &gzip[..], "compressed (Content-Encoding: gzip)"),
        ("", gzip, "compressed (gzip)"),
        ("", &utf_16, "UTF-16"),
    ] {
        let server = Server::always(headers, body);
        let message = server.fails(&["-ls", "s3a://b/"]);
        assert!(
            message.contains(&format!("the response is {expected}, and not plain UTF-8")),
            "{message}"
        );
        assert_eq!(server.count(), 1);
    }
}

#[test]
fn does_not_follow_a_304() {
    let server = Server::start(|_| (304, String::new(), Vec::new()));
    let message = server.fails(&["-ls", "s3a://b/"]);
    assert!(message.contains("NotModified (status 304): S3 does not answer so"), "{message}");
    assert!(!message.contains("redirection"), "{message}");
}

#[test]
fn prints_short_messages_of_one_line() {
    let message = format!("{}\n\u{1b}[31m", "m".repeat(3 << 20));
    let error = format!("<Error><Code>InvalidRequest</Code><Message>{message}</Message></Error>");
    let server = Server::start(move |_| (400, String::new(), error.clone().into()));
    let message = server.fails(&["-ls", "s3a://b/"]);
    assert!(message.len() < 2000 && message.contains("cut off here: "), "{} bytes", message.len());
    let server = Server::start(|line| match line {
        line if line.starts_with("HEAD") => (404, String::new(), Vec::new()),
        line if line.starts_with("POST") => {
            let error = "<Error><Key>d/a&#10;b&#27;</Key><Code>AccessDenied</Code></Error>";
            let body = format!("<DeleteResult>{error}</DeleteResult>");
            (200, String::new(), body.into())
        }
        _ => {
            let inside = format!("<EncodingType>url</EncodingType>{}", object("d/a%0Ab%C2%9B"));
            (200, String::new(), listing(&inside).into())
        }
    });
    let message = server.fails(&["-rm", "-r", "s3a://b/d"]);
    assert!(message.starts_with("rm: `s3a://b/d/a?b") && message.lines().count() == 1, "{message}");
    // Stdout is Hadoop's, where it is not a terminal.
    for (words, expected) in
        [(&["-ls", "-C"][..], "s3a://b/d/a\nb\u{9b}\n"), (&["-ls", "-C", "-q"], "s3a://b/d/a?b?\n")]
    {
        let output = server.run(&Shell::new(), &[words, &["s3a://b/d"]].concat());
        assert_eq!(stdout(&output), expected);
    }
}

#[test]
fn refuses_malformed_patterns_as_hadoop_does() {
    let server = Server::start(|line| match line {
        line if line.starts_with("HEAD") => (404, String::new(), Vec::new()),
        _ => (200, String::new(), listing("").into()),
    });
    let regexp = "Illegal file pattern: error parsing regexp:";
    for (words, expected) in [
        (
            &["-ls", "s3a://b/["][..],
            format!("ls: {regexp} Unclosed character class at pos 1: `[`\n"),
        ),
        (&["-rm", "-f", "s3a://b/{a"], format!("rm: {regexp} Unclosed group at pos 2: `{{a`\n")),
        (&["-test", "-e", "s3a://b/[b-a]"], {
            format!("test: {regexp} invalid character class range: `b-a`\n")
        }),
    ] {
        assert_eq!(server.fails(words), expected);
    }
}
