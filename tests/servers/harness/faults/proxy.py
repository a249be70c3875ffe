"""A proxy between rolefs and an S3 server that applies a fault to each exchange.

It reads only heads and lengths of HTTP/1.1, and passes all bytes on unchanged, so that signatures
stay valid. It opens a connection to the server for each request.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import re
import socket
import struct
import urllib.parse
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Self

PIECE = 256 * 1024
# RST rather than FIN when the socket is closed.
RESET = struct.pack("ii", 1, 0)


class CutOffError(Exception):
    """The end of the connection at this point; `resets` says how."""

    def __init__(self, resets: bool) -> None:
        super().__init__()
        self.resets = resets


@dataclasses.dataclass(frozen=True)
class Head:
    """The head of a request or a response."""

    raw: bytes
    first: list[str]
    fields: dict[str, str]

    @classmethod
    async def read(cls, reader: asyncio.StreamReader) -> Self:
        """Reads the next head of a connection."""
        raw = await reader.readuntil(b"\r\n\r\n")
        first, *lines = raw.decode("latin-1").rstrip("\r\n").split("\r\n")
        fields = {
            name.lower(): value.strip()
            for name, _, value in (line.partition(":") for line in lines)
        }
        return cls(raw, first.split(" ", 2), fields)

    @property
    def length(self) -> int:
        """Returns the length of the body, in bytes."""
        return int(self.fields.get("content-length", "0"))

    @property
    def stage(self) -> str:
        """Returns the stage of a put that a request belongs to."""
        method, target = self.first[0], urllib.parse.urlsplit(self.first[1])
        query = urllib.parse.parse_qs(target.query, keep_blank_values=True)
        if method == "GET":
            return "list" if "list-type" in query else "get"
        if method == "POST":
            return "create" if "uploads" in query else "complete"
        if method == "PUT":
            return "part" if "partNumber" in query else "put"
        return {"HEAD": "head", "DELETE": "abort"}.get(method, method)

    async def body(self, reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
        """Reads the body after this head, framed as it came."""
        if "chunked" in self.fields.get("transfer-encoding", "").lower():
            size = 1
            while size:
                line = await reader.readuntil(b"\r\n")
                size = int(line.split(b";")[0], 16)
                yield line + await reader.readexactly(size + 2)
            return
        left = self.length
        while left:
            piece = await reader.read(min(left, PIECE))
            if not piece:
                raise asyncio.IncompleteReadError(b"", left)
            left -= len(piece)
            yield piece


@dataclasses.dataclass(frozen=True)
class Place:
    """A place in a message: a share of its head, or of head and body."""

    share: float
    in_head: bool = False

    def at(self, head: int, body: int) -> int:
        """Returns the place as an offset, which is always before the last byte."""
        return int(self.share * (head if self.in_head else head + body))


@dataclasses.dataclass(frozen=True)
class Act:
    """The actions on an exchange. By default it passes through."""

    # The proxy's own response: the server never gets the request.
    response: bytes | None = None
    # The response is sent before the body of the request is read, and ends the connection.
    is_early: bool = False
    cut_request: Place | None = None
    cut_response: Place | None = None
    # Whether a cut is a reset rather than an orderly end.
    resets: bool = True
    # The response's length is left out, so that only its content shows a cut.
    is_unframed: bool = False
    # Seconds between small pieces, of the request and of the response.
    drip: float = 0.0
    before: Callable[[], Awaitable[None]] | None = None


PASS = Act()
Fault = Callable[[Head], Act]


class Proxy:
    """The proxy of one run of rolefs. `local` answers the requests that are not for S3: the
    metadata service's paths.
    """

    def __init__(
        self, upstream: str, fault: Fault, local: Callable[[Head], bytes | None] = lambda _: None
    ) -> None:
        parts = urllib.parse.urlsplit(upstream)
        self.upstream = (parts.hostname, parts.port)
        self.fault = fault
        self.local = local
        self.log: list[str] = []
        # The uploads whose beginning was answered completely.
        self.heard: set[str] = set()
        self.tasks: set[asyncio.Task[None]] = set()
        self.endpoint = ""

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[Self]:
        """Serves until the exchanges in progress have ended."""
        server = await asyncio.start_server(self.connected, "127.0.0.1", 0, limit=PIECE)
        host, port = server.sockets[0].getsockname()
        self.endpoint = f"http://{host}:{port}"
        try:
            yield self
        finally:
            server.close()
            if self.tasks:
                await asyncio.wait(self.tasks, timeout=5)
            for task in self.tasks:
                task.cancel()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serves one connection of rolefs."""
        task = asyncio.current_task()
        assert task is not None
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            try:
                while True:
                    await self.exchange(await Head.read(reader), reader, writer)
            except CutOffError as cut:
                if cut.resets:
                    writer.get_extra_info("socket").setsockopt(
                        socket.SOL_SOCKET, socket.SO_LINGER, RESET
                    )
                    writer.transport.abort()
            finally:
                writer.close()

    async def exchange(
        self, request: Head, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Serves one request."""
        if (response := self.local(request)) is not None:
            async for _ in request.body(reader):
                pass
            writer.write(response)
            await writer.drain()
            return
        act = self.fault(request)
        self.log.append(f"{request.stage}{'' if act is PASS else '!'}")
        if act.before is not None:
            await act.before()
        if act.response is not None:
            if not act.is_early:
                async for _ in request.body(reader):
                    pass
            writer.write(act.response)
            await writer.drain()
            if act.is_early:
                writer.write_eof()
                raise CutOffError(resets=act.resets)
            return
        head, response = await self.forward(request, reader, act)
        await self.deliver(request, head, response, writer, act)

    async def forward(
        self, request: Head, reader: asyncio.StreamReader, act: Act
    ) -> tuple[Head, bytes]:
        """Returns the server's response: its head, and all of it."""
        end = (
            None
            if act.cut_request is None
            else act.cut_request.at(len(request.raw), request.length)
        )
        up_reader, up_writer = await asyncio.open_connection(*self.upstream, limit=PIECE)
        try:
            # A server that answers early can stop reading.
            with contextlib.suppress(ConnectionError):
                async for piece in slowly(request, reader, act.drip):
                    if end is not None and len(piece) >= end:
                        up_writer.write(piece[:end])
                        await up_writer.drain()
                        raise CutOffError(act.resets)
                    end = None if end is None else end - len(piece)
                    up_writer.write(piece)
                    await up_writer.drain()
            head = await Head.read(up_reader)
            has_body = request.first[0] != "HEAD" and head.first[1] not in ("204", "304")
            body = [piece async for piece in head.body(up_reader)] if has_body else []
            return head, head.raw + b"".join(body)
        finally:
            up_writer.close()

    async def deliver(
        self, request: Head, head: Head, response: bytes, writer: asyncio.StreamWriter, act: Act
    ) -> None:
        """Passes a response on, or the beginning of it."""
        end = len(response)
        if act.cut_response is not None:
            end = act.cut_response.at(len(head.raw), len(response) - len(head.raw))
        elif request.stage == "create":
            self.heard |= {found.decode() for found in re.findall(b"<UploadId>([^<]+)<", response)}
        if act.is_unframed:
            framing = rb"(?im)^(Content-Length|Connection|Transfer-Encoding):.*\r\n"
            bare = (
                re.sub(framing, b"", response[: len(head.raw)])[:-2] + b"Connection: close\r\n\r\n"
            )
            response = bare + response[len(head.raw) : max(end, len(head.raw))]
            end = len(response)
        step = 5 if act.drip else end or 1
        for offset in range(0, end, step):
            writer.write(response[offset : min(offset + step, end)])
            await writer.drain()
            await asyncio.sleep(act.drip)
        if act.cut_response is not None or act.is_unframed:
            raise CutOffError(act.resets and not act.is_unframed)
        if head.fields.get("connection", "").lower() == "close":
            raise CutOffError(resets=False)


async def slowly(request: Head, reader: asyncio.StreamReader, pause: float) -> AsyncIterator[bytes]:
    """Sends a request piece by piece; with pauses, a byte at a time at the beginning."""
    head = request.raw
    steps = 20 if pause else 0
    for offset in range(steps):
        yield head[offset : offset + 1]
        await asyncio.sleep(pause)
    yield head[steps:]
    async for piece in request.body(reader):
        yield piece
        await asyncio.sleep(pause)
