//! Variables in values: `${name}`.
//!
//! Source: "Variable Expansion" (`org.apache.hadoop.conf.Configuration`, Hadoop 3.4 API):
//! properties of this configuration, and with `env.` in front environment variables, with `-` and
//! `:-` as in a shell. Java's system properties are known as far as Hadoop's own files refer to
//! them.

use core::ops::Range;

use zeroize::Zeroizing;

/// System properties of Java that have a meaning without Java.
const SYSTEM: [&str; 3] = ["user.name", "user.home", "java.io.tmpdir"];

/// The number of variables that Hadoop replaces in a value.
const LIMIT: usize = 20;

/// Returns the value with its variables replaced, the innermost first. A variable that is not set
/// ends the expansion and stays as it is. A value that leads back to itself stays as it was. `None`
/// if there are too many variables.
pub(super) fn expand<'p>(
    raw: &str,
    variable: &dyn Fn(&str) -> Option<String>,
    property: &dyn Fn(&str) -> Option<&'p str>,
) -> Option<Zeroizing<String>> {
    let mut value = Zeroizing::new(raw.to_owned());
    for _ in 0..LIMIT {
        let Some(place) = first_variable(&value) else { return Some(value) };
        let reference = value.get(place.clone()).unwrap_or_default();
        let name = reference.trim_start_matches("${").trim_end_matches('}');
        let system = || SYSTEM.contains(&name).then(|| variable(name)).flatten();
        let system = || system().map(Zeroizing::new);
        let own = || system().or_else(|| property(name).map(|text| text.to_owned().into()));
        let found = match name.strip_prefix("env.").filter(|name| !name.is_empty()) {
            Some(name) => environment_variable(name, variable).map(Zeroizing::new).or_else(own),
            None => own(),
        };
        let Some(found) = found else { return Some(value) };
        if found.contains(reference) {
            return Some(Zeroizing::new(raw.to_owned()));
        }
        let mut next = Zeroizing::new(String::with_capacity(value.len() + found.len()));
        next.push_str(value.get(..place.start).unwrap_or_default());
        next.push_str(&found);
        next.push_str(value.get(place.end..).unwrap_or_default());
        value = next;
    }
    None
}

/// Looks up `NAME`, `NAME-default` (the default if it is not set) or `NAME:-default` (the default
/// also if it is empty).
fn environment_variable(text: &str, variable: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    let dash = text.match_indices('-').map(|(at, _)| at).next();
    let colon = text.find(":-");
    match (dash, colon) {
        (Some(dash), Some(colon)) if colon < dash => {
            let set = variable(text.get(..colon)?).filter(|value| !value.is_empty());
            set.or_else(|| text.get(colon + 2..).map(str::to_owned))
        }
        (Some(dash), _) => {
            variable(text.get(..dash)?).or_else(|| text.get(dash + 1..).map(str::to_owned))
        }
        (None, _) => variable(text),
    }
}

/// Returns the place of the first `${name}` whose name contains neither a space nor a `$`, and is
/// not empty.
fn first_variable(value: &str) -> Option<Range<usize>> {
    let mut from = 0;
    while let Some(found) = value.get(from..).and_then(|rest| rest.find("${")) {
        let start = from + found;
        let name = start + 2;
        let rest = value.get(name..)?;
        let end = rest
            .char_indices()
            .find(|(_, c)| matches!(c, ' ' | '$' | '}'))
            .map(|(at, c)| (name + at, c))?;
        match end {
            (end, '}') if end > name => return Some(start..end + 1),
            // `$` can begin another variable.
            (end, '$') => from = end,
            (end, _) => from = end + 1,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(raw: &str) -> Option<String> {
        let properties = [
            ("a", "1"),
            ("b", "${a}${a}"),
            ("c", "x${c}"),
            ("d", "${e}"),
            ("e", "${d}"),
            ("n1", "a"),
            ("empty", ""),
        ];
        let variables = [("X", "ex"), ("EMPTY", ""), ("user.name", "ann"), ("other.name", "no")];
        let of = |pairs: &[(&'static str, &'static str)], name: &str| {
            pairs.iter().find(|(other, _)| *other == name).map(|(_, value)| *value)
        };
        let expanded = expand(raw, &|name| of(&variables, name).map(str::to_owned), &|name| {
            of(&properties, name)
        });
        expanded.map(|value| value.to_string())
    }

    #[test]
    fn replaces_variables_as_hadoop_does() {
        for (raw, expected) in [
            ("", ""),
            ("plain $ {a} $a", "plain $ {a} $a"),
            ("-${a}-", "-1-"),
            ("${b}", "11"),
            ("${${n1}}", "1"),
            ("${a b}${a}", "${a b}1"),
            ("${}${a}", "${}1"),
            ("${unset}${a}", "${unset}${a}"),
            ("${a}${unset}", "1${unset}"),
            ("${a", "${a"),
            ("${empty}.", "."),
            // Direct loop; `${d}` below is an indirect one.
            ("${c}", "${c}"),
            ("${env.X}", "ex"),
            ("${env.EMPTY}.", "."),
            ("${env.NONE}", "${env.NONE}"),
            ("/tmp/${user.name}/${other.name}", "/tmp/ann/${other.name}"),
            ("${env.NONE-d}${env.EMPTY-d}${env.X-d}", "dex"),
            ("${env.NONE:-d}${env.EMPTY:-d}${env.X:-d}", "ddex"),
            ("${env.NONE:-}.", "."),
            ("${env.NONE-a:-b}", "a:-b"),
            ("${env.}", "${env.}"),
        ] {
            assert_eq!(expanded(raw).as_deref(), Some(expected), "{raw}");
        }
        assert_eq!(expanded("${d}"), None, "endless expansion");
        assert_eq!(expanded(&"${a}".repeat(19)), Some("1".repeat(19)));
        assert_eq!(expanded(&"${a}".repeat(21)), None);
    }
}
