#!/usr/bin/env python3
"""Runs the commands of the pages as they are written there.

    pages.py ROLEFS    with the feature `sandbox`

ministack is S3, STS, DynamoDB and
EMR, also behind TLS by AWS's names. Each block of commands of each page is run here, or is in
`ELSEWHERE` with the place that runs it; a block that is in neither fails.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import json
import os
import pathlib
import re
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator

from harness.certificates import Authority
from harness.checks import Checks, expect
from harness.servers import BIND, Ministack

TREE = pathlib.Path(__file__).parents[3]
REGION = "eu-west-1"
BUCKET = "bucket"
HOSTS = (
    "sts.eu-west-1.amazonaws.com",
    "dynamodb.eu-west-1.amazonaws.com",
    # As the AWS CLI calls EMR, whatever AWS_ENDPOINT_URL says.
    "eu-west-1.elasticmapreduce.amazonaws.com",
)
BLOCK = re.compile(r"^( *)```(?:sh|bash|console)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`rolefs ([^`]+)`")
# A name that stands for the reader's own, and the one that is used here.
CLUSTER = "j-XXXXXXXXXXXXX"
FOLDER = "/data/in"
# The first command of README.md, which `.ci/nightly installed` runs in parts.
INSTALLS = "cargo install --locked --path example-app --profile dist\n"
REQUEST = "PUT /bucket/a HTTP/1.1\nHost: s3.example.com\n\nhello"

# Blocks by page and beginning, and what runs them.
ELSEWHERE = {
    ("README.md", "cargo run"): ".ci/run sandbox",
    ("README.md", "cargo test"): ".ci/run tests",
    ("docs/hadoop-emr.md", "spark-submit"): "spark.py, with the list and the report in local files",
    (
        "docs/hadoop-emr.md",
        "hadoop jar",
    ): "engines.py runs the mapper: no package index has the jar",
    ("example-app/packages/README.md", "example-app/packages/"): ".ci/nightly installed",
    ("fuzz/README.md", "cargo install"): ".ci/run fuzz",
    ("tests/field/README.md", "tests/field/check.py"): ".ci/run lints servers",
    ("tests/mutants/README.md", "cargo install"): ".ci/nightly mutants",
    ("tests/mutants/README.md", "git diff"): ".ci/nightly mutants, with all of core",
    ("tests/servers/README.md", "python3 -m venv"): ".ci/run servers",
}
HERE = {
    ("README.md", "cargo install"),
    ("example-app/README.md", "rolefs -sync"),
    ("example-app/README.md", "rolefs -request"),
    ("example-app/README.md", "rolefs -sandbox"),
    ("example-app/emr/README.md", "aws s3 cp"),
    ("example-app/emr/README.md", "aws emr create-cluster"),
    ("example-app/emr/README.md", "aws emr add-steps"),
    ("example-app/emr/README.md", "rolefs -setup"),
}


def pages() -> dict[str, str]:
    """Returns the text of each page, by its path."""
    listed = subprocess.run(
        ["git", "ls-files", "*.md"], cwd=TREE, capture_output=True, text=True, check=True
    )
    return {path: (TREE / path).read_text() for path in listed.stdout.split()}


def blocks() -> dict[str, list[str]]:
    """Returns the blocks of commands of each page."""
    return {page: [found[2] for found in BLOCK.finditer(text)] for page, text in pages().items()}


def block(page: str, beginning: str) -> str:
    """Returns the block of a page that begins with these words."""
    found = [text for text in blocks()[page] if text.lstrip().startswith(beginning)]
    expect(len(found) == 1, f"{page} has {len(found)} blocks that begin with {beginning}")
    return found[0]


def check_known() -> None:
    """Every block is run by some script."""
    known = HERE | set(ELSEWHERE)
    found = set()
    for page, texts in blocks().items():
        for text in texts:
            of = [key for key in known if key[0] == page and text.lstrip().startswith(key[1])]
            expect(len(of) == 1, f"{page}: nothing is known to run: {text}")
            found |= set(of)
    expect(found == known, f"not in the pages any more: {known - found}")


@dataclasses.dataclass
class Reader:
    """A reader of the pages: a folder, a shell with `rolefs` and `aws`, and variables."""

    folder: pathlib.Path
    variables: dict[str, str]

    def run(self, commands: str, cwd: pathlib.Path | None = None, **more: str) -> str:
        """Runs commands in a shell, all of which must succeed; returns their output."""
        done = subprocess.run(
            ["bash", "-eu", "-c", commands],
            cwd=cwd or self.folder,
            env={**self.variables, **more},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        expect(done.returncode == 0, f"{commands}: {done.returncode}: {done.stderr}")
        return done.stdout


@contextlib.contextmanager
def tls_proxy(folder: pathlib.Path, upstream: str) -> Iterator[dict[str, str]]:
    """Runs a proxy behind which a server has AWS's names; yields the variables for it."""
    authority = Authority(folder, "authority")
    names = ",".join(f"DNS:{host}" for host in HOSTS)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*authority.sign("aws", names))
    port = int(upstream.rpartition(":")[2])
    listener = socket.create_server((BIND, 0))

    def pass_on(source: socket.socket, sink: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := source.recv(1 << 16):
                sink.sendall(piece)
        with contextlib.suppress(OSError):
            sink.shutdown(socket.SHUT_WR)

    def serve(client: socket.socket) -> None:
        with contextlib.suppress(OSError), client:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                head += client.recv(1)
            client.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            with (
                context.wrap_socket(client, server_side=True) as secured,
                socket.create_connection((BIND, port)) as server,
            ):
                threading.Thread(target=pass_on, args=(secured, server), daemon=True).start()
                pass_on(server, secured)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()

    threading.Thread(target=accept, daemon=True).start()
    with listener:
        proxy = f"http://{BIND}:{listener.getsockname()[1]}"
        yield {"HTTPS_PROXY": proxy, "AWS_CA_BUNDLE": str(authority.certificate)}


def check_readme(reader: Reader, server: Ministack) -> None:
    """The commands of the first page, after the installation."""
    folder = reader.folder / "readme"
    (folder / "data").mkdir(parents=True)
    names = ["part-1", "part-2", "big.bin", "data/x"]
    for name in names:
        (folder / name).write_bytes(os.urandom(1000))
    server.client().put_object(Bucket=BUCKET, Key="tmp/x", Body=b"x")
    (folder / "request.txt").write_text(REQUEST)
    signing = f"rolefs -sign --service s3 --region {REGION} --date 20130524T000000Z <request.txt"
    stages = ("canonical-request", "string-to-sign", "signature")
    texts = {stage: reader.run(f"{signing} --show {stage}", folder) for stage in stages}
    canonical = texts["canonical-request"].replace("/bucket/a", "/bucket/b").encode().hex(" ")
    to_sign = texts["string-to-sign"].encode().hex(" ")
    (folder / "response.xml").write_text(
        "<Error><Code>SignatureDoesNotMatch</Code><AWSAccessKeyId>test</AWSAccessKeyId>"
        f"<SignatureProvided>{texts['signature'].strip()}</SignatureProvided>"
        f"<StringToSignBytes>{to_sign}</StringToSignBytes>"
        f"<CanonicalRequestBytes>{canonical}</CanonicalRequestBytes></Error>"
    )
    commands = block("README.md", "cargo install")
    expect(commands.startswith(INSTALLS), commands)
    output = reader.run(commands.removeprefix(INSTALLS), folder)
    expect("/bucket/b" in output, f"-explain has not found the difference: {output}")
    listed = server.client().list_objects_v2(Bucket=BUCKET)["Contents"]
    keys = {item["Key"] for item in listed}
    missing = {f"dir/{name}" for name in names} | {"x"}
    expect(missing <= keys and "tmp/x" not in keys, f"{keys}")


def check_sandbox(reader: Reader) -> None:
    """The commands of the sandbox show the file that they put."""
    folder = reader.folder / "with-sandbox"
    folder.mkdir()
    (folder / "README.md").write_text("a page\n")
    output = reader.run(block("example-app/README.md", "rolefs -sandbox"), folder)
    expect("s3a://demo/README.md" in output and "a page\n" in output, output)


def check_sync(reader: Reader, server: Ministack) -> None:
    """Both directions of `-sync`."""
    client = server.client()
    client.put_object(Bucket=BUCKET, Key="in/a", Body=b"a")
    site, incoming = reader.folder / "site", reader.folder / "in"
    site.mkdir()
    (site / "index.html").write_text("<p>")
    incoming.mkdir()
    (incoming / "old").write_text("old")
    commands = block("example-app/README.md", "rolefs -sync")
    output = reader.run(commands.replace(FOLDER, str(incoming)))
    expect("index.html" in output, output)
    expect([path.name for path in incoming.iterdir()] == ["a"], "the folder differs")


def check_requests(reader: Reader, proxied: dict[str, str]) -> None:
    """Each request gets its response."""
    output = reader.run(block("example-app/README.md", "rolefs -request"), **proxied)
    expect("GetCallerIdentityResult" in output and "TableNames" in output, output)


def check_emr(reader: Reader, server: Ministack, proxied: dict[str, str]) -> None:
    """The page of the kit, from the upload of the programs to the steps."""
    page, kit = "example-app/emr/README.md", pathlib.Path("example-app", "emr")
    packed = reader.folder / "target" / "packages" / "out"
    packed.mkdir(parents=True)
    for name in ("rolefs-linux-x86_64", "rolefs-linux-aarch64", "bootstrap.sh", "other"):
        (packed / name).write_text(name)
    job = pathlib.Path("example-app", "spark", "rolefs_put.py")
    for path in (job, kit / "configurations.json", kit / "steps.json"):
        (reader.folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(TREE / path, reader.folder / path)
    reader.run(block(page, "aws s3 cp"))
    listed = server.client().list_objects_v2(Bucket=BUCKET, Prefix="rolefs/")["Contents"]
    names = {item["Key"].rpartition("/")[2] for item in listed}
    expected = {"rolefs-linux-x86_64", "rolefs-linux-aarch64", "bootstrap.sh", "rolefs_put.py"}
    expect(names == expected, f"{names}")
    reader.run(block(page, "rolefs -setup"))
    created = reader.run(block(page, "aws emr create-cluster"), **proxied)
    adding = block(page, "aws emr add-steps").replace(CLUSTER, json.loads(created)["ClusterId"])
    added = reader.run(adding, **proxied)
    steps = json.loads((TREE / kit / "steps.json").read_text())
    expect(len(json.loads(added)["StepIds"]) == len(steps), added)


def check_inline(reader: Reader) -> None:
    """The commands that the pages name exist, and have the options that are named with them."""
    for page, text in pages().items():
        for found in INLINE.finditer(text):
            words = found[1].split()
            if words[0].startswith(("--", '"')) or words[0] == "-json":
                # An option without its command, or an empty word in place of one.
                continue
            manual = reader.run(f"rolefs -help {words[0].lstrip('-')}")
            for option in re.findall(r"--[a-z][a-z-]+", found[1]):
                expect(option in manual, f"{page}: `{found[0]}': {option} is no option")


def main() -> int:
    """Runs all checks; returns the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("rolefs")
    arguments = parser.parse_args()
    checks = Checks()
    with tempfile.TemporaryDirectory(prefix="pages-") as name:
        folder = pathlib.Path(name)
        programs = folder / "bin"
        programs.mkdir()
        (programs / "rolefs").symlink_to(os.path.abspath(arguments.rolefs))
        with (
            Ministack(folder) as server,
            tls_proxy(folder / "tls", server.endpoint) as proxied,
        ):
            server.client().create_bucket(Bucket=BUCKET)
            beside = pathlib.Path(sys.executable).parent
            variables = {
                "PATH": f"{programs}:{beside}:/usr/bin:/bin",
                "HOME": name,
                "AWS_REGION": REGION,
                "AWS_DEFAULT_REGION": REGION,
                "AWS_ENDPOINT_URL": server.endpoint,
                "AWS_EC2_METADATA_DISABLED": "true",
                **server.keys.environment(),
            }
            reader = Reader(folder, variables)
            with checks.check("every block of commands is run"):
                check_known()
            with checks.check("the first page"):
                check_readme(reader, server)
            with checks.check("the sandbox"):
                check_sandbox(reader)
            with checks.check("-sync"):
                check_sync(reader, server)
            with checks.check("-request"):
                check_requests(reader, proxied)
            with checks.check("the kit for EMR"):
                check_emr(reader, server, proxied)
            with checks.check("commands within sentences"):
                check_inline(reader)
    print(f"{checks.passed} passed, {checks.failed} failed")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    sys.exit(main())
