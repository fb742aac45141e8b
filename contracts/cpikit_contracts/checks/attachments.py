"""Rules about attaching and detaching disks."""

import json

from cpikit_contracts.lives import ATTACH
from cpikit_contracts.promises import hint, texts
from cpikit_contracts.rules import BOTH, LIFECYCLE, MUST, SHOULD, rule
from cpikit_contracts.scenario import Scenario


@rule(
    "disk.attach-answers-a-hint",
    MUST,
    LIFECYCLE,
    "attach_disk answers a non-empty string, or an object whose values are strings.",
    "external_cpi_response_wrapper.rb; settings.go type assertions",
    checks=(85,),
    callers=BOTH,
    methods=ATTACH,
)
def attach_answers_hint(s: Scenario) -> None:
    """Attach in each version that the caller may negotiate and look at the hint."""
    vm = s.vm()
    for version in range(2, s.session.version(s.caller, "world") + 1):
        result = s.succeeded(
            s.call("attach_disk", vm, s.disk(vm), api_version=version), "attach_disk"
        )
        s.want(not hint(result), f"attach_disk answered {result!r}: {hint(result)}")


@rule(
    "disk.attach-works-without-stemcell-version",
    MUST,
    LIFECYCLE,
    "attach_disk works when the context says nothing of a stemcell.",
    "provide_dynamic_disk.rb",
    checks=(86,),
    methods=ATTACH,
)
def attach_without_stemcell(s: Scenario) -> None:
    """Attach as the Director does for dynamic disks."""
    vm, disk = s.vm(), s.disk()
    document = s.session.document(s.caller, "attach_disk", [vm, disk])
    del document["context"]["vm"]
    result = s.succeeded(s.send(document), "attach_disk without vm in the context")
    s.want(result, f"attach_disk without vm in the context answered {result!r}")


@rule(
    "disk.attach-to-a-second-vm-is-refused",
    SHOULD,
    LIFECYCLE,
    "attach_disk of a disk that another VM has is refused, and the first VM keeps it.",
    "google attach_disk.go; docs-bosh attach-disk.md",
    checks=(88,),
    methods=ATTACH,
)
def second_vm(s: Scenario) -> None:
    """Attach to one VM, try another, and look where the disk is."""
    first, second, disk = s.vm(), s.shared_vm(), s.disk()
    given = s.needed(s.call("attach_disk", first, disk))
    s.failed(s.call("attach_disk", second, disk), "attach_disk to a second VM")
    again = s.call("attach_disk", first, disk)
    s.succeeded(again, "the first attachment after the refused second one")
    s.want(again.result == given, f"the hint changed from {given!r} to {again.result!r}")


@rule(
    "disk.attach-of-missing-things-names-them",
    SHOULD,
    LIFECYCLE,
    "attach_disk of a missing disk says DiskNotFound; to a missing VM, VMNotFound.",
    "errors.rb; google attach_disk.go",
    checks=(88,),
    methods=ATTACH,
    needs=("vm", "disk"),
)
def missing_things(s: Scenario) -> None:
    """Name the profile's unknown disk, then its unknown VM."""
    answer = s.call("attach_disk", s.shared_vm(), s.unknown("disk"))
    s.failed(answer, "attach_disk of a missing disk", "DiskNotFound")
    answer = s.call("attach_disk", s.unknown("vm"), s.shared_disk())
    s.failed(answer, "attach_disk to a missing VM", "VMNotFound")


@rule(
    "disk.two-disks-have-two-hints",
    MUST,
    LIFECYCLE,
    "Two disks can be attached to one VM at once, with different hints.",
    "disk_manager.rb (a migration has both attached)",
    checks=(89,),
    methods=ATTACH,
)
def two_disks(s: Scenario) -> None:
    """Attach two and compare the hints."""
    vm = s.vm()
    hints = [s.succeeded(s.call("attach_disk", vm, s.disk(vm)), "attach_disk") for _ in range(2)]
    texts_of = {json.dumps(each, sort_keys=True) for each in hints}
    s.want(len(texts_of) == 2, f"two attached disks have the same hint {hints[0]!r}")  # noqa: PLR2004  # two


@rule(
    "disk.get-disks-lists-what-is-attached",
    MUST,
    LIFECYCLE,
    "get_disks answers an array with the attached persistent disks, and an empty one for none.",
    "bosh-cpi-go get_disks; snapshot_self.rb",
    checks=(90,),
    methods=(*ATTACH, "get_disks"),
)
def get_disks(s: Scenario) -> None:
    """Ask before attaching, while attached and after detaching."""
    vm, disk = s.vm(), s.disk()
    for attached in (False, True, False):
        if attached:
            s.needed(s.call("attach_disk", vm, disk))
        found = s.succeeded(s.call("get_disks", vm), "get_disks")
        s.want(not texts(found), f"get_disks answered {found!r}: {texts(found)}")
        wanted = [disk] if attached else []
        s.want(found == wanted, f"get_disks answered {found!r}, wanted {wanted!r}")
        if attached:
            s.needed(s.call("detach_disk", vm, disk))


@rule(
    "disk.moves-to-another-vm",
    MUST,
    LIFECYCLE,
    "A detached disk is kept and can be attached to another VM.",
    "cpi_and_agent_spec.rb (recreate)",
    checks=(91,),
    callers=BOTH,
    methods=ATTACH,
)
def moves(s: Scenario) -> None:
    """Attach, detach, attach to another VM."""
    first, second, disk = s.vm(), s.shared_vm(), s.disk()
    s.needed(s.call("attach_disk", first, disk))
    s.succeeded(s.call("detach_disk", first, disk), "detach_disk")
    result = s.succeeded(s.call("attach_disk", second, disk), "attach_disk to another VM")
    s.want(result, f"attach_disk to another VM answered {result!r}")
    s.needed(s.call("detach_disk", second, disk))


@rule(
    "disk.detach-of-a-loose-disk-is-tolerant",
    MUST,
    LIFECYCLE,
    "detach_disk of a disk that is not attached succeeds, or says DiskNotAttached or DiskNotFound.",
    "detach_disk_step.rb; missing_disk.rb",
    checks=(92,),
    methods=ATTACH,
    needs=("disk",),
)
def detach_loose(s: Scenario) -> None:
    """Detach the shared disk, which is loose, and the unknown one."""
    vm = s.shared_vm()
    for disk in (s.shared_disk(), s.unknown("disk")):
        answer = s.call("detach_disk", vm, disk)
        s.want(
            answer.succeeded or answer.is_error("DiskNotAttached", "DiskNotFound"),
            f"detach_disk of {disk}, which is not attached, answered {answer}",
        )
