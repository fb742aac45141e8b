"""The tree under `/latest/meta-data/` and the identity document, from an instance's view."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TypeAlias

from cpikit_alicloud_simulator.metadata.view import InstanceView, InterfaceView

Leaf: TypeAlias = "str | Callable[[], str]"
"""Text, or what makes it when it is asked for (credentials are issued on demand)."""
Tree: TypeAlias = "Mapping[str, Leaf | Tree]"


def meta_data(view: InstanceView, credentials: Callable[[], str]) -> Tree:
    """Give the tree. Names: ECS user guide, "Instance metadata items"."""
    primary = view.interfaces[0] if view.interfaces else None
    flat: dict[str, Leaf | Tree] = {
        "hostname": view.hostname,
        "image-id": view.image_id,
        "instance-id": view.instance_id,
        "owner-account-id": view.owner_account_id,
        "region-id": view.region_id,
        "zone-id": view.zone_id,
        "serial-number": view.serial_number,
        "public-ipv4": view.public_ipv4 or "",
        "eipv4": view.eip_ipv4 or "",
        "network-type": "vpc",
        **(_primary(primary) if primary else {}),
        "dns-conf": {"nameservers": "\n".join(view.name_servers)},
        "ntp-conf": {"ntp-servers": "\n".join(view.ntp_servers)},
        "instance": _instance(view),
        "network": {"interfaces": {"macs": {i.mac: _interface(i) for i in view.interfaces}}},
        "public-keys": {str(at): {"openssh-key": k} for at, k in enumerate(view.public_keys)},
        "ram": {"security-credentials": {view.ram_role: credentials} if view.ram_role else {}},
    }
    return _pruned(flat)


def _primary(interface: InterfaceView) -> dict[str, Leaf | Tree]:
    return {
        "mac": interface.mac,
        "private-ipv4": interface.primary_ip_address,
        "vpc-id": interface.vpc_id,
        "vpc-cidr-block": interface.vpc_cidr_block,
        "vswitch-id": interface.vswitch_id,
        "vswitch-cidr-block": interface.vswitch_cidr_block,
        "sub-private-ipv4-list": "\n".join(interface.secondary_ipv4s),
    }


def _instance(view: InstanceView) -> Tree:
    spot: Tree = {}
    if view.spot_termination_time:
        spot = {"termination-time": utc_text(view.spot_termination_time)}
    return {
        "instance-type": view.instance_type,
        "instance-name": view.instance_name,
        "spot": spot,
        "tags": dict(view.tags or {}),
    }


def _interface(interface: InterfaceView) -> Tree:
    addresses = [interface.primary_ip_address, *interface.secondary_ipv4s]
    return {
        "network-interface-id": interface.network_interface_id,
        "primary-ip-address": interface.primary_ip_address,
        "private-ipv4s": json.dumps(addresses),
        "netmask": interface.netmask,
        "gateway": interface.gateway,
        "vswitch-id": interface.vswitch_id,
        "vswitch-cidr-block": interface.vswitch_cidr_block,
        "vpc-id": interface.vpc_id,
        "vpc-cidr-block": interface.vpc_cidr_block,
        "ipv6s": json.dumps(list(interface.ipv6s)) if interface.ipv6s else "",
    }


def _pruned(tree: Tree) -> Tree:
    """Leave out what has no value, and the folders that are empty then."""
    kept: dict[str, Leaf | Tree] = {}
    for name, node in tree.items():
        value = _pruned(node) if isinstance(node, Mapping) else node
        if value:
            kept[name] = value
    return kept


def found(tree: Tree, path: list[str]) -> str | None:
    """Give the text at a path, or a folder's names (one a line, folders with a slash)."""
    node: Leaf | Tree = tree
    for place, name in enumerate(path):
        if name == "" and place == len(path) - 1 and isinstance(node, Mapping):
            break
        if not isinstance(node, Mapping) or name not in node:
            return None
        node = node[name]
    if isinstance(node, Mapping):
        return "\n".join(_listed(name, node[name]) for name in sorted(node))
    return node if isinstance(node, str) else node()


def _listed(name: str, node: Leaf | Tree) -> str:
    return f"{name}/" if isinstance(node, Mapping) else name


def identity_document(view: InstanceView) -> str:
    """Give `/latest/dynamic/instance-identity/document`."""
    primary = view.interfaces[0] if view.interfaces else None
    document = {
        "zone-id": view.zone_id,
        "serial-number": view.serial_number,
        "instance-id": view.instance_id,
        "region-id": view.region_id,
        "private-ipv4": primary.primary_ip_address if primary else "",
        "owner-account-id": view.owner_account_id,
        "mac": primary.mac if primary else "",
        "image-id": view.image_id,
        "instance-type": view.instance_type,
    }
    return json.dumps(document, separators=(",", ":"))


def utc_text(moment: datetime) -> str:
    """Give a time as metadata writes it: UTC, whole seconds, Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
