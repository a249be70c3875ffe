//! What S3 calls a content.
//!
//! Source: "Checking object integrity", Amazon S3 User Guide: the `ETag` of an object is the MD5 of
//! its content, or the MD5 of its parts' MD5s and how many there are; not so where a key of KMS or
//! of the customer encrypts it.

use md5::{Digest as _, Md5};

use crate::s3::multipart::StoredPart;

/// In hexadecimal, as S3 writes it.
pub(crate) fn hex(md5: Md5) -> String {
    of_md5(md5.finalize().into())
}

/// In hexadecimal, as S3 writes it.
pub(super) fn of_md5(md5: [u8; 16]) -> String {
    format!("{:032x}", u128::from_be_bytes(md5))
}

/// Whether a bare one looks like that of a content, or of parts.
pub(super) fn is_md5(etag: &str) -> bool {
    let (md5, parts) = etag.split_once('-').unwrap_or((etag, "1"));
    unhex(md5).is_some() && parts.parse::<u32>().is_ok()
}

/// Without quotation marks, and in lower case.
pub(super) fn bare(etag: &str) -> String {
    etag.trim().trim_start_matches("W/").trim_matches('"').to_ascii_lowercase()
}

/// What an object of these parts, in order, is called; `None` if the parts are not called by their
/// MD5s.
pub(super) fn of_parts(parts: &[StoredPart]) -> Option<String> {
    let md5s: Option<Vec<_>> = parts.iter().map(|part| unhex(&bare(&part.etag))).collect();
    md5s.map(of_md5s)
}

/// What an object of parts with these MD5s, in order, is called.
pub(super) fn of_md5s(md5s: impl IntoIterator<Item = [u8; 16]>) -> String {
    let mut md5 = Md5::new();
    let mut count = 0;
    for part in md5s {
        md5.update(part);
        count += 1;
    }
    format!("{}-{count}", hex(md5))
}

fn unhex(text: &str) -> Option<[u8; 16]> {
    let number = u128::from_str_radix(text, 16).ok()?;
    (text.len() == 32).then(|| number.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made with `(md5 of "a", md5 of "b") | xxd -r -p | md5sum`.
    #[test]
    fn an_object_of_two_parts() {
        let part =
            |number, etag: &str| StoredPart { number, etag: etag.to_owned(), checksum: None };
        let a = part(1, "\"0cc175b9c0f1b6a831c399e269772661\"");
        let b = part(2, "92EB5FFEE6AE2FEC3AD71C777531578F");
        let both = of_parts(&[a.clone(), b]).unwrap();
        assert!(both.ends_with("-2") && both.len() == 34, "{both}");
        assert_eq!(of_parts(&[a, part(2, "\"e\"")]), None);
    }
}
