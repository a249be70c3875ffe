//! Classes of Java that give credentials, and the providers in their place.
//!
//! Source: "Authenticating with S3" (Hadoop 3.4), and its list of names of AWS's SDK for Java 1
//! that are still supported.

/// The provider in place of a class of Java.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProviderClass {
    /// Keys and a session token in the configuration.
    Temporary,
    /// Keys in the configuration.
    Simple,
    /// Keys in environment variables.
    Environment,
    /// A role and a token file in environment variables, as EKS sets them.
    WebIdentity,
    /// A container's endpoint.
    Container,
    /// The metadata service of an instance.
    Instance,
    /// A container's endpoint if there is one, else the metadata service.
    ContainerOrInstance,
    /// A profile of AWS's files.
    Profile,
    /// A role at STS.
    AssumedRole,
    /// A role at STS, named by an environment variable: EMR's class for jobs in other accounts.
    EmrAssumedRole,
    /// All providers of AWS's tools, in their order.
    Standard,
    /// No credentials: requests without a signature.
    Anonymous,
}

use ProviderClass as Class;

/// Packages, and the classes in each.
const CLASSES: &[(&str, &[(&str, Class)])] = &[
    (
        "org.apache.hadoop.fs.s3a.",
        &[
            ("TemporaryAWSCredentialsProvider", Class::Temporary),
            ("SimpleAWSCredentialsProvider", Class::Simple),
            ("BasicAWSCredentialsProvider", Class::Simple),
            ("AnonymousAWSCredentialsProvider", Class::Anonymous),
            ("SharedInstanceProfileCredentialsProvider", Class::ContainerOrInstance),
            ("auth.IAMInstanceCredentialsProvider", Class::ContainerOrInstance),
            ("auth.ProfileAWSCredentialsProvider", Class::Profile),
            ("auth.AssumedRoleCredentialProvider", Class::AssumedRole),
        ],
    ),
    (
        "software.amazon.awssdk.auth.credentials.",
        &[
            ("EnvironmentVariableCredentialsProvider", Class::Environment),
            ("WebIdentityTokenFileCredentialsProvider", Class::WebIdentity),
            ("ContainerCredentialsProvider", Class::Container),
            ("InstanceProfileCredentialsProvider", Class::Instance),
            ("ProfileCredentialsProvider", Class::Profile),
            ("DefaultCredentialsProvider", Class::Standard),
            ("AnonymousCredentialsProvider", Class::Anonymous),
        ],
    ),
    (
        "com.amazonaws.auth.",
        &[
            ("EnvironmentVariableCredentialsProvider", Class::Environment),
            ("WebIdentityTokenCredentialsProvider", Class::WebIdentity),
            ("ContainerCredentialsProvider", Class::Container),
            // S3A maps both of these to its own class for either place.
            ("EC2ContainerCredentialsProviderWrapper", Class::ContainerOrInstance),
            ("InstanceProfileCredentialsProvider", Class::ContainerOrInstance),
            ("profile.ProfileCredentialsProvider", Class::Profile),
            ("DefaultAWSCredentialsProviderChain", Class::Standard),
            ("AnonymousAWSCredentials", Class::Anonymous),
        ],
    ),
    (
        "software.amazon.awssdk.services.sts.auth.",
        &[("StsWebIdentityTokenFileCredentialsProvider", Class::WebIdentity)],
    ),
    ("com.amazonaws.emr.", &[("AssumeRoleAWSCredentialsProvider", Class::EmrAssumedRole)]),
    (
        "com.amazon.ws.emr.hadoop.fs.",
        &[("HadoopConfigurationAWSCredentialsProvider", Class::Simple)],
    ),
];

/// Parts of the names of unsupported classes, with a remedy. The first that fits counts.
const REMEDIES: &[(&str, &str)] = &[
    (
        "SystemPropert",
        "rolefs has no Java, and no system properties: set AWS_ACCESS_KEY_ID and \
      AWS_SECRET_ACCESS_KEY, and name \
      software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider",
    ),
    (
        "ProcessCredentialsProvider",
        "write credential_process into a profile, and name \
      org.apache.hadoop.fs.s3a.auth.ProfileAWSCredentialsProvider",
    ),
    (
        "PropertiesFileCredentialsProvider",
        "move the keys into a profile of ~/.aws/credentials, and \
      name org.apache.hadoop.fs.s3a.auth.ProfileAWSCredentialsProvider",
    ),
    (".knox.gateway.cloud.idbroker.", IDBROKER),
    (
        "com.amazon.ws.emr.hadoop.fs.",
        "on EMR, name \
      org.apache.hadoop.fs.s3a.auth.IAMInstanceCredentialsProvider for the cluster's role, and \
      fs.s3a.authorization.roleMapping for roles by user, group or prefix",
    ),
    (
        "com.amazonaws.emr.urm.",
        "the user role mapper answers in place of the metadata service: name \
      org.apache.hadoop.fs.s3a.auth.IAMInstanceCredentialsProvider",
    ),
    (
        "VendedTokenProvider",
        "its credentials come from a catalog, table by table: use a role, or \
      have a program print the credentials (credential_process in a profile)",
    ),
    (
        ".glue.",
        "its credentials come from Lake Formation, table by table: use a role that may write \
      there itself, by org.apache.hadoop.fs.s3a.auth.IAMInstanceCredentialsProvider",
    ),
    (
        "MarshalledCredentialProvider",
        "rolefs issues and takes no delegation tokens: use a role, by \
      org.apache.hadoop.fs.s3a.auth.IAMInstanceCredentialsProvider",
    ),
    ("AssumeRole", ASSUMED_ROLE),
    ("AssumedRole", ASSUMED_ROLE),
];

const ASSUMED_ROLE: &str = "name org.apache.hadoop.fs.s3a.auth.AssumedRoleCredentialProvider, with \
                           the role in fs.s3a.assumed.role.arn";
const IDBROKER: &str = "its credentials come from Knox IDBroker: use a role, or have a program \
                       print the credentials (credential_process in a profile)";

impl ProviderClass {
    /// Returns the provider for a class, if the class is supported. Vendors relocate the classes of
    /// AWS's SDKs into their own packages, so the end of the name decides.
    pub fn from_name(name: &str) -> Option<Self> {
        CLASSES.iter().find_map(|(package, classes)| {
            let (before, rest) = name.split_once(package)?;
            let is_package = before.is_empty() || before.ends_with('.');
            let known = classes.iter().find(|(class, _)| *class == rest && is_package);
            known.map(|(_, class)| *class)
        })
    }

    /// Returns the remedy for an unsupported class.
    pub(super) fn remedy(name: &str) -> &'static str {
        let known = REMEDIES.iter().find(|(part, _)| name.contains(part));
        known.map_or(
            "name it in fs.s3a.aws.credentials.provider.mapping with a class of S3A that does \
             the same, or have a program print the credentials (credential_process in a profile, \
             with org.apache.hadoop.fs.s3a.auth.ProfileAWSCredentialsProvider)",
            |(_, remedy)| remedy,
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognizes_the_classes_of_both_sdks() {
        for (name, class) in [
            ("org.apache.hadoop.fs.s3a.TemporaryAWSCredentialsProvider", Some(Class::Temporary)),
            (
                "org.apache.hadoop.fs.s3a.auth.IAMInstanceCredentialsProvider",
                Some(Class::ContainerOrInstance),
            ),
            (
                "com.amazonaws.auth.InstanceProfileCredentialsProvider",
                Some(Class::ContainerOrInstance),
            ),
            (
                "software.amazon.awssdk.auth.credentials.InstanceProfileCredentialsProvider",
                Some(Class::Instance),
            ),
            ("com.amazonaws.auth.profile.ProfileCredentialsProvider", Some(Class::Profile)),
            ("com.amazonaws.auth.ContainerCredentialsProvider", Some(Class::Container)),
            ("com.amazonaws.emr.AssumeRoleAWSCredentialsProvider", Some(Class::EmrAssumedRole)),
            (
                "com.amazon.ws.emr.hadoop.fs.shaded.com.amazonaws.auth.InstanceProfileCredentialsProvider",
                Some(Class::ContainerOrInstance),
            ),
            (
                "org.apache.flink.fs.s3base.shaded.com.amazonaws.auth.WebIdentityTokenCredentialsProvider",
                Some(Class::WebIdentity),
            ),
            (
                "shaded.databricks.org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
                Some(Class::Simple),
            ),
            ("notcom.amazonaws.auth.InstanceProfileCredentialsProvider", None),
            ("com.amazonaws.auth.EvironmentVariableCredentialsProvider", None),
            ("org.example.VaultCredentialsProvider", None),
            ("TemporaryAWSCredentialsProvider", None),
            ("org.apache.hadoop.fs.s3a.", None),
        ] {
            assert_eq!(ProviderClass::from_name(name), class, "{name}");
        }
    }
}
