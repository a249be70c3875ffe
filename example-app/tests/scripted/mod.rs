//! An S3 of one bucket in memory, which fails as a test says.
#![allow(dead_code, reason = "each file of tests uses some of it")]

mod bucket;

use core::time::Duration;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use bucket::{Done, State, error, hex};
use md5::{Digest as _, Md5};

/// The outcome of a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Answer {
    AsS3,
    /// With this status and code; nothing is done.
    Error(u16, &'static str),
    /// The connection is closed in the middle of the body; nothing is done.
    Reset,
    /// It is done, and the connection is closed in the middle of the answer.
    DoneButLost,
    /// It is done, and the answer begins before it is known.
    Heartbeat,
    /// It is done, and is called by another content's MD5; to HEAD, by that of another one's parts.
    OtherEtag,
    /// Nothing is done, since the bucket is in this region.
    Elsewhere(u16, &'static str),
    /// A log-in page.
    Portal,
    /// With this, whatever was asked.
    Says(&'static str),
    /// With this status, this header and no region.
    Redirect(u16, &'static str),
    /// With this status, and the connection is closed in the middle of the body; nothing is done.
    Cut(u16),
    /// An abort that is taken, after which parts that were on their way are stored.
    PartsLeft,
    /// It is done, whatever `If-None-Match` says.
    Overwritten,
    /// The same, and each content is called by something new, as with a key of KMS.
    CalledAnew,
    /// It is done after another writer has overwritten all objects.
    Late,
    /// None.
    Never,
}

pub(crate) struct Server {
    pub(crate) endpoint: String,
    state: Arc<Mutex<State>>,
}

impl Server {
    /// Starts a server. `script` is given the head of a request and how often it deviated from S3
    /// before.
    pub(crate) fn start(script: impl Fn(&str, u32) -> Answer + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::<Mutex<State>>::default();
        let (shared, script) = (Arc::clone(&state), Arc::new(script));
        let times = Arc::new(Mutex::new(0));
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (state, script, times) = (shared.clone(), script.clone(), times.clone());
                thread::spawn(move || {
                    let mut stream = BufReader::new(stream.unwrap());
                    while let Some(head) = head(&mut stream) {
                        let answer = {
                            let mut times = times.lock().unwrap();
                            let answer = script(&head, *times);
                            *times += u32::from(!matches!(answer, Answer::AsS3));
                            answer
                        };
                        if serve(&mut stream, &head, answer, &state).is_none() {
                            return;
                        }
                    }
                });
            }
        });
        Self { endpoint, state }
    }

    pub(crate) fn object(&self, path: &str) -> Option<Vec<u8>> {
        self.state.lock().unwrap().objects.get(path).map(|(content, _)| content.clone())
    }

    /// Stores an object as if it had been put.
    pub(crate) fn hold(&self, path: &str, content: &[u8]) {
        let object = (content.to_owned(), hex(Md5::digest(content)));
        self.state.lock().unwrap().objects.insert(path.to_owned(), object);
    }

    /// Stores an object, and lines that the heads of answers have about it.
    pub(crate) fn hold_with(&self, path: &str, content: &[u8], lines: &'static str) {
        self.hold(path, content);
        self.state.lock().unwrap().metadata.insert(path.to_owned(), lines);
    }

    /// Counts the requests of this method that have this in their head.
    pub(crate) fn count(&self, method: &str, part: &str) -> usize {
        let state = self.state.lock().unwrap();
        let is_it = |head: &&String| head.starts_with(method) && head.contains(part);
        state.heads.iter().filter(is_it).count()
    }

    /// Counts the requests of this method that have both parts in their head.
    pub(crate) fn count_both(&self, method: &str, one: &str, other: &str) -> usize {
        let state = self.state.lock().unwrap();
        let is_it =
            |head: &&String| head.starts_with(method) && head.contains(one) && head.contains(other);
        state.heads.iter().filter(is_it).count()
    }

    /// Counts the uploads that are neither completed nor aborted.
    pub(crate) fn unfinished(&self) -> usize {
        self.state.lock().unwrap().uploads.len()
    }
}

/// Reads a head, in lower case but for the first line.
fn head(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut head = String::new();
    stream.read_line(&mut head).ok().filter(|read| *read > 0)?;
    while !head.ends_with("\r\n\r\n") {
        let mut line = String::new();
        stream.read_line(&mut line).ok().filter(|read| *read > 0)?;
        head.push_str(&line.to_ascii_lowercase());
    }
    Some(head)
}

/// Reads the rest of a request and answers it; `None` if that closes the connection.
fn serve(
    stream: &mut BufReader<TcpStream>,
    head: &str,
    answer: Answer,
    state: &Mutex<State>,
) -> Option<()> {
    state.lock().unwrap().heads.push(head.to_owned());
    let length = head.split("\r\ncontent-length: ").nth(1);
    let length = length.map_or(0, |length| length.lines().next().unwrap().parse().unwrap());
    let mut body = vec![0; if matches!(answer, Answer::Reset) { length / 2 } else { length }];
    stream.read_exact(&mut body).ok()?;
    match answer {
        Answer::Reset => None,
        Answer::Never => {
            thread::sleep(Duration::from_mins(1));
            None
        }
        Answer::Elsewhere(status, region) => {
            let text = error("AuthorizationHeaderMalformed");
            let text = if head.starts_with("HEAD") { "" } else { text.as_str() };
            redirect(stream, status, &format!("x-amz-bucket-region: {region}"), text)
        }
        Answer::Redirect(status, location) => {
            redirect(stream, status, &format!("Location: {location}"), "")
        }
        _ => {
            let mut state = state.lock().unwrap();
            let done = done(head, body, answer, &mut state);
            let path = head.split([' ', '?']).nth(1).filter(|_| head.starts_with("HEAD"));
            let metadata = path.and_then(|path| state.metadata.get(path)).copied();
            drop(state);
            send(stream, (head, metadata.unwrap_or_default()), answer, done)
        }
    }
}

/// Sends an answer with one header and no name of the request.
fn redirect(
    stream: &mut BufReader<TcpStream>,
    status: u16,
    header: &str,
    text: &str,
) -> Option<()> {
    let length = text.len();
    let answered =
        format!("HTTP/1.1 {status} X\r\n{header}\r\nContent-Length: {length}\r\n\r\n{text}");
    stream.get_mut().write_all(answered.as_bytes()).ok()
}

/// Does what an answer says that is done, and returns what it says of it.
fn done(head: &str, body: Vec<u8>, answer: Answer, state: &mut State) -> Done {
    let whatever_is_there = head.replace("if-none-match: *", "x: *");
    match answer {
        Answer::OtherEtag => {
            let other = hex(Md5::digest("other"));
            let (status, _, text) = state.act(head, body);
            let text = text.replacen("<ETag>", &format!("<ETag>{other}-2</ETag><X>"), 1);
            let of_parts = head.starts_with("HEAD").then(|| format!("{other}-2"));
            (status, Some(of_parts.unwrap_or(other)), text)
        }
        Answer::PartsLeft => (204, None, String::new()),
        Answer::Overwritten => state.act(&whatever_is_there, body),
        Answer::Late => {
            state.replace_all();
            state.act(head, body)
        }
        Answer::CalledAnew => {
            let (status, _, text) = state.act(&whatever_is_there, body);
            let etag = format!("again-{}", state.heads.len());
            let object = state.objects.get_mut(head.split(' ').nth(1).unwrap());
            object.unwrap().1.clone_from(&etag);
            (status, Some(etag), text)
        }
        Answer::Error(status, code) => (status, None, error(code)),
        Answer::Cut(status) => (status, None, "<Error><Code>Requ".to_owned()),
        Answer::Says(text) => (200, None, text.to_owned()),
        Answer::Portal => (200, None, "<html>log in</html>".to_owned()),
        _ => state.act(head, body),
    }
}

/// Sends an answer, or the part of it that arrives; `None` if it is a part.
fn send(
    stream: &mut BufReader<TcpStream>,
    (head, metadata): (&str, &str),
    answer: Answer,
    (status, etag, text): Done,
) -> Option<()> {
    let begin =
        if matches!(answer, Answer::Heartbeat) { "<?xml version=\"1.0\"?>\n\n  \n" } else { "" };
    let date = "Last-Modified: Sun, 30 Aug 2015 12:36:00 GMT";
    let etag = etag.map(|etag| format!("ETag: \"{etag}\"\r\n{date}\r\n")).unwrap_or_default();
    let cut = if matches!(answer, Answer::Cut(_)) { 100 } else { 0 };
    let len = begin.len() + text.len() + cut;
    let etag = format!("x-amz-request-id: request-{status}\r\n{metadata}{etag}");
    let mut answered = format!("HTTP/1.1 {status} X\r\n{etag}Content-Length: {len}\r\n\r\n{begin}");
    if !head.starts_with("HEAD") {
        answered.push_str(&text);
    }
    if matches!(answer, Answer::DoneButLost) {
        stream.get_mut().write_all(&answered.as_bytes()[..20]).ok()?;
        return None;
    }
    stream.get_mut().write_all(answered.as_bytes()).ok()?;
    (cut == 0).then_some(())
}
