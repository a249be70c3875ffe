//! Classes that give credentials, and what does it here.
//!
//! Source: "Authenticating with S3" (Hadoop 3.4), and its list of names of AWS's SDK for Java 1 that
//! are still understood.

/// What a class of Java does.
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
    /// All that AWS's tools ask, in their order.
    Standard,
    /// None: requests without a signature.
    Anonymous,
}

use ProviderClass as Class;

/// Names, and the package they are in.
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
            // S3A maps both of these to its own class for either place.
            ("EC2ContainerCredentialsProviderWrapper", Class::ContainerOrInstance),
            ("InstanceProfileCredentialsProvider", Class::ContainerOrInstance),
            ("profile.ProfileCredentialsProvider", Class::Profile),
            ("DefaultAWSCredentialsProviderChain", Class::Standard),
            ("AnonymousAWSCredentials", Class::Anonymous),
        ],
    ),
];

impl ProviderClass {
    /// What the class of this name does, if it is known.
    pub fn of(name: &str) -> Option<Self> {
        CLASSES.iter().find_map(|(package, classes)| {
            let rest = name.strip_prefix(package)?;
            classes.iter().find(|(class, _)| *class == rest).map(|(_, class)| *class)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_old_and_new_are_known() {
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
            ("org.example.VaultCredentialsProvider", None),
            ("TemporaryAWSCredentialsProvider", None),
            ("org.apache.hadoop.fs.s3a.", None),
        ] {
            assert_eq!(ProviderClass::of(name), class, "{name}");
        }
    }
}
