//! Encryption by S3 with a key that S3 does not keep: SSE-C.
//!
//! Source: "Using server-side encryption with customer-provided keys (SSE-C)", Amazon S3 User
//! Guide.

use std::io;
use std::path::Path;

use base64ct::{Base64, Encoding as _};
use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use md5::{Digest as _, Md5};
use rolesig_std::config::{read_file_or_pipe, without_byte_order_mark};
use zeroize::Zeroizing;

/// The length of AES-256's keys.
const LEN: usize = 32;
/// The most bytes of a file: more than the key in Base64, and the end of its line.
const LIMIT: usize = 4096;

/// A key that the customer keeps. Its clones share one buffer, which is wiped when the last is
/// dropped; `Debug` does not show it.
#[derive(Clone, Debug)]
pub struct CustomerKey(HeaderMap);

impl CustomerKey {
    /// Reads a file of 32 bytes, or of their Base64 in one line.
    ///
    /// # Errors
    /// If it cannot be read, or is something else.
    pub fn read(path: &Path) -> io::Result<Self> {
        let content = read_file_or_pipe(path, LIMIT)?;
        Self::of(&content).ok_or_else(|| {
            let what = "not a key for SSE-C: expected 32 bytes, or their Base64 in one line";
            io::Error::new(io::ErrorKind::InvalidData, what)
        })
    }

    fn of(content: &[u8]) -> Option<Self> {
        let mut key = Zeroizing::new([0; LEN]);
        if content.len() == LEN {
            key.copy_from_slice(content);
        } else {
            // Text files from Windows begin with a byte order mark.
            let text = without_byte_order_mark(content).trim_ascii();
            let decoded = Base64::decode(text, key.as_mut()).ok()?;
            if decoded.len() != LEN {
                return None;
            }
        }
        let md5 = Base64::encode_string(&Md5::digest(*key));
        let key = Bytes::from_owner(Zeroizing::new(Base64::encode_string(key.as_ref())));
        let mut key = HeaderValue::from_maybe_shared(key).ok()?;
        key.set_sensitive(true);
        let name = |end: &str| {
            format!("x-amz-server-side-encryption-customer-{end}").parse::<HeaderName>().ok()
        };
        let mut headers = HeaderMap::new();
        headers.insert(name("algorithm")?, HeaderValue::from_static("AES256"));
        headers.insert(name("key")?, key);
        headers.insert(name("key-md5")?, HeaderValue::try_from(md5).ok()?);
        Some(Self(headers))
    }

    /// Returns the header that distinguishes it from other keys, and is not secret.
    pub(in crate::s3) fn md5(&self) -> Option<(HeaderName, HeaderValue)> {
        let name = HeaderName::from_static("x-amz-server-side-encryption-customer-key-md5");
        self.0.get(&name).cloned().map(|md5| (name, md5))
    }

    /// Returns the headers of each request about the content of an object.
    pub(in crate::s3) fn headers(&self) -> HeaderMap {
        self.0.clone()
    }

    /// Returns the headers of a request that copies an object which is encrypted with it.
    pub(in crate::s3) fn source_headers(&self) -> HeaderMap {
        let of_source = |(name, value): (&HeaderName, &HeaderValue)| {
            let name = name.as_str().replacen("x-amz-", "x-amz-copy-source-", 1);
            Some((name.parse::<HeaderName>().ok()?, value.clone()))
        };
        self.0.iter().filter_map(of_source).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_32_bytes_or_their_base64() {
        let raw = [7; LEN];
        let text = format!("{}\n", Base64::encode_string(&raw));
        let windows = format!("\u{feff}{}\r\n", text.trim());
        for content in [&raw[..], text.as_bytes(), text.trim().as_bytes(), windows.as_bytes()] {
            let key = CustomerKey::of(content).unwrap();
            let key_of = |name: &str| key.headers()[name].to_str().unwrap().to_owned();
            assert_eq!(key_of("x-amz-server-side-encryption-customer-algorithm"), "AES256");
            let name = "x-amz-server-side-encryption-customer-key";
            assert_eq!(key_of(name), text.trim());
            // printf '\\007%.0s' {1..32} | openssl md5 -binary | base64
            let name = "x-amz-server-side-encryption-customer-key-md5";
            assert_eq!(key_of(name), "y4HAEFCYWuvAXWFTtA1Qpg==");
            assert!(!format!("{key:?}").contains(text.trim()), "{key:?}");
        }
        for bad in [&raw[..31], b"", b"not Base64 at all, but of 44 characters, so.", &[7; 33]] {
            assert!(CustomerKey::of(bad).is_none(), "{bad:?}");
        }
    }
}
