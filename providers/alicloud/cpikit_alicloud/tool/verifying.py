"""`stemcell verify`: whether each image of a light stemcell is there and boots as it has to."""

from __future__ import annotations

from attrs import frozen

from cpikit.errors import CpiError
from cpikit_alicloud import images
from cpikit_alicloud.image_making import architecture

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from cpikit_alicloud.session import Session
    from cpikit_alicloud.tool.clouds import Clouds
    from cpikit_alicloud.tool.tarballs import Stemcell


@frozen
class Finding:
    """One image: what was seen of it, and what is wrong with it."""

    region: str
    image_id: str
    status: str
    problems: tuple[str, ...]


def verified(clouds: Clouds, stemcell: Stemcell, accounts: Iterable[str]) -> list[Finding]:
    """A finding for each region; one that cannot be looked at has that as its problem."""
    return [
        _finding(clouds, stemcell, region, image_id, list(accounts))
        for region, image_id in sorted(stemcell.image_ids.items())
    ]


def _finding(
    clouds: Clouds, stemcell: Stemcell, region: str, image_id: str, accounts: list[str]
) -> Finding:
    try:
        with clouds.step(region) as session:
            row = images.by_id(session, image_id)
            if row is None:
                return Finding(region, image_id, "-", ("does not exist, or is not shared",))
            problems = [*_flags(stemcell.properties, row), *_access(session, row, accounts)]
    except CpiError as error:
        return Finding(region, image_id, "-", (error.message,))
    status = str(row.get("Status"))
    if status != "Available":
        problems.insert(0, f"is {status}, wanted Available")
    return Finding(region, image_id, status, tuple(problems))


def _flags(properties: dict[str, Any], row: images.Row) -> list[str]:
    """Boot flags of the image that are not what the manifest says."""
    features = images.features_of(row)
    wanted = [
        ("architecture", architecture(properties.get("architecture")), row.get("Architecture")),
        ("boot_mode", properties.get("boot_mode"), row.get("BootMode")),
        ("nvme_support", properties.get("nvme_support"), features.get("NvmeSupport")),
        ("imds_support", properties.get("imds_support"), features.get("ImdsSupport")),
    ]
    return [
        f"{name} is {found or 'not set'}, wanted {want}"
        for name, want, found in wanted
        if want and want != found and not _is_unsaid(name, want, found)
    ]


def _is_unsaid(name: str, want: object, found: object) -> bool:
    """Whether the cloud says nothing where the manifest says what goes without saying."""
    return name == "nvme_support" and want != "supported" and not found


def _access(session: Session, row: images.Row, accounts: list[str]) -> list[str]:
    if not accounts:
        return []
    missing = set(accounts) - set(images.shared_with(session, str(row["ImageId"])))
    return [f"is not shared with {', '.join(sorted(missing))}"] if missing else []
