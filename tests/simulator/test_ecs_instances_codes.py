"""Each code of RunInstances and CreateInstance comes from a request and a world, without a rule."""

from __future__ import annotations

from typing import Any

import pytest

from cpikit_alicloud_simulator.simulator import Simulator
from tests.simulator.instances_kit import begin, launch, refused
from tests.simulator.launch_codes_account import BOTH, CREATE_ONLY, RUN_ONLY
from tests.simulator.launch_codes_identity import IDENTITY
from tests.simulator.launch_codes_place import FAR, PLACE
from tests.simulator.launch_codes_words import CREATE_WORDED, RUN_WORDED, WORDED

ALL = IDENTITY + PLACE + BOTH + WORDED
CASES = [
    *[("RunInstances", *case) for case in ALL + RUN_ONLY + RUN_WORDED],
    *[("CreateInstance", *case) for case in ALL + CREATE_ONLY + CREATE_WORDED],
]


@pytest.mark.parametrize(
    ("action", "code", "resources", "sections", "request_"),
    CASES,
    ids=[f"{case[0]}-{number}-{case[1]}" for number, case in enumerate(CASES)],
)
def test_a_launch_is_refused_with_the_documented_code(  # a table has columns
    alicloud_direct: Simulator,
    action: str,
    code: str,
    resources: list[Any],
    sections: dict[str, Any],
    request_: dict[str, Any],
) -> None:
    begin(alicloud_direct, *resources, **sections)
    before = alicloud_direct.world.counts()
    assert refused(alicloud_direct, action, **launch(**request_)) == code
    assert alicloud_direct.world.counts() == before  # a refused launch leaves nothing behind


@pytest.mark.parametrize("action", ["RunInstances", "CreateInstance"])
@pytest.mark.parametrize(
    "code",
    [
        "InvalidPrivateIpAddress.Duplicated",
        "InvalidIp.IpAssigned",
        "InvalidIPAddress.AlreadyUsed",
    ],
)
def test_an_address_that_is_taken_is_refused(
    alicloud_direct: Simulator, action: str, code: str
) -> None:
    begin(alicloud_direct, knobs={"ecs.address_taken": code})
    wanted = launch(PrivateIpAddress="10.0.0.9")
    alicloud_direct.ask("Ecs", action, **wanted)
    assert refused(alicloud_direct, action, **wanted) == code


@pytest.mark.parametrize("action", ["RunInstances", "CreateInstance"])
def test_a_full_vswitch_takes_no_more(alicloud_direct: Simulator, action: str) -> None:
    tiny = {**FAR, "id": "vsw-bp1tiny", "cidr_block": "10.2.0.0/29"}
    begin(alicloud_direct, tiny)
    alicloud_direct.ask("Ecs", "RunInstances", **launch(VSwitchId="vsw-bp1tiny", Amount=4))
    code = refused(alicloud_direct, action, **launch(VSwitchId="vsw-bp1tiny"))
    assert code == "QuotaExceeded.PrivateIpAddress"


@pytest.mark.parametrize("action", ["RunInstances", "CreateInstance"])
def test_a_token_with_other_parameters_is_refused(alicloud_direct: Simulator, action: str) -> None:
    begin(alicloud_direct)
    alicloud_direct.ask("Ecs", action, **launch(ClientToken="t"))
    code = refused(alicloud_direct, action, **launch(ClientToken="t", InstanceName="other"))
    assert code == "IdempotentParameterMismatch"


def test_a_type_with_few_disks_refuses_more(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct)
    wanted = launch(InstanceType="ecs.t1.small", DataDisk=[{"Size": 20}] * 5)
    assert refused(alicloud_direct, "RunInstances", **wanted) == "InstanceDiskNumLimitExceed"
    assert refused(alicloud_direct, "CreateInstance", **wanted) == "InstanceDiskNumLimitExceed"
