"""The one place that keeps strangers' things safe."""

import json
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from cpikit_contracts.gate import Gate
from cpikit_contracts.ledger import Ledger
from cpikit_contracts.methods import METHODS, UNKNOWN_METHOD_PREFIX
from cpikit_contracts.outcomes import Refused
from cpikit_contracts.profile import Limits, Profile

UNKNOWN = {
    "vm": "i-none",
    "disk": "d-none",
    "stemcell": "m-none",
    "snapshot": "s-none",
    "network": "n-none",
}
FREE = settings(derandomize=True, database=None, deadline=None, max_examples=200)


def gate(*, usable: bool = True, throw_away: bool = True, ceiling: int = 40) -> Gate:
    profile = Profile(path=Path("/x"), unknown=UNKNOWN, limits=Limits(resources=ceiling))
    return Gate(
        profile,
        Ledger(None),
        world_may_be_used=usable,
        world_is_throw_away=throw_away,
        image_folder="/run-of-this-suite",
    )


def request(method: Any, *arguments: Any) -> bytes:
    return json.dumps({"method": method, "arguments": arguments, "context": {}}).encode()


@FREE
@given(st.sampled_from(sorted(METHODS)), st.text(max_size=12), st.integers(-5, 5), st.booleans())
def test_no_id_passes_that_we_neither_made_nor_listed(
    method: str, text: str, number: int, throw_away: bool
) -> None:
    ids = METHODS[method].ids
    if not ids or text in {*UNKNOWN.values()}:
        return
    for value in (text, number):
        arguments: list[Any] = [None] * METHODS[method].arguments
        for place, kind in ids.items():
            arguments[place] = [value] if kind == "disks" else value
        for endpoint in ("world", "dead"):
            with pytest.raises(Refused):
                gate(throw_away=throw_away).check(request(method, *arguments), endpoint)


def test_what_we_made_passes_as_what_it_is_and_as_nothing_else() -> None:
    ours = gate()
    ours.ledger.add("vm", "7", "x")
    ours.check(request("delete_vm", "7"), "world")
    with pytest.raises(Refused, match="disk '7'"):
        ours.check(request("delete_disk", "7"), "world")


def test_a_number_is_nobodys_id_but_might_be_somebodys() -> None:
    with pytest.raises(Refused):
        gate().check(request("delete_vm", 7), "dead")


@pytest.mark.parametrize("value", [None, {}, [], True])
def test_what_is_no_id_goes_only_where_nothing_can_be_harmed(value: object) -> None:
    gate().check(request("has_vm", value), "dead")
    with pytest.raises(Refused):
        gate(throw_away=False).check(request("has_vm", value), "world")


@pytest.mark.parametrize("method", sorted(set(METHODS) - {"info"}))
def test_no_real_method_goes_to_a_world_that_is_not_ours_to_use(method: str) -> None:
    with pytest.raises(Refused):
        gate(usable=False, throw_away=False).check(request(method), "world")


@pytest.mark.parametrize(
    "raw",
    [
        b'{"method":"delete_vm","arguments":["i-1"]',
        b'["delete_vm"]',
        b'{"method":"info"} {"method":"delete_vm"}',
        b"delete_disk",
    ],
)
def test_broken_json_names_no_method(raw: bytes) -> None:
    with pytest.raises(Refused):
        gate().check(raw, "world")


def test_a_doubled_method_is_refused() -> None:
    raw = b'{"method":"info","method":"delete_vm","arguments":["i-none"]}'
    with pytest.raises(Refused):
        gate().check(raw, "world")


def test_a_name_that_some_cpi_may_know_is_refused() -> None:
    with pytest.raises(Refused, match="delete_everything"):
        gate().check(request("delete_everything"), "dead")
    gate().check(request(UNKNOWN_METHOD_PREFIX + "x"), "world")


def test_the_ceiling_stops_what_creates_and_nothing_else() -> None:
    full = gate(ceiling=1)
    full.ledger.add("disk", "d-1", "x")
    with pytest.raises(Refused, match=r"limits\.resources"):
        full.check(request("create_disk", 1, {}, None), "world")
    full.check(request("delete_disk", "d-1"), "world")


def test_only_files_of_this_run_are_uploaded() -> None:
    gate().check(request("create_stemcell", "/run-of-this-suite/image", {}), "world")
    for path in ("/etc/passwd", "/run-of-this-suite/../etc/passwd"):
        with pytest.raises(Refused):
            gate().check(request("create_stemcell", path, {}), "world")


def test_arguments_that_are_no_array_never_reach_a_live_world() -> None:
    raw = json.dumps({"method": "delete_vm", "arguments": {"0": "i-1"}}).encode()
    with pytest.raises(Refused):
        gate(throw_away=False).check(raw, "world")


def test_a_profile_without_unknown_ids_has_none() -> None:
    bare = gate()
    bare.profile = evolve(bare.profile, unknown={})
    with pytest.raises(Refused):
        bare.check(request("has_vm", "i-none"), "dead")


@pytest.mark.parametrize(
    "text",
    [
        '{"method":"delete_vm","arguments":[null]}',
        '{"method":"delete_vm","arguments":[]}',
        '{"method":"delete_vm"}',
        '{"method":"delete\\u005fvm","arguments":["i-1"]',
    ],
)
def test_a_live_account_gets_nothing_that_a_lenient_cpi_could_act_on(text: str) -> None:
    live = evolve(gate(throw_away=False), profile=Profile(path=Path("/x")))
    with pytest.raises(Refused):
        live.check(text.encode(), "world")
