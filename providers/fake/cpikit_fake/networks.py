"""create_vm's networks as the cloud's NICs and addresses, and back."""

from __future__ import annotations

import os

from cpikit.errors import CpiError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cpikit.types import Network
    from cpikit_fake.properties.vm import NetworkProperties

    Networks = Mapping[str, Network[NetworkProperties]]

_TYPES = ("manual", "dynamic", "vip")


class Layout:
    """`nics` and `vips` as CreateServer wants them; `macs` where the agent has to tell NICs apart.

    Networks of one `nic_group` share a NIC, others have their own, vips have none. Raises CpiError
    with everything in the networks that cannot be.
    """

    def __init__(self, networks: Networks) -> None:
        self._networks = networks
        problems = [text for name, network in networks.items() for text in _wrong(name, network)]
        if problems:
            raise CpiError(f"create_vm: {'; '.join(problems)}")
        self.vips = [str(one.ip) for one in networks.values() if one.type == "vip"]
        groups: dict[str, list[str]] = {}
        for name, network in networks.items():
            if network.type != "vip":
                key = f"group {network.nic_group}" if network.nic_group else f"network {name}"
                groups.setdefault(key, []).append(name)
        self.nics: list[dict[str, Any]] = []
        self.macs: dict[str, str] = {}
        for names in groups.values():
            mac = _new_mac()
            self.nics.append({"mac": mac, "addresses": [self._address(name) for name in names]})
            if len(groups) > 1:
                self.macs.update(dict.fromkeys(names, mac))

    def addresses(self) -> list[str]:
        """What was asked for by name, vips included."""
        named = [str(one.ip) for one in self._networks.values() if one.type == "manual"]
        return [*named, *self.vips]

    def echo(self, server: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
        """The networks as create_vm answers them, with the addresses that became real."""
        real = {
            address["network"]: address["ip"]
            for nic in server["nics"]
            for address in nic["addresses"]
        }
        return {name: one.echo(ip=real.get(name)) for name, one in self._networks.items()}

    def _address(self, name: str) -> dict[str, Any]:
        network = self._networks[name]
        return {
            "network": name,
            "ip": network.ip if network.type == "manual" else None,
            "prefix": network.prefix,
            "subnet": network.cloud_properties.subnet,
        }


def _wrong(name: str, network: Network[NetworkProperties]) -> list[str]:
    place = f"$.arguments[3].{name}"
    if network.type not in _TYPES:
        return [f"{place}.type: wanted {', '.join(_TYPES)}, found {network.type!r}"]
    if network.type == "dynamic":
        return []
    if not network.ip:
        return [f"{place}.ip: required, not set"]
    if not _is_address(network.ip):
        return [f"{place}.ip: wanted an IP address, found {network.ip!r}"]
    return []


def _is_address(text: str) -> bool:
    if ":" in text:
        from ipaddress import IPv6Address  # 2 ms, for these alone

        try:
            IPv6Address(text)
        except ValueError:
            return False
        return True
    parts = text.split(".")
    return len(parts) == 4 and all(  # noqa: PLR2004  # IPv4
        part.isascii() and part.isdigit() and int(part) < 256 and str(int(part)) == part  # noqa: PLR2004  # a byte
        for part in parts
    )


def _new_mac() -> str:
    """A locally administered unicast address (IEEE 802: the second-lowest bit of byte one)."""
    return ":".join(f"{byte:02x}" for byte in b"\x02" + os.urandom(5))
