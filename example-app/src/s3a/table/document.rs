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
    let followed = lines(FOLLOWED, |_| true);
    let refused = "These decide on access, on protection or on the way of the data. They end the \
                   command with an\nerror rather than being ignored.\n\n";
    let s3a = [
        section("Followed", "", "value | default | effect", &followed),
        section("Refused", refused, "condition | reason and remedy", &lines(REFUSED, |_| true)),
        section("Ignored", "", "reason", &lines(IGNORED, |_| true)),
    ];
    let old = OLD_NAMES.iter().map(|(old, new)| line(old, &[format!("`{new}`")]));
    let old = section("Old names", "", "read as", &old.collect::<String>());
    HEAD.to_owned() + &s3a.concat() + &old + &emrfs()
}

/// Returns the sections on EMRFS.
fn emrfs() -> String {
    let text = "They count where the setting of S3A is not set, as on Amazon EMR since 7.10. The \
                last three also\nhave the prefix `fs.s3n.`, and count for paths of \
                their own scheme.\n\n";
    let keys = EMRFS_KEYS.map(|(key, name)| line(&format!("fs.s3.{key}"), &[format!("`{name}`")]));
    let read_as = lines(EMRFS, |treatment| matches!(treatment, Treatment::ReadAs(_)));
    let refused = lines(EMRFS, |treatment| matches!(treatment, Treatment::Refused(..)));
    let ignored = lines(EMRFS, |treatment| matches!(treatment, Treatment::Ignored(_)));
    let (is_refused, is_ignored) =
        ("Settings of EMRFS that are refused", "Settings of EMRFS that are ignored");
    let sections = [
        section("Settings of EMRFS", text, "read as", &(read_as + &keys.concat())),
        section(is_refused, "", "condition | reason and remedy", &refused),
        section(is_ignored, "", "reason", &ignored),
    ];
    sections.concat()
}

/// Returns a section with a table of these columns.
fn section(title: &str, text: &str, columns: &str, lines: &str) -> String {
    let rule = "|---".repeat(columns.split('|').count() + 1);
    format!("\n## {title}\n\n{text}| setting | {columns} |\n{rule}|\n{lines}")
}

/// Returns the lines of the rows with some treatment.
fn lines(rows: &[Row], wanted: fn(&Treatment) -> bool) -> String {
    let rows = rows.iter().filter(|row| wanted(&row.treatment));
    rows.map(|row| line(row.name, &cells(row))).collect()
}

/// Returns the cells after a row's name.
fn cells(row: &Row) -> Vec<String> {
    match row.treatment {
        Treatment::Followed(effect) => {
            let default = row.default.map_or(String::new(), |default| format!("`{default}`"));
            vec![row.values.to_owned(), default, effect.to_owned()]
        }
        Treatment::Refused(condition, remedy) => {
            vec![condition.in_words().to_owned(), remedy.to_owned()]
        }
        Treatment::Ignored(text) => vec![text.to_owned()],
        Treatment::ReadAs(name) => vec![format!("`{name}`")],
    }
}

/// Returns a line of a table. A group's name gets a `*`.
fn line(name: &str, cells: &[String]) -> String {
    let rest = if name.ends_with('.') { "*" } else { "" };
    format!("| `{name}{rest}` | {} |\n", cells.join(" | "))
}
