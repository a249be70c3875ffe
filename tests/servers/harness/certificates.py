"""Certificates of openssl, with a private authority or self-signed."""

from __future__ import annotations

import asyncio
import contextlib
import pathlib
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator

from harness.servers import BIND, free_ports


class Authority:
    """A private authority and its certificates, as files in a folder."""

    def __init__(self, folder: pathlib.Path, name: str) -> None:
        self.folder, self.name = folder, name
        folder.mkdir(parents=True, exist_ok=True)
        self.certificate = folder / f"{name}.pem"
        self.key = folder / f"{name}.key"
        openssl(
            "req",
            "-x509",
            *new_key(self.key),
            "-days",
            "30",
            "-subj",
            f"/CN={name}",
            "-out",
            self.certificate,
        )

    def sign(
        self, name: str, names: str, days: int = 2, start: str | None = None
    ) -> tuple[pathlib.Path, pathlib.Path]:
        """Signs a server's certificate for these names (`DNS:a,IP:b`); it is valid from `start`,
        for `days` days.
        """
        request, key = self.folder / f"{name}.csr", self.folder / f"{name}.key"
        certificate, extensions = self.folder / f"{name}.pem", self.folder / f"{name}.ext"
        openssl("req", *new_key(key), "-subj", f"/CN={name}", "-out", request)
        extensions.write_text(
            f"subjectAltName={names}\nbasicConstraints=CA:FALSE\nextendedKeyUsage=serverAuth\n"
        )
        wrapper = ("faketime", start) if start else ()
        signing = [
            "x509",
            "-req",
            "-in",
            request,
            "-CA",
            self.certificate,
            "-CAkey",
            self.key,
            "-CAcreateserial",
        ]
        openssl(
            *signing,
            "-days",
            str(days),
            "-extfile",
            extensions,
            "-out",
            certificate,
            wrapper=wrapper,
        )
        return certificate, key


def self_signed(
    folder: pathlib.Path, name: str, names: str, *more: str
) -> tuple[pathlib.Path, pathlib.Path]:
    """Creates a certificate as `openssl req -x509` does: self-signed, and marked as an
    authority.
    """
    certificate, key = folder / f"{name}.pem", folder / f"{name}.key"
    alternative = ("-addext", f"subjectAltName={names}")
    openssl(
        "req",
        "-x509",
        *new_key(key),
        "-days",
        "2",
        "-subj",
        f"/CN={name}",
        *alternative,
        *more,
        "-out",
        certificate,
    )
    return certificate, key


def new_key(key: pathlib.Path) -> list[str | pathlib.Path]:
    """Creates a key, quickly."""
    return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key]


def openssl(*arguments: str | pathlib.Path, wrapper: tuple[str, ...] = ()) -> None:
    """Runs openssl, which must succeed."""
    subprocess.run(
        [*wrapper, "openssl", *map(str, arguments)], check=True, capture_output=True, timeout=30
    )


@contextlib.contextmanager
def tls_1_1(certificate: pathlib.Path, key: pathlib.Path) -> Iterator[int]:
    """Starts a server that speaks TLS 1.1 and nothing newer, until the block ends."""
    (port,) = free_ports(1)
    command = [
        "openssl",
        "s_server",
        "-accept",
        f"{BIND}:{port}",
        "-cert",
        str(certificate),
        "-key",
        str(key),
        "-www",
    ]
    command += ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            for _ in range(100):
                with (
                    contextlib.suppress(OSError),
                    socket.create_connection((BIND, port), timeout=1),
                ):
                    break
                time.sleep(0.05)
            yield port
        finally:
            server.terminate()


@contextlib.contextmanager
def tls_before(port: int, certificate: pathlib.Path, key: pathlib.Path) -> Iterator[int]:
    """Puts OpenSSL's TLS in front of a port of plain HTTP, until the block ends."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    (front,) = free_ports(1)
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda *_: None)

    async def copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while chunk := await reader.read(65536):
                writer.write(chunk)
                await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back_reader, back_writer = await asyncio.open_connection(BIND, port)
        await asyncio.gather(copy(reader, back_writer), copy(back_reader, writer))

    server = loop.run_until_complete(asyncio.start_server(serve, BIND, front, ssl=context))
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield front
    finally:
        loop.call_soon_threadsafe(server.close)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
