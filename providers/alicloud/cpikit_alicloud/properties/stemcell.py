"""The cloud_properties of a stemcell: what its stemcell.MF says, not what an operator writes."""

# ruff: noqa: RUF009  # prop is attrs.field, with what the docs say of it

from __future__ import annotations

from typing import Any

from attrs import frozen

from cpikit_alicloud.properties._field import prop
from cpikit_alicloud.properties.lenient import Number


@frozen
class StemcellProperties:
    """Source: bosh-linux-stemcell-builder and bosh-alicloud-light-stemcell-builder."""

    image_id: dict[str, str] = prop(
        "A light stemcell's images: region to image id", factory=dict, api="DescribeImages ImageId"
    )
    oss_bucket: str | None = prop(
        "The bucket of an image file that is there already",
        api="ImportImage DiskDeviceMapping.1.OSSBucket",
    )
    oss_object: str | None = prop("That file", api="ImportImage DiskDeviceMapping.1.OSSObject")
    name: str | None = prop("The stemcell's name; part of the image's")
    version: Any = prop("The stemcell's version, text or number; part of the image's name")
    description: str | None = prop("What the image is", api="ImportImage Description")
    architecture: str | None = prop(
        "x86_64 or arm64",
        api="ImportImage Architecture",
        metadata={"otherwise": "x86_64"},
    )
    os_type: str | None = prop("linux", api="ImportImage OSType", metadata={"otherwise": "linux"})
    os_distro: str | None = prop("The distribution", api="ImportImage Platform")
    disk: Number | None = prop(
        "The size of the image's disk, at least 5 GiB",
        unit="MiB",
        api="ImportImage DiskDeviceMapping.1.DiskImageSize",
    )
    disk_format: str | None = prop(
        "raw, qcow2 or vhd",
        api="ImportImage DiskDeviceMapping.1.Format",
        metadata={"otherwise": "raw"},
    )
    nvme_support: str | None = prop(
        "`supported` for an image that boots from NVMe disks",
        api="ImportImage Features.NvmeSupport",
    )
    imds_support: str | None = prop(
        "`v2` for an image whose agent reads metadata with tokens",
        api="ImportImage Features.ImdsSupport",
    )
    boot_mode: str | None = prop("BIOS, UEFI or UEFI-Preferred", api="ImportImage BootMode")
    license_type: str | None = prop("Auto, Aliyun or BYOL", api="ImportImage LicenseType")
    container_format: str | None = prop("Without effect: the file is a tar", deprecated=True)
    hypervisor: str | None = prop("Without effect: kvm", deprecated=True)
    source_url: str | None = prop("Without effect, as it always was", deprecated=True)
    root_device_name: str | None = prop("Without effect: /dev/vda1", deprecated=True)
