//! Names that Hadoop has replaced.
//!
//! Source: "Deprecated Properties" (Hadoop 3.4), and "Working with Encrypted S3 Data" (S3A).

/// Old, and new. Either is understood wherever a name is read.
const NAMES: [(&str, &str); 4] = [
    ("fs.s3a.server-side-encryption-algorithm", "fs.s3a.encryption.algorithm"),
    ("fs.s3a.server-side-encryption.key", "fs.s3a.encryption.key"),
    ("fs.default.name", "fs.defaultFS"),
    ("fs.s3a.committer.staging.abort.pending.uploads", "fs.s3a.committer.abort.pending.uploads"),
];

/// The new name, if this is an old one.
pub(super) fn new_name(name: &str) -> Option<&'static str> {
    NAMES.iter().find(|(old, _)| *old == name).map(|(_, new)| *new)
}
