"""Real S3 servers on loopback, for tests: OpenStack Swift's s3api and SeaweedFS.

Why real ones: a mock repeats its author's reading of the specification; these two were written by others, and
verify every signature. Each server is a context manager that owns everything it starts:

    with Swift(scratch) as server:
        server.client().list_buckets()

Ports are free ones, processes are ended by their own ids, every wait is bounded, and logs stay in
the scratch folder; when the body of the `with` raises or calls `fail`, their tails are printed.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import os
import pathlib
import pwd
import random
import re
import signal
import socket
import subprocess
import sys
import time
import types
from typing import Any, Self

import boto3
import botocore.config
import botocore.exceptions

BIND = "127.0.0.1"
# Below every usual range of outgoing connections.
PORTS = range(15_000, 30_000)
START_SECONDS = 30.0
START_ATTEMPTS = 2
STOP_SECONDS = 2.0
LOG_TAIL = 4000

ONCE = botocore.config.Config(
    connect_timeout=5,
    read_timeout=30,
    retries={"total_max_attempts": 1},
    s3={"addressing_style": "path"},
    request_checksum_calculation="when_required",
    response_checksum_validation="when_required",
)


class ServerError(Exception):
    """A server did not start, or died."""


@dataclasses.dataclass(frozen=True)
class Keys:
    """One set of AWS credentials; `token` is only there for temporary ones."""

    access_key_id: str
    secret_access_key: str
    session_token: str | None = None

    def environment(self) -> dict[str, str]:
        """The variables by which every AWS client takes them."""
        variables = {"AWS_ACCESS_KEY_ID": self.access_key_id, "AWS_SECRET_ACCESS_KEY": self.secret_access_key}
        if self.session_token is not None:
            variables["AWS_SESSION_TOKEN"] = self.session_token
        return variables

    def boto(self) -> dict[str, str | None]:
        """The same as keyword arguments of `boto3.client`."""
        return {
            "aws_access_key_id": self.access_key_id,
            "aws_secret_access_key": self.secret_access_key,
            "aws_session_token": self.session_token,
        }


@dataclasses.dataclass(frozen=True)
class Answers:
    """The error codes by which a server refuses, as observed. The defaults are those of AWS."""

    wrong_secret: str = "SignatureDoesNotMatch"
    wrong_access_key: str = "InvalidAccessKeyId"
    wrong_token: str = "InvalidToken"
    skewed: str = "RequestTimeTooSkewed"
    missing_bucket: str = "NoSuchBucket"
    not_allowed: str = "AccessDenied"


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on now.

    Not those that the system would give for port 0: these come from the range of outgoing connections, and a server
    that connects to its own parts while they start can thereby take the port of one of them.
    """
    free: list[int] = []
    for port in random.sample(PORTS, len(PORTS)):
        with socket.socket() as probe:
            try:
                probe.bind((BIND, port))
            except OSError:
                continue
        free.append(port)
        if len(free) == count:
            return free
    raise ServerError(f"fewer than {count} free ports in {PORTS}")


def program(name: str) -> str:
    """A program that pip put beside the interpreter that runs this; not looked up by PATH, to have the pinned one."""
    path = pathlib.Path(sys.executable).parent / name
    if not path.exists():
        raise ServerError(f"{path} is missing: pip install -r requirements.txt into the interpreter's environment")
    return str(path)


class Server:
    """What both servers share: processes, their logs, and the wait until they answer."""

    name = "server"
    region = "us-east-1"
    keys: Keys
    answers = Answers()

    def __init__(self, scratch: pathlib.Path) -> None:
        self.scratch = scratch
        self.folder = scratch / self.name
        self.processes: list[tuple[str, subprocess.Popen[bytes]]] = []
        self.endpoint = ""

    def start(self) -> None:
        """Starts the processes and sets `endpoint`."""
        raise NotImplementedError

    def client(self, service: str = "s3", keys: Keys | None = None) -> Any:
        """A boto3 client of this server that tries once: retries would hide what a server answers."""
        return boto3.client(
            service, endpoint_url=self.endpoint, region_name=self.region, config=ONCE, **(keys or self.keys).boto()
        )

    def not_ready(self) -> str | None:
        """Why a signed request fails, which takes every part of the server; merely listening does not count."""
        try:
            self.client().list_buckets()
        except (botocore.exceptions.ClientError, botocore.exceptions.BotoCoreError) as error:
            return str(error)
        return None

    def stored_key(self, key: str) -> str:
        """The key under which the server lists what was put under `key`."""
        return key

    def run(self, label: str, command: list[str], environment: dict[str, str] | None = None) -> None:
        """Starts one process, in a process group of its own, with its output in `label.log`."""
        with open(self.folder / f"{label}.log", "wb") as log:
            process = subprocess.Popen(
                command,
                cwd=self.folder,
                env={**os.environ, **(environment or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.processes.append((label, process))

    def wait(self) -> None:
        """Waits until the server works, no longer than `START_SECONDS`, and not for the dead."""
        end = time.monotonic() + START_SECONDS
        while (reason := self.not_ready()) is not None:
            for label, process in self.processes:
                if process.poll() is not None:
                    raise ServerError(f"{self.name}: {label} ended with {process.returncode} while starting")
            if time.monotonic() > end:
                raise ServerError(f"{self.name}: not ready after {START_SECONDS:.0f} s: {reason}")
            time.sleep(0.1)

    def stop(self) -> None:
        """Ends our own process groups, asking first."""
        for kind in (signal.SIGTERM, signal.SIGKILL):
            for _, process in self.processes:
                if process.poll() is None:
                    os.killpg(process.pid, kind)
            end = time.monotonic() + STOP_SECONDS
            for _, process in self.processes:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(max(0.1, end - time.monotonic()))
        self.processes.clear()

    def print_logs(self) -> None:
        """The ends of all logs, on stderr: a failure on another machine must explain itself."""
        for log in sorted(self.folder.glob("*.log")):
            tail = log.read_bytes()[-LOG_TAIL:].decode("utf-8", "replace")
            print(f"--- end of {self.name}/{log.name} ---\n{tail}", file=sys.stderr)

    def try_to_start(self, folder: pathlib.Path) -> None:
        """One attempt, all or nothing."""
        self.folder = folder
        self.folder.mkdir(parents=True)
        try:
            self.start()
            self.wait()
        except BaseException:
            self.stop()
            self.print_logs()
            raise

    def __enter__(self) -> Self:
        for attempt in range(1, START_ATTEMPTS):
            try:
                self.try_to_start(self.scratch / f"{self.name}-{attempt}")
                return self
            except ServerError as error:  # a port may have been taken between looking and binding
                print(f"{error}; once more", file=sys.stderr)
        self.try_to_start(self.scratch / f"{self.name}-{START_ATTEMPTS}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: types.TracebackType | None
    ) -> None:
        self.stop()
        if kind is not None:
            self.print_logs()


SWIFT_CONF = """
[swift-hash]
swift_hash_path_prefix = rolefs
swift_hash_path_suffix = tests

[storage-policy:0]
name = only
default = yes
"""

SWIFT_BACKEND = """
[DEFAULT]
devices = {folder}/disks
mount_check = false
bind_ip = {bind}
bind_port = {port}
workers = 0
user = {user}
swift_dir = {folder}
recon_cache_path = {folder}/recon
log_level = WARNING

[pipeline:main]
pipeline = {kind}-server

[app:{kind}-server]
use = egg:swift#{kind}
"""

# The cache filter is required by tempauth; it may point at nothing (port 1), which means: ask the disks every time.
SWIFT_PROXY = """
[DEFAULT]
bind_ip = {bind}
bind_port = {port}
workers = 0
user = {user}
swift_dir = {folder}
log_level = WARNING

[pipeline:main]
pipeline = catch_errors cache listing_formats s3api tempauth copy slo dlo proxy-server

[filter:catch_errors]
use = egg:swift#catch_errors

[filter:cache]
use = egg:swift#memcache
memcache_servers = {bind}:1

[filter:listing_formats]
use = egg:swift#listing_formats

[filter:s3api]
use = egg:swift#s3api
s3_acl = no
location = {region}
allowable_clock_skew = 900

[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = {secret} .admin

[filter:copy]
use = egg:swift#copy

[filter:slo]
use = egg:swift#slo

[filter:dlo]
use = egg:swift#dlo

[app:proxy-server]
use = egg:swift#proxy
allow_account_management = true
account_autocreate = true
"""

# One device, one replica: what `swift-ring-builder` does in nine process starts.
SWIFT_RINGS = """
import sys
from swift.common.ring import RingBuilder
folder, bind = sys.argv[1], sys.argv[2]
for kind, port in zip(("account", "container", "object"), sys.argv[3:]):
    builder = RingBuilder(part_power=4, replicas=1, min_part_hours=0)
    device = {"region": 1, "zone": 1, "ip": bind, "port": int(port), "device": "d1", "weight": 1.0, "meta": ""}
    builder.add_dev({**device, "replication_ip": bind, "replication_port": int(port)})
    builder.rebalance()
    builder.get_ring().save(f"{folder}/{kind}.ring.gz")
"""


class Swift(Server):
    """OpenStack Swift with s3api: account, container and object server, and the proxy that speaks S3.

    The strictest verifier to be had: signature, body hash, region, date. It has no STS and ignores session tokens.
    """

    name = "swift"
    keys = Keys("test:tester", "testing")
    # Swift's tempauth computes a signature with an empty secret rather than say that the key is unknown.
    answers = Answers(wrong_access_key="SignatureDoesNotMatch")

    def start(self) -> None:
        """Writes rings and configurations, starts the four processes."""
        ports = free_ports(4)
        (self.folder / "disks" / "d1").mkdir(parents=True)
        (self.folder / "recon").mkdir()
        (self.folder / "swift.conf").write_text(SWIFT_CONF)
        # Swift reads swift.conf from SWIFT_DIR when it is imported.
        environment = {"SWIFT_DIR": str(self.folder)}
        rings = [sys.executable, "-c", SWIFT_RINGS, str(self.folder), BIND, *map(str, ports[:3])]
        subprocess.run(rings, env={**os.environ, **environment}, check=True, timeout=START_SECONDS)
        for kind, port in zip(("account", "container", "object", "proxy"), ports, strict=True):
            self.run_part(kind, port, environment)
        self.endpoint = f"http://{BIND}:{ports[3]}"

    def run_part(self, kind: str, port: int, environment: dict[str, str]) -> None:
        """Starts one of the four."""
        template = SWIFT_PROXY if kind == "proxy" else SWIFT_BACKEND
        text = template.format(
            folder=self.folder,
            bind=BIND,
            port=port,
            kind=kind,
            user=user_name(),
            region=self.region,
            secret=self.keys.secret_access_key,
        )
        path = self.folder / f"{kind}.conf"
        path.write_text(text)
        self.run(kind, [program(f"swift-{kind}-server"), str(path)], environment)


def user_name() -> str:
    """Swift changes to this user at start; our own is the only one that works without root."""
    return pwd.getpwuid(os.getuid()).pw_name


ROLE_BUCKET = "probe"
ROLE_ARN = "arn:aws:iam::000000000000:role/UploadRole"


def allow(actions: list[str], resources: list[str], **more: Any) -> dict[str, Any]:
    """One policy document that allows this."""
    statement = {"Effect": "Allow", "Action": actions, **({"Resource": resources} if resources else {}), **more}
    return {"Version": "2012-10-17", "Statement": [statement]}


class SeaweedFS(Server):
    """SeaweedFS: master, volume, filer and S3 gateway in one process, with a real STS on the S3 port.

    `keys` may do everything. `assumer` may do nothing but assume `ROLE_ARN`, which may do everything in the bucket
    `bucket` alone: the shape of a machine's role.
    """

    name = "seaweedfs"
    bucket = ROLE_BUCKET
    keys = Keys("AKIAADMIN00000000001", "adminSecret/0123456789abcdefABCDEF+xyz00")
    # A session token is how it looks up the temporary key at all.
    answers = Answers(wrong_token="InvalidAccessKeyId")
    assumer = Keys("AKIAASSUMER000000001", "assumerSecret/0123456789abcdefABCDEF+xy1")

    def start(self) -> None:
        """Writes both configurations and starts the one process."""
        (self.folder / "data").mkdir()
        (self.folder / "s3.json").write_text(json.dumps(self.identities()))
        (self.folder / "iam.json").write_text(json.dumps(self.iam()))
        roles = ("master", "volume", "filer", "s3")
        ports = free_ports(2 * len(roles))
        command = [program("weed"), "-logtostderr", "server", f"-ip={BIND}", f"-ip.bind={BIND}"]
        for role, port, grpc in zip(roles, ports[::2], ports[1::2], strict=True):
            command += [f"-{role}.port={port}", f"-{role}.port.grpc={grpc}"]
        command += ["-dir=data", "-filer", "-s3", "-s3.config=s3.json", "-s3.iam.config=iam.json"]
        # Nothing but S3 may listen, nor report home; small volumes, as seven are allocated at the first write.
        command += ["-s3.port.iceberg=0", "-s3.port.lance=0", "-master.telemetry=false", "-s3.autoCreateBucket=false"]
        command += ["-volume.max=100", "-master.volumeSizeLimitMB=64"]
        self.run("weed", command)
        self.endpoint = f"http://{BIND}:{ports[6]}"

    def stored_key(self, key: str) -> str:
        """Objects are files of its filer, whose paths have no empty segments."""
        return re.sub("//+", "/", key)

    def identities(self) -> dict[str, Any]:
        """The static keys."""
        every = ["Admin", "Read", "List", "Tagging", "Write"]
        return {
            "identities": [
                {"name": "admin", "credentials": [credential(self.keys)], "actions": every},
                {
                    "name": "assumer",
                    "credentials": [credential(self.assumer)],
                    "actions": ["Read"],
                    "policyNames": ["AllowAssume"],
                },
            ]
        }

    def iam(self) -> dict[str, Any]:
        """STS, the role, and the two policies."""
        bucket = f"arn:aws:s3:::{self.bucket}"
        upload = allow(["s3:*"], [bucket, f"{bucket}/*"])
        upload["Statement"] += allow(["sts:ValidateSession"], ["*"])["Statement"]
        return {
            "sts": {
                "tokenDuration": "1h",
                "maxSessionLength": "12h",
                "issuer": "seaweedfs-sts",
                "signingKey": "dGVzdC1zaWduaW5nLWtleS0zMi1jaGFyYWN0ZXJzLWxvbmc=",
            },
            "policy": {"defaultEffect": "Deny"},
            "roles": [
                {
                    "roleName": ROLE_ARN.rpartition("/")[2],
                    "roleArn": ROLE_ARN,
                    "trustPolicy": allow(["sts:AssumeRole"], [], Principal={"AWS": "*"}),
                    "attachedPolicies": ["UploadPolicy"],
                }
            ],
            "policies": [
                {"name": "UploadPolicy", "document": upload},
                {"name": "AllowAssume", "document": allow(["sts:AssumeRole"], [ROLE_ARN])},
            ],
        }

    def assume_role(self) -> Keys:
        """Temporary credentials of the role, as boto3 gets them from the server's own STS."""
        sts = self.client("sts", self.assumer)
        answer = sts.assume_role(RoleArn=ROLE_ARN, RoleSessionName="uploads")["Credentials"]
        return Keys(answer["AccessKeyId"], answer["SecretAccessKey"], answer["SessionToken"])


def credential(keys: Keys) -> dict[str, str]:
    """Keys as SeaweedFS's configuration spells them."""
    return {"accessKey": keys.access_key_id, "secretKey": keys.secret_access_key}
