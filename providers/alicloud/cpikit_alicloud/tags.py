"""The tags on what we made: our own marks, and the rules that turn any metadata into legal tags."""

from __future__ import annotations

import json

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

DIRECTOR = "cpikit-director"
AGENT = "cpikit-agent"
STATE = "cpikit-state"
BINDINGS = "cpikit-bindings"
MARKS = (DIRECTOR, AGENT, STATE, BINDINGS)

LONGEST = 128  # characters of a key or a value  # ECS 2014-05-26, TagResources, Tag.N.Key
MOST = 20  # tags of one resource, and of one call  # ECS 2014-05-26, TagResources, Tag.N
ROOM = MOST - len(MARKS)
"""How many tags a user may have: ours always fit beside them."""

_RESERVED = ("aliyun", "acs:", "cpikit-")  # the first two: ECS TagResources, Tag.N.Key
_SCHEMES = ("http://", "https://")  # forbidden anywhere in a key or value: the same page
_BUILT_IN = "director deployment id job instance_group index name created_at compiling".split()
_LONGEST_REQUEST_ID = 40


def state(
    *, request_id: str, at_s: float, claimed: bool = False, fingerprint: str = "", **more: str
) -> str:
    """The value of `cpikit-state`: `v=1;c=0;t=1764000000;r=cpi-123456;f=…`.

    `c` is 1 once the caller is known to have heard of the resource (set_vm_metadata, attach_disk,
    set_disk_metadata), `t` seconds since 1970, `r` the request that made it, `f` a hash of what was
    asked for; `more` are further letters of one kind of resource. At most 128 characters: what is
    over it is cut from the request id first.
    """
    parts = {"v": "1", "c": "1" if claimed else "0", "t": str(int(at_s))}
    parts["r"] = _plain(request_id)[:_LONGEST_REQUEST_ID]
    if fingerprint:
        parts["f"] = fingerprint
    parts.update({key: _plain(value) for key, value in more.items() if value})
    over = len(_joined(parts)) - LONGEST
    if over > 0:
        parts["r"] = parts["r"][: max(len(parts["r"]) - over, 0)]
    return _joined(parts)[:LONGEST]


def read_state(value: str | None) -> dict[str, str]:
    """The letters of a `cpikit-state`; empty for what is not one."""
    pairs = (part.partition("=") for part in (value or "").split(";"))
    letters = {key: found for key, equals, found in pairs if key and equals}
    return letters if letters.get("v") == "1" else {}


def marks(*, director: str, state: str, agent: str = "", bindings: str = "") -> dict[str, str]:
    """Our own tags for a resource: whose it is, and in what state."""
    own = {DIRECTOR: director, STATE: state, AGENT: agent, BINDINGS: bindings}
    return {key: value[:LONGEST] for key, value in own.items() if value}


def user_tags(
    *layers: Mapping[str, Any], room: int = ROOM, first: Iterable[str] = _BUILT_IN
) -> tuple[dict[str, str], list[str]]:
    """Legal tags from any YAML: later layers win; and the keys for which there was no room.

    What the Director itself sends is kept first, the rest in the order of its keys, so the same
    metadata always keeps the same tags.
    """
    legal: dict[str, str] = {}
    for layer in layers:
        for key, value in layer.items():
            name = legal_key(str(key))
            if name:
                legal[name] = legal_value(value)
    rank = {key: place for place, key in enumerate(first)}
    ordered = sorted(legal, key=lambda key: (rank.get(key, len(rank)), key))
    return {key: legal[key] for key in ordered[:room]}, ordered[room:]


def fitting(
    wanted: Mapping[str, str], present: Mapping[str, str]
) -> tuple[dict[str, str], list[str]]:
    """Those of `wanted` for which there is room beside what is there, and the keys of the others.

    What an operator had put there at the creation stays (it may be what bills and policies go by);
    a key that is there already is renewed.
    """
    room = max(MOST - len({*present, *MARKS}), 0)
    left = [key for key in wanted if key not in present][room:]
    return {key: value for key, value in wanted.items() if key not in left}, left


def legal_key(key: str) -> str:
    """A key that ECS takes and that is not one of ours; empty when nothing of it is left."""
    text = _clean(key)
    if text.lower().startswith(_RESERVED):
        text = f"_{text}"
    return text[:LONGEST]


def legal_value(value: object) -> str:
    """A value that ECS takes: text as it is, null empty, everything else as JSON."""
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    text = _clean(text)
    if text.lower().startswith(_RESERVED[:2]):
        text = f"_{text}"
    return text[:LONGEST]


def display_name(text: str) -> str:
    """An instance name from any text: 2 to 128 characters, a letter first.

    Other characters than letters, digits, `-`, `_` and `.` become `.`, as the Go CPI made of them.
    Source: ECS 2014-05-26, ModifyInstanceAttribute, InstanceName.
    """
    name = "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "." for c in text)
    if len(name) < 2 or not name[0].isalpha():  # noqa: PLR2004  # the shortest name, see above
        name = f"i_{name}"
    return name[:LONGEST]


def as_parameter(tags: Mapping[str, str]) -> list[dict[str, str]]:
    """Tags as the parameter `Tag` takes them, in the order of their keys (client tokens)."""
    return [{"Key": key, "Value": tags[key]} for key in sorted(tags)]


def of(resource: Mapping[str, Any]) -> dict[str, str]:
    """The tags in an answer: ECS says TagKey and TagValue, VPC Key and Value."""
    found = (resource.get("Tags") or {}).get("Tag") or ()
    return {
        str(tag.get("TagKey", tag.get("Key", ""))): str(tag.get("TagValue", tag.get("Value", "")))
        for tag in found
    }


def _joined(parts: Mapping[str, str]) -> str:
    return ";".join(f"{key}={value}" for key, value in parts.items())


def _plain(text: str) -> str:
    return "".join(c for c in text if c.isascii() and (c.isalnum() or c in "-_.:/,+"))


def _clean(text: str) -> str:
    text = "".join(c if c.isprintable() else " " for c in text).strip()
    for scheme in _SCHEMES:
        place = text.lower().find(scheme)
        while place >= 0:
            text = f"{text[: place + len(scheme) - 3]}_{text[place + len(scheme) - 3 :]}"
            place = text.lower().find(scheme)
    return text
