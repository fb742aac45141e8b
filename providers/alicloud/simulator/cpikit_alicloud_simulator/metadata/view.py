"""An instance as its own metadata service sees it: filled by the ECS world for each request."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from attrs import field, frozen


@frozen
class InterfaceView:
    """One network interface. The first of an instance is its primary one."""

    mac: str
    network_interface_id: str
    primary_ip_address: str
    vswitch_id: str
    vpc_id: str
    vswitch_cidr_block: str = ""
    vpc_cidr_block: str = ""
    netmask: str = ""
    gateway: str = ""
    secondary_ipv4s: tuple[str, ...] = ()
    ipv6s: tuple[str, ...] = ()


@frozen
class InstanceView:
    """One instance. What is None or empty is absent from the tree (404).

    `user_data` holds decoded bytes. `tags` is None unless tags in metadata are enabled.
    """

    instance_id: str
    region_id: str
    zone_id: str
    owner_account_id: str
    image_id: str
    instance_type: str
    hostname: str
    interfaces: tuple[InterfaceView, ...]
    instance_name: str = ""
    serial_number: str = ""
    user_data: bytes | None = field(default=None, repr=False)
    public_keys: tuple[str, ...] = ()
    public_ipv4: str | None = None
    eip_ipv4: str | None = None
    ram_role: str | None = None
    tags: Mapping[str, str] | None = None
    spot_termination_time: datetime | None = None
    name_servers: tuple[str, ...] = ("100.100.2.136", "100.100.2.138")
    ntp_servers: tuple[str, ...] = ("ntp1.cloud.aliyuncs.com", "ntp2.cloud.aliyuncs.com")
    http_endpoint: Literal["enabled", "disabled"] = "enabled"
    http_tokens: Literal["optional", "required"] = "optional"
