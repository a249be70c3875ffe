"""Unfinished uploads of others: `-uploads` lists them, and `-resume` continues those of
this file.
"""

from __future__ import annotations

from harness.checks import expect
from harness.killing import PART, Killing
from harness.trial import BUCKET, url


def check_uploads(killing: Killing) -> None:
    """Checks that `-uploads` lists the uploads below a path, and aborts them on request, if they
    are old enough.
    """
    boto, shell = killing.trial.boto, killing.trial.rolefs
    # Left by kills between the server's first response and the writing of the journal.
    for key, upload_id in killing.uploads():
        boto.abort_multipart_upload(Bucket=BUCKET, Key=key, UploadId=upload_id)
    keys = ["listed", "listed/a b", "listed/c", "listed-not"]
    if killing.trial.server.name != "seaweedfs":  # which claims to encode these keys, and does not
        keys.append("listed/c+%41")
    ids = {key: boto.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"] for key in keys}
    below = sorted((url(key), ids[key]) for key in keys if key != "listed-not")

    def listed(*options: str) -> list[tuple[str, str]]:
        lines = shell.succeed("-uploads", *options, url("listed")).decode().splitlines()
        expect(not lines or lines[0] == f"Found {len(lines) - 1} items", f"{lines}")
        found = [line[line.index("s3a://") :].rpartition(" ") for line in lines[1:]]
        return sorted((path, upload_id) for path, _, upload_id in found)

    expect(listed() == below, f"\n  listed {listed()}\n  wanted {below}")
    expect(listed("-olderThan", "1h", "-abort") == [], "they are not an hour old")
    expect(len(killing.uploads()) == len(keys), "-olderThan 1h -abort aborted a younger upload")
    expect(listed("-olderThan", "0s", "-abort") == below, "not all were listed")
    expect(
        killing.uploads() == [("listed-not", ids["listed-not"])], f"{killing.uploads()} are left"
    )
    expect(listed() == [], "they are still listed")
    boto.abort_multipart_upload(Bucket=BUCKET, Key="listed-not", UploadId=ids["listed-not"])


def check_without_journal(killing: Killing) -> None:
    """Checks that an upload of another program is continued if its parts are those of this file,
    and only then.
    """
    boto, key = killing.trial.boto, "without-journal"
    content = killing.source.read_bytes()

    def begin(part: bytes) -> str:
        upload_id = str(boto.create_multipart_upload(Bucket=BUCKET, Key=key)["UploadId"])
        boto.upload_part(Bucket=BUCKET, Key=key, UploadId=upload_id, PartNumber=2, Body=part)
        return upload_id

    others = begin(bytes(PART))
    ours = begin(content[PART : 2 * PART])
    killing.proxy.parts.clear()
    output = killing.put(key, "-resume")
    expect(f"resumes the upload {ours}: 1 of {killing.count} parts" in output, output)
    expect(
        killing.is_whole(key) and 2 not in killing.proxy.parts, f"{killing.proxy.parts}: {output}"
    )
    expect(killing.uploads() == [(key, others)], f"{killing.uploads()}, and not the other's alone")
    boto.abort_multipart_upload(Bucket=BUCKET, Key=key, UploadId=others)
    boto.delete_object(Bucket=BUCKET, Key=key)
