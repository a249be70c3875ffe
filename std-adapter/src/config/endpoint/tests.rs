use super::*;
use crate::config::profile_files::ProfileFiles;

const CONFIG: &str = "[default]\nservices = s\nendpoint_url = http://profile\n\
                      [services s]\nsts =\n  endpoint_url = http://services\n\
                      [profile broken]\nservices = none\n";

fn of(
    service: EndpointService,
    region: &str,
    variables: &[(&str, &str)],
    config: &str,
    profile: &str,
) -> Result<(String, String), EndpointError> {
    let files = ProfileFiles::parse(config, "").unwrap();
    let environment = variables.iter().copied().collect();
    let region = region.parse().unwrap();
    Endpoint::of(service, &region, &environment, files.profile(profile))
        .map(|endpoint| (endpoint.url.to_string(), endpoint.signing_region.to_string()))
}

fn url_of(service: EndpointService, variables: &[(&str, &str)], config: &str) -> String {
    of(service, "eu-west-1", variables, config, "default").unwrap().0
}

#[test]
fn prefers_given_urls_in_order() {
    let sts = ("AWS_ENDPOINT_URL_STS", "http://sts");
    let all = ("AWS_ENDPOINT_URL", "http://all");
    assert_eq!(url_of(EndpointService::Sts, &[sts, all], CONFIG), "http://sts");
    assert_eq!(url_of(EndpointService::S3, &[sts, all], CONFIG), "http://all");
    assert_eq!(url_of(EndpointService::Sts, &[], CONFIG), "http://services");
    assert_eq!(url_of(EndpointService::S3, &[], CONFIG), "http://profile");
    let ignore = ("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
    assert_eq!(
        url_of(EndpointService::Sts, &[sts, ignore], CONFIG),
        "https://sts.eu-west-1.amazonaws.com"
    );
    let error = of(EndpointService::Sts, "eu-west-1", &[], CONFIG, "broken").unwrap_err();
    assert!(matches!(error, EndpointError::NoServices { .. }));
    assert!(of(EndpointService::Sts, "eu-west-1", &[all], CONFIG, "broken").is_ok());
}

#[test]
fn refuses_contradictory_or_malformed_settings() {
    let error = |variables: &[(&str, &str)]| {
        of(EndpointService::Sts, "eu-west-1", variables, "", "").unwrap_err().to_string()
    };
    let all = ("AWS_ENDPOINT_URL", "http://all");
    let fips = ("AWS_USE_FIPS_ENDPOINT", "true");
    assert!(error(&[all, fips]).starts_with("AWS_ENDPOINT_URL gives the endpoint, and cannot"));
    assert_eq!(
        error(&[("AWS_USE_FIPS_ENDPOINT", "yes")]),
        "AWS_USE_FIPS_ENDPOINT must be true or false"
    );
    assert_eq!(
        error(&[("AWS_STS_REGIONAL_ENDPOINTS", "Legacy")]),
        "AWS_STS_REGIONAL_ENDPOINTS must be regional or legacy"
    );
    for url in [
        "host",
        "ftp://host",
        "http://u:hush@host",
        "http://h/?q",
        "http://h#f",
        "http://",
        "http://:80",
    ] {
        let error = error(&[("AWS_ENDPOINT_URL", url)]);
        assert!(error.starts_with("AWS_ENDPOINT_URL must be a URL"), "{error}");
    }
}

#[test]
fn asks_legacy_sts_where_it_is_set() {
    let legacy = [("AWS_STS_REGIONAL_ENDPOINTS", "legacy")];
    let sts = |region| of(EndpointService::Sts, region, &legacy, "", "").unwrap();
    let global = ("https://sts.amazonaws.com".to_owned(), "us-east-1".to_owned());
    // The last two are old names.
    for region in ["eu-west-1", "us-east-1", "EU", "US"] {
        assert_eq!(sts(region), global, "{region}");
    }
    assert_eq!(sts("ca-west-1").0, "https://sts.ca-west-1.amazonaws.com");
}

#[test]
fn reads_s3_dual_stack_of_the_profile() {
    let config = "[default]\ns3 =\n  use_dualstack_endpoint = true\n";
    assert_eq!(
        url_of(EndpointService::S3, &[], config),
        "https://s3.dualstack.eu-west-1.amazonaws.com"
    );
    assert_eq!(url_of(EndpointService::Sts, &[], config), "https://sts.eu-west-1.amazonaws.com");
}

#[test]
fn names_the_region_of_an_availability_zone() {
    for (zone, region) in [
        ("us-east-1a", "us-east-1"),
        ("ap-southeast-2c", "ap-southeast-2"),
        ("us-gov-west-1b", "us-gov-west-1"),
        ("us-west-2-lax-1a", "us-west-2"),
    ] {
        let error =
            EndpointError::Zone { region: zone.parse().unwrap(), of: region.parse().unwrap() };
        assert_eq!(of(EndpointService::S3, zone, &[], "", ""), Err(error));
    }
    for region in ["us-east-1", "auto", "a-1b", "us-iso-east-1", "EU", "EU-WEST-1"] {
        assert!(of(EndpointService::S3, region, &[], "", "").is_ok(), "{region}");
    }
}

#[test]
fn refuses_endpoints_that_do_not_exist() {
    let fips = [("AWS_USE_FIPS_ENDPOINT", "true")];
    assert!(of(EndpointService::S3, "cn-north-1", &fips, "", "").is_err());
    assert!(of(EndpointService::Sts, "cn-north-1", &fips, "", "").is_ok());
    assert!(of(EndpointService::Sts, "aws-cn-global", &[], "", "").is_err());
    assert!(of(EndpointService::Sso, "aws-global", &[], "", "").is_err());
}
