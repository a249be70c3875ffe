#!/usr/bin/env python3
"""Tests that check.py finds what contradicts or breaks, and nothing else."""

from __future__ import annotations

import pathlib
import tempfile
import unittest

import check

BENCHMARKS = """# Benchmarks

| | limit | rolesig | aws-sigv4 |
|---|---|---|---|
| R1: S3 `PutObject`, 850-byte session token | 941 ns | 1,418 ns | 6,342 ns |
| R2: DynamoDB `PutItem`, 300-byte body | 979 ns | 1,331 ns | 5,606 ns |

| client | 1 GiB: CPU s / MiB | 2,000 × 16 KiB: CPU s / MiB |
|---|---|---|
| rolefs | 1.43 / 9 | 0.26 / 7 |
| aws-cli | 2.90 / 92 | 8.21 / 77 |

The program file has 4,051,424 bytes.

| | `thumbv7em-none-eabihf` | `thumbv6m-none-eabi` |
|---|---|---|
| signs by header | 13,214 / 3,020 | 13,314 / 3,092 |

AWS's C library signs on a Cortex-M4 with 8,040 bytes of flash and 3,352 bytes of stack.
"""
README = """The program has 4 MB.

| | rolesig | compared with |
|---|---|---|
| sign an S3 `PutObject`, 850-byte token | 1,418 ns | 6,342 ns (aws-sigv4), 941 ns (SHA-256 alone) |
| put a file of 1 GiB, CPU / memory | 1.43 s / 9 MiB | 2.90 s / 92 MiB (aws-cli) |
| sign on a Cortex-M4, flash / stack | 13,214 B / 3,020 B | 8,040 B / 3,352 B (AWS's C library) |
"""
# Each is wrong in one place: another figure, or the figure of another row, column or program.
CONTRADICTIONS = [
    ("1,418 ns", "1,419 ns", 5),
    ("1,418 ns", "1,331 ns", 5),
    ("1,418 ns", "6,342 ns", 5),
    ("941 ns", "979 ns", 5),
    ("1.43 s / 9 MiB", "0.26 s / 7 MiB", 6),
    ("1.43 s / 9 MiB", "2.90 s / 92 MiB", 6),
    ("(aws-cli)", "(rclone)", 6),
    ("13,214 B", "13,314 B", 7),
    ("8,040 B", "8,041 B", 7),
    ("4 MB", "5 MB", 1),
]


class Figures(unittest.TestCase):
    """The figures of a README, beside those of BENCHMARKS.md."""

    def lines(self, readme: str) -> list[int]:
        """Returns the lines of the README that contradict."""
        found = [*check.contradictions(readme, BENCHMARKS), *check.wrong_sizes(readme, BENCHMARKS)]
        return [number for number, _ in found]

    def test_equal_figures(self) -> None:
        """What is the same is no contradiction."""
        self.assertEqual(self.lines(README), [])

    def test_contradictions(self) -> None:
        """A figure must be that of the same thing, not only one that occurs."""
        for right, wrong, line in CONTRADICTIONS:
            with self.subTest(wrong):
                self.assertIn(right, README)
                self.assertEqual(self.lines(README.replace(right, wrong)), [line])

    def test_other_tables(self) -> None:
        """Tables without measurements have no figures to compare."""
        self.assertEqual(self.lines("| code | meaning |\n|---|---|\n| 1 | failed 7 |\n"), [])


class Links(unittest.TestCase):
    """Relative links and their anchors."""

    def test_broken_links(self) -> None:
        """A file or a heading that does not exist is found; code and the web are not looked at."""
        with tempfile.TemporaryDirectory() as name:
            path = pathlib.Path(name) / "a.md"
            text = "# One thing\n[a](a.md#one-thing) [b](b.md)\n[c](#two) `[d](d)` [e](http://e)\n"
            path.write_text(text)
            found = [number for number, _ in check.broken_links(path, text)]
        self.assertEqual(found, [2, 3])

    def test_missing_sources(self) -> None:
        """A source file is named by its path or its end; placeholders are no files."""
        text = "`src/a.rs` `a.rs`\n`src/NAME.rs`\n`b.rs`\n`hostname.rs`\n"
        found = [number for number, _ in check.missing_sources(text, ["core/src/a.rs"])]
        self.assertEqual(found, [3, 4])


class Promises(unittest.TestCase):
    """The table of promises."""

    HEAD = "| who | what | tests that show it | figure |\n|---|---|---|---|\n"

    def wrong(self, row: str) -> list[str]:
        """Returns what is wrong with a row, beside a file with one test."""
        with tempfile.TemporaryDirectory() as folder:
            tree = pathlib.Path(folder)
            (tree / "a.rs").write_text("const MOST: usize = 1_000;\nfn refuses_more() {}\n")
            return [what for _, what in check.unproven_promises(self.HEAD + row, tree)]

    def test_proven(self) -> None:
        self.assertEqual(self.wrong("| S3 | ends | [`refuses_more`](a.rs) | 1,000 |\n"), [])

    def test_unproven(self) -> None:
        for row, expected in (
            ("| S3 | ends | | |", "a promise without a test"),
            ("| S3 | ends | [`refuses`](a.rs) | |", "there is no test refuses in a.rs"),
            ("| S3 | ends | [`refuses_more`](b.rs) | |", "there is no test refuses_more in b.rs"),
            ("| S3 | ends | [`refuses_more`](a.rs) | 100 |", "no file of this row has the figure"),
        ):
            (found,) = self.wrong(row + "\n")
            self.assertTrue(found.startswith(expected), found)


class Design(unittest.TestCase):
    """The entries of DESIGN.md."""

    def test_half_entries(self) -> None:
        """An entry states decision, reason and what was rejected."""
        whole = "### A\n\n**Decision**: a. **Reason**: b. **Rejected**: c.\n"
        half = "### B\n\n**Decision**: a.\n"
        facts = "### C\n\nA fact.\n"
        self.assertEqual(list(check.half_entries("## Part\n\nText.\n" + whole)), [])
        self.assertEqual([number for number, _ in check.half_entries(whole + half)], [4])
        self.assertEqual([number for number, _ in check.half_entries(whole + facts)], [4])

    def test_unlisted_headings(self) -> None:
        """Each heading is in the table of contents."""
        text = "# T\n- [A](#a)\n\n## A\n## B\n"
        self.assertEqual([number for number, _ in check.unlisted_headings(text)], [5])


if __name__ == "__main__":
    unittest.main()
