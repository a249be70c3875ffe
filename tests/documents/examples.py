#!/usr/bin/env python3
"""Checks that each public type and trait of the libraries has an example in its documentation.

    examples.py FILE...     the JSON of rustdoc, for each library

The JSON is made by `cargo +nightly rustdoc -p PACKAGE --lib --all-features -- -Zunstable-options
--output-format json`. Prints the types without an example, and exits with 1 if there are any.
"""

from __future__ import annotations

import json
import pathlib
import sys
from collections.abc import Iterator

KINDS = ("struct", "enum", "trait")


def public_items(crate: dict) -> Iterator[dict]:
    """Yields the items that a program can name, each once."""
    index, seen, waiting = crate["index"], set(), [crate["root"]]
    while waiting:
        item = index.get(str(waiting.pop()))
        if item is None or item["id"] in seen:
            continue
        seen.add(item["id"])
        inner = item["inner"]
        if "module" in inner:
            waiting += inner["module"]["items"]
        elif "use" in inner:
            waiting.append(inner["use"]["id"])
        else:
            yield item


def without_example(crate: dict) -> list[str]:
    """Returns the public types and traits whose documentation has no code block."""
    missing = []
    for item in public_items(crate):
        is_type = any(kind in item["inner"] for kind in KINDS)
        if not is_type or "```" in (item["docs"] or ""):
            continue
        span = item["span"] or {"filename": "?", "begin": [0]}
        missing.append(f"{span['filename']}:{span['begin'][0]}: {item['name']} has no example")
    return sorted(missing)


def main() -> int:
    """Checks the files, and returns the exit code."""
    missing = []
    for name in sys.argv[1:]:
        missing += without_example(json.loads(pathlib.Path(name).read_text()))
    for line in missing:
        print(line)
    print(f"{len(missing)} types without an example")
    return 1 if missing or not sys.argv[1:] else 0


if __name__ == "__main__":
    sys.exit(main())
