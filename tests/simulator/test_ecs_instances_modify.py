"""What of an instance can be changed, and what a change is refused with."""

from __future__ import annotations

from typing import Any

import pytest

from cpikit_alicloud_simulator.products.ecs.instance import Instance
from cpikit_alicloud_simulator.simulator import Simulator
from tests.simulator.instances_kit import (
    GROUP,
    VPC,
    base64_of,
    begin,
    create,
    refused,
    run,
    shown,
)


def instance(alicloud: Simulator, id_: str) -> Instance:
    found = alicloud.world.get(Instance, id_)
    assert found is not None
    return found


def modify(alicloud: Simulator, id_: str, **changes: Any) -> None:
    alicloud.ask("Ecs", "ModifyInstanceAttribute", InstanceId=id_, **changes)


def test_attributes_change(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct)
    id_ = create(alicloud_direct)
    modify(
        alicloud_direct,
        id_,
        InstanceName="other",
        Description="a text",
        HostName="web",
        Password="Secret-123",  # of a world in a test
        DeletionProtection=True,
        UserData=base64_of(b"new"),
    )
    row = shown(alicloud_direct, id_)
    assert (row["InstanceName"], row["Description"], row["HostName"]) == ("other", "a text", "web")
    assert row["DeletionProtection"] is True
    assert instance(alicloud_direct, id_).user_data() == b"new"


@pytest.mark.parametrize("does", ["take", "refuse"])
def test_user_data_of_a_running_instance_is_a_knob(alicloud_direct: Simulator, does: str) -> None:
    begin(alicloud_direct, knobs={"ecs.user_data_while_running": does})
    id_ = run(alicloud_direct)
    data = {"InstanceId": id_, "UserData": base64_of(b"new")}
    if does == "take":
        alicloud_direct.ask("Ecs", "ModifyInstanceAttribute", **data)
        assert instance(alicloud_direct, id_).user_data() == b"new"
    else:
        code = refused(alicloud_direct, "ModifyInstanceAttribute", **data)
        assert code == "IncorrectInstanceStatus"


@pytest.mark.parametrize("limit_kib", [16, 32])
def test_the_limit_of_user_data_is_a_knob(alicloud_direct: Simulator, limit_kib: int) -> None:
    begin(alicloud_direct, knobs={"ecs.user_data_limit_kib": limit_kib})
    id_ = create(alicloud_direct)
    modify(alicloud_direct, id_, UserData=base64_of(b"x" * 1024 * limit_kib))
    longer = base64_of(b"x" * (1024 * limit_kib + 1))
    code = refused(alicloud_direct, "ModifyInstanceAttribute", InstanceId=id_, UserData=longer)
    assert code == "InvalidUserData.SizeExceeded"


OTHER_VPC = (
    {"kind": "vpc", "id": "vpc-bp1other", "cidr_block": "10.0.0.0/8"},
    {"kind": "securitygroup", "id": "sg-bp1other", "vpc_id": "vpc-bp1other"},
)
MODIFY: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({}, {"InstanceName": "1"}, "InvalidInstanceName.Malformed"),
    ({}, {"Description": "x"}, "InvalidDescription.Malformed"),
    ({}, {"HostName": "-"}, "InvalidHostName.Malformed"),
    ({}, {"Password": "short"}, "InvalidPassword.Malformed"),
    ({}, {"RemoteConnectionOptions.Password": "x"}, "InvalidHostPassword.Malformed"),
    ({}, {"UserData": base64_of(b"x" * 40_000)}, "InvalidUserData.SizeExceeded"),
    ({}, {"UserData": "?"}, "InvalidParameter"),
    ({"type_id": "ecs.t1.small"}, {"UserData": "eA=="}, "InvalidUserData.NotSupported"),
    ({"state": "Starting"}, {"Password": "Secret-123"}, "IncorrectInstanceStatus"),
    ({"state": "Starting"}, {"SecurityGroupIds": [GROUP]}, "IncorrectInstanceStatus"),
    ({}, {"SecurityGroupIds": ["sg-none"]}, "InvalidSecurityGroupId.NotFound"),
    ({}, {"SecurityGroupIds": ["sg-bp1other"]}, "InstanceNotInSecurityGroup"),
    ({}, {"SecurityGroupIds": [f"sg-{n}" for n in range(6)]}, "OperationDenied"),
    ({}, {"CreditSpecification": "Much"}, "InvalidParameter.CreditSpecification"),
    ({}, {"CreditSpecification": "Standard"}, "Credit.NotFound"),
    (
        {"type_id": "ecs.t6.c1m2.large", "state": "Starting"},
        {"CreditSpecification": "Standard"},
        "InvalidInstanceStatus.CreditSpecRestricted",
    ),
    ({"spot_strategy": "SpotAsPriceGo"}, {"Recyclable": True}, "InvalidParameter.RecycleBin"),
    ({"spot_strategy": "SpotAsPriceGo"}, {"DeletionProtection": True}, "ChargeTypeViolation"),
]


@pytest.mark.parametrize(("fields", "changes", "code"), MODIFY)
def test_a_change_is_refused_with_the_documented_code(
    alicloud_direct: Simulator, fields: dict[str, Any], changes: dict[str, Any], code: str
) -> None:
    begin(alicloud_direct, *OTHER_VPC)
    id_ = run(alicloud_direct)
    for name, value in fields.items():
        setattr(instance(alicloud_direct, id_), name, value)
    found = refused(alicloud_direct, "ModifyInstanceAttribute", InstanceId=id_, **changes)
    assert found == code


def test_user_data_needs_an_image_that_reads_it(
    alicloud_direct: Simulator,
) -> None:
    image = {"kind": "image", "id": "m-plain", "supports_cloudinit": False}
    begin(alicloud_direct, image)
    about = {"InstanceId": run(alicloud_direct, ImageId="m-plain"), "UserData": "eA=="}
    code = refused(alicloud_direct, "ModifyInstanceAttribute", **about)
    assert code == "ImageNotSupportCloudInit"


def test_user_data_needs_a_permission(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, standing={"*": ["no_user_data"]})
    about = {"InstanceId": run(alicloud_direct), "UserData": "eA=="}
    code = refused(alicloud_direct, "ModifyInstanceAttribute", **about)
    assert code == "InvalidUserData.Forbidden"


def test_a_full_group_takes_no_further_instance(alicloud_direct: Simulator) -> None:
    group = {"kind": "securitygroup", "id": "sg-bp1more", "vpc_id": VPC}
    begin(alicloud_direct, group, quotas={"ecs.security_group_members": 1})
    about = {"InstanceId": run(alicloud_direct), "SecurityGroupIds": ["sg-bp1more"]}
    run(alicloud_direct, SecurityGroupId="sg-bp1more")
    code = refused(alicloud_direct, "ModifyInstanceAttribute", **about)
    assert code == "SecurityGroupInstanceLimitExceed"


def test_metadata_options_change(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct)
    id_ = run(alicloud_direct)

    def change(**options: Any) -> None:
        alicloud_direct.ask("Ecs", "ModifyInstanceMetadataOptions", InstanceId=id_, **options)

    change(HttpTokens="required", HttpEndpoint="disabled", InstanceMetadataTags="enabled")
    change(HttpPutResponseHopLimit=3)
    options = shown(alicloud_direct, id_)["MetadataOptions"]
    assert options["HttpTokens"] == "required"
    assert options["HttpPutResponseHopLimit"] == 3
    for name, value in (("HttpTokens", "x"), ("HttpEndpoint", "x"), ("HttpPutResponseHopLimit", 0)):
        code = refused(
            alicloud_direct, "ModifyInstanceMetadataOptions", InstanceId=id_, **{name: value}
        )
        assert code == f"Invalid{name}.NotSupported"


def test_a_public_address_is_allocated_where_bandwidth_was_bought(
    alicloud_direct: Simulator,
) -> None:
    begin(alicloud_direct)
    with_it = create(alicloud_direct, InternetMaxBandwidthOut=5)
    without = create(alicloud_direct)
    assert shown(alicloud_direct, with_it)["PublicIpAddress"]["IpAddress"] == []
    answer = alicloud_direct.ask("Ecs", "AllocatePublicIpAddress", InstanceId=with_it)
    assert shown(alicloud_direct, with_it)["PublicIpAddress"]["IpAddress"] == [answer["IpAddress"]]
    code = refused(alicloud_direct, "AllocatePublicIpAddress", InstanceId=with_it)
    assert code == "AllocatedAlready"
    assert refused(alicloud_direct, "AllocatePublicIpAddress", InstanceId=without).startswith(
        "InvalidInternetMaxBandwidthOut"
    )
