"""Checks which certificates rolefs trusts: by setting, and by kind of certificate."""

from __future__ import annotations

import pathlib
import socket
import ssl

from harness.certificates import Authority, self_signed, tls_1_1, tls_before
from harness.checks import expect
from harness.network.trial import NAMES, Trial, at
from harness.servers import BIND


def trust(trial: Trial) -> None:
    """Checks every setting that names certificates."""
    directory = trial.folder / "directory"
    directory.mkdir()
    (directory / "authority.pem").write_bytes(trial.authority.certificate.read_bytes())
    other = str(Authority(trial.folder / "other", "Another authority").certificate)
    check_trusted(trial, other, directory)
    check_refused(trial, other, directory)


def check_trusted(trial: Trial, other: str, directory: pathlib.Path) -> None:
    """Checks the settings by which the private authority is trusted."""
    through = {"HTTPS_PROXY": trial.proxy()}
    certificate = str(trial.authority.certificate)
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


def check_refused(trial: Trial, other: str, directory: pathlib.Path) -> None:
    """Checks the settings that name no usable certificate, or the wrong one."""
    through = {"HTTPS_PROXY": trial.proxy()}
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
        (
            "a damaged certificate",
            {"AWS_CA_BUNDLE": str(text)},
            (f"{text} (AWS_CA_BUNDLE)", "certificate 1", "damaged"),
            (),
        ),
        ("a directory", {"AWS_CA_BUNDLE": str(directory)}, (f"{directory} (AWS_CA_BUNDLE)",), ()),
    ):
        with trial.checks.check(f"{'/'.join(variables) or 'trust'}: {label} is reported at once"):
            trial.check_end({**through, **variables}, *parts, generic=generic)
    with trial.checks.check(
        "ca_bundle of the profile: a missing file is reported at once, with the profile"
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
    check_wrong_ports(trial, plain_port)


def check_wrong_ports(trial: Trial, plain_port: int) -> None:
    """Checks ports that speak an old version of TLS, or the other protocol."""
    authority = trial.authority
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
