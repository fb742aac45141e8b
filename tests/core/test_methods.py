"""Arguments are bound by Cpi's own signatures, strictly and all problems at once."""

from __future__ import annotations

import inspect

import pytest
from cpikit_toy.cpi import ToyCpi

from cpikit.api import Cpi
from cpikit.methods import SHAPES


def message(toy, method, *arguments):
    answer = toy.respond(method, *arguments)
    assert answer["error"]["type"] == "Bosh::Clouds::CpiError", answer
    return answer["error"]["message"]


def bound(toy, monkeypatch, method, *arguments):
    seen = []
    monkeypatch.setattr(ToyCpi, method, lambda _cpi, *given: seen.append(given))
    toy.respond(method, *arguments)
    (given,) = seen
    return given


def test_every_method_of_the_interface_has_a_shape_and_no_other():
    public = {name for name, _ in inspect.getmembers(Cpi, inspect.isfunction) if name[0] != "_"}
    assert public == set(SHAPES)


@pytest.mark.parametrize("method", SHAPES)
def test_too_many_arguments_are_counted(toy, method):
    assert "found 9" in message(toy, method, *[None] * 9)


def test_too_few_arguments_are_counted_and_named(toy):
    told = message(toy, "create_disk", 1)
    assert told == (
        "create_disk: $.arguments: wanted 2 to 3 arguments (size, cloud_properties, vm_cid),"
        " found 1"
    )
    assert "wanted 1 argument (vm_cid)" in message(toy, "has_vm")
    assert "wanted 0 arguments ()" in message(toy, "ping", 1)


def test_all_problems_of_all_arguments_are_told(toy):
    told = message(
        toy,
        "create_vm",
        None,
        7,
        {"cpu": "two", "system_disk": {"encrypted": "yes", "tpye": "x"}},
        {"a": {"type": "manual"}, "b": [], "c": {"type": 1, "cloud_properties": {}, "dns": "x"}},
        ["d", 5, ""],
        [],
    )
    for line in (
        "$.arguments[0]: wanted an agent id as a non-empty string, found null",
        "$.arguments[1]: wanted a stemcell CID as a non-empty string, found 7",
        '$.arguments[2].cpu: wanted an integer, found "two"',
        '$.arguments[2].system_disk.encrypted: wanted true or false, found "yes"',
        "$.arguments[2].system_disk: unknown key 'tpye', did you mean 'type'?",
        "$.arguments[3].a.cloud_properties: required, not set",
        "$.arguments[3].b: wanted an object, found an array",
        "$.arguments[3].c.type: wanted a string, found 1",
        '$.arguments[3].c.dns: wanted an array, found "x"',
        "$.arguments[4][1]: wanted a disk CID as a non-empty string, found 5",
        '$.arguments[4][2]: wanted a disk CID as a non-empty string, found ""',
        "$.arguments[5]: wanted an object, found an array",
    ):
        assert line in told


def test_a_null_object_is_an_empty_one(toy, monkeypatch):
    assert bound(toy, monkeypatch, "create_stemcell", "/image", None, None) == ("/image", {}, None)
    assert bound(toy, monkeypatch, "set_vm_metadata", "v", None) == ("v", {})


def test_a_stemcell_s_properties_are_never_refused(toy, monkeypatch):
    properties = {"name": "x", "anything": [1]}
    assert bound(toy, monkeypatch, "create_stemcell", "/i", properties)[1] == properties


def test_the_name_of_a_dynamic_disk_is_dropped(toy):
    assert toy.call("create_disk", 1, {"name": "dyn-1"}, None) == "disk-1"
    assert "unknown key 'names'" in message(toy, "create_disk", 1, {"names": "x"}, None)


def test_optional_arguments_may_be_absent_or_null(toy, monkeypatch):
    assert len(bound(toy, monkeypatch, "create_disk", 1, {})) == 2
    assert bound(toy, monkeypatch, "create_disk", 1, {}, None)[2] is None


def test_a_size_is_mib_and_not_negative(toy):
    for size in (-1, "1", 1.0, True, None):
        assert "$.arguments[0]: wanted MiB as an integer" in message(toy, "create_disk", size, {})


def test_networks_are_bound_with_the_provider_s_properties(toy, monkeypatch):
    network = {"type": "manual", "ip": "10.0.0.5", "prefix": "32", "cloud_properties": {"x": 1}}
    (_, _, _, networks, *_) = bound(
        toy, monkeypatch, "create_vm", "a", "s", {}, {"n": network}, [], {}
    )
    assert networks["n"].prefix == "32"
    assert networks["n"].cloud_properties == {"x": 1}
    assert networks["n"].echo(ip=None, mac="m") == {**network, "mac": "m"}
