"""The metadata service of the instance that the CPI runs on: its role's credentials.

Source: ECS, "Access instance metadata": a token first, which an instance may require; an instance
without the hardened mode serves those that have none.
"""

from __future__ import annotations

import json

from cpikit.errors import CpiError
from cpikit_alicloud.answers import refusal
from cpikit_alicloud.endpoints import is_loopback, without_user
from cpikit_alicloud.refusals import Garbled, Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ADDRESS = "100.100.100.200"
_TOKEN_S = 60
_TIMEOUT_S = 5.0
_ROLES = "/latest/meta-data/ram/security-credentials/"
_REFUSED = 400  # this status of HTTP and those above it


class Metadata:
    """One conversation with the service at `base`, "http://host[:port][/path]"."""

    def __init__(self, base: str) -> None:
        scheme, _, rest = base.partition("://")
        self._host, _, path = rest.partition("/")
        self._path = f"/{path}".rstrip("/")
        if scheme != "http" or not (self._host == ADDRESS or is_loopback(self._host)):
            raise CpiError(
                f"metadata_endpoint is {without_user(base)!r}, wanted http://{ADDRESS} or an "
                "address on loopback"
            )

    def role_credentials(self, role: str) -> dict[str, Any]:
        """The credentials of the role; of the instance's only one where none is named.

        Raises Refused, Garbled, OSError; CpiError where the instance has no role, or several.
        """
        token = self._token()
        role = role or self._only_role(token)
        text = self._get(f"{_ROLES}{role}", token)
        try:
            found = json.loads(text)
        except ValueError as error:
            raise Garbled("the metadata service answered no JSON") from error
        if not isinstance(found, dict) or found.get("Code", "Success") != "Success":
            raise CpiError(f"the metadata service has no credentials for RAM role {role!r}")
        return found

    def _only_role(self, token: str) -> str:
        try:
            roles = self._get(_ROLES, token).split()
        except Refused as error:
            if error.status != 404:  # noqa: PLR2004  # not found: an instance without a role
                raise
            roles = []
        if len(roles) != 1:
            raise CpiError(
                f"this instance has {len(roles)} RAM roles, wanted one: attach one to it, or name "
                "it as ram_role_name, or set credential_source"
            )
        return roles[0]

    def _token(self) -> str:
        headers = {"X-aliyun-ecs-metadata-token-ttl-seconds": str(_TOKEN_S)}
        try:
            return self._ask("PUT", "/latest/api/token", headers).strip()
        except Refused:
            return ""  # a service without tokens

    def _get(self, path: str, token: str) -> str:
        return self._ask("GET", path, {"X-aliyun-ecs-metadata-token": token} if token else {})

    def _ask(self, method: str, path: str, headers: dict[str, str]) -> str:
        from http.client import HTTPConnection, HTTPException  # the SDK imports it anyway

        connection = HTTPConnection(self._host, timeout=_TIMEOUT_S)  # no proxy: it is link-local
        try:
            connection.request(method, f"{self._path}{path}", headers=headers)
            answer = connection.getresponse()
            body = answer.read()
        except HTTPException as error:
            raise Garbled(f"the metadata service answered no HTTP: {error}") from error
        finally:
            connection.close()
        if answer.status >= _REFUSED:
            refused = refusal(answer.status, dict(answer.headers), body)
            refused.product = "Metadata"
            raise refused
        return body.decode("utf-8", "replace")
