#!/usr/bin/env python3
"""Checks the project's Markdown.

    check.py                checks
    check.py --messages     lists the messages of the packages that troubleshooting.md lacks

Checks that lines wrap at 100 columns, that no sentence is longer than 40 words, that relative links
and their anchors exist, that no table is cut in two, that DESIGN.md lists all its entries, that the
README is short and its figures stand in BENCHMARKS.md, and that each message in
docs/troubleshooting.md exists in the source. Prints what is wrong, and exits with 1
if anything is.
"""

from __future__ import annotations

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
    r"\b(is none|are none|as good as|in vain|anew|of one's own|is no more than|lets be|thereby"
    r"|whoever|what is more|oftener|goes before|go before|nothing of|wants? to be told)\b",
    re.IGNORECASE,
)


def documents() -> list[pathlib.Path]:
    """Returns the Markdown files under version control."""
    command = ["git", "-C", TREE, "ls-files", "-co", "--exclude-standard", "*.md"]
    listed = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [TREE / line for line in listed.splitlines() if (TREE / line).is_file()]


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
    """Yields the entries that state a decision without its reason and what was rejected."""
    number = 1
    for entry in re.split(r"(?m)^(?=##+ )", text):
        stated = [name for name in ("Decision", "Reason", "Rejected") if f"**{name}**" in entry]
        if 0 < len(stated) < 3:
            yield number, f"states only {' and '.join(stated)}"
        number += entry.count("\n")


def unknown_figures() -> Iterator[tuple[int, str]]:
    """Yields the figures of the README's tables that are not in BENCHMARKS.md."""
    known = (TREE / "BENCHMARKS.md").read_text()
    for number, line in prose((TREE / "README.md").read_text()):
        if line.startswith("|"):
            for figure in re.findall(r"\d[\d,.]*\d|\d", re.sub(r"\([^()]*\)|`[^`]*`", "", line)):
                if not re.search(rf"(?<![\d.,]){re.escape(figure)}(?![\d.,]*\d)", known):
                    yield number, f"{figure} is not in BENCHMARKS.md"


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


def complaints() -> Iterator[str]:
    """Yields all that is wrong."""
    for path in documents():
        text, name = path.read_text(), path.relative_to(TREE)
        found = [*long_lines(text), *broken_links(path, text), *split_tables(text)]
        if name == pathlib.Path("DESIGN.md"):
            found += [*unlisted_headings(text), *half_entries(text)]
        if name != pathlib.Path("tests/field/cases.md"):
            found += [*long_sentences(text), *dialect(text)]
        if name == pathlib.Path("docs/troubleshooting.md"):
            found += unknown_messages(text)
        if name == pathlib.Path("README.md"):
            found += unknown_figures()
            lines = text.count("\n")
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
