"""Talk to the control interface from Python, over HTTP and in the same process alike."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from typing import Any, TypeAlias
from urllib.parse import quote, urlsplit

from attrs import frozen

_TIMEOUT_S = 30

Ask: TypeAlias = Callable[[str, str, Any], Any]
"""Sends method, path (with a query) and body; gives what is answered, bytes for user data."""


class ControlError(Exception):
    """The simulator refused a control request; the text says why."""


@frozen
class ControlClient:
    """The control interface of one simulator.

    Make it with `over_http`, or take `Simulator.control`.
    """

    ask: Ask

    @classmethod
    def over_http(cls, url: str) -> ControlClient:
        """Talk to a simulator in another process; `url` is `control` in its ready line."""
        return cls(_over_http(url))

    def mark(self) -> int:
        """Give a point in the journal, and begin to count calls anew."""
        return int(self.ask("POST", "/mark", None)["seq"])

    def calls(self, since: int = 0) -> list[dict[str, Any]]:
        """Give the calls since a mark."""
        return list(self.ask("GET", f"/calls?since={since}", None))

    def requests(self, since: int = 0, limit: int = 200) -> list[dict[str, Any]]:
        """Give the journal: calls with parameters and answers, secrets masked."""
        return list(self.ask("GET", f"/requests?since={since}&limit={limit}", None))

    def counts(self) -> dict[str, Any]:
        """Give how often what was called, what is not served, and defects."""
        return dict(self.ask("GET", "/counts", None))

    def arm(self, do: str, **rule: Any) -> str:
        """Arm a rule (`arm("throttle", name="CreateVpc", nth=2)`) and give its id."""
        return str(self.ask("POST", "/rules", {"do": do, **rule})["id"])

    def rule(self, rule_id: str) -> dict[str, Any]:
        """Give how a rule stands: armed, hit or released."""
        return dict(self.ask("GET", f"/rules/{quote(rule_id)}", None))

    def release(self, rule_id: str) -> None:
        """Let a held call go on."""
        self.ask("POST", f"/rules/{quote(rule_id)}/release", None)

    def disarm(self) -> None:
        """Remove all rules; what they held or stuck goes on."""
        self.ask("DELETE", "/rules", None)

    def inventory(self) -> list[dict[str, Any]]:
        """Give all that exists."""
        return list(self.ask("GET", "/inventory", None))

    def user_data(self, instance_id: str) -> bytes:
        """Give what the agent of an instance would read."""
        found = self.ask("GET", f"/user-data/{quote(instance_id, safe='')}", None)
        return found if isinstance(found, bytes) else json.dumps(found).encode()

    def knobs(self) -> list[dict[str, Any]]:
        """Give all knobs with their values."""
        return list(self.ask("GET", "/knobs", None))

    def set_knobs(self, **values: Any) -> None:
        """Set knobs; a dot in a name is written as two underscores."""
        self.ask("PATCH", "/knobs", {name.replace("__", "."): v for name, v in values.items()})

    def clock(self) -> dict[str, Any]:
        """Give the world's time."""
        return dict(self.ask("GET", "/clock", None))

    def advance(self, seconds: float) -> None:
        """Move the world ahead."""
        self.ask("POST", "/clock", {"advance_s": seconds})

    def world(self) -> dict[str, Any]:
        """Give settings and counts of the world."""
        return dict(self.ask("GET", "/world", None))

    def reset(self) -> None:
        """Begin a fresh world."""
        self.ask("POST", "/reset", None)


def _over_http(url: str) -> Ask:
    place = urlsplit(url)
    if place.scheme != "http" or not place.hostname:
        raise ValueError(f"control {url!r}: wanted http://127.0.0.1:PORT/_simulator")
    host, port, prefix = place.hostname, place.port, place.path.rstrip("/")

    def ask(method: str, path: str, body: Any) -> Any:
        connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT_S)
        try:
            sent = None if body is None else json.dumps(body)
            connection.request(method, prefix + path, sent, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            data = answer.read()
        finally:
            connection.close()
        is_json = answer.headers.get_content_type() == "application/json"
        if answer.status != http.client.OK:
            raise ControlError(f"{method} {path}: {answer.status} {data.decode(errors='replace')}")
        return json.loads(data) if is_json else data

    return ask
