"""The path of a disk inside its VM: by id, for the order of kernel names is not guaranteed.

Source: ECS 2014-05-26, DescribeDisks, SerialNumber; DescribeInstanceTypes, NvmeSupport.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

SYSTEM_PATH = "/dev/vda"
_VIRTIO = "/dev/disk/by-id/virtio-"
_NVME = "/dev/disk/by-id/nvme-Alibaba_Cloud_Elastic_Block_Storage_"


def serial_of(disk: Mapping[str, Any]) -> str:
    """What the guest sees as the disk's serial: its id without `d-`, unless ECS says otherwise.

    `disk` is a row of DescribeDisks; `SerialNumber` may be empty there for old disks.
    """
    return str(disk.get("SerialNumber") or "") or str(disk.get("DiskId") or "").removeprefix("d-")


def path_of(serial: str, *, nvme: bool) -> str:
    """The by-id path of the disk with this serial, on NVMe or on virtio."""
    return f"{_NVME if nvme else _VIRTIO}{serial}"


def serial_in(path: str) -> str:
    """The serial that a by-id path names; empty for any other path."""
    for prefix in (_VIRTIO, _NVME):
        if path.startswith(prefix):
            return path[len(prefix) :]
    return ""


def is_nvme(support: str, *, image_supports: bool) -> bool:
    """Whether disks appear as NVMe: the type requires it, or offers it and the image can use it.

    `support` is NvmeSupport of the instance type: required, supported or unsupported.
    """
    return support == "required" or (support == "supported" and image_supports)
