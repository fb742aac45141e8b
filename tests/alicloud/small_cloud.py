"""A small cloud in memory, for what only a scripted one can show: it stands in the wire's place.

The simulator is the judge of behaviour; this one is for orders of calls, and for races that have to
happen at an exact call.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, Self

from attrs import define, field

from cpikit.testing import InProcess, VirtualClock
from cpikit_alicloud.provider import PROVIDER
from cpikit_alicloud.refusals import AnswerLost, Refused
from tests.alicloud.small_parts import ENV, MANUAL, NETWORK, SECTION, VM, Instance, interfaces_of
from tests.alicloud.small_surroundings import Surroundings

__all__ = ["ENV", "MANUAL", "NETWORK", "SECTION", "VM", "SmallCloud"]


def tags_in(given: Mapping[str, str]) -> dict[str, str]:
    """The tags of a call."""
    keys = [key for key in given if re.fullmatch(r"Tag\.\d+\.Key", key)]
    return {given[key]: given.get(key.replace("Key", "Value"), "") for key in keys}


@define(eq=False, slots=False)
class SmallCloud(Surroundings):
    """Instances with their disks and interfaces, EIPs, and groups; and rules about single calls."""

    clock: VirtualClock = field(factory=VirtualClock)
    calls: list[tuple[str, dict[str, str]]] = field(factory=list)
    instances: dict[str, Instance] = field(factory=dict)
    nvme: str = "unsupported"
    refuses_user_data_unless_stopped: bool = False
    visibility_s: float = 0.0
    rules: dict[str, list[Callable[[], object]]] = field(factory=dict)
    tokens: dict[str, str] = field(factory=dict)
    count: int = 0
    date: str = ""

    def wired(self, monkeypatch: Any) -> Self:
        """This cloud, in the place of the SDK's wire."""
        monkeypatch.setattr("cpikit_alicloud.client.SdkWire", lambda *_: self)
        return self

    def cpi(self, **section: object) -> InProcess:
        """The CPI on this cloud."""
        return InProcess(PROVIDER, {**SECTION, **section}, clock=self.clock)

    def send(
        self,
        _keys: object,
        product: str,
        action: str,
        parameters: Mapping[str, str],
        *,
        is_read: bool,
    ) -> dict[str, Any]:
        """Answer one call, after what its rules do."""
        given = dict(parameters)
        self.calls.append((action, given))
        pending = self.rules.get(action) or []
        rule = pending.pop(0) if pending else None
        if rule is not None:
            try:
                found = rule()
            except Refused as error:
                error.product = product
                raise
            if found == "lose":
                getattr(self, f"do_{action}")(given)
                raise AnswerLost(f"{action}: no answer came")
        try:
            answer: dict[str, Any] = getattr(self, f"do_{action}")(given)
        except Refused as error:
            error.product = product
            raise
        return {"RequestId": "REQUEST", **answer}

    def refuse(self, action: str, code: str, status: int = 403, times: int = 1) -> None:
        """Let the next calls of this action fail."""

        def rule() -> None:
            raise Refused(code, "as the test wants", status=status, request_id="R-1")

        self.rules.setdefault(action, []).extend([rule] * times)

    def then(self, action: str, *rules: Callable[[], object]) -> None:
        """Do these things at the next calls of this action, one each."""
        self.rules.setdefault(action, []).extend(rules)

    def names(self) -> list[str]:
        """The actions called so far."""
        return [name for name, _ in self.calls]

    def counted(self) -> list[str]:
        """The actions, one wait counted once: equal reads since the last write are its polls."""
        found: list[str] = []
        seen: set[tuple[str, str]] = set()
        for name, given in self.calls:
            if not name.startswith(("Describe", "List")):
                seen.clear()
            key = (name, json.dumps(given, sort_keys=True))
            if key not in seen:
                found.append(name)
            seen.add(key)
        return found

    def settings(self, vm_cid: str) -> dict[str, Any]:
        """What the agent of this VM reads."""
        from base64 import b64decode

        found: dict[str, Any] = json.loads(b64decode(self.instances[vm_cid].user_data))
        return found

    def launch(self, vm_cid: str = "", **parameters: str) -> Instance:
        """An instance, as somebody else makes it."""
        self.count += 1
        made = Instance(
            vm_cid or f"i-{self.count:018d}",
            parameters,
            self.clock.elapsed_s,
            tags_in(parameters),
            parameters.get("UserData", ""),
            visible_s=self.clock.elapsed_s + self.visibility_s,
        )
        self.instances[made.id] = made
        self._add_disk(made, "system")
        if "DataDisk.1.Size" in parameters:
            self._add_disk(made, "data", parameters.get("DataDisk.1.DiskName", ""))
        return made

    def _add_disk(self, made: Instance, kind: str, name: str = "") -> None:
        id_ = f"d-{kind}{len(self.disks):014d}"
        self.disks[id_] = {
            "DiskId": id_,
            "SerialNumber": id_[2:],
            "Type": kind,
            "DiskName": name,
            "InstanceId": made.id,
            "DeleteWithInstance": True,
            "Status": "In_use",
            "ZoneId": "eu-central-1a",
        }

    def status(self, one: Instance) -> str:
        """Its state now, "" when it is gone."""
        now = self.clock.elapsed_s
        if one.deleted_s is not None:
            return "Stopping" if now < one.deleted_s + 4 else ""
        if one.stopped_s is not None:
            return "Stopping" if now < one.stopped_s + 3 else "Stopped"
        age = now - one.made_s
        return "Pending" if age < 3 else "Starting" if age < one.boots_s else "Running"

    def alive(self) -> list[str]:
        """The ids of those that are not gone."""
        return [one.id for one in self.instances.values() if self.status(one)]

    def row(self, one: Instance) -> dict[str, Any]:
        """As DescribeInstances shows it."""
        nics = interfaces_of(one)
        ip = nics[0]["PrimaryIpAddress"]
        return {
            "InstanceId": one.id,
            "Status": self.status(one),
            "InstanceType": one.parameters.get("InstanceType"),
            "ZoneId": "eu-central-1a",
            "ImageId": one.parameters.get("ImageId"),
            "CreationTime": "2023-11-14T22:13Z",
            "Tags": {"Tag": [{"TagKey": k, "TagValue": v} for k, v in one.tags.items()]},
            "VpcAttributes": {"PrivateIpAddress": {"IpAddress": [ip]}, "VSwitchId": "vsw-1"},
            "NetworkInterfaces": {"NetworkInterface": nics},
        }

    def shown(self) -> list[dict[str, Any]]:
        """The instances that exist."""
        return [self.row(self.instances[id_]) for id_ in self.alive()]

    def needed(self, vm_cid: str) -> Instance:
        """The instance, or the error of a missing one."""
        one = self.instances.get(vm_cid)
        if one is None or not self.status(one):
            raise Refused("InvalidInstanceId.NotFound", "no such instance", status=404)
        return one

    def do_RunInstances(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802  # wire name
        token = given["ClientToken"]
        if token not in self.tokens:
            ip = given.get("PrivateIpAddress")
            held = [self.row(self.instances[i]) for i in self.alive()]
            if ip and any(ip in r["VpcAttributes"]["PrivateIpAddress"]["IpAddress"] for r in held):
                raise Refused("InvalidPrivateIpAddress.Duplicated", "in use", status=400)
            self.tokens[token] = self.launch(**given).id
        return {"InstanceIdSets": {"InstanceIdSet": [self.tokens[token]]}}

    def do_DescribeInstances(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        ids = json.loads(given["InstanceIds"]) if "InstanceIds" in given else None
        wanted = {
            given[f"Tag.{n}.Key"]: given[f"Tag.{n}.Value"]
            for n in (1, 2)
            if f"Tag.{n}.Key" in given
        }
        rows = [
            self.row(one)
            for one in self.instances.values()
            if self.status(one)
            and one.visible_s <= self.clock.elapsed_s
            and (ids is None or one.id in ids)
            and all(one.tags.get(key) == value for key, value in wanted.items())
        ]
        return {"Instances": {"Instance": rows}}

    def do_DescribeInstanceAttribute(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        one = self.needed(given["InstanceId"])
        if one.visible_s > self.clock.elapsed_s:
            raise Refused("InvalidInstanceId.NotFound", "not yet", status=404)
        return {"InstanceId": given["InstanceId"]}

    def do_DescribeInstanceTypes(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        types = [value for key, value in given.items() if key.startswith("InstanceTypes.")]
        rows = [{"InstanceTypeId": one, "NvmeSupport": self.nvme} for one in types]
        return {"InstanceTypes": {"InstanceType": rows}}

    def do_DescribeDisks(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        rows = [row for row in self.disks.values() if row["InstanceId"] == given.get("InstanceId")]
        if "DiskIds" in given:
            ids = json.loads(given["DiskIds"])
            rows = [row for row in self.disks.values() if row["DiskId"] in ids]
        return {"Disks": {"Disk": rows}}

    def do_ModifyInstanceAttribute(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        one = self.needed(given["InstanceId"])
        if "UserData" in given:
            if self.refuses_user_data_unless_stopped and self.status(one) != "Stopped":
                raise Refused("IncorrectInstanceStatus", "not stopped", status=403)
            one.user_data = given["UserData"]
        one.name = given.get("InstanceName", one.name)
        return {}

    def do_DescribeUserData(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        return {"UserData": self.needed(given["InstanceId"]).user_data}

    def do_StopInstance(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        one = self.needed(given["InstanceId"])
        if self.status(one) != "Running":
            raise Refused("IncorrectInstanceStatus", "not running", status=403)
        one.stopped_s = self.clock.elapsed_s
        return {}

    def do_StartInstance(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        one = self.needed(given["InstanceId"])
        if self.status(one) != "Stopped":
            raise Refused("IncorrectInstanceStatus", "not stopped", status=403)
        one.stopped_s, one.made_s = None, self.clock.elapsed_s - 3
        return {}

    def do_RebootInstance(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        one = self.needed(given["InstanceId"])
        if self.status(one) != "Running":
            raise Refused("IncorrectInstanceStatus", "not running", status=403)
        one.made_s = self.clock.elapsed_s - 3
        return {}

    def do_DeleteInstance(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        one = self.needed(given["InstanceId"])
        if one.deleted_s is None:
            one.deleted_s = self.clock.elapsed_s
        for id_, row in list(self.disks.items()):
            if row["InstanceId"] == one.id:
                if row["DeleteWithInstance"]:
                    del self.disks[id_]
                else:
                    row.update(InstanceId="", Status="Available")
        return {}

    def do_TagResources(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        one = self.needed(given["ResourceId.1"])
        tags = tags_in(given)
        if len({**one.tags, **tags}) > 20:
            raise Refused("QuotaExceed.Tags", "more than 20", status=403)
        one.tags.update(tags)
        return {}

    def do_UntagResources(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        one = self.needed(given["ResourceId.1"])
        for key, value in given.items():
            if key.startswith("TagKey."):
                one.tags.pop(value, None)
        return {}
