//! Pages of listings of keys.

use super::xml::{decoded, flag, listing, size_of, text_of};
use crate::s3::content::etag::ETag;
use crate::s3::error::listing::{ListingError, UndecodableKey};
use crate::system::excerpt::escaped;

/// One page of a listing.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct ListPage {
    /// The objects, by key.
    pub objects: Vec<Object>,
    /// The prefixes that group the keys with a further delimiter.
    pub prefixes: Vec<String>,
    /// Keys, or prefixes, that are not UTF-8: requests cannot name them.
    pub not_utf_8: Vec<UndecodableKey>,
    /// The marker that asks for the next page; `None` on the last.
    pub next: Option<Marker>,
}

/// The marker that asks for the next page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Marker {
    /// The token that `ListObjectsV2` gave.
    Token(String),
    /// The key after which `ListObjects`, the first version of the operation, continues.
    Key(String),
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
    /// The `ETag` of its content.
    pub etag: Option<ETag>,
    /// The storage class; `None` if the store has none.
    pub storage_class: Option<String>,
}

impl ListPage {
    /// Reads a response to `ListObjectsV2` or `ListObjects`. Keys are percent-decoded if the
    /// response says that they are encoded: XML cannot have some characters that keys can have.
    ///
    /// A store that knows the first version only answers a question of the second by it, without a
    /// token. The listing then continues by the first, after `NextMarker` or after the last key.
    ///
    /// # Errors
    /// If it is not a listing, or cut off.
    pub fn read(body: &[u8]) -> Result<Self, ListingError> {
        let body = text_of(body)?;
        let list = listing(body, "ListBucketResult")?;
        let encoding = list.optional("EncodingType")?;
        let mut page = Self::default();
        for contents in list.all("Contents") {
            let size = size_of(contents)?;
            match decoded(contents.required("Key")?, encoding) {
                Ok(key) => page.objects.push(Object {
                    key,
                    size,
                    last_modified: contents.owned("LastModified")?.unwrap_or_default(),
                    etag: contents.optional("ETag")?.map(ETag::written),
                    storage_class: contents.owned("StorageClass")?,
                }),
                Err(escaped) => page.not_utf_8.push(UndecodableKey { escaped, size }),
            }
        }
        // Some stores name several in one.
        for prefix in list.all("CommonPrefixes").flat_map(|common| common.all("Prefix")) {
            match decoded(prefix.text(), encoding) {
                Ok(prefix) => page.prefixes.push(prefix),
                Err(escaped) => page.not_utf_8.push(UndecodableKey { escaped, size: 0 }),
            }
        }
        let token = list.optional("NextContinuationToken")?;
        // Only responses of the second version have them.
        let is_of_second = token.is_some() || list.optional("KeyCount")?.is_some();
        let token = token.filter(|token| !token.is_empty());
        let marker = list.optional("NextMarker")?.filter(|marker| !marker.is_empty());
        let marker = marker.map(|marker| decoded(marker, encoding)).transpose();
        let marker = marker.map_err(ListingError::UndecodableKey)?.map(Marker::Key);
        let named = token.map(|token| Marker::Token(token.to_owned())).or(marker);
        // Some stores leave it out.
        if flag(&list, "IsTruncated")?.unwrap_or(named.is_some()) {
            let last_key = || page.last_key().filter(|_| !is_of_second);
            page.next = Some(named.or_else(last_key).ok_or(ListingError::CutOff)?);
        }
        Ok(page)
    }

    /// Returns the page, if all of its keys begin with what was asked for.
    pub(in crate::s3) fn expect_prefix(self, prefix: &str) -> Result<Self, ListingError> {
        let mut keys = self.objects.iter().map(|object| &object.key).chain(&self.prefixes);
        match keys.find(|key| !key.starts_with(prefix)) {
            Some(key) => Err(ListingError::NotAskedFor(escaped(key))),
            None => Ok(self),
        }
    }

    /// Returns the last key or prefix, in the order of listings; `None` if it cannot be known.
    fn last_key(&self) -> Option<Marker> {
        let keys = self.objects.iter().map(|object| &object.key).chain(&self.prefixes);
        keys.max().filter(|_| self.not_utf_8.is_empty()).cloned().map(Marker::Key)
    }

    /// Returns whether it has no items.
    pub(in crate::s3) const fn is_empty(&self) -> bool {
        self.objects.is_empty() && self.prefixes.is_empty() && self.not_utf_8.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_listing_of_s3() {
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
            etag: Some(ETag::written("e")),
            storage_class: Some("STANDARD".to_owned()),
        };
        assert_eq!(page.objects, [object]);
        assert_eq!(page.prefixes, ["a/d/"]);
        assert_eq!(page.next, Some(Marker::Token("1/x=".to_owned())));
    }

    #[test]
    fn continues_first_version_listings_after_a_key() {
        let next = |inside: &str| {
            let page = format!("<ListBucketResult>{inside}</ListBucketResult>");
            ListPage::read(page.as_bytes()).map(|page| page.next)
        };
        let contents = "<Contents><Key>d/b</Key><Size>0</Size><LastModified>x</LastModified>\
                        </Contents>\
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
        assert!(matches!(next(&lost), Err(ListingError::UndecodableKey(key)) if key == "d/\\xff"));
    }

    #[test]
    fn distinguishes_keys_that_are_not_utf_8() {
        let body = "<ListBucketResult><EncodingType>url</EncodingType>\
            <Contents><Key>d/a%FF</Key><Size>3</Size><LastModified>x</LastModified></Contents>\
            <Contents><Key>d/a%EF%BF%BD</Key><Size>0</Size><LastModified>x</LastModified>\
            </Contents>\
            <CommonPrefixes><Prefix>d/%C3/</Prefix></CommonPrefixes></ListBucketResult>";
        let page = ListPage::read(body.as_bytes()).unwrap();
        let not_utf_8 = |escaped: &str, size| UndecodableKey { escaped: escaped.to_owned(), size };
        assert_eq!(page.not_utf_8, [not_utf_8("d/a\\xff", 3), not_utf_8("d/\\xc3/", 0)]);
        assert_eq!(page.objects[0].key, "d/a\u{fffd}");
        let raw = b"<ListBucketResult><Contents><Key>d/a\xffb</Key></Contents></ListBucketResult>";
        let error = ListPage::read(raw).unwrap_err().to_string();
        assert!(error.starts_with("`d/a\\xffb': its key is not UTF-8"), "{error}");
    }

    #[test]
    fn leaves_unencoded_listings_as_they_are() {
        let page = ListPage::read(
            b"<ListBucketResult><Contents><Key>a+%41&amp;</Key><Size>0</Size>\
             <LastModified>x</LastModified></Contents></ListBucketResult>",
        )
        .unwrap();
        assert_eq!(page.objects[0].key, "a+%41&");
        let unfinished = ListPage::read(b"<ListBucketResult><Contents>");
        assert!(matches!(unfinished, Err(ListingError::Unfinished(_))), "{unfinished:?}");
        let malformed =
            b"<ListBucketResult><Contents><Size>x</Size></Contents></ListBucketResult>\n";
        assert!(ListPage::read(malformed).is_err());
        assert!(ListPage::read(b"<html></html>").is_err());
        let cut = b"<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>";
        assert!(matches!(ListPage::read(cut), Err(ListingError::CutOff)));
        for without_token in ["<KeyCount>1</KeyCount>", "<NextContinuationToken/>"] {
            let cut = format!(
                "<ListBucketResult><IsTruncated>true</IsTruncated>{without_token}<Contents>\
                 <Key>k</Key></Contents></ListBucketResult>"
            );
            let page = ListPage::read(cut.as_bytes());
            assert!(matches!(page, Err(ListingError::CutOff)), "{cut}");
        }
    }

    #[test]
    fn reads_listings_of_other_stores() {
        let read = |inside: &str| {
            ListPage::read(format!("<ListBucketResult>{inside}</ListBucketResult>").as_bytes())
        };
        let token = "<NextContinuationToken>t</NextContinuationToken>";
        for (flag, has_next) in [
            ("<IsTruncated>False</IsTruncated>", false),
            ("<IsTruncated> false\n</IsTruncated>", false),
            ("<IsTruncated>True</IsTruncated>", true),
            ("<IsTruncated></IsTruncated>", true),
            ("<IsTruncated/>", true),
        ] {
            let page = read(&format!("{flag}{token}")).unwrap();
            assert_eq!(page.next.is_some(), has_next, "{flag}");
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
    fn refuses_keys_without_the_prefix() {
        let page = || ListPage { prefixes: vec!["d/e/".to_owned()], ..ListPage::default() };
        assert!(page().expect_prefix("d/").is_ok());
        let message = page().expect_prefix("e/").unwrap_err().to_string();
        assert!(
            message.starts_with("the store lists `d/e/', which was not asked for"),
            "{message}"
        );
    }

    #[test]
    fn reads_mixed_objects_and_prefixes() {
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
