//! Splitting a command into its arguments without a shell, as AWS's tools in Python do.
//!
//! The crate shlex reads other quotes: to it `#` begins a comment, and between double quotes `\$`
//! is `$`. A command that works with the AWS CLI must not mean something else here.

/// An unterminated quote, or an escape at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct UnterminatedError;

/// Splits a command as the system does that this program is built for.
pub(super) fn split(command: &str) -> Result<Vec<String>, UnterminatedError> {
    if cfg!(windows) { split_windows(command) } else { split_posix(command) }
}

/// An argument that may still grow. Quotes make an argument even of nothing.
#[derive(Default)]
struct ArgumentList {
    whole: Vec<String>,
    last: Option<String>,
}

impl ArgumentList {
    fn last(&mut self) -> &mut String {
        self.last.get_or_insert_default()
    }

    fn end(&mut self) {
        self.whole.extend(self.last.take());
    }

    fn all(mut self) -> Vec<String> {
        self.end();
        self.whole
    }
}

/// Splits a command as Python's `shlex.split` does: `'…'` is taken literally, in `"…"` a backslash
/// escapes only `"` and `\`, elsewhere any character.
fn split_posix(command: &str) -> Result<Vec<String>, UnterminatedError> {
    let mut arguments = ArgumentList::default();
    let mut rest = command.chars();
    while let Some(c) = rest.next() {
        match c {
            ' ' | '\t' | '\r' | '\n' => arguments.end(),
            '\'' => {
                let argument = arguments.last();
                loop {
                    match rest.next().ok_or(UnterminatedError)? {
                        '\'' => break,
                        c => argument.push(c),
                    }
                }
            }
            '"' => {
                let argument = arguments.last();
                loop {
                    match rest.next().ok_or(UnterminatedError)? {
                        '"' => break,
                        '\\' => {
                            let escaped = rest.next().ok_or(UnterminatedError)?;
                            if !matches!(escaped, '"' | '\\') {
                                argument.push('\\');
                            }
                            argument.push(escaped);
                        }
                        c => argument.push(c),
                    }
                }
            }
            '\\' => {
                let escaped = rest.next().ok_or(UnterminatedError)?;
                arguments.last().push(escaped);
            }
            c => arguments.last().push(c),
        }
    }
    Ok(arguments.all())
}

/// Splits a command as the C runtime of Windows does ("Parsing C++ command-line arguments",
/// Microsoft): a backslash is literal, as in a path, unless it and others lead up to a `"`.
fn split_windows(command: &str) -> Result<Vec<String>, UnterminatedError> {
    let mut arguments = ArgumentList::default();
    let (mut is_quoted, mut backslashes) = (false, 0);
    for c in command.chars() {
        if c == '\\' {
            backslashes += 1;
            continue;
        }
        let written = if c == '"' { backslashes / 2 } else { backslashes };
        if backslashes > 0 {
            arguments.last().extend(core::iter::repeat_n('\\', written));
        }
        let is_escaped = backslashes % 2 == 1;
        backslashes = 0;
        match c {
            '"' if is_escaped => arguments.last().push('"'),
            '"' => {
                arguments.last();
                is_quoted = !is_quoted;
            }
            ' ' | '\t' if !is_quoted => arguments.end(),
            c => arguments.last().push(c),
        }
    }
    if is_quoted {
        return Err(UnterminatedError);
    }
    if backslashes > 0 {
        arguments.last().extend(core::iter::repeat_n('\\', backslashes));
    }
    Ok(arguments.all())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn splits_posix_commands_as_python_does() {
        for (command, arguments) in [
            ("", &[][..]),
            (" \t\r\n", &[]),
            ("a  b\tc", &["a", "b", "c"]),
            ("a '' b", &["a", "", "b"]),
            (r#""/opt/my tool/run" --as "a b""#, &["/opt/my tool/run", "--as", "a b"]),
            (r"a\ b", &["a b"]),
            (r#"'a\b"c' "d\$e\"f\\""#, &[r#"a\b"c"#, r#"d\$e"f\"#]),
            ("run # --not a comment", &["run", "#", "--not", "a", "comment"]),
            ("x'y'\"z\"", &["xyz"]),
            ("run | $HOME ~ *", &["run", "|", "$HOME", "~", "*"]),
        ] {
            assert_eq!(split_posix(command).unwrap(), arguments, "{command}");
        }
        for unfinished in ["a 'b", "a \"b", "a \"b\\", "a\\", "it's"] {
            assert_eq!(split_posix(unfinished), Err(UnterminatedError), "{unfinished}");
        }
    }

    #[test]
    fn splits_windows_commands_as_the_aws_cli_does() {
        for (command, arguments) in [
            ("", &[][..]),
            (r"C:\tools\run.exe --as b", &[r"C:\tools\run.exe", "--as", "b"]),
            (r#""C:\Program Files\run.exe" """#, &[r"C:\Program Files\run.exe", ""]),
            (r#"a\"b \\"c d\\" e\\\"f"#, &[r#"a"b"#, r"\c d\", r#"e\"f"#]),
            (r"a\\ b\", &[r"a\\", r"b\"]),
            ("'a b'", &["'a", "b'"]),
            ("a\nb", &["a\nb"]),
            (r#""\"#, &[]),
        ] {
            if arguments.is_empty() && !command.is_empty() {
                assert_eq!(split_windows(command), Err(UnterminatedError), "{command}");
            } else {
                assert_eq!(split_windows(command).unwrap(), arguments, "{command}");
            }
        }
    }
}
