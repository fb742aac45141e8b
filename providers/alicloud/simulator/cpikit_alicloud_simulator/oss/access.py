"""Who may do what: ownership, bucket and object ACLs, and the policies of the caller's account."""

from __future__ import annotations

from typing import Literal, TypeAlias

from cpikit_alicloud_simulator.oss import errors
from cpikit_alicloud_simulator.oss.call import OssCall
from cpikit_alicloud_simulator.oss.values import Bucket

Exposure: TypeAlias = Literal["owner", "read", "write"]
"""Who beside the owner: nobody, those who may read by ACL, those who may write by ACL."""

BUCKET_ACLS = ("private", "public-read", "public-read-write")
OBJECT_ACLS = ("default", *BUCKET_ACLS)

_OPENED_BY: dict[Exposure, tuple[str, ...]] = {
    "owner": (),
    "read": ("public-read", "public-read-write"),
    "write": ("public-read-write",),
}


def check_signed(call: OssCall, action: str) -> None:
    """Demand a caller that may act on the account as a whole."""
    if call.caller is None:
        raise errors.access_denied("Anonymous access is forbidden for this operation.")
    _check_policy(call, action, call.place.bucket or "*")


def check_bucket(call: OssCall, action: str, exposure: Exposure) -> None:
    """Demand that the caller may do this to the bucket that the request names."""
    bucket = _at_its_endpoint(call)
    _check(call, action, exposure, bucket, bucket.name, bucket.acl)


def check_object(call: OssCall, action: str, exposure: Exposure, bucket: Bucket, key: str) -> None:
    """Demand that the caller may do this to an object, whether it exists or not."""
    found = bucket.objects.get(key)
    acl = found.description.acl if found else "default"
    effective = bucket.acl if acl == "default" else acl
    _check(call, action, exposure, bucket, f"{bucket.name}/{key}", effective)


def check_named_object(call: OssCall, action: str, exposure: Exposure) -> None:
    """Demand that the caller may do this to the object that the request names."""
    check_object(call, action, exposure, _at_its_endpoint(call), call.key)


def _at_its_endpoint(call: OssCall) -> Bucket:
    bucket = call.bucket()
    if call.place.endpoint_region not in (None, bucket.region):
        raise errors.wrong_endpoint(bucket.endpoint)
    return bucket


def _check(
    call: OssCall, action: str, exposure: Exposure, bucket: Bucket, resource: str, acl: str
) -> None:
    if call.caller is not None and call.caller.account_id == bucket.owner:
        _check_policy(call, action, resource)
    elif acl not in _OPENED_BY[exposure]:
        raise errors.access_denied()


def _check_policy(call: OssCall, action: str, resource: str) -> None:
    caller = call.caller
    if caller and not call.permits(caller, action, f"acs:oss:*:{caller.account_id}:{resource}"):
        raise errors.access_denied("You have no right to access this object.")
