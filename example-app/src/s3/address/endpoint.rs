//! The endpoint of S3, and its region.

use core::net::IpAddr;

use http::Uri;
use rolesig::percent::Encoded;
use rolesig_std::config::{
    BaseUrl, EndpointService, EndpointVariant, Origin, Profile, Region, RegionError,
};
use rolesig_std::{self as aws, Environment};
use thiserror::Error;

use crate::s3::address::aws_host::AwsHost;
use crate::s3::address::path::S3Path;

/// An S3 service: AWS's in a region, or another behind a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct S3Endpoint {
    region: String,
    place: EndpointHost,
    /// True if the bucket is in the path; `None` if the endpoint decides.
    in_path: Option<bool>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum EndpointHost {
    /// AWS's host, without a bucket, and the variant of the region's endpoint.
    Aws(String, EndpointVariant),
    Custom(BaseUrl),
}

impl S3Endpoint {
    /// Finds the endpoint from the options if they are given, else from environment and profile
    /// ([`rolesig_std::config::Endpoint::of`], [`Region::of`]). Without a region, it is the one in
    /// the host's name (`s3.eu-west-1.amazonaws.com`), or `us-east-1` for another service's URL.
    ///
    /// # Errors
    /// If there is no region to sign for, the environment's or the profile's URL is not valid, or
    /// the URL names another region.
    pub fn new(
        url: Option<&BaseUrl>,
        region: Option<&str>,
        environment: &Environment,
        profile: Option<Profile<'_>>,
    ) -> Result<Self, S3EndpointError> {
        let region = match region {
            Some(region) => Some(region.parse()?),
            None => Region::of(environment, profile)?,
        };
        let url = match url {
            Some(url) => Some(url.clone()),
            None => aws::config::Endpoint::given(EndpointService::S3, environment, profile)?,
        };
        let variant = EndpointVariant::of(EndpointService::S3, environment, profile)?;
        let Some(url) = url else {
            let region = region.ok_or(S3EndpointError::NoRegion)?;
            return Self::of_aws(&region, variant);
        };
        // A request for FIPS must not lead to an endpoint without it.
        let by = || "a URL of S3 (--endpoint, AWS_ENDPOINT_URL, …)".to_owned();
        if variant.fips {
            return Err(aws::config::EndpointError::GivenAndFips { by: by() }.into());
        }
        if variant.dual_stack {
            return Err(aws::config::EndpointError::GivenAndDualStack { by: by() }.into());
        }
        let host = AwsHost::of(url.origin().host());
        if let Some(host) = &host {
            check(&url, host)?;
        }
        let named = region_in_url(&url).map(|named| named.parse::<Region>()).transpose()?;
        match (named, region) {
            (Some(named), Some(region)) if named != region.at_aws() => {
                let (url, named) = (url.to_string(), named.to_string());
                Err(S3EndpointError::OtherRegion { url, named, region: region.to_string() })
            }
            (Some(region), _) if is_plain_https(&url) => {
                Self::of_aws(&region, EndpointVariant::default())
            }
            (named, region) => {
                let region = named.or(region).map(|region| region.to_string());
                let region = region.or_else(|| host?.implied_region());
                let region = region.unwrap_or_else(|| "us-east-1".to_owned());
                Ok(Self { region, place: EndpointHost::Custom(url), in_path: None })
            }
        }
    }

    fn of_aws(region: &Region, variant: EndpointVariant) -> Result<Self, S3EndpointError> {
        let endpoint = aws::config::Endpoint::regional(EndpointService::S3, region, variant)?;
        let host = endpoint.url.origin().authority().to_owned();
        let region = endpoint.signing_region.to_string();
        Ok(Self { region, place: EndpointHost::Aws(host, variant), in_path: None })
    }

    /// Returns the endpoint in another region. The host stays the same if it is not AWS's.
    ///
    /// # Errors
    /// If AWS has no endpoint there.
    pub fn in_region(&self, region: &Region) -> Result<Self, S3EndpointError> {
        let there = match &self.place {
            EndpointHost::Aws(_, variant) => Self::of_aws(region, *variant)?,
            EndpointHost::Custom(_) => Self { region: region.to_string(), ..self.clone() },
        };
        Ok(Self { in_path: self.in_path, ..there })
    }

    /// Returns whether nobody else can read what is sent there: by TLS, or within this host.
    pub(in crate::s3) fn is_private(&self) -> bool {
        match &self.place {
            EndpointHost::Aws(..) => true,
            EndpointHost::Custom(url) => {
                let address = url.origin().host().parse::<IpAddr>();
                url.origin().is_https() || address.is_ok_and(|address| address.is_loopback())
            }
        }
    }

    /// Sets whether the bucket is in the path rather than in the host's name: S3A's
    /// `fs.s3a.path.style.access`.
    #[must_use]
    pub fn with_bucket_in_path(self, in_path: bool) -> Self {
        Self { in_path: Some(in_path), ..self }
    }

    /// Returns whether its URLs begin with `https`.
    pub fn is_https(&self) -> bool {
        match &self.place {
            EndpointHost::Aws(..) => true,
            EndpointHost::Custom(url) => url.origin().is_https(),
        }
    }

    /// Returns the region that requests are signed for.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// Returns the URL of the service itself, without a bucket.
    ///
    /// # Errors
    /// If it makes no valid URL.
    pub(in crate::s3) fn root(&self) -> Result<Uri, S3EndpointError> {
        let url = match &self.place {
            EndpointHost::Custom(url) => {
                format!("{}{}/", url.origin(), url.path().trim_end_matches('/'))
            }
            EndpointHost::Aws(host, _) => format!("https://{host}/"),
        };
        url.parse().map_err(|_| S3EndpointError::BadUrl(url))
    }

    /// Returns the URL of a bucket or of an object in it. With AWS the bucket is in the host's
    /// name, unless it has a dot, which no certificate would match. Elsewhere it is in the
    /// path, unless it is [set](Self::with_bucket_in_path) to be in the host's name and the host
    /// allows it. Bucket and key lie below the endpoint's own path, as in
    /// `https://x.example/storage/v1/s3`.
    ///
    /// # Errors
    /// If it makes no valid URL, such as with a bucket's name that has characters not allowed in
    /// hosts.
    pub fn url(&self, path: &S3Path, query: &[(&str, &str)]) -> Result<Uri, S3EndpointError> {
        let bucket = path.bucket();
        let key = Encoded::path(path.key());
        let (origin, base, fits, in_path) = match &self.place {
            EndpointHost::Custom(url) => {
                let base = url.path().trim_end_matches('/');
                (url.origin().to_string(), base, fits(bucket, url.origin()), true)
            }
            EndpointHost::Aws(host, _) => {
                (format!("https://{host}"), "", !bucket.contains('.'), false)
            }
        };
        let in_host = fits && !self.in_path.unwrap_or(in_path);
        let mut url = if in_host {
            format!("{}{base}/{key}", origin.replacen("://", &format!("://{bucket}."), 1))
        } else if path.key().is_empty() {
            format!("{origin}{base}/{bucket}")
        } else {
            format!("{origin}{base}/{bucket}/{key}")
        };
        for (index, (name, value)) in query.iter().enumerate() {
            url.push(if index == 0 { '?' } else { '&' });
            url.extend([
                Encoded::value(name).to_string(),
                "=".to_owned(),
                Encoded::value(value).to_string(),
            ]);
        }
        url.parse().map_err(|_| S3EndpointError::BadUrl(url))
    }
}

/// Returns whether a bucket can precede a host, by the rules of AWS's SDKs: not before an
/// address, nor before a name without a dot, and not if the bucket's own dots would not match the
/// certificate.
fn fits(bucket: &str, origin: &Origin) -> bool {
    let host = origin.host();
    let is_address = host.parse::<IpAddr>().is_ok();
    let is_label = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
    let has_certificate = !origin.is_https() || !bucket.contains('.');
    !is_address && host.contains('.') && bucket.chars().all(is_label) && has_certificate
}

/// Returns the region in the host's name of a URL.
pub(crate) fn region_in_url(url: &BaseUrl) -> Option<String> {
    AwsHost::of(url.origin().host())?.region()
}

/// Checks a URL of AWS's S3, which has neither a bucket nor a path: they would be there twice.
fn check(url: &BaseUrl, host: &AwsHost) -> Result<(), S3EndpointError> {
    let Some(service) = host.service() else { return Ok(()) };
    let (url, service) = (url.to_string(), format!("https://{service}"));
    match host.bucket() {
        Some(bucket) => Err(S3EndpointError::WithBucket { url, bucket, service }),
        None if url.trim_end_matches('/').split('/').count() > 3 => {
            Err(S3EndpointError::WithPath { url, service })
        }
        None => Ok(()),
    }
}

/// Returns whether the host's name alone determines the region. Another port can lead through a
/// tunnel, and is kept as it is given.
fn is_plain_https(url: &BaseUrl) -> bool {
    url.origin().is_https() && url.origin().port() == 443 && url.path() == "/"
}

/// An endpoint that cannot be used.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum S3EndpointError {
    /// The key could be read in transit.
    #[error("SSE-C keys are sent over https only: give an https endpoint")]
    KeyInTheOpen,
    /// No region is set.
    #[error("no region: give --region, or set AWS_REGION, or region in the profile")]
    NoRegion,
    /// The region is not valid.
    #[error(transparent)]
    Region(#[from] RegionError),
    /// Environment or profile are not valid, or AWS has no such endpoint.
    #[error(transparent)]
    Aws(#[from] aws::config::EndpointError),
    /// The URL is of one region, and another is set.
    #[error("`{url}' is in {named}, but the region given is {region}: give --region {named}")]
    OtherRegion {
        /// The URL.
        url: String,
        /// The region in its host's name.
        named: String,
        /// The region that is set.
        region: String,
    },
    /// The URL is of a bucket.
    #[error(
        "`{url}' names the bucket {bucket}, which paths name: give --endpoint {service}, and \
         s3a://{bucket}/key"
    )]
    WithBucket {
        /// The URL.
        url: String,
        /// The bucket in its host's name.
        bucket: String,
        /// The URL without it.
        service: String,
    },
    /// The URL of AWS has a path.
    #[error("`{url}' has a path, and AWS's endpoints have none: give --endpoint {service}")]
    WithPath {
        /// The URL.
        url: String,
        /// The URL without it.
        service: String,
    },
    /// A bucket or a key that no URL can hold.
    #[error("`{0}': not a URL: the bucket's name cannot be part of one")]
    BadUrl(String),
}

#[cfg(test)]
mod tests;
