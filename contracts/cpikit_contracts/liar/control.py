"""The liar's control interface: one JSON line in, one JSON line out."""

import copy
import json
import time
import urllib.parse
from typing import Any

from cpikit_contracts.liar.store import Json, Store, empty


def answer(store: Store, line: str) -> str:
    """Answer one control request."""
    request = json.loads(line)
    path = urllib.parse.urlsplit(request["path"])
    words = [urllib.parse.unquote(word) for word in path.path.strip("/").split("/")]
    query = dict(urllib.parse.parse_qsl(path.query))
    with store.locked() as state:
        body = _answered(state, request["method"], words, query, request.get("body") or {})
    return json.dumps(body)


def _answered(state: Json, verb: str, words: list[str], query: dict[str, str], body: Json) -> Any:
    match (verb, *words):
        case ("POST", "mark"):
            state["mark"] = state["seq"]
            state["before"] = copy.deepcopy(state["things"])
            return {"seq": state["seq"]}
        case ("GET", "calls"):
            return [call for call in state["calls"] if call["seq"] > int(query.get("since", 0))]
        case ("POST", "rules"):
            identity = f"r{len(state['rules']) + 1}-{state['seq']}"
            state["rules"].append({**body, "id": identity, "state": "armed", "hits": 0, "seq": 0})
            return {"id": identity}
        case ("GET", "rules", identity):
            return next(rule for rule in state["rules"] if rule["id"] == identity)
        case ("POST", "rules", identity, "release"):
            for rule in state["rules"]:
                if rule["id"] == identity:
                    rule["state"] = "released"
            return {}
        case ("DELETE", "rules"):
            state["rules"] = []
            return {}
        case ("GET", "inventory"):
            return inventory(state)
        case ("GET", "user-data", vm):
            return {"user_data": state["things"]["vm"][vm]["user_data"]}
        case ("GET", "knobs"):
            return []
        case ("POST", "clock"):
            return {}
        case ("POST", "reset"):
            state.update(empty())
            return {}
    return {"error": f"no such control request: {verb} /{'/'.join(words)}"}


def inventory(state: Json) -> list[Json]:
    """Everything that exists."""
    found = []
    for kind, things in state["things"].items():
        found += [
            {
                "kind": kind,
                "id": identity,
                "owner": thing.get("owner", ""),
                "state": thing.get("state", "available"),
                "state_since_s": thing.get("created_at", time.time()),
                "attached_to": thing.get("vm"),
                "created_at": thing.get("created_at", time.time()),
                "claimed": thing.get("claimed", True),
            }
            for identity, thing in things.items()
        ]
    return found
