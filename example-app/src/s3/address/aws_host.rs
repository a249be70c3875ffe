//! The names of AWS's hosts of S3.
//!
//! Sources: "Amazon S3 endpoints and quotas", AWS General Reference; "AWS `PrivateLink` for Amazon
//! S3", Amazon S3 User Guide.

use rolesig_std::config::Region;

/// The name of one of AWS's hosts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AwsHost {
    /// Without the common end, such as `b.s3.eu-west-1`.
    name: String,
    /// The common end, such as `.amazonaws.com`.
    end: String,
}

impl AwsHost {
    /// Reads a host's name; `None` if it is not AWS's.
    pub(super) fn of(host: &str) -> Option<Self> {
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let name = host.strip_suffix(".cn").unwrap_or(&host).strip_suffix(".amazonaws.com")?;
        let end = host.get(name.len()..)?.to_owned();
        Some(Self { name: name.to_owned(), end })
    }

    /// Returns where the label of S3 begins, such as `s3` or `s3-fips`.
    fn s3_at(&self) -> Option<usize> {
        let mut end = self.name.len();
        for label in self.name.rsplit('.') {
            let begin = end.checked_sub(label.len())?;
            if label == "s3" || ["s3-", "s3express-"].iter().any(|it| label.starts_with(it)) {
                return Some(begin);
            }
            end = begin.saturating_sub(1);
        }
        None
    }

    /// Returns whether it is a host of a private link.
    fn is_of_private_link(&self) -> bool {
        self.name.rsplit('.').next() == Some("vpce")
    }

    /// Returns the host's name without a bucket; `None` if it is none of S3's. That of a private
    /// link has other labels in front.
    pub(super) fn service(&self) -> Option<String> {
        let begin = if self.is_of_private_link() { 0 } else { self.s3_at()? };
        Some(format!("{}{}", self.name.get(begin..)?, self.end))
    }

    /// Returns the bucket in the host's name, if it has one.
    pub(super) fn bucket(&self) -> Option<String> {
        let begin = self.s3_at().filter(|_| !self.is_of_private_link())?;
        let bucket = self.name.get(..begin)?.trim_end_matches('.');
        (!bucket.is_empty()).then(|| bucket.to_owned())
    }

    /// Returns the region in `s3.eu-west-1.amazonaws.com` or `s3.cn-north-1.amazonaws.com.cn`, or
    /// in the hosts of older days, `s3-eu-west-1.amazonaws.com` and `s3-external-1.amazonaws.com`.
    pub(super) fn region(&self) -> Option<String> {
        const OLD: [&str; 6] = ["us-", "eu-", "ap-", "sa-", "ca-", "external-1"];
        let old = |it: &&str| OLD.iter().any(|old| it.starts_with(old));
        let old = || self.name.strip_prefix("s3-").filter(old);
        let region = self.name.strip_prefix("s3.").or_else(old)?;
        let region = if region == "external-1" { "us-east-1" } else { region };
        Some(region.parse::<Region>().ok()?.at_aws().to_string())
    }

    /// Returns the region of a host that is kept as it is given, as it has another network or
    /// variant: `s3.dualstack.eu-west-1.amazonaws.com`, `s3-fips.us-east-1.amazonaws.com`,
    /// `bucket.vpce-1-2.s3.eu-west-1.vpce.amazonaws.com`.
    pub(super) fn implied_region(&self) -> Option<String> {
        let labels = self.name.split('.').skip_while(|it| !["s3", "s3-fips"].contains(it));
        labels.skip(1).find(|label| *label != "dualstack").map(str::to_owned)
    }
}
