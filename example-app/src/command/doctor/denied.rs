//! The IAM action that is missing: from S3's words, or by the request that was denied.
//!
//! Source: "Troubleshoot access denied (403 Forbidden) errors in Amazon S3", Amazon S3 User Guide;
//! "Troubleshoot access denied error messages", IAM User Guide.

use super::step::Step;

/// Returns what to allow after a denial. `arn` is the ARN of the bucket, `key` the key that the
/// request was about.
pub(super) fn remedy(step: Step, message: &str, arn: &str, key: &str) -> String {
    let denial = Denial::read(message);
    let action = denial.as_ref().map_or_else(|| action(step), |denial| denial.action);
    let resource = match (&denial, step) {
        (Some(Denial { resource: Some(resource), .. }), _) => (*resource).to_owned(),
        (_, Step::List) => arn.to_owned(),
        _ => format!("{arn}/{key}"),
    };
    let policy = denial.and_then(|denial| denial.policy()).unwrap_or(
        "the policy of the role (rolefs -setup prints one), unless the policy of the bucket, of a \
         VPC endpoint or of the organization denies it",
    );
    format!("allow {action} on {resource} in {policy}")
}

/// Returns the action that the requests of a step need.
const fn action(step: Step) -> &'static str {
    match step {
        Step::List => "s3:ListBucket",
        Step::Abort => "s3:AbortMultipartUpload",
        Step::Delete => "s3:DeleteObject",
        _ => "s3:PutObject",
    }
}

/// The words of S3: `User: ARN is not authorized to perform: ACTION on resource: "ARN" because no
/// identity-based policy allows the ACTION action`, or `… with an explicit deny in a service
/// control policy`.
struct Denial<'m> {
    action: &'m str,
    resource: Option<&'m str>,
    because: &'m str,
}

impl<'m> Denial<'m> {
    fn read(message: &'m str) -> Option<Self> {
        let (_, rest) = message.split_once("not authorized to perform: ")?;
        let action = rest.split_whitespace().next()?;
        let resource = rest.split_once("on resource: ").and_then(|(_, resource)| {
            let resource = resource.split_whitespace().next()?;
            Some(resource.trim_matches(['"', '.', ',']))
        });
        // The reason follows these; the text before them names resources.
        let because = ["because ", "with an explicit deny "];
        let because = because.iter().find_map(|words| rest.split_once(words));
        let because = because.map_or("", |(_, because)| because);
        Some(Self { action, resource, because })
    }

    /// Returns the policy that denies it, if S3 reports that.
    fn policy(&self) -> Option<&'static str> {
        const POLICIES: [(&str, &str); 7] = [
            ("VPC endpoint", "the policy of the VPC endpoint: the administrator of the network"),
            (
                "service control",
                "the service control policy: the administrator of the organization",
            ),
            (
                "resource control",
                "the resource control policy: the administrator of the organization",
            ),
            ("permissions boundary", "the permissions boundary of the role"),
            ("session polic", "the session policy that the role was assumed with"),
            ("resource-based", "the policy of the bucket or key that is named"),
            ("identity-based", "a policy of the role (rolefs -setup prints one)"),
        ];
        let found = POLICIES.iter().find(|(words, _)| self.because.contains(words));
        found.map(|(_, policy)| *policy)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHO: &str = "User: arn:aws:sts::1:assumed-role/r/i is not authorized to perform: ";

    #[test]
    fn names_the_action_and_the_policy_that_the_service_names() {
        for (words, expected) in [
            (
                "s3:PutObject on resource: \"arn:aws:s3:::b/k\" because no identity-based policy \
                 allows the s3:PutObject action",
                "allow s3:PutObject on arn:aws:s3:::b/k in a policy of the role (rolefs -setup \
                 prints one)",
            ),
            (
                "kms:GenerateDataKey on resource: arn:aws:kms:eu-west-1:1:key/2 because no \
                 resource-based policy allows the kms:GenerateDataKey action",
                "allow kms:GenerateDataKey on arn:aws:kms:eu-west-1:1:key/2 in the policy of the \
                 bucket or key that is named",
            ),
            (
                "s3:PutObject on resource: \"arn:aws:s3:::b/k\" with an explicit deny in a \
                 service control policy",
                "allow s3:PutObject on arn:aws:s3:::b/k in the service control policy: the \
                 administrator of the organization",
            ),
        ] {
            let found = remedy(Step::Put, &format!("{WHO}{words}"), "arn:aws:s3:::other", "x");
            assert_eq!(found, expected);
        }
    }

    #[test]
    fn names_the_action_of_the_step_otherwise() {
        for (step, expected) in [
            (Step::List, "allow s3:ListBucket on arn:aws:s3:::b in "),
            (Step::Put, "allow s3:PutObject on arn:aws:s3:::b/k in "),
            (Step::Multipart, "allow s3:PutObject on arn:aws:s3:::b/k in "),
            (Step::Abort, "allow s3:AbortMultipartUpload on arn:aws:s3:::b/k in "),
            (Step::Delete, "allow s3:DeleteObject on arn:aws:s3:::b/k in "),
        ] {
            let found = remedy(step, "Access Denied", "arn:aws:s3:::b", "k");
            assert!(found.starts_with(expected), "{found}");
        }
    }
}
