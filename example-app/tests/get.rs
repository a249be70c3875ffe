//! `-get` from a server that breaks off, changes its mind, or lies.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test ends where it fails")]

mod program;

use core::time::Duration;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::{fs, thread};

use md5::{Digest as _, Md5};
use program::{KEYS, Shell, stderr};

/// The fault in the server's first whole object.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    BreaksOff,
    /// And there is another object then.
    BreaksOffAndChanges,
    /// And it does not know `Range`.
    BreaksOffAndKnowsNoRange,
    /// And gives the first bytes of the whole again, slowly, and then the rest.
    BreaksOffAndKnowsNoRangeSlowly,
    FlipsAByte,
}

const LEN: usize = 300_000;

fn content() -> Vec<u8> {
    (0..LEN).map(|at| (at / 7).to_le_bytes()[0]).collect()
}

/// Gives its URL, and the heads of the requests that it got.
fn serve(fault: Fault) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let heads = Arc::<Mutex<Vec<String>>>::default();
    let seen = heads.clone();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            while let Some(head) = read_head(&mut stream) {
                let is_first = !seen.lock().unwrap().iter().any(|head| head.starts_with("GET"));
                seen.lock().unwrap().push(head.clone());
                if !answer(stream.get_mut(), &head, is_first, fault) {
                    break;
                }
            }
        }
    });
    (url, heads)
}

fn read_head(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        stream.read_line(&mut head).ok().filter(|read| *read > 0)?;
    }
    Some(head.to_ascii_lowercase().replacen("get ", "GET ", 1))
}

/// Answers, and returns whether the connection is still good.
fn answer(stream: &mut TcpStream, head: &str, is_first: bool, fault: Fault) -> bool {
    let content = content();
    let etag = format!("{:032x}", u128::from_be_bytes(Md5::digest(&content).into()));
    let reply = |status: &str, more: &str, len: usize| {
        let date = "Last-Modified: Sun, 30 Aug 2015 12:36:00 GMT";
        format!(
            "HTTP/1.1 {status}\r\nETag: \"{etag}\"\r\n{date}\r\n{more}Content-Length: {len}\r\n\r\n"
        )
    };
    let mtime = "x-amz-meta-mtime: 981173106.5\r\n";
    if head.starts_with("head") {
        return stream.write_all(reply("200 OK", "", LEN).as_bytes()).is_ok();
    }
    let mut sent = content.clone();
    match (is_first, fault) {
        (true, Fault::FlipsAByte) => sent[LEN / 2] ^= 1,
        (true, _) => {
            let begun = [reply("200 OK", mtime, LEN).as_bytes(), &sent[..LEN / 3]].concat();
            stream.write_all(&begun).unwrap();
            return false;
        }
        (false, Fault::BreaksOffAndChanges) => {
            return stream.write_all(reply("412 Precondition Failed", "", 0).as_bytes()).is_ok();
        }
        (false, Fault::BreaksOff) => {
            assert!(head.contains(&format!("if-match: \"{etag}\"")), "{head}");
            let range = head.split("range: bytes=").nth(1).unwrap();
            let from: usize = range.split('-').next().unwrap().parse().unwrap();
            let range = format!("Content-Range: bytes {from}-{}/{LEN}\r\n", LEN - 1);
            let rest = &content[from..];
            let head = reply("206 Partial Content", &range, rest.len());
            return stream.write_all(&[head.as_bytes(), rest].concat()).is_ok();
        }
        (false, Fault::BreaksOffAndKnowsNoRangeSlowly) => {
            stream.write_all(reply("200 OK", mtime, LEN).as_bytes()).unwrap();
            let (slow, rest) = sent.split_at(LEN / 3);
            for piece in slow.chunks(slow.len() / 25) {
                thread::sleep(Duration::from_millis(100));
                stream.write_all(piece).unwrap();
            }
            return stream.write_all(rest).is_ok();
        }
        _ => {}
    }
    stream.write_all(&[reply("200 OK", mtime, LEN).as_bytes(), &sent].concat()).is_ok()
}

/// Returns the exit code, stderr, and how many objects were requested.
fn get(shell: &Shell, fault: Fault, words: &[&str]) -> (i32, String, usize) {
    let (url, heads) = serve(fault);
    let mut command = shell.command(&[&["--endpoint", &url], words].concat());
    let output = command.envs(KEYS).output().unwrap();
    let asked = heads.lock().unwrap().iter().filter(|head| head.starts_with("GET")).count();
    let code = output.status.code().unwrap();
    (code, stderr(&output), asked)
}

fn left(shell: &Shell) -> usize {
    fs::read_dir(shell.path()).unwrap().count()
}

#[test]
fn a_broken_connection_is_gone_on_from() {
    for fault in [Fault::BreaksOff, Fault::BreaksOffAndKnowsNoRange] {
        let shell = Shell::new();
        let (code, told, asked) = get(&shell, fault, &["-get", "-p", "s3a://b/k", "a"]);
        assert_eq!((code, told.as_str(), asked), (0, "", 2));
        assert!(fs::read(shell.path().join("a")).unwrap() == content());
        let modified = fs::metadata(shell.path().join("a")).unwrap().modified().unwrap();
        let since = modified.duration_since(std::time::UNIX_EPOCH).unwrap();
        assert_eq!(since.as_millis(), 981_173_106_500);
        assert_eq!(left(&shell), 1);
    }
}

#[test]
fn bytes_that_come_again_slowly_are_no_stall() {
    let shell = Shell::new();
    let words =
        ["-D", "fs.s3a.connection.timeout=1s", "-D", "fs.s3a.connection.request.timeout=1s"];
    let words = [&words[..], &["-get", "s3a://b/k", "a"]].concat();
    let (code, told, asked) = get(&shell, Fault::BreaksOffAndKnowsNoRangeSlowly, &words);
    assert_eq!((code, told.as_str(), asked), (0, "", 2));
    assert!(fs::read(shell.path().join("a")).unwrap() == content());
}

#[test]
fn discards_changed_or_damaged_downloads() {
    for (fault, expected) in [
        (Fault::BreaksOffAndChanges, "get: `s3a://b/k': changed while it was read"),
        (
            Fault::FlipsAByte,
            "get: `s3a://b/k': the content received is not what S3 holds (its MD5 is ",
        ),
    ] {
        let shell = Shell::new();
        let (code, told, _) = get(&shell, fault, &["-get", "s3a://b/k", "a"]);
        assert_eq!(code, 1);
        assert!(told.starts_with(expected), "{told}");
        assert_eq!(left(&shell), 0);
    }
    let shell = Shell::new();
    let words = ["-get", "-ignoreCrc", "s3a://b/k", "a"];
    assert_eq!(get(&shell, Fault::FlipsAByte, &words).0, 0);
}

#[test]
fn cat_goes_on_too() {
    let shell = Shell::new();
    let output = {
        let (url, _) = serve(Fault::BreaksOff);
        let mut command = shell.command(&["--endpoint", &url, "-cat", "s3a://b/k"]);
        command.envs(KEYS).output().unwrap()
    };
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(output.stdout == content());
}
