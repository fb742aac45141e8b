"""List the platforms that an image can say it has."""

from __future__ import annotations

from collections.abc import Mapping

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
