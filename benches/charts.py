#!/usr/bin/env python3
"""Draws the charts of BENCHMARKS.md, from the tables there.

charts.py            draws them: needs `pip install matplotlib==3.11.2`
charts.py --check    fails if a table has changed since: the figures are text in the pictures
"""

from __future__ import annotations

import dataclasses
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
CHARTS = ROOT / "docs" / "charts"
OURS, OTHERS, LIMIT = "#b03a00", "#8a97a5", "#c9d2da"
NUMBER = re.compile(r"[\d,]*\.?\d+")


@dataclasses.dataclass(frozen=True)
class Bar:
    """One bar: its label, the figure as the table writes it, and its colour."""

    label: str
    figure: str
    colour: str

    def length(self) -> float:
        """Returns the figure as a number."""
        return float(self.figure.replace(",", ""))


def table(text: str, first_header: str) -> list[list[str]]:
    """Returns the cells of the rows of the table whose header begins like this."""
    lines = text[text.index(first_header) :].splitlines()
    rows = []
    for line in lines[2:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in line.strip("|").split("|")])
    return rows


def colour(name: str) -> str:
    """Returns the colour of a program."""
    return OURS if name.startswith(("role", "`role")) else OTHERS


def signing(text: str) -> list[Bar]:
    """Returns the nanoseconds of the limit, rolesig and aws-sigv4 for each request."""
    bars = []
    for request, limit, ours, _, _, peer, *_ in table(text, "| | limit | rolesig |"):
        name = request.split(":")[0]
        bars.append(Bar(f"{name}: only the hash", limit.removesuffix(" ns"), LIMIT))
        bars.append(Bar(f"{name}: rolesig", ours.removesuffix(" ns"), OURS))
        bars.append(Bar(f"{name}: aws-sigv4", peer.removesuffix(" ns"), OTHERS))
    return bars


def upload(text: str, column: int, place: int) -> list[Bar]:
    """Returns a figure of each client: of which column, and which of the figures in its cells."""
    bars = []
    for row in table(text, "| client | 1 GiB: CPU s / MiB"):
        figures = NUMBER.findall(row[column])
        if len(figures) > place:
            name = row[0].replace("`", "")
            bars.append(Bar(name, figures[place], colour(name)))
    return sorted(bars, key=Bar.length)


def charts(text: str) -> dict[str, tuple[str, list[Bar]]]:
    """Returns the title and the bars of each chart, by the name of its file. Those of wall time are
    left out if the table is of a run that did not measure it.
    """
    drawn = {
        "signing": ("Signing a request, nanoseconds", signing(text)),
        "upload-cpu": ("Putting 1 GiB, CPU seconds", upload(text, 1, 0)),
        "upload-memory": ("Putting 1 GiB, peak memory in MiB", upload(text, 1, 1)),
        "upload-wall": ("Putting 1 GiB, seconds of wall time", upload(text, 1, 2)),
        "small-files-cpu": ("Putting 2,000 files of 16 KiB, CPU seconds", upload(text, 2, 0)),
        "small-files-wall": (
            "Putting 2,000 files of 16 KiB, seconds of wall time",
            upload(text, 2, 2),
        ),
        "start": ("From start to the first byte sent, milliseconds", upload(text, 3, 0)),
    }
    return {name: chart for name, chart in drawn.items() if chart[1] or "wall" not in name}


def draw(name: str, title: str, bars: list[Bar]) -> None:
    """Draws horizontal bars, the first one at the top, each with its figure."""
    # The check does without it.
    import matplotlib as mpl  # noqa: PLC0415
    from matplotlib import pyplot  # noqa: PLC0415

    # Letters as text, and the same names of elements in each run.
    mpl.rcParams |= {"svg.fonttype": "none", "svg.hashsalt": "rolesig"}
    figure, axes = pyplot.subplots(figsize=(7.5, 0.6 + 0.3 * len(bars)), layout="constrained")
    drawn = axes.barh(
        [bar.label for bar in bars],
        [bar.length() for bar in bars],
        color=[bar.colour for bar in bars],
    )
    axes.bar_label(drawn, labels=[bar.figure for bar in bars], padding=4)
    axes.set_title(title, loc="left", fontsize="medium")
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.spines[["top", "right", "bottom"]].set_visible(False)
    axes.tick_params(left=False, bottom=False, labelbottom=False)
    figure.savefig(CHARTS / f"{name}.svg", metadata={"Date": None, "Title": title})
    pyplot.close(figure)


def is_outdated(name: str, bars: list[Bar]) -> bool:
    """Returns whether the picture has other labels and figures than the bars."""
    picture = (CHARTS / f"{name}.svg").read_text()
    shown = re.findall(r"<text [^>]*>([^<]*)</text>", picture)
    expected = [bar.label for bar in bars] + [bar.figure for bar in bars]
    return not bars or [text for text in shown if text in expected] != expected


def main() -> int:
    """Draws every chart, or checks them; returns the exit code."""
    text = (ROOT / "BENCHMARKS.md").read_text()
    if "--check" in sys.argv:
        old = [name for name, (_, bars) in charts(text).items() if is_outdated(name, bars)]
        for name in old:
            print(f"docs/charts/{name}.svg is older than BENCHMARKS.md: run benches/charts.py")
        return 1 if old else 0
    CHARTS.mkdir(exist_ok=True)
    for name, (title, bars) in charts(text).items():
        draw(name, title, bars)
    return 0


if __name__ == "__main__":
    sys.exit(main())
