"""Real S3 servers on loopback, for tests.

A mock repeats its author's reading of the specification. These servers were written by others, and
verify signatures. Each server is a context manager that owns everything it starts:

    with Swift(scratch) as server:
        server.client().list_buckets()

Ports are free ones, processes are ended by their own ids, every wait is bounded, and logs stay in
the scratch folder. When the body of the `with` raises or calls `fail`, the ends of the logs are
printed.
"""

from harness.servers.ministack import Ministack
from harness.servers.proxies import Squid, Tinyproxy
from harness.servers.sandbox import Sandbox
from harness.servers.seaweedfs import ROLE_ARN, ROLE_BUCKET, SeaweedFS, allow
from harness.servers.server import BIND, Keys, Server, ServerError, free_ports, program
from harness.servers.swift import Swift

__all__ = [
    "BIND",
    "ROLE_ARN",
    "ROLE_BUCKET",
    "Keys",
    "Ministack",
    "Sandbox",
    "SeaweedFS",
    "Server",
    "ServerError",
    "Squid",
    "Swift",
    "Tinyproxy",
    "allow",
    "free_ports",
    "program",
]
