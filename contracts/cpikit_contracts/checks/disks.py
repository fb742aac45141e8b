"""Rules about disks: create, attach, detach, delete."""

from cpikit_contracts.lives import ATTACH, DISK, VM
from cpikit_contracts.promises import cid
from cpikit_contracts.rules import BOTH, LIFECYCLE, MUST, SHOULD, rule
from cpikit_contracts.scenario import MARK, Scenario

ABSURD_MIB = 10**12


@rule(
    "disk.create-answers-an-id",
    MUST,
    LIFECYCLE,
    "create_disk answers a non-empty string, a new one each time.",
    "disk_manager.rb; docs-bosh create-disk.md",
    checks=(81,),
    callers=BOTH,
    methods=DISK,
)
def create_answers_id(s: Scenario) -> None:
    """Create two disks with the same arguments."""
    results = [s.succeeded(s.create_disk(), "create_disk") for _ in range(2)]
    for result in results:
        s.want(not cid(result), f"create_disk answered {result!r}: {cid(result)}")
    s.want(results[0] != results[1], f"two disks have the same id {results[0]}")


@rule(
    "disk.vm-is-a-hint",
    SHOULD,
    LIFECYCLE,
    "create_disk works with no VM, with one that is there, and does not crash on one that is gone.",
    "bosh-cpi-go apiv1 (*VMCID); docs-bosh create-disk.md",
    checks=(82,),
    callers=BOTH,
    methods=(*DISK, *VM),
    needs=("vm",),
)
def vm_is_hint(s: Scenario) -> None:
    """Create disks with null, with the shared VM, and with the unknown VM."""
    s.succeeded(s.create_disk(vm=None), "create_disk without a VM")
    s.succeeded(s.create_disk(vm=s.shared_vm()), "create_disk near a VM")
    answer = s.create_disk(vm=s.unknown("vm"))
    s.want(answer.document is not None, f"create_disk near a VM that is gone: {answer}")


@rule(
    "disk.name-in-properties-is-tolerated",
    SHOULD,
    LIFECYCLE,
    "create_disk tolerates `name` in the cloud properties, which the Director adds for "
    "dynamic disks.",
    "provide_dynamic_disk.rb",
    checks=(83,),
    methods=DISK,
)
def name_is_tolerated(s: Scenario) -> None:
    """Create a disk with a name in its properties."""
    properties = {**s.profile.inputs["disk"], "name": f"{MARK}-dynamic-disk"}
    s.succeeded(s.create_disk(cloud_properties=properties), "create_disk with a name")


@rule(
    "disk.odd-sizes-are-rounded-or-refused",
    SHOULD,
    LIFECYCLE,
    "A size of 1 MiB or no multiple of 1024 is rounded up or refused cleanly.",
    "docs-bosh create-disk.md",
    checks=(84,),
    methods=DISK,
)
def odd_sizes(s: Scenario) -> None:
    """Create disks of 1 MiB and of one MiB more than the profile's size."""
    for size in (1, s.profile.inputs["disk_size_mib"] + 1):
        answer = s.create_disk(size)
        s.want(answer.document is not None, f"create_disk of {size} MiB: {answer}")


@rule(
    "disk.absurd-size-is-refused",
    SHOULD,
    LIFECYCLE,
    "A size that no disk has is refused cleanly.",
    "docs-bosh create-disk.md",
    checks=(84,),
    methods=DISK,
)
def absurd_size(s: Scenario) -> None:
    """Ask for an exbibyte."""
    s.failed(s.create_disk(ABSURD_MIB), f"create_disk of {ABSURD_MIB} MiB")


@rule(
    "disk.delete-of-a-missing-one-is-tolerant",
    MUST,
    LIFECYCLE,
    "delete_disk of a missing disk succeeds or says DiskNotFound, twice in a row.",
    "orphan_disk_manager.rb; disk.go",
    checks=(93,),
    callers=BOTH,
    methods=("delete_disk",),
    needs=("disk",),
)
def delete_missing(s: Scenario) -> None:
    """Delete the profile's unknown disk twice."""
    for _ in range(2):
        answer = s.call("delete_disk", s.unknown("disk"))
        s.want(
            answer.succeeded or answer.is_error("DiskNotFound"),
            f"delete_disk of a missing disk answered {answer}",
        )


@rule(
    "disk.delete-of-an-attached-one-is-refused",
    MUST,
    LIFECYCLE,
    "delete_disk of an attached disk fails, and the disk stays.",
    "bosh-cpi-ruby cloud_v1.rb; docs-bosh delete-disk.md",
    checks=(94,),
    methods=ATTACH,
)
def delete_attached(s: Scenario) -> None:
    """Attach a disk, try to delete it, and look for it."""
    vm, disk = s.vm(), s.disk()
    s.needed(s.call("attach_disk", vm, disk))
    s.failed(s.call("delete_disk", disk), "delete_disk of an attached disk")
    s.session.attached[disk] = vm
    answer = s.call("attach_disk", vm, disk)
    s.succeeded(answer, "the attachment after the refused deletion")


@rule(
    "disk.has-disk-tells-the-truth",
    MUST,
    LIFECYCLE,
    "has_disk is true while the disk is there, false after its deletion and for unknown ids.",
    "disk_scan_stage.rb",
    checks=(95,),
    methods=(*DISK, "has_disk"),
    needs=("disk",),
)
def has_disk(s: Scenario) -> None:
    """Ask before and after delete_disk, and about the unknown disk."""
    disk = s.disk()
    there = s.succeeded(s.call("has_disk", disk), "has_disk of a disk that is there")
    s.want(there, f"has_disk of a disk that is there answered {there!r}")
    s.needed(s.call("delete_disk", disk))
    for gone in (disk, s.unknown("disk")):
        found = s.succeeded(s.call("has_disk", gone), "has_disk of a disk that is gone")
        s.want(
            not found or found == "false", f"has_disk of {gone}, which is gone, answered {found!r}"
        )


@rule(
    "disk.has-disk-answers-a-boolean",
    MUST,
    LIFECYCLE,
    "has_disk answers a JSON boolean.",
    "disk_scan_stage.rb; Ruby takes any text for true",
    checks=(95,),
    methods=(*DISK, "has_disk"),
    needs=("disk",),
)
def has_disk_boolean(s: Scenario) -> None:
    """Look at the type for a disk that is there and for one that is not."""
    for disk in (s.shared_disk(), s.unknown("disk")):
        found = s.needed(s.call("has_disk", disk))
        s.want(isinstance(found, bool), f"has_disk answered {found!r}, wanted true or false")
