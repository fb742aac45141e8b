"""Permissions, as far as they can be told without doing anything.

Reads are asked for. Writes are tried as dry runs (parameter DryRun) on ids that do not exist: RAM
refuses before the resource is looked for, so every other refusal means that the permission is
there. What has no dry run stays unknown, and is named.
Source: ECS 2014-05-26, DryRun of each action; NLB 2022-04-30 and ALB 2020-06-16 likewise.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from cpikit.operations import FaultError
from cpikit.preflight import Finding, Wanted
from cpikit_alicloud.preflight.telling import asked, dry, found, is_denied
from cpikit_alicloud.session import Session

Question = tuple[str, str, Mapping[str, Any]]
"""Product, action, parameters."""

_MEMBERS = ("AddServersToServerGroup", "RemoveServersFromServerGroup")
_NO_VM = {"InstanceId": "i-cpikitcheck000000000"}
_NO_IMAGE = {"ImageId": "m-cpikitcheck000000000"}
_NO_DISK = {"DiskId": "d-cpikitcheck000000000"}
_NO_GROUP = {
    "ServerGroupId": "sgp-cpikitcheck0000000",
    "Servers": [{"ServerId": "i-cpikitcheck000000000", "ServerType": "Ecs", "Port": 1}],
}

_READS: Mapping[str, tuple[Question, ...]] = {
    "VMs": (
        ("Ecs", "DescribeInstances", {"DryRun": True}),
        ("Ecs", "DescribeInstanceTypes", {"InstanceTypes": ["ecs.g6.large"]}),
    ),
    "disks and snapshots": (
        ("Ecs", "DescribeDisks", {"DryRun": True}),
        ("Ecs", "DescribeSnapshots", {"DryRun": True}),
    ),
    "stemcells": (("Ecs", "DescribeImages", {"DryRun": True}),),
    "networks": (
        ("Vpc", "DescribeVSwitches", {"DryRun": True}),
        ("Vpc", "DescribeEipAddresses", {"DryRun": True}),
        ("Ecs", "DescribeSecurityGroups", {"DryRun": True}),
    ),
}
_WRITES: Mapping[str, tuple[Question, ...]] = {
    "VMs": (
        ("Ecs", "RunInstances", {**_NO_IMAGE, "InstanceType": "ecs.g6.large"}),
        ("Ecs", "StartInstance", _NO_VM),
        ("Ecs", "StopInstance", _NO_VM),
        ("Ecs", "RebootInstance", _NO_VM),
        ("Ecs", "DeleteInstance", _NO_VM),
    ),
    "disks and snapshots": (("Ecs", "ModifyDiskSpec", {**_NO_DISK, "DiskCategory": "cloud_essd"}),),
    "stemcells": (
        ("Ecs", "CopyImage", {**_NO_IMAGE, "DestinationRegionId": "cn-hangzhou"}),
        ("Ecs", "DeleteImage", _NO_IMAGE),
    ),
}
_UNTOLD = (
    "AttachDisk CreateDisk CreateSnapshot DeleteDisk DeleteSnapshot DetachDisk ModifyDiskAttribute "
    "ModifyInstanceAttribute ResizeDisk TagResources UntagResources"
)
"""What every deployment needs and the API has no dry run for.

Of the reads, DescribeNetworkInterfaces and DescribeKeyPairs have none either, and answer an empty
list to who may not ask.
"""


def findings(session: Session, wanted: Wanted) -> Iterator[Finding]:
    """One line for each group of actions, and one for each action that is denied."""
    for group, reads in _READS.items():
        writes = _WRITES.get(group, ())
        tried = [(call, asked(session, *call)) for call in reads]
        tried += [(call, dry(session, *call)) for call in writes]
        yield from _group(group, tried)
    used = {
        "Nlb": any(vm.properties.nlb_server_groups for vm in wanted.vms),
        "Alb": any(vm.properties.alb_server_groups for vm in wanted.vms),
    }
    for product in (product for product, is_used in used.items() if is_used):
        calls: list[Question] = [(product, name, _NO_GROUP) for name in _MEMBERS]
        tried = [(call, dry(session, *call)) for call in calls]
        yield from _group(f"{product.upper()} server groups", tried)
    told = ", ".join(_UNTOLD.split())
    yield Finding("permissions", f"only doing it would tell whether these are allowed: {told}")


def _group(group: str, tried: Sequence[tuple[Question, FaultError | None]]) -> Iterator[Finding]:
    denied = [(call, error) for call, error in tried if is_denied(error)]
    for (product, action, _), error in denied:
        yield found(
            f"permissions for {group}",
            str(error),
            f"{product.lower()}:{action}",
            "add it to the policy of the CPI's RAM user or role",
        )
    if not denied:
        names = ", ".join(action for (_, action, _), _ in tried)
        yield Finding(f"permissions for {group}", f"allowed: {names}")
