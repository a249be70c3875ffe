//! Servers whose responses never end: the program ends nevertheless, with a failure.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]
#![cfg(target_os = "linux")]

#[path = "../program/mod.rs"]
mod program;
mod responses;

use core::iter;
use core::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use core::time::Duration;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread::{self, sleep};

use program::{Shell, stderr};
use responses::{OBJECTS, RESPONSES};

/// The response of a server to a request, by its head and the number of requests before it. Ends
/// when the client does.
type Response = fn(&str, u64, &mut TcpStream) -> io::Result<()>;

struct Case {
    name: &'static str,
    words: &'static [&'static str],
    response: Response,
    message: &'static str,
}

fn serve(response: Response) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(AtomicU64::new(0));
    thread::spawn(move || {
        for stream in listener.incoming() {
            let asked = Arc::clone(&asked);
            thread::spawn(move || {
                let mut stream = BufReader::new(stream.unwrap());
                while let Some(head) = request(&mut stream) {
                    let before = asked.fetch_add(1, Ordering::Relaxed);
                    if response(&head, before, stream.get_mut()).is_err() {
                        return;
                    }
                }
            });
        }
    });
    endpoint
}

/// Reads a request with its body, and returns the head.
fn request(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        stream.read_line(&mut head).ok().filter(|read| *read > 0)?;
    }
    let lower = head.to_ascii_lowercase();
    let len = lower.split("\r\ncontent-length: ").nth(1);
    let len = len.map_or(0, |len| len.lines().next().unwrap().parse().unwrap());
    stream.read_exact(&mut vec![0; len]).ok()?;
    Some(head)
}

fn send(stream: &mut TcpStream, status: u16, headers: &str, body: &str) -> io::Result<()> {
    let len = body.len();
    let head = format!("HTTP/1.1 {status} X\r\nContent-Length: {len}\r\n{headers}\r\n");
    stream.write_all((head + body).as_bytes())
}

/// Writes the same for ever, with a pause between.
fn repeat(stream: &mut TcpStream, text: &str, pause: Duration) -> io::Result<()> {
    loop {
        stream.write_all(text.as_bytes())?;
        sleep(pause);
    }
}

fn error(code: &str) -> String {
    format!("<Error><Code>{code}</Code></Error>")
}

fn page(stream: &mut TcpStream, token: &str, inside: &str) -> io::Result<()> {
    let next = format!("<NextContinuationToken>{token}</NextContinuationToken>");
    let page = format!("<IsTruncated>true</IsTruncated>{next}{inside}");
    send(stream, 200, "", &format!("<ListBucketResult>{page}</ListBucketResult>"))
}

fn upload(key: &str) -> String {
    format!("<Upload><Key>{key}</Key><UploadId>u</UploadId></Upload>")
}

fn uploads_page(stream: &mut TcpStream, marker: &str, inside: &str) -> io::Result<()> {
    let next = format!("<NextKeyMarker>{marker}</NextKeyMarker>");
    let page = format!("<IsTruncated>true</IsTruncated>{next}{inside}");
    let page = format!("<ListMultipartUploadsResult>{page}</ListMultipartUploadsResult>");
    send(stream, 200, "", &page)
}

/// Reports that there is no object, and no directory.
fn nothing_there(head: &str, stream: &mut TcpStream) -> io::Result<()> {
    if head.starts_with("HEAD") {
        return stream.write_all(b"HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n");
    }
    send(stream, 200, "", "<ListBucketResult></ListBucketResult>")
}

/// Returns whether the request asks for the only object, of this length.
fn is_head(head: &str, stream: &mut TcpStream, len: u64) -> Option<io::Result<()>> {
    let response = format!(
        "HTTP/1.1 200 X\r\nETag: \"e\"\r\nLast-Modified: x\r\nContent-Length: {len}\r\n\r\n"
    );
    head.starts_with("HEAD").then(|| stream.write_all(response.as_bytes()))
}

const KEY: &str = "<Contents><Key>d/k</Key><Size>1</Size>\
                   <LastModified>2015-08-30T12:36:00.000Z</LastModified></Contents>";
const LS: &[&str] = &["-ls", "s3a://b/"];
const CAT: &[&str] = &["-cat", "s3a://b/k"];
const GET: &[&str] = &["-get", "s3a://b/k", "k"];
const PUT: &[&str] = &["-put", "-f", "small", "s3a://b/k"];
const PARTS: &[&str] =
    &["-put", "-f", "--part-size", "5M", "--multipart-threshold", "5M", "large", "s3a://b/k"];
const NO_END: &str = "the listing does not end";

const LISTINGS: &[Case] = &[
    Case {
        name: "the same token",
        words: LS,
        response: |_, _, stream| page(stream, "t", KEY),
        message: NO_END,
    },
    Case {
        name: "tokens in a circle",
        words: &["-du", "s3a://b/d/"],
        response: |_, before, stream| page(stream, &(before % 3).to_string(), KEY),
        message: NO_END,
    },
    Case {
        name: "empty pages with new tokens",
        words: &["-rm", "-r", "s3a://b/d/"],
        response: |head, before, stream| {
            // That it is a directory.
            let inside = if head.contains("max-keys=1&") { KEY } else { "" };
            page(stream, &before.to_string(), inside)
        },
        message: NO_END,
    },
    Case {
        name: "one upload behind new markers",
        words: &["-uploads", "-abort", "s3a://b/d"],
        response: |_, before, stream| uploads_page(stream, &before.to_string(), &upload("d/k")),
        message: NO_END,
    },
    Case {
        name: "keys outside of the prefix",
        words: &["-ls", "s3a://b/e"],
        response: |head, before, stream| match head {
            head if head.starts_with("HEAD") => nothing_there(head, stream),
            _ => page(stream, &before.to_string(), &KEY.replace("d/k", &before.to_string())),
        },
        message: "which was not asked for",
    },
    Case {
        name: "uploads in a circle",
        words: &["-uploads", "s3a://b/d"],
        response: |_, before, stream| uploads_page(stream, &(before % 5).to_string(), ""),
        message: NO_END,
    },
    Case {
        name: "the same uploads with new markers",
        words: &["-uploads", "s3a://b/d"],
        response: |_, before, stream| {
            uploads_page(stream, &format!("k{before}"), &upload(&format!("d/{}", before % 2)))
        },
        message: NO_END,
    },
    Case {
        name: "keys that were not asked for, with new tokens",
        words: &["-ls", "s3a://b/d"],
        response: |head, before, stream| {
            if head.starts_with("HEAD") {
                return nothing_there(head, stream);
            }
            let key = format!("zz/{before}");
            page(stream, &before.to_string(), &KEY.replace("d/k", &key))
        },
        message: "was not asked for",
    },
];

const REFUSALS: &[Case] = &[
    Case {
        name: "regions that send to each other",
        words: LS,
        response: |_, before, stream| {
            let region = ["eu-west-1", "us-west-2"][usize::from(before % 2 == 0)];
            let headers = format!("x-amz-bucket-region: {region}\r\n");
            send(stream, 301, &headers, &error("PermanentRedirect"))
        },
        message: "PermanentRedirect",
    },
    Case {
        name: "a Location that leads to itself",
        words: LS,
        response: |head, _, stream| {
            let target = head.split(' ').nth(1).unwrap_or_default();
            let headers = format!("Location: {target}\r\n");
            send(stream, 307, &headers, &error("TemporaryRedirect"))
        },
        message: "TemporaryRedirect",
    },
    Case {
        name: "too busy for a week",
        words: LS,
        response: |_, _, stream| send(stream, 503, "Retry-After: 604800\r\n", &error("SlowDown")),
        message: "SlowDown",
    },
    Case {
        name: "an error of the server each time",
        words: PUT,
        response: |_, _, stream| send(stream, 500, "", &error("InternalError")),
        message: "InternalError",
    },
    Case {
        name: "keys that cannot be deleted yet",
        words: &["-rm", "-r", "s3a://b/d/"],
        response: |head, _, stream| {
            if head.starts_with("POST") {
                let entry = "<Error><Key>d/k</Key><Code>SlowDown</Code></Error>";
                return send(stream, 200, "", &format!("<DeleteResult>{entry}</DeleteResult>"));
            }
            let page = format!("<ListBucketResult>{KEY}</ListBucketResult>");
            send(stream, 200, "", &page)
        },
        message: "SlowDown",
    },
    Case {
        name: "a completion that is an error each time",
        words: PARTS,
        response: |head, _, stream| match head {
            head if head.starts_with("GET") || head.starts_with("HEAD") => {
                nothing_there(head, stream)
            }
            head if head.contains("uploads=") => send(stream, 200, "", "<UploadId>u</UploadId>"),
            head if head.starts_with("POST") => send(stream, 200, "", &error("InternalError")),
            head if head.starts_with("DELETE") => send(stream, 404, "", &error("NoSuchUpload")),
            _ => send(stream, 200, "ETag: \"e\"\r\n", ""),
        },
        message: "InternalError",
    },
];

fn run(case: &Case) -> String {
    let shell = Shell::new();
    shell.write("small", b"12345");
    shell.write("large", &vec![1; (5 << 20) + 1]);
    let endpoint = serve(case.response);
    let settings = [
        "fs.s3a.connection.request.timeout=2s",
        "fs.s3a.connection.timeout=2s",
        "fs.s3a.retry.limit=2",
        "fs.s3a.retry.interval=10ms",
        "fs.s3a.retry.throttle.limit=3",
        "fs.s3a.retry.throttle.interval=10ms",
    ];
    let mut words = vec!["--endpoint", &endpoint, "--region", "us-east-1"];
    words.extend(settings.iter().flat_map(|setting| ["-D", setting]));
    words.extend(case.words);
    // On a busy machine it only has to end.
    let output = shell.by_shell("timeout 100 \"$@\" >/dev/null", &words).output().unwrap();
    let message = stderr(&output);
    match output.status.code() {
        Some(1) if message.contains(case.message) => String::new(),
        code => format!("{}: {code:?}: {message}\n", case.name),
    }
}

#[test]
fn ends_every_loop_that_a_server_drives() {
    let cases: Vec<_> = [LISTINGS, REFUSALS, RESPONSES, OBJECTS].into_iter().flatten().collect();
    // Few at a time: the times are those of a server, not of a busy machine.
    let next = AtomicUsize::new(0);
    let some = || {
        let cases = iter::from_fn(|| cases.get(next.fetch_add(1, Ordering::Relaxed)).copied());
        cases.map(run).collect::<String>()
    };
    let failed: String = thread::scope(|scope| {
        let running: Vec<_> = iter::repeat_with(|| scope.spawn(some)).take(4).collect();
        running.into_iter().map(|one| one.join().unwrap()).collect()
    });
    assert!(failed.is_empty(), "{failed}");
}
