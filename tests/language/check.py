#!/usr/bin/env python3
"""Counts what makes code hard to read, and fails when there is more of it than `ratchet.toml` says.

    tests/language/check.py [--all] [--write]

Prints file and line of each place whose count has risen; `--all` prints every place. `--write`
writes the counts into `ratchet.toml`, which is how they are lowered. Raising one is a decision that
needs an argument.
"""

from __future__ import annotations

import argparse
import ast
import collections
import dataclasses
import pathlib
import re
import sys
import tomllib
from collections.abc import Callable, Iterator

FOLDER = pathlib.Path(__file__).resolve().parent
TREE = FOLDER.parents[1]
RATCHET = FOLDER / "ratchet.toml"
VERBS = frozenset((FOLDER / "verbs.txt").read_text().split())
SOURCES = ("core/src", "std-adapter/src", "example-app/src")
CODE = ("core", "std-adapter", "example-app", "benches", "fuzz", "small", "tests")
NOT_OURS = frozenset({"target", ".git", "node_modules", "corpus", "artifacts"})

MOST_LINES_OF_A_FUNCTION = 60
MOST_LINES_OF_A_FILE = 350
MOST_COLUMNS = 100
MOST_EQUAL_LINES = 9

COMMENT = re.compile(r"\s*//[/!]? (?P<text>.+)")
# Lines that can continue a comment of code or, the second, a paragraph of Markdown.
CONTINUED = (
    re.compile(r"\s*(?P<mark>//[/!]?|#) (?P<text>.+)"),
    re.compile(r"(?P<mark>)\s*(?![-*] |[|#>]|\d+\.|```)(?P<text>\S.*)"),
)
NAME = re.compile(r"\b[a-z]\w*_\w+")
# The kinds of files with words in them.
SUFFIXES = (".rs", ".py", ".md", ".toml", ".sh")
QUESTION = re.compile(r"(What|Whether|Where|Who|Whose|Which|Why|How)\b")
FUNCTION = re.compile(
    r'(?P<indent> *)(pub(\([^)]*\))? )?(default )?(const |async |unsafe |extern "[^"]*" )*'
    r"fn (?P<name>\w+)"
)
# Phrases of a dialect, each of which has a plain form: "its own pipe", "in place of", "again".
DIALECT = re.compile("|".join((FOLDER / "dialect.txt").read_text().splitlines()))
# Tests are named by a verb and its object.
CLAUSE = re.compile(
    r"(an?|the|no|any|every|each|all|other|another|it|they|of|if|in|as|with|without|one|two|both"
    r"|nothing|something)_"
)
# In prose and names: "is no path" for "is not a path", sentences with "What" first, "of its own".
DIALECT_OF_PROSE = re.compile(
    r"(?<![Tt]here )\b(?:is|are|was|were) no (?!longer|more|other|one\b|such|less|later|newer)"
    r"|[.:;] What [a-z]|\bof (?:its|their) own(?! [a-z])"
)
# Files that may be longer than others: tables, which are read by looking a row up.
TABLES = {
    "example-app/src/cli/table/rows.rs": "a row for each command",
    "example-app/src/s3a/table/rows.rs": "a row for each setting of S3A",
    "tests/servers/harness/fsshell_lines.py": "a line for each command that is compared",
}
# Pairs of files that may share lines, and why.
MAY_BE_EQUAL = {
    frozenset({"core/src/conversation/io/blocking.rs", "core/src/conversation/io/asynch.rs"}): (
        "the same driver with and without `async`; a test compares them"
    ),
}


@dataclasses.dataclass(frozen=True)
class Place:
    """Something counted: where it is, and what."""

    path: str
    line: int
    problem: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.problem}"


@dataclasses.dataclass(frozen=True)
class Function:
    """A function of Rust: its name, its first line (counted from 0), its length and its docs."""

    path: str
    line: int
    name: str
    length: int
    summary: str | None

    def place(self, problem: str) -> Place:
        """Returns the place of the function."""
        return Place(self.path, self.line + 1, problem)


def files(folders: tuple[str, ...], suffix: str) -> Iterator[tuple[str, list[str]]]:
    """Yields the path and the lines of each file below some folders of the tree."""
    for folder in folders:
        for path in sorted((TREE / folder).rglob(f"*{suffix}")):
            below = path.relative_to(TREE)
            if not NOT_OURS.intersection(below.parts) and path.is_file():
                yield below.as_posix(), path.read_text().splitlines()


def functions(folders: tuple[str, ...]) -> Iterator[Function]:
    """Yields the functions of the Rust files below some folders, as rustfmt lays them out."""
    for path, lines in files(folders, ".rs"):
        for number, line in enumerate(lines):
            if found := FUNCTION.match(line):
                length = length_of(lines, number, found["indent"])
                yield Function(path, number, found["name"], length, summary_above(lines, number))


def length_of(lines: list[str], first: int, indent: str) -> int:
    """Returns how many lines a function has, from its `fn` to its `}`, or `;` without a body."""
    for length, line in enumerate(lines[first:], 1):
        is_declared = line.startswith(indent + ")") and line.endswith(";")
        is_one_line = length == 1 and line.endswith(("}", ";"))
        if is_one_line or is_declared or line.startswith(indent + "}"):
            return length
    return len(lines) - first


def summary_above(lines: list[str], number: int) -> str | None:
    """Returns the first line of the docs that stand above a function, past its attributes."""
    number -= 1
    while number >= 0 and not re.match(r"\s*///|\s*$|\s*(//|\}|\{)", lines[number]):
        number -= 1
    summary = None
    while number >= 0 and (found := re.match(r"\s*/// ?(.*)", lines[number])):
        summary = found[1]
        number -= 1
    return summary


def documented() -> Iterator[Function]:
    """Yields the functions of the sources that have docs."""
    return (function for function in functions(SOURCES) if function.summary is not None)


def begins_with_a_verb(function: Function) -> bool:
    """Returns whether the summary begins with a verb in the third person."""
    return re.split(r"\W", function.summary or "", maxsplit=1)[0] in VERBS


def summaries_without_a_verb() -> Iterator[Place]:
    """Yields the documented functions whose summaries do not begin with a verb."""
    for function in documented():
        if not begins_with_a_verb(function):
            yield function.place(f"{function.name}: {function.summary}")


def comments_that_ask() -> Iterator[Place]:
    """Yields the paragraphs of comments that begin with What, Whether, Where and so on."""
    for path, lines in files(CODE, ".rs"):
        before = ""
        for number, line in enumerate(lines, 1):
            found = COMMENT.match(line)
            text = found["text"] if found else ""
            if not before and QUESTION.match(text):
                yield Place(path, number, text)
            before = text


def passages(path: str, lines: list[str]) -> list[tuple[int, str, bool]]:
    """Returns first line, text, and whether it is prose, of each comment, paragraph and line."""
    found_passages: list[tuple[int, str, bool]] = []
    is_document, opening = path.endswith(".md"), None
    for number, line in enumerate(lines, 1):
        found = CONTINUED[is_document].match(line)
        mark = found["mark"] if found else None
        first, text = number, found["text"] if found else line
        if mark is not None and mark == opening:
            first, before, _ = found_passages.pop()
            text = f"{before} {text}"
        found_passages.append((first, text, is_document or found is not None))
        opening = "" if is_document and line.strip() else mark
    return found_passages


def phrases_of_dialect() -> Iterator[Place]:
    """Yields passages of sources, tests, scripts and documents with a phrase of the dialect."""
    sources = (file for suffix in SUFFIXES for file in files(("",), suffix))
    for path, lines in [*sources, *files((".ci",), "")]:
        if path.startswith(("tests/language/", "tests/documents/check")):
            continue
        for number, text, is_prose in passages(path, lines):
            names = ". ".join([*NAME.findall(text), ""]).replace("_", " ")
            in_prose = DIALECT_OF_PROSE.search(f"{names}{text if is_prose else ''}")
            if found := DIALECT.search(text) or DIALECT.search(names) or in_prose:
                yield Place(path, number, found[0])


def names_that_ask() -> Iterator[Place]:
    """Yields functions and tests called `what_…` or `who_…`, those in Python included."""
    for path, lines in [*files(CODE, ".rs"), *files(CODE, ".py")]:
        for number, line in enumerate(lines, 1):
            if found := re.match(r"[^\"/#]*\b(?:fn|def) ((?:test_)?(?:what|who)_\w+)", line):
                yield Place(path, number, found[1])


def test_names_without_a_verb() -> Iterator[Place]:
    """Yields tests whose names are clauses: that begin with an article, a pronoun and the like."""
    for path, lines in files(CODE, ".rs"):
        is_test = False
        for number, line in enumerate(lines, 1):
            if found := FUNCTION.match(line):
                if is_test and CLAUSE.match(found["name"]):
                    yield Place(path, number, found["name"])
                is_test = False
            is_test |= bool(re.match(r"\s*#\[(tokio::)?test\b", line))


def python_functions() -> Iterator[Place]:
    """Yields the functions of Python that are too long."""
    for path, lines in files(CODE, ".py"):
        for node in ast.walk(ast.parse("\n".join(lines))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > MOST_LINES_OF_A_FUNCTION:
                    yield Place(path, node.lineno, f"{node.name} has {length} lines")


def long_functions() -> Iterator[Place]:
    """Yields functions that are too long, those of tests and of Python included."""
    for function in functions(CODE):
        if function.length > MOST_LINES_OF_A_FUNCTION:
            yield function.place(f"{function.name} has {function.length} lines")
    yield from python_functions()


def wide_comments() -> Iterator[Place]:
    """Yields lines of comments that are too wide, except for tables, code, and links."""
    for path, lines in files(CODE, ".rs"):
        is_code = False
        for number, line in enumerate(lines, 1):
            found = re.match(r"\s*//[/!]? ?(.*)", line)
            text = found[1] if found else ""
            is_fence = text.startswith(("```", "~~~"))
            is_code = bool(found) and is_code ^ is_fence
            without_targets = re.sub(r"\]\([^)]*\)|<?https?://\S+|\[[^]]*\]: .*", "]", line)
            is_exempt = not found or is_code or is_fence or text.startswith("|")
            if len(without_targets) > MOST_COLUMNS and not is_exempt:
                yield Place(path, number, f"{len(line)} columns")


def long_files() -> Iterator[Place]:
    """Yields files that are too long, those of tests included, except for tables."""
    for path, lines in [*files(CODE, ".rs"), *files(CODE, ".py")]:
        if len(lines) > MOST_LINES_OF_A_FILE and path not in TABLES:
            yield Place(path, 1, f"{len(lines)} lines")


def wide_lines() -> Iterator[Place]:
    """Yields lines of Markdown that are too wide, except for tables, code, and links."""
    for path, lines in files(("",), ".md"):
        is_code = False
        for number, line in enumerate(lines, 1):
            if re.match(r"\s*(```|~~~)", line):
                is_code = not is_code
            is_table = line.lstrip().startswith("|")
            without_targets = re.sub(r"\]\([^)]*\)|<?https?://\S+|^\[[^]]*\]: .*", "]", line)
            if len(without_targets) > MOST_COLUMNS and not is_code and not is_table:
                yield Place(path, number, f"{len(line)} columns")


def equal_lines() -> Iterator[Place]:
    """Yields runs of lines that stand twice, except for comments and blank lines."""
    seen: dict[tuple[str, ...], tuple[str, int]] = {}
    covered: dict[str, int] = collections.defaultdict(int)
    for path, lines in files(CODE, ".rs"):
        if "src" not in path.split("/"):
            continue
        code = [(n, text.strip()) for n, text in enumerate(lines, 1)]
        code = [(n, text) for n, text in code if text and not text.startswith("//")]
        for start in range(len(code) - MOST_EQUAL_LINES):
            run = code[start : start + MOST_EQUAL_LINES + 1]
            key = tuple(text for _, text in run)
            first = seen.setdefault(key, (path, run[0][0]))
            is_new = first != (path, run[0][0]) and run[0][0] > covered[path]
            if is_new and frozenset({path, first[0]}) not in MAY_BE_EQUAL:
                covered[path] = run[-1][0]
                yield Place(path, run[0][0], f"as {first[0]}:{first[1]}: {key[0]}")


COUNTS: dict[str, Callable[[], Iterator[Place]]] = {
    "comments_that_ask": comments_that_ask,
    "names_that_ask": names_that_ask,
    "test_names_without_a_verb": test_names_without_a_verb,
    "phrases_of_dialect": phrases_of_dialect,
    "long_functions": long_functions,
    "long_files": long_files,
    "wide_lines_of_markdown": wide_lines,
    "wide_comments": wide_comments,
    "equal_runs_of_lines": equal_lines,
}
SHARE = "percent_of_summaries_with_a_verb"


def percent_with_a_verb() -> int:
    """Returns the share of documented functions whose summaries begin with a verb."""
    found = [begins_with_a_verb(function) for function in documented()]
    return 100 * sum(found) // len(found)


def write(counts: dict[str, int]) -> None:
    """Writes the counts into the ratchet."""
    lines = ["# Written by check.py --write: no count may rise, and the share may not fall."]
    lines += [f"{name} = {count}" for name, count in counts.items()]
    RATCHET.write_text("\n".join(lines) + "\n")


def main() -> int:
    """Prints what has become worse; returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--all", action="store_true", help="print every place that is counted")
    parser.add_argument("--write", action="store_true", help="write the counts into ratchet.toml")
    options = parser.parse_args()
    allowed = tomllib.loads(RATCHET.read_text()) if RATCHET.exists() else {}
    percent = percent_with_a_verb()
    counts, failed = {SHARE: percent}, percent < allowed.get(SHARE, 0)
    places = list(summaries_without_a_verb()) if options.all or failed else []
    print(*places, sep="\n", end="\n" if places else "")
    print(f"{SHARE}: {percent}, at least {allowed.get(SHARE, 0)}")
    for name, count in COUNTS.items():
        places, most = list(count()), allowed.get(name, 0)
        counts[name] = len(places)
        if options.all or len(places) > most:
            print(*(f"{place} [{name}]" for place in places), sep="\n")
        failed |= len(places) > most
        print(f"{name}: {len(places)}, at most {most}")
    if options.write:
        write(counts)
        return 0
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
