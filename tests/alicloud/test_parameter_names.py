"""Every parameter that is sent to ECS is one that the official SDK's class of the action has.

The Go CPI sent `SystemDiskSize` for `SystemDisk.Size` for years: the cloud ignores unknown names.
"""

from __future__ import annotations

import importlib
import inspect
import re
from collections.abc import Mapping
from typing import Any

import pytest

from tests.alicloud.disk_cloud import DiskCloud

EVERYTHING = {
    "category": "cloud_auto",
    "performance_level": "PL1",
    "provisioned_iops": 1000,
    "bursting_enabled": True,
    "encrypted": True,
    "kms_key_id": "key-1",
    "encrypt_algorithm": "aes-256",
    "storage_cluster_id": "dbsc-1",
    "resource_group_id": "rg-1",
    "tags": {"a": "b"},
}
STEMCELL = {
    "oss_bucket": "bucket",
    "oss_object": "object",
    "name": "bosh-noble",
    "version": 1,
    "description": "a stemcell",
    "architecture": "x86_64",
    "os_type": "linux",
    "os_distro": "ubuntu",
    "disk": 3072,
    "disk_format": "raw",
    "nvme_support": "supported",
    "imds_support": "v2",
    "boot_mode": "BIOS",
    "license_type": "Auto",
}


def names_of(action: str) -> set[str]:
    """The names that the SDK's class of this action sends, `N` for a number."""
    module = importlib.import_module(f"aliyunsdkecs.request.v20140526.{action}Request")
    source = inspect.getsource(module)
    found = re.findall(r"add_(?:query_param|body_params)\((.+?), \w", source)
    texts = (re.sub(r"' ?\+ ?str\(\w+ ?\+ ?1\) ?\+ ?'", "N", text) for text in found)
    return {re.sub(r"' ?\+ ?str\(\w+ ?\+ ?1\)", "N", text).strip("'") for text in texts}


def numbered(name: str) -> str:
    return re.sub(r"\.\d+", ".N", name)


@pytest.fixture
def cloud(monkeypatch: pytest.MonkeyPatch) -> DiskCloud:
    made = DiskCloud()
    monkeypatch.setattr("cpikit_alicloud.client.SdkWire", lambda *_: made)
    return made


def lives(cloud: DiskCloud) -> list[tuple[str, Mapping[str, str]]]:
    """The calls of a life in which every property is set."""
    cpi = cloud.cpi(
        encrypted=True, kms_key_id="key-1", resource_group_id="rg-1", import_role_name="role"
    )
    vm = cloud.launch(InstanceType="ecs.g7.large", ImageId="m-1").id
    cloud.clock.sleep(60)
    disk = cpi.call("create_disk", 50 * 1024, EVERYTHING, vm)
    cpi.call("attach_disk", vm, disk)
    cpi.call("set_disk_metadata", disk, {"deployment": "cf"})
    cpi.call("delete_snapshot", cpi.call("snapshot_disk", disk, {"deployment": "cf"}))
    cpi.call("detach_disk", vm, disk)
    more = {**EVERYTHING, "provisioned_iops": 2000, "bursting_enabled": False}
    cpi.call("update_disk", disk, 80 * 1024, more)
    cpi.call("delete_disk", disk)
    image = cpi.call("create_stemcell", "/dev/null", STEMCELL, {"tags": {"a": "b"}})
    cpi.call("delete_stemcell", image)
    return cloud.calls


def test_every_name_is_known_to_the_sdk(cloud: DiskCloud) -> None:
    seen: dict[str, set[str]] = {}
    for action, given in lives(cloud):
        seen.setdefault(action, set()).update(map(numbered, given))
    assert len(seen) > 15
    unknown: dict[str, Any] = {
        action: sorted(names - names_of(action) - {"RegionId"})
        for action, names in seen.items()
        if not names <= names_of(action) | {"RegionId"}
    }
    assert unknown == {}


def test_the_test_itself_would_notice(cloud: DiskCloud) -> None:
    assert "SystemDisk.Size" in names_of("RunInstances")
    assert "SystemDiskSize" not in names_of("RunInstances")
    assert "Tag.N.Key" in names_of("CreateDisk")
