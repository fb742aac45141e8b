"""Join object storage to the world: its accounts, policies, knobs, journal and rules."""

from __future__ import annotations

import re

from attrs import define, field, frozen

from cpikit_alicloud_simulator.accounts import AccessKey
from cpikit_alicloud_simulator.exchange import Done, Recognised
from cpikit_alicloud_simulator.gate import Gate
from cpikit_alicloud_simulator.oss import OssService, OssStore, refused
from cpikit_alicloud_simulator.oss.addressing import Place, located
from cpikit_alicloud_simulator.oss.answer import Answer as HttpAnswer
from cpikit_alicloud_simulator.oss.call import Caller
from cpikit_alicloud_simulator.oss_settings import settings_of
from cpikit_alicloud_simulator.tokens import fingerprint
from cpikit_alicloud_simulator.wire import ApiError, WireRequest
from cpikit_alicloud_simulator.world import World

_CODE = re.compile(rb"<Code>([^<]*)</Code>")
_THROTTLED = ApiError(503, "DownloadTrafficRateLimitExceeded", "Please reduce your request rate.")
_SIGNED = frozenset({"Signature", "Expires", "OSSAccessKeyId", "security-token"})
_CREDENTIAL = re.compile(r"OSS4-HMAC-SHA256 .*?Credential=([^/,]*)|OSS ([^:]*):")


@define
class Storage:
    """The object store of a world, as a part of it: `world.part(Storage).store`."""

    world: World
    store: OssStore = field(init=False)

    def __attrs_post_init__(self) -> None:
        world = self.world
        self.store = OssStore(world.region_id, settings_of(world), world.seed)


@frozen
class OssDesk:
    """Serves OSS for one world."""

    world: World
    gate: Gate

    def recognise(self, request: WireRequest) -> Recognised:
        """Say what is asked; never raises."""
        service = self._service()
        operation = service.operation(request)
        place = _place(request)
        named = "/".join(filter(None, (place.bucket, place.key)))
        query = {name: value for name, value in request.query if name not in _SIGNED}
        parameters = {**query, "Bucket": place.bucket, "Key": place.key}
        print_ = {"Method": request.method, **parameters, "Range": request.headers.get("range", "")}
        return Recognised(
            product="Oss",
            name=operation.name,
            effect=operation.effect,
            client=_claimed(request),
            perform=lambda _stale_s: self._perform(request),
            refuse=lambda error: self._refused(request, error),
            throttled=_THROTTLED,
            resources=(named, place.bucket) if place.key else (named,) if named else (),
            parameters=parameters,
            fingerprint=fingerprint(print_, frozenset()),
            unserved=not operation.served and bool(operation.flags),
        )

    def _service(self) -> OssService:
        store = self.world.part(Storage).store
        store.settings = settings_of(self.world)
        return OssService(store, self.gate.admit_oss, self._permits)

    def _perform(self, request: WireRequest) -> Done:
        answer = self._service().answer(request, self.world.clock.now())
        code = "ok"
        if answer.status >= 400:  # noqa: PLR2004  # HTTP
            found = _CODE.search(answer.body)
            code = found[1].decode() if found else str(answer.status)
        request_id = answer.headers.get("x-oss-request-id", "")
        shown = {"Status": answer.status, "Bytes": len(answer.body)}
        return Done(answer, code, shown, request_id, _scheme(request))

    def _refused(self, request: WireRequest, error: ApiError) -> HttpAnswer:
        return refused(request, error, self.world.part(Storage).store.hex_id(24))

    def _permits(self, caller: Caller, action: str, resource: str) -> bool:
        return not isinstance(caller, AccessKey) or caller.permits(action, resource)


def _place(request: WireRequest) -> Place:
    try:
        return located(request)
    except ApiError:
        return Place("", "", path_style=True)


def _claimed(request: WireRequest) -> str:
    found = _CREDENTIAL.match(request.headers.get("authorization", ""))
    if found:
        return found[1] or found[2] or ""
    query = dict(request.query)
    return query.get("OSSAccessKeyId") or query.get("x-oss-credential", "").partition("/")[0]


def _scheme(request: WireRequest) -> str:
    scheme = request.headers.get("authorization", "").partition(" ")[0]
    if scheme in {"OSS", "OSS4-HMAC-SHA256"}:
        return scheme
    return "presigned" if _claimed(request) else "none"
