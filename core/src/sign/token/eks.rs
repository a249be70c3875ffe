//! Tokens of Kubernetes clusters in EKS: a presigned `GetCallerIdentity` in Base64.

use core::fmt;

use super::without_default_port;
use crate::credentials::Credentials;
use crate::emit::base64::Base64Url;
use crate::emit::sink::{Emit, Stage, display_emitted};
use crate::sign::presign::Presigned;
use crate::sign::signer::Signer;
use crate::sigv4::error::SignError;
use crate::sigv4::request::Request;
use crate::sigv4::service::Service;
use crate::time::expires::Expires;
use crate::time::timestamp::Timestamp;

/// The lifetime that `aws eks get-token` writes into the URL: STS does not read it, old
/// authenticators refuse more.
const EXPIRES: Expires = Expires::MINUTE;

/// The seconds for which a token is used: STS takes it for 15 minutes.
const USED_FOR: u64 = 14 * 60;

/// A Kubernetes cluster in Amazon EKS.
///
/// ```
/// use rolesig::token::EksCluster;
/// use rolesig::{Credentials, Timestamp};
///
/// let credentials = Credentials {
///     access_key_id: "AKIAIOSFODNN7EXAMPLE",
///     secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
///     session_token: None,
/// };
/// let now: Timestamp = "2013-05-24T00:00:00Z".parse()?;
///
/// let cluster = EksCluster::new("my-cluster", "sts.us-west-2.amazonaws.com");
/// let token = cluster.token(credentials, "us-west-2", now)?;
/// assert!(token.to_string().starts_with("k8s-aws-v1.aHR0cHM6Ly9zdHMudXMtd2VzdC0yLmFtYXpvbmF3"));
/// assert_eq!(token.expires_at(None), "2013-05-24T00:14:00Z".parse()?);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
/// Source: `aws eks get-token` (AWS CLI Command Reference); "API Authorization from Outside a
/// Cluster" (AWS IAM Authenticator for Kubernetes, README).
#[derive(Clone, Copy, Debug)]
pub struct EksCluster<'a> {
    sts_host: &'a str,
    headers: [(&'static str, &'a [u8]); 1],
}

impl<'a> EksCluster<'a> {
    /// Names a cluster: `name` is the cluster's, or its id if it is a local one on an Outpost.
    /// `sts_host` is the regional endpoint of STS in the cluster's partition:
    /// `sts.us-west-2.amazonaws.com`, `sts.cn-north-1.amazonaws.com.cn`.
    pub const fn new(name: &'a str, sts_host: &'a str) -> Self {
        Self { sts_host, headers: [("x-k8s-aws-id", name.as_bytes())] }
    }

    /// Creates a token for the header `Authorization: Bearer` of requests to the cluster. `region`
    /// is that of STS.
    ///
    /// # Errors
    /// [`SignError::Credentials`], [`SignError::InvalidRegion`], [`SignError::InvalidHost`], or
    /// [`SignError::InvalidHeaderValue`] for the cluster's name, if they could not be sent.
    pub fn token<'r>(
        &'r self,
        credentials: Credentials<'r>,
        region: &'r str,
        now: Timestamp,
    ) -> Result<EksToken<'r>, SignError> {
        let request = Request {
            method: "GET",
            host: without_default_port(self.sts_host),
            path: "/",
            query: &[("Action", "GetCallerIdentity"), ("Version", "2011-06-15")],
            headers: &self.headers,
            payload: None,
        };
        let presigned = Signer::new(credentials, region, Service::new("sts"))?
            .presign(&request, EXPIRES, now)?;
        Ok(EksToken { presigned, used_until: now.checked_add(USED_FOR).unwrap_or(Timestamp::MAX) })
    }
}

/// The token of an [`EksCluster`]: `k8s-aws-v1.` and more.
///
/// ```
/// use rolesig::Timestamp;
/// use rolesig::token::EksToken;
///
/// /// Returns the token, and when to make another one.
/// fn take(token: &EksToken<'_>, credentials_expire_at: Option<Timestamp>) -> (String, Timestamp) {
///     (token.to_string(), token.expires_at(credentials_expire_at))
/// }
/// ```
pub struct EksToken<'r> {
    presigned: Presigned<'r>,
    used_until: Timestamp,
}

impl EksToken<'_> {
    /// Returns when to have a new one: after 14 minutes, as `aws eks get-token` says (STS takes it
    /// for 15, whatever is in the URL), or when the credentials that signed it expire, if that is
    /// sooner.
    pub fn expires_at(&self, credentials_expire_at: Option<Timestamp>) -> Timestamp {
        credentials_expire_at.map_or(self.used_until, |theirs| theirs.min(self.used_until))
    }
}

impl Emit for EksToken<'_> {
    fn emit(&self, out: &mut Stage<'_>) {
        out.put(b"k8s-aws-v1.");
        Base64Url(&self.presigned.url("https")).emit(out);
    }
}

impl fmt::Debug for EksToken<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EksToken").field("used_until", &self.used_until).finish_non_exhaustive()
    }
}

display_emitted!(EksToken<'_>);

#[cfg(test)]
mod tests {
    use base64ct::{Base64UrlUnpadded, Encoding as _};

    use super::*;

    extern crate std;
    use std::string::{String, ToString};

    const CREDENTIALS: Credentials<'static> = Credentials {
        access_key_id: "ASIAIOSFODNN7EXAMPLE",
        secret_access_key: "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
        session_token: Some("the/token"),
    };

    #[test]
    fn signs_get_caller_identity_at_the_given_host() {
        let cluster = EksCluster::new("my-cluster", "sts.us-west-2.amazonaws.com");
        let now = Timestamp::from(1_440_938_160);
        let token = cluster.token(CREDENTIALS, "us-west-2", now).unwrap();
        let text = token.to_string();
        let url = Base64UrlUnpadded::decode_vec(text.strip_prefix("k8s-aws-v1.").unwrap()).unwrap();
        let url = String::from_utf8(url).unwrap();
        let start = "https://sts.us-west-2.amazonaws.com/?Action=GetCallerIdentity\
            &Version=2011-06-15&X-Amz-Algorithm=AWS4-HMAC-SHA256\
            &X-Amz-Credential=ASIAIOSFODNN7EXAMPLE%2F20150830%2Fus-west-2%2Fsts%2Faws4_request\
            &X-Amz-Date=20150830T123600Z&X-Amz-Expires=60&X-Amz-Security-Token=the%2Ftoken\
            &X-Amz-SignedHeaders=host%3Bx-k8s-aws-id&X-Amz-Signature=";
        assert!(url.starts_with(start), "{url}");
        assert_eq!(url.len(), start.len() + 64);
        let debug = std::format!("{token:?}");
        assert!(!debug.contains("k8s-aws-v1") && !debug.contains("the/token"), "{debug}");
        assert_eq!(token.expires_at(Some(now)), now);
    }

    #[test]
    fn asks_sts_by_the_host_that_clients_send() {
        let now = Timestamp::from(1_440_938_160);
        let token = |host| {
            EksCluster::new("c", host).token(CREDENTIALS, "us-west-2", now).unwrap().to_string()
        };
        let expected = token("sts.us-west-2.amazonaws.com");
        for host in ["STS.us-west-2.amazonaws.com", "sts.us-west-2.amazonaws.com:443"] {
            assert_eq!(token(host), expected, "{host}");
        }
    }

    #[test]
    fn refuses_a_name_with_a_line_end() {
        let cluster = EksCluster::new("my-cluster\n", "sts.us-west-2.amazonaws.com");
        let refused = cluster.token(CREDENTIALS, "us-west-2", Timestamp::from(0));
        assert_eq!(refused.err(), Some(SignError::InvalidHeaderValue { index: 0 }));
    }
}
