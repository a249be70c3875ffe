//! Forms of values: how each is parsed, and the words for it in errors and in the documentation.

use core::time::Duration;

use zeroize::Zeroizing;

use crate::configuration::value;
use crate::s3::client::ListVersion;
use crate::s3::content::checksum::ChecksumAlgorithm;

/// The type of a setting's value, with its parser.
pub(in crate::s3a) trait ValueType {
    /// The type of a parsed value.
    type Value;
    /// The description of a valid value: "`x` is not …".
    const EXPECTED: &'static str;
    /// True if S3A reads the value as a password, also from keystores.
    const IS_PASSWORD: bool = false;

    /// Parses a value.
    fn parse(text: &str) -> Option<Self::Value>;
}

/// The checksum that a setting chooses.
#[derive(Clone, Copy, Debug)]
pub(in crate::s3a) enum ChecksumChoice {
    /// No checksum: `NONE`.
    None,
    /// The checksum of an algorithm.
    Of(ChecksumAlgorithm),
}

impl ChecksumChoice {
    /// Returns the algorithm; `None` without a checksum.
    pub(in crate::s3a) const fn algorithm(self) -> Option<ChecksumAlgorithm> {
        match self {
            Self::None => None,
            Self::Of(algorithm) => Some(algorithm),
        }
    }
}

/// Declares forms: a type for each, with its value, its description and its parser.
macro_rules! forms {
    ($($(#[$doc:meta])* $form:ident -> $value:ty, $expected:literal, $parse:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy)]
        pub(in crate::s3a) struct $form;

        impl ValueType for $form {
            type Value = $value;
            const EXPECTED: &'static str = $expected;

            fn parse(text: &str) -> Option<$value> {
                ($parse)(text)
            }
        }
    )*};
}

forms! {
    /// A text, or a form that the setting's reader parses itself.
    Text -> String, "text", |text: &str| Some(text.to_owned());
    /// A list between commas.
    List -> Vec<String>, "a list between commas",
        |text| Some(value::list(text).map(str::to_owned).collect());
    /// A boolean. Hadoop takes the default for other values; here they are an error, since a
    /// misspelt `true` protects nothing.
    Switch -> bool, "true or false", value::boolean;
    /// A size in bytes.
    Size -> u64, "a size such as 67108864 or 64M", value::bytes;
    /// A number.
    Count -> u32, "a whole number such as 4", value::number;
    /// A duration; without a unit, in milliseconds.
    Milliseconds -> Duration, "a duration such as 500ms or 15m",
        |text| value::duration(text, Duration::from_millis(1));
    /// A duration; without a unit, in seconds.
    Seconds -> Duration, "a duration such as 900s or 15m",
        |text| value::duration(text, Duration::from_secs(1));
    /// The port of a proxy.
    Port -> u16, "the number of a port, such as 3128",
        |text: &str| text.parse().ok().filter(|port| *port > 0);
    /// The version of the operation that lists keys. S3A takes 2 for other values.
    Version -> ListVersion, "1 or 2", list_version;
    /// A checksum, or none.
    Checksum -> ChecksumChoice,
        "CRC32, CRC32C, CRC64NVME, SHA256, SHA512, MD5, XXHASH64, XXHASH3 or XXHASH128", checksum;
    /// A canned ACL, as a header has it.
    CannedAcl -> &'static str, "a canned ACL such as BucketOwnerFullControl", canned_acl;
}

/// A text that S3A reads as a password.
#[derive(Clone, Copy)]
pub(in crate::s3a) struct Password;

impl ValueType for Password {
    type Value = Zeroizing<String>;
    const EXPECTED: &'static str = "text";
    const IS_PASSWORD: bool = true;

    fn parse(text: &str) -> Option<Zeroizing<String>> {
        Some(Zeroizing::new(text.to_owned()))
    }
}

fn list_version(text: &str) -> Option<ListVersion> {
    match text {
        "1" => Some(ListVersion::V1),
        "2" => Some(ListVersion::V2),
        _ => None,
    }
}

fn checksum(text: &str) -> Option<ChecksumChoice> {
    if text.eq_ignore_ascii_case("NONE") {
        return Some(ChecksumChoice::None);
    }
    text.parse().ok().map(ChecksumChoice::Of)
}

/// Parses a canned ACL, as S3A or as S3 writes it.
fn canned_acl(text: &str) -> Option<&'static str> {
    const ACLS: [(&str, &str); 8] = [
        ("Private", "private"),
        ("PublicRead", "public-read"),
        ("PublicReadWrite", "public-read-write"),
        ("AuthenticatedRead", "authenticated-read"),
        ("AwsExecRead", "aws-exec-read"),
        ("LogDeliveryWrite", "log-delivery-write"),
        ("BucketOwnerRead", "bucket-owner-read"),
        ("BucketOwnerFullControl", "bucket-owner-full-control"),
    ];
    ACLS.iter().find(|(s3a, s3)| [*s3a, *s3].contains(&text)).map(|(_, s3)| *s3)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_each_checksum_that_it_names() {
        let names = Checksum::EXPECTED.replace(" or ", ", ");
        assert_eq!(names.split(", ").count(), 9);
        for name in names.split(", ") {
            let chosen = Checksum::parse(name).and_then(ChecksumChoice::algorithm);
            assert_eq!(chosen.map(ChecksumAlgorithm::name), Some(name));
        }
    }
}
