"""Hooks are asked in the order extension, provider, core default; a misfit is refused by name."""

from __future__ import annotations

import pytest
from cpikit_toy import extensions
from cpikit_toy.cpi import ToyCpi
from cpikit_toy.hooks import ToyError
from toy_process import checked, request

from cpikit import (
    CpiError,
    DiskNotFound,
    Effect,
    Fault,
    FaultKind,
    Operation,
    RetryPolicy,
    hookimpl,
    testing,
)
from cpikit.converter import Unknowns, strict_converter
from cpikit.defaults import CoreHooks
from cpikit.hookspecs import HookRegistry, core_hookimpl, hookwrapper
from cpikit.wire import parse


class Answers:
    """A plugin that notes its name and answers what it was told to."""

    def __init__(self, name, seen, answer=None):
        self.name, self.seen, self.answer = name, seen, answer

    @hookimpl
    def cpikit_classify_error(self, error, operation):
        self.seen.append(self.name)
        return self.answer

    @hookimpl
    def cpikit_configure_converter(self, converter):
        self.seen.append(self.name)


class CoreLike:
    def __init__(self, seen):
        self.seen = seen

    @core_hookimpl
    def cpikit_classify_error(self, error, operation):
        self.seen.append("core")
        return Fault(FaultKind.UNKNOWN)

    @core_hookimpl
    def cpikit_configure_converter(self, converter):
        self.seen.append("core")


class Wrapper:
    def __init__(self, seen):
        self.seen = seen

    @hookwrapper
    def cpikit_classify_error(self, error, operation):
        self.seen.append("wrapper")
        fault = yield
        self.seen.append("wrapped")
        return fault


def registry_of(seen, extension=None, provider=None):
    registry = HookRegistry()
    registry.register(CoreLike(seen), "core")
    registry.register(Answers("provider", seen, provider), "provider")
    registry.register(Answers("extension", seen, extension), "extension")
    return registry


OPERATION = Operation("X", Effect.READ)
FAULT = Fault(FaultKind.BUSY)


def test_extension_is_asked_first_then_provider_then_the_core():
    seen = []
    found = registry_of(seen).hooks.cpikit_classify_error(error=OSError(), operation=OPERATION)
    assert seen == ["extension", "provider", "core"]
    assert found == Fault(FaultKind.UNKNOWN)


@pytest.mark.parametrize(
    ("who", "asked"), [("extension", ["extension"]), ("provider", ["extension", "provider"])]
)
def test_the_first_that_answers_ends_the_asking(who, asked):
    seen = []
    hooks = registry_of(seen, **{who: FAULT}).hooks
    assert hooks.cpikit_classify_error(error=OSError(), operation=OPERATION) is FAULT
    assert seen == asked


def test_a_hook_for_all_is_told_to_all_in_the_same_order():
    seen = []
    registry_of(seen).hooks.cpikit_configure_converter(converter=strict_converter(Unknowns("fail")))
    assert seen == ["extension", "provider", "core"]


def test_a_wrapper_stands_around_all_others():
    seen = []
    registry = registry_of(seen)
    registry.register(Wrapper(seen), "wrapper")
    registry.hooks.cpikit_classify_error(error=OSError(), operation=OPERATION)
    assert seen == ["wrapper", "extension", "provider", "core", "wrapped"]


class WrongArgument:
    @hookimpl
    def cpikit_classify_error(self, eror):
        """A misspelt argument."""


class WrongName:
    @hookimpl
    def cpikit_clasify_error(self, error):
        """A misspelt hook."""


@pytest.mark.parametrize("misfit", [WrongArgument(), WrongName()])
def test_a_misfit_is_refused_by_its_name(misfit):
    with pytest.raises(CpiError, match="plugin 'odd' does not fit the hooks of cpikit"):
        HookRegistry().register(misfit, "odd")


def test_a_plugin_that_is_named_twice_is_refused():
    registry = HookRegistry()
    registry.register(CoreHooks(), "odd")
    with pytest.raises(CpiError, match="plugin 'odd'"):
        registry.register(CoreHooks(), "odd")


def test_the_core_answers_what_nobody_else_does():
    registry = HookRegistry()
    registry.register(CoreHooks(), "core")
    hooks = registry.hooks
    assert hooks.cpikit_parse_request(raw=request("info")).method == "info"
    fault = hooks.cpikit_classify_error(error=TimeoutError("t"), operation=OPERATION)
    assert fault.kind is FaultKind.ANSWER_LOST
    assert hooks.cpikit_retry_policy(fault=fault, operation=OPERATION).attempts == 5
    error = hooks.cpikit_map_fault(fault=fault, operation=OPERATION, method="has_vm")
    assert error.wire_type == "Bosh::Clouds::CloudError"


def toy_with(names, tmp_path, section=None):
    sections = {"cpikit": {"extensions": list(names)}}
    return testing.InProcess(
        "toy", {"state_dir": str(tmp_path), **(section or {})}, sections=sections
    )


def test_two_extensions_wrap_a_call_and_see_its_retries(tmp_path, monkeypatch):
    left = ["throttled: slow down"]

    def has_vm(cpi, _cid):
        def send():
            if left:
                raise ToyError(left.pop())
            return True

        return cpi.cloud(OPERATION, send)

    monkeypatch.setattr(ToyCpi, "has_vm", has_vm)
    toy = toy_with(["first", "second"], tmp_path)
    assert toy.call("has_vm", "v") is True
    wanted = ["parse", "before", "policy", "scheduled", "after"]
    assert extensions.first.seen == wanted
    assert extensions.second.seen == wanted


def test_an_extension_overrules_the_policy_the_error_and_the_parsing(tmp_path, monkeypatch):
    def has_vm(cpi, _cid):
        def send():
            raise ToyError("throttled: slow down")

        return cpi.cloud(OPERATION, send)

    monkeypatch.setattr(ToyCpi, "has_vm", has_vm)
    extensions.first.answers.update(
        policy=RetryPolicy(attempts=3, total_s=99, jitter=0), map=DiskNotFound("mapped")
    )
    toy = toy_with(["first"], tmp_path)
    error = toy.respond("has_vm", "v")["error"]
    assert error["type"] == "Bosh::Clouds::DiskNotFound"
    assert error["message"] == "mapped; tried 3 times in 2 s"
    extensions.first.answers.update(parse=parse(request("info")))
    assert checked(toy.raw(b"a dialect"))["result"]["api_version"] == 3


def test_an_extension_that_parses_into_junk_is_answered(tmp_path):
    extensions.first.answers["parse"] = "junk"
    answer = checked(toy_with(["first"], tmp_path).raw(b"x"))
    assert answer["error"]["type"] == "Bosh::Clouds::CloudError"


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["absent"], "no 'absent' is installed in group cpikit.plugins; installed: first, "),
        (["misnamed"], "plugin 'misnamed' does not fit the hooks"),
        (["first", "first"], "plugin 'first'"),
    ],
)
def test_an_extension_that_cannot_serve_is_told_even_to_info(tmp_path, names, said):
    error = toy_with(names, tmp_path).respond("info")["error"]
    assert error["type"] == "Bosh::Clouds::CpiError"
    assert said in error["message"]


def test_extensions_of_the_context_are_not_loaded(tmp_path, toy):
    toy.call("has_vm", "v", cpikit={"extensions": ["first"]}, extensions=["first"])
    assert extensions.first.seen == []
