//! The condition on which S3 stores an object.

use http::header::{IF_MATCH, IF_NONE_MATCH};
use http::{HeaderMap, HeaderValue};

/// The condition on which S3 stores an object. If it does not hold, S3 returns 412, and the object
/// stays as it is; so of two writers one wins.
///
/// Source: "Add preconditions to S3 operations with conditional requests", Amazon S3 User Guide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WriteCondition<'c> {
    /// No condition: an existing object is overwritten.
    Always,
    /// There is no object of that key.
    Absent,
    /// The object there has this `ETag`, with its quotation marks.
    Same(&'c str),
}

impl WriteCondition<'_> {
    /// Returns Hadoop's condition: an existing object stays, unless `is_overwritten`.
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
    fn writes_conditions_as_headers() {
        for (condition, expected) in [
            (WriteCondition::overwriting(true), None),
            (WriteCondition::overwriting(false), Some(("if-none-match", "*"))),
            (WriteCondition::Same("\"a-2\""), Some(("if-match", "\"a-2\""))),
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
        assert!(WriteCondition::Same("a\nb").add_to(&mut HeaderMap::new()).is_err());
    }
}
