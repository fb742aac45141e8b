"""An instance gets another type or bandwidth."""

from __future__ import annotations

from typing import Any

import pytest

from cpikit_alicloud_simulator.products.ecs.instance import Instance
from cpikit_alicloud_simulator.simulator import Simulator
from tests.simulator.instances_kit import ZONE, begin, create, refused, run, shown


def test_a_stopped_instance_gets_another_type(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, stock=[{"type": "ecs.g7.large", "left": 1}])
    id_ = create(alicloud_direct)
    about = {"InstanceId": id_, "InstanceType": "ecs.g7.large"}
    alicloud_direct.ask("Ecs", "ModifyInstanceSpec", **about)
    assert shown(alicloud_direct, id_)["InstanceType"] == "ecs.g7.large"
    about["InstanceId"] = create(alicloud_direct)
    code = refused(alicloud_direct, "ModifyInstanceSpec", **about)
    assert code == "OperationDenied.NoStock"


def test_bandwidth_brings_a_public_address(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct)
    id_ = run(alicloud_direct)
    about = {"InternetMaxBandwidthOut": 9, "InternetMaxBandwidthIn": 20}
    alicloud_direct.ask("Ecs", "ModifyInstanceSpec", InstanceId=id_, **about)
    row = shown(alicloud_direct, id_)
    assert (row["InternetMaxBandwidthOut"], row["InternetMaxBandwidthIn"]) == (9, 20)
    assert row["PublicIpAddress"]["IpAddress"]


@pytest.mark.parametrize(
    ("fields", "change", "code"),
    [
        ({}, {}, "MissingParameter"),
        ({}, {"InstanceType": "x"}, "InvalidInstanceType.ValueNotSupported"),
        ({}, {"InstanceType": "ecs.g8y.large"}, "InvalidInstanceType.ValueNotSupported"),
        ({}, {"InstanceType": "ecs.g7.large"}, "IncorrectInstanceStatus"),
        ({"charge_type": "PrePaid"}, {"InternetMaxBandwidthOut": 1}, "ChargeTypeViolation"),
        ({}, {"InternetMaxBandwidthOut": 999}, "InvalidInternetMaxBandwidthOut.Malformed"),
    ],
    ids=str,
)
def test_a_wrong_change_is_refused(
    alicloud_direct: Simulator, fields: dict[str, Any], change: dict[str, Any], code: str
) -> None:
    begin(alicloud_direct, {"kind": "instance", "id": "i-own", "state": "Running", "zone_id": ZONE})
    found = alicloud_direct.world.get(Instance, "i-own")
    assert found is not None
    for name, value in fields.items():
        setattr(found, name, value)
    assert refused(alicloud_direct, "ModifyInstanceSpec", InstanceId="i-own", **change) == code
