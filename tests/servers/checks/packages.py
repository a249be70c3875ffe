#!/usr/bin/env python3
"""Installs the packages of rolefs in bare systems, and uploads there to the sandbox.

packages.py OUT SANDBOX    the folder that example-app/packages/pack.sh makes, and the example
                           "sandbox" of rolefs

Needs root, and what example-app/packages/install-tools.sh installs. The programs for another
processor run under QEMU, also within a bare system.
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator

from harness.sandbox_process import BUCKET, REGION, s3_client, sandbox

# The name of a processor for Linux, for Debian and for container images.
DEBIAN_NAMES = {"x86_64": "amd64", "aarch64": "arm64"}
LARGEST = 4_200_000
# Seconds within which the bootstrap action installs the program from a store nearby. Most of it is
# the start of the AWS CLI.
LONGEST_BOOTSTRAP = 2.0
BOOTSTRAPS = 5
SUITE = "bookworm"
# What a node of Amazon EMR has, and the bare system lacks.
OF_NODE = ("sudo", "awscli")


def run(*command: str | pathlib.Path, expected: int = 0, **options) -> str:
    """Runs a command, which must end with this exit code; returns its output and errors."""
    done = subprocess.run(
        [str(word) for word in command],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        **options,
    )
    assert done.returncode == expected, f"{command}: {done.returncode}\n{done.stdout}"
    return done.stdout


class Store:
    """The sandbox, as the programs and this script reach it."""

    def __init__(self, metadata: str, s3: str):
        self.s3 = s3
        self.variables = {
            "AWS_EC2_METADATA_SERVICE_ENDPOINT": metadata + "/",
            "AWS_ENDPOINT_URL_S3": s3,
            "AWS_REGION": REGION,
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        }
        self.client = s3_client(metadata, s3)

    def expect(self, key: str, content: bytes) -> None:
        """Checks that an object has arrived."""
        assert self.client.get_object(Bucket=BUCKET, Key=key)["Body"].read() == content, key


def emulator(processor: str, root: pathlib.Path) -> list[str]:
    """Returns the words before a program of this processor; puts the emulator into the system."""
    if processor == os.uname().machine:
        return []
    shutil.copy(f"/usr/bin/qemu-{processor}-static", root / "emulator")
    return ["/emulator"]


@contextlib.contextmanager
def copy_of(system: pathlib.Path) -> Iterator[pathlib.Path]:
    """Yields a copy of a bare system, which may be changed."""
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder, "root")
        run("cp", "-a", "--reflink=auto", system, root)
        yield root


def upload(root: pathlib.Path, processor: str, store: Store, key: str) -> None:
    """Uploads a file by the program that is installed in a system."""
    content = os.urandom(3_000_000)
    (root / "content").write_bytes(content)
    program = [*emulator(processor, root), "/usr/bin/rolefs"]
    run("chroot", root, *program, "-put", "/content", f"s3a://{BUCKET}/{key}", env=store.variables)
    store.expect(key, content)
    assert "rolefs" in run("chroot", root, *program, "-help", env=store.variables)


def expect_files(root: pathlib.Path) -> None:
    """Checks the manual, the completions and the licences of an installed package."""
    manual = gzip.decompress((root / "usr/share/man/man1/rolefs.1.gz").read_bytes()).decode()
    assert "rolefs" in manual and "\\-put" in manual
    completions = root / "usr/share/bash-completion/completions/rolefs"
    run("bash", "-n", completions)
    assert list(root.glob("usr/share/**/LICENSE-APACHE")), "no licence"


def check_deb(out: pathlib.Path, processor: str, system: pathlib.Path, store: Store) -> None:
    """Installs the .deb in a bare Debian, uploads, and removes it."""
    (package,) = out.glob(f"rolefs_*_{DEBIAN_NAMES[processor]}.deb")
    assert not run("dpkg-deb", "--field", package, "Depends").strip()
    with copy_of(system) as root:
        if processor != os.uname().machine:
            run("chroot", root, "dpkg", "--add-architecture", DEBIAN_NAMES[processor])
        shutil.copy(package, root / "rolefs.deb")
        run("chroot", root, "dpkg", "--install", "/rolefs.deb")
        expect_files(root)
        upload(root, processor, store, f"deb-{processor}")
        run("chroot", root, "dpkg", "--remove", "rolefs")
        assert not (root / "usr/bin/rolefs").exists()


def check_rpm(out: pathlib.Path, processor: str, store: Store) -> None:
    """Installs the .rpm in a folder that has nothing at all, and uploads."""
    (package,) = out.glob(f"rolefs-*.{processor}.rpm")
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        needs = {line.split()[0] for line in run("rpm", "-qp", "--requires", package).splitlines()}
        others = {need for need in needs if not need.startswith("rpmlib(")}
        # Of every package that cargo-generate-rpm makes.
        assert others == {"/bin/sh"}, others
        run("rpm", "--root", root, "--initdb")
        foreign = ("--nodeps", "--ignorearch", "--ignoreos")
        run("rpm", "--root", root, *foreign, "--install", package)
        expect_files(root)
        (root / "tmp").mkdir(exist_ok=True)
        upload(root, processor, store, f"rpm-{processor}")


def check_image(out: pathlib.Path, store: Store) -> None:
    """Builds the image of this machine's processor, and uploads stdin by it as nobody."""
    architecture = DEBIAN_NAMES[os.uname().machine]
    dockerfile = pathlib.Path("example-app/packages/Dockerfile")
    root = pathlib.Path(tempfile.mkdtemp())
    build = ("buildah", "--storage-driver", "vfs", "--root", root / "store")
    try:
        argument = f"TARGETARCH={architecture}"
        options = ("--isolation", "chroot", "--build-arg", argument)
        image = run(*build, "bud", "--quiet", *options, "-f", dockerfile, out).split()[-1]
        container = run(*build, "from", image).split()[-1]
        mounted = run(*build, "mount", container).split()[-1]
        run(
            *("chroot", "--userspec=65534:65534", mounted, "/bin/rolefs", "-put", "-"),
            f"s3a://{BUCKET}/image",
            input="from an image",
            env=store.variables,
        )
        store.expect("image", b"from an image")
    finally:
        subprocess.run([*map(str, build), "rm", "--all"], check=False, capture_output=True)
        shutil.rmtree(root, ignore_errors=True)


# --- Amazon EMR


def prepare_node(root: pathlib.Path) -> None:
    """Makes a system look like a node of Amazon EMR when its bootstrap actions run."""
    shutil.copy("/etc/resolv.conf", root / "etc/resolv.conf")
    run("chroot", root, "apt-get", "update", "-q")
    run("chroot", root, "apt-get", "install", "-yq", "--no-install-recommends", *OF_NODE)
    run("chroot", root, "useradd", "--create-home", "hadoop")
    (root / "etc/sudoers.d/hadoop").write_text("hadoop ALL=(ALL) NOPASSWD: ALL\n")
    info = root / "mnt/var/lib/info"
    info.mkdir(parents=True)
    (info / "instance.json").write_text('{"isMaster": true}\n')
    # Debian's AWS CLI is older than the variable that names an endpoint.
    command = root / "usr/local/bin/aws"
    command.write_text('#!/bin/sh\nexec /usr/bin/aws --endpoint-url "$AWS_ENDPOINT_URL_S3" "$@"\n')
    command.chmod(0o755)


def check_bootstrap(out: pathlib.Path, system: pathlib.Path, store: Store) -> None:
    """Runs the bootstrap action as EMR does: as hadoop, twice, and with what must be refused."""
    processor = os.uname().machine
    name = f"rolefs-linux-{processor}"
    for folder, content in (("good", (out / name).read_bytes()), ("bad", b"another program")):
        store.client.put_object(Bucket=BUCKET, Key=f"{folder}/{name}", Body=content)
    with copy_of(system) as root:
        prepare_node(root)
        shutil.copy(out / "bootstrap.sh", root / "bootstrap.sh")

        def bootstrap(*arguments: str, expected: int = 0) -> str:
            command = ("chroot", "--userspec=hadoop", root, "/bootstrap.sh", *arguments)
            environment = store.variables | {"HOME": "/home/hadoop"}
            return run(*command, expected=expected, env=environment)

        installed = root / "usr/local/bin/rolefs"
        assert "give the folder" in bootstrap(expected=1)
        assert "expected an s3://" in bootstrap("http://x", expected=1)
        assert "cannot fetch" in bootstrap(f"s3://{BUCKET}/none", expected=1)
        assert "another checksum" in bootstrap(f"s3://{BUCKET}/bad", expected=1)
        assert not installed.exists() and not list(root.glob("tmp/*")), "something is left"
        # The shortest counts: other work of the machine lengthens the rest.
        shortest = min(bootstrap_time(bootstrap, installed) for _ in range(BOOTSTRAPS))
        print(f"the bootstrap action took {shortest:.1f} s")
        assert shortest < LONGEST_BOOTSTRAP, f"and {LONGEST_BOOTSTRAP} s are promised"
        assert installed.stat().st_mode & 0o777 == 0o755 and installed.stat().st_uid == 0
        # Again, and where there is nothing to fetch.
        assert "installed already" in bootstrap(f"s3://{BUCKET}/none")
        # An older program is replaced.
        installed.write_text("old")
        assert "installed" in bootstrap(f"s3://{BUCKET}/good")
        content = b"a step's file"
        (root / "home/hadoop/part").write_bytes(content)
        put = ("rolefs", "-put", "/home/hadoop/part", f"s3://{BUCKET}/step/")
        run("chroot", "--userspec=hadoop", root, *put, env=store.variables)
        store.expect("step/part", content)


def bootstrap_time(bootstrap: Callable[..., str], installed: pathlib.Path) -> float:
    """Returns the seconds that the action takes where the program is not installed yet."""
    installed.unlink(missing_ok=True)
    started = time.monotonic()
    assert "installed" in bootstrap(f"s3://{BUCKET}/good/")
    return time.monotonic() - started


def start_time(*program: str | pathlib.Path) -> float:
    """Returns the milliseconds that the shortest of 20 runs takes."""
    times = []
    for _ in range(20):
        started = time.perf_counter()
        run(*program, "-usage", "put")
        times.append(time.perf_counter() - started)
    return min(times) * 1000


def check_programs(out: pathlib.Path) -> None:
    """Checks that the programs are static and small, and that the checksums are right."""
    run("sha256sum", "--check", "--strict", "SHA256SUMS", cwd=out)
    for processor in DEBIAN_NAMES:
        program = out / f"rolefs-linux-{processor}"
        header = run("readelf", "--wide", "--program-headers", program)
        assert "INTERP" not in header, f"{program} is not static"
        size = program.stat().st_size
        if processor == os.uname().machine:
            started = f"{start_time(program):.1f} ms"
        else:
            started = f"{start_time(f'qemu-{processor}-static', program):.1f} ms under QEMU"
        print(f"{processor}: {size} bytes, starts in {started}")
        assert size <= LARGEST, f"{size} bytes, and {LARGEST} are allowed"


def main() -> None:
    """Runs all checks."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("out", type=lambda text: pathlib.Path(text).resolve())
    parser.add_argument("sandbox")
    given = parser.parse_args()
    count = 0
    check_programs(given.out)
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory()))
        bare = folder / "bare"
        run("debootstrap", "--variant=minbase", SUITE, bare)
        store = Store(*stack.enter_context(sandbox(given.sandbox)))
        for processor in DEBIAN_NAMES:
            check_deb(given.out, processor, bare, store)
            check_rpm(given.out, processor, store)
            count += 2
        check_image(given.out, store)
        check_bootstrap(given.out, bare, store)
        count += 3
    print(f"{count} passed, 0 failed")


if __name__ == "__main__":
    sys.exit(main())
