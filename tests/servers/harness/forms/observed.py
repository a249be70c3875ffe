"""What each server was seen to do with each case of `forms.py`."""

from __future__ import annotations

OBSERVED: dict[str, dict[str, str]] = {
    "presigned PUT": {"Swift": "stored", "SeaweedFS": "stored", "s3s-fs": "stored"},
    "presigned GET": {"Swift": "read", "SeaweedFS": "read", "s3s-fs": "read"},
    "presigned GET, expired": {
        "Swift": "403 AccessDenied",
        "SeaweedFS": "403 AccessDenied",
        "s3s-fs": "403 AccessDenied",
    },
    "presigned PUT, expired": {
        "Swift": "403 AccessDenied",
        "SeaweedFS": "403 AccessDenied",
        "s3s-fs": "403 AccessDenied",
    },
    "presigned object after what was refused": {
        "Swift": "unchanged",
        "SeaweedFS": "unchanged",
        "s3s-fs": "unchanged",
    },
    "presigned GET, signature changed": {
        "Swift": "403 SignatureDoesNotMatch",
        "SeaweedFS": "403 SignatureDoesNotMatch",
        "s3s-fs": "403 SignatureDoesNotMatch",
    },
    "presigned GET, sent as PUT": {
        "Swift": "403 SignatureDoesNotMatch",
        "SeaweedFS": "403 SignatureDoesNotMatch",
        "s3s-fs": "403 SignatureDoesNotMatch",
    },
    "signed, as it is": {"Swift": "stored", "SeaweedFS": "stored", "s3s-fs": "stored"},
    "signed, a byte flipped": {
        "Swift": "403 SignatureDoesNotMatch",
        "SeaweedFS": "500 InternalError",
        "s3s-fs": "500 InternalError",
    },
    "signed, wrong chunk signature": {
        "Swift": "403 SignatureDoesNotMatch",
        "SeaweedFS": "500 InternalError",
        "s3s-fs": "500 InternalError",
    },
    "signed, no last chunk": {
        "Swift": "400 IncompleteBody",
        "SeaweedFS": "400 IncompleteBody",
        "s3s-fs": "200, stored",
    },
    "signed-trailer, as it is": {"Swift": "stored", "SeaweedFS": "stored", "s3s-fs": "stored"},
    "signed-trailer, a byte flipped": {
        "Swift": "403 SignatureDoesNotMatch",
        "SeaweedFS": "500 InternalError",
        "s3s-fs": "500 InternalError",
    },
    "signed-trailer, wrong chunk signature": {
        "Swift": "403 SignatureDoesNotMatch",
        "SeaweedFS": "500 InternalError",
        "s3s-fs": "500 InternalError",
    },
    "signed-trailer, no last chunk": {
        "Swift": "400 IncompleteBody",
        "SeaweedFS": "400 IncompleteBody",
        "s3s-fs": "400 BadDigest, stored",
    },
    "signed-trailer, wrong trailer": {
        "Swift": "403 SignatureDoesNotMatch",
        "SeaweedFS": "400 InvalidDigest",
        "s3s-fs": "500 InternalError",
    },
    "signed-trailer, wrong trailer signature": {
        "Swift": "403 SignatureDoesNotMatch",
        "SeaweedFS": "200, stored",
        "s3s-fs": "500 InternalError",
    },
    "unsigned-trailer, as it is": {"Swift": "stored", "SeaweedFS": "stored", "s3s-fs": "stored"},
    "unsigned-trailer, a byte flipped": {
        "Swift": "400 BadDigest",
        "SeaweedFS": "400 InvalidDigest",
        "s3s-fs": "400 BadDigest, stored, changed",
    },
    "unsigned-trailer, no last chunk": {
        "Swift": "400 IncompleteBody",
        "SeaweedFS": "400 IncompleteBody",
        "s3s-fs": "400 BadDigest, stored",
    },
    "unsigned-trailer, wrong trailer": {
        "Swift": "400 BadDigest",
        "SeaweedFS": "400 InvalidDigest",
        "s3s-fs": "400 BadDigest, stored",
    },
    "presigned GET, token removed": {
        "SeaweedFS": "403 InvalidAccessKeyId",
        "s3s-fs": "403 SignatureDoesNotMatch",
    },
    "presigned PUT, token removed": {
        "SeaweedFS": "403 InvalidAccessKeyId",
        "s3s-fs": "403 SignatureDoesNotMatch",
    },
    "signed, token removed": {
        "SeaweedFS": "403 InvalidAccessKeyId",
        "s3s-fs": "403 SignatureDoesNotMatch",
    },
    "signed-trailer, token removed": {
        "SeaweedFS": "403 InvalidAccessKeyId",
        "s3s-fs": "403 SignatureDoesNotMatch",
    },
    "unsigned-trailer, token removed": {
        "SeaweedFS": "403 InvalidAccessKeyId",
        "s3s-fs": "403 SignatureDoesNotMatch",
    },
}
