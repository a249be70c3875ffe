//! Roles by user, group or prefix: `fs.s3a.authorization.roleMapping`.
//!
//! The value is a list of mappings, in JSON as in EMR's security configurations, or as EMR writes
//! it into its files:
//!
//! ```text
//! [{"Role": "arn:aws:iam::111122223333:role/a", "IdentifierType": "User", "Identifiers": ["ann"]}]
//! arn:aws:iam::111122223333:role/a=u:ann;bob,arn:aws:iam::111122223333:role/b=p:s3://bucket/data/
//! ```
//!
//! Source: "Configure IAM roles for EMRFS requests to Amazon S3" (Amazon EMR Management Guide): the
//! first mapping that fits counts; without one the cluster's own credentials are used.

use serde_json::Value;
use thiserror::Error;

use crate::configuration::{Configuration, ConfigurationError};
use crate::s3::address::path::S3Path;
use crate::s3a::table::read::invalid;
use crate::s3a::table::rows::ROLE_MAPPING;

/// Mappings to roles; the first that fits counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleMapping(Vec<Mapping>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Mapping {
    role_arn: String,
    kind: IdentifierKind,
    identifiers: Vec<String>,
}

/// The kind of a mapping's identifiers: EMR's `IdentifierType`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum IdentifierKind {
    User,
    Group,
    Prefix,
}

/// The error of a command whose objects do not all have one role.
#[derive(Debug, Error, PartialEq, Eq)]
#[error(
    "fs.s3a.authorization.roleMapping has different roles for {other} and for {path}: name only \
     paths of one role in a command"
)]
pub struct RoleConflictError {
    path: String,
    other: String,
}

impl RoleMapping {
    pub(in crate::s3a) fn of(
        configuration: &Configuration,
    ) -> Result<Option<Self>, ConfigurationError> {
        let Some(setting) = ROLE_MAPPING.setting(configuration)? else { return Ok(None) };
        let text = setting.value.as_str();
        let mappings = match serde_json::from_str::<Value>(text) {
            Ok(document) => parse_json(&document),
            Err(_) => text.split(',').map(parse_mapping).collect(),
        };
        let expected = "a list such as [{\"Role\": \"arn:aws:iam::111122223333:role/a\", \
                        \"IdentifierType\": \"User\", \"Identifiers\": [\"ann\"]}]";
        let mappings = mappings.ok_or_else(|| invalid(&setting, expected))?;
        Ok(Some(Self(mappings)))
    }

    /// Returns whether the choice depends on the user's groups.
    pub fn has_groups(&self) -> bool {
        self.0.iter().any(|mapping| mapping.kind == IdentifierKind::Group)
    }

    /// Chooses the role for a user's command on these paths, and on all paths below them. `None`
    /// means the cluster's own credentials.
    ///
    /// # Errors
    /// If these paths do not all have the same role.
    pub fn choose(
        &self,
        user: &str,
        groups: &[String],
        paths: &[S3Path],
    ) -> Result<Option<&str>, RoleConflictError> {
        let Some((first, rest)) = paths.split_first() else {
            return Ok(self.role(user, groups, None));
        };
        let role = self.role(user, groups, Some(first));
        let two =
            |path: &S3Path, other: String| RoleConflictError { path: path.to_string(), other };
        if let Some(other) = rest.iter().find(|path| self.role(user, groups, Some(path)) != role) {
            return Err(two(first, other.to_string()));
        }
        let mut below = paths.iter().filter_map(|path| Some((path, self.below(path, role)?)));
        below.next().map_or(Ok(role), |(path, prefix)| Err(two(path, prefix.to_owned())))
    }

    fn role(&self, user: &str, groups: &[String], path: Option<&S3Path>) -> Option<&str> {
        let fits = |mapping: &&Mapping| {
            mapping.identifiers.iter().any(|identifier| match mapping.kind {
                IdentifierKind::User => identifier == user,
                IdentifierKind::Group => groups.contains(identifier),
                IdentifierKind::Prefix => path.is_some_and(|path| lies_in(path, identifier)),
            })
        };
        self.0.iter().find(fits).map(|mapping| mapping.role_arn.as_str())
    }

    /// Returns a prefix below the path that has another role.
    fn below(&self, path: &S3Path, role: Option<&str>) -> Option<&str> {
        let before = self.0.iter().take_while(|mapping| {
            role != Some(mapping.role_arn.as_str()) || mapping.kind == IdentifierKind::Prefix
        });
        let others = before.filter(|mapping| {
            mapping.kind == IdentifierKind::Prefix && role != Some(&mapping.role_arn)
        });
        let mut prefixes = others.flat_map(|mapping| &mapping.identifiers);
        prefixes.find(|prefix| lies_below(path, prefix)).map(String::as_str)
    }
}

/// Splits a prefix of any scheme into its bucket and its key.
fn parts(prefix: &str) -> (&str, &str) {
    let rest = prefix.split_once("://").map_or(prefix, |(_, rest)| rest);
    let rest = rest.trim_start_matches('/').trim_end_matches('*');
    rest.split_once('/').unwrap_or((rest, ""))
}

/// Returns the key up to its first pattern, which can stand for any text.
fn literal_prefix(path: &S3Path) -> &str {
    path.key().split(['*', '?', '[', '{', '\\']).next().unwrap_or_default()
}

/// Returns whether all keys of a path lie in a prefix.
fn lies_in(path: &S3Path, prefix: &str) -> bool {
    let (bucket, key) = parts(prefix);
    let literal = literal_prefix(path);
    let is_all = literal.len() == path.key().len();
    bucket == path.bucket()
        && (literal.starts_with(key) || is_all && format!("{literal}/").starts_with(key))
}

/// Returns whether some keys of a path, and not all of them, lie in a prefix.
fn lies_below(path: &S3Path, prefix: &str) -> bool {
    let (bucket, key) = parts(prefix);
    bucket == path.bucket() && !lies_in(path, prefix) && key.starts_with(literal_prefix(path))
}

/// Parses the mappings of a JSON document.
fn parse_json(document: &Value) -> Option<Vec<Mapping>> {
    let nested = ["AuthorizationConfiguration", "EmrFsConfiguration", "RoleMappings"];
    let list = nested.iter().fold(document, |value, name| value.get(name).unwrap_or(value));
    let text = |mapping: &Value, name| Some(mapping.get(name)?.as_str()?.to_owned());
    let mapping = |mapping: &Value| {
        let identifiers = mapping.get("Identifiers")?.as_array()?.iter();
        let identifiers = identifiers.map(|text| Some(text.as_str()?.to_owned()));
        Mapping {
            role_arn: text(mapping, "Role")?,
            kind: IdentifierKind::parse(&text(mapping, "IdentifierType")?)?,
            identifiers: identifiers.collect::<Option<_>>()?,
        }
        .validated()
    };
    list.as_array()?.iter().map(mapping).collect()
}

/// Parses a mapping such as `arn=u:ann;bob`. The name of a role can contain `=`.
fn parse_mapping(text: &str) -> Option<Mapping> {
    let (role_arn, rest) = ["=u:", "=g:", "=p:"].iter().find_map(|mark| {
        let (arn, identifiers) = text.split_once(mark)?;
        Some((arn, (mark.get(1..2)?, identifiers)))
    })?;
    let (kind, identifiers) = rest;
    let identifiers = identifiers.split(';').map(|text| text.trim().to_owned()).collect();
    let role_arn = role_arn.trim().to_owned();
    Mapping { role_arn, kind: IdentifierKind::parse(kind)?, identifiers }.validated()
}

impl Mapping {
    /// Returns the mapping if it has a role and identifiers.
    fn validated(self) -> Option<Self> {
        let is_whole = self.role_arn.contains(":role/")
            && !self.identifiers.is_empty()
            && !self.identifiers.iter().any(|text| text.trim().is_empty());
        is_whole.then_some(self)
    }
}

impl IdentifierKind {
    fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "user" | "u" => Some(Self::User),
            "group" | "g" => Some(Self::Group),
            "prefix" | "p" => Some(Self::Prefix),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "arn:aws:iam::111122223333:role/a";
    const B: &str = "arn:aws:iam::111122223333:role/b";
    const C: &str = "arn:aws:iam::111122223333:role/c";

    fn read(value: &str) -> Result<Option<RoleMapping>, ConfigurationError> {
        let mut configuration = Configuration::default();
        configuration.define(&format!("{}={value}", ROLE_MAPPING.name).parse().unwrap()).unwrap();
        RoleMapping::of(&configuration)
    }

    fn json() -> String {
        format!(
            r#"{{"AuthorizationConfiguration": {{"EmrFsConfiguration": {{"RoleMappings": [
                {{"Role": "{A}", "IdentifierType": "User", "Identifiers": ["ann"]}},
                {{"Role": "{B}", "IdentifierType": "Prefix", "Identifiers": ["s3://b/data/", "s3://c"]}},
                {{"Role": "{C}", "IdentifierType": "Group", "Identifiers": ["admins"]}}]}}}}}}"#
        )
    }

    fn choose(
        user: &str,
        groups: &[&str],
        paths: &[&str],
    ) -> Result<Option<String>, RoleConflictError> {
        let mapping = read(&json()).unwrap().unwrap();
        let groups: Vec<_> = groups.iter().map(|group| (*group).to_owned()).collect();
        let paths: Vec<_> = paths.iter().map(|path| S3Path::parse(path).unwrap()).collect();
        mapping.choose(user, &groups, &paths).map(|role| role.map(str::to_owned))
    }

    #[test]
    fn reads_json_and_text() {
        let nested = read(&json()).unwrap().unwrap();
        assert!(nested.has_groups());
        let list = json().split_once("Mappings\": ").unwrap().1.trim_end_matches('}').to_owned();
        assert_eq!(read(&list).unwrap().unwrap(), nested);
        let text = format!("{A}=u:ann, {B}=p:s3://b/data/;s3://c,{C}=g:admins");
        assert_eq!(read(&text).unwrap().unwrap(), nested);
        assert_eq!(read("").unwrap(), None);
        for wrong in [
            "my-role",
            "[1]",
            "{}",
            r#"[{"Role": "r"}]"#,
            r#"[{"Role": "arn:aws:iam::1:role/a", "IdentifierType": "Host", "Identifiers": ["h"]}]"#,
            r#"[{"Role": "arn:aws:iam::1:role/a", "IdentifierType": "User", "Identifiers": []}]"#,
            "arn:aws:iam::1:role/a=x:ann",
            "arn:aws:iam::1:role/a=u:",
        ] {
            let error = read(wrong).unwrap_err().to_string();
            assert!(error.contains("is not a list such as"), "{error}");
        }
    }

    #[test]
    fn takes_the_first_mapping_that_fits() {
        for (user, groups, path, expected) in [
            ("ann", &["admins"][..], "s3://b/data/x", Some(A)),
            ("bob", &["admins"], "s3a://b/data/x", Some(B)),
            ("bob", &["admins"], "s3n://b/data", Some(B)),
            ("bob", &["admins"], "s3://b/other", Some(C)),
            ("bob", &[], "s3://c/any", Some(B)),
            ("bob", &[], "s3://c", Some(B)),
            ("bob", &[], "s3://cc/any", None),
            ("bob", &[], "s3://b/database", None),
            ("bob", &[], "s3://b/data/*/x", Some(B)),
        ] {
            assert_eq!(choose(user, groups, &[path]).unwrap().as_deref(), expected, "{path}");
        }
        assert_eq!(choose("bob", &["admins"], &[]).unwrap().as_deref(), Some(C));
    }

    #[test]
    fn rejects_commands_with_several_roles() {
        for paths in [
            &["s3://b/data/x", "s3://b/other"][..],
            // Some keys below have another role.
            &["s3://b/"],
            &["s3://b/d*"],
            &["s3://b/da{ta,y}/x"],
        ] {
            assert!(choose("bob", &[], paths).is_err(), "{paths:?}");
            assert_eq!(choose("ann", &[], paths).unwrap().as_deref(), Some(A));
        }
        let error = choose("bob", &[], &["s3://b/"]).unwrap_err().to_string();
        assert!(error.contains("different roles for s3://b/data/ and for s3://b/"), "{error}");
    }
}
