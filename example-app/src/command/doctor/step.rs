//! The steps of an examination, in their order.

/// A step of an examination. Each needs the ones before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    Configuration,
    Environment,
    Metadata,
    Credentials,
    Endpoint,
    Proxy,
    Dns,
    Tcp,
    Tls,
    Clock,
    Signature,
    Region,
    Bucket,
    List,
    Put,
    Multipart,
    Abort,
    Delete,
}

impl Step {
    pub(super) const ALL: [Self; 18] = [
        Self::Configuration,
        Self::Environment,
        Self::Metadata,
        Self::Credentials,
        Self::Endpoint,
        Self::Proxy,
        Self::Dns,
        Self::Tcp,
        Self::Tls,
        Self::Clock,
        Self::Signature,
        Self::Region,
        Self::Bucket,
        Self::List,
        Self::Put,
        Self::Multipart,
        Self::Abort,
        Self::Delete,
    ];

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Configuration => "configuration",
            Self::Environment => "environment",
            Self::Metadata => "metadata",
            Self::Credentials => "credentials",
            Self::Endpoint => "endpoint",
            Self::Proxy => "proxy",
            Self::Dns => "dns",
            Self::Tcp => "tcp",
            Self::Tls => "tls",
            Self::Clock => "clock",
            Self::Signature => "signature",
            Self::Region => "region",
            Self::Bucket => "bucket",
            Self::List => "list",
            Self::Put => "put",
            Self::Multipart => "multipart",
            Self::Abort => "abort",
            Self::Delete => "delete",
        }
    }

    /// Returns what to do if nothing more is known of the reason.
    pub(super) const fn remedy(self) -> &'static str {
        match self {
            Self::Configuration => "rolefs -showConfig lists everything that is wrong: correct it",
            Self::Environment => "correct the variable or the file that is named",
            Self::Metadata => {
                "check AWS_EC2_METADATA_SERVICE_ENDPOINT, and what answers there in its place"
            }
            Self::Credentials => "correct what is named: rolefs -credentials tries it again",
            Self::Endpoint => {
                "give --region, or --endpoint for a store that is not AWS's; rolefs -showConfig \
                 shows what is set"
            }
            Self::Proxy => "correct the setting of the proxy, or name the host in NO_PROXY",
            Self::Dns => "check the name, and the name server of this host",
            Self::Tcp => {
                "check the port, security groups, network ACLs and routes (internet gateway, NAT, \
                 or a VPC endpoint for S3), or set HTTPS_PROXY"
            }
            Self::Tls => "check the port, and what listens there",
            Self::Clock => "set the clock of this host by NTP (chrony, systemd-timesyncd)",
            Self::Signature => "check --endpoint, and that no proxy or portal answers in its place",
            Self::Region => "give --region (AWS_REGION, fs.s3a.endpoint.region)",
            Self::Bucket => "create it, or check its name and the endpoint",
            Self::List | Self::Put | Self::Multipart | Self::Abort | Self::Delete => {
                "try again; the request id is for those who run the store"
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_in_order_and_have_different_names() {
        assert!(Step::ALL.is_sorted_by(|one, other| one < other));
        let names: std::collections::BTreeSet<_> =
            Step::ALL.iter().map(|step| step.name()).collect();
        assert_eq!(names.len(), Step::ALL.len());
    }
}
