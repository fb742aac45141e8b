"""Ask any served action with parameters that are right, wrong or nonsense, about what there is."""

from __future__ import annotations

import json
import random
from collections import Counter
from typing import Any

from cpikit_alicloud_simulator import oracle
from cpikit_alicloud_simulator.catalogue import catalogue
from cpikit_alicloud_simulator.products.ecs.instance import Instance
from cpikit_alicloud_simulator.products.ecs.kinds import Disk, Image, Interface, Snapshot
from cpikit_alicloud_simulator.products.vpc.addresses import Addresses
from cpikit_alicloud_simulator.simulator import Simulator
from cpikit_alicloud_simulator.wire import ApiError
from tests.simulator.instances_kit import GROUP, IMAGE, VSWITCH, ZONE
from tests.simulator.storage_kit import BUCKET, FILE

ACTIONS = sorted(catalogue().actions)
# What makes things is asked more often than what reads them, so that there is something to ask of.
OFTEN = [
    *[("Ecs", "RunInstances"), ("Ecs", "CreateInstance"), ("Ecs", "CreateDisk")] * 6,
    *[("Ecs", "AttachDisk"), ("Ecs", "DetachDisk"), ("Ecs", "CreateNetworkInterface")] * 6,
    *[("Ecs", "AttachNetworkInterface"), ("Vpc", "AllocateEipAddress")] * 4,
    *[("Vpc", "AssociateEipAddress"), ("Slb", "CreateLoadBalancer")] * 4,
    *[("Nlb", "CreateServerGroup"), ("Alb", "CreateServerGroup")] * 3,
]
# Which kinds the ids are of that a parameter names, by the end of its name.
NAMED = {
    "InstanceId": ("instance",),
    "DiskId": ("disk",),
    "SnapshotId": ("snapshot",),
    "ImageId": ("image",),
    "VSwitchId": ("vswitch",),
    "VpcId": ("vpc",),
    "SecurityGroupId": ("securitygroup",),
    "NetworkInterfaceId": ("eni",),
    "AllocationId": ("eip",),
    "LoadBalancerId": ("load_balancer",),
    "VServerGroupId": ("vserver_group",),
    "ServerGroupId": ("nlb_server_group", "alb_server_group"),
    "ServerId": ("instance", "eni"),
    "TaskId": ("task",),
    "ResourceId": ("instance", "disk", "snapshot", "image", "eni", "securitygroup"),
}
# What a parameter may be, when it is given at all.
PLAIN: dict[str, list[str]] = {
    "ZoneId": [ZONE, "cn-hangzhou-g"],
    "InstanceType": ["ecs.g6.large", "ecs.g9i.large", "EcsInstance", "NetworkInterface"],
    "Category": ["cloud_essd", "cloud_auto", "cloud_efficiency", "ephemeral_ssd"],
    "DiskCategory": ["cloud_essd", "cloud_auto", "cloud_efficiency"],
    "PerformanceLevel": ["PL0", "PL1", "PL3"],
    "Size": ["20", "40", "2000", "-1"],
    "NewSize": ["60", "100", "5"],
    "Force": ["true", "true", "false"],
    "Type": ["online", "offline"],
    "DiskName": ["name"],
    "DestCidrIp": ["10.0.0.0/8"],
    "CidrBlock": ["172.16.0.0/12", "10.0.9.0/24", "10.3.0.0/16", "192.168.0.0/16"],
    "IpProtocol": ["tcp", "all"],
    "PortRange": ["1/65535", "-1/-1"],
    "SourceCidrIp": ["10.0.0.0/8"],
    "ResourceType": ["instance", "disk", "snapshot", "image", "eni"],
    "Key": ["a", "b"],
    "Value": ["", "v"],
    "TagKey": ["a"],
    "Port": ["80", "0"],
    "ListenerPort": ["80", "443"],
    "Weight": ["1", "100"],
    "ServerType": ["Ecs", "Eni"],
    "ServerGroupName": ["group"],
    "KeyPairName": ["pair"],
    "KeyPairNames": ['["pair"]'],
    "DestinationRegionId": ["cn-beijing"],
    "OSSBucket": [BUCKET],
    "OSSObject": [FILE],
    "ClientToken": ["a", "b", "c"],
    "PrivateIpAddress": ["10.0.0.77", "10.0.0.78", "10.0.0.1"],
    "SecondaryPrivateIpAddressCount": ["1", "3"],
    "Amount": ["1", "2"],
    "SecurityGroupType": ["normal"],
    "Id": ["cn-hangzhou"],
    "ServiceCode": ["ecs"],
    "PublicKeyBody": [
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA x"
    ],
    "InnerAccessPolicy": ["Accept", "Drop"],
    "DeleteProtection": ["on", "off"],
    "DestinationResource": ["InstanceType", "SystemDisk"],
    "RoleArn": ["acs:ram::1000000000000001:role/none"],
    "RoleSessionName": ["me"],
}
JUNK = ["", "true", "false", "1", "0", "-1", "x", "é漢", "[]", "{}", '["x"]', "9" * 30, "\0", "1.5"]
# What a call needs although no single parameter of it is mandatory.
HELPS: dict[str, tuple[str, ...]] = {
    "CreateDisk": ("ZoneId", "DiskCategory", "Size"),
    "CreateImage": ("InstanceId",),
    "CreateVpc": ("CidrBlock",),
    "ImportImage": ("DiskDeviceMapping.N.OSSBucket", "DiskDeviceMapping.N.OSSObject"),
    "JoinSecurityGroup": ("InstanceId",),
    "LeaveSecurityGroup": ("InstanceId",),
    "ModifyDiskSpec": ("DiskCategory",),
    "ModifyDiskAttribute": ("DiskId", "DiskName"),
    "CopyImage": ("DestinationRegionId",),
    "UntagResources": ("TagKey.N",),
    "AddServersToServerGroup": ("Servers.N.ServerType", "Servers.N.Port"),
    "RemoveServersFromServerGroup": ("Servers.N.ServerType", "Servers.N.Port"),
    "UpdateServerGroupServersAttribute": ("Servers.N.ServerType", "Servers.N.Port"),
    "AssignPrivateIpAddresses": ("SecondaryPrivateIpAddressCount",),
    "CreateServerGroup": ("VpcId",),
    "AuthorizeSecurityGroup": ("IpProtocol", "PortRange", "SourceCidrIp"),
    "AuthorizeSecurityGroupEgress": ("IpProtocol", "PortRange", "DestCidrIp"),
    "ResizeDisk": ("Type",),
    "AddBackendServers": ("BackendServers",),
    "CreateVServerGroup": ("BackendServers",),
    "CreateLoadBalancer": ("VSwitchId",),
    "DeleteInstance": ("Force",),
    "DeleteImage": ("Force",),
    "DeleteSnapshot": ("Force",),
}
MAKES = {"ImageId": IMAGE, "VSwitchId": VSWITCH, "SecurityGroupId": GROUP, "ZoneId": ZONE}
LEAST = {"InstanceType": "ecs.g6.large", "DiskCategory": "cloud_essd", "Size": "20"}


def ask_something(alicloud: Simulator, place: int, seed: int) -> str:
    """Ask one action, chosen by place, in a way that follows from the seed; give the outcome."""
    everything = ACTIONS + OFTEN
    product, name = everything[place % len(everything)]
    chance = random.Random(seed)  # noqa: S311  # it has to be the same each time
    action = catalogue().actions[product, name]
    given = {"RegionId": "cn-hangzhou"}
    spice = chance.choice((0.0, 0.0, 0.0, 0.05, 0.3))  # mostly as a client would, at times wild
    for parameter in [each for each in action.parameters if each != "RegionId"]:
        needed = parameter in action.required or parameter in HELPS.get(name, ())
        makes = name in {"RunInstances", "CreateInstance", "CreateNetworkInterface", "CreateDisk"}
        if makes and parameter in {**MAKES, **LEAST} and chance.random() < 0.9:
            given[parameter] = {**MAKES, **LEAST}[parameter]
        elif needed or chance.random() < spice:
            given[parameter.replace(".N", ".1")] = _value(alicloud, parameter, chance)
    try:
        answer = alicloud.ask(product, name, **given)
    except ApiError as refused:
        if refused.status >= 500:
            raise
        return refused.code
    if oracle.schema(product, name).response is not None:
        assert oracle.unknown_keys(product, name, answer) == [], (product, name)
        assert oracle.wrong_types(product, name, answer) == [], (product, name)
    return "ok"


def _value(alicloud: Simulator, parameter: str, chance: random.Random) -> str:
    last = parameter.removesuffix(".N").rpartition(".")[2]
    if chance.random() < 0.05:
        return chance.choice(JUNK)
    if last in {"BackendServers", "InstanceIds", "DiskIds", "SnapshotIds"}:
        ids = _ids(alicloud, NAMED["ServerId" if last[0] == "B" else last[:-1]])
        server = {"ServerId": chance.choice(ids), "Port": 80, "Weight": 10}
        return json.dumps([server] if last[0] == "B" else [chance.choice(ids)])
    if last in NAMED:
        return chance.choice(_ids(alicloud, NAMED[last]))
    return chance.choice(PLAIN.get(last, JUNK))


def _ids(alicloud: Simulator, kinds: tuple[str, ...]) -> list[str]:
    found = [each.id for each in alicloud.world.resources() if each.kind in kinds]
    return [*found, "none-such"]


def demand_sound(alicloud: Simulator) -> None:
    """Hold what is true of every world at every time."""
    world: Any = alicloud.world
    world.settle()
    assert not alicloud.desk.journal.defects
    everything = list(world.resources())
    assert sum(world.counts().values()) >= len(everything)
    assert len({each.id for each in everything}) == len(everything)
    _demand_attached(world)
    _demand_addresses(world, everything)
    for each in everything:
        servers = getattr(each, "servers", ()) or getattr(each, "backends", ())
        places = [one.place for one in servers]
        assert len(places) == len(set(places)), "no server twice on one port"
        for index in type(each).indexed:
            value = getattr(each, index)
            for one in value if isinstance(value, tuple) else (value,):
                assert each in world.by(type(each), index, one), (each.id, index)
    shown = Counter(row["id"] for row in alicloud.control.inventory())
    assert all(shown[each.id] == each.in_inventory for each in everything)


def _demand_attached(world: Any) -> None:
    devices: Counter[tuple[str, str]] = Counter()
    for disk in world.table(Disk):
        assert len(disk.instance_ids) <= (1 if not disk.multi_attach else 16)
        for each in disk.attachments:
            devices[each.instance_id, each.device] += 1
            assert world.get(Instance, each.instance_id) is not None, disk
    assert all(count == 1 for count in devices.values()), devices
    for image in world.table(Image):
        if image.state == "Available":
            assert all(world.get(Snapshot, each) is not None for each in image.snapshot_ids)
    for each in world.table(Interface):
        if each.instance_id:
            assert world.get(Instance, each.instance_id) is not None, each


def _demand_addresses(world: Any, everything: list[Any]) -> None:
    held: Counter[str] = Counter()
    for card in world.table(Interface):
        held.update((*card.addresses, *card.ipv6s))
        for address in card.addresses:
            assert world.part(Addresses).holder(card.vswitch_id, address) == card.id
    assert all(count == 1 for count in held.values()), held.most_common(3)
    eips = [each for each in everything if each.kind == "eip"]
    bound = Counter(each.instance_id for each in eips if each.instance_id)
    assert all(count == 1 for count in bound.values()), "one address on one thing"
    assert all(world.find(id_) for id_ in bound), "nothing hangs on what is gone"
    for each in everything:
        if each.kind == "eni" or getattr(each, "vswitch_id", ""):
            assert world.find(each.vswitch_id), f"{each.id} lies in a vSwitch that is gone"
