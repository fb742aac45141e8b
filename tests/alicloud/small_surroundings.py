"""What surrounds the instances of the small cloud: EIPs and the groups of load balancers."""

from __future__ import annotations

import json
from typing import Any

from attrs import define, field

from tests.alicloud.small_parts import MANUAL


@define(eq=False, slots=False)
class Surroundings:
    """EIPs and disks by id, and who is in which group: product, group, server, port."""

    eips: dict[str, dict[str, Any]] = field(factory=dict)
    disks: dict[str, dict[str, Any]] = field(factory=dict)
    members: set[tuple[str, str, str, str]] = field(factory=set)

    def shown(self) -> list[dict[str, Any]]:
        """The instances that exist, as DescribeInstances shows them."""
        raise NotImplementedError

    def vip(self, **state: str) -> dict[str, Any]:
        """The usual networks and a vip, whose EIP is in this state."""
        self.eips["eip-1"] = {"AllocationId": "eip-1", "IpAddress": "203.0.113.5", **state}
        return {**MANUAL, "vip": {"type": "vip", "ip": "203.0.113.5", "cloud_properties": {}}}

    def sell(self, type_id: str, *, cpus: int, gib: float) -> None:
        """Sell this one type of instance, though none is in stock."""
        row = {"InstanceTypeId": type_id, "CpuCoreCount": cpus, "MemorySize": gib}
        sold = {"SupportedResource": [{"Value": type_id, "Status": "SoldOut"}]}
        zone = {"AvailableResources": {"AvailableResource": [{"SupportedResources": sold}]}}
        answers = {
            "do_DescribeInstanceTypes": {"InstanceTypes": {"InstanceType": [row]}},
            "do_DescribeAvailableResource": {"AvailableZones": {"AvailableZone": [zone]}},
        }
        for name, answer in answers.items():
            setattr(self, name, lambda _given, answer=answer: answer)

    def do_ModifyDiskAttribute(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        self.disks[given["DiskId"]]["DeleteWithInstance"] = given["DeleteWithInstance"] == "true"
        return {}

    def do_DescribeNetworkInterfaces(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        rows = []
        for one in self.shown():
            for nic in one["NetworkInterfaces"]["NetworkInterface"]:
                asked = (
                    given.get("NetworkInterfaceId.1") == nic["NetworkInterfaceId"],
                    given.get("PrivateIpAddress.1") == nic["PrimaryIpAddress"],
                    given.get("InstanceId") == one["InstanceId"],
                )
                if any(asked):
                    more = {"PrivateIpAddress": nic["PrimaryIpAddress"], "Status": "InUse"}
                    rows.append({**nic, **more, "InstanceId": one["InstanceId"]})
        return {"NetworkInterfaceSets": {"NetworkInterfaceSet": rows}}

    def do_DescribeEipAddresses(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        wanted = given.get("EipAddress"), given.get("AllocationId")
        rows = [r for r in self.eips.values() if r["IpAddress"] == wanted[0]]
        rows += [r for r in self.eips.values() if r["AllocationId"] == wanted[1]]
        return {"EipAddresses": {"EipAddress": rows}, "TotalCount": len(rows)}

    def do_AssociateEipAddress(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        row = self.eips[given["AllocationId"]]
        row.update(InstanceId=given["InstanceId"], Status="InUse")
        return {}

    def do_UnassociateEipAddress(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        self.eips[given["AllocationId"]].update(InstanceId="", Status="Available")
        return {}

    def _servers(self, given: dict[str, str], group: str) -> set[tuple[str, str, str, str]]:
        return {
            ("Slb", given[group], one["ServerId"], one.get("Port", "0"))
            for one in json.loads(given["BackendServers"])
        }

    def backends(self, group: str) -> dict[str, Any]:
        rows = [
            {"ServerId": server, "Port": int(port)}
            for _, one, server, port in sorted(self.members)
            if one == group
        ]
        return {"BackendServers": {"BackendServer": rows}}

    def do_AddBackendServers(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        self.members |= self._servers(given, "LoadBalancerId")
        return self.backends(given["LoadBalancerId"])

    def do_DescribeLoadBalancerAttribute(  # noqa: N802  # wire name
        self, given: dict[str, str]
    ) -> dict[str, Any]:
        return self.backends(given["LoadBalancerId"])

    def do_RemoveBackendServers(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        self.members -= self._servers(given, "LoadBalancerId")
        return self.backends(given["LoadBalancerId"])

    def do_AddVServerGroupBackendServers(  # noqa: N802  # wire name
        self, given: dict[str, str]
    ) -> dict[str, Any]:
        self.members |= self._servers(given, "VServerGroupId")
        return self.backends(given["VServerGroupId"])

    def do_RemoveVServerGroupBackendServers(  # noqa: N802  # wire name
        self, given: dict[str, str]
    ) -> dict[str, Any]:
        self.members -= self._servers(given, "VServerGroupId")
        return self.backends(given["VServerGroupId"])

    def do_AddServersToServerGroup(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        self.members.add(
            ("New", given["ServerGroupId"], given["Servers.1.ServerId"], given["Servers.1.Port"])
        )
        return {"JobId": "job"}

    def do_RemoveServersFromServerGroup(  # noqa: N802  # wire name
        self, given: dict[str, str]
    ) -> dict[str, Any]:
        self.members.discard(
            ("New", given["ServerGroupId"], given["Servers.1.ServerId"], given["Servers.1.Port"])
        )
        return {"JobId": "job"}

    def do_ListServerGroupServers(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        rows = [
            {"ServerGroupId": group, "ServerId": server, "Port": int(port), "Status": "Available"}
            for kind, group, server, port in sorted(self.members)
            if kind == "New"
            and server == given["ServerIds.1"]
            and group == given.get("ServerGroupId", group)
        ]
        return {"Servers": rows}
