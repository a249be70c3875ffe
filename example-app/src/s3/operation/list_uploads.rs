//! Listings of uploads that are neither objects nor aborted.
//!
//! Source: "`ListMultipartUploads`" and "`ListParts`", Amazon S3 API Reference.

use http::Method;

use super::xml::{decoded, flag, listing, size_of, text_of};
use crate::s3::address::path::S3Path;
use crate::s3::client::S3;
use crate::s3::content::etag::ETag;
use crate::s3::error::element::{Element, ElementError};
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
    /// The storage class of the object that it would become, if the store reports it.
    pub storage_class: Option<String>,
    /// The user or role that began it, if the store reports it.
    pub initiator: Option<String>,
}

/// A part that S3 holds, as a listing shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedPart {
    /// From 1 on.
    pub number: u32,
    /// Its `ETag`. A listing does not show whether a part is encrypted.
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
        let body = self.read_response(self.success(response).await?).await?;
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
        let body = self.read_response(self.success(response).await?).await?;
        Ok(parts(text_of(&body)?, after)?)
    }
}

/// The highest number of a part. Nothing follows a marker beyond it.
///
/// Source: "Amazon S3 multipart upload limits", Amazon S3 User Guide.
const MAX_PARTS: u32 = 10_000;

/// Reads a response to `ListMultipartUploads`.
///
/// # Errors
/// If it is not a listing, or cut off.
pub fn uploads(body: &str) -> Result<UploadsPage, ListingError> {
    let list = listing(body, "ListMultipartUploadsResult")?;
    let encoding = list.optional("EncodingType")?;
    let next = if flag(&list, "IsTruncated")? == Some(true) {
        let key = list.optional("NextKeyMarker")?.filter(|key| !key.is_empty());
        let key = decoded(key.ok_or(ListingError::CutOff)?, encoding);
        let key = key.map_err(ListingError::UndecodableKey)?;
        let upload_id = list.owned("NextUploadIdMarker")?.unwrap_or_default();
        Some(UploadMarker { key, upload_id })
    } else {
        None
    };
    let items = list.all("Upload").map(|upload| read_upload(upload, encoding));
    Ok(Page { items: items.collect::<Result<_, _>>()?, next })
}

fn read_upload(
    upload: &Element,
    encoding: Option<&str>,
) -> Result<Result<UnfinishedUpload, UndecodableKey>, ElementError> {
    let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
    let key = match decoded(upload.required("Key")?, encoding) {
        Ok(key) => key,
        Err(escaped) => return Ok(Err(UndecodableKey { escaped, size: 0 })),
    };
    let initiator = match upload.first("Initiator") {
        Some(initiator) => {
            filled(initiator.owned("DisplayName")?).or(filled(initiator.owned("ID")?))
        }
        None => None,
    };
    Ok(Ok(UnfinishedUpload {
        key,
        upload_id: upload.required("UploadId")?.to_owned(),
        initiated: upload.owned("Initiated")?.unwrap_or_default(),
        storage_class: filled(upload.owned("StorageClass")?),
        initiator,
    }))
}

/// Reads a response to `ListParts`, asked for the parts behind the number `after`.
///
/// # Errors
/// If it is not a listing, or cut off.
pub fn parts(body: &str, after: u32) -> Result<Page<ListedPart, u32>, ListingError> {
    let list = listing(body, "ListPartsResult")?;
    let is_truncated = flag(&list, "IsTruncated")? == Some(true);
    let next = list
        .number("NextPartNumberMarker")?
        .filter(|next| is_truncated && *next > after && *next <= MAX_PARTS);
    if is_truncated && next.is_none() {
        return Err(ListingError::CutOff);
    }
    let part = |part: &Element| {
        let number = part.number("PartNumber")?.ok_or(ElementError::NotOne("PartNumber"))?;
        let etag = ETag::written(part.required("ETag")?);
        Ok(ListedPart { number, etag, size: size_of(part)? })
    };
    Ok(Page { items: list.all("Part").map(part).collect::<Result<_, ListingError>>()?, next })
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
