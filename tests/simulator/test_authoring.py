"""The worked example of AUTHORING.md runs, word for word."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
from attrs import evolve

import cpikit_alicloud_simulator
from cpikit_alicloud_simulator.accounts import AccessKey
from cpikit_alicloud_simulator.catalogue import Catalogue, gathered
from cpikit_alicloud_simulator.policies import Policy
from cpikit_alicloud_simulator.simulator import Simulator
from cpikit_alicloud_simulator.wire import ApiError

GUIDE = Path(cpikit_alicloud_simulator.__file__).parent / "AUTHORING.md"
BLOCKS = re.findall(r"```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture(scope="module")
def catalogue() -> Iterator[Catalogue]:
    module = ModuleType("lamp_product")
    sys.modules[module.__name__] = module  # attrs looks the module of a class up
    exec(compile(BLOCKS[0], str(GUIDE), "exec"), vars(module))  # noqa: S102  # our own guide
    yield gathered([module])
    del sys.modules[module.__name__]


@pytest.fixture
def lamps(catalogue: Catalogue) -> Simulator:
    return Simulator(serves=catalogue, profile="typical")


def example_tests() -> dict[str, object]:
    found: dict[str, object] = {"pytest": pytest, "ApiError": ApiError}
    exec(compile(BLOCKS[1], str(GUIDE), "exec"), found)  # noqa: S102  # our own guide
    return {name: value for name, value in found.items() if name.startswith("test_")}


@pytest.mark.parametrize("name", sorted(example_tests()))
def test_the_guides_own_tests_pass(name: str, lamps: Simulator) -> None:
    example_tests()[name](lamps)  # type: ignore[operator]  # it is a function


def made(lamps: Simulator, **more: object) -> str:
    return str(lamps.ask("Lamp", "CreateLamp", ZoneId="z", **more)["LampId"])


def code(lamps: Simulator, action: str, **parameters: object) -> tuple[int, str]:
    with pytest.raises(ApiError) as refused:
        lamps.ask("Lamp", action, **parameters)
    return refused.value.status, refused.value.code


def test_the_second_parameter_decides_which_code_comes(lamps: Simulator) -> None:
    assert code(lamps, "CreateLamp") == (400, "MissingParameter")
    assert code(lamps, "CreateLamp", ZoneId="z", Watts=0) == (
        400,
        "InvalidWatts.ValueNotSupported",
    )
    assert code(lamps, "CreateLamp", ZoneId="z", DryRun=True) == (400, "DryRunOperation")
    assert lamps.control.inventory() == []


def test_a_dry_run_that_would_fail_says_why(lamps: Simulator) -> None:
    lamps.reset({"quotas": {"lamp.lamps": 0}})
    assert code(lamps, "CreateLamp", ZoneId="z", DryRun=True) == (403, "QuotaExceed.Lamps")


def test_a_world_file_sets_quota_stock_and_knob(lamps: Simulator) -> None:
    lamps.reset({"quotas": {"lamp.lamps": 1}, "lamp_stock": {"y": 0}})
    made(lamps)
    assert code(lamps, "CreateLamp", ZoneId="z")[1] == "QuotaExceed.Lamps"
    assert code(lamps, "CreateLamp", ZoneId="y")[1] == "OperationDenied.NoStock"


def test_a_knob_changes_what_is_refused(lamps: Simulator) -> None:
    lamps.reset({"resources": [{"kind": "lamp", "id": "lamp-1", "zone_id": "z", "state": "Lit"}]})
    assert code(lamps, "DeleteLamp", LampId="lamp-1")[1] == "IncorrectLampStatus"
    lamps.control.set_knobs(lamp__delete_lit="allow")
    lamps.ask("Lamp", "DeleteLamp", LampId="lamp-1")
    assert lamps.control.inventory()[0]["state"] == "Cooling"
    lamps.clock.sleep(2)
    assert lamps.control.inventory() == []


def test_a_token_gives_the_first_answer_again(lamps: Simulator) -> None:
    first = made(lamps, ClientToken="t", LampName="a")
    assert made(lamps, ClientToken="t", LampName="a") == first
    assert made(lamps, ClientToken="u", LampName="a") != first
    mismatch = code(lamps, "CreateLamp", ZoneId="z", ClientToken="t", LampName="b")
    assert mismatch == (400, "IdempotentParameterMismatch")
    too_long = code(lamps, "CreateLamp", ZoneId="z", ClientToken="t" * 65)
    assert too_long == (400, "InvalidClientToken.ValueNotSupported")


def test_a_token_is_forgotten_after_its_lifetime(lamps: Simulator) -> None:
    lamps.control.set_knobs(client_token__lifetime_s=600)
    first = made(lamps, ClientToken="t")
    lamps.clock.sleep(599)
    assert made(lamps, ClientToken="t") == first
    lamps.clock.sleep(1)
    assert made(lamps, ClientToken="t") != first


def test_a_token_can_be_busy_for_a_while(lamps: Simulator) -> None:
    lamps.control.set_knobs(client_token__busy_s=5)
    first = made(lamps, ClientToken="t")
    assert code(lamps, "CreateLamp", ZoneId="z", ClientToken="t") == (403, "LastTokenProcessing")
    lamps.clock.sleep(5)
    assert made(lamps, ClientToken="t") == first


@pytest.mark.parametrize(
    ("knob", "again"),
    [
        ("forget", "made"),
        ("replay", "QuotaExceed.Lamps"),
        ("IdempotentFailed", "IdempotentFailed"),
    ],
)
def test_what_a_refused_call_leaves_behind_is_a_knob(
    lamps: Simulator, knob: str, again: str
) -> None:
    lamps.reset({"quotas": {"lamp.lamps": 1}, "knobs": {"client_token.failed": knob}})
    first = made(lamps)
    assert code(lamps, "CreateLamp", ZoneId="z", ClientToken="t")[1] == "QuotaExceed.Lamps"
    lamps.ask("Lamp", "DeleteLamp", LampId=first)
    lamps.clock.sleep(2)
    if again == "made":
        assert made(lamps, ClientToken="t").startswith("lamp-")
    else:
        assert code(lamps, "CreateLamp", ZoneId="z", ClientToken="t")[1] == again


def listed(lamps: Simulator, **filters: object) -> list[str]:
    shown = lamps.ask("Lamp", "DescribeLamps", **filters)
    return [lamp["LampId"] for lamp in shown["Lamps"]["Lamp"]]


def test_an_empty_list_of_ids_finds_nothing_and_unknown_ones_are_left_out(
    lamps: Simulator,
) -> None:
    lamp = made(lamps)
    assert listed(lamps) == [lamp]
    assert listed(lamps, LampIds="[]") == []
    assert listed(lamps, LampIds=f'["lamp-nope", "{lamp}", "{lamp}"]') == [lamp]
    assert code(lamps, "DescribeLamps", LampIds="lamp-1")[1] == "InvalidParameter"


def test_a_new_lamp_is_hidden_while_the_knob_says_so(lamps: Simulator) -> None:
    lamps.control.set_knobs(visibility__describe_s=5.0, visibility__act_s=2.0)
    lamp = made(lamps)
    assert listed(lamps) == []
    assert code(lamps, "LightLamp", LampId=lamp)[0] == 404
    lamps.clock.sleep(3)
    assert listed(lamps) == []
    lamps.ask("Lamp", "LightLamp", LampId=lamp)
    lamps.clock.sleep(2)
    assert listed(lamps) == [lamp]


def test_who_may_not_describe_gets_an_empty_list_and_who_may_not_write_403(
    lamps: Simulator,
) -> None:
    made(lamps)
    key = AccessKey(
        "LTAI-u", "s", lamps.account.account_id, "user/u", (Policy.allowing("lamp:Create*"),)
    )
    lamps.world.accounts.add_key(key)
    assert lamps.ask("Lamp", "DescribeLamps", _key=key)["TotalCount"] == 0
    with pytest.raises(ApiError) as refused:
        lamps.ask("Lamp", "LightLamp", _key=key, LampId="lamp-1")
    assert (refused.value.status, refused.value.code) == (403, "Forbidden.RAM")
    assert lamps.ask("Lamp", "CreateLamp", _key=key, ZoneId="z")["LampId"]


def test_accounts_and_regions_do_not_see_each_other(lamps: Simulator) -> None:
    lamp = made(lamps)
    other = lamps.world.accounts.add_key(AccessKey("LTAI-2", "s", "2000000000000002"))
    assert lamps.ask("Lamp", "DescribeLamps", _key=other)["TotalCount"] == 0
    assert listed(lamps, RegionId="cn-beijing") == []
    with pytest.raises(ApiError):
        lamps.ask("Lamp", "LightLamp", _key=other, LampId=lamp)
    assert code(lamps, "DescribeLamps", RegionId="atlantis") == (404, "InvalidRegionId.NotFound")


def test_a_rate_is_counted_in_fixed_windows(lamps: Simulator) -> None:
    rate = {"product": "Lamp", "action": "DescribeLamps", "calls": 2, "seconds": 60}
    lamps.reset({"rates": [rate]})
    listed(lamps), listed(lamps)
    assert code(lamps, "DescribeLamps") == (400, "Throttling.User")
    lamps.clock.sleep(60)
    assert listed(lamps) == []
    lamps.reset({"rates": [{**rate, "scope": "api"}]})
    listed(lamps), listed(lamps)
    assert code(lamps, "DescribeLamps") == (400, "Throttling.Api")


def test_a_write_that_forgets_to_say_checked_is_a_defect_not_a_dry_run(
    catalogue: Catalogue,
) -> None:
    forgetful = evolve(catalogue.actions["Lamp", "CreateLamp"], run=lambda _call: {})
    actions = {**catalogue.actions, ("Lamp", "CreateLamp"): forgetful}
    lamps = Simulator(serves=evolve(catalogue, actions=actions))
    assert code(lamps, "CreateLamp", ZoneId="z", DryRun=True) == (500, "InternalError")
    assert "did not say `call.checked()`" in lamps.control.counts()["defects"][0]
