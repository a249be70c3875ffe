#!/usr/bin/env python3
"""Checks that rolefs reaches S3 and STS through real proxies, and trusts the configured
certificates.

    network.py ROLEFS SANDBOX

SeaweedFS speaks TLS, with a certificate of a private authority, under names that only squid can
resolve. Both require what a company's network requires: a proxy with a password, and a private
authority. Every setting must lead there. Without it a run must end within a second, with an error
that names it. SANDBOX is the metadata service, which must never be reached through a proxy.
OpenSSL, by Python, is the reference for accepted certificates.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import pathlib
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import urllib.parse
from collections.abc import Iterator

from harness.certificates import Authority, self_signed, tls_1_1, tls_before
from harness.checks import Checks, expect
from harness.credential_runs import Done, Rolefs, Variables
from harness.servers import (
    BIND,
    ROLE_ARN,
    ROLE_BUCKET,
    Sandbox,
    SeaweedFS,
    Squid,
    Tinyproxy,
    free_ports,
)
from harness.servers.proxies import PASSWORD, USER

S3_NAME, STS_NAME = "s3.internal.test", "sts.internal.test"
NAMES = f"DNS:{S3_NAME},DNS:{STS_NAME},DNS:localhost,IP:{BIND}"
AT_ONCE = 1.0  # seconds
QUOTED = f"{USER}:{urllib.parse.quote(PASSWORD, safe='')}"
CONTENT = os.urandom(300_000)


class SeaweedFSOverTls(SeaweedFS):
    """SeaweedFS that also speaks TLS, on `tls_port`."""

    tls_port = 0

    def __init__(self, scratch: pathlib.Path, certificate: pathlib.Path, key: pathlib.Path) -> None:
        super().__init__(scratch)
        self.certificate, self.key = certificate, key

    def more_options(self) -> list[str]:
        """Adds the options for TLS."""
        (self.tls_port,) = free_ports(1)
        return [
            f"-s3.port.https={self.tls_port}",
            f"-s3.cert.file={self.certificate}",
            f"-s3.key.file={self.key}",
        ]


@dataclasses.dataclass
class Trial:
    """The shared parts of the checks."""

    checks: Checks
    rolefs: Rolefs
    server: SeaweedFSOverTls
    squid: Squid
    authority: Authority
    folder: pathlib.Path

    def run(self, variables: Variables, *arguments: str) -> tuple[Done, float]:
        """Runs rolefs with the assumer's keys, and returns the time it took."""
        port = self.server.tls_port
        here = {
            **self.server.keys.environment(),
            "AWS_ENDPOINT_URL_S3": f"https://{S3_NAME}:{port}",
            "AWS_ENDPOINT_URL_STS": f"https://{STS_NAME}:{port}",
        }
        started = time.monotonic()
        done = self.rolefs.run({**here, **variables}, *arguments)
        return done, time.monotonic() - started

    def works(self, variables: Variables, *generic: str) -> None:
        """Checks put, get, -whoami and AssumeRole."""
        source, target = self.folder / "source", self.folder / "target"
        source.write_bytes(CONTENT)
        target.unlink(missing_ok=True)
        key = f"s3a://{ROLE_BUCKET}/network/{len(self.squid.lines())}"
        profile = {"AWS_CONFIG_FILE": self.role_file(variables), "AWS_PROFILE": "role"}
        for more, arguments in (
            ({}, ("-put", "-f", str(source), key)),
            ({}, ("-get", key, str(target))),
            ({}, ("-whoami",)),
            (profile, ("-credentials", "--format", "json")),
            (profile, ("-ls", key)),
        ):
            mine = {name: value for name, value in variables.items() if name != "config"}
            done, _ = self.run({**mine, **more}, *generic, *arguments)
            expect(done.status == 0, f"rolefs {arguments}: {done}")
        expect(target.read_bytes() == CONTENT, "the bytes read back differ")

    def role_file(self, variables: Variables) -> str:
        """Writes a config file with a role, and the settings that the variables require in its
        profile.
        """
        keys = self.server.assumer
        text = (
            f"[default]\n{variables.get('config', '')}\n[profile role]\nrole_arn = "
            f"{ROLE_ARN}\nsource_profile = user\n"
            f"{variables.get('config', '')}\n[profile user]\naws_access_key_id = "
            f"{keys.access_key_id}\n"
            f"aws_secret_access_key = {keys.secret_access_key}\n"
        )
        return self.rolefs.file("role-config", text)

    def check_end(self, variables: Variables, *parts: str, generic: tuple[str, ...] = ()) -> None:
        """Checks that S3 and STS each end at once, with these words, and without the password."""
        for arguments in (("-ls", f"s3a://{ROLE_BUCKET}/"), ("-whoami",)):
            done, took = self.run(variables, *generic, *arguments)
            expect(done.status == 1, f"{arguments}: {done}")
            expect(took < AT_ONCE, f"{arguments}: it took {took:.1f} s: {done}")
            for part in parts:
                expect(part in done.errors, f"{arguments}: {part!r} is not in {done.errors!r}")
            for secret in (PASSWORD, urllib.parse.quote(PASSWORD, safe=""), "wr0ng"):
                expect(secret not in done.errors + done.output, f"{arguments}: a password is shown")

    def proxy(self, user: str = QUOTED) -> str:
        """Returns the URL of squid."""
        return (
            f"http://{user}@{BIND}:{self.squid.port}"
            if user
            else f"http://{BIND}:{self.squid.port}"
        )

    def trusted(self) -> Variables:
        """Returns the right certificates."""
        return {"AWS_CA_BUNDLE": str(self.authority.certificate)}


def proxies(trial: Trial) -> None:
    """Checks every setting that names a proxy."""
    s3a = [
        "-D",
        f"fs.s3a.proxy.host={BIND}",
        "-D",
        f"fs.s3a.proxy.port={trial.squid.port}",
        "-D",
        f"fs.s3a.proxy.username={USER}",
        "-D",
        f"fs.s3a.proxy.password={PASSWORD}",
    ]
    of_bucket = [word.replace("fs.s3a.", f"fs.s3a.bucket.{ROLE_BUCKET}.") for word in s3a]
    for label, variables, generic in (
        ("HTTPS_PROXY", {"HTTPS_PROXY": trial.proxy()}, ()),
        ("https_proxy", {"https_proxy": trial.proxy(), "HTTPS_PROXY": "http://other.test"}, ()),
        ("ALL_PROXY", {"ALL_PROXY": trial.proxy().removeprefix("http://")}, ()),
        ("fs.s3a.proxy.*", {"HTTPS_PROXY": "http://other.test"}, tuple(s3a)),
    ):
        with trial.checks.check(f"{label}: put, get, -whoami and AssumeRole go through squid"):
            before = len(trial.squid.lines())
            trial.works(
                {**trial.trusted(), **variables, "NO_PROXY": "other.test,10.0.0.0/8"}, *generic
            )
            tunnels = set(trial.squid.tunnels(before))
            expected = {f"{name}:{trial.server.tls_port}" for name in (S3_NAME, STS_NAME)}
            expect(tunnels == expected, f"tunnels to {tunnels}")
    with trial.checks.check("fs.s3a.bucket.*.proxy.*: of the bucket alone"):
        done, _ = trial.run(trial.trusted(), *of_bucket, "-ls", f"s3a://{ROLE_BUCKET}/")
        expect(done.status == 0, f"{done}")
    with trial.checks.check("https: the proxy itself is asked by TLS"):
        url = f"https://{QUOTED}@localhost:{trial.squid.tls_port}"
        trial.works({**trial.trusted(), "HTTPS_PROXY": url})
    with trial.checks.check(
        "-credentials and -showConfig name proxy and certificates, without the password"
    ):
        variables = {**trial.trusted(), "HTTPS_PROXY": trial.proxy()}
        told = (
            trial.run(variables, "-credentials")[0].errors
            + trial.run(variables, "-showConfig")[0].output
        )
        way = (
            f"network: https through http://{BIND}:{trial.squid.port} (HTTPS_PROXY); certificates: "
        )
        expect(told.count(way + f"{trial.authority.certificate} (AWS_CA_BUNDLE)") == 2, told)


def proxies_fail(trial: Trial) -> None:
    """Checks that a proxy's refusal ends the run at once."""
    trusted = trial.trusted()
    (closed,) = free_ports(1)
    nobody = {
        "AWS_ENDPOINT_URL_S3": "https://none.test",
        "AWS_ENDPOINT_URL_STS": "https://none.test",
    }
    forbidden = {
        "AWS_ENDPOINT_URL_S3": "https://forbidden.test",
        "AWS_ENDPOINT_URL_STS": "https://forbidden.test",
    }
    for label, variables, parts in (
        ("without a proxy", {}, ("cannot be resolved", "HTTPS_PROXY")),
        ("NO_PROXY=*", {"HTTPS_PROXY": trial.proxy(), "NO_PROXY": "*"}, ("cannot be resolved",)),
        (
            "NO_PROXY names the host",
            {"HTTPS_PROXY": trial.proxy(), "no_proxy": ".internal.test"},
            ("resolved",),
        ),
        (
            "a wrong password",
            {"HTTPS_PROXY": trial.proxy(f"{USER}:wr0ng")},
            ("407", "(HTTPS_PROXY)", "correct them"),
        ),
        (
            "no password",
            {"ALL_PROXY": trial.proxy("")},
            ("407", "(ALL_PROXY)", "USER:PASSWORD@HOST"),
        ),
        ("a closed port", {"https_proxy": f"http://{BIND}:{closed}"}, ("(https_proxy)", "refused")),
        (
            "a proxy without an address",
            {"HTTPS_PROXY": "http://none.test:3128"},
            ("(HTTPS_PROXY)", "none.test"),
        ),
        (
            "a host without an address",
            {"HTTPS_PROXY": trial.proxy(), **nobody},
            ("(HTTPS_PROXY)", "does not reach the host"),
        ),
        (
            "a host that is forbidden",
            {"HTTPS_PROXY": trial.proxy(), **forbidden},
            ("(HTTPS_PROXY)", "403"),
        ),
        ("a SOCKS proxy", {"ALL_PROXY": "socks5://u:wr0ng@p:1"}, ("ALL_PROXY", "SOCKS")),
        ("no URL", {"HTTPS_PROXY": "http://u:wr0ng@p:port"}, ("HTTPS_PROXY: expected the URL",)),
        (
            "TLS to a plain proxy",
            {"HTTPS_PROXY": trial.proxy().replace("http:", "https:")},
            ("(HTTPS_PROXY)", "TLS"),
        ),
    ):
        with trial.checks.check(f"{label}: it ends at once"):
            trial.check_end({**trusted, **variables}, *parts)
    with trial.checks.check("fs.s3a.proxy.host with a closed port: it ends at once"):
        generic = ("-D", f"fs.s3a.proxy.host={BIND}", "-D", f"fs.s3a.proxy.port={closed}")
        trial.check_end(trusted, "(fs.s3a.proxy.host)", "refused", generic=generic)


def trust(trial: Trial) -> None:
    """Checks every setting that names certificates."""
    through = {"HTTPS_PROXY": trial.proxy()}
    certificate = str(trial.authority.certificate)
    other = str(Authority(trial.folder / "other", "Another authority").certificate)
    directory = trial.folder / "directory"
    directory.mkdir()
    (directory / "authority.pem").write_bytes(trial.authority.certificate.read_bytes())
    windows = trial.folder / "windows.pem"
    windows.write_bytes(
        b"# ours\r\n" + trial.authority.certificate.read_bytes().replace(b"\n", b"\r\n")
    )
    for label, variables, generic in (
        (
            "AWS_CA_BUNDLE",
            {
                "AWS_CA_BUNDLE": certificate,
                "SSL_CERT_FILE": other,
                "config": f"ca_bundle = {other}",
            },
            (),
        ),
        ("AWS_CA_BUNDLE with CRLF", {"AWS_CA_BUNDLE": str(windows)}, ()),
        (
            "ca_bundle of the profile",
            {"config": f"ca_bundle = {certificate}", "SSL_CERT_FILE": other},
            (),
        ),
        ("--ca-bundle", {"AWS_CA_BUNDLE": other}, ("--ca-bundle", certificate)),
        ("SSL_CERT_FILE", {"SSL_CERT_FILE": certificate}, ()),
        ("SSL_CERT_DIR", {"SSL_CERT_DIR": f"/nonexistent:{directory}"}, ()),
    ):
        with trial.checks.check(
            f"{label}: put, get, -whoami and AssumeRole trust the private authority"
        ):
            config = {"AWS_CONFIG_FILE": trial.role_file(variables)}
            trial.works({**through, **config, **variables}, *generic)
    empty, text = trial.folder / "empty.pem", trial.folder / "text.pem"
    empty.write_text("")
    text.write_text("-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n")
    missing = str(trial.folder / "missing.pem")
    for label, variables, parts, generic in (
        ("no setting", {}, ("UnknownIssuer", "AWS_CA_BUNDLE", "ca_bundle"), ()),
        (
            "another authority",
            {"AWS_CA_BUNDLE": other},
            ("UnknownIssuer", f"{other} (AWS_CA_BUNDLE)"),
            (),
        ),
        ("a missing file", {"AWS_CA_BUNDLE": missing}, (f"{missing} (AWS_CA_BUNDLE)",), ()),
        ("a missing file", {}, (f"{missing} (--ca-bundle)",), ("--ca-bundle", missing)),
        ("a missing file", {"SSL_CERT_FILE": missing}, (f"{missing} (SSL_CERT_FILE)",), ()),
        ("an empty file", {"AWS_CA_BUNDLE": str(empty)}, (f"{empty} (AWS_CA_BUNDLE)", "PEM"), ()),
        ("an empty file", {"SSL_CERT_FILE": str(empty)}, (f"{empty} (SSL_CERT_FILE)", "PEM"), ()),
        ("no PEM", {"AWS_CA_BUNDLE": str(text)}, (f"{text} (AWS_CA_BUNDLE)", "PEM"), ()),
        ("a directory", {"AWS_CA_BUNDLE": str(directory)}, (f"{directory} (AWS_CA_BUNDLE)",), ()),
    ):
        with trial.checks.check(f"{'/'.join(variables) or 'trust'}: {label} is told at once"):
            trial.check_end({**through, **variables}, *parts, generic=generic)
    with trial.checks.check(
        "ca_bundle of the profile: a missing file is told at once, with the profile"
    ):
        config = trial.rolefs.file("bad-config", f"[default]\nca_bundle = {missing}\n")
        trial.check_end(
            {**through, "AWS_CONFIG_FILE": config}, f'{missing} (ca_bundle of profile "default")'
        )


def accepts(port: int, bundle: pathlib.Path, name: str) -> bool:
    """Returns whether OpenSSL, by Python, accepts the certificate at a port."""
    context = ssl.create_default_context(cafile=str(bundle))
    try:
        with (
            socket.create_connection((BIND, port), timeout=5) as plain,
            context.wrap_socket(plain, server_hostname=name),
        ):
            return True
    except ssl.SSLError:
        return False


def certificates(trial: Trial) -> None:
    """Checks all kinds of certificates: rolefs accepts those that OpenSSL accepts, and reports what
    is wrong with the others.
    """
    plain_port = int(trial.server.endpoint.rpartition(":")[2])
    folder, authority = trial.folder, trial.authority
    old = authority.sign("old", NAMES, days=1, start="2020-01-01 00:00:00")
    young = authority.sign("young", NAMES, start="+10 days")
    itself = self_signed(folder, "itself", NAMES)
    modest = self_signed(folder, "modest", NAMES, "-addext", "basicConstraints=critical,CA:FALSE")
    misnamed_itself = self_signed(folder, "misnamed-itself", "DNS:other.test")
    for label, pair, bundle, parts in (
        ("signed by the authority", authority.sign("good", NAMES), authority.certificate, None),
        ("self-signed, CA:TRUE", itself, itself[0], None),
        ("self-signed, CA:FALSE", modest, modest[0], None),
        (
            "self-signed, not in the bundle",
            itself,
            authority.certificate,
            ("CA:TRUE", "AWS_CA_BUNDLE"),
        ),
        (
            "self-signed for another name",
            misnamed_itself,
            misnamed_itself[0],
            ("not valid for name", "subjectAltName"),
        ),
        (
            "for another name",
            authority.sign("misnamed", "DNS:other.test"),
            authority.certificate,
            ("subjectAltName",),
        ),
        ("expired", old, authority.certificate, ("expired", "renewed")),
        ("not yet valid", young, authority.certificate, ("not valid yet", "clock")),
    ):
        with (
            trial.checks.check(
                f"a certificate {label} is {'taken' if parts is None else 'refused at once'}"
            ),
            tls_before(plain_port, *pair) as port,
        ):
            expect(accepts(port, bundle, "localhost") == (parts is None), "OpenSSL says otherwise")
            variables = {"AWS_CA_BUNDLE": str(bundle), **at(f"https://localhost:{port}")}
            if parts is None:
                trial.works(variables)
            else:
                trial.check_end(variables, *parts)
    with (
        trial.checks.check("TLS 1.1 alone is refused at once"),
        tls_1_1(*authority.sign("eleven", NAMES)) as port,
    ):
        trial.check_end({**trial.trusted(), **at(f"https://localhost:{port}")}, "TLS 1.2")
    with trial.checks.check("https to a port of plain HTTP ends at once"):
        trial.check_end({**trial.trusted(), **at(f"https://localhost:{plain_port}")}, "http://")
    with trial.checks.check("plain HTTP to SeaweedFS's port of TLS ends at once"):
        trial.check_end(at(f"http://localhost:{trial.server.tls_port}"), "https://")
    with (
        trial.checks.check("plain HTTP to OpenSSL's port of TLS ends at once"),
        tls_before(plain_port, *authority.sign("mute", NAMES)) as port,
    ):
        trial.check_end(at(f"http://localhost:{port}"), "https://")


def at(url: str) -> Variables:
    """Returns the settings of S3 and STS at one URL."""
    return {"AWS_ENDPOINT_URL_S3": url, "AWS_ENDPOINT_URL_STS": url}


def metadata(trial: Trial, sandbox: Sandbox) -> None:
    """Checks that the metadata service is asked directly, and that plain HTTP to S3 goes through
    the proxy, in its own form.
    """
    everything = {name: trial.proxy() for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")}
    role = {
        "AWS_EC2_METADATA_SERVICE_ENDPOINT": sandbox.metadata,
        "AWS_EC2_METADATA_DISABLED": "false",
    }
    with trial.checks.check("metadata is never asked for through a proxy; S3 by plain HTTP is"):
        before = len(trial.squid.lines())
        done = trial.rolefs.run(
            {**everything, **role, "AWS_ENDPOINT_URL_S3": sandbox.endpoint}, "-ls", "s3a://none/"
        )
        expect("NoSuchBucket" in done.errors, f"{done}")
        lines = trial.squid.lines()[before:]
        expect(any(f"GET {sandbox.endpoint}/none" in line for line in lines), f"{lines}")
        expect(all(sandbox.metadata not in line for line in lines), f"{lines}")
    with trial.checks.check("plain HTTP: a wrong password is told at once"):
        wrong = {"HTTP_PROXY": trial.proxy(f"{USER}:wr0ng"), **at(trial.server.endpoint)}
        trial.check_end(wrong, "407", "(HTTP_PROXY)")
    with trial.checks.check("HTTP_PROXY is ignored in a CGI program"):
        direct = {
            "HTTP_PROXY": trial.proxy(""),
            "REQUEST_METHOD": "GET",
            **at(trial.server.endpoint),
        }
        done, _ = trial.run(direct, "-whoami")
        expect(done.status == 0, f"{done}")


def other_proxy(trial: Trial) -> None:
    """Checks tinyproxy, which resolves the same names as this host."""
    url = f"https://localhost:{trial.server.tls_port}"
    with (
        Tinyproxy(trial.folder) as tinyproxy,
        trial.checks.check("tinyproxy: put, get, -whoami and AssumeRole"),
    ):
        proxy = {"HTTPS_PROXY": f"http://{USER}:plain@{BIND}:{tinyproxy.port}"}
        trial.works({**trial.trusted(), **proxy, **at(url)})
        asked = [line for line in tinyproxy.lines() if "CONNECT" in line]
        log = (tinyproxy.folder / "tinyproxy.log").read_text(errors="replace")
        expect(bool(asked) or "CONNECT" in log, f"it was not asked: {log[-500:]}")


@contextlib.contextmanager
def scratch_folder() -> Iterator[pathlib.Path]:
    """Creates a folder that squid, which has another user, can enter."""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        yield folder


def main() -> int:
    """Runs all checks."""
    binary, example = (str(pathlib.Path(argument).resolve()) for argument in sys.argv[1:3])
    checks = Checks()
    started = time.monotonic()
    with scratch_folder() as folder:
        home = folder / "home"
        home.mkdir()
        authority = Authority(folder / "authority", "A private authority")
        pair = authority.sign("server", NAMES)
        with (
            SeaweedFSOverTls(folder, *pair) as server,
            Squid(folder, [S3_NAME, STS_NAME], pair) as squid,
            Sandbox(folder, example) as sandbox,
        ):
            server.client().create_bucket(Bucket=ROLE_BUCKET)
            trial = Trial(checks, Rolefs(binary, home), server, squid, authority, folder)
            trial.rolefs.secrets |= {
                PASSWORD,
                server.keys.secret_access_key,
                server.assumer.secret_access_key,
            }
            proxies(trial)
            proxies_fail(trial)
            trust(trial)
            certificates(trial)
            metadata(trial, sandbox)
            other_proxy(trial)
            if checks.failed:
                squid.print_logs()
    print(f"{checks.passed} passed, {checks.failed} failed, {time.monotonic() - started:.0f} s")
    return 1 if checks.failed else 0


if __name__ == "__main__":
    subprocess.run(["openssl", "version"], check=True, capture_output=True)
    sys.exit(main())
