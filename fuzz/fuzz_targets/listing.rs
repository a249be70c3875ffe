//! Listings of S3, of objects, uploads, parts and what was not deleted. Those that are built are
//! read as they were meant; any other bytes are read with as many keys as `quick-xml` finds.
#![no_main]

use std::fmt::Write;

use arbitrary::{Arbitrary, Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use quick_xml::Reader;
use quick_xml::escape::escape;
use quick_xml::events::Event;
use rolefs::s3::operation::delete_objects::refused;
use rolefs::s3::operation::list_uploads::{parts, uploads};
use rolefs::s3::operation::page::{ListPage, Marker};

#[derive(Debug)]
struct Input {
    keys: Vec<(String, u64)>,
    prefixes: Vec<String>,
    token: Option<String>,
    is_encoded: bool,
    other: Vec<u8>,
}

impl<'a> Arbitrary<'a> for Input {
    fn arbitrary(u: &mut Unstructured<'a>) -> Result<Self> {
        let mut keys = Vec::new();
        for _ in 0..u.int_in_range(0..=4)? {
            keys.push((key(u)?, u.arbitrary()?));
        }
        let mut prefixes = Vec::new();
        for _ in 0..u.int_in_range(0..=2)? {
            prefixes.push(key(u)? + "/");
        }
        let token = if u.arbitrary()? { Some(key(u)?) } else { None };
        Ok(Self { keys, prefixes, token, is_encoded: u.arbitrary()?, other: u.arbitrary()? })
    }
}

/// Returns a key without white space at its ends, which XML without encoding does not keep.
fn key(u: &mut Unstructured<'_>) -> Result<String> {
    let pieces = ["a", "/", "é", "&", "<", "]]>", "%", "%2F", "+", "a b", "\"", "'", "漢"];
    let mut key = String::from("k");
    for _ in 0..u.int_in_range(0..=6)? {
        key += *u.choose(&pieces)?;
    }
    Ok(key)
}

fuzz_target!(|input: Input| {
    objects(&input);
    unfinished(&input);
    any(&input.other);
});

impl Input {
    fn written(&self, text: &str) -> String {
        if self.is_encoded {
            let encode = |byte: u8| match char::from(byte) {
                c if c.is_ascii_alphanumeric() || "/-_.~".contains(c) => c.to_string(),
                _ => format!("%{byte:02X}"),
            };
            text.bytes().map(encode).collect()
        } else {
            escape(text).into_owned()
        }
    }

    fn encoding(&self) -> &'static str {
        if self.is_encoded { "<EncodingType>url</EncodingType>" } else { "" }
    }
}

fn objects(input: &Input) {
    let mut body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult \
         xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{}<KeyCount>1</KeyCount>",
        input.encoding()
    );
    for (key, size) in &input.keys {
        let key = input.written(key);
        write!(body, "<Contents><Key>{key}</Key><Size>{size}</Size></Contents>").unwrap();
    }
    for prefix in &input.prefixes {
        let prefix = input.written(prefix);
        write!(body, "<CommonPrefixes><Prefix>{prefix}</Prefix></CommonPrefixes>").unwrap();
    }
    if let Some(token) = &input.token {
        let token = escape(token.as_str());
        write!(body, "<NextContinuationToken>{token}</NextContinuationToken>").unwrap();
    }
    write!(body, "<IsTruncated>{}</IsTruncated></ListBucketResult>", input.token.is_some())
        .unwrap();
    let page = ListPage::read(body.as_bytes()).unwrap();
    let read: Vec<_> = page.objects.into_iter().map(|object| (object.key, object.size)).collect();
    assert_eq!(read, input.keys, "{body}");
    assert_eq!(page.prefixes, input.prefixes, "{body}");
    assert_eq!(page.next, input.token.clone().map(Marker::Token), "{body}");
    assert!(page.not_utf_8.is_empty());
}

fn unfinished(input: &Input) {
    let mut body = format!("<ListMultipartUploadsResult>{}", input.encoding());
    let mut errors = String::from("<DeleteResult>");
    let mut listed = String::from("<ListPartsResult>");
    for ((key, size), number) in input.keys.iter().zip(1..) {
        let written = input.written(key);
        let upload_id = escape(key.as_str());
        write!(body, "<Upload><Key>{written}</Key><UploadId>{upload_id}</UploadId></Upload>")
            .unwrap();
        write!(errors, "<Error><Key>{upload_id}</Key><Code>AccessDenied</Code></Error>").unwrap();
        write!(
            listed,
            "<Part><PartNumber>{number}</PartNumber><ETag>&quot;e{number}&quot;</ETag>\
             <Size>{size}</Size></Part>"
        )
        .unwrap();
    }
    let page = uploads(&(body + "</ListMultipartUploadsResult>")).unwrap();
    let read: Vec<_> = page.items.into_iter().map(|upload| upload.unwrap()).collect();
    let keys: Vec<_> = input.keys.iter().map(|(key, _)| key).collect();
    assert!(read.iter().map(|upload| &upload.key).eq(keys.iter().copied()));
    assert!(read.iter().map(|upload| &upload.upload_id).eq(keys.iter().copied()));
    let page = parts(&(listed + "</ListPartsResult>"), 0).unwrap();
    let read: Vec<_> = page.items.iter().map(|part| (part.number, part.size)).collect();
    assert!(read.iter().map(|part| part.1).eq(input.keys.iter().map(|(_, size)| *size)));
    assert!(read.iter().map(|part| part.0).eq((1..).take(keys.len())));
    let left = refused(&(errors + "</DeleteResult>")).unwrap();
    assert!(left.iter().map(|left| &left.key).eq(keys));
}

fn any(bytes: &[u8]) {
    let framed = [b"<ListBucketResult>", bytes, b"</ListBucketResult>"].concat();
    for body in [bytes, &framed] {
        let text = String::from_utf8_lossy(body);
        let _ = (uploads(&text), parts(&text, 0), refused(&text));
        let Ok(page) = ListPage::read(body) else { continue };
        let keys = page.objects.len() + page.prefixes.len() + page.not_utf_8.len();
        assert_eq!(keys, theirs(&text), "{text}");
    }
}

/// Counts the keys of objects, and the prefixes, where a listing has them.
fn theirs(text: &str) -> usize {
    let mut reader = Reader::from_str(text.trim_start_matches('\u{feff}'));
    reader.config_mut().expand_empty_elements = true;
    let (mut open, mut keys) = (Vec::new(), 0);
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(element) => {
                open.push(element.local_name().as_ref().to_owned());
                let path: Vec<_> = open.iter().skip(1).map(String::as_str).collect();
                let is_key = matches!(*path, ["Contents", "Key"] | ["CommonPrefixes", "Prefix"]);
                keys += usize::from(is_key);
            }
            Event::End(_) => drop(open.pop()),
            // The first element is the whole document.
            Event::Eof => break,
            _ => {}
        }
        if open.is_empty() && keys > 0 {
            break;
        }
    }
    keys
}
