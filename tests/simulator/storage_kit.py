"""Instances, disks, snapshots, images and interfaces to test calls on; a table's row makes them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cpikit_alicloud_simulator.oss.values import StoredObject
from cpikit_alicloud_simulator.oss_desk import Storage
from cpikit_alicloud_simulator.simulator import Simulator
from tests.simulator.instances_kit import GROUP, RESOURCES, VPC, VSWITCH, ZONE

Row = tuple[str, str, Mapping[str, Any], Mapping[str, Any], Mapping[str, Any]]
"""Action and code; how resources differ (by id); sections of the world; the request."""

RUNNING, STOPPED = "i-bp1running", "i-bp1stopped"
SYSTEM, STOPPED_SYSTEM = "d-bp1system", "d-bp1stoppedsystem"
FREE, USED, NEW = "d-bp1free", "d-bp1used", "d-bp1new"
SNAPSHOT, SYSTEM_SNAPSHOT = "s-bp1data", "s-bp1system"
IMAGE, OTHERS_IMAGE = "m-bp1test", "m-bp1others"
ENI, PRIMARY, USED_ENI = "eni-bp1free", "eni-bp1primary", "eni-bp1used"
OWNER, OTHER = "1000000000000001", "2000000000000002"
BUCKET, FILE = "stemcells", "a/root.img"
KEY = {"id": "LTAI5tOwner", "secret": "owner-secret"}
OTHERS_KEY = {"id": "LTAI5tOther", "secret": "other-secret"}

_INSTANCE = {"kind": "instance", "zone_id": ZONE, "vpc_id": VPC, "vswitch_id": VSWITCH}
_DISK = {"kind": "disk", "zone_id": ZONE, "category": "cloud_essd", "performance_level": "PL1"}
_ENI = {
    "kind": "eni",
    "vpc_id": VPC,
    "vswitch_id": VSWITCH,
    "zone_id": ZONE,
    "security_group_ids": [GROUP],
}
THINGS: tuple[Mapping[str, Any], ...] = (
    {**_INSTANCE, "id": RUNNING, "state": "Running", "image_id": IMAGE},
    {**_INSTANCE, "id": STOPPED, "state": "Stopped", "image_id": IMAGE},
    {
        **_DISK,
        "id": SYSTEM,
        "type": "system",
        "instance_id": RUNNING,
        "device": "/dev/xvda",
        "image_id": IMAGE,
        "size_gib": 40,
    },
    {
        **_DISK,
        "id": STOPPED_SYSTEM,
        "type": "system",
        "instance_id": STOPPED,
        "device": "/dev/xvda",
        "image_id": IMAGE,
        "size_gib": 40,
    },
    {**_DISK, "id": FREE, "was_attached": True},
    {**_DISK, "id": USED, "instance_id": RUNNING},
    {**_DISK, "id": NEW},
    {"kind": "snapshot", "id": SNAPSHOT, "size_gib": 20},
    {"kind": "snapshot", "id": SYSTEM_SNAPSHOT, "disk_type": "system", "size_gib": 30},
    {**_ENI, "id": ENI},
    {**_ENI, "id": PRIMARY, "type": "Primary", "instance_id": RUNNING, "state": "InUse"},
    {**_ENI, "id": USED_ENI, "instance_id": RUNNING, "state": "InUse", "device_index": 1},
)
LOCAL = {"category": "ephemeral_ssd", "performance_level": ""}
SHARED = {"multi_attach": True}
SECRET = {"encrypted": True, "kms_key_id": "key-1"}
KEY_OFF = {"key-1": {"kind": "kms_key", "state": "Disabled"}}
KEY_CLOSED = {"key-1": {"kind": "kms_key", "is_authorized": False}}
TAKING = {"s-bp1taking": {"kind": "snapshot", "state": "progressing"}}
OLD_TYPE = {"type_id": "ecs.t1.small"}
ENTRY_TYPE = {"type_id": "ecs.n4.large"}
EXPIRED = {"lock": "financial"}
UNLISTED = {"standing": {"*": ["not_listed"]}}
ACCOUNTS = [
    {"id": OWNER, "keys": [KEY]},
    {"id": OTHER, "keys": [OTHERS_KEY]},
]


def begin(
    alicloud: Simulator,
    changes: Mapping[str, Any] | None = None,
    sections: Mapping[str, Any] | None = None,
    profile: Any = None,
) -> None:
    """Begin a fresh world: `changes` are fields by id; an unknown id is one more resource."""
    left = dict(changes or {})
    resources = [{**each, **left.pop(each["id"], {})} for each in (*RESOURCES, *THINGS)]
    resources += [{"id": id_, **given} for id_, given in left.items()]
    others = {"kind": "image", "id": OTHERS_IMAGE, "account_id": OTHER, "shared_with": [OWNER]}
    if OTHERS_IMAGE not in left:
        resources.append(others)
    resources = [each for each in resources if not each.pop("absent", False)]
    alicloud.reset({"accounts": ACCOUNTS, **(sections or {}), "resources": resources}, profile)


def put(
    alicloud: Simulator, data: bytes = b"x" * 600, bucket: str = BUCKET, key: str = FILE
) -> None:
    """Put a file into a bucket of the owner, which is made if there is none."""
    world = alicloud.world
    store = world.part(Storage).store
    if bucket not in store.buckets:
        store.make_bucket(bucket, OWNER, world.clock.now())
    found = StoredObject(key, store.shelf.keep(data), "ETAG", 0, world.clock.now())
    store.buckets[bucket].objects.put(found)


def check(alicloud: Simulator, row: Row, refused: Any) -> None:
    """Hold that a row's call is refused with its code, and leaves nothing behind."""
    action, code, changes, sections, request = row
    begin(alicloud, changes, sections)
    before = alicloud.world.counts()
    assert refused(alicloud, action, **request) == code
    assert alicloud.world.counts() == before


def named(rows: list[Row]) -> list[str]:
    """Give the ids of a table's tests."""
    return [f"{row[0]}-{row[1]}-{place}" for place, row in enumerate(rows)]


def knob(name: str, value: Any) -> dict[str, Any]:
    """Give the section that sets one knob."""
    return {"knobs": {name: value}}


def told(word: str, of: str = ZONE) -> dict[str, Any]:
    """Give the section that says a word of a place or an account."""
    return {"conditions": {of: [word]}}
