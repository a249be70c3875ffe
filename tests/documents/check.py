#!/usr/bin/env python3
"""Checks the project's Markdown.

    check.py                checks
    check.py --messages     lists the messages of the packages that troubleshooting.md lacks

Checks that

- lines wrap at 100 columns, and no sentence is longer than 40 words
- relative links, their anchors and the source files that are named exist
- no table is cut in two
- DESIGN.md lists all its entries, and each states a decision, its reason and what was rejected
- the README is short, and no README contradicts BENCHMARKS.md
- each message in docs/troubleshooting.md exists in the source
- each test that SECURITY.md names exists, and a file of its row has the figures of that row

Prints what is wrong, and exits with 1 if anything is.
"""

from __future__ import annotations

import dataclasses
import pathlib
import re
import subprocess
import sys
from collections.abc import Iterator

TREE = pathlib.Path(__file__).resolve().parents[2]
COLUMNS, WORDS, README_LINES = 100, 40, 150
FENCE = re.compile(r"^\s*(```|~~~)")
LIST_ITEM = re.compile(r"^\s*([-*]|\d+\.) ")
LINK = re.compile(r"\]\(([^()\s]+)\)")
SENTENCE_END = re.compile(r"[.!?]+[)\"'`*]*(?=\s|$)")
DIALECT = re.compile(
    "|".join((TREE / "tests/language/dialect.txt").read_text().splitlines()), re.IGNORECASE
)
FIGURE = re.compile(r"\d[\d,.]*\d|\d")
# As sources write them.
NUMBER = re.compile(r"\b\d[\d_]*")
# The words of a subject by which its measurement is found.
SUBJECT = re.compile(r"`[^`]+`|\d+-byte|\d+ [KMG]iB|Cortex-M4")
# Names of the README, and those of the same thing in BENCHMARKS.md.
ALIASES = {
    "Cortex-M4": ["Cortex-M4", "thumbv7em-none-eabihf"],
    "SHA-256 alone": ["limit"],
    "rolesig": ["rolesig", "rolefs", "signs by header", "for size, compact"],
}


def listed(*patterns: str) -> list[str]:
    """Returns the paths of files under version control, as seen from the root."""
    command = ["git", "-C", TREE, "ls-files", "-co", "--exclude-standard", *patterns]
    return subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True
    ).stdout.splitlines()


def documents() -> list[pathlib.Path]:
    """Returns the Markdown files under version control."""
    return [TREE / path for path in listed("*.md") if (TREE / path).is_file()]


def prose(text: str) -> Iterator[tuple[int, str]]:
    """Yields each line outside fenced code, with its number; lines of code are empty."""
    in_code = False
    for number, line in enumerate(text.splitlines(), 1):
        fence = FENCE.match(line)
        yield number, "" if in_code or fence else line
        in_code ^= bool(fence)


def paragraphs(text: str) -> Iterator[tuple[int, str]]:
    """Yields each paragraph and list item as one line, with the number of its first line."""
    first, lines = 0, []
    for number, line in [*prose(text), (0, "")]:
        ends = not line.strip() or line.startswith(("|", "#", "<!--")) or LIST_ITEM.match(line)
        if ends and lines:
            yield first, " ".join(lines)
            lines = []
        if line.strip() and not line.startswith(("|", "#", "<!--")):
            first = first if lines else number
            lines.append(LIST_ITEM.sub("", line).strip())


def long_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yields the lines that should wrap; tables and single words may be wider."""
    for number, line in enumerate(text.splitlines(), 1):
        if (
            len(line) > COLUMNS
            and not line.startswith(("|", "<!--"))
            and " " in line[:COLUMNS].strip()
        ):
            yield number, f"{len(line)} columns"


def long_sentences(text: str) -> Iterator[tuple[int, str]]:
    """Yields the sentences with too many words."""
    cells = (
        (number, cell)
        for number, line in prose(text)
        if line.startswith("|")
        for cell in re.split(r"(?<!\\)\|", line)
    )
    for number, paragraph in [*paragraphs(text), *cells]:
        plain = LINK.sub("]", re.sub(r"`[^`]*`", "code", paragraph))
        for sentence in SENTENCE_END.split(plain):
            words = len(re.findall(r"[\w'’-]+", sentence))
            if words > WORDS:
                yield number, f"{words} words in one sentence: {' '.join(sentence.split()[:6])} …"


def dialect(text: str) -> Iterator[tuple[int, str]]:
    """Yields turns of phrase that the project does not use."""
    for number, line in prose(text):
        for found in DIALECT.finditer(re.sub(r"`[^`]*`", "", line)):
            yield number, f"write it in plain English: {found[0]!r}"


def anchors(path: pathlib.Path) -> set[str]:
    """Returns the anchors that GitHub gives to the headings of a file."""
    headings = (
        line.lstrip("#").strip() for _, line in prose(path.read_text()) if line.startswith("#")
    )
    return {anchor_of(heading) for heading in headings}


def anchor_of(heading: str) -> str:
    """Returns the anchor that GitHub gives to a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lstrip("# ").lower()).strip().replace(" ", "-")


def broken_links(path: pathlib.Path, text: str) -> Iterator[tuple[int, str]]:
    """Yields the relative links whose file or anchor does not exist."""
    for number, line in prose(text):
        for target in LINK.findall(re.sub(r"`[^`]*`", "", line)):
            if re.match(r"[a-z]+:", target):
                continue
            name, _, anchor = target.partition("#")
            file = (path.parent / name).resolve() if name else path
            if not file.exists():
                yield number, f"there is no {target}"
            elif anchor and file.suffix == ".md" and anchor not in anchors(file):
                yield number, f"there is no heading #{anchor} in {file.name}"


def missing_sources(text: str, known: list[str]) -> Iterator[tuple[int, str]]:
    """Yields the source files that a document names and no file is; `NAME.rs` stands for any."""
    for number, line in prose(text):
        for name in re.findall(r"`([\w./-]+\.(?:rs|py|sh))`", line):
            if pathlib.PurePath(name).name.lower() != "name.rs" and not any(
                f"/{k}".endswith(f"/{name}") for k in known
            ):
                yield number, f"there is no file {name}"


def split_tables(text: str) -> Iterator[tuple[int, str]]:
    """Yields the rows that a blank line cuts off from their table: they are displayed as text."""
    lines = [line for _, line in prose(text)]
    for number, line in enumerate(lines, 1):
        is_first = line.startswith("|") and (number == 1 or not lines[number - 2].startswith("|"))
        if is_first and not re.match(r"\|[\s:|-]+\|$", "".join(lines[number : number + 1])):
            yield number, "a row of a table without its head: is there a blank line above it?"


def unlisted_headings(text: str) -> Iterator[tuple[int, str]]:
    """Yields the headings that the table of contents does not link to."""
    listed = set(re.findall(r"\]\(#([^()\s]+)\)", text))
    for number, line in prose(text):
        if re.match(r"##+ ", line) and anchor_of(line) not in listed:
            yield number, f"the table of contents lacks {line.lstrip('# ')!r}"


def half_entries(text: str) -> Iterator[tuple[int, str]]:
    """Yields the entries that do not state a decision, its reason and what was rejected."""
    number = 1
    for entry in re.split(r"(?m)^(?=##+ )", text):
        stated = [name for name in ("Decision", "Reason", "Rejected") if f"**{name}**" in entry]
        if entry.startswith("### ") and len(stated) < 3:
            yield number, f"states only {' and '.join(stated) or 'facts'}"
        number += entry.count("\n")


@dataclasses.dataclass(frozen=True)
class Measurement:
    """A row of a table of BENCHMARKS.md with the table's head, or a paragraph as the only cell."""

    head: list[str]
    cells: list[str]

    def confirms(self, figures: list[str], subject: set[str], names: list[str]) -> bool:
        """Returns whether the row has these figures of a subject, for one of these names."""
        whole = " ".join([*self.head, *self.cells]).lower()
        if not all(any(alias in whole for alias in aliases(word)) for word in subject):
            return False
        of_name = [i for i, head in enumerate(self.head) if head.lower() in names]
        if not of_name and not any(name in self.cells[0].lower() for name in names):
            return False
        columns = of_name or [
            i
            for i, head in enumerate(self.head)
            if any(alias in head.lower() for word in subject for alias in aliases(word))
        ]
        cells = [self.cells[i] for i in columns if i < len(self.cells)] if columns else self.cells
        return set(figures) <= set(FIGURE.findall(" ".join(cells)))


def aliases(name: str) -> list[str]:
    """Returns the names that BENCHMARKS.md has for a name of the README, in lower case."""
    return [alias.lower() for alias in ALIASES.get(name, [name])]


def rows(text: str) -> Iterator[tuple[int, list[str], list[str]]]:
    """Yields the rows of tables below their heads: the line's number, the head, and the cells."""
    head: list[str] = []
    for number, line in prose(text):
        cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
        if not line.startswith("|"):
            head = []
        elif not head:
            head = cells
        elif not re.fullmatch(r"[\s:|-]+", line):
            yield number, head, cells


def measurements(text: str) -> list[Measurement]:
    """Returns the rows and paragraphs of BENCHMARKS.md."""
    in_tables = [Measurement(head, cells) for _, head, cells in rows(text)]
    return in_tables + [Measurement([], [paragraph]) for _, paragraph in paragraphs(text)]


def contradictions(readme: str, benchmarks: str) -> Iterator[tuple[int, str]]:
    """Yields the figures in a README's tables that BENCHMARKS.md does not have for the same thing.

    The first cell of a row is the subject. Each further cell has figures, and names in brackets
    whose they are; without a name they are those of the column. Other tables have no `rolesig`.
    """
    known = measurements(benchmarks)
    for number, head, cells in rows(readme):
        if "rolesig" not in head:
            continue
        subject = set(re.findall(SUBJECT, cells[0]))
        for column, cell in zip(head[1:], cells[1:], strict=False):
            for text, name in re.findall(r"([^()]*\d[^()]*)(?:\(([^()]*)\))?", cell):
                figures, names = FIGURE.findall(text), aliases(name or column)
                if not any(row.confirms(figures, subject, names) for row in known):
                    yield number, f"BENCHMARKS.md has not {text.strip(' ,')} for {name or column}"


def wrong_sizes(readme: str, benchmarks: str) -> Iterator[tuple[int, str]]:
    """Yields the sizes in megabytes to which no length of a program in BENCHMARKS.md rounds."""
    lengths = [
        int(length.replace(",", "")) for length in FIGURE.findall(benchmarks.replace(".", " "))
    ]
    for number, line in prose(readme):
        for size in re.findall(r"\b(\d+) MB\b", line):
            if not any(round(length / 1e6) == int(size) for length in lengths):
                yield number, f"BENCHMARKS.md has no program of {size} MB"


def sources() -> str:
    """Returns the source text of the three packages, with split string literals joined."""
    folders = ["core/src", "std-adapter/src", "example-app/src"]
    text = "\n".join(p.read_text() for folder in folders for p in (TREE / folder).rglob("*.rs"))
    return re.sub(r"\\\n\s*", "", text).replace('\\"', '"').replace("{{", "{").replace("}}", "}")


def unknown_messages(text: str) -> Iterator[tuple[int, str]]:
    """Yields the quoted messages whose fixed parts are not in the source."""
    source = sources()
    for number, line in prose(text):
        if line.startswith("| `"):
            message = line.split("`")[1]
            for part in re.split(r"\s*…\s*|[A-Z_]*<[^<>]+>", message):
                if len(part) > 3 and part.strip() not in source:
                    yield number, f"no source has the message {part.strip()!r}"


def unproven_promises(text: str, tree: pathlib.Path = TREE) -> Iterator[tuple[int, str]]:
    """Yields promises without a test, tests that do not exist, and figures that no file has."""
    for number, head, cells in rows(text):
        if head[-2:] != ["tests that show it", "figure"]:
            continue
        named = re.findall(r"\[([^\[\]]+)\]\(([^()\s]+)\)", cells[2])
        files = {path: (tree / path).read_text() for _, path in named if (tree / path).is_file()}
        tests = [(name.strip("`"), path) for name, path in named if name.startswith("`")]
        if not tests:
            yield number, "a promise without a test"
        for name, path in tests:
            if not re.search(rf"\b(?:fn|def) {name}\(", files.get(path, "")):
                yield number, f"there is no test {name} in {path}"
        known = {
            found.replace("_", "") for text in files.values() for found in NUMBER.findall(text)
        }
        for figure in FIGURE.findall(cells[3]):
            if figure.replace(",", "") not in known:
                yield number, f"no file of this row has the figure {figure}"


def complaints() -> Iterator[str]:
    """Yields all that is wrong."""
    files = listed("*.rs", "*.py", "*.sh")
    for path in documents():
        text, name = path.read_text(), path.relative_to(TREE)
        found = [*long_lines(text), *broken_links(path, text), *split_tables(text)]
        if name.name not in ("CHANGELOG.md", "cases.md"):
            found += missing_sources(text, files)
        if name == pathlib.Path("DESIGN.md"):
            found += [*unlisted_headings(text), *half_entries(text)]
        if name != pathlib.Path("tests/field/cases.md"):
            found += [*long_sentences(text), *dialect(text)]
        if name == pathlib.Path("SECURITY.md"):
            found += unproven_promises(text)
            if not any("figure" in head for _, head, _ in rows(text)):
                found += [(1, "no table has a column `figure`")]
        if name == pathlib.Path("docs/troubleshooting.md"):
            found += unknown_messages(text)
        if name.name == "README.md" and name.parts[0] != "tests":
            benchmarks = (TREE / "BENCHMARKS.md").read_text()
            found += [*contradictions(text, benchmarks), *wrong_sizes(text, benchmarks)]
        if name == pathlib.Path("README.md"):
            lines = text.count("\n")
            if not any("rolesig" in head for _, head, _ in rows(text)):
                found += [(1, "no table has a column `rolesig`, whose figures are compared")]
            found += [(lines, f"more than {README_LINES} lines")] if lines > README_LINES else []
        yield from (f"{name}:{number}: {what}" for number, what in found)


def undescribed_messages() -> Iterator[str]:
    """Yields the messages of errors whose longest fixed part is not in docs/troubleshooting.md."""
    known = (TREE / "docs/troubleshooting.md").read_text()
    for message in re.findall(r'#\[error\(\s*"([^\n]*?)"[,)]', sources()):
        part = max((part.strip(" :;,`'()") for part in re.split(r"\{[^{}]*\}", message)), key=len)
        if len(part) > 8 and part not in known:
            yield message


def main() -> int:
    """Returns the exit status."""
    if "--messages" in sys.argv:
        print("\n".join(undescribed_messages()))
        return 0
    found = list(complaints())
    print("\n".join(found) or f"{len(documents())} documents")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
