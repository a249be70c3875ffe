#!/usr/bin/env python3
"""Runs the examples for Hadoop Streaming and Ray, which put a list of files to the sandbox.

engines.py ROLEFS SANDBOX    the programs target/release/rolefs and target/release/examples/sandbox

Needs `pip install ray==2.60.0`. The jar of Hadoop Streaming is in no package index: its mapper is
run as Streaming runs it, a process for each split of lines, some of them twice.
"""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
import tempfile

from harness.sandbox_process import BUCKET, REGION, s3_client, sandbox

FILES = 40
LINES_OF_SPLIT = 15
EXAMPLES = pathlib.Path(__file__).parents[3] / "example-app"


def write_list(folder: pathlib.Path) -> pathlib.Path:
    """Writes files of several sizes, and the list of them; returns the list."""
    (folder / "files").mkdir()
    lines = []
    for number in range(FILES):
        source = folder / "files" / f"{number:02}"
        source.write_bytes(os.urandom(number * 1000))
        lines.append(json.dumps({"source": str(source), "key": source.name}) + "\n")
    listed = folder / "list"
    listed.write_text("".join(lines))
    return listed


def run_streaming(listed: pathlib.Path, destination: str, variables: dict[str, str]) -> list[str]:
    """Runs the mapper for each split of the list, the first one twice; returns the output."""
    lines = listed.read_text().splitlines(keepends=True)
    splits = [lines[at : at + LINES_OF_SPLIT] for at in range(0, FILES, LINES_OF_SPLIT)]
    mapper = EXAMPLES / "streaming" / "rolefs_map.sh"
    output = []
    for split in [splits[0], *splits]:
        done = subprocess.run(
            [mapper, destination],
            input="".join(split),
            stdout=subprocess.PIPE,
            env=variables,
            text=True,
            check=True,
        )
        output += done.stdout.splitlines()
    missing = json.dumps({"source": "/none", "key": "none"})
    failed = subprocess.run(
        [mapper, destination],
        input=missing,
        stdout=subprocess.PIPE,
        env=variables,
        text=True,
        check=False,
    )
    assert failed.returncode == 1 and "/none" in failed.stdout, failed
    return output


def run_ray(listed: pathlib.Path, destination: str, variables: dict[str, str]) -> list[str]:
    """Runs the example on a Ray of this machine; returns the output."""
    command = [sys.executable, EXAMPLES / "ray" / "rolefs_put.py", listed, destination]
    done = subprocess.run(command, stdout=subprocess.PIPE, env=variables, text=True, check=True)
    return [line for line in done.stdout.splitlines() if line.startswith("{")]


def expect(store, prefix: str, output: list[str], folder: pathlib.Path) -> None:
    """Checks that every file has arrived, and has a record."""
    ended = {
        event["object"].removeprefix(f"s3a://{BUCKET}/{prefix}")
        for event in map(json.loads, output)
        if event["event"] in ("done", "up_to_date")
    }
    assert len(ended) == FILES, sorted(ended)
    for source in (folder / "files").iterdir():
        stored = store.get_object(Bucket=BUCKET, Key=prefix + source.name)["Body"].read()
        assert stored == source.read_bytes(), source


def main() -> None:
    """Runs both examples."""
    rolefs, binary = sys.argv[1:]
    with tempfile.TemporaryDirectory() as text, sandbox(binary) as (metadata, s3):
        folder = pathlib.Path(text)
        listed = write_list(folder)
        store = s3_client(metadata, s3)
        variables = os.environ | {
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": metadata,
            "AWS_EC2_METADATA_DISABLED": "false",
            "AWS_ENDPOINT_URL_S3": s3,
            "AWS_REGION": REGION,
            "PATH": f"{pathlib.Path(rolefs).resolve().parent}:{os.environ['PATH']}",
        }
        for name, run in (("streaming", run_streaming), ("ray", run_ray)):
            output = run(listed, f"s3a://{BUCKET}/{name}/", variables)
            expect(store, f"{name}/", output, folder)
    print("2 passed, 0 failed")


if __name__ == "__main__":
    main()
