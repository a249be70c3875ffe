#!/usr/bin/env python3
"""Tests that check.py finds what it is to count, and nothing else."""

from __future__ import annotations

import pathlib
import tempfile
import unittest
from collections.abc import Callable, Iterator
from unittest import mock

import check

DOCS = """
/// Returns one.
/// What follows is no summary.
#[must_use]
pub(crate) const fn one() -> u8 { 1 }

/// Whether it is so.
fn so(
    a: u8,
) -> bool {
    a == 1
}

trait Trait {
    /// The length.
    fn length(
        &self,
    ) -> usize;
}

fn without_docs() {}
"""
LONG = "fn long() {\n" + "    step();\n" * 58 + "}\n"
NAMES = "fn what_is_there() {}\nfn somewhat_there() {}\n// fn who_is_there() {}\n"
LINES = "".join(f"let line{number} = {number};\n" for number in range(10))
WIDE = "word " * 21
MARKDOWN = f"""# Title
{WIDE}
| {WIDE} |
```
{WIDE}
```
[{"word " * 15}](https://example.com/{"x" * 100})
"""


class Counts(unittest.TestCase):
    """Each count, on a tree that has one place to be found."""

    def places(
        self, count: Callable[[], Iterator[check.Place]], files: dict[str, str]
    ) -> list[tuple[str, int]]:
        """Returns path and line of what is counted in these files."""
        with (
            tempfile.TemporaryDirectory() as name,
            mock.patch.object(check, "TREE", pathlib.Path(name)),
        ):
            for path, text in files.items():
                file = pathlib.Path(name) / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
            return [(place.path, place.line) for place in count()]

    def test_summaries(self) -> None:
        """A summary is the first line of the docs, and belongs to the function below."""
        files = {"core/src/a.rs": DOCS, "core/tests/a.rs": DOCS}
        asking = self.places(check.comments_that_ask, files)
        self.assertEqual(asking, [("core/src/a.rs", 7), ("core/tests/a.rs", 7)])
        without_verb = self.places(check.summaries_without_a_verb, files)
        self.assertEqual(without_verb, [("core/src/a.rs", 8), ("core/src/a.rs", 16)])

    def test_names(self) -> None:
        """Functions are found by their names, and comments are not read."""
        files = {"core/tests/a.rs": NAMES, "tests/a.py": "def who_calls(): ...\n"}
        self.assertEqual(
            self.places(check.names_that_ask, files), [("core/tests/a.rs", 1), ("tests/a.py", 1)]
        )

    def test_clauses(self) -> None:
        """A test is named by a verb; other functions may begin with an article."""
        text = "#[test]\nfn a_key_is_refused() {}\n\nfn a_key() {}\n"
        text += "#[tokio::test(start_paused = true)]\nasync fn the_end() {}\n"
        text += "#[test]\n#[ignore]\nfn refuses_a_key() {}\n"
        self.assertEqual(
            self.places(check.test_names_without_a_verb, {"core/src/a.rs": text}),
            [("core/src/a.rs", 2), ("core/src/a.rs", 6)],
        )

    def test_dialect(self) -> None:
        """Phrases count in all files, in names and across lines; their plain forms do not."""
        text = "// It has a pipe of its own.\n// Its own pipe, of its own day.\n"
        text += 'let a = "is anew";\n'
        text += "/// A text that is no path.\n\n/// There is no path. What is it?\n"
        text += 'let a = "this is no path";\n'
        text += "/// A text that is\n/// as good as a path.\nfn is_no_path() {}\n"
        files = {"core/src/a.rs": text, "tests/a.py": "# whoever\n", "a.toml": "# A key goes on.\n"}
        files |= {"a.md": "# Title\n- A pipe of its\n  own.\n", ".ci/run": "as_it_stands\n"}
        self.assertEqual(
            set(self.places(check.phrases_of_dialect, files)),
            {
                *(("core/src/a.rs", line) for line in (1, 3, 4, 6, 8, 10)),
                *((path, 1) for path in ("tests/a.py", "a.toml", ".ci/run")),
                ("a.md", 2),
            },
        )

    def test_lengths(self) -> None:
        """Sixty lines of a function are enough, and 350 of a file, in tests too."""
        longer = LONG.replace("{\n", "{\n    step();\n", 1)
        long = ["benches/src/a.rs", "core/tests/a/b.rs", "fuzz/fuzz_targets/c.rs", "small/d.rs"]
        files = {"core/src/a.rs": DOCS + LONG, "std-adapter/src/b.rs": longer}
        files |= dict.fromkeys([*long, "fuzz/target/e.rs"], longer)
        found = self.places(check.long_functions, files)
        self.assertEqual({path for path, _ in found}, {*long, "std-adapter/src/b.rs"})
        python = "def f():\n" + "    step()\n" * 59
        files = {"tests/a.py": python, "benches/b.py": python + "    step()\n"}
        self.assertEqual(self.places(check.long_functions, files), [("benches/b.py", 1)])
        files = {"core/src/a.rs": "//\n" * 350, "core/src/b.rs": "//\n" * 351}
        files |= dict.fromkeys([*long, *check.TABLES], "//\n" * 351)
        found = self.places(check.long_files, files)
        self.assertEqual({path for path, _ in found}, {*long, "core/src/b.rs"})

    def test_markdown(self) -> None:
        """Tables, code and the targets of links may be wide."""
        files = {"a/README.md": MARKDOWN, "target/README.md": MARKDOWN}
        self.assertEqual(self.places(check.wide_lines, files), [("a/README.md", 2)])

    def test_comments(self) -> None:
        """Comments wrap as Markdown does: their tables, code and links may be wide."""
        comment = "".join(f"/// {line}\n" for line in MARKDOWN.splitlines())
        files = {"core/src/a.rs": comment + f"let a = {WIDE!r};\n"}
        self.assertEqual(self.places(check.wide_comments, files), [("core/src/a.rs", 2)])

    def test_equal_lines(self) -> None:
        """Ten lines that stand twice are found once, whatever comments are between them."""
        files = {
            "core/src/a.rs": LINES,
            "std-adapter/src/b.rs": "fn f() {\n" + LINES.replace(";\n", ";\n\n    // why\n    "),
            "std-adapter/src/c.rs": LINES.replace("line9", "another"),
            "std-adapter/tests/d.rs": LINES,
        }
        self.assertEqual(self.places(check.equal_lines, files), [("std-adapter/src/b.rs", 2)])


if __name__ == "__main__":
    unittest.main()
