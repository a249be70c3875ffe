//! On which condition S3 is to store an object.

use http::header::{IF_MATCH, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue};

/// On which condition S3 is to store an object. Where it does not hold, S3 answers 412, and the object
/// stays as it is; so of two writers one wins.
///
/// Source: "Add preconditions to S3 operations with conditional requests", Amazon S3 User Guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition<'c> {
    /// Whatever is there is overwritten.
    Always,
    /// There is no object of that key.
    Absent,
    /// It overwrites the object of this `ETag`, with its quotation marks, and no other.
    Same(&'c str),
}

impl Condition<'_> {
    /// As Hadoop has it: what is there is to stay, unless it is said that it is to be overwritten.
    pub const fn overwriting(is_overwritten: bool) -> Self {
        if is_overwritten { Self::Always } else { Self::Absent }
    }

    pub(in crate::s3) fn add_to(self, headers: &mut HeaderMap) -> Result<(), http::Error> {
        match self {
            Self::Always => {}
            Self::Absent => {
                headers.insert(IF_NONE_MATCH, HeaderValue::from_static("*"));
            }
            Self::Same(etag) => {
                headers.insert(IF_MATCH, HeaderValue::from_str(etag)?);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_headers() {
        for (condition, expected) in [
            (Condition::overwriting(true), None),
            (Condition::overwriting(false), Some(("if-none-match", "*"))),
            (Condition::Same("\"a-2\""), Some(("if-match", "\"a-2\""))),
        ] {
            let mut headers = HeaderMap::new();
            condition.add_to(&mut headers).unwrap();
            let headers: Vec<_> = headers.iter().collect();
            let headers: Vec<_> = headers
                .iter()
                .map(|(name, value)| (name.as_str(), value.to_str().unwrap()))
                .collect();
            assert_eq!(headers, expected.into_iter().collect::<Vec<_>>());
        }
        assert!(Condition::Same("a\nb").add_to(&mut HeaderMap::new()).is_err());
    }
}
