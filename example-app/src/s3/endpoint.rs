//! Where S3 is, and in which region.

use core::net::IpAddr;

use http::Uri;
use rolesig::percent::Encoded;
use rolesig_std::{
    self as aws, BaseUrl, EndpointService, EndpointVariant, Environment, Origin, Profile, Region,
    RegionError,
};
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
    /// ([`rolesig_std::Endpoint::of`], [`Region::of`]). Without a region, the one in the host's name
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
            None => aws::Endpoint::given(EndpointService::S3, environment, profile)?,
        };
        let variant = EndpointVariant::of(EndpointService::S3, environment, profile)?;
        let Some(url) = url else {
            let region = region.ok_or(EndpointError::NoRegion)?;
            return Self::of_aws(&region, variant);
        };
        // Who asks for FIPS must not be given something else.
        let by = || "a URL of S3 (--endpoint, AWS_ENDPOINT_URL, …)".to_owned();
        if variant.fips {
            return Err(aws::EndpointError::GivenAndFips { by: by() }.into());
        }
        if variant.dual_stack {
            return Err(aws::EndpointError::GivenAndDualStack { by: by() }.into());
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
        let endpoint = aws::Endpoint::regional(EndpointService::S3, region, variant)?;
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
    Aws(#[from] aws::EndpointError),
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
mod tests {
    use super::*;

    fn endpoint(url: Option<&str>, region: Option<&str>) -> Result<Endpoint, EndpointError> {
        let url = url.map(|url| url.parse().unwrap());
        Endpoint::new(url.as_ref(), region, &Environment::default(), None)
    }

    fn url(endpoint: &Endpoint, path: &str) -> String {
        endpoint.url(&S3Path::parse(path).unwrap(), &[]).unwrap().to_string()
    }

    #[test]
    fn aws_has_the_bucket_in_the_host() {
        let endpoint = endpoint(None, Some("eu-west-1")).unwrap();
        assert_eq!(url(&endpoint, "s3a://b/a//b"), "https://b.s3.eu-west-1.amazonaws.com/a//b");
        assert_eq!(url(&endpoint, "s3a://b//x"), "https://b.s3.eu-west-1.amazonaws.com//x");
        assert_eq!(url(&endpoint, "s3a://b.c/x"), "https://s3.eu-west-1.amazonaws.com/b.c/x");
        assert_eq!(url(&endpoint, "s3a://b"), "https://b.s3.eu-west-1.amazonaws.com/");
    }

    #[test]
    fn others_have_it_in_the_path() {
        let endpoint = endpoint(Some("http://127.0.0.1:9000/"), None).unwrap();
        assert_eq!(endpoint.region(), "us-east-1");
        assert_eq!(url(&endpoint, "s3a://b"), "http://127.0.0.1:9000/b");
        assert_eq!(url(&endpoint, "s3a://b/ü /.."), "http://127.0.0.1:9000/b/%C3%BC%20/..");
    }

    #[test]
    fn a_url_says_whether_there_is_tls() {
        assert!(endpoint(None, Some("eu-west-1")).unwrap().is_https());
        assert!(endpoint(Some("https://s3.example"), None).unwrap().is_https());
        assert!(!endpoint(Some("http://s3.example"), None).unwrap().is_https());
    }

    #[test]
    fn where_the_bucket_stands_can_be_said() {
        let aws = endpoint(None, Some("eu-west-1")).unwrap().with_bucket_in_path(true);
        assert_eq!(url(&aws, "s3a://b/k"), "https://s3.eu-west-1.amazonaws.com/b/k");
        for (given, path, expected) in [
            ("https://s3.example.com:9000", "s3a://b/k", "https://b.s3.example.com:9000/k"),
            ("https://s3.example.com", "s3a://b", "https://b.s3.example.com/"),
            ("https://s3.example.com", "s3a://b.c/k", "https://s3.example.com/b.c/k"),
            ("http://s3.example.com", "s3a://b.c/k", "http://b.c.s3.example.com/k"),
            ("http://s3.example.com", "s3a://B_c/k", "http://s3.example.com/B_c/k"),
            ("http://10.0.0.1:9000", "s3a://b/k", "http://10.0.0.1:9000/b/k"),
            ("http://[::1]:9000", "s3a://b/k", "http://[::1]:9000/b/k"),
            ("http://minio:9000", "s3a://b/k", "http://minio:9000/b/k"),
        ] {
            let endpoint = endpoint(Some(given), None).unwrap().with_bucket_in_path(false);
            assert_eq!(url(&endpoint, path), expected);
        }
    }

    #[test]
    fn what_is_given_of_aws_is_kept_or_refused() {
        let https = "https://s3.eu-west-1.amazonaws.com";
        for (given, expected) in [
            (https.to_owned(), "https://b.s3.eu-west-1.amazonaws.com/k".to_owned()),
            (format!("{https}:443"), "https://b.s3.eu-west-1.amazonaws.com/k".to_owned()),
            (format!("{https}:8443"), format!("{https}:8443/b/k")),
            (https.replace("https", "http"), https.replace("https", "http") + "/b/k"),
        ] {
            for region in [None, Some("eu-west-1")] {
                let endpoint = endpoint(Some(&given), region).unwrap();
                assert_eq!(url(&endpoint, "s3a://b/k"), expected);
                assert_eq!(endpoint.region(), "eu-west-1");
            }
            let error = endpoint(Some(&given), Some("us-east-1")).unwrap_err().to_string();
            let expected =
                "is in eu-west-1, but the region given is us-east-1: give --region eu-west-1";
            assert_eq!(error, format!("`{given}' {expected}"));
        }
    }

    #[test]
    fn a_bucket_may_be_elsewhere() {
        let region: Region = "eu-west-1".parse().unwrap();
        for (here, expected) in [
            (endpoint(None, Some("us-east-1")), "https://b.s3.eu-west-1.amazonaws.com/k"),
            (endpoint(Some("http://127.0.0.1:9000"), None), "http://127.0.0.1:9000/b/k"),
        ] {
            let there = here.unwrap().in_region(&region).unwrap();
            assert_eq!(
                (there.region(), url(&there, "s3a://b/k").as_str()),
                ("eu-west-1", expected)
            );
        }
    }

    #[test]
    fn a_url_and_fips_exclude_each_other() {
        let environment: Environment =
            [("AWS_USE_FIPS_ENDPOINT", "true"), ("AWS_REGION", "us-east-1")].into_iter().collect();
        let of = |url: Option<&str>| {
            let url = url.map(|url| url.parse().unwrap());
            Endpoint::new(url.as_ref(), None, &environment, None)
        };
        assert_eq!(
            url(&of(None).unwrap(), "s3a://b/k"),
            "https://b.s3-fips.us-east-1.amazonaws.com/k"
        );
        let refused = of(Some("https://s3.us-east-1.amazonaws.com")).unwrap_err();
        assert!(matches!(refused, EndpointError::Aws(aws::EndpointError::GivenAndFips { .. })));
    }

    #[test]
    fn region_and_url_come_from_where_they_are_given() {
        let aws = endpoint(Some("https://s3.cn-north-1.amazonaws.com.cn"), None).unwrap();
        assert_eq!(url(&aws, "s3a://b/k"), "https://b.s3.cn-north-1.amazonaws.com.cn/k");
        assert_eq!(endpoint(None, None).unwrap_err(), EndpointError::NoRegion);
        let environment: Environment =
            [("AWS_DEFAULT_REGION", "r-1"), ("AWS_ENDPOINT_URL", "http://e")].into_iter().collect();
        let from_environment = Endpoint::new(None, None, &environment, None).unwrap();
        assert_eq!(from_environment.region(), "r-1");
        assert_eq!(url(&from_environment, "s3a://b/k"), "http://e/b/k");
        let url_o = "http://o".parse().unwrap();
        let options = Endpoint::new(Some(&url_o), Some("r-2"), &environment, None).unwrap();
        assert_eq!(
            (options.region(), url(&options, "s3a://b/k").as_str()),
            ("r-2", "http://o/b/k")
        );
        let environment: Environment =
            [("AWS_ENDPOINT_URL_S3", "http://u:hush@h")].into_iter().collect();
        let error = Endpoint::new(None, None, &environment, None).unwrap_err().to_string();
        assert!(error.starts_with("AWS_ENDPOINT_URL_S3 must be a URL"), "{error}");
        assert!(!error.contains("hush"), "{error}");
    }

    #[test]
    fn buckets_lie_below_the_path_of_an_endpoint() {
        for (given, in_path, path, expected) in [
            (
                "https://x.example/storage/v1/s3",
                true,
                "s3a://b/k",
                "https://x.example/storage/v1/s3/b/k",
            ),
            (
                "https://x.example/storage/v1/s3/",
                true,
                "s3a://b",
                "https://x.example/storage/v1/s3/b",
            ),
            ("https://x.example/s3", false, "s3a://b/k", "https://b.x.example/s3/k"),
            ("https://x.example/s3", false, "s3a://b", "https://b.x.example/s3/"),
            ("http://[::1]:9/s3", false, "s3a://b/k", "http://[::1]:9/s3/b/k"),
        ] {
            let endpoint = endpoint(Some(given), None).unwrap().with_bucket_in_path(in_path);
            assert_eq!(url(&endpoint, path), expected);
        }
    }
}
