"""Make images of what one has: of instances and of snapshots."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.durations import Duration
from cpikit_alicloud_simulator.products.ecs import images
from cpikit_alicloud_simulator.products.ecs.conditions import refuse_account
from cpikit_alicloud_simulator.products.ecs.images_import import (
    BAD_ARCHITECTURE,
    BAD_PLATFORM,
    SNAPSHOTS,
    TOO_MANY_SNAPSHOTS,
)
from cpikit_alicloud_simulator.products.ecs.images_platforms import PLATFORMS
from cpikit_alicloud_simulator.products.ecs.images_sources import Sources, checked_sources
from cpikit_alicloud_simulator.products.ecs.kinds import Image, Snapshot
from cpikit_alicloud_simulator.products.ecs.snapshots import begun_snapshot
from cpikit_alicloud_simulator.products.ecs.surroundings import (
    STANDINGS,
    Standing,
    checked_resource_group,
    demand_word,
)
from cpikit_alicloud_simulator.refusal import Refusal
from cpikit_alicloud_simulator.tagging import TAGS_PER_RESOURCE, checked_tags
from cpikit_alicloud_simulator.tagging import TOO_MANY as TOO_MANY_TAGS

CREATING = Duration(
    "image.creating",
    typical=(60.0, 300.0),
    slow=(600.0, 1200.0),
    grade="assumed",
    source="as long as its snapshots and somewhat longer, by clients",
)
_VERSION = re.compile(r"[\w.:-]{1,40}")

OTHER_TOKEN = Refusal(
    400, "IdempotenceParamNotMatch", "The token was used for other parameters before."
)
BAD_VERSION = Refusal(
    400, "InvalidImageVersion.Malformed", "The specified ImageVersion is not valid."
)
CONTRADICTION = Refusal(
    403, "InvalidParamter.Conflict", "An instance says itself what its architecture is."
)
_ACCOUNT_WORDS: Mapping[str, Refusal] = {
    "snapshots_unavailable": Refusal(
        403,
        "InvalidAccountStatus.SnapshotServiceUnavailable",
        "The snapshot service has not been opened.",
    ),
}


@action(
    "Ecs",
    "CreateImage",
    effect="write",
    required="RegionId",
    optional="""
    InstanceId SnapshotId ImageName Description ImageFamily ImageVersion Architecture Platform
    BootMode DetectionStrategy ResourceGroupId Features.ImdsSupport Tag.N.Key Tag.N.Value
    DiskDeviceMapping.N.Device DiskDeviceMapping.N.DiskType DiskDeviceMapping.N.Size
    DiskDeviceMapping.N.SnapshotId
    """,
    resource="InstanceId SnapshotId",
    token=True,
    token_mismatch=OTHER_TOKEN,
    dry_run=True,
)
def create_image(call: Call) -> Answer:
    """Begin to make an image; snapshots of an instance's disks are taken along."""
    refuse_account(call, _ACCOUNT_WORDS)
    demand_word(call, "not_listed")
    if call.world.part(Standing).has(call.account_id, "balance"):
        raise STANDINGS["balance"].error()
    sources = checked_sources(call)
    image = _described(call, sources)
    images.demand_quota(call, call.region_id)
    call.within(SNAPSHOTS, call.count(Snapshot) + sources.count, TOO_MANY_SNAPSHOTS)
    call.within(TAGS_PER_RESOURCE, len(image.tags), TOO_MANY_TAGS)
    call.checked()
    _begin(call, image, sources)
    return {"ImageId": image.id}


def _described(call: Call, sources: Sources) -> Image:
    """Read what the image will say of itself, or take it from its source."""
    if sources.instance is not None and call.has("Architecture"):
        raise CONTRADICTION.error()
    source = None
    if sources.instance is not None:
        source = call.world.get(Image, sources.instance.image_id)
    known = [name for names in PLATFORMS.values() for name in names]
    platform = call.choice("Platform", known, otherwise=BAD_PLATFORM)
    platform = platform or (source.platform if source else "Others Linux")
    return Image(
        id=call.new_id(Image),
        region_id=call.region_id,
        account_id=call.account_id,
        state="Creating",
        name=images.checked_name(call, "ImageName", call.region_id),
        description=images.checked_description(call),
        resource_group_id=checked_resource_group(call),
        tags=checked_tags(call),
        size_gib=sources.size_gib,
        architecture=call.choice(
            "Architecture",
            images.ARCHITECTURES,
            source.architecture if source else "x86_64",
            otherwise=BAD_ARCHITECTURE,
        ),
        os_type=source.os_type if source else "linux",
        platform=platform,
        os_name=source.os_name if source else f"{platform} 64bit",
        boot_mode=call.choice(
            "BootMode", images.BOOT_MODES, source.boot_mode if source else "BIOS"
        ),
        family=images.checked_family(call),
        version=call.matching("ImageVersion", _VERSION, otherwise=BAD_VERSION),
        nvme_support=source.nvme_support if source else "",
        imds_support=call.below("Features").choice("ImdsSupport", ("v1", "v2")),
        encrypted=sources.encrypted,
        source_instance_id=sources.instance.id if sources.instance else "",
        source_image_id=source.id if source else "",
    )


def _begin(call: Call, image: Image, sources: Sources) -> None:
    world = call.world
    seconds = world.seconds(CREATING)
    image.name = image.name or image.id
    image.begun_s, image.due_s = call.now_s, call.now_s + seconds
    snapshots = list(sources.snapshots)
    devices = list(sources.devices)
    for disk in sources.disks:
        snapshot = begun_snapshot(call, disk, name=f"created-for-{image.id}")
        snapshots.append(snapshot)
        device = disk.attachments[0].device if disk.attachments else "/dev/xvda"
        size = str(disk.size_gib)
        devices.append(
            {"Device": device, "Type": disk.type, "Size": size, "SnapshotId": snapshot.id}
        )
    image.snapshot_ids = tuple(each.id for each in snapshots)
    image.devices = tuple(devices)
    world.add(image)
    world.journey(image, [("Creating", CREATING)], "Available")
