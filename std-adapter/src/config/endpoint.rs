//! The endpoints of services: from the region, its partition, and what environment and profile say.

mod error;
mod service;
mod table;

pub use self::error::EndpointError;
pub use self::service::EndpointService;
use self::table::Row;
use crate::config::environment::Environment;
use crate::config::partition::Partition;
use crate::config::profile_files::Profile;
use crate::config::region::Region;
use crate::config::setting::{Setting, by_profile};
use crate::read::base_url::BaseUrl;

const GLOBAL: &str = "aws-global";
/// The regions that there were before STS had regional endpoints.
const LEGACY_STS_REGIONS: [&str; 16] = [
    "ap-northeast-1",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "aws-global",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

/// The variant of a service's endpoint in a region. Both can be combined.
///
/// ```
/// use rolesig_std::Environment;
/// use rolesig_std::config::{EndpointService, EndpointVariant};
///
/// let environment: Environment = [("AWS_USE_FIPS_ENDPOINT", "true")].into_iter().collect();
/// let variant = EndpointVariant::of(EndpointService::S3, &environment, None)?;
/// assert!(variant.fips && !variant.dual_stack);
/// # Ok::<(), rolesig_std::config::EndpointError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct EndpointVariant {
    /// Its cryptography is validated by FIPS 140.
    pub fips: bool,
    /// It has addresses of IPv6 beside those of IPv4.
    pub dual_stack: bool,
}

impl EndpointVariant {
    /// Reads `AWS_USE_FIPS_ENDPOINT` and `AWS_USE_DUALSTACK_ENDPOINT`, or the profile's
    /// `use_fips_endpoint` and `use_dualstack_endpoint`. For S3 the latter can also be below the
    /// profile's `s3 =`; `true` at either place counts.
    ///
    /// Source: "Dual-stack and FIPS endpoints", AWS SDKs and Tools Reference Guide.
    ///
    /// # Errors
    /// If one is neither `true` nor `false`.
    pub fn of(
        service: EndpointService,
        environment: &Environment,
        profile: Option<Profile<'_>>,
    ) -> Result<Self, EndpointError> {
        let find = |variable, name| {
            boolean(Setting::find(environment, &[variable], profile, name).as_ref())
        };
        let for_s3 = profile.filter(|_| service == EndpointService::S3).and_then(|profile| {
            let by = by_profile("s3 = use_dualstack_endpoint", profile);
            Some(Setting { by, value: profile.nested("s3", "use_dualstack_endpoint")? })
        });
        let for_s3 = boolean(for_s3.as_ref())?;
        let dual_stack = find("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint")? || for_s3;
        Ok(Self { fips: find("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint")?, dual_stack })
    }
}

/// The URL of a service, and the region its requests are signed for.
///
/// ```
/// use rolesig_std::Environment;
/// use rolesig_std::config::{Endpoint, EndpointService};
///
/// let environment: Environment = [("AWS_USE_FIPS_ENDPOINT", "true")].into_iter().collect();
/// let endpoint = Endpoint::of(EndpointService::Sts, &"ca-west-1".parse()?, &environment, None)?;
/// assert_eq!(endpoint.url.to_string(), "https://sts-fips.ca-west-1.amazonaws.com");
/// assert_eq!(endpoint.signing_region.as_str(), "ca-west-1");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Endpoint {
    /// Scheme, host, and a path if someone gave one.
    pub url: BaseUrl,
    /// A region other than the one asked for, for endpoints that are everywhere.
    pub signing_region: Region,
}

impl Endpoint {
    /// Finds the endpoint that environment and profile name: a URL for the service, one for all
    /// services, or else AWS's own in the region.
    ///
    /// The first of `AWS_ENDPOINT_URL_STS` (`_S3`, `_DYNAMODB`, …, by the service id),
    /// `AWS_ENDPOINT_URL`, `endpoint_url` of `sts` (`s3`, `dynamodb`, …) in the `[services NAME]`
    /// that the profile's `services` names, and `endpoint_url` of the profile holds, unless
    /// `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` or `ignore_configured_endpoint_urls` is `true`. STS is
    /// asked in the region, unless `AWS_STS_REGIONAL_ENDPOINTS` or `sts_regional_endpoints` is
    /// `legacy` and the region as old.
    ///
    /// Differences from botocore 1.44.5:
    ///
    /// | botocore | here | why |
    /// |---|---|---|
    /// | drops FIPS and dual-stack silently when a URL is given | refuses | AWS's endpoint rules do; a program that asks for FIPS must not get something else |
    /// | takes anything but `true` for `false` | refuses | `AWS_USE_FIPS_ENDPOINT=yes` must not mean no |
    /// | S3 in us-east-1 is `s3.amazonaws.com` | `s3.us-east-1.amazonaws.com` | as everywhere else: requests for a region stay there |
    /// | has no dual-stack endpoints in some isolated regions | has them | AWS's endpoint rules do; an older table of botocore's does not |
    /// | an empty variable is set, and hides the profile's setting | counts as not set | as in [`Environment`] |
    /// | makes hosts such as `sts.aws-cn-global.amazonaws.com.cn` | refuses pseudo-regions, except `aws-global` of STS and S3 | there are no such hosts |
    /// | makes hosts such as `s3.EU.amazonaws.com` | takes `EU` for `eu-west-1`, and `US` and `s3-external-1` for `us-east-1` | old names of S3's, see [`Region::at_aws`] |
    /// | reads `fips-us-east-1` as a region and FIPS | refuses | see [`InvalidRegionError::Fips`](crate::config::InvalidRegionError::Fips) |
    ///
    /// Sources: "Service-specific endpoints", "AWS STS Regional endpoints", AWS SDKs and Tools
    /// Reference Guide.
    ///
    /// # Errors
    /// If a setting has a value that it cannot have, or two exclude each other.
    pub fn of(
        service: EndpointService,
        region: &Region,
        environment: &Environment,
        profile: Option<Profile<'_>>,
    ) -> Result<Self, EndpointError> {
        let variant = EndpointVariant::of(service, environment, profile)?;
        let is_legacy = service == EndpointService::Sts
            && wants_legacy_sts(environment, profile)?
            && LEGACY_STS_REGIONS.contains(&region.at_aws().as_str());
        if let Some(setting) = given(service, environment, profile)? {
            let by = setting.by;
            let url = setting.value.parse();
            let url = url.map_err(|_| EndpointError::Url { by: by.clone() })?;
            return match variant {
                EndpointVariant { fips: true, .. } => Err(EndpointError::GivenAndFips { by }),
                EndpointVariant { dual_stack: true, .. } => {
                    Err(EndpointError::GivenAndDualStack { by })
                }
                _ => Ok(Self { url, signing_region: region.clone() }),
            };
        }
        if is_legacy && variant == EndpointVariant::default() {
            return Self::regional(service, &Region::known(GLOBAL), variant);
        }
        Self::regional(service, region, variant)
    }

    /// Returns the URL that environment or profile give for a service, as [`of`](Self::of) looks
    /// for it; `None` if AWS's own endpoint is meant.
    ///
    /// # Errors
    /// As [`of`](Self::of), but FIPS and dual-stack do not matter.
    pub fn given(
        service: EndpointService,
        environment: &Environment,
        profile: Option<Profile<'_>>,
    ) -> Result<Option<BaseUrl>, EndpointError> {
        let Some(Setting { by, value }) = given(service, environment, profile)? else {
            return Ok(None);
        };
        value.parse().map(Some).map_err(|_| EndpointError::Url { by })
    }

    /// Returns AWS's own endpoint in a region, which can have an [old name](Region::at_aws).
    ///
    /// # Errors
    /// If there is no such endpoint.
    pub fn regional(
        service: EndpointService,
        region: &Region,
        variant: EndpointVariant,
    ) -> Result<Self, EndpointError> {
        let region = &region.at_aws();
        if let Some(of) = region.of_zone() {
            return Err(EndpointError::Zone { region: region.clone(), of });
        }
        if region.as_str() == GLOBAL
            && matches!(service, EndpointService::Sts | EndpointService::S3)
            && variant == EndpointVariant::default()
        {
            let host = format!("{}.amazonaws.com", service.prefix());
            return Self::https(&host, Region::known("us-east-1"));
        }
        if region.as_str().starts_with("aws-") && region.as_str().ends_with("-global") {
            return Err(EndpointError::NoPlace { service, region: region.clone() });
        }
        let partition = Partition::of(region);
        if let Some(row) = service.row() {
            return Self::of_row(service, row, region, variant);
        }
        if service == EndpointService::S3 && variant.fips && partition == Partition::AwsCn {
            return Err(EndpointError::NoFips { service, region: region.clone() });
        }
        Self::https(&host(service, region, partition, variant), region.clone())
    }

    /// Returns the endpoint of a service that is in the table.
    fn of_row(
        service: EndpointService,
        row: Row<'_>,
        region: &Region,
        EndpointVariant { fips, dual_stack }: EndpointVariant,
    ) -> Result<Self, EndpointError> {
        let partition = Partition::of(region);
        let is_global = row.only_region.is_some();
        if is_global && fips {
            return Err(EndpointError::NoFips { service, region: region.clone() });
        }
        if is_global && partition != Partition::Aws {
            return Err(EndpointError::Global { service, region: region.clone() });
        }
        let host = if fips { &row.host.replace(".{region}", "-fips.{region}") } else { row.host };
        let host = if dual_stack { &host.replace("{dns}", "{dual}") } else { host };
        let host = host
            .replace("{region}", region.as_str())
            .replace("{dns}", partition.dns_suffix())
            .replace("{dual}", partition.dual_stack_dns_suffix());
        Self::https(&host, row.only_region.map_or_else(|| region.clone(), Region::known))
    }

    fn https(host: &str, signing_region: Region) -> Result<Self, EndpointError> {
        let url = format!("https://{host}").parse();
        let url = url.map_err(|_| EndpointError::Url { by: "the region".to_owned() })?;
        Ok(Self { url, signing_region })
    }
}

fn host(
    service: EndpointService,
    region: &Region,
    partition: Partition,
    EndpointVariant { fips, dual_stack }: EndpointVariant,
) -> String {
    let prefix = service.prefix();
    let is_s3 = service == EndpointService::S3;
    // All of GovCloud's are validated by FIPS, and those that say so are S3's only.
    let is_implied = partition == Partition::AwsUsGov && !dual_stack && !is_s3;
    let fips = if fips && !is_implied { "-fips" } else { "" };
    match (is_s3, dual_stack) {
        (true, true) => format!("{prefix}{fips}.dualstack.{region}.{}", partition.dns_suffix()),
        (false, true) => format!("{prefix}{fips}.{region}.{}", partition.dual_stack_dns_suffix()),
        (_, false) => format!("{prefix}{fips}.{region}.{}", partition.dns_suffix()),
    }
}

fn boolean(setting: Option<&Setting<'_>>) -> Result<bool, EndpointError> {
    let wrong = |setting: &Setting<'_>| EndpointError::Boolean { by: setting.by.clone() };
    setting.map_or(Ok(false), |setting| setting.boolean().ok_or_else(|| wrong(setting)))
}

/// Finds the setting with the URL of a service.
fn given<'s>(
    service: EndpointService,
    environment: &'s Environment,
    profile: Option<Profile<'s>>,
) -> Result<Option<Setting<'s>>, EndpointError> {
    let ignore = Setting::find(
        environment,
        &["AWS_IGNORE_CONFIGURED_ENDPOINT_URLS"],
        profile,
        "ignore_configured_endpoint_urls",
    );
    if boolean(ignore.as_ref())? {
        return Ok(None);
    }
    let (variable, name) = service.names();
    let variables = [&*variable, "AWS_ENDPOINT_URL"];
    let of_environment = Setting::find(environment, &variables, None, "endpoint_url");
    let (None, Some(profile)) = (&of_environment, profile) else { return Ok(of_environment) };
    if let Some(services) = profile.get("services") {
        let section = profile.files().services(services);
        // Empty is as bad as missing, to botocore too.
        let section = section.filter(|section| section.settings().next().is_some());
        let section = section.ok_or_else(|| EndpointError::NoServices {
            profile: profile.name().to_owned(),
            services: services.to_owned(),
        })?;
        if let Some(value) = section.nested(&name, "endpoint_url") {
            let by = format!("endpoint_url of {name} in [services {services}]");
            return Ok(Some(Setting { by, value }));
        }
    }
    Ok(Setting::find(environment, &[], Some(profile), "endpoint_url"))
}

fn wants_legacy_sts(
    environment: &Environment,
    profile: Option<Profile<'_>>,
) -> Result<bool, EndpointError> {
    let variables = ["AWS_STS_REGIONAL_ENDPOINTS"];
    let setting = Setting::find(environment, &variables, profile, "sts_regional_endpoints");
    match setting {
        None | Some(Setting { value: "regional", .. }) => Ok(false),
        Some(Setting { value: "legacy", .. }) => Ok(true),
        Some(Setting { by, .. }) => Err(EndpointError::StsRegionalEndpoints { by }),
    }
}

#[cfg(test)]
mod tests;
