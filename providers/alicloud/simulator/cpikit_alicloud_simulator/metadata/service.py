"""The metadata service of one instance: paths, modes and refusals."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Literal
from urllib.parse import unquote

from attrs import evolve, frozen

from cpikit_alicloud_simulator.metadata import tree
from cpikit_alicloud_simulator.metadata.roles import RoleSessions
from cpikit_alicloud_simulator.metadata.tokens import LONGEST_S, TokenSeal
from cpikit_alicloud_simulator.metadata.view import InstanceView
from cpikit_alicloud_simulator.oss.answer import Answer
from cpikit_alicloud_simulator.wire import WireRequest

VERSIONS = ("2016-01-01", "latest")  # cloud-init, datasource AliYun: what `GET /` lists
_TTL = "x-aliyun-ecs-metadata-token-ttl-seconds"
_TOKEN = "x-aliyun-ecs-metadata-token"  # noqa: S105  # a header's name
_SECONDS = re.compile(r"[0-9]{1,5}")
_MOUNT = re.compile(r"/_simulator/instances/(?P<instance>[^/]+)/metadata(?P<rest>/.*)?")


@frozen
class MetadataService:
    """Answers for every instance of a world.

    `missing_token_status` is what the hardened mode says to a request without a token: documents
    only say that there is no access (unverified, hence a knob).
    """

    seal: TokenSeal
    sessions: RoleSessions
    missing_token_status: Literal[403, 401] = 403

    def answer(self, request: WireRequest, view: InstanceView, now: datetime) -> Answer:
        """Answer for one instance. `now` is the real clock: tokens and keys expire on it."""
        path = unquote(request.path.partition("?")[0])
        if view.http_endpoint == "enabled" and path == "/latest/api/token":
            return self._token(request, view, now)
        refusal = self._refusal(request, view, now)
        if refusal is not None:
            return page(refusal)
        found = self._found(path, view, now)
        if found is None:
            return page(404)
        if request.method == "HEAD":
            return Answer(200, {**_PLAIN, "Content-Length": str(len(found))})
        return Answer(200, _PLAIN, found)

    def _refusal(self, request: WireRequest, view: InstanceView, now: datetime) -> int | None:
        """Give the status of a refusal that does not depend on the path."""
        if view.http_endpoint == "disabled":
            return 403
        if request.method not in {"GET", "HEAD"}:
            return 405
        token = request.headers.get(_TOKEN)
        if token is None:
            return self.missing_token_status if view.http_tokens == "required" else None
        if not self.seal.accepts(token, view.instance_id, now):
            return 401  # assumed: documents only say that the session is closed
        return None

    def _token(self, request: WireRequest, view: InstanceView, now: datetime) -> Answer:
        if request.method != "PUT":
            return page(405)
        if "x-forwarded-for" in request.headers:  # ECS: refused; the status is assumed
            return page(403)
        ttl = request.headers.get(_TTL, "")
        if not _SECONDS.fullmatch(ttl) or not 1 <= int(ttl) <= LONGEST_S:
            return page(400)
        token = self.seal.issue(view.instance_id, now, int(ttl))
        return Answer(200, {**_PLAIN, "X-aliyun-ecs-metadata-token-ttl-seconds": ttl}, _raw(token))

    def _found(self, path: str, view: InstanceView, now: datetime) -> bytes | None:
        names = path.removeprefix("/").split("/")
        if names == [""]:
            return _raw("\n".join(VERSIONS))
        if names[0] not in VERSIONS:
            return None
        if names[1:] == ["user-data"]:
            return view.user_data
        top: tree.Tree = {
            "meta-data": tree.meta_data(view, lambda: self._credentials(view, now)),
            "dynamic": {"instance-identity": {"document": lambda: tree.identity_document(view)}},
            **({"user-data": ""} if view.user_data is not None else {}),
        }
        text = tree.found(top, names[1:])
        return None if text is None else _raw(text)

    def _credentials(self, view: InstanceView, now: datetime) -> str:
        role = view.ram_role or ""
        return self.sessions.document(view.owner_account_id, role, view.instance_id, now)


def mounted(request: WireRequest) -> tuple[str, WireRequest] | None:
    """Read `/_simulator/instances/ID/metadata/…`: the instance and the request that it means."""
    matched = _MOUNT.fullmatch(request.path)
    if matched is None:
        return None
    return unquote(matched["instance"]), evolve(request, path=matched["rest"] or "/")


def page(status: int) -> Answer:
    """Refuse with a small page, as the service's web server does."""
    text = _REASONS[status]
    body = (
        '<?xml version="1.0" encoding="iso-8859-1"?>\n'
        f"<html><head><title>{status} - {text}</title></head>"
        f"<body><h1>{status} - {text}</h1></body></html>\n"
    )
    return Answer(status, {"Content-Type": "text/html"}, _raw(body))


_PLAIN = {"Content-Type": "text/plain"}
_REASONS = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    405: "Method Not Allowed",
}


def _raw(text: str) -> bytes:
    return text.encode(errors="replace")
