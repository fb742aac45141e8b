"""Say which platforms an image can have, and what of regions that it cannot come into."""

from __future__ import annotations

from collections.abc import Mapping

from cpikit_alicloud_simulator.refusal import Refusal
from cpikit_alicloud_simulator.wordings import wording

# ECS 2014-05-26, ImportImage, Platform.
PLATFORMS: Mapping[str, tuple[str, ...]] = {
    "linux": (
        *"AlmaLinux Aliyun Anolis CentOS CoreOS Debian Fedora FreeBSD Gentoo Kylin".split(),
        *"OpenSUSE RedHat SUSE UOS Ubuntu".split(),
        *("Aliyun Linux", "Fedora CoreOS", "Oracle Linux", "Red Hat", "Rocky Linux"),
        *("Customized Linux", "Other Linux", "Others Linux"),
    ),
    "windows": (
        *(f"Windows Server {year}" for year in (2003, 2008, 2012, 2016, 2019, 2022)),
        *(f"Windows {number}" for number in (7, 8, 10, 11)),
        "Other Windows",
    ),
}
NO_IMPORT_REGION = wording(
    "image.import_region",
    "ImportImage into a region that does not exist",
    Refusal(400, "InvalidRegionId.NotFound", "The specified RegionId does not exist."),
    Refusal(400, "RegionId.NotFound", "The specified RegionId does not exist."),
)
