"""The CPI on the simulator in this process: in virtual time and without sockets.

The official SDK and real sockets have tests of their own; here every call goes straight to the
simulator's `ask`, so that thousands of troubled lives fit into a minute.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from email.utils import format_datetime
from typing import Any

from attrs import frozen

from cpikit.testing import InProcess, VirtualClock
from cpikit_alicloud import client
from cpikit_alicloud.provider import PROVIDER
from cpikit_alicloud.refusals import AnswerLost, Refused
from cpikit_alicloud_simulator.simulator import Simulator
from cpikit_alicloud_simulator.wire import ApiError
from tests.alicloud.troubled import Killed, TroubledWire

IMAGE = "m-thestemcell"
WORLD: Mapping[str, Any] = {
    "resources": [{"kind": "image", "id": IMAGE, "state": "Available", "size_gib": 3}]
}
ESSD = {"category": "cloud_essd"}
VM = {
    "instance_type": "ecs.g6.large",
    "system_disk": ESSD,
    "ephemeral_disk": {"size": 20480, **ESSD},
}
ENV = {"bosh": {"mbus": {"cert": {"private_key": "canary-of-the-env"}}, "unknown": {"kept": [1]}}}


class SimulatedWire:
    """Stands in the place of client.SdkWire."""

    def __init__(self, simulator: Simulator) -> None:
        self._simulator = simulator

    @property
    def date(self) -> str:
        """The world's time, as every answer of the simulator carries it."""
        return format_datetime(self._simulator.clock.now(), usegmt=True)

    def send(
        self,
        keys: Any,
        product: str,
        action: str,
        parameters: Mapping[str, str],
        *,
        is_read: bool,
    ) -> dict[str, Any]:
        """Answer one call."""
        try:
            given: dict[str, Any] = dict(parameters)
            key = self._simulator.world.accounts.find(keys.id)
            return self._simulator.ask(product, action, key, **given)
        except ApiError as error:
            refused = Refused(error.code, error.message, status=error.status, request_id="R")
            refused.product = product
            raise refused from error
        except ConnectionError as error:
            raise AnswerLost(f"{action}: {error}") from error


@frozen
class Place:
    """Where VMs of the tests live."""

    vpc: str
    vswitches: tuple[str, ...]
    zones: tuple[str, ...]
    group: str

    def networks(self, ip: str | None = "10.0.0.10", **more: Any) -> dict[str, Any]:
        """One network, manual with this address, or dynamic."""
        network = {
            "type": "manual" if ip else "dynamic",
            "default": ["dns", "gateway"],
            "dns": ["10.0.0.2"],
            "cloud_properties": {
                "vswitch_id": self.vswitches[0],
                "security_group_ids": [self.group],
            },
            **more,
        }
        if ip:
            network |= {"ip": ip, "netmask": "255.255.255.0", "gateway": "10.0.0.1"}
        return {"net": network}


class Simulated:
    """One world, and processes of the CPI in it, in whatever trouble."""

    def __init__(
        self,
        monkeypatch: Any,
        *,
        profile: Any = "typical",
        knobs: Mapping[str, Any] | None = None,
        **sections: Any,
    ) -> None:
        world = {**WORLD, "knobs": dict(knobs or {}), **sections}
        self.simulator = Simulator(time="virtual", profile=profile, world=world)
        self.clock = VirtualClock(on_sleep=self.simulator.clock.sleep)
        self.wire = TroubledWire(SimulatedWire(self.simulator))
        self.count = 0
        self.log: list[str] = []
        self.groups: list[tuple[str, str, str, str]] = []  # whose members a sweep looks at
        self.place = self._furnished()
        monkeypatch.setattr(client, "SdkWire", lambda _config: self.wire)

    def call(
        self,
        method: str,
        *arguments: Any,
        sections: Mapping[str, Any] | None = None,
        context: Mapping[str, Any] | None = None,
        **section: Any,
    ) -> dict[str, Any]:
        """The response of a new process, or one that says that it was killed."""
        self.count += 1
        key = self.simulator.account
        given = {
            "region": self.simulator.world.region_id,
            "access_key_id": key.id,
            "access_key_secret": key.secret,
            **section,
        }
        cpi = InProcess(
            PROVIDER,
            given,
            clock=self.clock,
            sections=sections,
            context={"request_id": f"cpi-{self.count:06d}", **(context or {})},
        )
        cpi.log = self.log
        try:
            answer = cpi.respond(method, *arguments)
        except Killed:
            answer = {"result": None, "error": {"message": "killed", "ok_to_retry": False}}
        journal = self.simulator.desk.journal
        assert not journal.unserved, "an action that the simulator does not serve"
        assert not journal.defects, journal.defects
        return answer

    def result(self, method: str, *arguments: Any, **section: Any) -> Any:
        """The result of a call that succeeds."""
        answer = self.call(method, *arguments, **section)
        assert answer["error"] is None, answer["error"]
        return answer["result"]

    def create(
        self, agent: str = "agent-1", more: Mapping[str, Any] | None = None, **given: Any
    ) -> dict[str, Any]:
        """A create_vm."""
        networks = given.pop("networks", None) or self.place.networks()
        properties = {**VM, **(more or {})}
        env = given.pop("env", ENV)
        return self.call("create_vm", agent, IMAGE, properties, networks, [], env, **given)

    def ask(self, product: str, action: str, **parameters: Any) -> dict[str, Any]:
        """Call the cloud as an operator would."""
        region = {"RegionId": self.simulator.world.region_id}
        return self.simulator.ask(product, action, **{**region, **parameters})

    def refused(self, method: str, *arguments: Any, **section: Any) -> dict[str, Any]:
        """The error of a call that fails."""
        answer = self.call(method, *arguments, **section)
        assert answer["error"] is not None, answer["result"]
        error: dict[str, Any] = answer["error"]
        return error

    def made(
        self, more: Mapping[str, Any] | None = None, agent: str = "agent-1", **given: Any
    ) -> str:
        """The CID of a VM that was made without an error."""
        answer = self.create(agent, more, **given)
        assert answer["error"] is None, answer["error"]
        return str(answer["result"][0])

    def settings(self, cid: str) -> dict[str, Any]:
        """What the VM's agent reads."""
        found: dict[str, Any] = json.loads(self.simulator.control.user_data(cid))
        return found

    def vm(self, cid: str) -> dict[str, Any]:
        """The VM's row of DescribeInstances; empty for none."""
        rows = self.ask("Ecs", "DescribeInstances", InstanceIds=json.dumps([cid]))
        return dict(*rows["Instances"]["Instance"])

    def disk(self, cid: str) -> dict[str, Any]:
        """The disk's row of DescribeDisks; empty for none."""
        return dict(*self.ask("Ecs", "DescribeDisks", DiskIds=json.dumps([cid]))["Disks"]["Disk"])

    def sent(self, action: str) -> dict[str, Any]:
        """The parameters of the last call of an action."""
        found = [
            one for one in self.simulator.control.requests(limit=1000) if one["name"] == action
        ]
        parameters: dict[str, Any] = found[-1]["parameters"]
        return parameters

    def trouble(self, kind: str, nth: int) -> None:
        """Trouble at the nth call of the next process."""
        self.wire = TroubledWire(SimulatedWire(self.simulator), trouble=kind, nth=nth)

    def calm(self) -> None:
        """No trouble from here on; whoever was killed is another process now."""
        self.trouble("", 0)

    def alive(self, kind: str = "instance") -> list[str]:
        """The ids of what exists of a kind."""
        rows = self.simulator.control.inventory()
        return [row["id"] for row in rows if row["kind"] == kind]

    def counted(self, since: int) -> list[str]:
        """The calls since a mark, polls left out."""
        calls = self.simulator.control.calls(since)
        return [call["name"] for call in calls if not call["repeated"]]

    def _furnished(self) -> Place:
        """A VPC with two vSwitches in two zones, and a security group."""
        zones = self.simulator.world.regions[self.simulator.world.region_id].zones[:2]
        vpc = self.ask("Vpc", "CreateVpc", CidrBlock="10.0.0.0/16")["VpcId"]
        self.clock.sleep(60)
        vswitches = [
            self.ask(
                "Vpc", "CreateVSwitch", VpcId=vpc, ZoneId=zone, CidrBlock=f"10.0.{number}.0/24"
            )["VSwitchId"]
            for number, zone in enumerate(zones)
        ]
        group = self.ask("Ecs", "CreateSecurityGroup", VpcId=vpc)["SecurityGroupId"]
        self.clock.sleep(60)
        return Place(vpc, tuple(vswitches), tuple(zones), group)


def knobs_off_default() -> list[tuple[str, Any]]:
    """Each knob with each of its other values."""
    return [
        (knob["name"], value)
        for knob in Simulator().control.knobs()
        for value in knob["values"]
        if value != knob["default"] and knob["name"].startswith(("ecs.", "vpc."))
    ]
