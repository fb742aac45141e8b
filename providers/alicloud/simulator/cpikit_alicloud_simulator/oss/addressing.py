"""Which bucket and object a request is about, in path style and in virtual-host style."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import unquote_to_bytes

from attrs import frozen

from cpikit_alicloud_simulator.oss import errors
from cpikit_alicloud_simulator.wire import WireRequest

# OSS endpoints: [BUCKET.]oss-REGION[-internal].aliyuncs.com, vpc100-oss-REGION…, and the
# dual-stack [BUCKET.]REGION.oss.aliyuncs.com; acceleration endpoints serve every region. Any last
# labels will do, so that a test can map them.
_ENDPOINT_LABEL = re.compile(
    r"(?:vpc100-)?oss-(?:accelerate(?:-overseas)?|(?P<region>[a-z]{2}-[a-z0-9-]+?)(?:-internal)?)"
)
_SCOPE = re.compile(r"[^/,\s]+/[0-9]{8}/(?P<region>[a-z0-9-]+)/oss/aliyun_v4_request")
_CLOUD = ".aliyuncs.com"


@frozen
class Place:
    """What a request addresses: `bucket` and `key` are empty where it names none.

    `endpoint_region` is the region of the host name, None on loopback; `signed_region` is the
    one that a V4 signature names.
    """

    bucket: str
    key: str
    path_style: bool
    endpoint_region: str | None = None
    signed_region: str | None = None
    cloud_host: bool = False


def located(request: WireRequest) -> Place:
    """Say what a request addresses; raises InvalidObjectName for a path that is not UTF-8."""
    host = _hostname(request.host)
    bucket, region, loopback = _split_host(host)
    path = _decoded(request.path.split("?", 1)[0].removeprefix("/"))
    path_style = not bucket
    if path_style:
        bucket, _, key = path.partition("/")
    else:
        key = path
    cloud_host = not loopback and host.endswith(_CLOUD)
    return Place(bucket, key, path_style, region, _signed_region(request), cloud_host)


def copy_source(header: str) -> tuple[str, str]:
    """Read `x-oss-copy-source`: /BUCKET/KEY, percent-encoded."""
    path = _decoded(header.partition("?")[0])
    bucket, _, key = path.removeprefix("/").partition("/")
    if not bucket or not key:
        raise errors.invalid_argument("x-oss-copy-source", header, "/BucketName/ObjectName")
    return bucket, key


def _decoded(text: str) -> str:
    try:
        return unquote_to_bytes(text.encode(errors="surrogateescape")).decode()
    except UnicodeError as error:
        printable = text.encode(errors="replace").decode()
        raise errors.invalid_object_name(printable) from error


def _hostname(host: str) -> str:
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].rstrip(".").lower()


def _split_host(host: str) -> tuple[str, str | None, bool]:
    """Give bucket, region and whether the host is a plain loopback name or an address."""
    if host == "localhost" or _is_address(host):
        return "", None, True
    labels = host.split(".")
    for place in range(len(labels) - 1, -1, -1):
        matched = _ENDPOINT_LABEL.fullmatch(labels[place])
        if matched:
            return ".".join(labels[:place]), matched["region"], False
        if labels[place] == "oss" and place:
            return ".".join(labels[: place - 1]), labels[place - 1], False
    if labels[-1] == "localhost":
        return ".".join(labels[:-1]), None, True
    bucket, _, rest = host.partition(".")
    if rest and _is_address(rest):
        return bucket, None, True
    return "", None, False


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _signed_region(request: WireRequest) -> str | None:
    credential = dict(request.query).get("x-oss-credential", "")
    matched = _SCOPE.search(request.headers.get("authorization", "")) or _SCOPE.search(credential)
    return matched["region"] if matched else None
