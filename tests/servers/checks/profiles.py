#!/usr/bin/env python3
"""Compares rolesig-std's reading of AWS's files with botocore's: a corpus of odd files, and random
ones.

    profiles.py PROFILE_FILES [--count 20000] [--seed N] [--only 4711] [--write]

PROFILE_FILES is the example of that name of rolesig-std. The corpus is in
`std-adapter/tests/profiles`. Its `expected.json` has botocore's results, for the tests that run
without Python; `--write` updates it. `DIFFERENCES` lists the intended differences, which are also
checked.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterable

import botocore.exceptions
import botocore.session

CORPUS = pathlib.Path(__file__).resolve().parents[3] / "std-adapter/tests/profiles"
EXPECTED = CORPUS / "expected.json"
KINDS = ("profiles", "sso_sessions", "services")
REFUSED = "refused"
BOM = b"\xef\xbb\xbf"
SHOWN = 5
CHUNK = 2000

# Files that one reads and the other refuses. The text is that of a `config`; None is a directory.
DIFFERENCES = {
    "a byte order mark: editors on Windows write one": (
        BOM + b"[default]\na = 1\n",
        REFUSED,
        {"default": {"a": "1"}},
    ),
    "a directory: ignored, another identity would be used": (None, {}, REFUSED),
}

# The parts of random files: everything that has a meaning, and similar texts.
FRAGMENTS = (
    *(
        "[default]",
        "[profile a]",
        '[profile "a b"]',
        "[profile b]",
        "[a]",
        "[b]",
        "[DEFAULT]",
        "[sso-session s]",
    ),
    *(
        "[services s]",
        "[ profile a ]",
        "[profile a b]",
        "[profile 'a",
        "[]",
        "[",
        "]",
        "[profile a] # x",
        "[profile",
    ),
    *(
        "region = eu-west-1",
        "Region: x",
        "a=1",
        "b = 2",
        "c =",
        "s3 =",
        "  addressing_style = path",
        "  x",
        "d",
        "=",
    ),
    *(
        " = ",
        ":",
        "#",
        ";",
        " # x",
        "# comment",
        "  ; comment",
        " ",
        "  ",
        "\t",
        "    ",
        "\n",
        "\n",
        "\n",
        "\n\n",
    ),
    *(
        "\r\n",
        "\r",
        "\u00a0",
        "\u2028",
        "\u2003",
        "\x0b",
        "\x0c",
        "\x1c",
        "\x85",
        "\u00e9",
        "\u0130",
        "\u03a3",
        '"',
    ),
    *("'", "\\", "profile ", "\x00", "%", "a", "b"),
)
LINES = (
    *(
        "[default]",
        "[profile a]",
        "[profile b]",
        "[a]",
        "[services s]",
        "[sso-session s]",
        "[DEFAULT]",
        "a = 1",
    ),
    *(
        "b : 2",
        "c =",
        "s3 =",
        "  x = 1",
        "  y = 2",
        "    z = 3",
        "\tw = 4",
        "",
        "  ",
        "# c",
        "  # c",
        "d = 1 # 2",
    ),
    *("e = \u00e9", "f = a=b", "  text", "G = 1"),
)


class Session:
    """The parts of a session that `Session.full_config` of botocore needs."""

    def __init__(self, config: str, credentials: str) -> None:
        self._config = None
        self._files = {"config_file": config, "credentials_file": credentials}

    def get_config_variable(self, name: str) -> str:
        """Returns the path of a file."""
        return self._files[name]


def read_with_botocore(config: str, credentials: str) -> dict | str:
    """Returns all sections by kind, or botocore's refusal of a file."""
    try:
        full = botocore.session.Session.full_config.fget(Session(config, credentials))
    except botocore.exceptions.ConfigParseError:
        return REFUSED
    return {kind: full.get(kind, {}) for kind in KINDS}


def read_with_rolesig(program: str, pairs: Iterable[tuple[str, str]]) -> list[dict | str]:
    """Returns the same for many pairs of files, by one run of the example."""
    lines = "".join(f"{config}\t{credentials}\n" for config, credentials in pairs)
    done = subprocess.run(
        [program], input=lines.encode(), capture_output=True, check=True, timeout=300
    )
    results = [json.loads(line) for line in done.stdout.splitlines()]
    return [REFUSED if REFUSED in result else result for result in results]


def without_bom(path: pathlib.Path, scratch: pathlib.Path) -> str:
    """Returns a copy of a file without its byte order mark, for botocore."""
    if not path.exists() or not path.read_bytes().startswith(BOM):
        return str(path)
    copy = scratch / path.name
    copy.write_bytes(path.read_bytes().removeprefix(BOM))
    return str(copy)


def check_corpus(program: str, write: bool) -> tuple[int, int]:
    """Compares botocore, the example and the expected values, for each file of the corpus."""
    names = sorted(path.stem for path in CORPUS.glob("*.config"))
    files = [(CORPUS / f"{name}.config", CORPUS / f"{name}.credentials") for name in names]
    with tempfile.TemporaryDirectory() as folder:
        scratch = pathlib.Path(folder)
        by_botocore = [
            read_with_botocore(*(without_bom(path, scratch) for path in pair)) for pair in files
        ]
    by_rolesig = read_with_rolesig(
        program, [(str(config), str(credentials)) for config, credentials in files]
    )
    if write:
        text = json.dumps(dict(zip(names, by_botocore, strict=True)), indent=1, sort_keys=True)
        EXPECTED.write_text(text + "\n")
    expected = json.loads(EXPECTED.read_text())
    failed = 0
    for name, theirs, ours in zip(names, by_botocore, by_rolesig, strict=True):
        if not theirs == ours == expected.get(name):
            failed += 1
            print(
                f"FAILED {name}\n  botocore {theirs}\n  rolesig  {ours}\n  expected "
                f"{expected.get(name)}"
            )
    if set(expected) != set(names):
        failed += 1
        print("FAILED expected.json is of other files: update it with --write")
    return len(names) - failed, failed


def random_text(rng: random.Random) -> bytes:
    """Returns a file of whole lines, most of them meaningful, or of fragments, few of them
    meaningful.
    """
    if rng.random() < 0.6:
        ending = rng.choice(("\n", "\n", "\r\n"))
        lines = [rng.choice(LINES) for _ in range(rng.randint(0, 9))]
        text = ending.join(["[profile first]", *lines] if rng.random() < 0.8 else lines)
        if rng.random() < 0.3:
            place = rng.randint(0, len(text))
            text = text[:place] + rng.choice(FRAGMENTS) + text[place:]
    else:
        text = "[default]\n" + "".join(rng.choice(FRAGMENTS) for _ in range(rng.randint(0, 12)))
    return text.encode()


def check_random(program: str, seed: str, numbers: range) -> tuple[int, int, int]:
    """Returns the numbers of equal results, of refusals among them, and of different results."""
    agreed = refused = failed = 0
    with tempfile.TemporaryDirectory() as folder:
        pairs = []
        for number in numbers:
            rng = random.Random(f"{seed}:{number}")
            pair = (f"{folder}/{number}.config", f"{folder}/{number}.credentials")
            for path in pair:
                pathlib.Path(path).write_bytes(random_text(rng))
            if rng.random() < 0.5:
                os.remove(pair[1])
            pairs.append(pair)
        for number, pair, ours in zip(
            numbers, pairs, read_with_rolesig(program, pairs), strict=True
        ):
            theirs = read_with_botocore(*pair)
            if ours == theirs:
                agreed += 1
                refused += ours == REFUSED
                continue
            failed += 1
            if failed <= SHOWN:
                texts = [
                    pathlib.Path(path).read_bytes() if os.path.exists(path) else None
                    for path in pair
                ]
                print(
                    f"FAILED --seed {seed} --only {number}\n  {texts}\n  botocore {theirs}\n  "
                    f"rolesig  {ours}"
                )
    return agreed, refused, failed


def check_differences(program: str) -> tuple[int, int]:
    """Checks that botocore and rolesig still have the listed differences."""
    passed = failed = 0
    for reason, (text, theirs, ours) in DIFFERENCES.items():
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "config"
            if text is None:
                path.mkdir()
            else:
                path.write_bytes(text)
            found = (
                read_with_botocore(str(path), "/no/file"),
                *read_with_rolesig(program, [(str(path), "/no/file")]),
            )
        profiles = tuple(one if one == REFUSED else one["profiles"] for one in found)
        if profiles == (theirs, ours):
            passed += 1
        else:
            failed += 1
            print(f"FAILED difference: {reason}: {profiles}")
    return passed, failed


def main() -> int:
    """Runs all checks."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("program", metavar="PROFILE_FILES")
    parser.add_argument("--count", type=int, default=20000)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--only", type=int, help="the number of one random pair of files")
    parser.add_argument("--write", action="store_true", help="update expected.json")
    arguments = parser.parse_args()
    if arguments.only is not None:
        return check_random(
            arguments.program, arguments.seed, range(arguments.only, arguments.only + 1)
        )[2]
    passed, failed = check_corpus(arguments.program, arguments.write)
    print(f"corpus: {passed} of {passed + failed} files as botocore reads them")
    more_passed, more_failed = check_differences(arguments.program)
    print(f"differences on purpose: {more_passed} of {more_passed + more_failed}")
    agreed = refused = 0
    for start in range(0, arguments.count, CHUNK):
        numbers = range(start, min(start + CHUNK, arguments.count))
        some_agreed, some_refused, some_failed = check_random(
            arguments.program, arguments.seed, numbers
        )
        agreed, refused, more_failed = (
            agreed + some_agreed,
            refused + some_refused,
            more_failed + some_failed,
        )
    print(f"random: {agreed} of {arguments.count} pairs alike, {refused} of them refused by both")
    passed, failed = passed + more_passed + agreed, failed + more_failed
    print(f"{passed} passed, {failed} failed")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
