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

import pathlib
import subprocess
import sys
import time

from harness.certificates import Authority
from harness.checks import Checks, expect
from harness.credential_runs import Rolefs
from harness.network.trial import (
    NAMES,
    QUOTED,
    S3_NAME,
    STS_NAME,
    SeaweedFSOverTls,
    Trial,
    at,
    scratch_folder,
)
from harness.network.trust import certificates, trust
from harness.servers import BIND, ROLE_BUCKET, Sandbox, Squid, Tinyproxy, free_ports
from harness.servers.proxies import PASSWORD, USER


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
        output = (
            trial.run(variables, "-credentials")[0].errors
            + trial.run(variables, "-showConfig")[0].output
        )
        way = (
            f"network: https through http://{BIND}:{trial.squid.port} (HTTPS_PROXY); certificates: "
        )
        expect(output.count(way + f"{trial.authority.certificate} (AWS_CA_BUNDLE)") == 2, output)


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
    with trial.checks.check("plain HTTP: a wrong password is reported at once"):
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
