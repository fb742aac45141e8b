"""Region, zones, vSwitches and security groups: whether they exist, fit together and have room."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator, Mapping
from ipaddress import ip_network
from typing import Any

from cpikit.errors import CpiError
from cpikit.operations import FaultError
from cpikit.preflight import Block, Finding, Wanted, WantedSubnet
from cpikit_alicloud import networks as rooms
from cpikit_alicloud.preflight.telling import beginning, found, refused
from cpikit_alicloud.session import Session

Rows = Mapping[str, Mapping[str, Any]]

_FEW = 5  # free addresses: less than one more VM of each kind, and the compilation VMs


def zones(session: Session) -> Generator[Finding, None, list[str] | None]:
    """The zones of the region; None where it is none, or cannot be asked."""
    region = session.client.region
    subject = f"region {region}"
    try:
        rows = session.client.listed("Ecs", "DescribeZones", {"Verbose": False}, "Zones", "Zone")
    except FaultError as error:
        yield beginning(subject, error, region, "ecs_endpoint")
        return None
    names = [str(row.get("ZoneId")) for row in rows]
    yield Finding(subject, f"its zones are {', '.join(names)}")
    return names


def zones_named(session: Session, wanted: Wanted, known: list[str]) -> Iterator[Finding]:
    """Each zone that the configuration or an AZ names is one of the region's."""
    own = session.config.availability_zone
    if own:
        yield from _zone("availability_zone of cpi.json", own, known, None)
    for vm in wanted.vms:
        if not vm.cpi:
            for zone in vm.properties.availability_zone:
                yield from _zone(vm.title, zone, known, vm)


def _zone(subject: str, zone: str, known: list[str], block: Block | None) -> Iterator[Finding]:
    place = block.places.at("availability_zone") if block else None
    if zone not in known:
        yield found(subject, f"zone {zone} is not in this region", _one_of(known), place=place)
    elif block is None:
        yield Finding(subject, f"zone {zone} is there", place=place)


def vswitches(session: Session, wanted: Wanted) -> Generator[Finding, None, Rows]:
    """The row of each vSwitch that a network names, by its id."""
    rows: dict[str, Mapping[str, Any]] = {}
    az_zones = {vm.az: vm.properties.availability_zone for vm in wanted.vms if vm.is_partial}
    for subnet in _own_subnets(wanted):
        for id_ in subnet.properties.vswitch_id:
            if id_ in rows:
                continue
            by = {"VSwitchId": id_}
            try:
                here = session.client.listed("Vpc", "DescribeVSwitches", by, "VSwitches", "VSwitch")
            except FaultError as error:
                yield refused(f"vSwitch {id_}", error, subnet.places.at("vswitch_id"))
                continue
            rows |= {str(row.get("VSwitchId")): row for row in here}
        yield from _subnet(subnet, rows, az_zones, session.client.region)
    return rows


def _own_subnets(wanted: Wanted) -> Iterator[WantedSubnet]:
    """Subnets that exist already: managed ones are made by create_network."""
    return (subnet for subnet in wanted.subnets if subnet.type != "managed")


def _subnet(
    subnet: WantedSubnet, rows: Rows, az_zones: Mapping[str, list[str]], region: str
) -> Iterator[Finding]:
    place = subnet.places.at("vswitch_id")
    ids = list(subnet.properties.vswitch_id)
    here = {id_: rows[id_] for id_ in ids if id_ in rows}
    rooms_left = [int(row.get("AvailableIpAddressCount") or 0) for row in here.values()]
    for id_ in ids:
        subject = f"{subnet.title}: vSwitch {id_}"
        if id_ not in here:
            remedy = "correct vswitch_id, or region in cpi.json"
            yield found(subject, f"it does not exist in {region}", "", remedy, place=place)
            continue
        row = here[id_]
        free = int(row.get("AvailableIpAddressCount") or 0)
        said = f"{row.get('ZoneId')}, {row.get('CidrBlock')}, {free} free addresses"
        if row.get("Status") != "Available":
            yield found(subject, f"it is {row.get('Status')}", "Available", place=place)
        elif not free:
            remedy = "free some, or add a vSwitch to the network"
            weight: Any = "warning" if any(rooms_left) else "failure"
            wanted = "at least one"
            yield found(subject, said, wanted, remedy, weight=weight, place=place)
        elif free < _FEW:
            remedy = "compilation and updates need some, too"
            yield found(subject, said, f"{_FEW} or more", remedy, weight="warning", place=place)
        else:
            yield Finding(subject, said, place=place)
    if here:
        yield from _range(subnet, here)
        yield from _azs(subnet, here, az_zones)


def _range(subnet: WantedSubnet, here: Rows) -> Iterator[Finding]:
    """The addresses that BOSH gives out are the vSwitch's."""
    if subnet.type != "manual" or not subnet.range or ":" in subnet.range:
        return
    try:
        own = ip_network(subnet.range, strict=False)
    except ValueError:  # a variable, or what cpikit validate tells
        return
    cidrs = [str(row.get("CidrBlock")) for row in here.values()]
    if not any(own.subnet_of(ip_network(cidr)) for cidr in cidrs):  # type: ignore[arg-type]  # v4
        yield found(
            subnet.title,
            f"range {own} is not within {', '.join(cidrs)} of {', '.join(here)}",
            "the range of the vSwitch",
            place=subnet.places.whole,
        )


def _azs(subnet: WantedSubnet, here: Rows, az_zones: Mapping[str, list[str]]) -> Iterator[Finding]:
    """Each AZ of the subnet has one of its vSwitches in its zone."""
    reached = {str(row.get("ZoneId")) for row in here.values()}
    for az in subnet.azs:
        zones_of_az = az_zones.get(az)
        if zones_of_az and not reached & set(zones_of_az):
            yield found(
                subnet.title,
                f"az {az} is {', '.join(zones_of_az)}, but {', '.join(here)} is in "
                f"{', '.join(sorted(reached))}",
                "a vSwitch in the AZ's zone",
                "correct azs or vswitch_id, or availability_zone of the AZ",
                place=subnet.places.whole,
            )


def groups(session: Session, wanted: Wanted, known: Rows) -> Iterator[Finding]:
    """Each security group is there once, and in the VPC of the network that names it."""
    vpcs: dict[str, str] = {}
    for subnet in _own_subnets(wanted):
        ids = [id_ for id_ in subnet.properties.vswitch_id if id_ in known]
        vpc = str(known[ids[0]].get("VpcId") or "") if ids else ""
        single = subnet.properties.security_group_id
        for name in dict.fromkeys([single, *subnet.properties.security_group_ids]):
            if name:
                key = "security_group_id" if name == single else "security_group_ids"
                yield from _group(session, subnet, key, name, vpc, vpcs)
    for vm in wanted.vms:
        for name in vm.properties.security_group_ids:
            if name not in vpcs:
                yield from _group(session, vm, "security_group_ids", name, "", vpcs)


def _group(
    session: Session, block: Block, key: str, name: str, vpc: str, vpcs: dict[str, str]
) -> Iterator[Finding]:
    subject, place = f"security group {name}", block.places.at(key)
    is_new = name not in vpcs
    try:
        id_ = rooms.group_ids(session, [name], vpc).get(name, name)
        rows = session.client.listed(
            "Ecs",
            "DescribeSecurityGroups",
            {"SecurityGroupIds": json.dumps([id_])},
            "SecurityGroups",
            "SecurityGroup",
        )
    except FaultError as error:
        yield refused(subject, error, place)
        return
    except CpiError as error:  # a name that leads to none, or to several
        yield found(subject, str(error), place=place)
        return
    vpcs[name] = str(rows[0].get("VpcId") or "") if rows else ""
    if not rows:
        missing = f"it does not exist in {session.client.region}"
        yield found(subject, missing, "", f"correct {key}", place=place)
    elif vpc and vpcs[name] != vpc:
        yield found(
            subject,
            f"it is in VPC {vpcs[name]}",
            f"one in VPC {vpc}, where the vSwitch is",
            place=place,
        )
    elif is_new:
        yield Finding(subject, f"in VPC {vpcs[name]}", place=place)


def _one_of(names: list[str]) -> str:
    return f"one of {', '.join(names)}"
