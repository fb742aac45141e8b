"""Images: what all calls on them ask, and how they are changed and deleted."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.durations import Duration
from cpikit_alicloud_simulator.knobs import Knob
from cpikit_alicloud_simulator.limits import Quota
from cpikit_alicloud_simulator.parameters import Parameters
from cpikit_alicloud_simulator.products.ecs.conditions import refuse
from cpikit_alicloud_simulator.products.ecs.instance import Instance
from cpikit_alicloud_simulator.products.ecs.kinds import Image
from cpikit_alicloud_simulator.refusal import INVALID, MISSING, Refusal

IMAGES = Quota("ecs.images", 100, "Custom images of one account in one region.", 'ECS, "Limits"')
DELETING = Duration(
    "image.deleting",
    typical=5.0,
    slow=60.0,
    grade="assumed",
    source="DeleteImage answers before the work is done; clients look every 10 s for 5 min",
)
DELETE_UNKNOWN = Knob(
    "image.delete_unknown",
    "refuse",
    ("refuse", "ignore"),
    "What DeleteImage does with an id that does not exist: InvalidImageId.NotFound or success.",
    "the text of the page says that it is ignored, the error table has the code",
)
# ECS 2014-05-26, ImageName: 2 to 128 characters, not beginning with aliyun, acs:, http(s)://.
_NAME = re.compile(r"(?!https?://|aliyun|acs:)[^\W\d_][\w.:-]{1,127}")
_DESCRIPTION = re.compile(r"(?!https?://).{2,256}", re.DOTALL)
_FAMILY = re.compile(r"(?!https?://|aliyun|acs:)[A-Za-z][\w.:-]{1,127}")
_WORKING = ("Creating", "Waiting")
ARCHITECTURES = ("x86_64", "arm64", "i386")
BOOT_MODES = ("BIOS", "UEFI", "UEFI-Preferred")
SUPPORT = ("supported", "unsupported")

NOT_FOUND = Refusal(404, "InvalidImageId.NotFound", "The specified ImageId does not exist.")
BAD_NAME = Refusal(400, "InvalidImageName.Malformed", "The specified Image name is wrongly formed.")
NAME_TAKEN = Refusal(
    400, "InvalidImageName.Duplicated", "The specified Image name has already been used."
)
BAD_DESCRIPTION = Refusal(
    400, "InvalidDescription.Malformed", "The specified description is wrongly formed."
)
TOO_MANY = Refusal(403, "QuotaExceed.Image", "The Image Quota exceeds: {quota}.")
BAD_STATUS = Refusal(
    400, "IncorrectImageStatus", "The current status of the image does not support this operation."
)
CREATING = Refusal(403, "ImageIsCreating", "The specified image is being created.")
IMPORTING = Refusal(403, "ImageIsImporting", "The specified image is being imported.")
COPYING = Refusal(403, "OperationDenied.ImageCopying", "The image is being copied.")
USED = Refusal(403, "ImageUsingByInstance", "The image is used by an instance.")
USED_SHARED = Refusal(
    403, "ImageUseShared", "The image is shared and used by instances of other accounts."
)
_DELETE_WORDS: Mapping[str, Refusal] = {
    "exporting": Refusal(403, "ImageIsExporting", "The specified image is being exported."),
}


def checked_name(call: Call, parameter: str, region_id: str, *, keeps: Image | None = None) -> str:
    """Give the name of an image; it is unique among the account's in a region."""
    name = call.matching(parameter, _NAME, otherwise=BAD_NAME)
    if name:
        own = call.world.table(Image).at_home(call.account_id, region_id)
        if any(image.name == name and image is not keeps for image in own):
            raise NAME_TAKEN.error()
    return name


def checked_description(call: Call, parameter: str = "Description") -> str:
    """Give the description of an image."""
    return call.matching(parameter, _DESCRIPTION, otherwise=BAD_DESCRIPTION)


def checked_family(call: Call) -> str:
    """Give the family of an image."""
    return call.matching("ImageFamily", _FAMILY, otherwise=BAD_NAME)


def checked_support(given: Parameters, name: str, otherwise: Refusal = INVALID) -> str:
    """Give what `Features.NvmeSupport` and its like say."""
    return given.choice(name, SUPPORT, otherwise=otherwise)


def demand_quota(call: Call, region_id: str) -> None:
    """Raise when the account has as many images as it may."""
    own = call.world.table(Image).count_at_home(call.account_id, region_id)
    call.within(IMAGES, own + 1, TOO_MANY)


def own_image(call: Call, id_: str) -> Image:
    """Give an image that the caller's account owns, to change it."""
    image = call.need(Image, id_, NOT_FOUND)
    if image.account_id != call.account_id:
        raise NOT_FOUND.error()
    return image


@action(
    "Ecs",
    "ModifyImageAttribute",
    effect="write",
    required="ImageId",
    optional="""
    ImageName Description ImageFamily BootMode LicenseType Status Features.NvmeSupport
    Features.ImdsSupport
    """,
    resource="ImageId",
    dry_run=True,
)
def modify_image_attribute(call: Call) -> Answer:
    """Rename an image, say what it supports, or retire it."""
    image = own_image(call, call.text("ImageId"))
    features = call.below("Features")
    given = {
        "name": checked_name(call, "ImageName", call.region_id, keeps=image),
        "description": checked_description(call),
        "family": checked_family(call),
        "boot_mode": call.choice("BootMode", BOOT_MODES),
        "license_type": call.choice("LicenseType", ("Auto", "Aliyun", "BYOL")),
        "nvme_support": checked_support(features, "NvmeSupport"),
        "imds_support": features.choice("ImdsSupport", ("v1", "v2")),
        "state": call.choice("Status", ("Deprecated", "Available")),
    }
    changed = {name: value for name, value in given.items() if value}
    if not changed:
        raise MISSING.error(name="ImageName")
    if "state" in changed and image.state not in ("Available", "Deprecated"):
        raise BAD_STATUS.error()
    call.checked()
    for name, value in changed.items():
        setattr(image, name, value)
    return {}


@action(
    "Ecs",
    "DeleteImage",
    effect="write",
    required="ImageId",
    optional="Force",
    resource="ImageId",
    dry_run=True,
)
def delete_image(call: Call) -> Answer:
    """Delete an image after a while; its snapshots stay."""
    forced = bool(call.boolean("Force"))
    found = call.own(Image).get(call.text("ImageId"))
    if found is None and call.knob(DELETE_UNKNOWN) == "ignore":
        return {}
    image = own_image(call, call.text("ImageId"))
    refuse(image, _DELETE_WORDS)
    if image.state in _WORKING:
        raise (IMPORTING if image.task_id else COPYING if image.is_copied else CREATING).error()
    copies = call.world.by(Image, "source_image_id", image.id)
    if any(copy.is_copied and copy.state in _WORKING for copy in copies):
        raise COPYING.error()
    if not forced:
        users = {each.account_id for each in call.world.by(Instance, "image_id", image.id)}
        if users - {image.account_id}:
            raise USED_SHARED.error()
        if users:
            raise USED.error()
    call.checked()
    if "deleting" not in image.conditions:
        world = call.world
        image.conditions = (*image.conditions, "deleting")
        world.after(DELETING, image, lambda: image.vanish(world), whatever_state=True)
    return {}
