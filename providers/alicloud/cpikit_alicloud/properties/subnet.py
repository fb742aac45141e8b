"""cloud_properties of a network that the Director manages: where create_network makes a vSwitch."""

# ruff: noqa: RUF009  # prop is attrs.field with what the docs say of it

from __future__ import annotations

from typing import Any

from attrs import frozen

from cpikit_alicloud.properties._field import prop


@frozen
class SubnetProperties:
    """What create_network needs beside the range."""

    vpc_id: str | None = prop("The VPC of the new vSwitch", api="CreateVSwitch VpcId")
    availability_zone: str | None = prop(
        "Its zone; without one, the zone of cpi.json", api="CreateVSwitch ZoneId"
    )
    vswitch_name: str | None = prop("Its name in the console", api="CreateVSwitch VSwitchName")
    ipv6_cidr_block: int | None = prop(
        "The last 8 bits of its IPv6 range, 0 to 255, in a VPC that has one",
        api="CreateVSwitch Ipv6CidrBlock",
    )
    security_group_ids: list[str] = prop(
        "Security groups for VMs on it; handed on in the result", factory=list
    )
    tags: dict[str, Any] = prop(
        "Its tags", api="CreateVSwitch Tag.N.Key, Tag.N.Value", factory=dict
    )
