"""What a bucket and an object may be called."""

from __future__ import annotations

import re

from cpikit_alicloud_simulator.oss import errors

# OSS, "Bucket naming conventions": 3 to 63 of [a-z0-9-], a letter or digit at both ends.
_BUCKET = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
_KEY_BYTES = 1023  # OSS, "Object naming conventions": 1 to 1,023 bytes of UTF-8


def checked_bucket(name: str) -> str:
    """Give the name back, or raise InvalidBucketName."""
    if not _BUCKET.fullmatch(name):
        raise errors.invalid_bucket_name(name)
    return name


def checked_key(key: str) -> str:
    """Give the key back, or raise InvalidObjectName."""
    try:
        size = len(key.encode())
    except UnicodeEncodeError as error:
        raise errors.invalid_object_name(key.encode(errors="replace").decode()) from error
    if not 1 <= size <= _KEY_BYTES or key[0] in "/\\":
        raise errors.invalid_object_name(key)
    return key
