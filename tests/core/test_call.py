"""What a call leaves behind, and what it says when it ends early."""

from __future__ import annotations

import inspect
import json

import pytest
from attrs import frozen
from cpikit_toy.cpi import ToyCpi
from cpikit_toy.tricks import Mute
from toy_process import checked, request

from cpikit import (
    CallerGone,
    CloudError,
    CpiError,
    CreatedVm,
    Effect,
    Fault,
    FaultError,
    FaultKind,
    MethodNotImplemented,
    Operation,
    VMCreationFailed,
    testing,
)
from cpikit.api import Cpi
from cpikit.caller import Caller
from cpikit.methods import SHAPES

CREATE_VM = ("agent", "stemcell", {}, {"a": {"type": "dynamic", "cloud_properties": {}}}, [], {})


def plays(monkeypatch, method, result):
    """Make a method of the toy return, or raise, that."""

    def behave(_self, *_arguments):
        if isinstance(result, BaseException):
            raise result
        return result

    monkeypatch.setattr(ToyCpi, method, behave)


def test_a_failed_call_takes_back_what_it_made_last_first(toy, tmp_path):
    answer = toy.respond("create_vm", "a", "s", {"trick": "exit"}, {}, [], {})
    assert (tmp_path / "undone").read_text() == "vm-1\nnic-1\n"
    assert answer["error"]["message"].endswith("everything made so far was removed again")


@pytest.mark.parametrize("end", [SystemExit(1), KeyboardInterrupt(), RuntimeError("no"), Mute()])
def test_an_undo_that_fails_in_any_way_is_told_and_withdraws_ok_to_retry(toy, monkeypatch, end):
    removed = []

    def create(cpi, *_arguments):
        cpi.context.undo.push("NIC n-1", lambda: removed.append("n-1"))
        cpi.context.undo.push("VM v-1", lambda: (_ for _ in ()).throw(end))
        raise VMCreationFailed("no capacity", ok_to_retry=True)

    monkeypatch.setattr(ToyCpi, "create_vm", create)
    answer = checked(toy.raw(request("create_vm", *CREATE_VM)))
    assert removed == ["n-1"]
    assert answer["error"]["ok_to_retry"] is False
    assert "could not be removed and is still there: VM v-1" in answer["error"]["message"]


def test_a_complete_undo_keeps_ok_to_retry(toy, monkeypatch):
    def create(cpi, *_arguments):
        cpi.context.undo.push("VM v-1", lambda: None)
        raise VMCreationFailed("no capacity", ok_to_retry=True)

    monkeypatch.setattr(ToyCpi, "create_vm", create)
    assert toy.respond("create_vm", *CREATE_VM)["error"]["ok_to_retry"] is True


def test_a_result_that_json_cannot_hold_is_taken_back(toy, monkeypatch, tmp_path):
    for junk in ({1, 2}, float("nan"), object(), b"bytes"):
        monkeypatch.setattr(
            ToyCpi,
            "create_vm",
            lambda cpi, *_a, junk=junk: (
                cpi._make("vm-1", "VM") or CreatedVm("vm-1", {"a": {"x": junk}})
            ),
        )
        answer = checked(toy.raw(request("create_vm", *CREATE_VM)))
        assert answer["error"]["type"] == "Bosh::Clouds::VMCreationFailed"
        assert not (tmp_path / "vm-1").exists()


def test_a_result_nested_too_deeply_is_an_error(toy, monkeypatch):
    deep: dict = {}
    for _ in range(100_000):
        deep = {"a": deep}
    plays(monkeypatch, "calculate_vm_cloud_properties", deep)
    arguments = {"cpu": 1, "ram": 1, "ephemeral_disk_size": 1}
    raw = request("calculate_vm_cloud_properties", arguments)
    assert checked(toy.raw(raw))["error"]["type"] == "Bosh::Clouds::CloudError"
    while deep:  # CPython takes such a thing apart recursively
        deep = deep.popitem()[1]


def test_a_provider_without_open_is_named():
    toy = testing.InProcess("toy-without-open", {})
    assert "cpikit_open" in toy.respond("has_vm", "v")["error"]["message"]


def test_an_unread_answer_takes_back_what_was_made(toy, tmp_path):
    server = toy.server()
    server.answer(request("create_disk", 1, {}, None))
    assert server.pending() == ("disk disk-1",)
    server.unread()
    assert (tmp_path / "undone").read_text() == "disk-1\n"
    assert server.pending() == ()
    server.unread()
    assert (tmp_path / "undone").read_text() == "disk-1\n"


def test_a_call_that_made_nothing_has_nothing_pending(toy):
    server = toy.server()
    assert server.pending() == ()
    server.unread()
    server.answer(request("info"))
    server.unread()


def test_nothing_is_created_for_a_caller_who_has_gone(toy, tmp_path):
    caller = Caller(reader_gone=lambda: True)
    answer = checked(toy.raw(request("create_vm", *CREATE_VM), caller))
    assert answer["error"]["type"] == "Bosh::Clouds::VMCreationFailed"
    assert "nobody reads the answer any more" in answer["error"]["message"]
    assert list(tmp_path.iterdir()) == []


def test_a_call_that_is_ended_early_says_so(toy, monkeypatch):
    plays(monkeypatch, "has_vm", CallerGone("SIGTERM"))
    error = toy.respond("has_vm", "v")["error"]
    assert error["type"] == "Bosh::Clouds::CloudError"
    assert error["message"] == "has_vm: ended early: SIGTERM"


def test_each_line_has_the_request_id_and_a_method_has_a_line_at_both_ends(toy):
    toy.call("has_vm", "vm-1")
    assert all(" cpi-000001 " in line for line in toy.log)
    assert " method_started method=has_vm api_version=3" in toy.log[0]
    assert " method_finished method=has_vm outcome=ok " in toy.log[-1]


def test_a_caller_without_request_id_gets_one(toy):
    toy.raw(json.dumps({"method": "info", "arguments": []}).encode())
    assert " call-" in toy.log[0]


def test_a_request_id_cannot_forge_a_line(toy):
    toy.raw(request("info", request_id="x\n2026 cpi-1 forged a=b"))
    assert all(line.count("\n") == 1 for line in toy.log)
    assert not any(line.startswith("2026 cpi-1") for line in toy.log)


def test_a_warning_for_an_unknown_property_is_logged(tmp_path):
    toy = testing.InProcess("toy-that-warns", {"state_dir": str(tmp_path), "regoin": "x"})
    assert toy.call("create_disk", 1, {"typ": "x"}, None) == "disk-1"
    told = "".join(toy.log)
    assert "unknown key 'regoin', did you mean 'region'?" in told
    assert "unknown key 'typ', did you mean 'type'?" in told


def test_errors_of_a_bad_result_name_the_provider(toy, monkeypatch):
    plays(monkeypatch, "has_vm", "yes")
    message = toy.respond("has_vm", "v")["error"]["message"]
    assert message == "provider 'toy': has_vm returned a string, wanted true or false"


def test_a_provider_that_does_not_load_is_an_error_of_the_configuration():
    answer = testing.InProcess("toy-broken", {}).respond("info")
    assert answer["error"]["type"] == "Bosh::Clouds::CpiError"


def test_the_context_is_what_the_request_said(toy, monkeypatch):
    seen = []
    monkeypatch.setattr(ToyCpi, "has_vm", lambda cpi, _cid: seen.append(cpi.context) or True)
    toy.call("has_vm", "v", director_uuid="u-1", vm={"stemcell": {"api_version": 3}})
    (context,) = seen
    assert context.director_uuid == "u-1"
    assert context.request_id == "cpi-000001"
    assert context.method == "has_vm"
    assert context.api_version == 3
    assert context.stemcell_api_version == 3


def test_a_call_that_failed_says_in_testing_what_the_wire_said(toy):
    with pytest.raises(testing.CallFailed) as failed:
        toy.call("make_tea")
    assert failed.value.type == "NotImplemented"
    assert failed.value.ok_to_retry is False


def test_a_provider_object_can_be_served_as_it_is(tmp_path):
    from cpikit_toy.provider import PROVIDER

    toy = testing.InProcess(PROVIDER, {"state_dir": str(tmp_path)}, context={"region": "there"})
    assert toy.call("has_vm", "vm-1") is False


def test_a_config_class_that_is_none_is_answered(monkeypatch, tmp_path):
    @frozen
    class Empty:
        pass

    from cpikit_toy import config

    monkeypatch.setattr(config, "ToyConfig", int)
    answer = testing.InProcess("toy", {}).respond("has_vm", "v")
    assert answer["error"]["type"] == "Bosh::Clouds::CloudError"
    monkeypatch.setattr(config, "ToyConfig", Empty)
    answer = testing.InProcess("toy", {"x": 1}).respond("has_vm", "v")
    assert "unknown key 'x'" in answer["error"]["message"]
    assert issubclass(CpiError, Exception)


def test_every_method_of_the_interface_answers_for_itself():
    for method in SHAPES:
        arguments = [None] * (len(inspect.signature(getattr(Cpi, method)).parameters) - 1)
        if method == "ping":
            assert Cpi().ping() == "pong"
        else:
            with pytest.raises(MethodNotImplemented, match=method):
                getattr(Cpi(), method)(*arguments)


def test_leftovers_of_another_method_are_told_too(toy, monkeypatch):
    def create(cpi, *_arguments):
        cpi.context.undo.push("disk d-1", lambda: (_ for _ in ()).throw(ValueError("in use")))
        raise CloudError("no quota")

    monkeypatch.setattr(ToyCpi, "create_disk", create)
    message = toy.respond("create_disk", 1, {}, None)["error"]["message"]
    assert message == "no quota; could not be removed and is still there: disk d-1 (in use)"


def test_a_call_that_was_refused_at_once_tells_no_attempts(toy, monkeypatch):
    fault = FaultError(Fault(FaultKind.DENIED), Operation("X", Effect.READ))
    plays(monkeypatch, "has_vm", fault)
    assert toy.respond("has_vm", "v")["error"]["message"] == "X failed: denied"
    again = FaultError(Fault(FaultKind.BUSY), Operation("X", Effect.READ), attempts=3, waited_s=9)
    assert str(again) == "X failed: busy; tried 3 times in 9 s"
    plays(monkeypatch, "has_vm", again)
    assert toy.respond("has_vm", "v")["error"]["message"] == "X failed: busy; tried 3 times in 9 s"


def test_a_call_that_ends_early_names_what_was_not_confirmed(toy, monkeypatch):
    caller = Caller()

    def create(cpi, *_arguments):
        def send():
            raise TimeoutError("no answer")

        monkeypatch.setattr(toy.clock, "sleep", lambda _s: caller.leave("SIGHUP"))
        cpi.cloud(Operation("CreateDisk", Effect.TOKENED, resource="disk d"), send)

    monkeypatch.setattr(ToyCpi, "create_disk", create)
    answer = checked(toy.raw(request("create_disk", 1, {}, None), caller))
    assert answer["error"]["message"] == (
        "create_disk: ended early: SIGHUP; not confirmed: CreateDisk disk d"
    )


@pytest.mark.parametrize(("pushed", "retry"), [(True, True), (False, False)])
def test_a_creation_that_nobody_looked_for_is_not_asked_for_again(toy, monkeypatch, pushed, retry):
    def create(cpi, *_arguments):
        def send():
            raise ConnectionResetError("no answer")

        if pushed:
            cpi.context.undo.push("VM of agent", lambda: None)
        cpi.cloud(Operation("CreateServer", Effect.TOKENED, kind="vm"), send)

    monkeypatch.setattr(ToyCpi, "create_vm", create)
    error = checked(toy.raw(request("create_vm", *CREATE_VM)))["error"]
    assert error["type"] == "Bosh::Clouds::VMCreationFailed"
    assert error["ok_to_retry"] is retry
