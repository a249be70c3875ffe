//! An S3 of one bucket in memory, which fails as a test says.
#![allow(dead_code, reason = "each file of tests uses some of it")]

use core::time::Duration;
use std::collections::{BTreeMap, HashMap};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use md5::{Digest as _, Md5};

/// What becomes of a request.
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
    /// None.
    Never,
}

/// What was sent, and what it is called.
type Part = (Vec<u8>, [u8; 16]);

#[derive(Default)]
struct State {
    heads: Vec<String>,
    objects: BTreeMap<String, (Vec<u8>, String)>,
    uploads: BTreeMap<String, BTreeMap<u32, Part>>,
    /// Which object an upload would become.
    paths: HashMap<String, String>,
    begun: u32,
}

pub(crate) struct Server {
    pub(crate) endpoint: String,
    state: Arc<Mutex<State>>,
}

fn error(code: &str) -> String {
    format!("<Error><Code>{code}</Code><Message>m</Message></Error>")
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
    let (status, etag, text) = match answer {
        Answer::Reset => return None,
        Answer::Never => {
            thread::sleep(Duration::from_mins(1));
            return None;
        }
        Answer::Elsewhere(status, region) => {
            let begin = format!("HTTP/1.1 {status} X\r\nx-amz-bucket-region: {region}\r\n");
            let text = error("AuthorizationHeaderMalformed");
            let text = if head.starts_with("HEAD") { "" } else { text.as_str() };
            let answered = format!("{begin}Content-Length: {}\r\n\r\n{text}", text.len());
            return stream.get_mut().write_all(answered.as_bytes()).ok();
        }
        Answer::Redirect(status, location) => {
            let answered =
                format!("HTTP/1.1 {status} X\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n");
            return stream.get_mut().write_all(answered.as_bytes()).ok();
        }
        Answer::OtherEtag => {
            let other = hex(Md5::digest("other"));
            let (status, _, text) = state.lock().unwrap().act(head, body);
            let text = text.replacen("<ETag>", &format!("<ETag>{other}-2</ETag><X>"), 1);
            let of_parts = head.starts_with("HEAD").then(|| format!("{other}-2"));
            (status, Some(of_parts.unwrap_or(other)), text)
        }
        Answer::PartsLeft => (204, None, String::new()),
        Answer::Overwritten => {
            state.lock().unwrap().act(&head.replace("if-none-match: *", "x: *"), body)
        }
        Answer::CalledAnew => {
            let mut state = state.lock().unwrap();
            let (status, _, text) = state.act(&head.replace("if-none-match: *", "x: *"), body);
            let etag = format!("anew-{}", state.heads.len());
            let object = state.objects.get_mut(head.split(' ').nth(1).unwrap());
            object.unwrap().1.clone_from(&etag);
            (status, Some(etag), text)
        }
        Answer::Error(status, code) => (status, None, error(code)),
        Answer::Cut(status) => (status, None, "<Error><Code>Requ".to_owned()),
        Answer::Says(text) => (200, None, text.to_owned()),
        Answer::Portal => (200, None, "<html>log in</html>".to_owned()),
        _ => state.lock().unwrap().act(head, body),
    };
    let begin =
        if matches!(answer, Answer::Heartbeat) { "<?xml version=\"1.0\"?>\n\n  \n" } else { "" };
    let etag = etag.map(|etag| format!("ETag: \"{etag}\"\r\n")).unwrap_or_default();
    let cut = if matches!(answer, Answer::Cut(_)) { 100 } else { 0 };
    let len = begin.len() + text.len() + cut;
    let etag = format!("x-amz-request-id: request-{status}\r\n{etag}");
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

fn hex(digest: impl Into<[u8; 16]>) -> String {
    format!("{:032x}", u128::from_be_bytes(digest.into()))
}

impl State {
    fn act(&mut self, head: &str, body: Vec<u8>) -> (u16, Option<String>, String) {
        let mut words = head.split(' ');
        let (method, target) = (words.next().unwrap(), words.next().unwrap());
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let value = |name: &str| {
            query.split('&').filter_map(|pair| pair.split_once('=')).find(|(n, _)| *n == name)
        };
        let is_refused = head.contains("if-none-match: *") && self.objects.contains_key(path);
        let upload = value("uploadId").map(|(_, id)| id.to_owned());
        let empty = String::new();
        match (method, upload) {
            ("POST", None) => {
                self.begun += 1;
                let id = format!("upload-{}", self.begun);
                self.uploads.insert(id.clone(), BTreeMap::new());
                self.paths.insert(id.clone(), path.to_owned());
                (200, None, format!("<R><Key>\u{1}</Key><UploadId>{id}</UploadId></R>"))
            }
            (_, Some(id)) if !self.uploads.contains_key(&id) => (404, None, error("NoSuchUpload")),
            ("POST", Some(_)) | ("PUT", None) if is_refused => {
                (412, None, error("PreconditionFailed"))
            }
            ("PUT", Some(id)) => {
                let number = value("partNumber").unwrap().1.parse().unwrap();
                // Of its end only, if the client takes what it is told: a test has no time.
                let from = if head.contains("content-md5: ") { 0 } else { body.len() - 1 };
                let md5 = Md5::digest(&body[from..]).into();
                self.uploads.get_mut(&id).unwrap().insert(number, (body, md5));
                (200, Some(hex(md5)), empty)
            }
            ("POST", Some(id)) => {
                let parts = self.uploads.remove(&id).unwrap();
                let listed = String::from_utf8(body).unwrap();
                let mut md5 = Md5::new();
                for (number, (_, part)) in &parts {
                    assert!(listed.contains(&format!("<PartNumber>{number}</PartNumber>")));
                    md5.update(part);
                }
                let etag = format!("{}-{}", hex(md5.finalize()), parts.len());
                let whole = parts.into_values().map(|(part, _)| part).collect::<Vec<_>>().concat();
                let answer = format!("<CompleteMultipartUploadResult><ETag>{etag}</ETag>");
                self.objects.insert(path.to_owned(), (whole, etag));
                (200, None, answer + "</CompleteMultipartUploadResult>")
            }
            ("GET", Some(id)) => {
                let after =
                    value("part-number-marker").map_or(0, |(_, after)| after.parse().unwrap());
                (200, None, list_part(&self.uploads[&id], after))
            }
            ("GET", None) if query.contains("uploads=") => (200, None, self.list_uploads()),
            ("DELETE", Some(id)) => {
                self.uploads.remove(&id);
                (204, None, empty)
            }
            ("PUT", None) => {
                let etag = hex(Md5::digest(&body));
                self.objects.insert(path.to_owned(), (body, etag.clone()));
                (200, Some(etag), empty)
            }
            ("HEAD" | "GET", _) if !query.contains("list-type=") => match self.objects.get(path) {
                Some((content, etag)) => (200, Some(etag.clone()), " ".repeat(content.len())),
                None => (404, None, empty),
            },
            _ => (200, None, self.list(path, query)),
        }
    }

    /// Lists a page of a thousand. The token is the last key, or behind all of a directory.
    fn list(&self, bucket: &str, query: &str) -> String {
        let bucket = format!("{}/", bucket.trim_end_matches('/'));
        let value = |name: &str| {
            let value =
                query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
            value.map(|value| value.replace("%2F", "/"))
        };
        let root = format!("{bucket}{}", value("prefix").unwrap_or_default());
        let is_grouped = value("delimiter").is_some();
        let mut after = format!("{bucket}{}", value("continuation-token").unwrap_or_default());
        let (mut page, mut count) = (String::new(), 0);
        while let Some((key, (content, _))) = self.next(&root, &after) {
            if count == 1000 {
                let token = &after[bucket.len()..];
                page += "<IsTruncated>true</IsTruncated><NextContinuationToken>";
                page.extend([token, "</NextContinuationToken>"]);
                break;
            }
            count += 1;
            let slash = key[root.len()..].find('/').filter(|_| is_grouped);
            if let Some(slash) = slash {
                let directory = &key[..=root.len() + slash];
                let prefix = &directory[bucket.len()..];
                page.extend(["<CommonPrefixes><Prefix>", prefix, "</Prefix></CommonPrefixes>"]);
                after = format!("{directory}~");
            } else {
                let (name, size) = (&key[bucket.len()..], content.len());
                let date = "<LastModified>2015-08-30T12:36:00.000Z</LastModified>";
                let size = size.to_string();
                page.extend(["<Contents><Key>", name, "</Key>", date]);
                page.extend(["<Size>", &size, "</Size></Contents>"]);
                after.clone_from(key);
            }
        }
        format!("<ListBucketResult>{page}</ListBucketResult>")
    }

    fn next(&self, root: &str, after: &str) -> Option<(&String, &(Vec<u8>, String))> {
        let from = root.max(after).to_owned();
        let mut keys = self.objects.range(from..).filter(|(key, _)| key.as_str() > after);
        keys.next().filter(|(key, _)| key.starts_with(root))
    }

    /// Lists all uploads: a bucket of a test has few.
    fn list_uploads(&self) -> String {
        let uploads = self.uploads.keys().map(|id| {
            let key = &self.paths[id]["/b/".len()..];
            format!(
                "<Upload><Key>{key}</Key><UploadId>{id}</UploadId>\
                 <Initiated>2015-08-30T12:36:00.000Z</Initiated></Upload>"
            )
        });
        let uploads = uploads.collect::<String>();
        format!("<ListMultipartUploadsResult>{uploads}</ListMultipartUploadsResult>")
    }
}

/// Lists a page of one part.
fn list_part(parts: &BTreeMap<u32, Part>, after: u32) -> String {
    let mut rest = parts.range(after + 1..);
    let page = rest.next().map_or_else(String::new, |(number, (content, md5))| {
        let (etag, size) = (hex(*md5), content.len());
        format!(
            "<NextPartNumberMarker>{number}</NextPartNumberMarker><Part>\
             <PartNumber>{number}</PartNumber><ETag>&quot;{etag}&quot;</ETag><Size>{size}</Size></Part>"
        )
    });
    let is_truncated = rest.next().is_some();
    format!("<ListPartsResult>{page}<IsTruncated>{is_truncated}</IsTruncated></ListPartsResult>")
}
