"""The control interface: faults, journal, inventory, knobs, clock, for judges, tests and people."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias
from urllib.parse import unquote

from attrs import define

from cpikit_alicloud_simulator import inventory
from cpikit_alicloud_simulator.desk import Desk
from cpikit_alicloud_simulator.oss.answer import Answer
from cpikit_alicloud_simulator.page import page
from cpikit_alicloud_simulator.suggest import did_you_mean
from cpikit_alicloud_simulator.trouble import Rule
from cpikit_alicloud_simulator.wire import WireRequest

PREFIX = "/_simulator"
_LATEST = 200
_METADATA = re.compile(r"/_simulator/instances/[^/]+/metadata(/.*)?")

Body: TypeAlias = Mapping[str, Any]
Query: TypeAlias = Mapping[str, str]


class Refused(Exception):
    """A control request that cannot be done: an HTTP status and a sentence."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class Controlled(Protocol):
    """What is controlled: it has a present desk and can begin anew."""

    @property
    def desk(self) -> Desk:
        """The present world's desk."""

    def reset(self) -> None:
        """Begin a fresh world."""


def is_control(path: str) -> bool:
    """Say whether a path belongs to the control interface (metadata below it does not)."""
    ours = path == PREFIX or path.startswith(f"{PREFIX}/")
    return ours and not _METADATA.fullmatch(path)


@define
class Control:
    """Answers control requests, over HTTP (`answer`) or in this process (`ask`)."""

    controlled: Controlled

    def answer(self, request: WireRequest) -> Answer:
        """Answer a request below `/_simulator/`, in JSON; a browser gets the page for people."""
        path = request.path.removeprefix(PREFIX) or "/"
        wants_html = "text/html" in request.headers.get("accept", "")
        if path == "/" and request.method == "GET" and wants_html:
            return page()
        try:
            body = json.loads(request.body) if request.body.strip() else {}
        except (ValueError, RecursionError):
            return _json(400, {"error": "the body is not JSON"})
        try:
            found = self.ask(request.method, path, body, dict(request.query))
        except Refused as refused:
            return _json(refused.status, {"error": str(refused)})
        if isinstance(found, bytes):
            return Answer(200, {"Content-Type": "application/octet-stream"}, found)
        return _json(200, found)

    def ask(self, method: str, path: str, body: Any = None, query: Query | None = None) -> Any:
        """Do one control request; raises Refused."""
        if body is not None and not isinstance(body, Mapping):
            raise Refused(400, f"the body is a JSON object; found {type(body).__name__}")
        for route_method, pattern, do in _ROUTES:
            matched = pattern.fullmatch(path)
            if matched and route_method == method:
                self.controlled.desk.world.settle()
                try:
                    return do(
                        self.controlled,
                        [unquote(g) for g in matched.groups()],
                        body or {},
                        query or {},
                    )
                except ValueError as error:
                    raise Refused(400, str(error)) from error
        others = sorted({m for m, pattern, _ in _ROUTES if pattern.fullmatch(path)})
        if others:
            raise Refused(405, f"{path} takes {', '.join(others)}, not {method}")
        raise Refused(404, f"there is no {path}{did_you_mean(path, paths())}")


def paths() -> list[str]:
    """Give what there is, for an answer to a wrong path."""
    return sorted({pattern.pattern.replace("([^/]+)", "ID") for _, pattern, _ in _ROUTES})


def _index(_of: Controlled, _parts: list[str], _body: Body, _query: Query) -> Any:
    return {"paths": [f"{m} {p.pattern.replace('([^/]+)', 'ID')}" for m, p, _ in _ROUTES]}


def _mark(of: Controlled, _parts: list[str], _body: Body, _query: Query) -> Any:
    of.desk.rules.mark()
    return {"seq": of.desk.journal.mark()}


def _calls(of: Controlled, _parts: list[str], _body: Body, query: Query) -> Any:
    return [entry.call() for entry in of.desk.journal.since(_whole(query, "since", 0))]


def _requests(of: Controlled, _parts: list[str], _body: Body, query: Query) -> Any:
    found = of.desk.journal.since(_whole(query, "since", 0))
    latest = found[-_whole(query, "limit", _LATEST) :]
    return [entry.request() for entry in latest]


def _counts(of: Controlled, _parts: list[str], _body: Body, _query: Query) -> Any:
    return of.desk.journal.counts()


def _add_rule(of: Controlled, _parts: list[str], body: Body, _query: Query) -> Any:
    return {"id": of.desk.rules.add(body).id}


def _rules(of: Controlled, _parts: list[str], _body: Body, _query: Query) -> Any:
    return [rule.row() for rule in of.desk.rules]


def _rule(of: Controlled, parts: list[str], _body: Body, _query: Query) -> Any:
    return _found_rule(of, parts[0]).row()


def _release(of: Controlled, parts: list[str], _body: Body, _query: Query) -> Any:
    rule = _found_rule(of, parts[0])
    of.desk.rules.release(rule)
    if rule.do == "stuck":
        of.desk.world.timeline.thaw_all(of.desk.world.now_s)
    return rule.row()


def _clear_rules(of: Controlled, _parts: list[str], _body: Body, _query: Query) -> Any:
    of.desk.rules.clear()
    of.desk.world.timeline.thaw_all(of.desk.world.now_s)
    return {}


def _inventory(of: Controlled, _parts: list[str], _body: Body, _query: Query) -> Any:
    return inventory.rows(of.desk.world)


def _user_data(of: Controlled, parts: list[str], _body: Body, _query: Query) -> Any:
    found = of.desk.world.find(parts[0])
    data = found.user_data() if found else None
    if data is None:
        raise Refused(404, f"{parts[0]} is no instance with user data")
    return data


def _knobs(of: Controlled, _parts: list[str], _body: Body, _query: Query) -> Any:
    return of.desk.world.knobs.rows()


def _set_knobs(of: Controlled, _parts: list[str], body: Body, _query: Query) -> Any:
    of.desk.world.knobs.set(body)
    return of.desk.world.knobs.rows()


def _clock(of: Controlled, _parts: list[str], _body: Body, _query: Query) -> Any:
    world = of.desk.world
    return {
        "now_s": world.now_s,
        "now": world.clock.now().isoformat(),
        "time": world.clock.name,
        "profile": world.profile,
        "next_due_s": world.timeline.next_due_s,
    }


def _advance(of: Controlled, parts: list[str], body: Body, query: Query) -> Any:
    seconds = body.get("advance_s")
    if not isinstance(seconds, int | float) or isinstance(seconds, bool):
        raise Refused(400, f"advance_s {seconds!r} found, wanted a number of seconds")
    of.desk.world.clock.advance(seconds)
    of.desk.world.settle()
    return _clock(of, parts, body, query)


def _reset(of: Controlled, _parts: list[str], _body: Body, _query: Query) -> Any:
    of.reset()
    return {}


def _world(of: Controlled, _parts: list[str], _body: Body, _query: Query) -> Any:
    return inventory.world_shown(of.desk.world)


def _whole(query: Query, name: str, default: int) -> int:
    text = query.get(name) or str(default)
    if not text.isascii() or not text.isdigit():
        raise Refused(400, f"{name} {text!r} found, wanted a whole number")
    return int(text[:18])


def _found_rule(of: Controlled, rule_id: str) -> Rule:
    found = of.desk.rules.get(rule_id)
    if found is None:
        raise Refused(404, f"there is no rule {rule_id!r}")
    return found


def _json(status: int, body: Any) -> Answer:
    text = json.dumps(body, ensure_ascii=False) + "\n"
    return Answer(status, {"Content-Type": "application/json"}, text.encode(errors="replace"))


Do: TypeAlias = Callable[[Controlled, list[str], Body, Query], Any]


def _route(method: str, path: str, do: Do) -> tuple[str, re.Pattern[str], Do]:
    return method, re.compile(path.replace("ID", "([^/]+)")), do


_ROUTES: tuple[tuple[str, re.Pattern[str], Do], ...] = (
    _route("GET", "/", _index),
    _route("POST", "/mark", _mark),
    _route("GET", "/calls", _calls),
    _route("GET", "/requests", _requests),
    _route("GET", "/counts", _counts),
    _route("POST", "/rules", _add_rule),
    _route("GET", "/rules", _rules),
    _route("DELETE", "/rules", _clear_rules),
    _route("GET", "/rules/ID", _rule),
    _route("POST", "/rules/ID/release", _release),
    _route("GET", "/inventory", _inventory),
    _route("GET", "/user-data/ID", _user_data),
    _route("GET", "/knobs", _knobs),
    _route("PATCH", "/knobs", _set_knobs),
    _route("GET", "/clock", _clock),
    _route("POST", "/clock", _advance),
    _route("POST", "/reset", _reset),
    _route("GET", "/world", _world),
)
