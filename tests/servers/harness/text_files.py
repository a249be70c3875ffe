"""The files that -text reads: compressed, damaged, and SequenceFiles of Hadoop."""

from __future__ import annotations

import bz2
import gzip
import pathlib
import zlib

TEXT = b"one\ntwo\n" * 500
# Written by SequenceFiles.java.
SEQUENCE_FILES = pathlib.Path(__file__).parents[3] / "example-app/tests/sequence_files"


def text_files() -> dict[str, bytes]:
    """Returns the files by name."""
    zipped, bzipped, deflated = (
        gzip.compress(TEXT, mtime=0),
        bz2.compress(TEXT),
        zlib.compress(TEXT),
    )
    files = {path.name: path.read_bytes() for path in SEQUENCE_FILES.glob("*.seq")}
    return {
        **files,
        "cut.seq": files["plain.seq"][:-10],
        "old.seq": b"SEQ\x03 and more",
        "one.gz": zipped,
        "two.gz": zipped + gzip.compress(b"three\n", mtime=0),
        "gzip-of-no-name": zipped,
        "rest.gz": zipped + b"rest",
        "cut.gz": zipped[:-20],
        "sum.gz": zipped[:-8] + bytes(4) + zipped[-4:],
        "plain.gz": b"plain\n",
        "empty.gz": b"",
        "byte.gz": b"x",
        ".gz": b"plain\n",
        "UPPER.GZ": b"plain\n",
        "one.bz2": bzipped,
        "two.bz2": bzipped + bz2.compress(b"three\n"),
        "rest.bz2": bzipped + b"rest",
        "cut.bz2": bzipped[:-20],
        "plain.bz2": b"plain\n",
        "one.deflate": deflated,
        "two.deflate": deflated + zlib.compress(b"three\n"),
        "cut.deflate": deflated[:-20],
        "plain.deflate": b"plain\n",
        "SEX": b"SEX and more\n",
        "Obx": b"Obx and more\n",
        "a.avro": b"Obj\x01 and more",
    }
