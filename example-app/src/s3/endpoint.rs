//! Where S3 is, and in which region.

use http::Uri;
use http::uri::{Authority, Scheme};
use rolesig::percent::Encoded;
use rolesig_std::Environment;
use thiserror::Error;

use super::path::S3Path;

/// An S3 service: AWS's in a region, or another behind a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    region: String,
    custom: Option<(Scheme, Authority)>,
}

impl Endpoint {
    /// From the options if they are given, else from the environment: `AWS_ENDPOINT_URL_S3`,
    /// `AWS_ENDPOINT_URL`; `AWS_REGION`, `AWS_DEFAULT_REGION`. Without a region, the one in the
    /// host's name (`s3.eu-west-1.amazonaws.com`), or `us-east-1` for another service's URL.
    ///
    /// # Errors
    /// If there is no region to sign for, the URL is none, or it names another region.
    pub fn new(
        url: Option<&str>,
        region: Option<&str>,
        environment: &Environment,
    ) -> Result<Self, EndpointError> {
        let first = |option: Option<&str>, names: [&str; 2]| {
            let variable = || names.into_iter().find_map(|name| environment.get(name));
            option.or_else(variable).map(str::to_owned)
        };
        let region = first(region, ["AWS_REGION", "AWS_DEFAULT_REGION"]);
        let Some(url) = first(url, ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"]) else {
            let region = region.ok_or(EndpointError::NoRegion)?;
            return Ok(Self { region, custom: None });
        };
        let Some((scheme, authority)) = parse_url(&url) else {
            return Err(EndpointError::BadUrl(url));
        };
        match (region_in(authority.host()), region) {
            (Some(named), Some(region)) if named != region => {
                Err(EndpointError::OtherRegion { url, named, region })
            }
            (Some(region), _) if is_plain_https(&scheme, &authority) => {
                Ok(Self { region, custom: None })
            }
            (named, region) => {
                let region = named.or(region).unwrap_or_else(|| "us-east-1".to_owned());
                Ok(Self { region, custom: Some((scheme, authority)) })
            }
        }
    }

    /// The region that requests are signed for.
    pub fn region(&self) -> &str {
        &self.region
    }

    /// The URL of a bucket or of an object in it. With AWS the bucket stands in the host's name,
    /// unless it has a dot, which no certificate would fit; elsewhere in the path.
    ///
    /// # Errors
    /// If no URL can be made of it, as of a bucket with characters that no host has.
    pub fn url(&self, path: &S3Path, query: &[(&str, &str)]) -> Result<Uri, EndpointError> {
        let bucket = path.bucket();
        let key = Encoded::path(path.key());
        let (scheme, authority, in_host) = if let Some((scheme, authority)) = &self.custom {
            (scheme.as_str(), authority.to_string(), false)
        } else {
            let suffix = if self.region.starts_with("cn-") { ".cn" } else { "" };
            let service = format!("s3.{}.amazonaws.com{suffix}", self.region);
            let in_host = !bucket.contains('.');
            let host = if in_host { format!("{bucket}.{service}") } else { service };
            ("https", host, in_host)
        };
        let mut url = if in_host {
            format!("{scheme}://{authority}/{key}")
        } else if path.key().is_empty() {
            format!("{scheme}://{authority}/{bucket}")
        } else {
            format!("{scheme}://{authority}/{bucket}/{key}")
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

fn parse_url(url: &str) -> Option<(Scheme, Authority)> {
    let parts = url.trim_end_matches('/').parse::<Uri>().ok()?.into_parts();
    let path = parts.path_and_query.as_ref().map_or("/", |path| path.as_str());
    let authority = parts.authority.filter(|authority| !authority.as_str().contains('@'))?;
    Some((parts.scheme?, authority)).filter(|_| matches!(path, "" | "/"))
}

/// Whether the host's name alone says where it is. Another port leads through a tunnel, say, and is
/// kept as it is given.
fn is_plain_https(scheme: &Scheme, authority: &Authority) -> bool {
    *scheme == Scheme::HTTPS && matches!(authority.port_u16(), None | Some(443))
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
    /// Neither an option nor the environment names one.
    #[error("no region: give --region, or set AWS_REGION")]
    NoRegion,
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
    /// Not an http or https URL without a path.
    #[error("`{0}': not a URL such as https://s3.example.com:9000")]
    BadUrl(String),
}

#[cfg(test)]
mod tests {
    use super::*;

    fn endpoint(url: Option<&str>, region: Option<&str>) -> Result<Endpoint, EndpointError> {
        Endpoint::new(url, region, &Environment::default())
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
    fn region_and_url_come_from_where_they_are_given() {
        let aws = endpoint(Some("https://s3.cn-north-1.amazonaws.com.cn"), None).unwrap();
        assert_eq!(url(&aws, "s3a://b/k"), "https://b.s3.cn-north-1.amazonaws.com.cn/k");
        assert_eq!(endpoint(None, None).unwrap_err(), EndpointError::NoRegion);
        let environment: Environment =
            [("AWS_DEFAULT_REGION", "r-1"), ("AWS_ENDPOINT_URL", "http://e")].into_iter().collect();
        let from_environment = Endpoint::new(None, None, &environment).unwrap();
        assert_eq!(from_environment.region(), "r-1");
        assert_eq!(url(&from_environment, "s3a://b/k"), "http://e/b/k");
        let options = Endpoint::new(Some("http://o"), Some("r-2"), &environment).unwrap();
        assert_eq!(
            (options.region(), url(&options, "s3a://b/k").as_str()),
            ("r-2", "http://o/b/k")
        );
        for bad in ["", "x", "http://h/path", "http://u:p@h", "http://"] {
            assert!(endpoint(Some(bad), None).is_err(), "{bad}");
        }
    }
}
