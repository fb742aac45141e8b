"""The CPI at work in a simulated region as a RAM user, whose policy is enforced or written down.

Everything goes over sockets and through the official SDKs; time passes when the CPI sleeps.
"""

from __future__ import annotations

import base64
import io
import json
import random
import re
import tarfile
from collections import Counter
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from attrs import define, field, frozen

from cpikit.testing import CallFailed, InProcess, VirtualClock
from cpikit_alicloud_simulator.accounts import AccessKey
from cpikit_alicloud_simulator.policies import Policy, Statement
from cpikit_alicloud_simulator.simulator import Simulator

IMAGE = "m-policylight000000001"
BUCKET = "cpikit-policy"
ROLE = "policy-guest"
_USER = "LTAI5tDirectorOfPolicy01"
_PRODUCTS = ("ecs", "vpc", "slb", "nlb", "alb", "sts", "oss")
_IMAGE_BYTES = 300_000


class Broken(Exception):
    """What a feature was to do did not happen."""


@frozen(eq=False)
class Notes(Statement):
    """A statement that allows everything, and notes what the cloud asked it for."""

    asked: dict[str, set[str]] = field(factory=dict, kw_only=True)

    def covers(self, action: str, resource: str) -> bool:
        """Allowed, and written down."""
        self.asked.setdefault(action, set()).add(resource)
        return True


@define
class Life:
    """One world with one RAM user in it."""

    simulator: Simulator
    policy: Policy
    folder: Path
    clock: VirtualClock = field(init=False)
    vpc: str = field(init=False)
    vswitches: tuple[str, ...] = field(init=False)
    group: str = field(init=False)
    _secret: str = field(init=False)
    _count: int = field(default=0, init=False)
    _before: Counter[str] = field(init=False)

    def __attrs_post_init__(self) -> None:
        """A fresh world with a VPC, two vSwitches and what else VMs name."""
        region = self.simulator.world.region_id
        role = {"kind": "ram_role", "id": ROLE, "name": ROLE}
        self.simulator.reset(
            {
                "buckets": [{"name": BUCKET, "region": region}],
                "knobs": {"sts.assume_role_with_the_accounts_own_key": "allow"},
                "resources": [
                    {"kind": "image", "id": IMAGE, "state": "Available", "size_gib": 3},
                    {"kind": "keypair", "id": "policy", "name": "policy"},
                    {**role, "trusts": ["ecs.aliyuncs.com", self.simulator.account.account_id]},
                ],
            }
        )
        self.clock = VirtualClock(on_sleep=self.simulator.clock.sleep)
        self._secret = f"secret of {_USER}"
        self.simulator.world.accounts.add_key(
            AccessKey(
                id=_USER,
                secret=self._secret,
                account_id=self.simulator.account.account_id,
                principal="user/director",
                policies=(self.policy,),
            )
        )
        zones = self.simulator.world.regions[region].zones[:2]
        self.vpc = self.ask("Vpc", "CreateVpc", CidrBlock="10.0.0.0/16", EnableIpv6="true")["VpcId"]
        self.vswitches = tuple(
            self.ask(
                "Vpc",
                "CreateVSwitch",
                VpcId=self.vpc,
                ZoneId=zone,
                CidrBlock=f"10.0.{number}.0/24",
                Ipv6CidrBlock=str(number),
            )["VSwitchId"]
            for number, zone in enumerate(zones)
        )
        self.group = self.ask("Ecs", "CreateSecurityGroup", VpcId=self.vpc,
                              SecurityGroupName="policy")["SecurityGroupId"]  # fmt: skip
        self._before = self.inventory()

    @property
    def zone(self) -> str:
        """The first vSwitch's zone."""
        return self.simulator.world.regions[self.simulator.world.region_id].zones[0]

    def ask(self, product: str, action: str, **parameters: Any) -> dict[str, Any]:
        """Call the cloud as the account itself, and let what it began come to its end."""
        region = {"RegionId": self.simulator.world.region_id}
        answer = self.simulator.ask(product, action, **{**region, **parameters})
        self.clock.sleep(120)
        return answer

    def section(self, **more: Any) -> dict[str, Any]:
        """The provider's section of cpi.json, for the RAM user."""
        return {
            "region": self.simulator.world.region_id,
            "availability_zone": self.zone,
            "access_key_id": _USER,
            "access_key_secret": self._secret,
            "oss_bucket": BUCKET,
            "upload_part_mib": 0.125,
            "unknown_properties": "fail",
            **{f"{product}_endpoint": self.simulator.endpoint for product in _PRODUCTS},
            **more,
        }

    def call(self, method: str, *arguments: Any, **section: Any) -> Any:
        """The result of a new process of the CPI. Raises CallFailed."""
        self._count += 1
        given = self.section(**section)
        context = {"request_id": f"cpi-{self._count:06d}"}
        cpi = InProcess("alicloud", given, clock=self.clock, context=context)
        return cpi.call(method, *arguments)

    def expect(self, method: str, *arguments: Any, wanted: Any) -> None:
        """A call has this result. Raises Broken."""
        found = self.call(method, *arguments)
        if found != wanted:
            raise Broken(f"{method} answered {found!r}, wanted {wanted!r}")

    def refused(self, words: str, method: str, *arguments: Any, **section: Any) -> None:
        """A call fails, and says this. Raises Broken."""
        try:
            found = self.call(method, *arguments, **section)
        except CallFailed as failed:
            if not re.search(words, failed.message):
                raise Broken(f"{method} said {failed.message!r}, wanted {words!r}") from failed
            return
        raise Broken(f"{method} answered {found!r}, wanted an error with {words!r}")

    def vm(
        self,
        more: Mapping[str, Any] | None = None,
        *,
        agent: str = "",
        zone: str | None = None,
        **networks: Any,
    ) -> str:
        """The id of a new VM, or of one that an agent has already."""
        properties = {
            "instance_type": "ecs.g6.xlarge",
            "key_pair_name": "policy",
            "system_disk": {"category": "cloud_essd"},
            "ephemeral_disk": "none",
            **(more or {}),
        }
        given = {"net": self.network("10.0.0.10"), **networks}
        agent = agent or f"agent-{self._count}"
        section = {"availability_zone": self.zone if zone is None else zone}
        made = self.call("create_vm", agent, IMAGE, properties, given, [], {}, **section)
        return str(made[0])

    def foreign_vm(self) -> str:
        """The id of a VM as the Go CPI made them: without marks, its settings name its disk."""
        made = self.ask(
            "Ecs",
            "RunInstances",
            **{
                "ImageId": IMAGE,
                "InstanceType": "ecs.g6.xlarge",
                "VSwitchId": self.vswitches[0],
                "SecurityGroupId": self.group,
                "SystemDisk.Category": "cloud_essd",
                "DataDisk.1.Size": "20",
                "DataDisk.1.Category": "cloud_essd",
                "DataDisk.1.DeleteWithInstance": "true",
            },
        )
        cid = str(made["InstanceIdSets"]["InstanceIdSet"][0])
        rows = self.ask("Ecs", "DescribeDisks", InstanceId=cid)["Disks"]["Disk"]
        disk = next(row["DiskId"] for row in rows if row["Type"] == "data")
        path = f"/dev/disk/by-id/virtio-{disk.removeprefix('d-')}"
        settings = {"agent_id": "old", "disks": {"ephemeral": path, "persistent": {}}}
        text = base64.b64encode(json.dumps(settings).encode()).decode()
        self.ask("Ecs", "ModifyInstanceAttribute", InstanceId=cid, UserData=text)
        return cid

    def ipv6_prefix(self) -> str:
        """A prefix of 80 bits in the first vSwitch."""
        row = self.ask("Vpc", "DescribeVSwitches", VSwitchId=self.vswitches[0])
        block = row["VSwitches"]["VSwitch"][0]["Ipv6CidrBlock"]
        return str(ip_network(block).network_address + (1 << 48))

    def furnished(self) -> None:
        """What is there by now was put there, and may stay."""
        self._before = self.inventory()

    def network(self, ip: str = "", *groups: str) -> dict[str, Any]:
        """A manual network, or without an address a dynamic one."""
        network: dict[str, Any] = {
            "type": "manual" if ip else "dynamic",
            "cloud_properties": {
                "vswitch_id": self.vswitches[0],
                "security_group_ids": list(groups) or [self.group],
            },
        }
        if ip:
            network |= {"ip": ip, "netmask": "255.255.255.0", "gateway": "10.0.0.1"}
        return network

    def inventory(self) -> Counter[str]:
        """How many resources there are, by kind."""
        return Counter(str(row["kind"]) for row in self.simulator.control.inventory())

    def leave(self) -> None:
        """Nothing more may be there than at first. Raises Broken."""
        self.clock.sleep(600)
        left = self.inventory() - self._before
        if left:
            raise Broken(f"it left {dict(left)}")

    def heavy(self) -> str:
        """The file of a heavy stemcell."""
        path = self.folder / "image"
        data = random.Random(1).randbytes(_IMAGE_BYTES)  # noqa: S311  # no secret
        with tarfile.open(path, "w:gz") as archive:
            member = tarfile.TarInfo("root.img")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
        return str(path)
