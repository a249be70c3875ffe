//! The simulated bucket, with one object, and what is promised about it.
//!
//! Source: `PutObject`, `CreateMultipartUpload`, `UploadPart`, `CompleteMultipartUpload`,
//! `AbortMultipartUpload`, `ListParts` and `ListMultipartUploads`, Amazon S3 API Reference; "Add
//! preconditions to S3 operations with conditional requests", Amazon S3 User Guide.

use std::collections::BTreeMap;

use md5::{Digest as _, Md5};

use crate::chance::{Chance, elapsed};
use crate::request::{Reply, Request};

/// The shortest length of a part, except for the last one.
pub(crate) const MIN_PART_LEN: usize = 80;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Object {
    pub(crate) content: Vec<u8>,
    pub(crate) etag: String,
}

impl Object {
    /// Returns an object that was put in one request.
    pub(crate) fn whole(content: &[u8]) -> Self {
        Self { content: content.to_owned(), etag: hex::encode(Md5::digest(content)) }
    }

    /// Returns an object that was put in parts of this length.
    pub(crate) fn in_parts(content: &[u8], len: usize) -> Self {
        let md5s: Vec<_> = content.chunks(len).map(Md5::digest).collect();
        let etag = format!("{}-{}", hex::encode(Md5::digest(md5s.concat())), md5s.len());
        Self { content: content.to_owned(), etag }
    }
}

/// The condition that a writer has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Condition {
    Always,
    Absent,
    Same(String),
}

type Parts = BTreeMap<u32, Vec<u8>>;

/// A part that has arrived, and is not stored yet.
struct Arrived {
    upload_id: String,
    number: u32,
    body: Vec<u8>,
}

pub(crate) struct Store {
    pub(crate) object: Option<Object>,
    /// When the object changed, and into which.
    pub(crate) history: Vec<(u64, Option<Object>)>,
    pub(crate) uploads: BTreeMap<String, Parts>,
    /// The writer that began each upload.
    begun_by: BTreeMap<String, char>,
    /// The contents that writers send; anything else is a part of one.
    pub(crate) contents: Vec<Vec<u8>>,
    pub(crate) conditions: BTreeMap<char, Condition>,
    /// The promises that were broken.
    pub(crate) broken: Vec<String>,
    arrived: BTreeMap<u64, Arrived>,
    count: u64,
    chance: Chance,
}

impl Store {
    pub(crate) fn new(object: Option<Object>, chance: Chance) -> Self {
        Self {
            history: vec![(0, object.clone())],
            object,
            uploads: BTreeMap::new(),
            begun_by: BTreeMap::new(),
            contents: Vec::new(),
            conditions: BTreeMap::new(),
            broken: Vec::new(),
            arrived: BTreeMap::new(),
            count: 0,
            chance,
        }
    }

    /// Notes a request whose body has arrived, and that is done later.
    pub(crate) fn arrive(&mut self, request: &Request) -> u64 {
        self.count += 1;
        let ids = (request.query.get("uploadId"), request.query.get("partNumber"));
        if let (Some(id), Some(number)) = ids {
            let (upload_id, number) = (id.clone(), number.parse().unwrap());
            let body = request.body.clone();
            self.arrived.insert(self.count, Arrived { upload_id, number, body });
        }
        self.count
    }

    /// Does what a request asks for.
    pub(crate) fn act(&mut self, request: &Request, ticket: u64) -> Reply {
        self.arrived.remove(&ticket);
        let id = request.query.get("uploadId");
        match (request.method.as_str(), id) {
            (_, Some(id)) if !self.uploads.contains_key(id) => Reply::error(404, "NoSuchUpload"),
            ("PUT", Some(id)) => {
                let number = request.query["partNumber"].parse().unwrap();
                let etag = quoted(&hex::encode(Md5::digest(&request.body)));
                self.uploads.get_mut(id).unwrap().insert(number, request.body.clone());
                Reply::new(200, "").with("ETag", etag)
            }
            ("POST", Some(id)) => self.complete(request, &id.clone()),
            ("DELETE", Some(id)) => {
                let (writer, id) = (request.signer().unwrap().0, id.clone());
                if self.begun_by[&id] != writer {
                    self.broken.push(format!("{writer} has aborted another's upload {id}"));
                }
                self.abort(&id)
            }
            ("GET", Some(id)) => Reply::new(200, listed(&self.uploads[id])),
            ("POST", None) => {
                self.count += 1;
                let id = format!("upload.{:04}", self.count);
                self.uploads.insert(id.clone(), Parts::new());
                self.begun_by.insert(id.clone(), request.signer().unwrap().0);
                let text = format!("<R><UploadId>{id}</UploadId></R>");
                Reply::new(200, text)
            }
            ("PUT", None) => {
                let object = Object::whole(&request.body);
                let etag = quoted(&object.etag);
                match self.write(request, object) {
                    Ok(()) => Reply::new(200, "").with("ETag", etag),
                    Err(refusal) => refusal,
                }
            }
            ("GET", None) if request.query.contains_key("uploads") => self.list_uploads(),
            ("GET", None) if request.query.contains_key("list-type") => {
                Reply::new(200, "<ListBucketResult></ListBucketResult>")
            }
            ("HEAD" | "GET", None) => match &self.object {
                Some(Object { content, etag }) => Reply::new(200, content.clone())
                    .with("ETag", quoted(etag))
                    .with("Last-Modified", "Sun, 30 Aug 2015 12:36:00 GMT"),
                None => Reply::error(404, "NoSuchKey"),
            },
            _ => Reply::error(501, "NotImplemented"),
        }
    }

    /// Completes an upload by the parts that the request names. Parts that are stored and not named
    /// are dropped.
    fn complete(&mut self, request: &Request, id: &str) -> Reply {
        let text = String::from_utf8_lossy(&request.body).into_owned();
        let stored = &self.uploads[id];
        let (mut content, mut md5s, mut last) = (Vec::new(), Vec::new(), (0, usize::MAX));
        for named in text.split("<Part>").skip(1) {
            let element = |name: &str| {
                let (_, rest) = named.split_once(&format!("<{name}>")).unwrap();
                rest.split("</").next().unwrap().replace("&quot;", "").replace('"', "")
            };
            let number: u32 = element("PartNumber").parse().unwrap();
            let Some(part) = stored.get(&number) else { return Reply::error(400, "InvalidPart") };
            let md5 = Md5::digest(part);
            if hex::encode(md5) != element("ETag") {
                return Reply::error(400, "InvalidPart");
            }
            if number <= last.0 {
                return Reply::error(400, "InvalidPartOrder");
            }
            if last.1 < MIN_PART_LEN {
                return Reply::error(400, "EntityTooSmall");
            }
            last = (number, part.len());
            content.extend_from_slice(part);
            md5s.push(md5);
        }
        let etag = format!("{}-{}", hex::encode(Md5::digest(md5s.concat())), md5s.len());
        let text = format!(
            "<CompleteMultipartUploadResult><ETag>&quot;{etag}&quot;</ETag>\
            </CompleteMultipartUploadResult>"
        );
        match self.write(request, Object { content, etag }) {
            Ok(()) => {
                self.uploads.remove(id);
                Reply::new(200, text)
            }
            Err(refusal) => refusal,
        }
    }

    /// Aborts an upload. Parts in flight are dropped, or stored, in which case it stays.
    fn abort(&mut self, id: &str) -> Reply {
        let in_flight: Vec<_> = self
            .arrived
            .iter()
            .filter(|(_, arrived)| arrived.upload_id == id)
            .map(|(ticket, _)| *ticket)
            .collect();
        let stays = self.chance.percent(&format!("stays {id} {in_flight:?}"), 50);
        let mut left = Parts::new();
        for ticket in in_flight {
            let Arrived { number, body, .. } = self.arrived.remove(&ticket).unwrap();
            if stays {
                left.insert(number, body);
            }
        }
        if left.is_empty() {
            self.uploads.remove(id);
        } else {
            self.uploads.insert(id.to_owned(), left);
        }
        Reply::new(204, "")
    }

    /// Stores an object, if the request's condition holds; notes which promises that breaks.
    fn write(&mut self, request: &Request, object: Object) -> Result<(), Reply> {
        let there = self.object.as_ref().map(|object| quoted(&object.etag));
        let is_refused = request.header("if-none-match") == Some("*") && there.is_some()
            || request.header("if-match").is_some_and(|etag| there.as_deref() != Some(etag));
        if is_refused {
            return Err(Reply::error(412, "PreconditionFailed"));
        }
        let (writer, _) = request.signer().unwrap();
        let is_allowed = match &self.conditions[&writer] {
            Condition::Always => true,
            Condition::Absent => there.is_none(),
            Condition::Same(etag) => there.as_deref() == Some(etag),
        };
        if !is_allowed {
            self.broken.push(format!("{writer} has replaced an object that must stay"));
        }
        if !self.contents.contains(&object.content) {
            let len = object.content.len();
            self.broken.push(format!("{writer} has made an object that nobody sent: {len} bytes"));
        }
        self.history.push((elapsed(), Some(object.clone())));
        self.object = Some(object);
        Ok(())
    }

    fn list_uploads(&self) -> Reply {
        let uploads = self.uploads.keys().map(|id| {
            format!(
                "<Upload><Key>k</Key><UploadId>{id}</UploadId>\
                <Initiated>2015-08-30T12:36:00.000Z</Initiated></Upload>"
            )
        });
        let uploads = uploads.collect::<String>();
        Reply::new(
            200,
            format!("<ListMultipartUploadsResult>{uploads}</ListMultipartUploadsResult>"),
        )
    }
}

fn quoted(etag: &str) -> String {
    format!("\"{etag}\"")
}

fn listed(parts: &Parts) -> String {
    let part = |(number, content): (&u32, &Vec<u8>)| {
        let (etag, size) = (hex::encode(Md5::digest(content)), content.len());
        format!(
            "<Part><PartNumber>{number}</PartNumber><ETag>&quot;{etag}&quot;</ETag>\
            <Size>{size}</Size></Part>"
        )
    };
    let parts = parts.iter().map(part).collect::<String>();
    format!("<ListPartsResult>{parts}<IsTruncated>false</IsTruncated></ListPartsResult>")
}
