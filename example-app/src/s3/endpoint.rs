//! Where S3 is, and in which region.

use core::net::IpAddr;

use http::Uri;
use rolesig::percent::Encoded;
use rolesig_std::config::{EndpointService, EndpointVariant, Profile, Region, RegionError};
use rolesig_std::url::{BaseUrl, Origin};
use rolesig_std::{self as aws, Environment};
use thiserror::Error;

use super::path::S3Path;

/// An S3 service: AWS's in a region, or another behind a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    region: String,
    place: Place,
    /// Whether the bucket stands in the path, if that is said.
    in_path: Option<bool>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Place {
    /// AWS's host, without a bucket, and which of the region's it is.
    Aws(String, EndpointVariant),
    Custom(BaseUrl),
}

impl Endpoint {
    /// From the options if they are given, else as environment and profile say
    /// ([`rolesig_std::config::Endpoint::of`], [`Region::of`]). Without a region, the one in the host's name
    /// (`s3.eu-west-1.amazonaws.com`), or `us-east-1` for another service's URL.
    ///
    /// # Errors
    /// If there is no region to sign for, the environment's or the profile's URL is none, or the URL
    /// names another region.
    pub fn new(
        url: Option<&BaseUrl>,
        region: Option<&str>,
        environment: &Environment,
        profile: Option<Profile<'_>>,
    ) -> Result<Self, EndpointError> {
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
            let region = region.ok_or(EndpointError::NoRegion)?;
            return Self::of_aws(&region, variant);
        };
        // Who asks for FIPS must not be given something else.
        let by = || "a URL of S3 (--endpoint, AWS_ENDPOINT_URL, …)".to_owned();
        if variant.fips {
            return Err(aws::config::EndpointError::GivenAndFips { by: by() }.into());
        }
        if variant.dual_stack {
            return Err(aws::config::EndpointError::GivenAndDualStack { by: by() }.into());
        }
        let named = region_in_url(&url).map(|named| named.parse::<Region>()).transpose()?;
        match (named, region) {
            (Some(named), Some(region)) if named != region => {
                let (url, named) = (url.to_string(), named.to_string());
                Err(EndpointError::OtherRegion { url, named, region: region.to_string() })
            }
            (Some(region), _) if is_plain_https(&url) => {
                Self::of_aws(&region, EndpointVariant::default())
            }
            (named, region) => {
                let region = named.or(region).map(|region| region.to_string());
                let region = region.unwrap_or_else(|| "us-east-1".to_owned());
                Ok(Self { region, place: Place::Custom(url), in_path: None })
            }
        }
    }

    fn of_aws(region: &Region, variant: EndpointVariant) -> Result<Self, EndpointError> {
        let endpoint = aws::config::Endpoint::regional(EndpointService::S3, region, variant)?;
        let host = endpoint.url.origin().authority().to_owned();
        let region = endpoint.signing_region.to_string();
        Ok(Self { region, place: Place::Aws(host, variant), in_path: None })
    }

    /// The same in another region: the same host, if it is not AWS's.
    ///
    /// # Errors
    /// If AWS has none there.
    pub fn in_region(&self, region: &Region) -> Result<Self, EndpointError> {
        let there = match &self.place {
            Place::Aws(_, variant) => Self::of_aws(region, *variant)?,
            Place::Custom(_) => Self { region: region.to_string(), ..self.clone() },
        };
        Ok(Self { in_path: self.in_path, ..there })
    }

    /// Whether nobody else reads what is sent there: by TLS, or within this host.
    pub(super) fn is_private(&self) -> bool {
        match &self.place {
            Place::Aws(..) => true,
            Place::Custom(url) => {
                let address = url.origin().host().parse::<IpAddr>();
                url.origin().is_https() || address.is_ok_and(|address| address.is_loopback())
            }
        }
    }

    /// With the bucket in the path rather than in the host's name, or the other way round: S3A's
    /// `fs.s3a.path.style.access`.
    #[must_use]
    pub fn with_bucket_in_path(self, in_path: bool) -> Self {
        Self { in_path: Some(in_path), ..self }
    }

    /// Whether its URLs begin with `https`.
    pub fn is_https(&self) -> bool {
        match &self.place {
            Place::Aws(..) => true,
            Place::Custom(url) => url.origin().is_https(),
        }
    }

    /// The region that requests are signed for.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The URL of a bucket or of an object in it. With AWS the bucket stands in the host's name,
    /// unless it has a dot, which no certificate would fit; elsewhere in the path, unless it is
    /// [said](Self::with_bucket_in_path) to stand in a name that can have it. Bucket and key lie
    /// below the endpoint's own path, as in `https://x.example/storage/v1/s3`.
    ///
    /// # Errors
    /// If no URL can be made of it, as of a bucket with characters that no host has.
    pub fn url(&self, path: &S3Path, query: &[(&str, &str)]) -> Result<Uri, EndpointError> {
        let bucket = path.bucket();
        let key = Encoded::path(path.key());
        let (origin, base, fits, in_path) = match &self.place {
            Place::Custom(url) => {
                let base = url.path().trim_end_matches('/');
                (url.origin().to_string(), base, fits(bucket, url.origin()), true)
            }
            Place::Aws(host, _) => (format!("https://{host}"), "", !bucket.contains('.'), false),
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
        url.parse().map_err(|_| EndpointError::BadUrl(url))
    }
}

/// Whether a bucket can stand before a host, as AWS's SDKs have it: not before an address, nor before
/// a name without a dot, and not if the bucket's own dots would miss the certificate.
fn fits(bucket: &str, origin: &Origin) -> bool {
    let host = origin.host();
    let is_address = host.parse::<IpAddr>().is_ok();
    let is_label = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-.".contains(c);
    let has_certificate = !origin.is_https() || !bucket.contains('.');
    !is_address && host.contains('.') && bucket.chars().all(is_label) && has_certificate
}

/// The region that the host's name in a URL says.
pub(crate) fn region_in_url(url: &BaseUrl) -> Option<String> {
    region_in(url.origin().host())
}

/// Whether the host's name alone says where it is. Another port leads through a tunnel, say, and is
/// kept as it is given.
fn is_plain_https(url: &BaseUrl) -> bool {
    url.origin().is_https() && url.origin().port() == 443 && url.path() == "/"
}

/// `s3.eu-west-1.amazonaws.com`, `s3.cn-north-1.amazonaws.com.cn`.
fn region_in(host: &str) -> Option<String> {
    let host = host.strip_suffix(".cn").unwrap_or(host);
    let region = host.strip_prefix("s3.")?.strip_suffix(".amazonaws.com")?;
    (!region.is_empty() && !region.contains('.')).then(|| region.to_owned())
}

/// Why it is not known where S3 is.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum EndpointError {
    /// A key would be read by whoever listens.
    #[error("a key for SSE-C is sent by https only: name an endpoint of https")]
    KeyInTheOpen,
    /// Nobody names one.
    #[error("no region: give --region, or set AWS_REGION, or region in the profile")]
    NoRegion,
    /// What names it is wrong.
    #[error(transparent)]
    Region(#[from] RegionError),
    /// Environment or profile are wrong, or AWS has no such endpoint.
    #[error(transparent)]
    Aws(#[from] aws::config::EndpointError),
    /// The URL of a region, and the name of another.
    #[error("`{url}' is in {named}, but the region given is {region}: give --region {named}")]
    OtherRegion {
        /// The URL.
        url: String,
        /// The region in its host's name.
        named: String,
        /// The one that was given.
        region: String,
    },
    /// A bucket or a key that no URL can hold.
    #[error("`{0}': not a URL: the bucket's name cannot be part of one")]
    BadUrl(String),
}

#[cfg(test)]
mod tests;
