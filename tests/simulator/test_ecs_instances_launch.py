"""What a launch makes: disks, interfaces, names, addresses; the same for the same seed."""

from __future__ import annotations

import pytest

from cpikit_alicloud_simulator.products.ecs.instance import Instance
from cpikit_alicloud_simulator.products.ecs.kinds import Disk
from cpikit_alicloud_simulator.products.vpc.addresses import Addresses
from cpikit_alicloud_simulator.simulator import Simulator
from tests.simulator.instances_kit import (
    GROUP,
    IMAGE,
    VSWITCH,
    ZONE,
    begin,
    create,
    launch,
    refused,
    run,
    shown,
    state,
)


def test_the_disks_of_a_launch_are_as_asked(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct)
    id_ = run(
        alicloud_direct,
        SystemDisk__Category="cloud_essd",
        SystemDisk__Size=50,
        DataDisk=[{"Size": 500, "Category": "cloud_essd", "PerformanceLevel": "PL2"}],
        Tag=[{"Key": "a", "Value": "b"}],
    )
    disks = alicloud_direct.world.by(Disk, "instance_ids", id_)
    assert [(d.type, d.category, d.size_gib, d.performance_level) for d in disks] == [
        ("system", "cloud_essd", 50, "PL1"),
        ("data", "cloud_essd", 500, "PL2"),
    ]
    assert [d.attachments[0].device for d in disks] == ["/dev/xvda", "/dev/xvdb"]
    assert all(d.tags == {"a": "b"} and d.state == "In_use" for d in disks)


@pytest.mark.parametrize(("does", "size"), [("ignore", 40), ("honour", 77)])
def test_an_undotted_system_disk_size_is_a_knob(
    alicloud_direct: Simulator, does: str, size: int
) -> None:
    begin(alicloud_direct, knobs={"ecs.undotted_system_disk": does})
    id_ = create(alicloud_direct, SystemDiskSize=77)
    assert alicloud_direct.world.by(Disk, "instance_ids", id_)[0].size_gib == size


def test_many_instances_get_addresses_in_a_row_and_names_with_numbers(
    alicloud_direct: Simulator,
) -> None:
    begin(alicloud_direct)
    wanted = launch(Amount=3, PrivateIpAddress="10.0.0.20", InstanceName="web", UniqueSuffix=True)
    alicloud_direct.ask("Ecs", "RunInstances", **wanted)
    rows = alicloud_direct.ask("Ecs", "DescribeInstances")["Instances"]["Instance"]
    assert [row["InstanceName"] for row in rows] == ["web001", "web002", "web003"]
    found = [row["VpcAttributes"]["PrivateIpAddress"]["IpAddress"] for row in rows]
    assert found == [["10.0.0.20"], ["10.0.0.21"], ["10.0.0.22"]]


def test_all_or_nothing_unless_less_is_enough(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, stock=[{"zone": ZONE, "left": 3}])
    assert refused(alicloud_direct, "RunInstances", **launch(Amount=5)) == "OperationDenied.NoStock"
    answer = alicloud_direct.ask("Ecs", "RunInstances", **launch(Amount=5, MinAmount=2))
    assert len(answer["InstanceIdSets"]["InstanceIdSet"]) == 3


def test_free_addresses_are_counted(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct)
    addresses = alicloud_direct.world.part(Addresses)
    assert addresses.free(VSWITCH) == 252  # 256 without the first and the last three
    id_ = run(alicloud_direct)
    assert addresses.free(VSWITCH) == 251
    alicloud_direct.ask("Ecs", "DeleteInstance", InstanceId=id_, Force=True)
    state(alicloud_direct, id_)
    assert addresses.free(VSWITCH) == 252


def test_the_same_token_gives_the_same_instance(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct)
    first, second = (run(alicloud_direct, ClientToken="once") for _ in range(2))
    assert first == second
    assert len(alicloud_direct.world.table(Instance)) == 1


def test_the_newest_image_of_a_family_is_taken(alicloud_direct: Simulator) -> None:
    begin(
        alicloud_direct,
        {"kind": "image", "id": "m-new", "family": "f", "created_s": 2_000_000_000.0},
        {"kind": "image", "id": "m-old", "family": "f", "created_s": 1.0},
    )
    id_ = run(alicloud_direct, ImageId=None, ImageFamily="f")
    assert shown(alicloud_direct, id_)["ImageId"] == "m-new"


def test_reserved_capacity_is_used_and_given_back(alicloud_direct: Simulator) -> None:
    pool = {"kind": "capacity_reservation", "id": "crp-1", "zone_id": ZONE}
    begin(alicloud_direct, pool, stock=[{"state": "sold_out"}])
    target = launch(PrivatePoolOptions__MatchCriteria="Target", PrivatePoolOptions__Id="crp-1")
    answer = alicloud_direct.ask("Ecs", "RunInstances", **target)
    code = refused(alicloud_direct, "RunInstances", **target)
    assert code == "Invalid.PrivatePoolOptionsId"
    (id_,) = answer["InstanceIdSets"]["InstanceIdSet"]
    alicloud_direct.ask("Ecs", "DeleteInstance", InstanceId=id_, Force=True)
    alicloud_direct.ask("Ecs", "RunInstances", **target)


def test_two_worlds_of_one_seed_make_the_same_ids(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct, seed=7)
    first = run(alicloud_direct)
    begin(alicloud_direct, seed=7)
    assert run(alicloud_direct) == first
    begin(alicloud_direct, seed=8)
    assert run(alicloud_direct) != first


def test_interfaces_of_a_launch_are_made_as_asked(alicloud_direct: Simulator) -> None:
    begin(alicloud_direct)
    id_ = run(
        alicloud_direct,
        VSwitchId=None,
        SecurityGroupId=None,
        NetworkInterface=[
            {
                "InstanceType": "Primary",
                "VSwitchId": VSWITCH,
                "SecurityGroupIds": [GROUP],
                "PrimaryIpAddress": "10.0.0.30",
                "SecondaryPrivateIpAddressCount": 2,
                "Ipv6AddressCount": 1,
            },
            {"VSwitchId": VSWITCH, "SecurityGroupId": GROUP, "PrimaryIpAddress": "10.0.0.40"},
        ],
    )
    first, second = alicloud_direct.world.get(Instance, id_).interfaces(alicloud_direct.world)  # type: ignore[union-attr]  # it was just made
    assert (first.type, first.primary_ip, len(first.secondary_ips)) == ("Primary", "10.0.0.30", 2)
    assert first.ipv6s[0].startswith("2408:4005:1:1:")
    assert (second.type, second.primary_ip) == ("Secondary", "10.0.0.40")
    assert shown(alicloud_direct, id_)["ImageId"] == IMAGE


@pytest.mark.parametrize(
    ("address", "amount", "code"),
    [
        ("1.5", 1, "InvalidIp.Address"),
        ("2001:db8::1", 1, "InvalidIp.Address"),
        ("2408:4005:1:1::9", 2, "InvalidIp.IpRepeated"),
        ("2408:4005:1:1:0::7", 1, "InvalidIp.IpAssigned"),
    ],
)
def test_an_ipv6_address_is_refused_before_anything_is_made(
    alicloud_direct: Simulator, address: str, amount: int, code: str
) -> None:
    begin(alicloud_direct)
    id_ = run(alicloud_direct, Ipv6Address=["2408:4005:1:1::7"])
    asked = launch(Ipv6Address=[address], Amount=amount)
    assert refused(alicloud_direct, "RunInstances", **asked) == code
    assert [one.id for one in alicloud_direct.world.table(Instance)] == [id_]


def test_a_template_stands_in_for_what_is_left_out(alicloud_direct: Simulator) -> None:
    versions = [{"InstanceType": "ecs.c7.large"}, {"InstanceType": "ecs.c7.xlarge"}]
    template = {"kind": "launchtemplate", "id": "lt-1", "name": "web", "versions": versions}
    begin(alicloud_direct, template)
    first = run(alicloud_direct, InstanceType=None, LaunchTemplateId="lt-1")
    assert shown(alicloud_direct, first)["InstanceType"] == "ecs.c7.large"
    named = {"LaunchTemplateName": "web", "LaunchTemplateVersion": 2}
    second = run(alicloud_direct, InstanceType=None, **named)
    assert shown(alicloud_direct, second)["InstanceType"] == "ecs.c7.xlarge"
    third = run(alicloud_direct, **named)
    assert shown(alicloud_direct, third)["InstanceType"] == "ecs.g6.large"
