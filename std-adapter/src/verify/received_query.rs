//! The query of a received request.

use http::Version;
use http::header::HOST;
use http::request::Parts;
use rolesig::{PathRule, Service, VerifyError};

use crate::sign::{QueryPair, decode_form, decode_query};

/// The decoded query of a request whose target is in order: what a
/// [`ReceivedHead`](crate::verify::ReceivedHead) is made with.
///
/// ```
/// use rolesig::{Service, VerifyError};
/// use rolesig_std::verify::ReceivedQuery;
///
/// let request = http::Request::get("https://bucket.s3.amazonaws.com/?prefix=a+b").body(())?;
/// let (parts, ()) = request.into_parts();
/// assert_eq!(ReceivedQuery::decode(&parts, &Service::S3)?.pairs()[0].1, &b"a b"[..]);
/// let dynamodb = Service::new("dynamodb");
/// assert_eq!(ReceivedQuery::decode(&parts, &dynamodb)?.pairs()[0].1, &b"a+b"[..]);
///
/// let request = http::Request::get("https://bucket.s3.amazonaws.com/?prefix=%4").body(())?;
/// let refused = ReceivedQuery::decode(&request.into_parts().0, &Service::S3).err();
/// assert_eq!(refused, Some(VerifyError::InvalidPath));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct ReceivedQuery<'p> {
    pairs: Vec<QueryPair<'p>>,
}

impl<'p> ReceivedQuery<'p> {
    /// Checks the target of a request to a service, and decodes each pair of its query once. To
    /// Amazon S3 an unencoded `+` is a space, in a query as in a path; to other services it is a
    /// plus.
    ///
    /// Source: observed with S3 by clients that encode as a form does (aws4fetch, issue 83;
    /// s3fs-fuse, pull request 1), or leave a `+` in a continuation token (open-meteo, pull request
    /// 1973); RFC 9112 §3.2 on the host.
    ///
    /// # Errors
    /// [`VerifyError::InvalidPath`] if two hexadecimal digits do not follow a percent sign in the
    /// path or in the query, which S3 answers with `InvalidURI`, and [`VerifyError::Missing`] if
    /// nothing says what host the request is for.
    pub fn decode(parts: &'p Parts, service: &Service<'_>) -> Result<Self, VerifyError> {
        let has_host = parts.headers.contains_key(HOST) || parts.uri.authority().is_some();
        if !has_host && parts.version >= Version::HTTP_11 {
            return Err(VerifyError::Missing { name: "host" });
        }
        let query = parts.uri.query().unwrap_or_default();
        if ![parts.uri.path(), query].into_iter().all(has_whole_triplets) {
            return Err(VerifyError::InvalidPath);
        }
        let is_form = service.path_rule == PathRule::Once;
        Ok(Self { pairs: if is_form { decode_form(query) } else { decode_query(query) } })
    }

    /// Returns its pairs, in the order in which they came.
    pub fn pairs(&self) -> &[QueryPair<'p>] {
        &self.pairs
    }
}

/// Returns whether two hexadecimal digits follow each percent sign.
fn has_whole_triplets(text: &str) -> bool {
    text.split('%').skip(1).all(|behind| {
        let digits = behind.as_bytes().first_chunk::<2>();
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

/// Shows no value: the signature and the session token can be among them.
impl core::fmt::Debug for ReceivedQuery<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("ReceivedQuery").field("len", &self.pairs.len()).finish()
    }
}
