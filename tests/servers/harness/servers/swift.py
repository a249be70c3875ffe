"""OpenStack Swift with its s3api."""

from __future__ import annotations

import os
import pwd
import subprocess
import sys

from harness.servers.server import (
    BIND,
    START_SECONDS,
    ErrorCodes,
    Keys,
    Server,
    free_ports,
    program,
)

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

# tempauth requires the cache filter; port 1, where nothing listens, means: ask the disks every
# time.
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

# One device, one replica: the result of `swift-ring-builder`, which would take nine processes.
SWIFT_RINGS = """
import sys
from swift.common.ring import RingBuilder
folder, bind = sys.argv[1], sys.argv[2]
for kind, port in zip(("account", "container", "object"), sys.argv[3:]):
    builder = RingBuilder(part_power=4, replicas=1, min_part_hours=0)
    device = {"region": 1, "zone": 1, "ip": bind, "port": int(port)}
    device |= {"device": "d1", "weight": 1.0, "meta": ""}
    builder.add_dev({**device, "replication_ip": bind, "replication_port": int(port)})
    builder.rebalance()
    builder.get_ring().save(f"{folder}/{kind}.ring.gz")
"""


class Swift(Server):
    """OpenStack Swift with s3api: account, container and object server, and the proxy that speaks
    S3.

    It is the strictest verifier available: signature, body hash, region, date. It has no STS and
    ignores session tokens.
    """

    name = "swift"
    keys = Keys("test:tester", "testing")
    # Swift's tempauth computes a signature with an empty secret rather than report an unknown key.
    error_codes = ErrorCodes(wrong_access_key="SignatureDoesNotMatch")

    def start(self) -> None:
        """Writes rings and configurations, and starts the four processes."""
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
        """Starts one of the four processes."""
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
    """Returns our own user, to which Swift changes at its start: another one would require root."""
    return pwd.getpwuid(os.getuid()).pw_name
