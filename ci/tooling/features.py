"""What the CPI can do, feature by feature, as a life that needs everything it may call for it.

A feature stands on others where its life cannot be led without them: a disk is attached to a VM.
"""

from __future__ import annotations

import json
from collections.abc import Callable

from attrs import frozen

from ci.tooling import lives_of_vms
from ci.tooling.life import IMAGE, ROLE, Broken, Life
from ci.tooling.life_of_checks import checks

STEMCELL = {
    "name": "bosh-alicloud-kvm-ubuntu-noble",
    "version": "1.5",
    "disk": 5120,
    "disk_format": "raw",
    "os_type": "linux",
    "os_distro": "ubuntu",
    "architecture": "x86_64",
    "nvme_support": "supported",
}
DATA = {"category": "cloud_efficiency"}


@frozen
class Feature:
    """One feature: its name, what it stands on, and its life."""

    name: str
    play: Callable[[Life], None]
    needs: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    """What the cloud wants for it, and the simulator does not ask for."""


def disks(life: Life) -> None:
    """Made, attached, named, detached, grown, changed, deleted."""
    vm = life.vm()
    cid = life.call("create_disk", 20480, DATA, vm)
    life.expect("has_disk", cid, wanted=True)
    life.call("attach_disk", vm, cid)
    life.expect("get_disks", vm, wanted=[cid])
    for turn in ("first", "second"):
        life.call("set_disk_metadata", cid, {f"{turn}-{number}": "x" for number in range(14)})
    life.call("detach_disk", vm, cid)
    life.call("resize_disk", cid, 30720)
    fast = {"category": "cloud_essd", "performance_level": "PL1"}
    life.call("update_disk", cid, 40960, fast)
    life.call("attach_disk", vm, cid)
    life.ask("Ecs", "ModifyDiskAttribute", DiskId=cid, DeleteWithInstance="true")
    life.call("delete_vm", vm)
    life.expect("has_disk", cid, wanted=True)
    life.call("delete_disk", cid)
    life.expect("has_disk", cid, wanted=False)
    life.leave()


def snapshots(life: Life) -> None:
    """Of a disk."""
    vm = life.vm()
    disk = life.call("create_disk", 20480, DATA, vm)
    life.call("attach_disk", vm, disk)
    life.call("delete_snapshot", life.call("snapshot_disk", disk, {"deployment": "cf"}))
    life.call("detach_disk", vm, disk)
    life.call("delete_disk", disk)
    life.call("delete_vm", vm)
    life.leave()


def light(life: Life) -> None:
    """An image that is there."""
    image = {life.simulator.world.region_id: IMAGE}
    cid = life.call("create_stemcell", "/dev/null", {"image_id": image})
    life.call("delete_stemcell", cid)
    life.leave()


def heavy(life: Life) -> None:
    """Uploaded, imported, deleted; an upload is gone on with; and why an import failed is told."""
    file = life.heavy()
    life.simulator.control.arm("fail", name="UploadPart", code="AccessDenied", times=1)
    life.refused("AccessDenied", "create_stemcell", file, STEMCELL)
    life.leave()
    cid = life.call("create_stemcell", file, STEMCELL)
    life.simulator.control.arm("fail", name="DeleteSnapshot", code="Forbidden", times=1)
    life.refused("not its snapshots", "delete_stemcell", cid)
    life.call("delete_stemcell", cid)
    odd = {**STEMCELL, "disk_format": "qcow2"}
    life.refused("wanted Available: InvalidImageFormat", "create_stemcell", file, odd)
    life.leave()


def encrypted(life: Life) -> None:
    """Copied into an encrypted image."""
    cid = life.call("create_stemcell", life.heavy(), STEMCELL, encrypted=True)
    life.call("delete_stemcell", cid)
    life.leave()


def buckets(life: Life) -> None:
    """Heavy stemcells through a bucket that is made for the purpose."""
    cid = life.call("create_stemcell", life.heavy(), STEMCELL, oss_bucket="")
    life.call("delete_stemcell", cid)
    life.leave()


def taken_over(life: Life) -> None:
    """VMs, balancers and images of the Go CPI."""
    cid = life.foreign_vm()
    disk = life.call("create_disk", 20480, DATA, cid)
    life.call("attach_disk", cid, disk)
    life.expect("get_disks", cid, wanted=[disk])
    life.call("detach_disk", cid, disk)
    life.call("delete_disk", disk)
    balancer, group = lives_of_vms.classic(life)
    servers = [{"ServerId": cid, "Weight": "100", "Port": "8080"}]
    life.ask("Slb", "AddBackendServers", LoadBalancerId=balancer,
             BackendServers=json.dumps([{"ServerId": cid, "Weight": "100"}]))  # fmt: skip
    life.ask("Slb", "AddVServerGroupBackendServers", VServerGroupId=group,
             BackendServers=json.dumps(servers))  # fmt: skip
    groups = {product: lives_of_vms.server_group(life, product) for product in ("Nlb", "Alb")}
    for product, id_ in groups.items():
        members = [{"ServerId": cid, "ServerType": "Ecs", "Port": 80, "Weight": 10}]
        life.ask(product, "AddServersToServerGroup", ServerGroupId=id_, Servers=members)
    life.call("delete_vm", cid, clb_load_balancers=[balancer], clb_server_groups=[group])
    lives_of_vms.no_members(life, balancer, group)
    for product, id_ in groups.items():
        lives_of_vms.none_in(life, product, id_)
    name = "bosh-stemcell-1.5-00000000-0000-4000-8000-000000000000"
    copy = life.ask("Ecs", "CopyImage", ImageId=IMAGE, DestinationImageName=name, Encrypted="true",
                    DestinationRegionId=life.simulator.world.region_id)["ImageId"]  # fmt: skip
    life.call("delete_stemcell", copy)
    life.leave()


def managed(life: Life) -> None:
    """Networks that the Director makes."""
    properties = {"vpc_id": life.vpc, "availability_zone": life.zone}
    for wanted in ({"range": "10.0.9.0/24"}, {"netmask_bits": 24}):
        made = life.call("create_network", {"type": "manual", "cloud_properties": properties,
                                            **wanted})  # fmt: skip
        life.call("delete_network", made[0])
    life.leave()


def other_accounts(life: Life) -> None:
    """A role of another account, as a CPI config names it."""
    arn = f"acs:ram::{life.simulator.account.account_id}:role/{ROLE}"
    if life.call("has_vm", "i-policyunknown0000", ram_role_arn=arn) is not False:
        raise Broken("a VM is there that nobody made")


FEATURES = (
    Feature("VMs", lives_of_vms.vms),
    Feature("settings of VMs that are up already", lives_of_vms.late_settings, needs=("VMs",)),
    Feature("ephemeral disks that stay", lives_of_vms.kept_disks, needs=("VMs",)),
    Feature("security groups by name", lives_of_vms.group_names, needs=("VMs",)),
    Feature("several vSwitches", lives_of_vms.zones, needs=("VMs",)),
    Feature("vm_resources", lives_of_vms.vm_resources),
    Feature("RAM roles of VMs", lives_of_vms.guest_roles, needs=("VMs",), also=("ram:PassRole",)),
    Feature("several network interfaces", lives_of_vms.interfaces, needs=("VMs",)),
    Feature("further addresses", lives_of_vms.addresses, needs=("VMs",)),
    Feature("disks", disks, needs=("VMs",)),
    Feature("snapshots", snapshots, needs=("VMs", "disks")),
    Feature("light stemcells", light),
    Feature("heavy stemcells", heavy, needs=("light stemcells",)),
    Feature("encrypted stemcells", encrypted, needs=("heavy stemcells",)),
    Feature("buckets of its own", buckets, needs=("heavy stemcells",)),
    Feature("vip networks", lives_of_vms.vips, needs=("VMs",)),
    Feature("CLB", lives_of_vms.clb, needs=("VMs",)),
    Feature("NLB", lives_of_vms.nlb, needs=("VMs",)),
    Feature("ALB", lives_of_vms.alb, needs=("VMs",)),
    Feature(
        "VMs and stemcells of the Go CPI",
        taken_over,
        needs=("VMs", "disks", "CLB", "NLB", "ALB", "heavy stemcells"),
    ),
    Feature("managed networks", managed),
    Feature("roles of other accounts", other_accounts),
    Feature(
        "checks before a deploy",
        checks,
        needs=(
            "settings of VMs that are up already",
            "security groups by name",
            "vm_resources",
            "snapshots",
            "encrypted stemcells",
            "vip networks",
        ),
    ),
)
