"""Rules about metadata: a failure here deletes a fresh VM or fails a deploy."""

from typing import Any

from cpikit_contracts.lives import ATTACH, DISK, VM
from cpikit_contracts.rules import LIFECYCLE, MUST, SHOULD, rule
from cpikit_contracts.samples import DIRECTOR_DISK_METADATA, DIRECTOR_VM_METADATA
from cpikit_contracts.scenario import MARK, Scenario

FAILURE = "metadata_updater.rb; create_vm_step.rb (a failure deletes the VM)"
ODD_TYPES: dict[str, Any] = {
    "cost-center": 4711,
    "managed": True,
    "ratio": 0.75,
    "nothing": None,
    "list": ["a", 1],
    "map": {"k": "v"},
}
ODD_TEXT: dict[str, Any] = {
    "long": "l" * 300,
    "empty": "",
    "text": 'R&D <core> "Zürich" ☃',
    "acs:reserved": "x",
    "aliyun": "x",
    "aws:reserved": "x",
    "key with spaces/and=signs": "x",
    "k" * 200: "long key",
}
MANY = {f"tag-{number:02d}": str(number) for number in range(60)}
ITEMS = {
    "vm": ("set_vm_metadata", *VM),
    "disk": ("set_disk_metadata", *DISK),
}


def _label(s: Scenario, metadata: dict[str, Any]) -> None:
    """Label the shared VM or disk, as the case's item says, on top of the Director's keys."""
    own = DIRECTOR_VM_METADATA if s.item == "vm" else DIRECTOR_DISK_METADATA
    method = f"set_{s.item}_metadata"
    cid = s.shared_vm() if s.item == "vm" else s.shared_disk()
    s.succeeded(s.call(method, cid, {**metadata, **own}), f"{method} with {sorted(metadata)[:6]}")


@rule(
    "metadata.full-set-is-taken",
    MUST,
    LIFECYCLE,
    "The full set of keys that the Director or the CLI sends is taken.",
    FAILURE,
    checks=(73, 79),
    items=ITEMS,
)
def full_set(s: Scenario) -> None:
    """Send the caller's own keys with two plain tags."""
    _label(s, {"owner": "platform", "team": "core"})


@rule(
    "metadata.any-type-is-taken",
    MUST,
    LIFECYCLE,
    "Values that are numbers, booleans, null, lists or maps do not make the call fail.",
    f"{FAILURE}; planner_factory.rb parse_tags",
    checks=(74, 79),
    items=ITEMS,
)
def any_type(s: Scenario) -> None:
    """Send tags of every YAML type."""
    _label(s, ODD_TYPES)


@rule(
    "metadata.any-text-is-taken",
    MUST,
    LIFECYCLE,
    "Long, empty, non-ASCII and reserved keys and values do not make the call fail.",
    f"{FAILURE}; aws TagLimitExceeded handling",
    checks=(75, 79),
    items=ITEMS,
)
def any_text(s: Scenario) -> None:
    """Send 300 characters, nothing, other scripts, and the prefixes that clouds reserve."""
    _label(s, ODD_TEXT)


@rule(
    "metadata.too-many-tags-are-taken",
    SHOULD,
    LIFECYCLE,
    "More tags than the cloud allows do not make the call fail.",
    "aws cloud_v1.rb",
    checks=(76, 79),
    items=ITEMS,
)
def too_many(s: Scenario) -> None:
    """Send sixty tags."""
    _label(s, MANY)


@rule(
    "metadata.name-is-optional",
    SHOULD,
    LIFECYCLE,
    "set_vm_metadata works without a name, and with the fewest keys.",
    "docs-bosh set-vm-metadata.md",
    checks=(77,),
    methods=("set_vm_metadata", *VM),
)
def name_is_optional(s: Scenario) -> None:
    """Send one key, and none."""
    vm = s.shared_vm()
    for metadata in ({"job": MARK}, {}):
        s.succeeded(s.call("set_vm_metadata", vm, metadata), f"set_vm_metadata with {metadata}")


@rule(
    "metadata.second-call-updates",
    MUST,
    LIFECYCLE,
    "set_vm_metadata may be called again with other keys, as compilation does.",
    "cpi_spec.rb",
    checks=(78,),
    methods=("set_vm_metadata", *VM),
)
def second_call(s: Scenario) -> None:
    """Label a VM twice, the second time with `compiling`."""
    vm = s.shared_vm()
    s.succeeded(s.call("set_vm_metadata", vm, DIRECTOR_VM_METADATA), "the first set_vm_metadata")
    again = {**DIRECTOR_VM_METADATA, "compiling": "ruby"}
    s.succeeded(s.call("set_vm_metadata", vm, again), "set_vm_metadata with compiling")


@rule(
    "metadata.disk-may-be-attached",
    MUST,
    LIFECYCLE,
    "set_disk_metadata works while the disk is attached.",
    "metadata_updater.rb (called right after attach_disk)",
    checks=(79,),
    methods=("set_disk_metadata", *ATTACH),
)
def disk_attached(s: Scenario) -> None:
    """Attach a disk, then label it."""
    vm, disk = s.vm(), s.disk()
    s.needed(s.call("attach_disk", vm, disk))
    answer = s.call("set_disk_metadata", disk, DIRECTOR_DISK_METADATA)
    s.succeeded(answer, "set_disk_metadata of an attached disk")


@rule(
    "metadata.of-a-missing-thing-is-an-error",
    SHOULD,
    LIFECYCLE,
    "Labels for a VM or disk that does not exist are refused as VMNotFound or DiskNotFound.",
    "errors.rb; a label that goes nowhere hides a lost resource",
    checks=(41, 79),
    items=ITEMS,
    needs=("vm", "disk"),
)
def missing(s: Scenario) -> None:
    """Label the profile's unknown VM and disk."""
    method = f"set_{s.item}_metadata"
    wanted = "VMNotFound" if s.item == "vm" else "DiskNotFound"
    answer = s.call(method, s.unknown(s.item), {"job": MARK})
    s.failed(answer, f"{method} of a missing {s.item}", wanted)
