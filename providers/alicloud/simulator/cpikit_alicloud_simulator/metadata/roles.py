"""Credentials of an instance's RAM role: issued by the world, kept until they are renewed."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import TypeAlias

from attrs import define, field, frozen

from cpikit_alicloud_simulator.metadata.tree import utc_text

LIFETIME_S = 6 * 3600  # ECS, instance RAM roles: credentials are good for six hours
RENEWED_AHEAD_S = 1800  # assumed: "ahead of expiry" is all that is documented


@frozen
class RoleRequest:
    """What the world has to issue: credentials of this role, on this instance, until then."""

    account_id: str
    role: str
    instance_id: str
    issued_at: datetime
    expires_at: datetime


@frozen
class RoleKey:
    """A temporary access key that the world's accounts now know."""

    access_key_id: str
    access_key_secret: str = field(repr=False)
    security_token: str = field(repr=False)


IssueRoleKey: TypeAlias = Callable[[RoleRequest], RoleKey]
"""Makes a key valid in the world's accounts and gives it."""


@define
class RoleSessions:
    """The credentials that instances hold now."""

    issue: IssueRoleKey
    lifetime_s: int = LIFETIME_S
    renewed_ahead_s: int = RENEWED_AHEAD_S
    _held: dict[tuple[str, str], tuple[RoleRequest, RoleKey]] = field(factory=dict, init=False)

    def document(self, account_id: str, role: str, instance_id: str, now: datetime) -> str:
        """Give the JSON that metadata serves for a role."""
        request, key = self._current(account_id, role, instance_id, now)
        return json.dumps(
            {
                "AccessKeyId": key.access_key_id,
                "AccessKeySecret": key.access_key_secret,
                "Expiration": utc_text(request.expires_at),
                "SecurityToken": key.security_token,
                "LastUpdated": utc_text(request.issued_at),
                "Code": "Success",
            },
            indent=2,
        )

    def forget(self, instance_id: str) -> None:
        """Drop what an instance held, when it is gone or has another role."""
        self._held = {place: held for place, held in self._held.items() if place[0] != instance_id}

    def _current(
        self, account_id: str, role: str, instance_id: str, now: datetime
    ) -> tuple[RoleRequest, RoleKey]:
        held = self._held.get((instance_id, role))
        ahead = timedelta(seconds=self.renewed_ahead_s)
        if held and now < held[0].expires_at - ahead:
            return held
        issued_at = now.replace(microsecond=0)
        expires_at = issued_at + timedelta(seconds=self.lifetime_s)
        request = RoleRequest(account_id, role, instance_id, issued_at, expires_at)
        self._held[instance_id, role] = request, self.issue(request)
        return self._held[instance_id, role]
