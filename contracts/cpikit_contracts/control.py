"""Speak the control interface of a world: faults, journal, inventory, user data, knobs, clock.

The interface is served over HTTP, or by a command that takes `{"method","path","body"}` as one line
and answers one line. A command may answer the body alone, or `{"status","body"}`. One that says
that it stays is started once and asked line after line.
"""

import http.client
import json
import os
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping
from typing import Any, Final

from attrs import frozen

from cpikit_contracts.callers import Start, run, spawn
from cpikit_contracts.conversation import Conversation
from cpikit_contracts.exchange import Ending, Invocation
from cpikit_contracts.outcomes import Blocked, NotServed, Unusable

ANSWER_WITHIN_S: Final = 30.0
FAILURES_FROM: Final = 400
NOT_SERVED: Final = frozenset({404, 405, 501})
DOORS: Final = frozenset({"/mark", "/calls", "/rules", "/inventory", "/clock"})


@frozen
class Control:
    """The control interface of one world, reached by URL or by command."""

    url: str = ""
    command: tuple[str, ...] = ()
    env: Mapping[str, str] | None = None
    start: Start = spawn
    conversation: Conversation | None = None

    def ask(self, method: str, path: str, body: object = None) -> Any:
        """One question; raises Blocked when the world cannot answer it."""
        if self.url:
            return self._over_http(method, path, body)
        return self._by_command(method, path, body)

    def mark(self) -> int:
        """A point in the journal."""
        return int(self._object("POST", "/mark", "seq")["seq"])

    def calls(self, since: int) -> list[dict[str, Any]]:
        """The cloud calls since a mark."""
        return self._objects(f"/calls?since={since}", "name", "effect")

    def arm(self, **rule: object) -> str:
        """Arm a fault; its id."""
        return str(self._object("POST", "/rules", "id", rule)["id"])

    def rule(self, rule_id: str) -> dict[str, Any]:
        """How a fault stands: armed, hit or released."""
        return self._object("GET", f"/rules/{rule_id}", "state")

    def release(self, rule_id: str) -> None:
        """Let a held call go on."""
        self.ask("POST", f"/rules/{rule_id}/release")

    def disarm(self) -> None:
        """Remove all faults."""
        self.ask("DELETE", "/rules")

    def inventory(self) -> list[dict[str, Any]]:
        """Everything that exists in the world, each with its kind and its id."""
        return self._objects("/inventory", "kind", "id")

    def user_data(self, vm: str) -> str:
        """What the agent of a VM would read, byte for byte."""
        found = self.ask("GET", f"/user-data/{urllib.parse.quote(vm, safe='')}")
        if isinstance(found, str):
            return found
        if isinstance(found, dict) and isinstance(found.get("user_data"), str):
            return str(found["user_data"])
        return json.dumps(found)

    def _object(self, method: str, path: str, key: str, body: object = None) -> dict[str, Any]:
        found = self.ask(method, path, body)
        if not isinstance(found, dict) or not isinstance(found.get(key), str | int):
            raise Blocked(f"control {method} {path} answered {found!r:.300}, wanted its {key}")
        return found

    def _objects(self, path: str, *keys: str) -> list[dict[str, Any]]:
        found = self.ask("GET", path)
        right = isinstance(found, list) and all(
            isinstance(each, dict) and all(isinstance(each.get(key), str | int) for key in keys)
            for each in found
        )
        if not right:
            wanted = f"an array of objects, each with {' and '.join(keys)}"
            raise Blocked(f"control GET {path} answered {found!r:.300}, wanted {wanted}")
        return list(found)

    def _over_http(self, method: str, path: str, body: object) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(  # noqa: S310  # the profile's world gave the URL
            self.url.rstrip("/") + path,
            data=data,
            method=method,
            headers={"Content-Type": "application/json"},
        )
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=ANSWER_WITHIN_S) as answer:
                return _decoded(answer.read())
        except urllib.error.HTTPError as error:
            said = error.read()[:300].decode("utf-8", "replace")
            raise _failure(error.code, method, path, said) from error
        except (OSError, http.client.HTTPException) as error:
            raise Unusable(f"control {self.url} cannot be reached: {error}") from error

    def _by_command(self, method: str, path: str, body: object) -> Any:
        line = json.dumps({"method": method, "path": path, "body": body}) + "\n"
        if self.conversation is not None:
            return _body(_decoded(self.conversation.ask(line.encode())), method, path)
        env = os.environ if self.env is None else self.env
        asked = Invocation(self.command, line.encode(), "control", env, limit_s=ANSWER_WITHIN_S)
        done = run(asked, start=self.start)
        if done.ending is not Ending.EOF:
            raise Unusable(f"control {self.command[0]!r} {done.ending.value}")
        answer = _decoded(done.stdout)
        if done.status and not _has_status(answer):
            said = done.stderr[-300:].decode("utf-8", "replace")
            raise Blocked(f"control {method} {path} answered {answer!r} {said}")
        return _body(answer, method, path)

    def close(self) -> None:
        """Let a command that stays end."""
        if self.conversation is not None:
            self.conversation.end()


def _failure(status: int, method: str, path: str, said: str) -> Blocked:
    """What a failed question means: a door that this world does not have is no failure."""
    place = path.partition("?")[0]
    kind = NotServed if status in NOT_SERVED and place in DOORS else Blocked
    return kind(f"control {method} {place} answered {status}: {said}")


def _has_status(answer: object) -> bool:
    if not isinstance(answer, dict) or answer.keys() != {"status", "body"}:
        return False
    return isinstance(answer["status"], int)


def _body(answer: Any, method: str, path: str) -> Any:
    if _has_status(answer):
        if int(answer["status"]) >= FAILURES_FROM:
            raise _failure(int(answer["status"]), method, path, f"{answer['body']!r:.300}")
        return answer["body"]
    if isinstance(answer, dict) and answer.keys() == {"error"}:
        raise Blocked(f"control {method} {path} answered {answer!r}")
    return answer


def _decoded(data: bytes) -> Any:
    text = data.decode("utf-8", "replace").strip()
    if not text:
        return None
    try:
        return json.loads(text)
    except ValueError:
        return text
