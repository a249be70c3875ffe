"""A proxy in front of a server that slows uploads down, and observes the parts that are sent."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
import types
from typing import Self

from harness.servers import BIND

MIB = 1024 * 1024
# The greatest rate of a connection, so that there is time for a kill in the middle.
BYTES_PER_SECOND = 25 * MIB

UPLOAD_PART = re.compile(rb"PUT /[^ ]*[?&]partNumber=(\d+)[^ ]* HTTP/1\.1\r\n")
LONGEST_LINE = 4096


class Proxy:
    """A proxy that passes connections on at a limited rate, and records the parts that
    were sent.
    """

    def __init__(self, endpoint: str) -> None:
        host, _, port = endpoint.removeprefix("http://").partition(":")
        self.server = (host, int(port))
        self.parts: list[int] = []
        self.listener = socket.create_server((BIND, 0))
        self.endpoint = f"http://{BIND}:{self.listener.getsockname()[1]}"
        threading.Thread(target=self.accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: types.TracebackType | None,
    ) -> None:
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()

    def accept(self) -> None:
        """Accepts connections until the listener is closed."""
        while True:
            try:
                client, _ = self.listener.accept()
                server = socket.create_connection(self.server)
            except OSError:
                return
            for pair in ((client, server, True), (server, client, False)):
                threading.Thread(target=self.forward, args=pair, daemon=True).start()

    def forward(self, source: socket.socket, sink: socket.socket, is_request: bool) -> None:
        """Passes on one direction until one side ends it, and then its end."""
        tail = b""
        try:
            while piece := source.recv(128 * 1024):
                if is_request:
                    tail = self.record(tail, piece)
                    time.sleep(len(piece) / BYTES_PER_SECOND)
                sink.sendall(piece)
        except OSError:
            pass
        for end in (source, sink):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def record(self, tail: bytes, piece: bytes) -> bytes:
        """Records the request lines that end in this piece; returns the rest for the next piece."""
        seen = tail + piece
        self.parts += [
            int(line[1]) for line in UPLOAD_PART.finditer(seen) if line.end() > len(tail)
        ]
        return seen[-LONGEST_LINE:]
