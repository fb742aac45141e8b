"""`cpikit validate` for Alibaba Cloud: what no type can say of cloud_properties, asking nobody."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from cpikit.preflight import Block, Finding, Wanted, WantedSubnet, WantedVm
from cpikit_alicloud import review_disks, vm_rules
from cpikit_alicloud.properties.lenient import NoDisk

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cpikit_alicloud.config import AlicloudConfig
    from cpikit_alicloud.properties.disk import DiskProperties
    from cpikit_alicloud.properties.vm import VmProperties

_ZONE = re.compile(r"[a-z]+(-[a-z0-9]+)*-[0-9]*[a-z]")  # cn-hangzhou-h, ap-southeast-1a
_TYPE = re.compile(r"ecs\.[a-z0-9-]+\.[a-z0-9-]+")  # ecs.g6.large, ecs.s6-c1m2.small
_RANGES = {  # name, least, most: RunInstances
    "spot_duration": (0, 6),
    "http_put_response_hop_limit": (1, 64),
    "deployment_set_group_no": (1, 7),
}
_UNITS = ("Week", "Month", "Year")  # RunInstances, PeriodUnit


def review(wanted: Wanted, config: AlicloudConfig | None) -> Iterator[Finding]:
    """Everything that is wrong, or without effect, in what the files ask for."""
    region = config.region if config else ""
    for vm in wanted.vms:
        yield from _vm(vm, region if not vm.cpi else "")
        yield from _vm_disks(vm)
    for subnet in wanted.subnets:
        yield from _subnet(subnet)
    yield from _without_groups(wanted)
    for disk in wanted.disks:
        yield from review_disks.persistent(disk)


def _vm(vm: WantedVm, region: str) -> Iterator[Finding]:
    properties: VmProperties = vm.properties
    is_whole = not (vm.is_partial or vm.variables)
    numbers = vm_rules.numbers(properties)
    problems = [rule for rule in vm_rules.problems(properties, region) if rule not in numbers]
    problems = [rule for rule in problems if is_whole or rule.name == "region"]
    for rule in [*problems, *numbers]:
        yield _failure(vm, rule.text, rule.name, rule.wanted, "", *rule.below)
    for rule in vm_rules.warnings(properties):
        if is_whole or rule.name == "password":
            yield _warning(vm, rule.text, rule.name)
    for name in properties.instance_type:
        if not _TYPE.fullmatch(name):
            hint = f"did you mean 'ecs.{name}'?" if _TYPE.fullmatch(f"ecs.{name}") else ""
            said = f"{name!r} is no instance type"
            yield _failure(vm, said, "instance_type", "one as ecs.g6.large", hint)
    for zone in properties.availability_zone:
        yield from _zone(vm, zone, region)
    yield from _numbers(vm)
    yield from _ids_of_vm(vm)


def _numbers(vm: WantedVm) -> Iterator[Finding]:
    properties: VmProperties = vm.properties
    for name, (least, most) in _RANGES.items():
        number = getattr(properties, name)
        if number is not None and not least <= number <= most:
            yield _failure(vm, f"{name} is {number:g}", name, f"{least} to {most}")
    if properties.charge_period_unit not in (None, "", *_UNITS):
        said = f"charge_period_unit is {properties.charge_period_unit!r}"
        yield _failure(vm, said, "charge_period_unit", f"one of {', '.join(_UNITS)}")


def _ids_of_vm(vm: WantedVm) -> Iterator[Finding]:
    properties: VmProperties = vm.properties
    yield from _ids(vm, "slbs", properties.slbs, "lb-")
    yield from _ids(vm, "slb_server_group", properties.slb_server_group, "rsp-")
    yield from _ids(vm, "nlb_server_group_ids", properties.nlb_server_group_ids, "sgp-")
    if properties.stemcell_id:
        yield from _ids(vm, "stemcell_id", [properties.stemcell_id], "m-")


def _zone(vm: WantedVm, zone: str, region: str) -> Iterator[Finding]:
    if not _ZONE.fullmatch(zone):
        yield _failure(
            vm, f"{zone!r} is no zone", "availability_zone", "one as cn-hangzhou-h", _letter(zone)
        )
    elif region and not zone.startswith(region):
        yield _failure(
            vm,
            f"zone {zone} is not in region {region} of cpi.json",
            "availability_zone",
            f"a zone of {region}",
            "or a CPI for the other region in the CPI config, named as the AZ's cpi",
        )


def _letter(zone: str) -> str:
    is_region = re.fullmatch(r"[a-z]+-[a-z]+(-[0-9]+)?", zone) is not None
    return "a region is not enough: add the zone's letter" if is_region else ""


def _vm_disks(vm: WantedVm) -> Iterator[Finding]:
    properties: VmProperties = vm.properties
    if properties.system_disk is not None:
        yield from review_disks.of_vm(vm, "system_disk", properties.system_disk)
    ephemeral: object = properties.ephemeral_disk
    if ephemeral is not None and not isinstance(ephemeral, NoDisk):
        disk: DiskProperties = ephemeral  # type: ignore[assignment]  # the other of the two
        yield from review_disks.of_vm(vm, "ephemeral_disk", disk)


def _subnet(subnet: WantedSubnet) -> Iterator[Finding]:
    properties = subnet.properties
    if subnet.type == "managed":
        if not properties.vpc_id and "vpc_id" not in subnet.variables:
            found = "vpc_id is not set, and create_network makes a vSwitch in a VPC"
            yield _failure(subnet, found, "vpc_id", "a VPC")
        yield from _ids(subnet, "vpc_id", filter(None, [properties.vpc_id]), "vpc-")
        return
    if not properties.vswitch_id and "vswitch_id" not in subnet.variables:
        yield _failure(subnet, "vswitch_id is required, not set", "vswitch_id", "a vSwitch")
    yield from _ids(subnet, "vswitch_id", properties.vswitch_id, "vsw-")


def _without_groups(wanted: Wanted) -> Iterator[Finding]:
    """Subnets without security groups where nothing else brings any either."""
    names = "security_group_ids"
    if any(vm.properties.security_group_ids or names in vm.variables for vm in wanted.vms):
        return
    for subnet in wanted.subnets:
        has_some = subnet.properties.security_group_ids or names in subnet.variables
        if subnet.type == "managed" or has_some or "security_group_id" in subnet.variables:
            continue
        if not subnet.properties.security_group_id:
            found = "no security_group_ids here, nor in any vm_type, vm_extension or az"
            yield _failure(subnet, found, names, "at least one security group")


def _ids(block: Block, name: str, ids: Iterable[str], prefix: str) -> Iterator[Finding]:
    for place, id_ in enumerate(ids):
        if not id_.startswith(prefix):
            yield _failure(block, f"{id_!r} is no id", name, f"one as {prefix}…", "", place)


def _failure(
    block: Block,
    found: str,
    name: str,
    wanted: str = "",
    remedy: str = "",
    *below: str | int,
) -> Finding:
    place = block.places.at(name, *below)
    return Finding(_subject(block, found, name), found, wanted, remedy, "failure", place)


def _warning(block: Block, found: str, name: str) -> Finding:
    subject = _subject(block, found, name)
    return Finding(subject, found, weight="warning", place=block.places.at(name))


def _subject(block: Block, found: str, name: str) -> str:
    """The block and the property, which a sentence may name by itself."""
    return block.title if name in found else f"{block.title}: {name}"
