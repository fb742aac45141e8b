"""The decoder that is as strict as the agent."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpikit_contracts.agent_settings import problems
from cpikit_contracts.strategies import json_values

GOOD: dict[str, Any] = {
    "agent_id": "a",
    "vm": {"name": "v"},
    "mbus": "nats://x",
    "ntp": ["t"],
    "blobstore": {"provider": "local", "options": {"path": "/x"}},
    "networks": {
        "n": {"type": "manual", "ip": "1", "prefix": "32", "dns": ["d"], "use_dhcp": True}
    },
    "disks": {"system": "/dev/vda", "ephemeral": {"path": "/dev/vdb"}, "persistent": {}},
    "env": {"bosh": {"swap_size": 0, "tags": {"any": [1, None]}, "unknown": 7}, "odd": {}},
    "unknown": [1],
}


def test_a_good_document_is_read() -> None:
    assert problems(GOOD) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("agent_id", 7), ("vm", "v"), ("ntp", "t"), ("mbus", ["x"]), ("disks.system", {}),
        ("disks.ephemeral", 7), ("disks.ephemeral", {"lun": 1}), ("disks.persistent", []),
        ("networks", []), ("networks.n.prefix", 32), ("networks.n.dns", "d"),
        ("networks.n.use_dhcp", "yes"),
        ("env.bosh.swap_size", "0"), ("env.bosh.swap_size", -1), ("env.bosh.blobstores", {}),
        ("env.bosh.mbus", {"cert": "x"}), ("dns", ["d"]), ("registry", "r"), ("env", "e"),
        ("disks.raw_ephemeral", [{"id": 1}]), ("env.bosh.authorized_keys", "k"),
    ],
)  # fmt: skip
def test_a_wrong_type_is_named_with_its_path(path: str, value: object) -> None:
    words = path.split(".")
    document = _with(GOOD, words, value)
    found = problems(document)
    assert found
    assert words[-1] in found[0] or words[0] in found[0]


@pytest.mark.parametrize("path", ["vm", "ntp", "env", "disks.system", "networks.n.prefix"])
def test_null_is_the_zero_value(path: str) -> None:
    assert problems(_with(GOOD, path.split("."), None)) == []


def test_keys_match_without_regard_to_case() -> None:
    assert problems({**GOOD, "DISKS": {"System": 7}})


@pytest.mark.parametrize("document", [None, [], "x", {}, {"agent_id": ""}])
def test_without_an_agent_there_are_no_settings(document: object) -> None:
    assert problems(document)


@settings(derandomize=True, database=None, deadline=None)
@given(json_values(20))
def test_no_document_breaks_the_decoder(document: object) -> None:
    assert isinstance(problems(document), list)


def _with(document: dict[str, Any], words: list[str], value: object) -> dict[str, Any]:
    if len(words) == 1:
        return {**document, words[0]: value}
    inner = document.get(words[0], {})
    return {**document, words[0]: _with(inner, words[1:], value)}


def test_strategies_make_the_same_for_the_same_seed() -> None:
    from cpikit_contracts.strategies import malformed_requests, sampled

    first = sampled(malformed_requests(), 20, 5)
    assert first == sampled(malformed_requests(), 20, 5)
    assert first != sampled(malformed_requests(), 20, 6)


@settings(derandomize=True, database=None, deadline=None, max_examples=50)
@given(st.data())
def test_malformed_requests_name_no_method(data: st.DataObject) -> None:
    from cpikit_contracts.methods import METHODS
    from cpikit_contracts.strategies import malformed_requests

    request = data.draw(malformed_requests())
    assert not any(name.encode() in request for name in METHODS if name != "info")
