"""One request to one response, whatever the provider does: the road of serve.py and call.py."""

from __future__ import annotations

import pytest
from cpikit_toy.cpi import ToyCpi
from cpikit_toy.tricks import Mute
from toy_process import checked, request

from cpikit import (
    CloudError,
    VMCreationFailed,
)
from cpikit.methods import SHAPES

CREATE_VM = ("agent", "stemcell", {}, {"a": {"type": "dynamic", "cloud_properties": {}}}, [], {})


def plays(monkeypatch, method, result):
    """Make a method of the toy return, or raise, that."""

    def behave(_self, *_arguments):
        if isinstance(result, BaseException):
            raise result
        return result

    monkeypatch.setattr(ToyCpi, method, behave)


@pytest.mark.parametrize("version", [None, 1, 2, 3, 25])
def test_info_answers_alike_for_every_version(toy, version):
    answer = checked(toy.raw(request("info", version=version)))
    assert answer["result"] == {"api_version": 3, "stemcell_formats": ["toy-raw"]}


@pytest.mark.parametrize("version", [None, 1, 0, 4, -1])
def test_other_methods_are_refused_outside_of_versions_2_and_3(toy, version):
    answer = checked(toy.raw(request("has_vm", "vm-1", version=version)))
    assert answer["error"]["type"] == "Bosh::Clouds::CpiError"
    assert "$.api_version" in answer["error"]["message"]


@pytest.mark.parametrize("version", [2, 3])
def test_methods_are_served_in_versions_2_and_3(toy, version):
    assert checked(toy.raw(request("has_vm", "vm-1", version=version)))["result"] is False


def test_an_unknown_method_is_not_implemented(toy):
    answer = toy.respond("make_tea")
    assert answer["error"]["type"] == "Bosh::Clouds::NotImplemented"


@pytest.mark.parametrize("name", ["__init__", "_make", "context", "__class__", "cloud"])
def test_a_name_of_python_is_no_method(toy, name):
    assert toy.respond(name)["error"]["type"] == "Bosh::Clouds::NotImplemented"


def test_what_a_provider_does_not_serve_is_not_implemented(toy):
    arguments = {
        "reboot_vm": ["vm-1"],
        "set_vm_metadata": ["vm-1", {}],
        "calculate_vm_cloud_properties": [{"cpu": 1, "ram": 1, "ephemeral_disk_size": 1}],
        "create_stemcell": ["/image", None],
        "delete_stemcell": ["s"],
        "delete_disk": ["d"],
        "has_disk": ["d"],
        "attach_disk": ["v", "d"],
        "detach_disk": ["v", "d"],
        "get_disks": ["v"],
        "set_disk_metadata": ["d", {}],
        "resize_disk": ["d", 1],
        "update_disk": ["d", 1, {}],
        "snapshot_disk": ["d", {}],
        "delete_snapshot": ["s"],
        "create_network": [{"cloud_properties": {}}],
        "delete_network": ["n"],
        "current_vm_id": [],
    }
    own = {"create_vm", "delete_vm", "has_vm", "create_disk", "ping"}
    assert set(arguments) == set(SHAPES) - own
    for method, values in arguments.items():
        assert toy.respond(method, *values)["error"]["type"] == "Bosh::Clouds::NotImplemented"


def test_ping_needs_no_provider_s_own(toy):
    assert toy.call("ping") == "pong"


def test_create_vm_repeats_the_networks_with_the_real_address(toy):
    networks = {"a": {"type": "manual", "ip": "10.0.0.9", "cloud_properties": {}, "odd": [1]}}
    result = toy.call("create_vm", "agent", "s", {}, networks, [], {})
    assert result == ["vm-1", {"a": {**networks["a"], "ip": "10.0.0.5"}}]


@pytest.mark.parametrize(
    "error",
    [
        SystemExit(3),
        SystemExit(),
        KeyboardInterrupt(),
        MemoryError("no more"),
        RecursionError("deep"),
        GeneratorExit(),
        RuntimeError("odd \ud800 text"),
        Mute(),
        BaseExceptionGroup("many", [SystemExit(1), ValueError("x")]),
    ],
    ids=lambda error: type(error).__name__,
)
def test_whatever_a_provider_raises_becomes_a_cloud_error(toy, monkeypatch, error):
    plays(monkeypatch, "has_vm", error)
    answer = checked(toy.raw(request("has_vm", "vm-1")))
    assert answer["error"]["type"] == "Bosh::Clouds::CloudError"
    assert type(error).__name__ in answer["error"]["message"]
    assert any("traceback" in line for line in toy.log)


def test_an_error_made_of_another_error_still_has_a_text(toy, monkeypatch):
    plays(monkeypatch, "has_vm", CloudError(ValueError("why")))
    assert toy.respond("has_vm", "vm-1")["error"]["message"] == "why"


def test_an_error_of_a_subclass_that_forgot_its_parent_is_answered(toy, monkeypatch):
    class Forgetful(CloudError):
        def __init__(self):
            pass

    plays(monkeypatch, "has_vm", Forgetful())
    answer = checked(toy.raw(request("has_vm", "vm-1")))
    assert answer["error"]["type"] == "Bosh::Clouds::CloudError"


def test_a_provider_s_own_wire_type_never_reaches_the_director(toy, monkeypatch):
    class StemcellNotFound(CloudError):
        wire_type = "Bosh::Clouds::StemcellNotFound"

    plays(monkeypatch, "has_vm", StemcellNotFound("no stemcell s-1"))
    answer = checked(toy.raw(request("has_vm", "vm-1")))
    assert answer["error"]["type"] == "Bosh::Clouds::CloudError"


def test_ok_to_retry_is_a_boolean_whatever_a_provider_gives(toy, monkeypatch):
    plays(monkeypatch, "create_vm", VMCreationFailed("no", ok_to_retry=None))
    answer = checked(toy.raw(request("create_vm", *CREATE_VM)))
    assert answer["error"]["ok_to_retry"] is False


def test_an_unforeseen_end_of_create_vm_is_a_failed_creation(toy, monkeypatch):
    plays(monkeypatch, "create_vm", ValueError("odd"))
    answer = toy.respond("create_vm", *CREATE_VM)
    assert answer["error"]["type"] == "Bosh::Clouds::VMCreationFailed"
    assert answer["error"]["ok_to_retry"] is False


def test_a_message_has_an_end(toy, monkeypatch):
    plays(monkeypatch, "has_vm", CloudError("x" * 10_000))
    message = toy.respond("has_vm", "vm-1")["error"]["message"]
    assert len(message) < 4100
    assert message.endswith("…")
