"""Copy images to other regions, or within one to encrypt them."""

from __future__ import annotations

from collections.abc import Mapping

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.durations import Duration
from cpikit_alicloud_simulator.knobs import Knob
from cpikit_alicloud_simulator.limits import Quota
from cpikit_alicloud_simulator.products.ecs import images
from cpikit_alicloud_simulator.products.ecs.conditions import (
    refuse,
    refuse_account,
    refuse_at,
)
from cpikit_alicloud_simulator.products.ecs.images_import import SNAPSHOTS, TOO_MANY_SNAPSHOTS
from cpikit_alicloud_simulator.products.ecs.kinds import Image, Snapshot
from cpikit_alicloud_simulator.products.ecs.surroundings import (
    checked_kms_key,
    checked_resource_group,
    demand_word,
)
from cpikit_alicloud_simulator.refusal import Refusal
from cpikit_alicloud_simulator.resource import SYSTEM_ACCOUNT
from cpikit_alicloud_simulator.tagging import checked_tags

COPYING = Duration(
    "image.copying",
    typical=(600.0, 900.0),
    slow=(1200.0, 2400.0),
    grade="known",
    source="10 min and more, by the documents of a client; the ranges are assumed",
)
DROPS = Knob(
    "image.copy_drops",
    "nvme",
    ("nvme", "nothing"),
    "Which features a copy lacks: NvmeSupport has to be said again with ModifyImageAttribute.",
    "seen by clients; the documents do not say so",
)
AT_ONCE = Quota("ecs.image_copies", 5, "Copies that run at once into one region.", "ECS, CopyImage")
LARGEST = Quota("ecs.image_copy_gib", 2048, "The largest image that is copied.", "assumed")

NO_DESTINATION = Refusal(
    400, "DestinationRegion.NotFound", "The specified destination region does not exist."
)
NO_SOURCE = Refusal(400, "SourceRegion.NotFound", "The specified source region does not exist.")
SAME_REGION = Refusal(
    403, "IncorrectDestinationRegion", "The destination is the region of the image itself."
)
SAME_REGION_ONLY = Refusal(
    403, "OperationDenied.SameRegionOnly", "This image is copied within its region only."
)
KEY_ALONE = Refusal(
    400, "InvalidParameter.EncryptedIllegal", "KMSKeyId needs Encrypted to be true."
)
SNAPSHOT_GONE = Refusal(
    400, "InvalidSnapshotId.NotFound", "A snapshot of the image does not exist."
)
SNAPSHOT_OLD = Refusal(403, "InvalidSnapshot.TooOld", "A snapshot of the image is too old.")
ENCRYPTED = Refusal(
    403, "OperationDeined.EncryptedSnapshot", "The image has encrypted snapshots of others."
)
NOT_YOURS = Refusal(403, "OperationDenied", "A public image cannot be copied.")
TOO_LARGE = Refusal(403, "SizeExceed.Image", "Images of more than {quota} GiB are not copied.")
_ACCOUNT_WORDS: Mapping[str, Refusal] = {
    "unusable": Refusal(401, "InvalidAliUid.IsNull", "The account is not known."),
    "image_forbidden": Refusal(403, "Forbbiden", "The account may not copy images."),
    "sub_user": Refusal(403, "Forbidden", "Users of this account may not copy images."),
}
_REGION_WORDS: Mapping[str, Refusal] = {
    "not_supported": Refusal(403, "InvalidRegion.NotSupport", "The region does not support this."),
    "no_copies": Refusal(403, "RegionNotSupportCopy", "The region does not support copies."),
}
_IMAGE_WORDS: Mapping[str, Refusal] = {
    "not_published": Refusal(
        403, "OperationDenied.NotPublished", "The image is not published in the destination."
    ),
    "same_region_only": SAME_REGION_ONLY,
}


@action(
    "Ecs",
    "CopyImage",
    effect="write",
    required="ImageId",
    optional="""
    DestinationRegionId DestinationImageName DestinationDescription Encrypted EncryptAlgorithm
    KMSKeyId ResourceGroupId Tag.N.Key Tag.N.Value
    """,
    resource="ImageId",
    token=True,
    dry_run=True,
    unknown_region=NO_SOURCE,
)
def copy_image(call: Call) -> Answer:
    """Begin a copy; it is to be seen in the other region."""
    refuse_account(call, _ACCOUNT_WORDS)
    demand_word(call, "not_listed")
    region_id = call.text("DestinationRegionId", call.region_id)
    if region_id not in call.world.regions:
        raise NO_DESTINATION.error()
    for place in (call.region_id, region_id):
        refuse_at(call, place, _REGION_WORDS)
    image = call.need(Image, call.text("ImageId"), images.NOT_FOUND)
    encrypts = bool(call.boolean("Encrypted"))
    if call.has("KMSKeyId") and not encrypts:
        raise KEY_ALONE.error()
    if region_id == call.region_id and not encrypts:
        raise SAME_REGION.error()
    _check_image(call, image, region_id)
    key_id = checked_kms_key(call, call.text("KMSKeyId"))
    name = images.checked_name(call, "DestinationImageName", region_id)
    about = images.checked_description(call, "DestinationDescription")
    tags, group_id = checked_tags(call), checked_resource_group(call)
    _demand_room(call, image, region_id)
    call.checked()
    copy = Image(
        id=call.world.ids.resource(Image.prefix, region_id),
        region_id=region_id,
        account_id=call.account_id,
        state="Creating",
        description=about,
        resource_group_id=group_id,
        tags=tags,
        size_gib=image.size_gib,
        architecture=image.architecture,
        os_type=image.os_type,
        platform=image.platform,
        os_name=image.os_name,
        boot_mode=image.boot_mode,
        nvme_support="" if call.knob(DROPS) == "nvme" else image.nvme_support,
        imds_support=image.imds_support,
        is_copied=True,
        supports_cloudinit=image.supports_cloudinit,
        supports_io_optimized=image.supports_io_optimized,
        encrypted=encrypts or image.encrypted,
        kms_key_id=key_id,
        license_type=image.license_type,
        source_image_id=image.id,
        devices=image.devices,
    )
    copy.name = name or copy.id
    _begin(call, copy)
    return {"ImageId": copy.id}


def _check_image(call: Call, image: Image, region_id: str) -> None:
    """Raise unless an image can be copied there."""
    refuse(image, _IMAGE_WORDS)
    if image.account_id == SYSTEM_ACCOUNT and region_id != call.region_id:
        raise NOT_YOURS.error()
    if image.state != "Available":
        raise images.BAD_STATUS.error()
    if image.encrypted and image.account_id != call.account_id:
        raise ENCRYPTED.error()
    for id_ in image.snapshot_ids:
        snapshot = call.world.get(Snapshot, id_)
        if snapshot is None:
            raise SNAPSHOT_GONE.error()
        if "too_old" in snapshot.conditions:
            raise SNAPSHOT_OLD.error()


def _demand_room(call: Call, image: Image, region_id: str) -> None:
    """Raise for too large an image, and for too many images, snapshots or copies at once."""
    call.within(LARGEST, image.size_gib, TOO_LARGE)
    images.demand_quota(call, region_id)
    taken = call.world.table(Snapshot).count_at_home(call.account_id, region_id)
    call.within(SNAPSHOTS, taken + max(1, len(image.snapshot_ids)), TOO_MANY_SNAPSHOTS)
    there = call.world.table(Image).at_home(call.account_id, region_id)
    running = sum(each.is_copied and each.state == "Creating" for each in there)
    call.within(AT_ONCE, running + 1, images.COPYING)


def _begin(call: Call, copy: Image) -> None:
    world = call.world
    seconds = world.seconds(COPYING)
    copy.begun_s, copy.due_s = call.now_s, call.now_s + seconds
    world.add(copy)
    world.after(seconds, copy, lambda: _finish(call, copy))


def _finish(call: Call, copy: Image) -> None:
    """End the copy: it has snapshots of its own."""
    world = call.world
    devices = copy.devices or ({"Type": "system", "Size": str(copy.size_gib)},)
    made = []
    for device in devices:
        snapshot = Snapshot(
            id=world.ids.resource(Snapshot.prefix, copy.region_id),
            region_id=copy.region_id,
            account_id=copy.account_id,
            state="accomplished",
            name=f"copied-for-{copy.id}",
            disk_type=str(device.get("Type", "system")),
            size_gib=int(str(device.get("Size", copy.size_gib))),
            encrypted=copy.encrypted,
            kms_key_id=copy.kms_key_id,
            region_of_source=call.region_id,
        )
        made.append(world.add(snapshot).id)
    copy.snapshot_ids = tuple(made)
    pairs = zip(devices, made, strict=True)
    copy.devices = tuple({**device, "SnapshotId": id_} for device, id_ in pairs)
    copy.state = "Available"


@action("Ecs", "CancelCopyImage", effect="write", required="ImageId", resource="ImageId")
def cancel_copy_image(call: Call) -> Answer:
    """Stop a copy, in the region where it is made; it is gone."""
    image = images.own_image(call, call.text("ImageId"))
    if not image.is_copied or image.state != "Creating":
        raise images.BAD_STATUS.error()
    call.checked()
    image.vanish(call.world)
    return {}
