"""cloud_properties of a network: the vSwitches it may use, and its security groups."""

# ruff: noqa: RUF009  # prop is attrs.field with what the docs say of it

from __future__ import annotations

from attrs import frozen

from cpikit_alicloud.properties._field import prop
from cpikit_alicloud.properties.lenient import Texts


@frozen
class NetworkProperties:
    """One subnet of a manual or dynamic network. A vip network needs none of these."""

    vswitch_id: Texts = prop(
        "The vSwitch, or a list: the first one that fits is used, by zone and, for a manual "
        "address, by range",
        api="RunInstances NetworkInterface.N.VSwitchId",
        factory=list,
    )
    security_group_id: str | None = prop(
        "The first security group of interfaces on this network",
        api="RunInstances SecurityGroupIds.1",
    )
    security_group_ids: list[str] = prop(
        "Security groups of interfaces on this network, ids or names; a VM's own list replaces it",
        api="RunInstances SecurityGroupIds.N",
        factory=list,
    )
    internet_charge_type: str | None = prop(
        "Accepted and without effect, as it always was: addresses of the Internet come from EIPs",
        deprecated=True,
    )
