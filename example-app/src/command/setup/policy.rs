//! The policy documents of a role: who can assume it, and what its commands need.
//!
//! Source: "Actions, resources, and condition keys for Amazon S3", Service Authorization Reference;
//! "Required permissions for Amazon S3 API operations", Amazon S3 User Guide.

use rolesig_std::config::Partition;
use serde_json::{Value, json};

use crate::s3::address::path::S3Path;
use crate::system::sorted::sorted;

/// The actions of a command on objects, in groups, and on their bucket.
struct Grant {
    command: &'static str,
    objects: &'static [&'static [&'static str]],
    bucket: &'static [&'static str],
}

const LIST: &str = "s3:ListBucket";
const LIST_UPLOADS: &str = "s3:ListBucketMultipartUploads";
const DELETE: &str = "s3:DeleteObject";
const DOCTOR: &str = "doctor";

const READ: &[&str] = &["s3:GetObject"];
const READ_TAGS: &[&str] = &["s3:GetObjectTagging"];
const WRITE: &[&str] = &["s3:PutObject"];
/// Tags that are sent with an object (`--tagging`) or copied with it.
const WRITE_TAGS: &[&str] = &["s3:PutObjectTagging"];
const UPLOADS: &[&str] = &["s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"];

/// The commands whose needs are known. Others need what one of these does: `-cat` what `-get` does.
const GRANTS: &[Grant] = &[
    Grant {
        command: "put",
        objects: &[READ, WRITE, WRITE_TAGS, UPLOADS],
        bucket: &[LIST, LIST_UPLOADS],
    },
    Grant { command: "get", objects: &[READ], bucket: &[LIST] },
    Grant { command: "ls", objects: &[READ], bucket: &[LIST] },
    Grant { command: "rm", objects: &[READ, &[DELETE]], bucket: &[LIST] },
    Grant {
        command: "cp",
        objects: &[READ, READ_TAGS, WRITE, WRITE_TAGS, UPLOADS],
        bucket: &[LIST, LIST_UPLOADS],
    },
    Grant {
        command: "mv",
        objects: &[READ, READ_TAGS, WRITE, WRITE_TAGS, UPLOADS, &[DELETE]],
        bucket: &[LIST, LIST_UPLOADS],
    },
    Grant {
        command: "sync",
        objects: &[READ, WRITE, WRITE_TAGS, UPLOADS, &[DELETE]],
        bucket: &[LIST, LIST_UPLOADS],
    },
    Grant { command: "uploads", objects: &[UPLOADS], bucket: &[LIST_UPLOADS] },
    Grant { command: DOCTOR, objects: &[WRITE, UPLOADS], bucket: &[LIST, LIST_UPLOADS] },
];

/// Returns the commands that a role can be for.
pub(super) fn commands() -> impl Iterator<Item = &'static str> {
    GRANTS.iter().map(|grant| grant.command)
}

/// Returns the policy that lets EC2 assume the role.
pub(super) fn trust(partition: Partition) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Service": format!("ec2.{}", partition.dns_suffix()) },
            "Action": "sts:AssumeRole",
        }],
    })
}

/// Returns the policy that allows what commands need below a path, and no more.
pub(super) fn permissions(partition: Partition, path: &S3Path, commands: &[String]) -> Value {
    let arn = format!("arn:{}:s3:::{}", partition.name(), path.bucket());
    let prefix = literal(&path.directory_prefix());
    let is_wanted = |grant: &&Grant| commands.iter().any(|command| command == grant.command);
    let grants: Vec<_> = GRANTS.iter().filter(is_wanted).collect();
    let objects = grants.iter().flat_map(|grant| grant.objects.iter().copied().flatten());
    let mut objects = sorted(objects.copied().collect(), &Ord::cmp);
    objects.dedup();
    let bucket: Vec<_> = grants.iter().flat_map(|grant| grant.bucket).copied().collect();
    let mut statements = Vec::new();
    let mut allow = |name: &str, actions: Value, resource: &str| {
        statements.push(
            json!({ "Sid": name, "Effect": "Allow", "Action": actions, "Resource": resource }),
        );
    };
    allow("Objects", json!(objects), &format!("{arn}/{prefix}*"));
    if commands.iter().any(|command| command == DOCTOR) && !objects.contains(&DELETE) {
        allow("Probe", json!(DELETE), &format!("{arn}/{prefix}.rolefs-doctor-*"));
    }
    if bucket.contains(&LIST_UPLOADS) {
        allow("Uploads", json!(LIST_UPLOADS), &arn);
    }
    if bucket.contains(&LIST) {
        allow("List", json!(LIST), &arn);
        if let (Some(list), false) = (statements.last_mut(), prefix.is_empty()) {
            let below = [prefix.trim_end_matches('/').to_owned(), format!("{prefix}*")];
            list["Condition"] = json!({ "StringLike": { "s3:prefix": below } });
        }
    }
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// The commands that name objects that do not exist, for which S3 answers `AccessDenied` to a role
/// that may list keys below a path only.
///
/// Source: `HeadObject` (permissions), Amazon S3 API Reference.
const STOPPED: [(&str, &str); 4] = [
    ("put", "-put without -f or with --update"),
    ("sync", "-sync to S3"),
    ("cp", "-cp"),
    ("mv", "-mv"),
];

/// Returns lines of comments about the commands that the policy of a path stops, each behind a line
/// break; nothing for a bucket.
pub(super) fn note(path: &S3Path, commands: &[String]) -> String {
    let is_wanted = |name: &&str| commands.iter().any(|command| command == name);
    let stopped = STOPPED.iter().filter(|(name, _)| is_wanted(name)).map(|(_, shown)| *shown);
    let stopped: Vec<_> = stopped.collect();
    if stopped.is_empty() || path.directory_prefix().is_empty() {
        return String::new();
    }
    let stopped = stopped.join(", ");
    format!(
        "\n# S3 denies the role access to objects that do not exist, which stops {stopped}:\n\
         # give it a separate bucket, or add s3:ListBucket without a condition."
    )
}

/// Returns the rule that ends uploads below a path that are older than these days.
pub(super) fn lifecycle(path: &S3Path, days: u32) -> Value {
    json!({
        "Rules": [{
            "ID": "abort-incomplete-uploads",
            "Status": "Enabled",
            "Filter": { "Prefix": path.directory_prefix() },
            "AbortIncompleteMultipartUpload": { "DaysAfterInitiation": days },
        }],
    })
}

/// Returns a key in its form in a policy, where some characters would be wildcards.
///
/// Source: "IAM policy elements: variables and tags" (escaping of `*`, `?` and `$`).
fn literal(key: &str) -> String {
    key.chars().fold(String::new(), |mut literal, character| {
        match character {
            '*' => literal.push_str("${*}"),
            '?' => literal.push_str("${?}"),
            '$' => literal.push_str("${$}"),
            other => literal.push(other),
        }
        literal
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(path: &str, commands: &[&str]) -> String {
        let commands: Vec<_> = commands.iter().map(|command| (*command).to_owned()).collect();
        permissions(Partition::Aws, &S3Path::parse(path).unwrap(), &commands).to_string()
    }

    #[test]
    fn grants_the_actions_on_tags() {
        for (command, is_read, is_written) in
            [("put", false, true), ("sync", false, true), ("cp", true, true), ("mv", true, true)]
        {
            let policy = policy("s3a://b", &[command]);
            assert_eq!(policy.contains("s3:GetObjectTagging"), is_read, "{policy}");
            assert_eq!(policy.contains("s3:PutObjectTagging"), is_written, "{policy}");
        }
        assert!(!policy("s3a://b", &["get", "doctor"]).contains("Tagging"));
    }

    #[test]
    fn allows_what_a_command_needs_and_no_more() {
        let get = policy("s3a://b/d", &["get"]);
        assert!(get.contains(r#""Action":["s3:GetObject"]"#), "{get}");
        assert!(get.contains(r#""Resource":"arn:aws:s3:::b/d/*""#), "{get}");
        assert!(get.contains(r#"{"StringLike":{"s3:prefix":["d","d/*"]}}"#), "{get}");
        assert!(
            !get.contains("Put") && !get.contains("Delete") && !get.contains("Uploads"),
            "{get}"
        );
        let doctor = policy("s3a://b", &["put", "doctor"]);
        let probe = r#""Action":"s3:DeleteObject","Effect":"Allow","Resource":"arn:aws:s3:::b/.rolefs-doctor-*""#;
        assert!(doctor.contains(probe) && !doctor.contains("Condition"), "{doctor}");
        assert!(!policy("s3a://b", &["doctor", "rm"]).contains("Probe"));
    }

    #[test]
    fn names_the_commands_that_a_policy_of_a_path_stops() {
        let note = |path, commands: &[&str]| {
            let commands: Vec<_> = commands.iter().map(|command| (*command).to_owned()).collect();
            note(&S3Path::parse(path).unwrap(), &commands)
        };
        let both = note("s3a://b/d", &["get", "sync", "put"]);
        assert!(both.contains("stops -put without -f or with --update, -sync to S3:"), "{both}");
        assert!(both.lines().skip(1).all(|line| line.starts_with("# ")), "{both}");
        assert_eq!(note("s3a://b/", &["sync"]) + &note("s3a://b/d", &["get", "ls"]), "");
    }

    #[test]
    fn escapes_wildcards_in_keys() {
        assert!(policy("s3a://b/a*$", &["get"]).contains(r#""arn:aws:s3:::b/a${*}${$}/*""#));
    }
}
