//! AWS's partitions: groups of regions with their own names, endpoints and identities.

use crate::config::region::Region;

/// A partition.
///
/// Sources: "Partitions" in "AWS Fault Isolation Boundaries"; the names of hosts are those of
/// botocore's `partitions.json`, against which `tests/servers/checks/endpoints.py` holds them.
///
/// ```
/// use rolesig_std::config::Partition;
///
/// let partition = Partition::of(&"cn-north-1".parse()?);
/// assert_eq!(partition, Partition::AwsCn);
/// assert_eq!(partition.dns_suffix(), "amazonaws.com.cn");
/// # Ok::<(), rolesig_std::config::RegionError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Partition {
    /// All regions that are in none of the others.
    Aws,
    /// China.
    AwsCn,
    /// The European Sovereign Cloud.
    AwsEusc,
    /// Secret clouds of the USA.
    AwsIso,
    /// See [`AwsIso`](Self::AwsIso).
    AwsIsoB,
    /// The secret cloud of the United Kingdom.
    AwsIsoE,
    /// See [`AwsIso`](Self::AwsIso).
    AwsIsoF,
    /// GovCloud of the USA.
    AwsUsGov,
}

impl Partition {
    /// Returns the partition of a region, by the form of its name; [`Aws`](Self::Aws) if the form
    /// is not known.
    pub fn of(region: &Region) -> Self {
        let parts: Vec<_> = region.as_str().split('-').collect();
        let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        match parts.as_slice() {
            ["cn", place, number] if !place.is_empty() && is_number(number) => Self::AwsCn,
            ["eusc", "de", place, number] if !place.is_empty() && is_number(number) => {
                Self::AwsEusc
            }
            [land, cloud, place, number] if !place.is_empty() && is_number(number) => {
                match (*land, *cloud) {
                    ("us", "gov") => Self::AwsUsGov,
                    ("us", "iso") => Self::AwsIso,
                    ("us", "isob") => Self::AwsIsoB,
                    ("eu", "isoe") => Self::AwsIsoE,
                    ("us", "isof") => Self::AwsIsoF,
                    _ => Self::Aws,
                }
            }
            _ => Self::Aws,
        }
    }

    /// Returns its name in ARNs: `aws`, `aws-cn`, and so on.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::AwsCn => "aws-cn",
            Self::AwsEusc => "aws-eusc",
            Self::AwsIso => "aws-iso",
            Self::AwsIsoB => "aws-iso-b",
            Self::AwsIsoE => "aws-iso-e",
            Self::AwsIsoF => "aws-iso-f",
            Self::AwsUsGov => "aws-us-gov",
        }
    }

    /// Returns the suffix of its hosts' names.
    pub const fn dns_suffix(self) -> &'static str {
        match self {
            Self::Aws | Self::AwsUsGov => "amazonaws.com",
            Self::AwsCn => "amazonaws.com.cn",
            Self::AwsEusc => "amazonaws.eu",
            Self::AwsIso => "c2s.ic.gov",
            Self::AwsIsoB => "sc2s.sgov.gov",
            Self::AwsIsoE => "cloud.adc-e.uk",
            Self::AwsIsoF => "csp.hci.ic.gov",
        }
    }

    /// Returns the suffix of the names of hosts that have IPv4 and IPv6; S3's have the other
    /// suffix.
    pub const fn dual_stack_dns_suffix(self) -> &'static str {
        match self {
            Self::Aws | Self::AwsUsGov => "api.aws",
            Self::AwsCn => "api.amazonwebservices.com.cn",
            Self::AwsEusc => "api.amazonwebservices.eu",
            Self::AwsIso => "api.aws.ic.gov",
            Self::AwsIsoB => "api.aws.scloud",
            Self::AwsIsoE => "api.cloud-aws.adc-e.uk",
            Self::AwsIsoF => "api.aws.hci.ic.gov",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_partitions_by_the_form_of_the_name() {
        let of = |name: &str| Partition::of(&name.parse().unwrap()).name();
        assert_eq!(of("eu-west-1"), "aws");
        assert_eq!(of("cn-northwest-1"), "aws-cn");
        assert_eq!(of("eusc-de-east-1"), "aws-eusc");
        assert_eq!(of("us-gov-west-1"), "aws-us-gov");
        assert_eq!(of("us-iso-east-1"), "aws-iso");
        assert_eq!(of("us-isob-east-1"), "aws-iso-b");
        assert_eq!(of("eu-isoe-west-1"), "aws-iso-e");
        assert_eq!(of("us-isof-south-1"), "aws-iso-f");
        for other in ["cn-north-a", "us-gov-1", "cn-a-b-1", "eu-gov-west-1", "auto"] {
            assert_eq!(of(other), "aws", "{other}");
        }
    }
}
