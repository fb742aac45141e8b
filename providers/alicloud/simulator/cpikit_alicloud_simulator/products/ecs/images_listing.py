"""List images, by whatever DescribeImages filters by."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call, has_tags, shown_tags
from cpikit_alicloud_simulator.paging import Paging
from cpikit_alicloud_simulator.products.ecs.families import InstanceType, instance_types
from cpikit_alicloud_simulator.products.ecs.filters import checked_tag_filters, made_within
from cpikit_alicloud_simulator.products.ecs.instance import Instance
from cpikit_alicloud_simulator.products.ecs.kinds import Image
from cpikit_alicloud_simulator.refusal import Refusal
from cpikit_alicloud_simulator.resource import SYSTEM_ACCOUNT
from cpikit_alicloud_simulator.times import to_second

_PAGES = Paging(default=10, maximum=100)  # ECS 2014-05-26, DescribeImages: PageSize
_STATES = frozenset(
    "Creating Waiting Available UnAvailable CreateFailed Deprecated NotAvailable".split()
)
_ALIASES = ("system", "self", "others", "marketplace")
_MOST_IDS = 100

BAD_ALIAS = Refusal(
    400, "InvalidImageOwnerAlias.ValueNotSupported", "The ImageOwnerAlias is not valid."
)
BAD_TYPE = Refusal(
    400, "InvalidInstanceType.ValueNotSupported", "The specified InstanceType does not exist."
)
BAD_PARAMETER = Refusal(400, "InvalidParamter", "The specified parameter {name} is not valid.")
BAD_ARCHITECTURE = Refusal(404, "InvalidArchitecture", "The Architecture is not valid.")
BAD_OS_TYPE = Refusal(404, "InvalidOSType", "The OSType is not valid.")
BAD_USAGE = Refusal(404, "InvalidUsage", "The Usage is not valid.")


@action(
    "Ecs",
    "DescribeImages",
    effect="read",
    optional="""
    ImageId ImageName ImageFamily ImageOwnerAlias ImageOwnerId Status SnapshotId Usage OSType
    Architecture InstanceType ActionType IsPublic IsSupportCloudinit IsSupportIoOptimized
    ShowExpired ResourceGroupId Tag.N.Key Tag.N.Value Filter.N.Key Filter.N.Value
    """,
    paging=_PAGES,
    dry_run=True,
    denied="empty",
)
def describe_images(call: Call) -> Answer:
    """List images; without `Status` only those that are Available."""
    _check(call)
    checked_tag_filters(call)
    type_ = _type(call)
    ids = call.words("ImageId")
    if len(ids) > _MOST_IDS:
        raise BAD_PARAMETER.error(name="ImageId")
    seen = call.look(Image)
    found = seen.ids(ids) if ids else seen.all()
    states = set(call.words("Status")) or {"Available"}
    kept = [
        image
        for image in made_within(call, found)
        if image.state in states
        and _is_wanted(call, image)
        and (type_ is None or _runs_on(image, type_))
    ]
    page = call.page(_PAGES, kept)
    shown = [_shown(call, image) for image in page.rows]
    return {"RegionId": call.region_id, "Images": {"Image": shown}, **page.fields}


def _check(call: Call) -> None:
    """Raise for filters that the API does not know."""
    call.choice("ImageOwnerAlias", _ALIASES, otherwise=BAD_ALIAS)
    call.choice("Architecture", ("x86_64", "arm64", "i386"), otherwise=BAD_ARCHITECTURE)
    call.choice("OSType", ("linux", "windows"), otherwise=BAD_OS_TYPE)
    call.choice("Usage", ("instance", "none"), otherwise=BAD_USAGE)
    call.choice("ActionType", ("CreateEcs", "ChangeOS"), otherwise=BAD_PARAMETER)
    if not set(call.words("Status")) <= _STATES:
        raise BAD_PARAMETER.error(name="Status")


def _type(call: Call) -> InstanceType | None:
    """Give the type that the images have to run on, if one is named."""
    if not call.has("InstanceType"):
        return None
    found = instance_types().get(call.text("InstanceType"))
    if found is None:
        raise BAD_TYPE.error()
    return found


def _runs_on(image: Image, type_: InstanceType) -> bool:
    arm = type_.family.architecture == "ARM"
    nvme = type_.family.nvme != "required" or image.nvme_support == "supported"
    return arm == (image.architecture == "arm64") and nvme


def _is_wanted(call: Call, image: Image) -> bool:
    name = call.text("ImageName", "*")
    return (
        fnmatchcase(image.name, name)
        and call.text("ImageFamily") in ("", image.family)
        and call.text("ImageOwnerAlias") in ("", alias(call, image))
        and call.text("ImageOwnerId") in ("", image.account_id)
        and call.text("SnapshotId") in ("", *image.snapshot_ids)
        and call.text("Usage") in ("", _usage(call, image))
        and call.text("OSType") in ("", image.os_type)
        and call.text("Architecture") in ("", image.architecture)
        and call.text("ResourceGroupId") in ("", image.resource_group_id)
        and call.boolean("IsPublic") in (None, image.is_public)
        and call.boolean("IsSupportCloudinit") in (None, image.supports_cloudinit)
        and call.boolean("IsSupportIoOptimized") in (None, image.supports_io_optimized)
        and has_tags(image, call.tag_filters())
    )


def alias(call: Call, image: Image) -> str:
    """Say whose an image is, as the caller sees it."""
    if image.account_id == call.account_id:
        return "self"
    return image.owner_alias if image.owner_alias in ("system", "marketplace") else "others"


def _usage(call: Call, image: Image) -> str:
    users = call.world.by(Instance, "image_id", image.id)
    return "instance" if any(each.account_id == call.account_id for each in users) else "none"


def progress(image: Image, now_s: float) -> int:
    """Give how far an image is, in percent."""
    if image.state not in ("Creating", "Waiting"):
        return 100
    whole = image.due_s - image.begun_s
    return 0 if whole <= 0 else max(0, min(99, int(100 * (now_s - image.begun_s) / whole)))


def _shown(call: Call, image: Image) -> dict[str, Any]:
    percent = progress(image, call.now_s)
    left_s = max(0, int(image.due_s - call.now_s)) if image.state == "Creating" else 0
    is_own = image.account_id == call.account_id
    devices = [
        {
            "Device": "/dev/xvda",
            "Type": "system",
            "Size": str(image.size_gib),
            "SnapshotId": "",
            "Format": "",
            "ImportOSSBucket": "",
            "ImportOSSObject": "",
            "Encrypted": image.encrypted,
            "Progress": f"{percent}%",
            "RemainTime": left_s,
            **device,
        }
        for device in image.devices
    ]
    shown: dict[str, Any] = {
        "ImageId": image.id,
        "ImageName": image.name,
        "Description": image.description,
        "ImageFamily": image.family,
        "ImageVersion": image.version,
        "ImageOwnerAlias": alias(call, image),
        "Status": image.state,
        "Progress": f"{percent}%",
        "Size": image.size_gib,
        "Architecture": image.architecture,
        "OSType": image.os_type,
        "OSName": image.os_name,
        "OSNameEn": image.os_name,
        "Platform": image.platform,
        "BootMode": image.boot_mode,
        "CreationTime": to_second(image.created_s),
        "IsCopied": image.is_copied,
        "IsPublic": image.is_public,
        "IsSelfShared": str(is_own and bool(image.shared_with)),
        "IsSubscribed": image.owner_alias == "marketplace",
        "IsSupportCloudinit": image.supports_cloudinit,
        "IsSupportIoOptimized": image.supports_io_optimized,
        "LicenseType": image.license_type,
        "LoginAsNonRootSupported": False,
        "ProductCode": "",
        "ResourceGroupId": image.resource_group_id,
        "Usage": _usage(call, image),
        "Features": _features(image),
        "DiskDeviceMappings": {"DiskDeviceMapping": devices},
        "Tags": shown_tags(image) if is_own else {"Tag": []},
    }
    if image.account_id != SYSTEM_ACCOUNT:
        shown["ImageOwnerId"] = int(image.account_id)
    return shown


def _features(image: Image) -> dict[str, str]:
    """Give what is known of an image; nobody said what is absent."""
    features = {"NvmeSupport": image.nvme_support, "ImdsSupport": image.imds_support}
    return {name: value for name, value in features.items() if value}
