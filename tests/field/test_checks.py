"""Tests of check.py and run.py themselves: `python3 -m unittest discover -s tests/field`."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import cases
import check

HERE = pathlib.Path(__file__).resolve().parent
CASE = '[[case]]\nname = "n"\nsource = "o/r#1"\nrun = "true"\n'


class Files(unittest.TestCase):
    """The files of command_lines."""

    def read(self, *texts: str) -> cases.Cases:
        """The cases of files with these texts."""
        with tempfile.TemporaryDirectory() as folder:
            for number, text in enumerate(texts):
                (pathlib.Path(folder) / f"f{number}.toml").write_text(text)
            return cases.read(pathlib.Path(folder))

    def test_reads_a_case(self) -> None:
        read = self.read(CASE, CASE + "exit = 1\n")
        self.assertEqual(read.wrong, [])
        self.assertEqual(
            list(read.by_name), ["command_lines/f0.toml::n", "command_lines/f1.toml::n"]
        )
        self.assertEqual([case.exit for case in read.by_name.values()], [0, 1])

    def test_names_each_mistake(self) -> None:
        for text, expected in [
            ("", "there is no table [[case]]"),
            ("[case]\nname = 'n'\n", "there is no table [[case]]"),
            ("case = 1\n", "there is no table [[case]]"),
            ("case = [1]\n", "it is 1, not a table"),
            ("[[case]\n", "f0.toml: "),
            (CASE + "[[cases]]\nname = 'm'\n", "'cases' beside"),
            ("x = 1\n" + CASE, "'x' beside"),
            (CASE + CASE, "'n': another case has this name"),
            (CASE + "stdot = ''\n", "no field 'stdot'"),
            (CASE.replace("run", "runs"), "run is missing"),
            (CASE.replace('"true"', '" "'), "run is empty"),
            (CASE.replace('"n"', "7"), "name is 7, not a string"),
            (CASE + "exit = true\n", "exit is True, not a whole number"),
            (CASE + "exit = '1'\n", "exit is '1', not a whole number"),
            (CASE + "keys = 1\n", "keys is 1, not true or false"),
            (CASE + "prints = 'x'\n", "prints is 'x', not a list of strings"),
            (CASE + "asked = [1]\n", "asked is [1], not a list of strings"),
            (CASE + "env = { A = 1 }\n", "env is {'A': 1}, not a table of strings"),
            (CASE + "holds = []\n", "holds is [], not a table of strings"),
            (CASE + "open = true\n", "open is True, not a string"),
            (CASE + "responses = [{ status = 200 }]\n", "a response: to is missing"),
            (
                CASE + "responses = [{ to = 'x', state = 1 }]\n",
                "a response: there is no field 'state'",
            ),
            (CASE + "responses = [{ to = 'x', status = '1' }]\n", "a response: status is '1'"),
            (CASE + "responses = [{ to = '(' }]\n", "a response: to is no regular expression"),
            (CASE + "responses = { to = 'x' }\n", "responses is {'to': 'x'}, not a list of tables"),
        ]:
            wrong = self.read(text).wrong
            self.assertIn(expected, "\n".join(wrong), text)


class Table(unittest.TestCase):
    """The rows of cases.md."""

    def complaints(self, *rows: str, text: str = CASE) -> str:
        """Returns the complaints about these rows."""
        known = cases.Cases()
        name, source, run = "n", "o/r#1", "true"
        known.by_name["command_lines/f.toml::n"] = cases.Case(
            name, source, run, open="later" if "open" in text else ""
        )
        return "\n".join(check.complaints("\n".join(rows), known))

    def row(
        self, result: str = "fixed", test: str = "command_lines/f.toml::n", source: str = "o/r#1"
    ) -> str:
        """A row."""
        return f"| {source} | case | right | {result} | {test} |"

    def test_accepts_a_row(self) -> None:
        self.assertEqual(self.complaints(self.row()), "")
        self.assertEqual(self.complaints(self.row("open"), text="open"), "")

    def test_compares_what_is_open(self) -> None:
        self.assertIn("but no test of it is", self.complaints(self.row("open")))
        self.assertIn(
            "'command_lines/f.toml::n' is open", self.complaints(self.row("fixed"), text="open")
        )
        other = self.row("open", "no test: there is nothing that could be tried here", "o/r#2")
        self.assertEqual(self.complaints(self.row(), other), "")

    def test_names_rows_that_are_missing_or_there_twice(self) -> None:
        self.assertIn("has no row", self.complaints())
        self.assertIn("has 2 rows", self.complaints(self.row(), self.row("right as it was")))
        none = self.row("fixed", "no test: there is nothing that could be tried here", "o/r#2")
        self.assertIn("'case' is there 2 times", self.complaints(self.row(), none, none))

    def test_names_what_is_wrong_with_a_row(self) -> None:
        for row, expected in [
            (self.row(source="o/r#2"), "in command_lines"),
            (self.row(result="done"), "the result 'done'"),
            (self.row(source="somewhere"), "the source 'somewhere'"),
            (self.row(test="command_lines/f.toml::m"), "there is no test"),
            ("| o/r#1 | case |", "2 cells"),
        ]:
            self.assertIn(expected, self.complaints(row))


class Programs(unittest.TestCase):
    """Runs that are impossible end with one line and 2."""

    def errors(self, *arguments: str) -> str:
        """Returns the errors that run.py prints."""
        command = [sys.executable, str(HERE / "run.py"), *arguments]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        self.assertEqual(done.returncode, 2, done)
        self.assertNotIn("Traceback", done.stderr)
        return done.stderr

    def test_names_the_program_that_is_wrong(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            rolefs, other = (os.path.join(folder, name) for name in ("rolefs", "other"))
            sandbox, plain = (os.path.join(folder, name) for name in ("sandbox", "plain"))
            for path in (rolefs, other, sandbox):
                pathlib.Path(path).write_text("#!/bin/sh\necho hello\n")
                os.chmod(path, 0o755)
            pathlib.Path(plain).write_text("")
            self.assertIn("is not a program", self.errors("/nonexistent/rolefs", sandbox))
            self.assertIn("is not a program", self.errors(plain, sandbox))
            self.assertIn("must be called 'rolefs'", self.errors(other, sandbox))
            self.assertIn("is not a program", self.errors(rolefs, "/nonexistent/sandbox"))
            self.assertIn(
                "no case has 'nothing like it'",
                self.errors(rolefs, sandbox, "--only", "nothing like it"),
            )
            self.assertIn("does not print two URLs", self.errors(rolefs, sandbox))


if __name__ == "__main__":
    unittest.main()
