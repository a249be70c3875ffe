#!/usr/bin/env python3
"""Draws docs/session-token.svg, the path of a session token through the modules.

token_path.py            draws it
token_path.py --check    fails if the picture is another, or a module is not in the source
"""

from __future__ import annotations

import dataclasses
import pathlib
import sys
from collections.abc import Iterator
from xml.sax.saxutils import escape

ROOT = pathlib.Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "session-token.svg"
TITLE = "The path of a session token from the metadata service into a signature, layer by layer"
TEXT, TOKEN = "#24303c", "#b03a00"
LINE = 18


@dataclasses.dataclass(frozen=True)
class Box:
    """A rectangle with centred lines of text, and the modules of the source that it shows."""

    left: int
    top: int
    width: int
    height: int
    title: str
    note: str = ""
    modules: tuple[str, ...] = ()


PACKAGES = (
    (16, 84, 204, "rolefs: the program"),
    (116, 172, 204, "rolesig-std: tokio and hyper, all I/O"),
    (304, 200, 350, "rolesig: no I/O, clock or allocator"),
)
APP, STD, CORE = "example-app/src/", "std-adapter/src/", "core/src/"
MODULES = (
    Box(560, 50, 136, 36, "command, s3", modules=(APP + "command", APP + "s3")),
    Box(204, 236, 116, 36, "http", modules=(STD + "http",)),
    Box(204, 160, 116, 36, "provider", modules=(STD + "provider",)),
    Box(344, 160, 96, 36, "identity", modules=(STD + "identity",)),
    Box(464, 160, 96, 36, "cache", modules=(STD + "cache",)),
    Box(584, 160, 112, 36, "client", modules=(STD + "client",)),
    Box(584, 236, 112, 36, "sign", modules=(STD + "sign",)),
    Box(204, 344, 116, 50, "conversation", "reads the document", (CORE + "conversation",)),
    Box(584, 344, 112, 50, "sign", "Signer::sign", (CORE + "sign",)),
    Box(444, 434, 252, 50, "sigv4", "x-amz-security-token: canonical request", (CORE + "sigv4",)),
    Box(204, 434, 200, 50, "emit", "Sink: SHA-256", (CORE + "emit",)),
)
OUTSIDE = (
    Box(16, 222, 130, 64, "instance metadata", "service (IMDSv2)"),
    Box(764, 222, 120, 64, "S3, or another", "service"),
)
# The token's path, and after it the signature's.
TOKEN_ARROWS = (
    "M146 254 H202",
    "M248 272 V342",
    "M320 369 C332 340 332 230 300 198",
    "M320 178 H342",
    "M440 178 H462",
    "M560 178 H582",
    "M628 196 V234",
    "M628 272 V342",
    "M628 394 V432",
    "M444 459 H406",
)
SIGNATURE_ARROWS = ("M652 342 V274", "M696 254 H762")
CALL = "M652 86 V158"
LABELS = (
    (168, 246, "1"),
    (232, 334, "2"),
    (336, 262, "3"),
    (328, 154, "4"),
    (448, 154, "5"),
    (568, 154, "6"),
    (612, 220, "7"),
    (612, 314, "8"),
    (612, 420, "9"),
    (420, 448, "10"),
    (660, 314, "signature"),
    (726, 246, "sent"),
)


def rectangle(left: int, top: int, width: int, height: int, radius: int) -> str:
    """Returns a rectangle with round corners."""
    return f'<rect x="{left}" y="{top}" width="{width}" height="{height}" rx="{radius}"/>'


def text(left: int, baseline: int, words: str, size: str = "") -> str:
    """Returns a line of text."""
    return f'<text x="{left}" y="{baseline}"{size}>{escape(words)}</text>'


def group(attributes: str, elements: list[str]) -> Iterator[str]:
    """Yields the lines of a group."""
    yield f"  <g {attributes}>"
    yield from (f"    {element}" for element in elements)
    yield "  </g>"


def boxes(of: tuple[Box, ...], colours: str, radius: int, note_size: str) -> Iterator[str]:
    """Yields the lines of boxes, and then of their texts."""
    yield from group(
        colours, [rectangle(box.left, box.top, box.width, box.height, radius) for box in of]
    )
    texts = []
    for box in of:
        middle = box.left + box.width // 2
        baseline = box.top + box.height // 2 + (-4 if box.note else 5)
        texts.append(text(middle, baseline, box.title))
        if box.note:
            texts.append(text(middle, baseline + LINE, box.note, note_size))
    yield from group(f'text-anchor="middle" fill="{TEXT}"', texts)


def picture() -> Iterator[str]:
    """Yields the lines of the picture."""
    yield (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 900 520" font-family="sans-serif" '
        'font-size="13" role="img" aria-labelledby="title">'
    )
    yield f'  <title id="title">{escape(TITLE)}</title>'
    yield (
        '  <defs><marker id="arrow" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="5" '
        f'markerHeight="5" orient="auto"><path d="M0 0 L8 4 L0 8 z" fill="{TOKEN}"/>'
        "</marker></defs>"
    )
    yield '  <rect width="900" height="520" fill="#ffffff"/>'
    frames = [rectangle(190, top, 520, height, 6) for top, height, _, _ in PACKAGES]
    yield from group('fill="#f4f6f8" stroke="#8a97a5"', frames)
    names = [text(left, top + 24, name) for top, _, left, name in PACKAGES]
    yield from group(f'font-weight="bold" font-size="14" fill="{TEXT}"', names)
    yield from boxes(MODULES, 'fill="#ffffff" stroke="#5b6b7b"', 4, ' font-size="11"')
    yield from boxes(OUTSIDE, 'fill="#fff4e6" stroke="#c98a3a"', 6, "")
    arrows = [f'<path d="{path}"/>' for path in TOKEN_ARROWS]
    arrows += [f'<path d="{path}" stroke-dasharray="5 4"/>' for path in SIGNATURE_ARROWS]
    yield from group(
        f'fill="none" stroke="{TOKEN}" stroke-width="2" marker-end="url(#arrow)"', arrows
    )
    yield from group('fill="none" stroke="#5b6b7b" stroke-width="1.5"', [f'<path d="{CALL}"/>'])
    labels = [text(*label) for label in LABELS]
    yield from group(f'fill="{TOKEN}" font-size="12" font-weight="bold"', labels)
    yield "</svg>"


def problems(drawn: str) -> Iterator[str]:
    """Yields what is wrong with the picture in the tree."""
    if not PICTURE.exists() or PICTURE.read_text() != drawn:
        yield "docs/session-token.svg is another picture: run benches/token_path.py"
    for box in MODULES:
        for module in box.modules:
            if not (ROOT / module).is_dir() and not (ROOT / f"{module}.rs").exists():
                yield f"docs/session-token.svg shows {module}, which does not exist"


def main() -> int:
    """Draws the picture, or checks it; returns the exit code."""
    drawn = "\n".join(picture()) + "\n"
    if "--check" not in sys.argv:
        PICTURE.write_text(drawn)
        return 0
    found = list(problems(drawn))
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
