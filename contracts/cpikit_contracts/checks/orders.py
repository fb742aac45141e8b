"""Rules about the real orders of calls (section 4.5 of the contract)."""

from cpikit_contracts.fitting import Story
from cpikit_contracts.lives import ATTACH
from cpikit_contracts.promises import broken_promise
from cpikit_contracts.replay import MAY_BE_REFUSED
from cpikit_contracts.rules import BOTH, DIRECTOR, MUST, REPEAT, rule
from cpikit_contracts.samples import DIRECTOR_DISK_METADATA, DIRECTOR_VM_METADATA
from cpikit_contracts.scenario import Scenario

RECORDED = (
    "cli-delete-env",
    "cli-create-env-minimal",
    "cli-delete-env-lost-vm",
    "director-cpi-config",
    "director-v2",
    "director-v3",
)
NEEDS_VERSION_3 = ("director-cpi-config", "director-v3")


def _metadata(s: Scenario, vm: str = "", disk: str = "") -> None:
    if vm and "set_vm_metadata" not in s.profile.gaps:
        s.succeeded(s.call("set_vm_metadata", vm, DIRECTOR_VM_METADATA), "set_vm_metadata")
    if disk and "set_disk_metadata" not in s.profile.gaps:
        s.succeeded(s.call("set_disk_metadata", disk, DIRECTOR_DISK_METADATA), "set_disk_metadata")


@rule(
    "order.fresh-instance-with-disk",
    MUST,
    REPEAT,
    "The first deploy: create_vm, metadata, create_disk, attach_disk, metadata, each after "
    "an info.",
    "cpi_and_agent_spec.rb",
    callers=BOTH,
    methods=ATTACH,
)
def fresh_instance(s: Scenario) -> None:
    """Make the calls of a fresh instance in their order."""
    s.succeeded(s.call("info"), "info")
    vm = s.needed_cid(s.create_vm())
    _metadata(s, vm=vm)
    s.succeeded(s.call("info"), "info")
    disk = s.needed_cid(s.create_disk(vm=vm))
    s.succeeded(s.call("attach_disk", vm, disk), "attach_disk")
    _metadata(s, disk=disk)


@rule(
    "order.recreate-keeps-address-and-disk",
    MUST,
    REPEAT,
    "A recreate: detach, delete, create on the same address with the disk as hint, attach.",
    "cpi_and_agent_spec.rb",
    checks=(69, 91),
    callers=BOTH,
    methods=ATTACH,
)
def recreate(s: Scenario) -> None:
    """Make the calls of a recreate in their order, on one address."""
    networks = s.networks()
    vm = s.vm(networks=networks)
    _metadata(s, vm=vm)
    disk = s.disk(vm)
    s.needed(s.call("attach_disk", vm, disk))
    s.succeeded(s.call("detach_disk", vm, disk), "detach_disk")
    s.succeeded(s.call("delete_vm", vm), "delete_vm")
    answer = s.create_vm(networks=networks, disks=[disk])
    s.succeeded(answer, "create_vm on the same address")
    new = s.needed_cid(answer)
    _metadata(s, vm=new)
    s.succeeded(s.call("attach_disk", new, disk), "attach_disk to the new VM")


@rule(
    "order.hot-swap",
    MUST,
    REPEAT,
    "A hot swap: the new VM is made before the disk leaves the old one, and the old one "
    "dies later.",
    "deployment_plan create-swap-delete",
    callers=DIRECTOR,  # the CLI never makes a VM before the old one is gone
    methods=ATTACH,
)
def hot_swap(s: Scenario) -> None:
    """Make the calls of a hot swap in their order."""
    old = s.vm()
    disk = s.disk(old)
    s.needed(s.call("attach_disk", old, disk))
    made = s.create_vm(disks=[disk])
    s.succeeded(made, "create_vm for a disk that the old VM still has")
    new = s.needed_cid(made)
    _metadata(s, vm=new)
    s.succeeded(s.call("detach_disk", old, disk), "detach_disk from the old VM")
    s.succeeded(s.call("attach_disk", new, disk), "attach_disk to the new VM")
    s.succeeded(s.call("delete_vm", old), "delete_vm of the old VM")


@rule(
    "order.disk-migration",
    MUST,
    REPEAT,
    "A disk change: old and new disk attached together, then the old one detached and deleted.",
    "disk_manager.rb update_disk; disk_deployer.go",
    checks=(89,),
    callers=BOTH,
    methods=ATTACH,
)
def disk_migration(s: Scenario) -> None:
    """Make the calls of a disk change in their order."""
    vm = s.vm()
    old = s.disk(vm)
    s.needed(s.call("attach_disk", vm, old))
    new = s.needed_cid(s.create_disk(int(s.profile.inputs["disk_size_mib"]) * 2, vm=vm))
    s.succeeded(s.call("attach_disk", vm, new), "attach_disk of the second disk")
    _metadata(s, disk=new)
    s.succeeded(s.call("detach_disk", vm, old), "detach_disk of the first disk")
    s.succeeded(s.call("delete_disk", old), "delete_disk of the first disk")
    again = s.succeeded(s.call("attach_disk", vm, new), "attach_disk of the second disk again")
    s.want(again, f"attach_disk again answered {again!r}")


@rule(
    "order.cloud-check",
    MUST,
    REPEAT,
    "Cloud check: scans by has_vm and has_disk, then reboot, reattach and recreate.",
    "problem_scanner; cloudcheck_helper.rb",
    methods=(*ATTACH, "has_vm", "has_disk", "reboot_vm"),
)
def cloud_check(s: Scenario) -> None:
    """Scan, reboot, reattach, then lose the VM and recreate it."""
    networks = s.networks()
    vm = s.vm(networks=networks)
    _metadata(s, vm=vm)
    disk = s.disk(vm)
    s.needed(s.call("attach_disk", vm, disk))
    s.want(s.needed(s.call("has_vm", vm)), "has_vm says false of a VM that is there")
    s.want(s.needed(s.call("has_disk", disk)), "has_disk says false of a disk that is there")
    s.succeeded(s.call("reboot_vm", vm), "reboot_vm")
    s.succeeded(s.call("attach_disk", vm, disk), "attach_disk (reattach)")
    s.succeeded(s.call("delete_vm", vm), "delete_vm with the disk attached")
    answer = s.create_vm(networks=networks, disks=[disk])
    s.succeeded(answer, "create_vm in the place of the lost VM")
    s.succeeded(s.call("attach_disk", s.needed_cid(answer), disk), "attach_disk to the new VM")


@rule(
    "order.delete-env",
    MUST,
    REPEAT,
    "delete-env: has_vm, delete_vm with the disk still attached, delete_disk at once, "
    "delete_stemcell.",
    "cmd/deployment_deleter.go; the recorded set cli-delete-env",
    checks=(67,),
    callers=("cli",),
    methods=(*ATTACH, "has_vm"),
)
def delete_env(s: Scenario) -> None:
    """Make the calls of create-env and delete-env in their order."""
    stemcell = s.needed_cid(s.create_stemcell())
    vm = s.vm(stemcell=stemcell)
    disk = s.disk(vm)
    s.needed(s.call("attach_disk", vm, disk))
    s.want(s.needed(s.call("has_vm", vm)), "has_vm says false of a VM that is there")
    s.succeeded(s.call("delete_vm", vm), "delete_vm with the disk attached")
    s.succeeded(s.call("delete_disk", disk), "delete_disk right after delete_vm")
    s.succeeded(s.call("delete_stemcell", stemcell), "delete_stemcell")


@rule(
    "order.as-recorded",
    MUST,
    REPEAT,
    "The orders of calls that were recorded from the real callers are served to their ends.",
    "recorded sets: the BOSH CLI v7.10.6, the Director's external_cpi.rb v283.1.6",
    checks=(33, 53, 62, 67, 68, 69, 78, 79, 89, 91),
    callers=DIRECTOR,  # each request goes through the caller that it was recorded from
    methods=(*ATTACH, "has_vm"),
    items=dict.fromkeys(RECORDED, ()),
)
def as_recorded(s: Scenario) -> None:
    """Send each recorded request in its order, with the profile's properties and addresses."""
    if s.item in NEEDS_VERSION_3 and s.session.version("director", "world") < 3:  # noqa: PLR2004  # v3
        s.notes.append("the CPI does not speak version 3")
        return
    for step, answer in Story(s).told(s.item):
        if step in MAY_BE_REFUSED and answer.error is not None and answer.error.is_known:
            continue
        s.succeeded(answer, f"{step}, as it was recorded,")
        said = broken_promise(answer)
        s.want(not said, f"{step}: {said}")
        s.want(
            answer.exchange.invocation.caller == "director" or answer.exchange.status == 0,
            f"{step} ended with the exit status {answer.exchange.status}",
        )
