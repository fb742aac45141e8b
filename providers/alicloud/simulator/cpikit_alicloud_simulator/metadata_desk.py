"""Join the metadata service to the world: which instance asks, and what its role may do."""

from __future__ import annotations

import base64
import binascii
import re
from http.client import NOT_FOUND
from typing import Literal

from attrs import define, evolve, field, frozen

from cpikit_alicloud_simulator.exchange import Done, Recognised
from cpikit_alicloud_simulator.gate import RealNow, real_now
from cpikit_alicloud_simulator.knobs import Knob
from cpikit_alicloud_simulator.metadata import (
    InstanceView,
    MetadataService,
    RoleKey,
    RoleRequest,
    RoleSessions,
    TokenSeal,
    mounted,
)
from cpikit_alicloud_simulator.metadata.service import page
from cpikit_alicloud_simulator.oss.answer import Answer as HttpAnswer
from cpikit_alicloud_simulator.roles import role_named
from cpikit_alicloud_simulator.wire import ApiError, WireRequest
from cpikit_alicloud_simulator.world import World

ADDRESS = "100.100.100.200"
_THROTTLED = ApiError(429, "TooManyRequests", "Too many requests.")

NO_TOKEN = Knob(
    "metadata.missing_token_status",
    "403",
    ("403", "401"),
    "What a hardened instance's metadata service answers to a request without a token.",
    "unverified: documents only say that there is no access",
)
NO_ROLE = Knob(
    "metadata.without_role",
    "404",
    ("404", "empty"),
    "What ram/security-credentials/ answers on an instance that has no role: 404, or 200 with "
    "nothing in it.",
    "unverified: not documented",
)
_ROLES = re.compile(r"/[^/]+/meta-data/ram/security-credentials/?")


@define
class Sessions:
    """The metadata tokens and role credentials that a world has given out, as a part of it."""

    world: World
    service: MetadataService = field(init=False)

    def __attrs_post_init__(self) -> None:
        seal = TokenSeal(self.world.ids.stream("metadata seal").randbytes(32))
        self.service = MetadataService(seal, RoleSessions(self._issue))

    def _issue(self, asked: RoleRequest) -> RoleKey:
        role = role_named(self.world, asked.account_id, asked.role)
        key = self.world.accounts.issue(
            asked.account_id,
            f"assumed-role/{asked.role}/{asked.instance_id}",
            role.policies if role else (),
            asked.expires_at,
        )
        return RoleKey(key.id, key.secret, key.security_token or "")


@frozen
class MetadataDesk:
    """Serves the metadata of every instance of one world."""

    world: World
    now: RealNow = real_now

    def recognise(self, request: WireRequest) -> Recognised | None:
        """Say what is asked; None for a request that is not for the metadata service."""
        place = mounted(request)
        if place is not None:
            instance_id, inner = place
        elif request.host.partition(":")[0] == ADDRESS:
            instance_id, inner = _named_by_proxy(request), request
        else:
            return None
        return Recognised(
            product="Metadata",
            name=f"{inner.method} {inner.path}",
            effect="read",
            client=instance_id,
            perform=lambda _stale_s: self._perform(inner, instance_id),
            refuse=lambda error: HttpAnswer(
                error.status, {"Content-Type": "text/plain"}, error.message.encode()
            ),
            throttled=_THROTTLED,
            resources=(instance_id,) if instance_id else (),
            fingerprint=inner.path,
        )

    def _perform(self, request: WireRequest, instance_id: str) -> Done:
        found = self.world.find(instance_id)
        view: InstanceView | None = found.metadata_view(self.world) if found else None
        if view is None:
            return Done(page(404), "404", None)
        status: Literal[401, 403] = 401 if self.world.knob(NO_TOKEN) == "401" else 403
        service = evolve(self.world.part(Sessions).service, missing_token_status=status)
        answer = service.answer(request, view, self.now())
        bare = not view.ram_role and _ROLES.fullmatch(request.path)
        if answer.status == NOT_FOUND and bare and self.world.knob(NO_ROLE) == "empty":
            answer = HttpAnswer(200, {"Content-Type": "text/plain"}, b"")
        code = "ok" if answer.status < 400 else str(answer.status)  # noqa: PLR2004  # HTTP
        return Done(answer, code, {"Status": answer.status, "Bytes": len(answer.body)})


def _named_by_proxy(request: WireRequest) -> str:
    """Read the instance from `http://INSTANCE:x@127.0.0.1:PORT` in a client's proxy setting."""
    scheme, _, encoded = request.headers.get("proxy-authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return ""
    try:
        return base64.b64decode(encoded).decode().partition(":")[0]
    except (binascii.Error, ValueError):
        return ""
