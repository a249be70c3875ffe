"""Scripted servers: a metadata service or container's endpoint, and a front before a real S3."""

from __future__ import annotations

import asyncio
import contextlib
import http.server
import pathlib
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator

from harness.faults.proxy import PASS, Act, Fault, Head, Proxy
from harness.servers import BIND, free_ports

# The response of a script: a status and a body, or nothing at all.
Response = tuple[int, str] | None
Script = Callable[[str, str], Response]
# A server that does not answer keeps its connection for so long, in seconds.
SILENCE = 3


@contextlib.contextmanager
def serving(script: Script) -> Iterator[str]:
    """Serves what the script says to a method and a path, and yields the URL."""

    class Handler(http.server.BaseHTTPRequestHandler):
        """Answers by the script."""

        def log_message(self, format: str, *args: object) -> None:
            """Prints nothing."""

        def serve(self) -> None:
            """Sends the response, or none."""
            response = script(self.command, self.path)
            if response is None:
                time.sleep(SILENCE)
                return
            status, body = response
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Content-Type", "text/html" if body.startswith("<html") else "x/y")
            self.send_header("x-aws-ec2-metadata-token-ttl-seconds", "21600")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body.encode())

        do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = serve

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def instance(token: Response = (200, "token"), role: Response = (404, "")) -> Script:
    """Returns the script of a metadata service: its responses to the request for a token, and to
    that for the credentials of a role.
    """

    def script(method: str, path: str) -> Response:
        if method == "PUT":
            return token
        if path.endswith("/security-credentials/") and role != (404, ""):
            return (200, "uploader")
        return role if path.endswith("/security-credentials/uploader") else (404, "")

    return script


@contextlib.contextmanager
def front(upstream: str, fault: Fault) -> Iterator[str]:
    """Stands before an S3 server, answers by `fault`, and yields the URL."""
    loop = asyncio.new_event_loop()
    started, ended = threading.Event(), asyncio.Event()
    proxy = Proxy(upstream, fault)

    async def serve() -> None:
        async with proxy.serving():
            started.set()
            await ended.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), daemon=True)
    thread.start()
    started.wait(10)
    try:
        yield proxy.endpoint
    finally:
        loop.call_soon_threadsafe(ended.set)
        thread.join(10)


def request_of(head: Head) -> str:
    """Returns the request that a head is of: list, put, create, part, complete, abort, delete."""
    if head.first[0] == "DELETE":
        return "abort" if "uploadId=" in head.first[1] else "delete"
    if head.first[0] == "GET":
        return "parts" if "uploadId=" in head.first[1] else "list"
    return head.stage


def refusing(requests: set[str], status: int, code: str, message: str = "no") -> Fault:
    """Refuses some requests with an error of S3."""
    body = (
        f"<Error><Code>{code}</Code><Message>{message}</Message><RequestId>R1</RequestId></Error>"
    )
    head = f"HTTP/1.1 {status} x\r\nContent-Length: {len(body)}\r\nContent-Type: application/xml"
    response = f"{head}\r\n\r\n{body}".encode()
    return lambda head: Act(response=response) if request_of(head) in requests else PASS


def denying(request: str, because: str = "") -> Fault:
    """Denies a request in the words of IAM, or without any."""
    who = "User: arn:aws:sts::111122223333:assumed-role/uploader/i-1 is not authorized to perform: "
    return refusing({request}, 403, "AccessDenied", who + because if because else "Access Denied")


def delaying(request: str, seconds: float) -> Fault:
    """Delays a request."""

    async def wait() -> None:
        await asyncio.sleep(seconds)

    return lambda head: Act(before=wait) if request_of(head) == request else PASS


@contextlib.contextmanager
def deaf() -> Iterator[str]:
    """Yields the URL of a port where connections are neither accepted nor refused."""
    with socket.socket() as listener, contextlib.ExitStack() as stack:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        for _ in range(4):
            queued = stack.enter_context(socket.socket())
            queued.setblocking(False)
            with contextlib.suppress(BlockingIOError):
                queued.connect(address)
        time.sleep(0.1)
        yield f"http://127.0.0.1:{address[1]}"


@contextlib.contextmanager
def tls_server(pair: tuple[pathlib.Path, pathlib.Path]) -> Iterator[str]:
    """Serves TLS with a certificate, until the block ends."""
    (port,) = free_ports(1)
    command = ["openssl", "s_server", "-quiet", "-accept", f"{BIND}:{port}"]
    command += ["-cert", str(pair[0]), "-key", str(pair[1])]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        time.sleep(0.3)
        try:
            yield f"https://localhost:{port}"
        finally:
            server.terminate()
