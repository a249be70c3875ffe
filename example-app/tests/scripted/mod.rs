//! An S3 of one bucket in memory, with scripted failures.
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
pub(crate) enum Response {
    AsS3,
    /// With this status and code; nothing is done.
    Error(u16, &'static str),
    /// The connection is closed in the middle of the body; nothing is done.
    Reset,
    /// It is done, and the connection is closed in the middle of the response.
    DoneButLost,
    /// It is done, and the response begins before it is known.
    Heartbeat,
    /// It is done, and is called by another content's MD5; to HEAD, by that of another one's parts.
    OtherEtag,
    /// Nothing is done, since the bucket is in this region.
    Elsewhere(u16, &'static str),
    /// A login page.
    Portal,
    /// With this, for any request.
    Says(&'static str),
    /// With this status, this header and no region.
    Redirect(u16, &'static str),
    /// With this status, and the connection is closed in the middle of the body; nothing is done.
    Cut(u16),
    /// An abort that is accepted, after which parts in flight are stored.
    PartsLeft,
    /// It is done, and `If-None-Match` is ignored.
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
    pub(crate) fn start(script: impl Fn(&str, u32) -> Response + Send + Sync + 'static) -> Self {
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
                        let response = {
                            let mut times = times.lock().unwrap();
                            let response = script(&head, *times);
                            *times += u32::from(!matches!(response, Response::AsS3));
                            response
                        };
                        if serve(&mut stream, &head, response, &state).is_none() {
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

    /// Counts the objects whose path begins with this.
    pub(crate) fn objects(&self, prefix: &str) -> usize {
        let state = self.state.lock().unwrap();
        state.objects.keys().filter(|path| path.starts_with(prefix)).count()
    }

    /// Stores an object as if it had been put.
    pub(crate) fn hold(&self, path: &str, content: &[u8]) {
        let object = (content.to_owned(), hex(Md5::digest(content)));
        self.state.lock().unwrap().objects.insert(path.to_owned(), object);
    }

    /// Stores an object as another server holds it.
    pub(crate) fn hold_as(&self, path: &str, server: &Self, there: &str) {
        let object = server.state.lock().unwrap().objects[there].clone();
        self.state.lock().unwrap().objects.insert(path.to_owned(), object);
    }

    /// Stores an object, and lines that the heads of responses have about it.
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

/// Reads a head, in lower case except for the first line.
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
    response: Response,
    state: &Mutex<State>,
) -> Option<()> {
    state.lock().unwrap().heads.push(head.to_owned());
    let length = head.split("\r\ncontent-length: ").nth(1);
    let length = length.map_or(0, |length| length.lines().next().unwrap().parse().unwrap());
    let mut body = vec![0; if matches!(response, Response::Reset) { length / 2 } else { length }];
    stream.read_exact(&mut body).ok()?;
    match response {
        Response::Reset => None,
        Response::Never => {
            thread::sleep(Duration::from_mins(1));
            None
        }
        Response::Elsewhere(status, region) => {
            let text = error("AuthorizationHeaderMalformed");
            let text = if head.starts_with("HEAD") { "" } else { text.as_str() };
            redirect(stream, status, &format!("x-amz-bucket-region: {region}"), text)
        }
        Response::Redirect(status, location) => {
            redirect(stream, status, &format!("x-amz-request-id: R1\r\nLocation: {location}"), "")
        }
        _ => {
            let mut state = state.lock().unwrap();
            let done = done(head, body, response, &mut state);
            let path = head.split([' ', '?']).nth(1).filter(|_| head.starts_with("HEAD"));
            let metadata = path.and_then(|path| state.metadata.get(path)).copied();
            drop(state);
            send(stream, (head, metadata.unwrap_or_default()), response, done)
        }
    }
}

/// Sends a response with one header and no name of the request.
fn redirect(
    stream: &mut BufReader<TcpStream>,
    status: u16,
    header: &str,
    text: &str,
) -> Option<()> {
    let length = text.len();
    let raw = format!("HTTP/1.1 {status} X\r\n{header}\r\nContent-Length: {length}\r\n\r\n{text}");
    stream.get_mut().write_all(raw.as_bytes()).ok()
}

/// Does what a response says that is done, and returns what it says of it.
fn done(head: &str, body: Vec<u8>, response: Response, state: &mut State) -> Done {
    let whatever_is_there = head.replace("if-none-match: *", "x: *");
    match response {
        Response::OtherEtag => {
            let other = hex(Md5::digest("other"));
            let (status, _, text) = state.act(head, body);
            let text = text.replacen("<ETag>", &format!("<ETag>{other}-2</ETag><X>"), 1);
            let of_parts = head.starts_with("HEAD").then(|| format!("{other}-2"));
            (status, Some(of_parts.unwrap_or(other)), text)
        }
        Response::PartsLeft => (204, None, String::new()),
        Response::Overwritten => state.act(&whatever_is_there, body),
        Response::Late => {
            state.replace_all();
            state.act(head, body)
        }
        Response::CalledAnew => {
            let (status, _, text) = state.act(&whatever_is_there, body);
            let etag = format!("again-{}", state.heads.len());
            let object = state.objects.get_mut(head.split(' ').nth(1).unwrap());
            object.unwrap().1.clone_from(&etag);
            (status, Some(etag), text)
        }
        Response::Error(status, code) => (status, None, error(code)),
        Response::Cut(status) => (status, None, "<Error><Code>Requ".to_owned()),
        Response::Says(text) => (200, None, text.to_owned()),
        Response::Portal => (200, None, "<html>log in</html>".to_owned()),
        _ => state.act(head, body),
    }
}

/// Sends a response, or the part of it that arrives; `None` if it is a part.
fn send(
    stream: &mut BufReader<TcpStream>,
    (head, metadata): (&str, &str),
    response: Response,
    (status, etag, text): Done,
) -> Option<()> {
    let begin = if matches!(response, Response::Heartbeat) {
        "<?xml version=\"1.0\"?>\n\n  \n"
    } else {
        ""
    };
    let date = "Last-Modified: Sun, 30 Aug 2015 12:36:00 GMT";
    let etag = etag.map(|etag| format!("ETag: \"{etag}\"\r\n{date}\r\n")).unwrap_or_default();
    let cut = if matches!(response, Response::Cut(_)) { 100 } else { 0 };
    let len = begin.len() + text.len() + cut;
    let etag = format!("x-amz-request-id: request-{status}\r\n{metadata}{etag}");
    let mut raw = format!("HTTP/1.1 {status} X\r\n{etag}Content-Length: {len}\r\n\r\n{begin}");
    if !head.starts_with("HEAD") {
        raw.push_str(&text);
    }
    if matches!(response, Response::DoneButLost) {
        stream.get_mut().write_all(&raw.as_bytes()[..20]).ok()?;
        return None;
    }
    stream.get_mut().write_all(raw.as_bytes()).ok()?;
    (cut == 0).then_some(())
}
