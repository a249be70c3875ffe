"""An S3 store in memory that gives the scripted responses of a case before it answers as S3 does.

It checks no signature: the sandbox does. It records every request as text, so that a case can check
the requests. A response of a case can stand for any service: STS, a container's endpoint, a proxy's
error page.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import http.server
import re
import threading
import urllib.parse
import xml.etree.ElementTree
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape

MODIFIED = "2015-08-30T12:36:00.000Z"
# The greatest number of keys in a batch deletion.
MAX_KEYS = 1000
MODIFIED_HTTP = "Sun, 30 Aug 2015 12:36:00 GMT"


@dataclasses.dataclass
class Response:
    """The response to a request whose first line or headers match `to`, a regular expression."""

    to: str
    status: int = 200
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    body: str = ""
    # The number of times that it is given; 0 is always.
    times: int = 0


@dataclasses.dataclass
class Store:
    """The objects by `bucket/key`, the scripted responses, and all requests so far."""

    url: str = ""
    objects: dict[str, bytes] = dataclasses.field(default_factory=dict)
    uploads: dict[str, dict[int, bytes]] = dataclasses.field(default_factory=dict)
    responses: list[Response] = dataclasses.field(default_factory=list)
    asked: list[str] = dataclasses.field(default_factory=list)
    lock: threading.Lock = dataclasses.field(default_factory=threading.Lock)

    def begin(self, objects: dict[str, str], responses: list[dict[str, Any]]) -> None:
        """Takes the objects and responses of a case."""
        with self.lock:
            self.objects = {name: content.encode() for name, content in objects.items()}
            self.responses = [Response(**response) for response in responses]
            self.uploads, self.asked = {}, []

    def scripted(self, head: str) -> Response | None:
        """Returns the scripted response to this request, if the case has one."""
        for response in self.responses:
            if re.search(response.to, head):
                if response.times == 1:
                    self.responses.remove(response)
                response.times -= response.times > 0
                return response
        return None


def element(name: str, *parts: str) -> str:
    """Builds an XML element."""
    return f"<{name}>{''.join(parts)}</{name}>"


def listing(store: Store, bucket: str, query: dict[str, str]) -> str:
    """Builds a page of ListObjectsV2."""
    prefix, delimiter = query.get("prefix", ""), query.get("delimiter", "")
    after = max(query.get("continuation-token", ""), query.get("start-after", ""))
    limit = int(query.get("max-keys", "1000"))
    named = (lambda key: urllib.parse.quote(key, safe="/")) if "encoding-type" in query else escape
    entries: dict[str, str] = {}
    for path, content in sorted(store.objects.items()):
        key = path.removeprefix(bucket + "/")
        if not path.startswith(f"{bucket}/{prefix}"):
            continue
        head, found, _ = key[len(prefix) :].partition(delimiter) if delimiter else (key, "", "")
        if found:
            entry = prefix + head + delimiter
            entries[entry] = element("CommonPrefixes", element("Prefix", named(entry)))
        else:
            size, etag = str(len(content)), f'"{hashlib.md5(content).hexdigest()}"'
            fields = {
                "Key": named(key),
                "LastModified": MODIFIED,
                "ETag": escape(etag),
                "Size": size,
            }
            entries[key] = element(
                "Contents", *(element(name, value) for name, value in fields.items())
            )
    left = [entry for entry in sorted(entries) if entry > after]
    parts = [
        element("Name", bucket),
        element("Prefix", named(prefix)),
        *(entries[entry] for entry in left[:limit]),
    ]
    if "encoding-type" in query:
        parts.append(element("EncodingType", "url"))
    if len(left) > limit:
        parts.append(element("NextContinuationToken", escape(left[limit - 1])))
    parts.append(element("IsTruncated", "true" if len(left) > limit else "false"))
    return element("ListBucketResult", *parts)


class Handler(http.server.BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    store: Store

    def log_message(self, format: str, *args: object) -> None:
        """Prints nothing."""

    def reply(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Sends a response; to HEAD, without its body."""
        self.send_response(status)
        headers.setdefault("Content_Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def refuse(self, status: int, code: str) -> None:
        """Sends an error of S3."""
        self.reply(
            status, element("Error", element("Code", code), element("Message", code)).encode()
        )

    def handle_one(self) -> None:
        """Records the request, and answers it."""
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        with self.store.lock:
            text = body.decode(errors="replace")
            self.store.asked.append(f"{self.requestline}\n{self.headers}\n{text}")
            response = self.store.scripted(f"{self.requestline}\n{self.headers}")
            if response:
                headers = {
                    name.replace("-", "_"): value for name, value in response.headers.items()
                }
                self.reply(response.status, response.body.encode(), **headers)
                return
            if self.command == "CONNECT":
                self.refuse(405, "MethodNotAllowed")
                return
            path, _, query = self.path.partition("?")
            bucket, _, key = urllib.parse.unquote(path).removeprefix("/").partition("/")
            pairs = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
            if key:
                self.object(f"{bucket}/{key}", pairs, body)
            else:
                self.bucket(bucket, pairs, body)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_CONNECT = handle_one

    def bucket(self, bucket: str, query: dict[str, str], body: bytes) -> None:
        """Lists, or deletes several objects."""
        if "delete" in query:
            self.delete(bucket, body)
        elif "uploads" in query:
            self.reply(
                200, element("ListMultipartUploadsResult", element("IsTruncated", "false")).encode()
            )
        else:
            self.reply(200, listing(self.store, bucket, query).encode())

    def delete(self, bucket: str, body: bytes) -> None:
        """Deletes several objects; as S3 does, it refuses a document with characters that XML
        cannot hold.
        """
        try:
            keys = [
                key.text or ""
                for key in xml.etree.ElementTree.fromstring(body).iter()
                if key.tag.endswith("Key")
            ]
        except xml.etree.ElementTree.ParseError:
            keys = []
        if not 0 < len(keys) <= MAX_KEYS:
            self.refuse(400, "MalformedXML")
            return
        for key in keys:
            self.store.objects.pop(f"{bucket}/{key}", None)
        self.reply(200, element("DeleteResult").encode())

    def object(self, name: str, query: dict[str, str], body: bytes) -> None:
        """Reads, writes or deletes one object."""
        if "uploads" in query or "uploadId" in query:
            self.upload(name, query, body)
        elif self.command == "PUT":
            if self.headers.get("If-None-Match") and name in self.store.objects:
                self.refuse(412, "PreconditionFailed")
                return
            self.store.objects[name] = body
            self.reply(200, ETag=f'"{hashlib.md5(body).hexdigest()}"')
        elif self.command == "DELETE":
            self.store.objects.pop(name, None)
            self.reply(204)
        elif name not in self.store.objects:
            self.refuse(404, "NoSuchKey")
        else:
            content = self.store.objects[name]
            etag = f'"{hashlib.md5(content).hexdigest()}"'
            self.reply(
                200,
                content,
                ETag=etag,
                Last_Modified=MODIFIED_HTTP,
                Content_Type="application/octet-stream",
            )

    def upload(self, name: str, query: dict[str, str], body: bytes) -> None:
        """Handles an upload in parts."""
        identifier = query.get("uploadId", "")
        parts = self.store.uploads.get(identifier, {})
        if self.command == "POST" and "uploads" in query:
            identifier = f"upload-{len(self.store.uploads)}"
            self.store.uploads[identifier] = {}
            self.reply(
                200,
                element("InitiateMultipartUploadResult", element("UploadId", identifier)).encode(),
            )
        elif self.command == "POST":
            content = b"".join(parts[number] for number in sorted(parts))
            digests = b"".join(hashlib.md5(parts[number]).digest() for number in sorted(parts))
            etag = f'"{hashlib.md5(digests).hexdigest()}-{len(parts)}"'
            self.store.objects[name] = content
            self.store.uploads.pop(identifier, None)
            self.reply(
                200,
                element("CompleteMultipartUploadResult", element("ETag", escape(etag))).encode(),
            )
        elif self.command == "PUT":
            parts[int(query["partNumber"])] = body
            self.reply(200, ETag=f'"{hashlib.md5(body).hexdigest()}"')
        elif self.command == "DELETE":
            self.store.uploads.pop(identifier, None)
            self.reply(204)
        else:
            self.refuse(404, "NoSuchUpload")


@contextlib.contextmanager
def serving() -> Iterator[Store]:
    """Starts a store on a free port of 127.0.0.1."""
    store = Store()
    handler = type("Bound", (Handler,), {"store": store})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    store.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
    try:
        yield store
    finally:
        server.shutdown()
        server.server_close()
