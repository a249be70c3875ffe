//! The table as a document: `docs/settings.md`.

use super::row::{Row, Treatment};
use super::rows::{EMRFS, EMRFS_KEYS, FOLLOWED, IGNORED, OLD_NAMES, REFUSED};

const HEAD: &str = "\
# Settings of S3A

This table lists the settings of S3A (`fs.s3a.*`, Hadoop 3.4) and what `rolefs` does with each of
them. `*` at the end of a name stands for any rest. `fs.s3a.bucket.NAME.X` sets `fs.s3a.X` for one
bucket. `rolefs -showConfig [bucket]` shows the values in force, the file and line of each, and all
errors in them. A setting that is not in this table is ignored, with a warning.

<!-- Made by `cargo run -p rolefs --example settings > docs/settings.md`; edit
     `example-app/src/s3a/table/rows.rs` instead. -->

";

/// Returns the table in Markdown.
#[must_use]
pub fn markdown() -> String {
    let effect = |row: &Row| match row.treatment {
        Treatment::Followed(effect) => {
            let default = row.default.map_or(String::new(), |default| format!("`{default}`"));
            vec![row.values.to_owned(), default, effect.to_owned()]
        }
        Treatment::Refused(condition, remedy) => {
            vec![condition.in_words().to_owned(), remedy.to_owned()]
        }
        Treatment::Ignored(text) => vec![text.to_owned()],
        Treatment::ReadAs(name) => vec![format!("`{name}`")],
    };
    let rows = |rows: &[Row], wanted: fn(&Treatment) -> bool| {
        let rows = rows.iter().filter(|row| wanted(&row.treatment));
        rows.map(|row| line(row.name, &effect(row))).collect::<String>()
    };
    let renamed = |names: &[(&str, &str)]| {
        let name = |(old, new): &(&str, &str)| line(old, &[format!("`{new}`")]);
        names.iter().map(name).collect::<String>()
    };
    let keys = EMRFS_KEYS.map(|(key, name)| line(&format!("fs.s3.{key}"), &[format!("`{name}`")]));
    let sections = [
        ("Followed", "", "value | default | effect", rows(FOLLOWED, |_| true)),
        (
            "Refused",
            "These decide on access, on protection or on the way of the data. They end the command \
             with an error rather than being ignored.\n\n",
            "condition | reason and remedy",
            rows(REFUSED, |_| true),
        ),
        ("Ignored", "", "reason", rows(IGNORED, |_| true)),
        ("Old names", "", "read as", renamed(OLD_NAMES)),
        (
            "Settings of EMRFS",
            "They count where the setting of S3A is not set, as on Amazon EMR since 7.10. The last \
             three also have\nthe prefix `fs.s3n.`, and count for paths of their own scheme.\n\n",
            "read as",
            rows(EMRFS, |treatment| matches!(treatment, Treatment::ReadAs(_))) + &keys.concat(),
        ),
        (
            "Settings of EMRFS that are refused",
            "",
            "condition | reason and remedy",
            rows(EMRFS, |treatment| matches!(treatment, Treatment::Refused(..))),
        ),
        (
            "Settings of EMRFS that are ignored",
            "",
            "reason",
            rows(EMRFS, |treatment| matches!(treatment, Treatment::Ignored(_))),
        ),
    ];
    let section = |(title, text, columns, rows): (&str, &str, &str, String)| {
        let rule = "|---".repeat(columns.split('|').count() + 1);
        format!("## {title}\n\n{text}| setting | {columns} |\n{rule}|\n{rows}")
    };
    HEAD.to_owned() + &sections.map(section).join("\n")
}

/// Returns a line of a table. A group's name gets a `*`.
fn line(name: &str, cells: &[String]) -> String {
    let rest = if name.ends_with('.') { "*" } else { "" };
    format!("| `{name}{rest}` | {} |\n", cells.join(" | "))
}
