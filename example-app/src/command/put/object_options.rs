//! The headers that options set for stored objects. An option takes precedence over S3A's settings.

#![allow(
    clippy::doc_markdown,
    rustdoc::invalid_html_tags,
    reason = "these docs are the help, shown as they are"
)]

use core::fmt;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderName, HeaderValue};
use percent_encoding::percent_decode_str;

use super::content_type;
use crate::system::local_path::local_path_parser;

/// The headers that objects are stored with.
#[derive(Args, Clone, Debug, Default)]
pub struct ObjectOptions {
    /// The storage class, such as STANDARD_IA. Otherwise fs.s3a.create.storage.class.
    #[arg(long, value_name = "CLASS", value_parser = value)]
    pub storage_class: Option<HeaderValue>,
    /// The encryption on the server. Otherwise fs.s3a.encryption.algorithm.
    #[arg(long, value_name = "SCHEME")]
    pub sse: Option<Encryption>,
    /// The key of KMS to encrypt with. Without --sse, as aws:kms.
    #[arg(long, value_name = "ID", value_parser = value)]
    pub sse_kms_key_id: Option<HeaderValue>,
    /// A file with a key of your own, of 32 bytes or in Base64, for SSE-C. S3 does not keep it:
    /// without it nobody reads the object again.
    #[arg(long, value_name = "FILE", value_parser = local_path_parser())]
    pub sse_c_key_file: Option<PathBuf>,
    /// Tags, percent-encoded: name=value&name=value.
    #[arg(long, value_name = "TAGS", value_parser = tagging)]
    pub tagging: Option<HeaderValue>,
    /// The type of the content, such as text/plain. Otherwise the one that belongs to the object's
    /// extension.
    #[arg(long, value_name = "TYPE", value_parser = value)]
    pub content_type: Option<HeaderValue>,
    /// Metadata (x-amz-meta-NAME). The option can be repeated.
    #[arg(long, value_name = "NAME=VALUE")]
    pub metadata: Vec<Metadata>,
}

/// The encryption on the server.
///
/// Source: "Protecting data with server-side encryption", Amazon S3 User Guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Encryption {
    /// SSE-S3.
    #[value(name = "AES256")]
    S3,
    /// SSE-KMS.
    #[value(name = "aws:kms")]
    Kms,
    /// DSSE-KMS.
    #[value(name = "aws:kms:dsse")]
    KmsTwice,
}

/// A name and a value of metadata. `Debug` shows the name alone: the value can be a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct Metadata(HeaderName, HeaderValue);

impl fmt::Debug for Metadata {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Metadata").field(&self.0).finish()
    }
}

const SCHEME: HeaderName = HeaderName::from_static("x-amz-server-side-encryption");
const KEY_ID: HeaderName = HeaderName::from_static("x-amz-server-side-encryption-aws-kms-key-id");

impl Encryption {
    const fn value(self) -> HeaderValue {
        HeaderValue::from_static(match self {
            Self::S3 => "AES256",
            Self::Kms => "aws:kms",
            Self::KmsTwice => "aws:kms:dsse",
        })
    }
}

impl ObjectOptions {
    /// Returns the error in the options, if two of them contradict each other.
    pub(crate) fn contradiction(&self) -> Option<&'static str> {
        if self.has_duplicate_metadata() {
            return Some("--metadata gives a name twice: names differ by more than case");
        }
        match (self.sse, &self.sse_kms_key_id, &self.sse_c_key_file) {
            (Some(Encryption::S3), Some(_), _) => {
                Some("--sse-kms-key-id is for --sse aws:kms or aws:kms:dsse")
            }
            (Some(_), _, Some(_)) | (_, Some(_), Some(_)) => {
                Some("--sse-c-key-file does without --sse and --sse-kms-key-id")
            }
            _ => None,
        }
    }

    /// Returns whether the options are metadata of an object, which then replaces what it has.
    pub(crate) const fn replaces_metadata(&self) -> bool {
        self.content_type.is_some() || !self.metadata.is_empty()
    }

    /// Returns whether two of the metadata have one name.
    fn has_duplicate_metadata(&self) -> bool {
        let mut names = Vec::new();
        self.metadata.iter().any(|Metadata(name, _)| {
            let is_known = names.contains(&name);
            names.push(name);
            is_known
        })
    }

    /// Returns whether the metadata have one of these names, as headers.
    pub(super) fn has_metadata(&self, names: &[HeaderName]) -> bool {
        self.metadata.iter().any(|Metadata(name, _)| names.contains(name))
    }

    /// Adds them to the headers of all objects, and replaces those they differ from.
    pub(crate) fn add_to(&self, headers: &mut HeaderMap) {
        let (key, sse) = (self.sse_kms_key_id.as_ref(), self.sse);
        if self.sse_c_key_file.is_some() {
            headers.remove(KEY_ID);
            headers.remove(SCHEME);
        }
        if let Some(sse) = sse.or(key.map(|_| Encryption::Kms)) {
            // A key that the configuration names belongs to the scheme that it names.
            headers.remove(KEY_ID);
            headers.insert(SCHEME, sse.value());
        }
        for (name, value) in [
            (KEY_ID, key),
            (HeaderName::from_static("x-amz-storage-class"), self.storage_class.as_ref()),
            (HeaderName::from_static("x-amz-tagging"), self.tagging.as_ref()),
            (CONTENT_TYPE, self.content_type.as_ref()),
        ] {
            if let Some(value) = value {
                headers.insert(name, value.clone());
            }
        }
        for Metadata(name, value) in &self.metadata {
            headers.insert(name, value.clone());
        }
    }

    /// Returns the type that belongs to the extension of a key, unless an option gives one.
    pub(crate) fn content_type_of(&self, key: &str) -> Option<HeaderValue> {
        let guessed = content_type::of(key).map(HeaderValue::from_static);
        guessed.filter(|_| self.content_type.is_none())
    }
}

impl core::str::FromStr for Metadata {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, text) = text.split_once('=').ok_or("write name=value")?;
        let name = Some(name).filter(|name| !name.is_empty());
        let name = name.and_then(|name| format!("x-amz-meta-{name}").parse().ok());
        let name = name.ok_or("a name may have letters, digits and !#$%&'*+-.^_`|~")?;
        Ok(Self(name, value(text)?))
    }
}

fn value(text: &str) -> Result<HeaderValue, &'static str> {
    let is_plain = text.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let value = HeaderValue::from_str(text).ok().filter(|_| is_plain);
    value.ok_or("it may have ASCII characters only, as a header")
}

/// Reads tags: up to ten, each name once.
///
/// Source: "Object tagging", Amazon S3 User Guide.
fn tagging(text: &str) -> Result<HeaderValue, &'static str> {
    let mut names = Vec::new();
    for pair in text.split('&') {
        let (name, tag) = pair.split_once('=').ok_or("write name=value&name=value")?;
        let is_plain = |text: &str| text.bytes().all(|byte| matches!(byte, b'!'..=b'~'));
        if name.is_empty() || tag.contains('=') || !is_plain(name) || !is_plain(tag) {
            return Err("percent-encode names and values: a space is %20, an equals sign %3D");
        }
        let name: Vec<_> = percent_decode_str(name).collect();
        if names.contains(&name) {
            return Err("a name may be there only once");
        }
        names.push(name);
    }
    if names.len() > 10 {
        return Err("an object may have ten tags at the most");
    }
    value(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let pairs = pairs
            .iter()
            .map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from_static(value)));
        pairs.collect()
    }

    #[test]
    fn prefers_options_to_the_configuration() {
        let configured = headers(&[
            ("x-amz-server-side-encryption", "aws:kms"),
            ("x-amz-server-side-encryption-aws-kms-key-id", "theirs"),
            ("x-amz-storage-class", "GLACIER"),
            ("x-amz-meta-a", "theirs"),
            ("x-amz-acl", "private"),
        ]);
        let options = ObjectOptions {
            sse: Some(Encryption::S3),
            storage_class: value("STANDARD_IA").ok(),
            tagging: tagging("a=b&c=").ok(),
            metadata: vec!["A=ours=1".parse().unwrap()],
            ..ObjectOptions::default()
        };
        let mut all = configured.clone();
        options.add_to(&mut all);
        let expected = headers(&[
            ("x-amz-server-side-encryption", "AES256"),
            ("x-amz-storage-class", "STANDARD_IA"),
            ("x-amz-tagging", "a=b&c="),
            ("x-amz-meta-a", "ours=1"),
            ("x-amz-acl", "private"),
        ]);
        assert_eq!(all, expected);
        let mut same = configured.clone();
        ObjectOptions::default().add_to(&mut same);
        assert_eq!(same, configured);
        let key = ObjectOptions { sse_kms_key_id: value("ours").ok(), ..ObjectOptions::default() };
        let mut all = HeaderMap::new();
        key.add_to(&mut all);
        let expected = headers(&[
            ("x-amz-server-side-encryption", "aws:kms"),
            ("x-amz-server-side-encryption-aws-kms-key-id", "ours"),
        ]);
        assert_eq!(all, expected);
        assert_eq!(key.contradiction(), None);
        let both = ObjectOptions { sse: Some(Encryption::S3), ..key.clone() };
        assert!(both.contradiction().is_some());
        let both = ObjectOptions { sse_c_key_file: Some("k".into()), ..key };
        assert!(both.contradiction().is_some());
    }

    #[test]
    fn refuses_headers_that_s3_would_not_understand() {
        for bad in ["", "=v", "a", "a b=c", "a=b=c", "a=ü", "a=1&a=2", "a=1&%61=2", "a=b&"] {
            assert!(tagging(bad).is_err(), "{bad}");
        }
        let eleven = (0..11).map(|n| format!("t{n}=")).collect::<Vec<_>>().join("&");
        assert!(tagging(&eleven).is_err());
        for bad in ["a", "=v", "a b=c", "ü=c", "a=ü", "a=\n"] {
            assert!(bad.parse::<Metadata>().is_err(), "{bad}");
        }
    }

    #[test]
    fn rejects_metadata_of_one_name() {
        let of = |metadata: &[&str]| {
            let metadata = metadata.iter().map(|one| one.parse().unwrap()).collect();
            ObjectOptions { metadata, ..ObjectOptions::default() }.contradiction()
        };
        assert!(of(&["a=1", "A=2"]).unwrap().starts_with("--metadata gives a name twice"));
        assert!(of(&["a=1", "b=1", "a=1"]).is_some());
        assert_eq!(of(&["a=1", "b=1"]), None);
    }

    #[test]
    fn derives_types_from_extensions() {
        let options = ObjectOptions::default();
        for (key, expected) in [
            ("d/a.json", Some("application/json")),
            ("a.TXT", Some("text/plain")),
            ("a.parquet.gz", Some("application/gzip")),
            ("json", None),
            ("part-00000", None),
        ] {
            let expected = expected.map(HeaderValue::from_static);
            assert_eq!(options.content_type_of(key), expected, "{key}");
        }
    }
}
