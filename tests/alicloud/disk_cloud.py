"""Disks, snapshots and images for the scripted cloud of small_cloud.py, each with its states.

States settle in virtual time; what the actions refuse, they refuse with the documented codes.
"""

from __future__ import annotations

import json
from typing import Any

from attrs import define, field

from cpikit_alicloud.refusals import Refused
from tests.alicloud.small_cloud import SmallCloud, tags_in


@define(eq=False)
class Drive:
    """One disk; `plan` are the states to come, by time."""

    id: str
    parameters: dict[str, str]
    tags: dict[str, str]
    size: int
    plan: list[tuple[float, str, str]]
    serial: str = ""


@define(eq=False)
class Thing:
    """A snapshot or an image."""

    id: str
    parameters: dict[str, str]
    tags: dict[str, str]
    plan: list[tuple[float, str]]
    more: dict[str, Any] = field(factory=dict)


@define(eq=False, slots=False)
class DiskCloud(SmallCloud):
    """SmallCloud, and disks that come and go by themselves."""

    drives: dict[str, Drive] = field(factory=dict)
    snapshots: dict[str, Thing] = field(factory=dict)
    images: dict[str, Thing] = field(factory=dict)
    shares: dict[str, list[str]] = field(factory=dict)
    attach_s: float = 2.0
    detach_s: float = 20.0
    import_ends: tuple[tuple[float, str], ...] = ((900.0, "Available"),)

    def drive(self, **parameters: str) -> Drive:
        """A disk that is available, as somebody else made it."""
        self.count += 1
        made = Drive(
            f"d-{self.count:020d}",
            {"ZoneId": "eu-central-1a", "DiskCategory": "cloud_efficiency", **parameters},
            {},
            int(parameters.get("Size", 20)),
            [(0.0, "Available", "")],
        )
        self.drives[made.id] = made
        return made

    def state(self, drive: Drive) -> tuple[str, str]:
        """Its status now, and who holds it."""
        now = self.clock.elapsed_s
        past = [(status, holder) for at, status, holder in drive.plan if at <= now]
        return past[-1] if past else ("Creating", "")

    def plan(self, drive: Drive, *states: tuple[float, str, str]) -> None:
        """Let it go through these states, each with its delay from now."""
        now = self.clock.elapsed_s
        drive.plan = [(now + delay, status, holder) for delay, status, holder in states]

    def shown_drive(self, drive: Drive) -> dict[str, Any]:
        """As DescribeDisks shows it."""
        status, holder = self.state(drive)
        return {
            "DiskId": drive.id,
            "Status": status,
            "InstanceId": holder,
            "Size": drive.size,
            "Category": drive.parameters.get("DiskCategory"),
            "PerformanceLevel": drive.parameters.get("PerformanceLevel", ""),
            "ProvisionedIops": int(drive.parameters.get("ProvisionedIops", 0)),
            "BurstingEnabled": drive.parameters.get("BurstingEnabled") == "true",
            "Encrypted": drive.parameters.get("Encrypted") == "true",
            "KMSKeyId": drive.parameters.get("KMSKeyId", ""),
            "ZoneId": drive.parameters["ZoneId"],
            "SerialNumber": drive.serial,
            "Type": "data",
            "Tags": {"Tag": [{"TagKey": k, "TagValue": v} for k, v in drive.tags.items()]},
        }

    def found(self, disk_cid: str) -> Drive:
        """The disk, or the error of a missing one."""
        if disk_cid not in self.drives or not self.state(self.drives[disk_cid])[0]:
            raise Refused("InvalidDiskId.NotFound", "no such disk", status=404)
        return self.drives[disk_cid]

    def do_CreateDisk(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802  # wire name
        token = given["ClientToken"]
        if token not in self.tokens:
            made = self.drive(**given)
            made.tags.update(tags_in(given))
            self.plan(made, (3.0, "Available", ""))
            self.tokens[token] = made.id
        return {"DiskId": self.tokens[token]}

    def do_DescribeDisks(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        if "DiskIds" not in given:
            rows = [self.shown_drive(d) for d in self.drives.values()]
            held = [row for row in rows if row["InstanceId"] == given["InstanceId"]]
            return {"Disks": {"Disk": [*super().do_DescribeDisks(given)["Disks"]["Disk"], *held]}}
        ids = json.loads(given["DiskIds"])
        shown = [self.shown_drive(self.drives[id_]) for id_ in ids if id_ in self.drives]
        return {"Disks": {"Disk": [row for row in shown if row["Status"]]}}

    def do_AttachDisk(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        self.needed(given["InstanceId"])
        drive = self.found(given["DiskId"])
        if self.state(drive)[0] != "Available":
            raise Refused("IncorrectDiskStatus", "not available", status=403)
        self.plan(
            drive,
            (0.0, "Attaching", ""),
            (self.attach_s, "In_use", given["InstanceId"]),
        )
        return {}

    def do_DetachDisk(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        drive = self.found(given["DiskId"])
        status, holder = self.state(drive)
        if holder and holder != given["InstanceId"]:
            raise Refused("DependencyViolation", "on another instance", status=403)
        if status == "Available":
            raise Refused("InvalidDisk.AlreadyDetached", "already detached", status=404)
        if status != "In_use":
            raise Refused("IncorrectDiskStatus", "not in use", status=403)
        self.plan(drive, (0.0, "Detaching", holder), (self.detach_s, "Available", ""))
        return {}

    def do_DeleteDisk(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        if given["DiskId"] not in self.drives:
            return {}
        drive = self.found(given["DiskId"])
        if self.state(drive)[0] != "Available":
            raise Refused("IncorrectDiskStatus", "not available", status=403)
        self.plan(drive, (0.0, "Deleting", ""), (1.0, "", ""))
        return {}

    def do_ResizeDisk(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        drive = self.found(given["DiskId"])
        if int(given["NewSize"]) <= drive.size and given["ClientToken"] not in self.tokens:
            raise Refused("InvalidDiskSize.TooSmall", "too small", status=403)
        self.tokens[given["ClientToken"]] = drive.id
        drive.size = int(given["NewSize"])
        return {}

    def do_ModifyDiskSpec(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        drive = self.found(given["DiskId"])
        drive.parameters.update(given)
        self.plan(drive, (0.0, "Modifying", ""), (4000.0, "Available", ""))
        return {}

    def do_ModifyDiskAttribute(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        self.found(given["DiskId"]).parameters.update(given)
        return {}

    def do_TagResources(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        kind, id_ = given["ResourceType"], given["ResourceId.1"]
        if kind == "instance":
            return super().do_TagResources(given)
        known = {"disk": self.drives, "image": self.images, "snapshot": self.snapshots}[kind]
        if id_ not in known:
            raise Refused("InvalidResourceId.NotFound", "no such resource", status=404)
        tags = {**known[id_].tags, **tags_in(given)}
        if len(tags) > 20:
            raise Refused("QuotaExceed.Tags", "more than 20", status=403)
        known[id_].tags.update(tags)
        return {}

    def do_UntagResources(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        if given["ResourceType"] == "instance":
            return super().do_UntagResources(given)
        for key, value in given.items():
            if key.startswith("TagKey."):
                self.drives[given["ResourceId.1"]].tags.pop(value, None)
        return {}

    def do_CreateSnapshot(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        self.found(given["DiskId"])
        token = given["ClientToken"]
        if token not in self.tokens:
            made = self._thing("s", given, (0.0, "progressing"), (30.0, "accomplished"))
            self.snapshots[made.id] = made
            self.tokens[token] = made.id
        return {"SnapshotId": self.tokens[token]}

    def do_DescribeSnapshots(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        if "SnapshotIds" in given:
            ids = json.loads(given["SnapshotIds"])
        else:
            wanted = tags_in(given).items()
            ids = [id_ for id_, one in self.snapshots.items() if wanted <= one.tags.items()]
        rows = [
            {"SnapshotId": id_, "Status": self.phase(self.snapshots[id_]), "Progress": "50%"}
            for id_ in ids
            if id_ in self.snapshots
        ]
        return {"Snapshots": {"Snapshot": rows}}

    def do_DeleteSnapshot(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        if given["SnapshotId"] not in self.snapshots:
            raise Refused("InvalidSnapshotId.NotFound", "no such snapshot", status=404)
        del self.snapshots[given["SnapshotId"]]
        return {}

    def do_ImportImage(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        if given["ClientToken"] in self.tokens:
            id_ = self.tokens[given["ClientToken"]]
            return {"ImageId": id_, "TaskId": f"t-{id_}"}
        made = self._thing("m", given, (0.0, "Creating"), *self.import_ends)
        self.tokens[given["ClientToken"]] = made.id
        self.images[made.id] = made
        made.more["ImageName"] = given["ImageName"]
        self._backing_snapshot(made)
        return {"ImageId": made.id, "TaskId": f"t-{made.id}"}

    def do_CopyImage(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        if given["ClientToken"] in self.tokens:
            return {"ImageId": self.tokens[given["ClientToken"]]}
        made = self._thing("m", given, (0.0, "Creating"), (600.0, "Available"))
        self.tokens[given["ClientToken"]] = made.id
        self.images[made.id] = made
        made.more["ImageName"] = given["DestinationImageName"]
        made.more["encrypted"] = given["Encrypted"] == "true"
        self._backing_snapshot(made)
        return {"ImageId": made.id}

    def do_DescribeImages(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        wanted, states = given.get("ImageId"), given["Status"].split(",")
        kept = [image for image in self.images.values() if wanted in (None, image.id)]
        rows = [self.shown_image(image) for image in kept if self.phase(image) in states]
        return {"Images": {"Image": rows}, "TotalCount": len(rows)}

    def shown_image(self, image: Thing) -> dict[str, Any]:
        """As DescribeImages shows it."""
        mapping = {
            "SnapshotId": image.more.get("snapshot", ""),
            "Encrypted": image.more.get("encrypted", False),
        }
        return {
            "ImageId": image.id,
            "Status": self.phase(image),
            "ImageName": image.more.get("ImageName", ""),
            "ImageOwnerAlias": image.more.get("owner", "self"),
            "IsPublic": image.more.get("public", False),
            "Features": {
                key: image.parameters.get(f"Features.{key}", "")
                for key in ("NvmeSupport", "ImdsSupport")
            },
            "DiskDeviceMappings": {"DiskDeviceMapping": [mapping]},
            "Tags": {"Tag": [{"TagKey": k, "TagValue": v} for k, v in image.tags.items()]},
        }

    def do_ModifyImageAttribute(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        self.images[given["ImageId"]].parameters.update(given)
        return {}

    def do_DescribeImageSharePermission(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        rows = [{"AliyunId": one} for one in self.shares.get(given["ImageId"], [])]
        return {"Accounts": {"Account": rows}, "TotalCount": len(rows)}

    def do_DeleteImage(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        self.images.pop(given["ImageId"], None)
        return {}

    def do_DescribeTaskAttribute(self, given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        step = {"ErrorCode": "InvalidFormat", "ErrorMsg": "the file is no image"}
        return {"TaskStatus": "Failed", "OperationProgressSet": {"OperationProgress": [step]}}

    def do_GetCallerIdentity(self, _given: dict[str, str]) -> dict[str, Any]:  # noqa: N802
        return {"AccountId": "1234567890"}

    def phase(self, thing: Thing) -> str:
        """Its status now."""
        return [status for at, status in thing.plan if at <= self.clock.elapsed_s][-1]

    def _thing(self, prefix: str, given: dict[str, str], *plan: tuple[float, str]) -> Thing:
        self.count += 1
        now = self.clock.elapsed_s
        states = [(now + delay, status) for delay, status in plan]
        return Thing(f"{prefix}-{self.count}", dict(given), tags_in(given), states)

    def _backing_snapshot(self, image: Thing) -> None:
        snapshot = self._thing("s", {}, (0.0, "accomplished"))
        self.snapshots[snapshot.id] = snapshot
        image.more["snapshot"] = snapshot.id
