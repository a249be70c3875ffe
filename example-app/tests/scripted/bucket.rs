//! The bucket: its objects and uploads, and what a request does to them.

use std::collections::{BTreeMap, HashMap};

use md5::{Digest as _, Md5};

/// The object that was sent, and its name.
type Part = (Vec<u8>, [u8; 16]);

#[derive(Default)]
pub(super) struct State {
    pub(super) heads: Vec<String>,
    pub(super) objects: BTreeMap<String, (Vec<u8>, String)>,
    /// Lines of the heads of responses about objects, such as those of metadata.
    pub(super) metadata: HashMap<String, &'static str>,
    pub(super) uploads: BTreeMap<String, BTreeMap<u32, Part>>,
    /// The object that an upload would become.
    paths: HashMap<String, String>,
    begun: u32,
}

/// A status, what the object is called, and a body.
pub(super) type Done = (u16, Option<String>, String);

impl State {
    /// Does what a request asks for, as S3 does.
    pub(super) fn act(&mut self, head: &str, body: Vec<u8>) -> Done {
        let mut words = head.split(' ');
        let (method, target) = (words.next().unwrap(), words.next().unwrap());
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let is_refused = head.contains("if-none-match: *") && self.objects.contains_key(path);
        let source = header(head, "x-amz-copy-source").map(str::to_owned);
        match (method, value(query, "uploadId").map(str::to_owned)) {
            ("POST", None) if query.starts_with("delete=") => self.delete(path, &body),
            ("POST", None) => self.begin(path),
            (_, Some(id)) if !self.uploads.contains_key(&id) => (404, None, error("NoSuchUpload")),
            ("POST", Some(_)) | ("PUT", None) if is_refused => {
                (412, None, error("PreconditionFailed"))
            }
            ("PUT", upload) if source.is_some() => {
                self.copy(&source.unwrap(), head, upload, (path, query))
            }
            ("DELETE", None) => {
                let is_other = header(head, "if-match").is_some_and(|etag| {
                    self.objects.get(path).is_some_and(|it| it.1 != bare(etag))
                });
                if is_other {
                    return (412, None, error("PreconditionFailed"));
                }
                self.objects.remove(path);
                (204, None, String::new())
            }
            ("PUT", Some(id)) => {
                let number = value(query, "partNumber").unwrap().parse().unwrap();
                // Only of its end, if the client accepts the next marker: a test has no time.
                let from = if head.contains("content-md5: ") { 0 } else { body.len() - 1 };
                let md5 = Md5::digest(&body[from..]).into();
                self.uploads.get_mut(&id).unwrap().insert(number, (body, md5));
                (200, Some(hex(md5)), String::new())
            }
            ("POST", Some(id)) => self.complete(path, &id, body),
            ("GET", Some(id)) => {
                let after =
                    value(query, "part-number-marker").map_or(0, |after| after.parse().unwrap());
                (200, None, list_part(&self.uploads[&id], after))
            }
            ("GET", None) if query.contains("uploads=") => (200, None, self.list_uploads()),
            ("DELETE", Some(id)) => {
                self.uploads.remove(&id);
                (204, None, String::new())
            }
            ("PUT", None) => {
                let etag = hex(Md5::digest(&body));
                self.objects.insert(path.to_owned(), (body, etag.clone()));
                (200, Some(etag), String::new())
            }
            ("HEAD" | "GET", _) if !query.contains("list-type=") => match self.objects.get(path) {
                Some((content, etag)) => (200, Some(etag.clone()), " ".repeat(content.len())),
                None => (404, None, String::new()),
            },
            _ => (200, None, self.list(path, query)),
        }
    }

    /// Copies an object, or a range of it as a part.
    fn copy(
        &mut self,
        source: &str,
        head: &str,
        upload: Option<String>,
        (path, query): (&str, &str),
    ) -> Done {
        let Some((content, etag)) = self.objects.get(source).cloned() else {
            return (404, None, error("NoSuchKey"));
        };
        if header(head, "x-amz-copy-source-if-match").is_some_and(|it| bare(it) != etag) {
            return (412, None, error("PreconditionFailed"));
        }
        let document = |element: &str, etag: &str| {
            format!("<{element}><ETag>&quot;{etag}&quot;</ETag></{element}>")
        };
        let Some(id) = upload else {
            let etag = hex(Md5::digest(&content));
            self.objects.insert(path.to_owned(), (content, etag.clone()));
            return (200, None, document("CopyObjectResult", &etag));
        };
        let range = header(head, "x-amz-copy-source-range").unwrap().replace("bytes=", "");
        let (first, last) = range.split_once('-').unwrap();
        let part = &content[first.parse().unwrap()..=last.parse().unwrap()];
        let number = value(query, "partNumber").unwrap().parse().unwrap();
        let md5: [u8; 16] = Md5::digest(part).into();
        self.uploads.get_mut(&id).unwrap().insert(number, (part.to_owned(), md5));
        (200, None, document("CopyPartResult", &hex(md5)))
    }

    /// Deletes the objects that a request names, if they have the `ETag` that it names.
    fn delete(&mut self, bucket: &str, body: &[u8]) -> Done {
        let body = String::from_utf8_lossy(body).into_owned();
        let mut errors = String::new();
        for object in body.split("<Object>").skip(1) {
            let element = |name: &str| {
                let (_, rest) = object.split_once(&format!("<{name}>"))?;
                rest.split("</").next().map(|text| text.replace("&quot;", ""))
            };
            let key = element("Key").unwrap();
            let path = format!("{}/{key}", bucket.trim_end_matches('/'));
            let is = |etag: String| self.objects.get(&path).is_none_or(|it| it.1 == etag);
            if element("ETag").is_none_or(is) {
                self.objects.remove(&path);
            } else {
                let code = "<Code>PreconditionFailed</Code>";
                errors.extend(["<Error><Key>", &key, "</Key>", code, "</Error>"]);
            }
        }
        (200, None, format!("<DeleteResult>{errors}</DeleteResult>"))
    }

    /// Overwrites all objects, as another writer would.
    pub(super) fn replace_all(&mut self) {
        for object in self.objects.values_mut() {
            *object = (b"new".to_vec(), hex(Md5::digest("new")));
        }
    }

    /// Begins an upload.
    fn begin(&mut self, path: &str) -> Done {
        self.begun += 1;
        let id = format!("upload-{}", self.begun);
        self.uploads.insert(id.clone(), BTreeMap::new());
        self.paths.insert(id.clone(), path.to_owned());
        (200, None, format!("<R><Key>\u{1}</Key><UploadId>{id}</UploadId></R>"))
    }

    /// Makes the parts of an upload an object.
    fn complete(&mut self, path: &str, id: &str, body: Vec<u8>) -> Done {
        let parts = self.uploads.remove(id).unwrap();
        let listed = String::from_utf8(body).unwrap();
        let mut md5 = Md5::new();
        for (number, (_, part)) in &parts {
            assert!(listed.contains(&format!("<PartNumber>{number}</PartNumber>")));
            md5.update(part);
        }
        let etag = format!("{}-{}", hex(md5.finalize()), parts.len());
        let whole = parts.into_values().map(|(part, _)| part).collect::<Vec<_>>().concat();
        let response = format!("<CompleteMultipartUploadResult><ETag>{etag}</ETag>");
        self.objects.insert(path.to_owned(), (whole, etag));
        (200, None, response + "</CompleteMultipartUploadResult>")
    }

    /// Lists a page of a thousand. The token is the last key, or behind all of a directory.
    fn list(&self, bucket: &str, query: &str) -> String {
        let bucket = format!("{}/", bucket.trim_end_matches('/'));
        let value = |name: &str| value(query, name).map(|value| value.replace("%2F", "/"));
        let root = format!("{bucket}{}", value("prefix").unwrap_or_default());
        let is_grouped = value("delimiter").is_some();
        let mut after = format!("{bucket}{}", value("continuation-token").unwrap_or_default());
        let (mut page, mut count) = (String::new(), 0);
        while let Some((key, (content, etag))) = self.next(&root, &after) {
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
                page.extend(["<ETag>", etag, "</ETag><Size>", &size, "</Size></Contents>"]);
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

/// Returns a header of a request.
fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
}

/// Returns an `ETag` without quotation marks.
fn bare(etag: &str) -> &str {
    etag.trim_matches('"')
}

/// Returns a value of a query, undecoded.
fn value<'a>(query: &'a str, name: &str) -> Option<&'a str> {
    query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
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

pub(super) fn error(code: &str) -> String {
    format!("<Error><Code>{code}</Code><Message>m</Message></Error>")
}

pub(super) fn hex(digest: impl Into<[u8; 16]>) -> String {
    format!("{:032x}", u128::from_be_bytes(digest.into()))
}
