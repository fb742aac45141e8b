"""Rules about the life of VMs."""

from typing import Any

from cpikit_contracts import samples
from cpikit_contracts.lives import ATTACH, VM
from cpikit_contracts.promises import created_vm
from cpikit_contracts.rules import BOTH, LIFECYCLE, MUST, SHOULD, rule
from cpikit_contracts.scenario import Scenario

HAS = (*VM, "has_vm")


@rule(
    "vm.create-answers-an-array",
    MUST,
    LIFECYCLE,
    "create_vm answers an array whose first element is the VM's id.",
    "create_vm_step.rb takes [0]; cloud.go CreateVM",
    checks=(53,),
    callers=BOTH,
    methods=VM,
)
def answers_array(s: Scenario) -> None:
    """Create a VM in each version that the caller may negotiate, and look at the result."""
    highest = s.session.version(s.caller, "world")
    for version in range(2, highest + 1):
        result = s.succeeded(s.create_vm(api_version=version), f"create_vm, version {version}")
        said = created_vm(result)
        s.want(not said, f"create_vm with api_version {version} answered {result!r}: {said}")


@rule(
    "vm.networks-are-echoed",
    SHOULD,
    LIFECYCLE,
    "The second element of create_vm's result holds the same networks, with type, ip and "
    "prefix kept.",
    "docs-bosh create-vm.md",
    checks=(54,),
    methods=VM,
)
def networks_echoed(s: Scenario) -> None:
    """Compare what came back with what was sent; a dynamic network has an address by now."""
    sent = s.networks(nic_group="1") if s.caller == "director" else s.networks()
    result = s.needed(s.create_vm(networks=sent))
    echoed: Any = result[1] if isinstance(result, list) and len(result) > 1 else None
    s.want(isinstance(echoed, dict), f"the second element is {echoed!r}, wanted the networks")
    s.want(echoed.keys() == sent.keys(), f"sent {sorted(sent)}, found {sorted(echoed)}")
    for name, given in sent.items():
        for key in ("type", "ip", "prefix", "nic_group"):
            if key in given:
                found = echoed[name].get(key) if isinstance(echoed[name], dict) else None
                s.want(found == given[key], f"{name}.{key}: sent {given[key]!r}, found {found!r}")
    if "dynamic" in s.profile.inputs["networks"]:
        result = s.needed(s.create_vm(networks=s.networks("dynamic")))
        echo: Any = result[1] if isinstance(result, list) and len(result) > 1 else None
        network = echo.get("net-dynamic") if isinstance(echo, dict) else None
        got = network.get("ip") if isinstance(network, dict) else None
        s.want(isinstance(got, str) and got, f"the dynamic network got the address {got!r}")


@rule(
    "vm.ids-are-unique",
    MUST,
    LIFECYCLE,
    "Two VMs have two ids, also when the first is gone before the second is made.",
    "bosh-director: unique index on vms.cid",
    checks=(56,),
    methods=VM,
)
def unique_ids(s: Scenario) -> None:
    """Create two VMs with different agent ids, delete one, create a third."""
    first, second = s.vm(), s.vm()
    s.want(first != second, f"two VMs have the same id {first}")
    s.needed(s.call("delete_vm", first))
    third = s.vm()
    s.want(third not in {first, second}, f"a third VM got the id {third} again")


@rule(
    "vm.has-vm-tells-the-truth",
    MUST,
    LIFECYCLE,
    "has_vm is true while the VM is there and false after its deletion.",
    "cloud.go HasVM; vm_scan_stage.rb",
    checks=(66, 67),
    callers=BOTH,
    methods=HAS,
)
def has_vm(s: Scenario) -> None:
    """Ask before and after delete_vm, and about an unknown id; not an error, but false."""
    vm = s.vm()
    there = s.succeeded(s.call("has_vm", vm), "has_vm of a VM that is there")
    s.want(bool(there) and there != "false", f"has_vm of a VM that is there answered {there!r}")
    s.needed(s.call("delete_vm", vm))
    gone = s.succeeded(s.call("has_vm", vm), "has_vm of a deleted VM")
    s.want(not gone or gone == "false", f"has_vm of a deleted VM answered {gone!r}")


@rule(
    "vm.has-vm-of-an-unknown-id-is-false",
    MUST,
    LIFECYCLE,
    "has_vm of an id that does not exist is false and no error.",
    "cloud.go HasVM; vm_scan_stage.rb",
    checks=(66,),
    callers=BOTH,
    methods=("has_vm",),
    needs=("vm",),
)
def has_unknown_vm(s: Scenario) -> None:
    """Ask about the profile's unknown VM."""
    found = s.succeeded(s.call("has_vm", s.unknown("vm")), "has_vm of an unknown id")
    s.want(not found or found == "false", f"has_vm of an unknown id answered {found!r}")


@rule(
    "vm.has-vm-answers-a-boolean",
    MUST,
    LIFECYCLE,
    "has_vm answers a JSON boolean.",
    "cloud.go HasVM rejects anything else; Ruby takes any text for true",
    checks=(66,),
    methods=HAS,
    needs=("vm",),
)
def has_vm_boolean(s: Scenario) -> None:
    """Look at the type for a VM that is there and for one that is not."""
    for vm in (s.shared_vm(), s.unknown("vm")):
        found = s.needed(s.call("has_vm", vm))
        s.want(isinstance(found, bool), f"has_vm answered {found!r}, wanted true or false")


@rule(
    "vm.delete-of-a-missing-one-is-tolerant",
    MUST,
    LIFECYCLE,
    "delete_vm of a VM that is gone succeeds or says VMNotFound.",
    "delete_vm_step.rb; orphaned_vm_deleter.rb; vm.go",
    checks=(68,),
    callers=BOTH,
    methods=("delete_vm",),
    needs=("vm",),
)
def delete_missing(s: Scenario) -> None:
    """Delete the profile's unknown VM, twice."""
    for _ in range(2):
        answer = s.call("delete_vm", s.unknown("vm"))
        s.want(
            answer.succeeded or answer.is_error("VMNotFound"),
            f"delete_vm of a missing VM should succeed or be VMNotFound, found {answer}",
        )


@rule(
    "vm.address-is-free-after-delete",
    SHOULD,
    LIFECYCLE,
    "After delete_vm the manual address can be given to a new VM at once.",
    "cpi_and_agent_spec.rb (recreate)",
    checks=(67, 69),
    callers=BOTH,
    methods=VM,
    needs=("manual",),
)
def address_is_free(s: Scenario) -> None:
    """Create, label, delete, and create again with a new agent on the same address."""
    networks = s.networks("manual")
    vm = s.vm(networks=networks)
    if s.plays("set_vm_metadata"):
        s.needed(s.call("set_vm_metadata", vm, samples.DIRECTOR_VM_METADATA))
    s.needed(s.call("delete_vm", vm))
    s.succeeded(s.create_vm(networks=networks), "create_vm on the address of a deleted VM")


@rule(
    "vm.delete-keeps-persistent-disks",
    MUST,
    LIFECYCLE,
    "delete_vm of a VM with a persistent disk attached keeps the disk.",
    "docs-bosh delete-vm.md; delete-env deletes VMs with their disk attached",
    checks=(67,),
    callers=BOTH,
    methods=ATTACH,
)
def delete_keeps_disks(s: Scenario) -> None:
    """Attach, delete the VM, look for the disk, attach it to a new VM."""
    vm = s.vm()
    disk = s.disk(vm)
    s.needed(s.call("attach_disk", vm, disk))
    s.succeeded(s.call("delete_vm", vm), "delete_vm of a VM with a disk attached")
    if "has_disk" not in s.profile.gaps:
        found = s.needed(s.call("has_disk", disk))
        s.want(found, f"the disk {disk} is gone with the VM that it was attached to")
    again = s.call("attach_disk", s.vm(), disk)
    s.succeeded(again, f"attaching the disk {disk} to another VM after its first VM was deleted")


@rule(
    "vm.reboot-keeps-the-vm",
    SHOULD,
    LIFECYCLE,
    "reboot_vm succeeds, and the VM keeps its id.",
    "docs-bosh reboot-vm.md",
    checks=(70,),
    methods=("reboot_vm", *VM),
)
def reboot(s: Scenario) -> None:
    """Reboot a VM and ask for it."""
    vm = s.shared_vm()
    s.succeeded(s.call("reboot_vm", vm), "reboot_vm")
    if "has_vm" not in s.profile.gaps:
        s.want(s.needed(s.call("has_vm", vm)), f"the VM {vm} is gone after reboot_vm")


@rule(
    "vm.reboot-of-a-missing-one-is-vm-not-found",
    SHOULD,
    LIFECYCLE,
    "reboot_vm of a missing VM says VMNotFound.",
    "docs-bosh reboot-vm.md; errors.rb",
    checks=(70,),
    methods=("reboot_vm",),
    needs=("vm",),
)
def reboot_missing(s: Scenario) -> None:
    """Reboot the profile's unknown VM."""
    s.failed(s.call("reboot_vm", s.unknown("vm")), "reboot_vm of a missing VM", "VMNotFound")


@rule(
    "vm.disk-hints-are-only-hints",
    MUST,
    LIFECYCLE,
    "create_vm takes no disk, one, several, and one that does not exist.",
    "docs-bosh create-vm.md; deployment_preparer.go",
    checks=(61, 62),
    methods=ATTACH,
    needs=("disk",),
)
def disk_hints(s: Scenario) -> None:
    """Create VMs with such lists, then attach one of the named disks."""
    disks = [s.disk(), s.disk()]
    for hint in ([], disks, [s.unknown("disk")]):
        answer = s.create_vm(disks=hint)
        vm = s.succeeded(answer, f"create_vm with the disk hint {hint}")
        if hint == disks:
            cid = str(vm[0] if isinstance(vm, list) else vm)
            attached = s.succeeded(
                s.call("attach_disk", cid, disks[0]), "attach_disk of a hinted disk"
            )
            s.want(attached, f"attach_disk of a hinted disk answered {attached!r}")


@rule(
    "vm.calculated-properties-fit",
    SHOULD,
    LIFECYCLE,
    "calculate_vm_cloud_properties answers an object with which create_vm works.",
    "docs-bosh calculate-vm-cloud-properties.md; vm_resources_cache.rb",
    checks=(71,),
    methods=("calculate_vm_cloud_properties", *VM),
)
def calculated_properties(s: Scenario) -> None:
    """Ask for a small VM and create it, with the profile's own properties below."""
    answer = s.call(
        "calculate_vm_cloud_properties", {"cpu": 1, "ram": 1024, "ephemeral_disk_size": 4096}
    )
    found = s.succeeded(answer, "calculate_vm_cloud_properties")
    s.want(isinstance(found, dict), f"the properties are {found!r}, wanted an object")
    s.want(found, "the properties are empty: nothing was calculated")
    properties: dict[str, Any] = {**s.profile.inputs["vm"], **found}
    s.succeeded(s.create_vm(cloud_properties=properties), f"create_vm with {found}")


@rule(
    "vm.absurd-calculation-is-refused",
    SHOULD,
    LIFECYCLE,
    "calculate_vm_cloud_properties refuses what no VM can have.",
    "docs-bosh calculate-vm-cloud-properties.md",
    checks=(71,),
    methods=("calculate_vm_cloud_properties",),
)
def absurd_calculation(s: Scenario) -> None:
    """Ask for a million CPUs."""
    wanted = {"cpu": 10**6, "ram": 10**9, "ephemeral_disk_size": 10**9}
    s.failed(s.call("calculate_vm_cloud_properties", wanted), "calculating a million CPUs")
