"""Rules about changing disks, and about many at once."""

from cpikit_contracts.lives import DISK
from cpikit_contracts.promises import updated_disk
from cpikit_contracts.rules import LIFECYCLE, MUST, SHOULD, rule
from cpikit_contracts.scenario import Scenario

AT_ONCE = 20


def _grown(s: Scenario) -> int:
    return int(s.profile.inputs["disk_size_mib"]) * 2


@rule(
    "disk.resize-grows",
    SHOULD,
    LIFECYCLE,
    "resize_disk grows a detached disk, and the present size is fine too.",
    "disk_manager.rb; aws cloud_core.rb",
    checks=(96,),
    methods=(*DISK, "resize_disk"),
)
def resize_grows(s: Scenario) -> None:
    """Double the size, then ask for the same size."""
    disk = s.disk()
    s.succeeded(s.call("resize_disk", disk, _grown(s)), "resize_disk to twice the size")
    s.succeeded(s.call("resize_disk", disk, _grown(s)), "resize_disk to the present size")


@rule(
    "disk.resize-never-shrinks",
    MUST,
    LIFECYCLE,
    "resize_disk to a smaller size is refused; nothing may cut data off.",
    "disk_manager.rb; aws cloud_core.rb",
    checks=(96,),
    methods=(*DISK, "resize_disk"),
)
def never_shrinks(s: Scenario) -> None:
    """Grow a disk, then ask for the old size."""
    disk = s.disk()
    s.needed(s.call("resize_disk", disk, _grown(s)))
    answer = s.call("resize_disk", disk, s.profile.inputs["disk_size_mib"])
    s.failed(answer, "resize_disk to a smaller size")


@rule(
    "disk.resize-of-a-missing-one-is-disk-not-found",
    SHOULD,
    LIFECYCLE,
    "resize_disk of a missing disk says DiskNotFound.",
    "errors.rb",
    checks=(96,),
    methods=(*DISK, "resize_disk"),
    needs=("disk",),
)
def resize_missing(s: Scenario) -> None:
    """Resize the profile's unknown disk."""
    answer = s.call("resize_disk", s.unknown("disk"), _grown(s))
    s.failed(answer, "resize_disk of a missing disk", "DiskNotFound")


@rule(
    "disk.update-answers-null-or-an-id",
    MUST,
    LIFECYCLE,
    "update_disk answers null or the disk's id; anything else becomes the disk's id in the "
    "Director.",
    "disk_manager.rb; docs-bosh update-disk.md; bosh-azure-cpi-release#770",
    checks=(98,),
    methods=(*DISK, "update_disk"),
)
def update_answers(s: Scenario) -> None:
    """Grow a disk by update_disk; NotSupported is an answer too."""
    disk = s.disk()
    answer = s.call("update_disk", disk, _grown(s), s.profile.inputs["disk"])
    if answer.is_error("NotSupported", "NotImplemented"):
        s.notes.append("update_disk leaves growth to the copy path")
        return
    result = s.succeeded(answer, "update_disk to twice the size")
    s.want(not updated_disk(result), f"update_disk answered {result!r}: {updated_disk(result)}")


@rule(
    "disk.update-leaves-one-disk",
    MUST,
    LIFECYCLE,
    "After update_disk exactly one disk is there: the old one changed, or the new one in "
    "its place.",
    "disk_manager.rb; docs-bosh update-disk.md",
    checks=(98,),
    methods=(*DISK, "update_disk", "has_disk"),
)
def update_leaves_one(s: Scenario) -> None:
    """Update a disk and ask for the old and the new id."""
    disk = s.disk()
    answer = s.call("update_disk", disk, _grown(s), s.profile.inputs["disk"])
    if not answer.succeeded:
        s.notes.append(f"update_disk answered {answer}")
        s.want(
            s.needed(s.call("has_disk", disk)), f"update_disk failed and the disk {disk} is gone"
        )
        return
    new = answer.result if isinstance(answer.result, str) and answer.result else disk
    s.session.ledger.add("disk", new, s.scope)
    s.want(s.needed(s.call("has_disk", new)), f"update_disk answered {answer}, which is not there")
    if new != disk:
        old = s.needed(s.call("has_disk", disk))
        s.want(not old, f"update_disk made {new} and left {disk} behind")


@rule(
    "disk.update-refuses-to-shrink",
    SHOULD,
    LIFECYCLE,
    "update_disk that would shrink is NotSupported, and the disk is unchanged.",
    "docs-bosh update-disk.md",
    checks=(99,),
    methods=(*DISK, "update_disk"),
)
def update_refuses(s: Scenario) -> None:
    """Create a disk of twice the size and ask for half."""
    disk = s.needed_cid(s.create_disk(_grown(s)))
    answer = s.call(
        "update_disk", disk, s.profile.inputs["disk_size_mib"], s.profile.inputs["disk"]
    )
    s.failed(answer, "update_disk to a smaller size", "NotSupported", "NotImplemented")


@rule(
    "disk.many-at-once",
    SHOULD,
    LIFECYCLE,
    "Twenty parallel create_disk all succeed, with twenty ids.",
    "docs-bosh build-cpi.md (rate limits are the CPI's job)",
    checks=(119,),
    methods=DISK,
)
def many_at_once(s: Scenario) -> None:
    """Create as many as the ceiling of resources allows, up to twenty, at the same time."""
    free = s.profile.limits.resources - s.session.ledger.open_count()
    count = max(1, min(AT_ONCE, free))
    answers = s.at_once([s.create_disk] * count)
    bad = [answer for answer in answers if not answer.succeeded]
    s.want(not bad, f"{len(bad)} of {count} parallel create_disk failed: {bad[:1] and str(bad[0])}")
    ids = {repr(answer.result) for answer in answers}
    s.want(len(ids) == count, f"{count} parallel create_disk gave {len(ids)} ids")
