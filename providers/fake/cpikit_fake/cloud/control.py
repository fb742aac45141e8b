"""The control interface: what a judge may ask of this world and do to it."""

from __future__ import annotations

import json

from cpikit_fake.cloud import knobs, processes, trouble
from cpikit_fake.cloud.failures import CloudFailure
from cpikit_fake.cloud.store import KINDS
from cpikit_fake.cloud.world import World
from cpikit_fake.marks import DIRECTOR, is_claimed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cpikit.waiting import Clock
    from cpikit_fake.cloud.store import DiskStore, MemoryStore

    State = dict[str, Any]

BOSH_KINDS = {
    "images": "stemcell",
    "servers": "vm",
    "volumes": "disk",
    "snapshots": "snapshot",
    "subnets": "network",
}


class Control:
    """Answers one request of the interface at a time; every process sees what it did."""

    def __init__(self, store: DiskStore | MemoryStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def answer(self, method: str, path: str, body: Any = None) -> Any:
        """The answer to METHOD PATH with that body. Raises CloudFailure for a bad request."""
        path, _, query = path.partition("?")
        parts = path.strip("/").split("/")
        if body is not None and not isinstance(body, dict):
            raise CloudFailure("BadRequest", "the body is no object")
        with self._store.turn() as state:
            now = self._clock.time_s() + state["offset_s"]
            route = f"{method} {parts[0]}" + ("/ID" * (len(parts) > 1)) + "/".join(["", *parts[2:]])
            found = _ROUTES.get(route)
            if found is None:
                known = ", ".join(_ROUTES)
                raise CloudFailure("NoSuchRoute", f"{method} {path} is not served; served: {known}")
            answer = getattr(_Routes(self._store), found)
            return answer(_Asked(state, now, parts[1] if len(parts) > 1 else "", query, body))


class _Routes:
    """What each route does, within the turn."""

    def __init__(self, store: DiskStore | MemoryStore) -> None:
        self._store = store

    def mark(self, asked: _Asked) -> Any:
        state = asked.state
        state["mark"] = state["seq"]
        state["reads"] = {}
        for rule in state["rules"]:
            rule["count"] = 0
        return {"seq": state["seq"]}

    def calls(self, asked: _Asked) -> Any:
        since = asked.query.removeprefix("since=") or "0"
        if not since.isdigit():
            raise CloudFailure("BadRequest", f"since is {since!r}, wanted a seq of a mark")
        return self._journal(int(since))

    def add_rule(self, asked: _Asked) -> Any:
        seen = self._journal(asked.state["mark"])
        return {"id": str(trouble.add(asked.state, asked.body or {}, seen)["id"])}

    def show_rule(self, asked: _Asked) -> Any:
        return trouble.shown(_rule(asked))

    def release(self, asked: _Asked) -> Any:
        trouble.release(asked.state, _rule(asked), asked.now)
        return trouble.shown(_rule(asked))

    def clear_rules(self, asked: _Asked) -> Any:
        for rule in asked.state["rules"]:
            trouble.release(asked.state, rule, asked.now)
        asked.state["rules"] = []
        asked.state["before"] = None
        return {}

    def inventory(self, asked: _Asked) -> Any:
        World(asked.state, asked.now, {}, self._store.write_file)  # lets states pass
        return [
            {
                "kind": BOSH_KINDS[kind],
                "id": one["id"],
                "owner": one["tags"].get(DIRECTOR),
                "state": one["state"],
                "state_since_s": one["since"],
                "attached_to": one.get("attached_to"),
                "created_at": one["created"],
                "claimed": is_claimed(one["tags"]),
            }
            for kind in KINDS
            for one in asked.state[kind].values()
        ]

    def user_data(self, asked: _Asked) -> Any:
        text = self._store.read_file(f"{asked.name}.json")
        if asked.name not in asked.state["servers"] or text is None:
            raise CloudFailure("ServerNotFound", f"no server {asked.name!r} has user data here")
        return text

    def knobs(self, asked: _Asked) -> Any:
        return knobs.listed(asked.state)

    def turn_knobs(self, asked: _Asked) -> Any:
        for name, value in (asked.body or {}).items():
            knobs.check(name, value)
        asked.state["knobs"].update(asked.body or {})
        return knobs.listed(asked.state)

    def advance(self, asked: _Asked) -> Any:
        seconds = (asked.body or {}).get("advance_s")
        if isinstance(seconds, bool) or not isinstance(seconds, int | float) or seconds < 0:
            raise CloudFailure("BadRequest", f"advance_s is {seconds!r}, wanted seconds from 0 on")
        asked.state["offset_s"] += seconds
        return {"now_s": asked.now + seconds}

    def reset(self, asked: _Asked) -> Any:
        """Empty the world; ids and the journal's numbers go on, so nothing comes twice."""
        for server in asked.state["servers"].values():
            processes.end(server)
            asked.state["stale_files"] += [f"{server['id']}.json", f"{server['id']}.log"]
        asked.state.update({kind: {} for kind in KINDS})
        asked.state.update(
            tokens={}, knobs={}, rules=[], reads={}, before=None, offset_s=0.0,
            mark=asked.state["seq"], forget_journal=True,
        )  # fmt: skip
        return {}

    def _journal(self, since: int) -> list[dict[str, Any]]:
        """The entries after that seq; the last line of a seq counts."""
        entries = {}
        for line in self._store.lines():
            entry = json.loads(line)
            if entry["seq"] > since:
                entries[entry["seq"]] = entry
        return [entries[seq] for seq in sorted(entries)]


class _Asked:
    __slots__ = ("body", "name", "now", "query", "state")

    def __init__(self, state: State, now: float, name: str, query: str, body: Any) -> None:
        self.state = state
        self.now = now
        self.name = name
        self.query = query
        self.body = body


def _rule(asked: _Asked) -> dict[str, Any]:
    for rule in asked.state["rules"]:
        if str(rule["id"]) == asked.name:
            found: dict[str, Any] = rule
            return found
    raise CloudFailure("NoSuchRule", f"rule {asked.name!r} does not exist")


_ROUTES = {
    "POST mark": "mark",
    "GET calls": "calls",
    "POST rules": "add_rule",
    "GET rules/ID": "show_rule",
    "POST rules/ID/release": "release",
    "DELETE rules": "clear_rules",
    "GET inventory": "inventory",
    "GET user-data/ID": "user_data",
    "GET knobs": "knobs",
    "PATCH knobs": "turn_knobs",
    "POST clock": "advance",
    "POST reset": "reset",
}
