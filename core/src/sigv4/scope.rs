//! The credential scope: the day, region and service that a signature is valid for.

use crate::emit::sink::{Emit, Stage, display_emitted};
use crate::time::timestamp::DateStamp;

/// `20150830/us-east-1/iam/aws4_request`; without the region in Signature Version 4a.
///
/// Source: "Create a signed AWS API request", step 3.
///
/// ```
/// use rolesig::{CredentialScope, Timestamp};
///
/// let day = Timestamp::from(1_440_938_160).amz_date().date();
/// let scope = CredentialScope::new(day, "us-east-1", "iam");
/// assert_eq!(scope.to_string(), "20150830/us-east-1/iam/aws4_request");
/// ```
#[derive(Clone, Copy, Debug)]
pub struct CredentialScope<'a> {
    pub(crate) date: DateStamp,
    /// `None` in Signature Version 4a.
    pub(crate) region: Option<&'a str>,
    pub(crate) service: &'a str,
}

impl<'a> CredentialScope<'a> {
    /// Creates the scope of Signature Version 4, for instance to derive a
    /// [`SigningKey`](crate::SigningKey).
    ///
    /// ```
    /// use rolesig::{CredentialScope, Timestamp};
    ///
    /// let date = Timestamp::from(1_440_938_160).amz_date().date();
    /// let scope = CredentialScope::new(date, "us-east-1", "iam");
    /// assert_eq!(scope.to_string(), "20150830/us-east-1/iam/aws4_request");
    /// ```
    pub const fn new(date: DateStamp, region: &'a str, service: &'a str) -> Self {
        Self { date, region: Some(region), service }
    }

    /// Returns the day.
    pub const fn date(&self) -> DateStamp {
        self.date
    }

    /// Returns the region; `None` in Signature Version 4a.
    pub const fn region(&self) -> Option<&'a str> {
        self.region
    }

    /// Returns the service's signing name.
    pub const fn service(&self) -> &'a str {
        self.service
    }
}

/// The last part of every scope, and the last message of the key derivation.
pub(crate) const TERMINATION: &str = "aws4_request";

impl Emit for CredentialScope<'_> {
    fn emit(&self, out: &mut Stage<'_>) {
        self.date.emit(out);
        out.put_byte(b'/');
        if let Some(region) = self.region {
            out.put(region.as_bytes());
            out.put_byte(b'/');
        }
        out.put(self.service.as_bytes());
        out.put_byte(b'/');
        out.put(TERMINATION.as_bytes());
    }
}

display_emitted!(CredentialScope<'_>);

/// An access key id with its scope: `AKIAIOSFODNN7EXAMPLE/20151229/us-east-1/s3/aws4_request`.
#[derive(Clone, Copy)]
pub(crate) struct Credential<'a> {
    pub(crate) access_key_id: &'a str,
    pub(crate) scope: CredentialScope<'a>,
}

impl Emit for Credential<'_> {
    fn emit(&self, out: &mut Stage<'_>) {
        out.put(self.access_key_id.as_bytes());
        out.put_byte(b'/');
        self.scope.emit(out);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::timestamp::Timestamp;

    extern crate std;
    use std::string::ToString;

    /// Of the worked examples in "Signature Calculations for the Authorization Header".
    #[test]
    fn reproduces_the_worked_examples() {
        let date = "2013-05-24T00:00:00Z".parse::<Timestamp>().unwrap().amz_date().date();
        let scope = CredentialScope { date, region: Some("us-east-1"), service: "s3" };
        assert_eq!(scope.to_string(), "20130524/us-east-1/s3/aws4_request");
        assert_eq!(scope.emitted_len(), 34);
    }
}
