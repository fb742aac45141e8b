"""Import images from files in object storage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from attrs import frozen

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.durations import Duration
from cpikit_alicloud_simulator.knobs import Knob
from cpikit_alicloud_simulator.limits import Quota
from cpikit_alicloud_simulator.oss_desk import Storage
from cpikit_alicloud_simulator.parameters import Parameters
from cpikit_alicloud_simulator.policies import permits
from cpikit_alicloud_simulator.products.ecs import images
from cpikit_alicloud_simulator.products.ecs.conditions import refuse_account, refuse_at
from cpikit_alicloud_simulator.products.ecs.images_contents import Content, looked_into
from cpikit_alicloud_simulator.products.ecs.images_platforms import NO_IMPORT_REGION, PLATFORMS
from cpikit_alicloud_simulator.products.ecs.kinds import Image, Snapshot
from cpikit_alicloud_simulator.products.ecs.surroundings import checked_resource_group, demand_word
from cpikit_alicloud_simulator.products.ecs.tasks import Task, end_task, new_task
from cpikit_alicloud_simulator.refusal import MISSING, Refusal
from cpikit_alicloud_simulator.roles import role_named
from cpikit_alicloud_simulator.tagging import checked_tags

IMPORTING = Duration(
    "image.importing",
    typical=(900.0, 1200.0),
    slow=(1800.0, 2700.0),
    grade="known",
    source="at least 15 min, by the documents; clients give it 20 to 60 min",
)
SNAPSHOTS = Quota(
    "ecs.snapshots", 100_000, "Snapshots of one account in one region, images' too.", "assumed"
)
ROLE_CODE = Knob(
    "image.role_code",
    "NoSetRoletoECSServiceAcount",
    ("NoSetRoletoECSServiceAcount", "NoSetRoletoECSServiceAccount"),
    "How ImportImage spells that ECS may not read the bucket in the name of the role.",
    "the error table has the first, with its misprint; the other is seen too",
)
BAD_CONTENT = Knob(
    "image.bad_content",
    "late",
    ("late", "refuse"),
    "When ImportImage finds that a file is not of the format that was said: at the end of the "
    "task (CreateFailed), or at once (InvalidImageFormat.Malformed).",
    "unverified: the error table has the code, clients see images in CreateFailed",
)
DEFAULT_ROLE = "AliyunECSImageImportDefaultRole"
_SERVICE = "ecs.aliyuncs.com"
_LONGEST_KEY = 1023
_FORMATS = ("RAW", "QCOW2", "VHD", "qcow2")
_MOST_GIB = 2048
"""ECS 2014-05-26, ImportImage, DiskDeviceMapping.N.DiskImageSize, of a system disk."""
_MOST_DATA_GIB = 2048
_LICENSED = ("Red Hat", "RedHat", "SUSE")

BAD_ARCHITECTURE = Refusal(
    400, "InvalidArchitecture.Malformed", "The specified Architecture is not valid."
)
BAD_OS_TYPE = Refusal(400, "InvalidOSType.Malformed", "The specified OSType is not valid.")
BAD_PLATFORM = Refusal(400, "InvalidPlatform.Malformed", "The specified Platform is not valid.")
BAD_FORMAT = Refusal(400, "InvalidFormat.Malformed", "The specified Format is not valid.")
OTHER_FORMAT = Refusal(
    400, "InvalidImageFormat.Malformed", "The file is not of the specified format."
)
BAD_SIZE = Refusal(400, "InvalidImageSize", "The specified DiskImageSize is not valid.")
BAD_DATA_SIZE = Refusal(400, "InvalidDataDiskSize", "The size of the data disk is not valid.")
BAD_LICENSE = Refusal(
    400, "InvalidLicenseType.NotSupported", "The specified LicenseType is not supported."
)
OWN_LICENSE = Refusal(400, "InvalidLicenseType.BYOLOnly", "The platform needs a licence of yours.")
BAD_PARAMETER = Refusal(403, "InvalidParameter.Malformed", "The {name} is not valid.")
NO_MAPPING = Refusal(
    403, "MissingParameter.DiskDeviceMapping", "DiskDeviceMapping must not be empty."
)
NO_BUCKET = Refusal(400, "InvalidOSSBucket.NotFound", "The specified OSSBucket does not exist.")
OTHER_REGION = Refusal(
    400, "InvalidOSSBucket.NotMatched", "The OSSBucket is not in the region of the import."
)
BAD_OBJECT = Refusal(400, "InvalidOSSObject.Malformed", "The specified OSSObject is not valid.")
NO_OBJECT = Refusal(400, "InvalidOSSObject.NotFound", "The specified OSSObject does not exist.")
EMPTY = Refusal(403, "ImportImageFailed", "The file to import is empty.")
BEING_IMPORTED = Refusal(403, "ImageIsImporting", "The file is being imported already.")
TOO_MANY_SNAPSHOTS = Refusal(403, "QuotaExceed.Snapshot", "The snapshot quota exceeds: {quota}.")
_ACCOUNT_WORDS: Mapping[str, Refusal] = {
    "image_forbidden": Refusal(400, "Forbbiden", "The account may not import images."),
}
_REGION_WORDS: Mapping[str, Refusal] = {
    "not_supported": Refusal(
        403, "InvalidRegion.NotSupport", "The region does not support the import of images."
    ),
}


@frozen
class _Source:
    """One file, for one disk of the image."""

    bucket: str
    key: str
    device: str
    content: Content
    size_gib: int
    claimed: str

    @property
    def is_as_claimed(self) -> bool:
        """Whether the file is of the format that was said; without a word, it is what it is."""
        return not self.claimed or self.claimed == self.content.format


@action(
    "Ecs",
    "ImportImage",
    effect="write",
    optional="""
    ImageName Description Architecture OSType Platform BootMode LicenseType RoleName
    DetectionStrategy ResourceGroupId Features.NvmeSupport Features.ImdsSupport Tag.N.Key
    Tag.N.Value DiskDeviceMapping.N.Device DiskDeviceMapping.N.DiskImageSize
    DiskDeviceMapping.N.DiskImSize DiskDeviceMapping.N.Format DiskDeviceMapping.N.OSSBucket
    DiskDeviceMapping.N.OSSObject
    """,
    token=True,
    dry_run=True,
    unknown_region=NO_IMPORT_REGION,
)
def import_image(call: Call) -> Answer:
    """Begin to make an image of files; the task that does it can be watched."""
    refuse_account(call, _ACCOUNT_WORDS)
    refuse_at(call, call.region_id, _REGION_WORDS)
    demand_word(call, "not_listed")
    image = _described(call)
    _demand_role(call)
    given = call.structures("DiskDeviceMapping")
    if not given:
        raise NO_MAPPING.error()
    sources = [_source(call, each, place) for place, each in enumerate(given)]
    if call.knob(BAD_CONTENT) == "refuse" and not all(each.is_as_claimed for each in sources):
        raise OTHER_FORMAT.error()
    images.demand_quota(call, call.region_id)
    call.within(SNAPSHOTS, call.count(Snapshot) + len(sources), TOO_MANY_SNAPSHOTS)
    call.checked()
    task = _begin(call, image, sources)
    return {"ImageId": image.id, "TaskId": task.id, "RegionId": call.region_id}


def _described(call: Call) -> Image:
    """Read what the image will say of itself."""
    os_type = call.choice("OSType", ("linux", "windows"), "linux", otherwise=BAD_OS_TYPE)
    default = "Ubuntu" if os_type == "linux" else "Windows Server 2019"
    platform = call.choice("Platform", PLATFORMS[os_type], default, otherwise=BAD_PLATFORM)
    license_type = call.choice(
        "LicenseType", ("Auto", "Aliyun", "BYOL"), "Auto", otherwise=BAD_LICENSE
    )
    if license_type == "Aliyun" and platform in _LICENSED:
        raise OWN_LICENSE.error()
    features = call.below("Features")
    call.choice("DetectionStrategy", ("Standard",), otherwise=BAD_PARAMETER)
    return Image(
        id=call.new_id(Image),
        region_id=call.region_id,
        account_id=call.account_id,
        name=images.checked_name(call, "ImageName", call.region_id),
        description=images.checked_description(call),
        resource_group_id=checked_resource_group(call),
        tags=checked_tags(call),
        architecture=call.choice(
            "Architecture", images.ARCHITECTURES, "x86_64", otherwise=BAD_ARCHITECTURE
        ),
        os_type=os_type,
        platform=platform,
        os_name=f"{platform} 64bit",
        boot_mode=call.choice("BootMode", images.BOOT_MODES, "BIOS", otherwise=BAD_PARAMETER),
        license_type=license_type,
        nvme_support=images.checked_support(features, "NvmeSupport", BAD_PARAMETER),
        imds_support=features.choice("ImdsSupport", ("v1", "v2"), otherwise=BAD_PARAMETER),
    )


def _demand_role(call: Call) -> None:
    """Raise unless ECS can read object storage in the name of the account's role."""
    role = role_named(call.world, call.account_id, call.text("RoleName", DEFAULT_ROLE))
    reads = role is not None and permits(role.policies, "oss:GetObject")
    if role is None or _SERVICE not in role.trusts or not reads:
        code = call.knob(ROLE_CODE)
        raise Refusal(403, code, f"ECS needs the role; see {DEFAULT_ROLE}.").error()


def _source(call: Call, given: Parameters, place: int) -> _Source:
    bucket, key = given.text("OSSBucket"), given.text("OSSObject")
    for name, value in (("OSSBucket", bucket), ("OSSObject", key)):
        if not value:
            raise MISSING.error(name=given.prefix + name)
    if key.startswith(("/", "\\")) or len(key.encode()) > _LONGEST_KEY:
        raise BAD_OBJECT.error()
    store = call.world.part(Storage).store
    region_id = store.bucket_region(bucket)
    if region_id is None:
        raise NO_BUCKET.error()
    if region_id != call.region_id:
        raise OTHER_REGION.error()
    found = store.find_object(call.account_id, bucket, key)
    if found is None:
        raise NO_OBJECT.error()
    if found.size == 0:
        raise EMPTY.error()
    _demand_idle(call, bucket, key)
    content = looked_into(found.open(), found.size)
    return _Source(
        bucket=bucket,
        key=key,
        device=given.text("Device") or f"/dev/xvd{'abcdefghijklmnopq'[min(place, 16)]}",
        content=content,
        size_gib=_size(given, content, is_system=place == 0),
        claimed=given.choice("Format", _FORMATS, otherwise=BAD_FORMAT).upper(),
    )


def _size(given: Parameters, content: Content, *, is_system: bool) -> int:
    """Give the size of a disk; it holds what the file's disk holds."""
    refusal = BAD_SIZE if is_system else BAD_DATA_SIZE
    name = "DiskImageSize" if given.has("DiskImageSize") else "DiskImSize"
    most = _MOST_GIB if is_system else _MOST_DATA_GIB
    size = given.integer(name, content.size_gib, low=1, high=most, otherwise=refusal)
    if size < content.size_gib:
        raise refusal.error()
    return size


def _demand_idle(call: Call, bucket: str, key: str) -> None:
    """Raise when the same file is being imported already."""
    for image in call.own(Image).all():
        if image.state in ("Creating", "Waiting") and image.account_id == call.account_id:
            for each in image.devices:
                if (each.get("ImportOSSBucket"), each.get("ImportOSSObject")) == (bucket, key):
                    raise BEING_IMPORTED.error()


def _begin(call: Call, image: Image, sources: Sequence[_Source]) -> Task:
    world = call.world
    seconds = world.seconds(IMPORTING)
    image.state = "Creating"
    image.size_gib = sources[0].size_gib
    image.begun_s, image.due_s = call.now_s, call.now_s + seconds
    image.devices = tuple(_device(each, place) for place, each in enumerate(sources))
    image.name = image.name or image.id
    world.add(image)
    task = new_task(call, "ImportImage", image.id, seconds)
    image.task_id = task.id
    world.after(seconds, image, lambda: _finish(call, image, sources))
    return task


def _device(source: _Source, place: int) -> dict[str, object]:
    return {
        "Device": source.device,
        "Type": "system" if place == 0 else "data",
        "Size": str(source.size_gib),
        "Format": source.content.format.lower(),
        "ImportOSSBucket": source.bucket,
        "ImportOSSObject": source.key,
    }


def _finish(call: Call, image: Image, sources: Sequence[_Source]) -> None:
    """End the import: snapshots and an image, or nothing of use."""
    world = call.world
    task_id, image.task_id = image.task_id, ""
    if not all(each.is_as_claimed for each in sources):
        image.state = "CreateFailed"
        end_task(world, task_id, OTHER_FORMAT.code, OTHER_FORMAT.message)
        return
    made = []
    for place, source in enumerate(sources):
        snapshot = world.add(
            Snapshot(
                id=call.new_id(Snapshot),
                region_id=image.region_id,
                account_id=image.account_id,
                state="accomplished",
                name=f"imported-for-{image.id}",
                disk_type="system" if place == 0 else "data",
                size_gib=source.size_gib,
            )
        )
        made.append(snapshot.id)
    image.snapshot_ids = tuple(made)
    pairs = zip(image.devices, made, strict=True)
    image.devices = tuple({**device, "SnapshotId": id_} for device, id_ in pairs)
    image.state = "Available"
    end_task(world, task_id)
