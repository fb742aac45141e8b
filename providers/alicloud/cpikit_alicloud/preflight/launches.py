"""Key pairs, images, stock, and the launch itself as a dry run, which knows quotas too.

Source: ECS 2014-05-26, DescribeAvailableResource (Status, StatusCategory) and RunInstances, DryRun:
it checks parameters, permissions, limits and stock, and makes nothing.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any

from attrs import frozen

from cpikit.errors import CpiError
from cpikit.operations import FaultError
from cpikit.preflight import Finding, Place, Wanted, WantedSubnet, WantedVm
from cpikit_alicloud import disk_parameters, vm_rules
from cpikit_alicloud.networks import group_ids
from cpikit_alicloud.preflight.networks import Rows
from cpikit_alicloud.preflight.telling import dry, found, refused
from cpikit_alicloud.properties.disk import DiskProperties
from cpikit_alicloud.properties.lenient import NoDisk
from cpikit_alicloud.session import Session


def key_pairs(session: Session, wanted: Wanted) -> Iterator[Finding]:
    """Each SSH key pair is there."""
    seen = set()
    for vm in wanted.vms:
        name = vm.properties.key_pair_name
        if not name or name in seen:
            continue
        seen.add(name)
        subject, place = f"key pair {name}", vm.places.at("key_pair_name")
        by = {"KeyPairName": name}
        try:
            rows = session.client.listed("Ecs", "DescribeKeyPairs", by, "KeyPairs", "KeyPair")
        except FaultError as error:
            yield refused(subject, error, place)
            continue
        if any(row.get("KeyPairName") == name for row in rows):
            yield Finding(subject, "it is there", place=place)
        else:
            missing = f"it does not exist in {session.client.region}"
            remedy = "make or import it there, or correct key_pair_name"
            yield found(subject, missing, "", remedy, place=place)


def images(session: Session, wanted: Wanted) -> Generator[Finding, None, list[str]]:
    """Images that may be launched from, those that are named first."""
    named: dict[str, Place | None] = dict.fromkeys(wanted.stemcells)
    named |= {
        vm.properties.stemcell_id: vm.places.at("stemcell_id")
        for vm in wanted.vms
        if vm.properties.stemcell_id
    }
    usable = []
    for id_, place in named.items():
        subject = f"image {id_}"
        states = "Creating,Waiting,Available,UnAvailable,CreateFailed"
        try:
            rows = _images(session, {"ImageId": id_, "Status": states})
        except FaultError as error:
            yield refused(subject, error, place)
            continue
        status = rows[0].get("Status") if rows else None
        if status == "Available":
            usable.append(id_)
            yield Finding(subject, f"Available, {rows[0].get('Size')} GiB", place=place)
        else:
            said = f"it is {status}" if status else f"it does not exist in {session.client.region}"
            remedy = "upload the stemcell again, or copy its image into this region"
            yield found(subject, said, "Available", remedy, place=place)
    if usable or not wanted.vms:
        return usable
    return _some_image(session)


def _images(session: Session, by: Mapping[str, Any]) -> list[dict[str, Any]]:
    return session.client.listed("Ecs", "DescribeImages", by, "Images", "Image")


def _some_image(session: Session) -> list[str]:
    """Any image that a launch can be tried with, where none is named."""
    try:
        for owner in ("self", "system"):
            rows = _images(session, {"ImageOwnerAlias": owner, "OSType": "linux"})
            if rows:
                return [str(rows[0].get("ImageId"))]
    except FaultError:
        return []  # permissions.py has told of it
    return []


def stock(session: Session, wanted: Wanted, zones: Sequence[str]) -> Iterator[Finding]:
    """Whether each VM has an instance type for sale in one of its zones."""
    sold: dict[tuple[str, str], dict[str, str]] = {}
    for vm in wanted.vms:
        if vm.is_partial or vm.cpi:
            continue
        places = _zones(session, vm) or list(zones)
        strategy = vm.properties.spot_strategy or "NoSpot"
        if vm.properties.spot_ondemand_fallback:
            strategy = "NoSpot"
        lacking: list[str] = []
        there: list[str] = []
        for name in vm.properties.instance_type:
            if (name, strategy) not in sold:
                try:
                    sold[name, strategy] = _sold(session, name, strategy)
                except FaultError as error:
                    yield refused(f"stock of {name}", error, vm.places.at("instance_type"))
                    sold[name, strategy] = {}
            states = sold[name, strategy]
            for zone in places:
                state = states.get(zone, "not sold there")
                told = f"{name} in {zone}: {state}"
                (there if state == "Available" else lacking).append(told)
        yield _in_stock(vm, there, lacking)


def _in_stock(vm: WantedVm, there: list[str], lacking: list[str]) -> Finding:
    subject, place = f"stock for {vm.title}", vm.places.at("instance_type")
    if not there:
        return found(
            subject,
            "; ".join(lacking) or "no instance_type",
            "a type that is Available",
            "add another instance_type or zone: the first one that can be had is used",
            place=place,
        )
    if lacking:
        remedy = "it would take what is left"
        said = "; ".join([*there, *lacking])
        return found(subject, said, "", remedy, weight="warning", place=place)
    return Finding(subject, "; ".join(there), place=place)


def _sold(session: Session, instance_type: str, strategy: str) -> dict[str, str]:
    """The state of a type in each zone that sells it."""
    rows = session.client.listed(
        "Ecs",
        "DescribeAvailableResource",
        {
            "DestinationResource": "InstanceType",
            "InstanceType": instance_type,
            "IoOptimized": "optimized",
            "InstanceChargeType": "PostPaid",
            "SpotStrategy": strategy,
        },
        "AvailableZones",
        "AvailableZone",
    )
    return {
        str(row.get("ZoneId")): str(supported.get("Status"))
        for row in rows
        for resource in (row.get("AvailableResources") or {}).get("AvailableResource") or ()
        for supported in (resource.get("SupportedResources") or {}).get("SupportedResource") or ()
        if supported.get("Value") == instance_type
    }


def _zones(session: Session, vm: WantedVm) -> list[str]:
    """The zones that the VM names, or those of the configuration."""
    own = session.config.availability_zone
    return list(vm.properties.availability_zone) or ([own] if own else [])


@frozen
class Try:
    """One launch to try: a type in a zone, on a vSwitch."""

    instance_type: str
    zone: str
    vswitch: str
    groups: tuple[str, ...]


def dry_runs(
    session: Session, wanted: Wanted, vswitches: Rows, usable: Sequence[str]
) -> Iterator[Finding]:
    """Whether the cloud would make each VM, asked with RunInstances as a dry run."""
    if not wanted.vms or not vswitches:
        return
    if not usable:
        remedy = "name one: --stemcell IMAGE_ID"
        yield found("launch", "no image to try it with", "", remedy, weight="warning")
        return
    for vm in wanted.vms:
        if vm.is_partial or vm.cpi or not vm.properties.instance_type:
            continue
        tries = _tries(session, vm, wanted, vswitches)
        if tries:
            yield _tried(session, vm, tries, usable[0])


def _tries(session: Session, vm: WantedVm, wanted: Wanted, vswitches: Rows) -> list[Try]:
    zones = _zones(session, vm)
    found_ = []
    for subnet in wanted.subnets:
        if subnet.type == "managed" or (vm.az and subnet.azs and vm.az not in subnet.azs):
            continue
        for id_ in subnet.properties.vswitch_id:
            zone = str(vswitches.get(id_, {}).get("ZoneId") or "")
            if zone and (not zones or zone in zones):
                groups = _groups(vm, subnet)
                found_ += [Try(name, zone, id_, groups) for name in vm.properties.instance_type]
    return found_


def _groups(vm: WantedVm, subnet: WantedSubnet) -> tuple[str, ...]:
    single = subnet.properties.security_group_id
    own = vm.properties.security_group_ids or subnet.properties.security_group_ids
    return tuple(dict.fromkeys([*([single] if single else []), *own]))


def _tried(session: Session, vm: WantedVm, tries: Sequence[Try], image: str) -> Finding:
    """The first launch that would be carried out, or why none would."""
    subject, place = f"launch of {vm.title}", vm.places.at("instance_type")
    refusals = []
    for one in tries:
        where = f"{one.instance_type} in {one.zone} on {one.vswitch}"
        try:
            error = dry(session, "Ecs", "RunInstances", _parameters(session, vm, one, image))
        except CpiError as problem:  # a group by a name that leads nowhere, a disk too small
            refusals.append(f"{where}: {problem}")
            continue
        if error is None:
            if not refusals:
                return Finding(subject, f"{where} would be made", place=place)
            said = f"{where} would be made, but not {'; '.join(refusals)}"
            return found(subject, said, weight="warning", place=place)
        refusals.append(f"{where}: {error.fault}")
    return found(subject, "; ".join(refusals), "one that would be made", place=place)


def _parameters(session: Session, vm: WantedVm, one: Try, image: str) -> dict[str, Any]:
    """RunInstances, without what only a real VM has (user data, tags, addresses)."""
    wanted = vm.properties
    ids = group_ids(session, one.groups)
    is_spot = wanted.spot_strategy in vm_rules.SPOT
    ephemeral: object = wanted.ephemeral_disk
    disk = ephemeral if isinstance(ephemeral, DiskProperties) else DiskProperties()
    disks = None
    if not isinstance(ephemeral, NoDisk):
        disks = [disk_parameters.ephemeral_disk(session, disk)]
    return {
        "Amount": 1,
        "ZoneId": one.zone,
        "ImageId": wanted.stemcell_id or image,
        "InstanceType": one.instance_type,
        "IoOptimized": "optimized",
        "InstanceChargeType": "PostPaid",
        "SpotStrategy": wanted.spot_strategy if is_spot else None,
        "VSwitchId": one.vswitch,
        "SecurityGroupIds": [ids.get(name, name) for name in one.groups],
        "KeyPairName": wanted.key_pair_name or None,
        "RamRoleName": wanted.ram_role_name or None,
        "SystemDisk": disk_parameters.system_disk(session, wanted.system_disk),
        "DataDisk": disks,
    }
