//! A page of a listing.

use percent_encoding::percent_decode_str;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

/// One page of a listing.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ListPage {
    /// The objects, by key.
    pub objects: Vec<Object>,
    /// What the keys with a further delimiter in them begin with.
    pub prefixes: Vec<String>,
    /// Keys, or beginnings of keys, that are not UTF-8: nothing can be asked of them.
    pub not_utf_8: Vec<NotUtf8>,
    /// Asks for the next page; `None` on the last.
    pub next: Option<Marker>,
}

/// Where a listing goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Marker {
    /// By `ListObjectsV2`, with the token that it gave.
    Token(String),
    /// By `ListObjects`, the first version of the operation, behind this key.
    Key(String),
}

/// A key that is not UTF-8, as all keys of AWS's S3 are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotUtf8 {
    /// With `\x` and two digits for each byte that is not ASCII.
    pub escaped: String,
    /// In bytes; 0 for the beginning of keys.
    pub size: u64,
}

impl NotUtf8 {
    /// Why nothing is done with it.
    pub const REASON: &str = "its key is not UTF-8, as keys must be: rolefs cannot ask for it";
}

/// An object, as a listing shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Object {
    /// Its key.
    pub key: String,
    /// In bytes.
    pub size: u64,
    /// In RFC 3339.
    pub last_modified: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct ListBody {
    #[serde(default)]
    contents: Vec<Contents>,
    #[serde(default)]
    common_prefixes: Vec<CommonPrefix>,
    #[serde(default)]
    is_truncated: Option<Flag>,
    next_continuation_token: Option<String>,
    next_marker: Option<String>,
    encoding_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Contents {
    key: String,
    #[serde(default)]
    size: String,
    #[serde(default)]
    last_modified: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct CommonPrefix {
    /// Some stores name several in one.
    prefix: Vec<String>,
}

/// `true` or `false`, in any case of letters; something else, or nothing, says neither.
#[derive(Debug, Deserialize)]
#[serde(from = "String")]
pub(in crate::s3) struct Flag(Option<bool>);

impl From<String> for Flag {
    fn from(text: String) -> Self {
        Self(text.trim().to_ascii_lowercase().parse().ok())
    }
}

impl Flag {
    pub(in crate::s3) fn value(flag: Option<Self>) -> Option<bool> {
        flag?.0
    }
}

/// Reads a size. One that a store leaves out, or leaves empty, is 0.
pub(in crate::s3) fn size_of(text: &str) -> Result<u64, BadListing> {
    match text.trim() {
        "" => Ok(0),
        size => size.parse().map_err(|_| BadListing::Size(text.escape_debug().to_string())),
    }
}

/// Reads the body of a listing. Whatever else answers with 200 has no such element.
pub(in crate::s3) fn listing<T: DeserializeOwned>(
    body: &str,
    element: &str,
) -> Result<T, BadListing> {
    let begins = |prefix: char| body.contains(&format!("{prefix}{element}"));
    if !begins('<') && !begins(':') {
        return Err(BadListing::NotAListing);
    }
    quick_xml::de::from_str(body).map_err(|error| BadListing::new(error, body))
}

/// Reads a key as a listing writes it, of this `EncodingType`.
///
/// # Errors
/// With the key, escaped, if it is not UTF-8.
pub(in crate::s3) fn decoded(text: String, encoding_type: Option<&str>) -> Result<String, String> {
    if encoding_type != Some("url") {
        return Ok(text);
    }
    // A space may be written as a plus here, and a plus then as %2B.
    let bytes: Vec<u8> = percent_decode_str(&text.replace('+', " ")).collect();
    String::from_utf8(bytes).map_err(|error| error.as_bytes().escape_ascii().to_string())
}

/// Reads the body of a listing.
///
/// # Errors
/// With the element that is not UTF-8: a store that does not encode keys sends such.
pub(in crate::s3) fn text_of(body: &[u8]) -> Result<&str, BadListing> {
    core::str::from_utf8(body).map_err(|error| {
        let (before, after) = body.split_at_checked(error.valid_up_to()).unwrap_or((body, &[]));
        let begin = before.rsplit(|byte| *byte == b'>').next().unwrap_or_default();
        let end = after.split(|byte| *byte == b'<').next().unwrap_or_default();
        BadListing::NotUtf8([begin, end].concat().escape_ascii().to_string())
    })
}

/// A listing that cannot be read.
#[derive(Debug, Error)]
pub enum BadListing {
    /// Not XML, or a field is missing.
    #[error("the listing cannot be read: {0}: it is not what S3 sends; check --endpoint")]
    Xml(quick_xml::DeError),
    /// A size that is no number.
    #[error("the listing cannot be read: the size `{0}' is no number: it is not what S3 sends")]
    Size(String),
    /// Not XML, since its end is missing.
    #[error("the listing breaks off: {0}")]
    Unfinished(quick_xml::DeError),
    /// Something else answered.
    #[error(
        "what answered is not S3: no listing came; check --endpoint, and that no portal answers"
    )]
    NotAListing,
    /// There is more, and no way to ask for it.
    #[error("the listing is cut off, and does not say where it goes on")]
    CutOff,
    /// It would never end.
    #[error("the listing does not end: the store leads back to where it was before")]
    Endless,
    /// A store that takes no notice of the prefix. To go on could be to delete what nobody named.
    #[error("the store lists `{0}', which was not asked for: it does not do as S3 does")]
    NotAskedFor(String),
    /// A key that cannot be told apart from others.
    #[error("`{0}': {reason}", reason = NotUtf8::REASON)]
    NotUtf8(String),
}

impl BadListing {
    /// Tells a document that ends before its last tag from one that is malformed.
    pub(in crate::s3) fn new(error: quick_xml::DeError, body: &str) -> Self {
        let last = body.trim_end().strip_suffix('>').and_then(|body| body.rsplit_once("</"));
        let is_whole = last.is_some_and(|(_, tag)| tag.ends_with("Result"));
        if is_whole { Self::Xml(error) } else { Self::Unfinished(error) }
    }
}

impl ListPage {
    /// Reads an answer to `ListObjectsV2` or `ListObjects`. Keys are percent-decoded if the answer says
    /// that they are encoded: XML has no way to write some characters that keys may have.
    ///
    /// A store that knows the first version only answers a question of the second by it, without a token.
    /// The listing then goes on by the first, behind `NextMarker`, or behind the last key.
    pub(in crate::s3) fn read(body: &[u8]) -> Result<Self, BadListing> {
        let body = text_of(body)?;
        let list: ListBody = listing(body, "ListBucketResult")?;
        let encoding = list.encoding_type.as_deref();
        let mut page = Self::default();
        for Contents { key, size, last_modified } in list.contents {
            let size = size_of(&size)?;
            match decoded(key, encoding) {
                Ok(key) => page.objects.push(Object { key, size, last_modified }),
                Err(escaped) => page.not_utf_8.push(NotUtf8 { escaped, size }),
            }
        }
        for prefix in list.common_prefixes.into_iter().flat_map(|common| common.prefix) {
            match decoded(prefix, encoding) {
                Ok(prefix) => page.prefixes.push(prefix),
                Err(escaped) => page.not_utf_8.push(NotUtf8 { escaped, size: 0 }),
            }
        }
        let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
        let token = filled(list.next_continuation_token).map(Marker::Token);
        let marker = filled(list.next_marker).map(|marker| decoded(marker, encoding));
        let marker = marker.transpose().map_err(BadListing::NotUtf8)?.map(Marker::Key);
        let named = token.or(marker);
        // Some stores leave it out.
        if Flag::value(list.is_truncated).unwrap_or(named.is_some()) {
            page.next = Some(named.or_else(|| page.last_key()).ok_or(BadListing::CutOff)?);
        }
        Ok(page)
    }

    /// Returns the page, if all of its keys begin with what was asked for.
    pub(in crate::s3) fn expect_prefix(self, prefix: &str) -> Result<Self, BadListing> {
        let mut keys = self.objects.iter().map(|object| &object.key).chain(&self.prefixes);
        match keys.find(|key| !key.starts_with(prefix)) {
            Some(key) => Err(BadListing::NotAskedFor(key.escape_debug().to_string())),
            None => Ok(self),
        }
    }

    /// The last key or prefix, in the order of listings; `None` if that may not be known.
    fn last_key(&self) -> Option<Marker> {
        let keys = self.objects.iter().map(|object| &object.key).chain(&self.prefixes);
        keys.max().filter(|_| self.not_utf_8.is_empty()).cloned().map(Marker::Key)
    }

    /// Whether there is anything on it.
    pub(in crate::s3) const fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.prefixes.is_empty() && self.not_utf_8.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_of_s3() {
        let page = ListPage::read(
            br#"<?xml version="1.0" encoding="UTF-8"?>
            <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>b</Name>
            <Prefix>a%2F</Prefix><KeyCount>2</KeyCount><EncodingType>url</EncodingType>
            <IsTruncated>true</IsTruncated><NextContinuationToken>1/x=</NextContinuationToken>
            <Contents><Key>a%2Fb+%2B%25</Key><LastModified>2015-08-30T12:36:00.000Z</LastModified>
            <ETag>&quot;e&quot;</ETag><Size>5</Size><StorageClass>STANDARD</StorageClass></Contents>
            <CommonPrefixes><Prefix>a%2Fd%2F</Prefix></CommonPrefixes></ListBucketResult>"#,
        )
        .unwrap();
        let object = Object {
            key: "a/b +%".to_owned(),
            size: 5,
            last_modified: "2015-08-30T12:36:00.000Z".to_owned(),
        };
        assert_eq!(page.objects, [object]);
        assert_eq!(page.prefixes, ["a/d/"]);
        assert_eq!(page.next, Some(Marker::Token("1/x=".to_owned())));
    }

    #[test]
    fn a_listing_of_the_first_version_goes_on_behind_a_key() {
        let next = |inside: &str| {
            let page = format!("<ListBucketResult>{inside}</ListBucketResult>");
            ListPage::read(page.as_bytes()).map(|page| page.next)
        };
        let contents = "<Contents><Key>d/b</Key><Size>0</Size><LastModified>x</LastModified></Contents>\
                        <CommonPrefixes><Prefix>d/a/</Prefix></CommonPrefixes>";
        let key = |key: &str| Some(Marker::Key(key.to_owned()));
        let truncated = "<IsTruncated>true</IsTruncated>";
        for (inside, expected) in [
            (format!("{truncated}<NextMarker>d/c</NextMarker>{contents}"), key("d/c")),
            (format!("{truncated}{contents}"), key("d/b")),
            (format!("<NextMarker>d/c</NextMarker>{contents}"), key("d/c")),
            (
                format!("<IsTruncated>false</IsTruncated><NextMarker>d/c</NextMarker>{contents}"),
                None,
            ),
            (contents.to_owned(), None),
        ] {
            assert_eq!(next(&inside).unwrap(), expected, "{inside}");
        }
        let encoded = "<EncodingType>url</EncodingType><NextMarker>d%2Fc+d</NextMarker>";
        assert_eq!(next(&format!("{truncated}{encoded}")).unwrap(), key("d/c d"));
        let lost = format!("{truncated}{}", encoded.replace("c+d", "%ff"));
        assert!(matches!(next(&lost), Err(BadListing::NotUtf8(key)) if key == "d/\\xff"));
    }

    #[test]
    fn keys_that_are_not_utf_8_are_told_apart() {
        let body = "<ListBucketResult><EncodingType>url</EncodingType>\
            <Contents><Key>d/a%FF</Key><Size>3</Size><LastModified>x</LastModified></Contents>\
            <Contents><Key>d/a%EF%BF%BD</Key><Size>0</Size><LastModified>x</LastModified></Contents>\
            <CommonPrefixes><Prefix>d/%C3/</Prefix></CommonPrefixes></ListBucketResult>";
        let page = ListPage::read(body.as_bytes()).unwrap();
        let not_utf_8 = |escaped: &str, size| NotUtf8 { escaped: escaped.to_owned(), size };
        assert_eq!(page.not_utf_8, [not_utf_8("d/a\\xff", 3), not_utf_8("d/\\xc3/", 0)]);
        assert_eq!(page.objects[0].key, "d/a\u{fffd}");
        let raw = b"<ListBucketResult><Contents><Key>d/a\xffb</Key></Contents></ListBucketResult>";
        let error = ListPage::read(raw).unwrap_err().to_string();
        assert!(error.starts_with("`d/a\\xffb': its key is not UTF-8"), "{error}");
    }

    #[test]
    fn a_listing_that_is_not_encoded_stays_as_it_is() {
        let page = ListPage::read(
            b"<ListBucketResult><Contents><Key>a+%41&amp;</Key><Size>0</Size>\
             <LastModified>x</LastModified></Contents></ListBucketResult>",
        )
        .unwrap();
        assert_eq!(page.objects[0].key, "a+%41&");
        let unfinished = ListPage::read(b"<ListBucketResult><Contents>");
        assert!(matches!(unfinished, Err(BadListing::Unfinished(_))), "{unfinished:?}");
        let malformed =
            b"<ListBucketResult><Contents><Size>x</Size></Contents></ListBucketResult>\n";
        assert!(ListPage::read(malformed).is_err());
        assert!(ListPage::read(b"<html></html>").is_err());
        let cut = b"<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>";
        assert!(matches!(ListPage::read(cut), Err(BadListing::CutOff)));
    }

    #[test]
    fn listings_that_other_stores_write_are_read() {
        let read = |inside: &str| {
            ListPage::read(format!("<ListBucketResult>{inside}</ListBucketResult>").as_bytes())
        };
        let token = "<NextContinuationToken>t</NextContinuationToken>";
        for (flag, goes_on) in [
            ("<IsTruncated>False</IsTruncated>", false),
            ("<IsTruncated> false\n</IsTruncated>", false),
            ("<IsTruncated>True</IsTruncated>", true),
            ("<IsTruncated></IsTruncated>", true),
            ("<IsTruncated/>", true),
        ] {
            let page = read(&format!("{flag}{token}")).unwrap();
            assert_eq!(page.next.is_some(), goes_on, "{flag}");
        }
        let odd = "<Contents><Key>a</Key><Size/></Contents><Contents><Key>b</Key><Size>2</Size>\
                   <LastModified/></Contents><CommonPrefixes><Prefix>c/</Prefix>\
                   <Prefix>d/</Prefix></CommonPrefixes>";
        let page = read(odd).unwrap();
        assert_eq!((page.objects[0].size, page.objects[1].size), (0, 2));
        assert_eq!(page.prefixes, ["c/", "d/"]);
        let prefixed = "<s3:ListBucketResult xmlns:s3=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
                        <s3:Contents><s3:Key>a</s3:Key><s3:Size>1</s3:Size></s3:Contents>\
                        </s3:ListBucketResult>";
        assert_eq!(ListPage::read(prefixed.as_bytes()).unwrap().objects[0].key, "a");
    }

    #[test]
    fn keys_outside_of_the_prefix_are_not_taken() {
        let page = || ListPage { prefixes: vec!["d/e/".to_owned()], ..ListPage::default() };
        assert!(page().expect_prefix("d/").is_ok());
        let told = page().expect_prefix("e/").unwrap_err().to_string();
        assert!(told.starts_with("the store lists `d/e/', which was not asked for"), "{told}");
    }

    #[test]
    fn objects_and_prefixes_may_be_mixed() {
        let contents = |key| {
            format!(
                "<Contents><Key>{key}</Key><Size>0</Size><LastModified>x</LastModified></Contents>"
            )
        };
        let prefix = |key| format!("<CommonPrefixes><Prefix>{key}</Prefix></CommonPrefixes>");
        let mixed = [prefix("a/"), contents("b"), prefix("c/"), contents("d")].concat();
        let page =
            ListPage::read(format!("<ListBucketResult>{mixed}</ListBucketResult>").as_bytes())
                .unwrap();
        assert_eq!((page.objects.len(), page.prefixes.len()), (2, 2));
    }
}
