//! The service and the region in the name of a host.
//!
//! Sources: "AWS service endpoints", AWS General Reference; the endpoints and signing names of
//! botocore 1.44.

/// The service in the name of a host, and the region, if the name has one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HostScope {
    /// The name that requests are signed for.
    pub(crate) service: String,
    pub(crate) region: Option<String>,
}

/// The ends of the names of AWS's hosts.
const SUFFIXES: [&str; 6] = [
    ".amazonaws.com",
    ".amazonaws.com.cn",
    ".api.aws",
    ".on.aws",
    ".api.amazonwebservices.com.cn",
    ".on.amazonwebservices.com.cn",
];

/// Labels of hosts, and what their requests are signed for, where the two differ: a star matches
/// any text at the beginning or the end. The first match counts.
const SIGNING_NAMES: &[(&str, &str)] = &[
    ("appconfigdata", "appconfig"),
    ("appstream2", "appstream"),
    ("appsync-api", "appsync"),
    ("appsync-realtime-api", "appsync"),
    ("account-access*", "account-access"),
    ("agent-registry*", "agent-registry"),
    ("bedrock-agentcore*", "bedrock-agentcore"),
    ("bedrock*", "bedrock"),
    ("cassandra-streams", "cassandra"),
    ("cloudhsmv2", "cloudhsm"),
    ("cloudsearchdomain", "cloudsearch"),
    ("cloudwatch-omni", "cloudwatch"),
    ("contact-lens", "connect"),
    ("data-signer", "signer"),
    ("email", "ses"),
    ("eventsv2", "events"),
    ("forecastquery", "forecast"),
    ("iam-toolbox", "iam"),
    ("ivsrealtime", "ivs"),
    ("lambda-url", "lambda"),
    ("mail-manager", "ses"),
    ("marketplace", "aws-marketplace"),
    ("*-marketplace", "aws-marketplace"),
    ("memory-db", "memorydb"),
    ("migrationhub-config", "mgh"),
    ("oidc", "sso-oauth"),
    ("partnercentral-prm", "partnercentral"),
    ("personalize-*", "personalize"),
    ("pinpoint", "mobiletargeting"),
    ("s3-control", "s3"),
    ("s3-accesspoint", "s3"),
    ("s3-accelerate", "s3"),
    ("s3-external-1", "s3"),
    ("s3express*", "s3express"),
    ("servicecatalog*", "servicecatalog"),
    ("*-chime", "chime"),
    ("*-lex", "lex"),
];

/// Pairs of labels, and what their requests are signed for. The first label can be a pattern.
const OF_TWO_LABELS: &[(&str, &str, &str)] = &[
    ("portal", "sso", "awsssoportal"),
    ("participant", "connect", "execute-api"),
    ("jobs", "iot", "iot-jobs-data"),
    ("tunneling", "iot", "IoTSecuredTunneling"),
    ("sms-voice", "pinpoint", "sms-voice"),
    ("data", "iot", "iotdata"),
    ("*-ats", "iot", "iotdata"),
];

impl HostScope {
    /// Reads the name of a host, without its port; `None` if it names no service.
    pub(crate) fn of(host: &str) -> Option<Self> {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let of_aws = SUFFIXES.iter().find_map(|suffix| host.strip_suffix(suffix));
        let labels: Vec<&str> = of_aws.unwrap_or(&host).split('.').collect();
        let at = labels.iter().rposition(|label| is_region(label));
        let (before, after) = labels.split_at(at.unwrap_or(labels.len()));
        let region = after.first().map(|region| (*region).to_owned());
        // As in `search-x.eu-west-1.es`, but not behind `vpce`.
        let mut behind =
            after.get(1..).unwrap_or_default().iter().filter(|label| **label != "vpce");
        let behind = behind.next_back().filter(|_| of_aws.is_some());
        let is_service =
            |label: &&&str| !["dualstack", "vpce", "global", "us-gov"].contains(*label);
        let mut backwards = before.iter().rev().filter(is_service);
        let (label, previous) = match behind {
            Some(label) => (label, None),
            None => (backwards.next()?, backwards.next()),
        };
        if region.is_none() {
            return Self::without_region(label, of_aws.is_some(), before.last() == Some(&"us-gov"));
        }
        Some(Self { service: signing_name(label, previous.copied()), region })
    }

    /// Reads a host without a label for the region: a global one, or `s3-eu-west-1`.
    fn without_region(label: &str, is_of_aws: bool, is_us_gov: bool) -> Option<Self> {
        if !is_of_aws {
            return None;
        }
        let region = label.strip_prefix("s3-fips-").or_else(|| label.strip_prefix("s3-"));
        if let Some(region) = region.filter(|region| is_region(region)) {
            return Some(Self { service: "s3".to_owned(), region: Some(region.to_owned()) });
        }
        let region = if is_us_gov { "us-gov-west-1" } else { "us-east-1" };
        Some(Self { service: signing_name(label, None), region: Some(region.to_owned()) })
    }
}

/// Returns whether a label is the name of a region, such as `us-gov-west-1`.
fn is_region(label: &str) -> bool {
    let mut parts = label.split('-');
    let is_word = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let number = parts.next_back().is_some_and(is_number);
    number && parts.clone().count() >= 2 && parts.all(is_word)
}

fn signing_name(label: &str, previous: Option<&str>) -> String {
    let label = label.strip_suffix("-fips").unwrap_or(label);
    let of_two = OF_TWO_LABELS.iter().find(|(first, second, _)| {
        *second == label && previous.is_some_and(|previous| matches(first, previous))
    });
    let of_one = || SIGNING_NAMES.iter().find(|(pattern, _)| matches(pattern, label));
    let name = of_two.map(|(.., name)| *name).or_else(|| of_one().map(|(_, name)| *name));
    name.unwrap_or(label).to_owned()
}

fn matches(pattern: &str, label: &str) -> bool {
    match (pattern.strip_prefix('*'), pattern.strip_suffix('*')) {
        (Some(end), _) => label.ends_with(end),
        (_, Some(begin)) => label.starts_with(begin),
        _ => label == pattern,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_service_and_region_from_a_host() {
        for (host, service, region) in [
            ("dynamodb.eu-west-1.amazonaws.com", "dynamodb", "eu-west-1"),
            ("sts.amazonaws.com", "sts", "us-east-1"),
            ("iam.us-gov.amazonaws.com", "iam", "us-gov-west-1"),
            ("iam.cn-north-1.amazonaws.com.cn", "iam", "cn-north-1"),
            ("abc.execute-api.us-east-1.amazonaws.com", "execute-api", "us-east-1"),
            ("vpce-1-x.execute-api.us-east-1.vpce.amazonaws.com", "execute-api", "us-east-1"),
            ("search-a.eu-west-1.es.amazonaws.com", "es", "eu-west-1"),
            ("a.eu-west-1.aoss.amazonaws.com", "aoss", "eu-west-1"),
            ("id.lambda-url.eu-west-1.on.aws", "lambda", "eu-west-1"),
            ("b.x.s3.eu-west-1.amazonaws.com", "s3", "eu-west-1"),
            ("b.s3.dualstack.eu-west-1.amazonaws.com", "s3", "eu-west-1"),
            ("b.s3.amazonaws.com", "s3", "us-east-1"),
            ("b.s3-ap-southeast-2.amazonaws.com", "s3", "ap-southeast-2"),
            ("b.s3-external-1.amazonaws.com", "s3", "us-east-1"),
            ("b.s3-accelerate.amazonaws.com", "s3", "us-east-1"),
            ("b.s3-accelerate.dualstack.amazonaws.com", "s3", "us-east-1"),
            ("s3-fips-us-gov-west-1.amazonaws.com", "s3", "us-gov-west-1"),
            ("eu-west-1.s3.eu-central-1.amazonaws.com", "s3", "eu-central-1"),
            (
                "b--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com",
                "s3express",
                "us-east-1",
            ),
            ("1.s3-control.eu-west-1.amazonaws.com", "s3", "eu-west-1"),
            ("kms-fips.ca-central-1.amazonaws.com", "kms", "ca-central-1"),
            ("lambda.eu-west-1.api.aws", "lambda", "eu-west-1"),
            ("codecatalyst.global.api.aws", "codecatalyst", "us-east-1"),
            ("bedrock-runtime.us-west-2.amazonaws.com", "bedrock", "us-west-2"),
            ("portal.sso.eu-west-1.amazonaws.com", "awsssoportal", "eu-west-1"),
            ("a1b2-ats.iot.eu-west-1.amazonaws.com", "iotdata", "eu-west-1"),
            ("iot.eu-west-1.amazonaws.com", "iot", "eu-west-1"),
            ("S3.US-ISO-EAST-1.c2s.ic.gov", "s3", "us-iso-east-1"),
            ("s3.eu-central-1.wasabisys.com", "s3", "eu-central-1"),
        ] {
            let scope = HostScope::of(host).unwrap();
            assert_eq!(
                (&*scope.service, scope.region.as_deref()),
                (service, Some(region)),
                "{host}"
            );
        }
        for host in ["localhost", "127.0.0.1", "example.com", "eu-west-1.example.com", ""] {
            assert_eq!(HostScope::of(host), None, "{host}");
        }
    }
}
