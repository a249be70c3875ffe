//! The documents of `DeleteObjects`.

use quick_xml::escape::escape;

use super::{ObjectIdentifier, RefusedDeletion};
use crate::s3::error::element::Element;
use crate::s3::error::kind::S3ErrorKind;
use crate::s3::error::listing::ListingError;
use crate::s3::error::s3_error::S3Error;

/// Returns whether XML cannot have a character. A carriage return would be read as a line feed.
///
/// Source: "Extensible Markup Language (XML) 1.0", section 2.2.
pub(super) const fn is_not_xml(character: char) -> bool {
    matches!(character, '\0'..='\x08' | '\x0b'..='\x1f' | '\u{fffe}' | '\u{ffff}')
}

/// Writes the request for the deletion of these objects.
pub(super) fn deletion(objects: &[ObjectIdentifier]) -> String {
    let mut xml = String::from(
        "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Quiet>true</Quiet>",
    );
    for ObjectIdentifier { key, etag } in objects {
        xml.push_str("<Object><Key>");
        xml.push_str(&escape(key.as_str()));
        xml.push_str("</Key>");
        if let Some(etag) = etag {
            xml.extend(["<ETag>", &escape(etag.as_str()), "</ETag>"]);
        }
        xml.push_str("</Object>");
    }
    xml.push_str("</Delete>");
    xml
}

/// Reads a response to `DeleteObjects`: the objects that are still there.
///
/// # Errors
/// If it is not such a response.
pub fn refused(document: &str) -> Result<Vec<RefusedDeletion>, ListingError> {
    let result = Element::read(document).map_err(|error| ListingError::new(error, document))?;
    let mut left = Vec::new();
    for refused in result.all("Error") {
        let (key, code) = (refused.required("Key")?, refused.required("Code")?);
        let message = refused.optional("Message")?.unwrap_or_default();
        let error = S3Error::within_success(code, message);
        // A missing key counts as deleted: AWS says so, not every store does.
        if error.kind != S3ErrorKind::NoSuchKey {
            left.push(RefusedDeletion { key: key.to_owned(), error: error.into() });
        }
    }
    Ok(left)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::s3::content::etag::ETag;

    #[test]
    fn escapes_keys() {
        let any = ObjectIdentifier { key: "a&<b>".to_owned(), etag: None };
        let same = ObjectIdentifier { key: "c".to_owned(), etag: Some(ETag::written("\"e\"")) };
        let xml = deletion(&[any, same]);
        let any = "<Object><Key>a&amp;&lt;b&gt;</Key></Object>";
        let same = "<Object><Key>c</Key><ETag>&quot;e&quot;</ETag></Object></Delete>";
        assert!(xml.ends_with(&format!("{any}{same}")), "{xml}");
        assert!("a\u{1}".chars().any(is_not_xml) && "a\r".chars().any(is_not_xml));
        assert!(!"a\tü\n".chars().any(is_not_xml));
    }

    #[test]
    fn reads_what_was_not_deleted() {
        let document = "<DeleteResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
            <Deleted><Key>x</Key></Deleted>\
            <Error><Key>a&amp;b</Key><Code>AccessDenied</Code><Message>Access Denied</Message>\
            </Error>\
            <Error><Key>gone</Key><Code>NoSuchKey</Code></Error></DeleteResult>";
        let refused = refused(document).unwrap();
        assert_eq!(refused.len(), 1);
        assert_eq!(refused[0].key, "a&b");
        assert!(refused[0].error.to_string().starts_with("AccessDenied: Access Denied: the "));
    }
}
