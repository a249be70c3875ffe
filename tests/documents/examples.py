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

KINDS = ("struct", "enum", "trait")

# Types that need none, each for the reason of its group.
EXEMPT = {
    "seals another trait, or is a step of the signer that only its owner's example can show": {
        "Form",
        "Sealed",
    },
}
EXEMPT_NAMES = frozenset().union(*EXEMPT.values())


def without_example(crate: dict) -> list[str]:
    """Returns the paths of the public types and traits whose documentation has no code block."""
    missing = []
    for item in crate["index"].values():
        kind = next((kind for kind in KINDS if kind in item["inner"]), None)
        if item["crate_id"] != 0 or kind is None or item["visibility"] != "public":
            continue
        if item["name"] in EXEMPT_NAMES or "```" in (item["docs"] or ""):
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
