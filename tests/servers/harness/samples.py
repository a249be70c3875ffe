"""Local files whose content depends only on their names, and their digests."""

from __future__ import annotations

import hashlib
import pathlib
import random
import unicodedata

MIB = 1024 * 1024

# Names that some client has stored under another name: decoded twice, not at all, as a space,
# normalized, left out as hidden.
ODD_NAMES = (
    "a b.txt",
    " lead and trail ",
    "two  spaces",
    "a+b",
    "a b+c",
    "100%",
    "%41",
    "%2F",
    "%2B+ %20",
    unicodedata.normalize("NFC", "ünïcode"),
    unicodedata.normalize("NFD", "ünïcode"),
    "日本語",
    "🗻.png",
    "~",
    "a~b",
    "!'()*",
    "&=?#;@,$",
    "[a-z]",
    "{a,b}",
    ".hidden",
    "..two dots",
    "_SUCCESS",
    "-f",
    "part-00000",
)
ODD_FOLDERS = ("a b+c", "%2F", unicodedata.normalize("NFC", "ünïcode"), ".hidden", "100%", "[a-z]")


def write(path: pathlib.Path, size: int) -> None:
    """Writes a file of this size, a MiB at a time."""
    chance = random.Random(f"{path.name} {size}")
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        for at in range(0, size, MIB):
            file.write(chance.randbytes(min(MIB, size - at)))


def write_odd_tree(folder: pathlib.Path) -> None:
    """Writes each odd name as a file, and a file below directories with odd names."""
    for number, name in enumerate(ODD_NAMES):
        write(folder / "files" / name, number)
    write(folder.joinpath(*ODD_FOLDERS) / "x", 1000)


def write_tree(folder: pathlib.Path, count: int) -> None:
    """Writes a number of files, ten in a directory and ten directories in another, among them an
    odd tree.
    """
    write_odd_tree(folder / "odd")
    for number in range(count - len(ODD_NAMES) - 1):
        hundreds, tens = divmod(number // 10, 10)
        write(folder / f"{hundreds:02}" / f"{tens} of ten" / f"part-{number:05}", number)


def digest(path: pathlib.Path) -> str:
    """Returns SHA-256 and the length, for the message of a failure."""
    with open(path, "rb") as file:
        return f"{path.stat().st_size} B, SHA-256 {hashlib.file_digest(file, 'sha256').hexdigest()}"


def digest_of(content: bytes) -> str:
    """Returns the same for bytes."""
    return f"{len(content)} B, SHA-256 {hashlib.sha256(content).hexdigest()}"


def digests(folder: pathlib.Path) -> dict[str, str]:
    """Returns those of all files below a folder, by their paths in it."""
    return {
        str(path.relative_to(folder)): digest(path) for path in folder.rglob("*") if path.is_file()
    }
