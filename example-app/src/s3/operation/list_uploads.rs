//! Listings of uploads that are neither objects nor aborted.
//!
//! Source: "`ListMultipartUploads`" and "`ListParts`", Amazon S3 API Reference.

use http::Method;
use serde::Deserialize;

use super::xml::{Flag, decoded, listing, size_of, text_of};
use crate::s3::address::path::S3Path;
use crate::s3::client::S3;
use crate::s3::content::etag::ETag;
use crate::s3::error::listing::{ListingError, UndecodableKey};
use crate::s3::error::operation::OperationError;
use crate::system::excerpt::escaped;

/// An upload that was begun, and neither completed nor aborted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnfinishedUpload {
    /// The key of the object that it would become.
    pub key: String,
    /// The upload id.
    pub upload_id: String,
    /// When it was begun, in RFC 3339; can be empty.
    pub initiated: String,
    /// The storage class of the object that it would become, if the store tells it.
    pub storage_class: Option<String>,
    /// The user or role that began it, if the store tells it.
    pub initiator: Option<String>,
}

/// A part that S3 holds, as a listing shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedPart {
    /// From 1 on.
    pub number: u32,
    /// Its `ETag`. A listing does not tell whether a part is encrypted.
    pub etag: ETag,
    /// In bytes.
    pub size: u64,
}

/// One page of a listing, and the marker of the next; `None` on the last.
#[derive(Debug, PartialEq, Eq)]
pub struct Page<T, M> {
    /// The items.
    pub items: Vec<T>,
    /// The marker that asks for the next page.
    pub next: Option<M>,
}

/// The marker that asks for the next page of uploads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadMarker {
    key: String,
    upload_id: String,
}

/// One page of a listing of uploads, with keys that are not UTF-8: requests cannot name them.
pub type UploadsPage = Page<Result<UnfinishedUpload, UndecodableKey>, UploadMarker>;

impl S3 {
    /// Lists a page of the unfinished uploads whose keys begin with `prefix`.
    ///
    /// # Errors
    /// If S3 does not say.
    pub async fn list_uploads_page(
        &self,
        bucket: &S3Path,
        prefix: &str,
        marker: Option<&UploadMarker>,
    ) -> Result<UploadsPage, OperationError> {
        let mut query = vec![("uploads", ""), ("prefix", prefix), ("encoding-type", "url")];
        if let Some(marker) = marker {
            query.push(("key-marker", &marker.key));
            query.extend(
                (!marker.upload_id.is_empty())
                    .then_some(("upload-id-marker", marker.upload_id.as_str())),
            );
        }
        let response = self.send(Method::GET, &bucket.with_key(""), &query).await?;
        let body = self.read_answer(self.success(response).await?).await?;
        let page = uploads(text_of(&body)?)?;
        let mut keys = page.items.iter().flatten().map(|upload| &upload.key);
        match keys.find(|key| !key.starts_with(prefix)) {
            Some(key) => Err(ListingError::NotAskedFor(escaped(key)).into()),
            None => Ok(page),
        }
    }

    /// Lists a page of the parts that S3 holds of an upload, by number, `after` this one.
    ///
    /// # Errors
    /// If S3 does not say; `NoSuchUpload` if the upload is an object by now, or aborted.
    pub async fn list_parts_page(
        &self,
        path: &S3Path,
        upload_id: &str,
        after: u32,
    ) -> Result<Page<ListedPart, u32>, OperationError> {
        let marker = after.to_string();
        let mut query = vec![("uploadId", upload_id)];
        query.extend((after > 0).then_some(("part-number-marker", marker.as_str())));
        let response = self.send(Method::GET, path, &query).await?;
        let body = self.read_answer(self.success(response).await?).await?;
        Ok(parts(text_of(&body)?, after)?)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UploadsBody {
    #[serde(default)]
    upload: Vec<UploadBody>,
    #[serde(default)]
    is_truncated: Option<Flag>,
    next_key_marker: Option<String>,
    next_upload_id_marker: Option<String>,
    encoding_type: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct UploadBody {
    key: String,
    upload_id: String,
    #[serde(default)]
    initiated: String,
    storage_class: Option<String>,
    initiator: Option<InitiatorBody>,
}

#[derive(Deserialize)]
struct InitiatorBody {
    #[serde(rename = "ID")]
    id: Option<String>,
    #[serde(rename = "DisplayName")]
    display_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PartsBody {
    #[serde(default)]
    part: Vec<PartBody>,
    #[serde(default)]
    is_truncated: Option<Flag>,
    next_part_number_marker: Option<u32>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PartBody {
    part_number: u32,
    #[serde(rename = "ETag")]
    etag: String,
    #[serde(default)]
    size: String,
}

/// The highest number of a part. Nothing follows a marker beyond it.
///
/// Source: "Amazon S3 multipart upload limits", Amazon S3 User Guide.
const MAX_PARTS: u32 = 10_000;

fn uploads(body: &str) -> Result<UploadsPage, ListingError> {
    let list: UploadsBody = listing(body, "ListMultipartUploadsResult")?;
    let encoding = list.encoding_type.as_deref();
    let next = if Flag::value(list.is_truncated) == Some(true) {
        let key = list.next_key_marker.filter(|key| !key.is_empty()).ok_or(ListingError::CutOff)?;
        let upload_id = list.next_upload_id_marker.unwrap_or_default();
        let key = decoded(key, encoding).map_err(ListingError::UndecodableKey)?;
        Some(UploadMarker { key, upload_id })
    } else {
        None
    };
    let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
    let upload = |upload: UploadBody| {
        let not_utf_8 = |escaped| UndecodableKey { escaped, size: 0 };
        Ok(UnfinishedUpload {
            key: decoded(upload.key, encoding).map_err(not_utf_8)?,
            upload_id: upload.upload_id,
            initiated: upload.initiated,
            storage_class: filled(upload.storage_class),
            initiator: upload
                .initiator
                .and_then(|initiator| filled(initiator.display_name).or(filled(initiator.id))),
        })
    };
    Ok(Page { items: list.upload.into_iter().map(upload).collect(), next })
}

fn parts(body: &str, after: u32) -> Result<Page<ListedPart, u32>, ListingError> {
    let list: PartsBody = listing(body, "ListPartsResult")?;
    let is_truncated = Flag::value(list.is_truncated) == Some(true);
    let next = list
        .next_part_number_marker
        .filter(|next| is_truncated && *next > after && *next <= MAX_PARTS);
    if is_truncated && next.is_none() {
        return Err(ListingError::CutOff);
    }
    let part = |PartBody { part_number: number, etag, size }| {
        let etag = ETag::written(etag);
        Ok(ListedPart { number, etag, size: size_of(&size)? })
    };
    Ok(Page { items: list.part.into_iter().map(part).collect::<Result<_, _>>()?, next })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_page_of_uploads() {
        let page = uploads(
            r#"<?xml version="1.0" encoding="UTF-8"?>
            <ListMultipartUploadsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
            <Bucket>b</Bucket><KeyMarker></KeyMarker><UploadIdMarker></UploadIdMarker>
            <NextKeyMarker>a+%2B%01</NextKeyMarker><NextUploadIdMarker>V+x</NextUploadIdMarker>
            <EncodingType>url</EncodingType><MaxUploads>1</MaxUploads>
            <IsTruncated>true</IsTruncated>
            <Upload><Key>a+%2B%01</Key><UploadId>V+x</UploadId><Initiator>
            <ID>arn:aws:iam::111122223333:user/u</ID><DisplayName></DisplayName></Initiator>
            <Owner><ID>o</ID></Owner><StorageClass>STANDARD</StorageClass>
            <Initiated>2010-11-10T20:48:33.000Z</Initiated></Upload><Upload><Key>caf%E9</Key>
            <UploadId>V</UploadId></Upload></ListMultipartUploadsResult>"#,
        )
        .unwrap();
        let upload = UnfinishedUpload {
            key: "a +\u{1}".to_owned(),
            upload_id: "V+x".to_owned(),
            initiated: "2010-11-10T20:48:33.000Z".to_owned(),
            storage_class: Some("STANDARD".to_owned()),
            initiator: Some("arn:aws:iam::111122223333:user/u".to_owned()),
        };
        let next = UploadMarker { key: "a +\u{1}".to_owned(), upload_id: "V+x".to_owned() };
        let latin_1 = UndecodableKey { escaped: r"caf\xe9".to_owned(), size: 0 };
        assert_eq!(page, Page { items: vec![Ok(upload), Err(latin_1)], next: Some(next) });
    }

    #[test]
    fn refuses_listings_without_a_next_marker() {
        let page = |inside: &str| {
            format!("<ListMultipartUploadsResult>{inside}</ListMultipartUploadsResult>")
        };
        assert_eq!(uploads(&page("")).unwrap(), Page { items: Vec::new(), next: None });
        let truncated = page("<IsTruncated>true</IsTruncated>");
        assert!(matches!(uploads(&truncated), Err(ListingError::CutOff)));
        let same = page("<IsTruncated>true</IsTruncated><NextKeyMarker>k</NextKeyMarker>");
        let marker = UploadMarker { key: "k".to_owned(), upload_id: String::new() };
        assert_eq!(uploads(&same).unwrap().next.as_ref(), Some(&marker));
        assert!(matches!(uploads("<html></html>"), Err(ListingError::NotAListing)));
    }

    #[test]
    fn reads_listings_of_other_stores() {
        let body = "<x:ListMultipartUploadsResult xmlns:x=\"u\"><x:IsTruncated>False\
                    </x:IsTruncated><x:Upload><x:Key>k</x:Key><x:UploadId>u</x:UploadId></x:Upload>\
                    </x:ListMultipartUploadsResult>";
        let page = uploads(body).unwrap();
        assert_eq!((page.items.len(), page.next), (1, None));
    }

    #[test]
    fn reads_a_page_of_parts() {
        let body = "<ListPartsResult><PartNumberMarker>0</PartNumberMarker>\
                    <NextPartNumberMarker>3</NextPartNumberMarker><IsTruncated>true</IsTruncated>\
                    <Part><PartNumber>3</PartNumber><ETag>&quot;e&quot;</ETag><Size>7</Size>\
                    <LastModified>x</LastModified></Part></ListPartsResult>";
        let part = ListedPart { number: 3, etag: ETag::written("\"e\""), size: 7 };
        assert_eq!(parts(body, 0).unwrap(), Page { items: vec![part], next: Some(3) });
        assert!(matches!(parts(body, 3), Err(ListingError::CutOff)));
        let last = body.replace("true", "false");
        assert_eq!(parts(&last, 0).unwrap().next, None);
        assert!(matches!(parts("", 0), Err(ListingError::NotAListing)));
    }
}
