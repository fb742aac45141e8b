"""The marks on everything that we make: whose it is, for which agent, and whether it is claimed.

Three tags that user tags can neither set nor push out. `cpikit-state` is compact:
`v=1 fp=<fingerprint> call=<token> req=<request id> at=<seconds> claimed=<0 or 1>`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

MAX_TAGS, MAX_KEY, MAX_VALUE = 20, 64, 256  # what this cloud takes: cloud/world.py, check_tags
DIRECTOR = "cpikit-director"
AGENT = "cpikit-agent"
STATE = "cpikit-state"
_OURS = "cpikit-"
_RESERVED = "cloud:"
_LONGEST_STATE = 128
# What an operator searches by stays when there are more tags than the cloud takes.
_FIRST = "name director deployment instance_group job index id compiling".split()


def marks(
    director: str, *, request_id: str, token: str, now_s: float, agent: str = "", print_: str = ""
) -> dict[str, str]:
    """The marks of something that is about to be made, and that nobody has claimed yet."""
    values = {
        "v": "1",
        "fp": print_,
        "call": token[:16],
        "req": request_id[:24],
        "at": str(int(now_s)),
        "claimed": "0",
    }
    made = {DIRECTOR: director[:MAX_VALUE], STATE: _written(values)}
    if agent:
        made[AGENT] = agent[:MAX_VALUE]
    return made


def fingerprint(asked: list[Any]) -> str:
    """64 bits of everything that makes a VM what it is; tells apart, protects against nobody."""
    import json
    from zlib import adler32, crc32

    data = json.dumps(asked, sort_keys=True).encode()
    return f"{crc32(data):08x}{adler32(data):08x}"


def state_of(tags: Mapping[str, str]) -> dict[str, str]:
    """The parts of the state mark; {} for something that is not marked."""
    parts = (part.partition("=") for part in tags.get(STATE, "").split())
    return {key: value for key, _, value in parts}


def is_claimed(tags: Mapping[str, str]) -> bool:
    """Whether the Director has told us that it knows of it. What is not ours counts as claimed."""
    return state_of(tags).get("claimed") != "0"


def claimed(tags: Mapping[str, str]) -> dict[str, str]:
    """The same tags with the mark that somebody knows of it."""
    state = state_of(tags)
    return {**tags, STATE: _written({**state, "claimed": "1"})} if state else dict(tags)


def with_metadata(tags: Mapping[str, str], metadata: Mapping[str, Any]) -> dict[str, str]:
    """Our marks, claimed, and the metadata as tags that the cloud takes, in the place of old ones.

    Never fails: values of any type become text, long ones are cut, reserved keys are left out, and
    so are the last keys when there are too many.
    """
    ours = {key: value for key, value in claimed(tags).items() if key.startswith(_OURS)}
    names = [name for name in _FIRST if name in metadata]
    names += [name for name in metadata if name not in _FIRST]
    for name in names:
        key = name[:MAX_KEY]
        if len(ours) == MAX_TAGS:
            break
        if key and not key.startswith((_OURS, _RESERVED)):
            ours.setdefault(key, _text(metadata[name])[:MAX_VALUE])
    return ours


def _text(value: Any) -> str:
    """A YAML value as a person would write it."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    import json

    return json.dumps(value, ensure_ascii=False)


def _written(state: Mapping[str, str]) -> str:
    return " ".join(f"{key}={value}" for key, value in state.items() if value)[:_LONGEST_STATE]
