"""OSS as a whole: from a request to an answer, in success and in refusal."""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias
from urllib.parse import parse_qsl

from attrs import evolve, field, frozen

from cpikit_alicloud_simulator.oss import access, documents, errors
from cpikit_alicloud_simulator.oss.addressing import Place, located
from cpikit_alicloud_simulator.oss.answer import Answer
from cpikit_alicloud_simulator.oss.call import Caller, OssCall, Permits, allows_all
from cpikit_alicloud_simulator.oss.conditions import http_date
from cpikit_alicloud_simulator.oss.names import checked_bucket, checked_key
from cpikit_alicloud_simulator.oss.operations import Operation, recognised
from cpikit_alicloud_simulator.oss.store import OssStore
from cpikit_alicloud_simulator.wire import ApiError, WireRequest

Authenticate: TypeAlias = Callable[[WireRequest, str, str], Caller]
"""Verify the signature of a request for bucket and key (empty if none); raises ApiError."""

_SIGNED_BY_QUERY = frozenset({"Signature", "OSSAccessKeyId", "x-oss-signature"})
_VERBS = frozenset({"GET", "PUT", "POST", "DELETE", "HEAD"})


@frozen
class OssService:
    """Answers requests from a store. It keeps nothing of its own and never waits."""

    store: OssStore
    authenticate: Authenticate
    permits: Permits = field(default=allows_all)

    def operation(self, request: WireRequest) -> Operation:
        """Say which operation a request is, for journal and rules; never raises."""
        try:
            return recognised(request, located(request))
        except ApiError:
            return recognised(request, Place("?", "?", path_style=True))

    def answer(self, request: WireRequest, now: datetime) -> Answer:
        """Do what is asked. `now` is the world's clock; every refusal is an answer too."""
        request_id = self.store.hex_id(24)
        try:
            answer = self._done(request, now)
        except ApiError as error:
            answer = refused(request, error, request_id)
        common = {
            "Server": "AliyunOSS",
            "Date": http_date(now),
            "x-oss-request-id": request_id,
            "x-oss-server-time": "1",  # milliseconds; the world's clock stands still meanwhile
        }
        return evolve(answer, headers={**common, **answer.headers})

    def _done(self, request: WireRequest, now: datetime) -> Answer:
        place = located(request)
        signed = is_signed(request)
        caller = self.authenticate(request, place.bucket, place.key) if signed else None
        call = OssCall(request, place, caller, self.store, now, self.permits)
        operation = recognised(request, place)
        _check_place(call, operation)
        if operation.run is None:
            raise errors.not_implemented(operation.name)
        _check_access(call, operation)
        return operation.run(call)


def _check_place(call: OssCall, operation: Operation) -> None:
    place = call.place
    refuse = call.settings.path_style_on_cloud_hosts == "refuse"
    if place.bucket and place.path_style and place.cloud_host and refuse:
        raise errors.second_level_domain()
    if place.bucket:
        checked_bucket(place.bucket)
    if place.key:
        checked_key(place.key)
    if call.request.method not in _VERBS:
        raise errors.method_not_allowed(call.request.method)
    if not operation.served and not operation.flags:
        raise errors.method_not_allowed(call.request.method)


def _check_access(call: OssCall, operation: Operation) -> None:
    if operation.level == "service" or operation.name == "PutBucket":
        access.check_signed(call, operation.action)
    elif operation.level == "bucket":
        access.check_bucket(call, operation.action, operation.exposure)
    else:
        access.check_named_object(call, operation.action, operation.exposure)


def is_signed(request: WireRequest) -> bool:
    """Say whether a request claims to come from somebody, by header or by query."""
    names = {name for name, _ in request.query}
    return "authorization" in request.headers or bool(names & _SIGNED_BY_QUERY)


def is_oss(request: WireRequest) -> bool:
    """Say whether a request speaks OSS, for one port that serves all products.

    OSS is told by its Authorization scheme, by its query signatures, by an `x-oss-` header or by
    an OSS host name. An unsigned request to a plain address shows none: that is the caller's call.
    """
    scheme = request.headers.get("authorization", "").partition(" ")[0]
    if scheme in {"OSS", "OSS4-HMAC-SHA256"}:
        return True
    names = {name for name, _ in parse_qsl(request.raw_query, keep_blank_values=True)}
    if {"Signature", "OSSAccessKeyId"} <= names or "x-oss-signature" in names:
        return True
    if any(name.startswith("x-oss-") for name in request.headers):
        return True
    try:
        place = located(request)
    except ApiError:
        return False
    return place.endpoint_region is not None or (not place.path_style and bool(place.bucket))


def refused(request: WireRequest, error: ApiError, request_id: str) -> Answer:
    """Write a refusal: XML, or for HEAD the same in base64 in `x-oss-err`."""
    pairs: list[documents.Pair] = [
        ("Code", error.code),
        ("Message", documents.legible(error.message)),
        ("RequestId", request_id),
        ("HostId", documents.legible(request.host)),
        *[(name, documents.legible(str(value))) for name, value in error.extra.items()],
    ]
    body = documents.rendered("Error", pairs)
    headers = {"Content-Type": "application/xml"}
    if "NextAppendPosition" in error.extra:
        headers["x-oss-next-append-position"] = str(error.extra["NextAppendPosition"])
    if request.method == "HEAD":
        headers["x-oss-err"] = base64.b64encode(body).decode()
        return Answer(error.status, headers)
    return Answer(error.status, headers, body)
