"""What has to be asked of the cloud before a launch: zones, disks, groups, vips, image and types.

Everything is asked once, and only where the answer decides something (docs/alicloud.md).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from attrs import frozen

from cpikit.errors import CpiError
from cpikit_alicloud import devices, networks, placement, vm_request
from cpikit_alicloud.placement import Candidate, VSwitch
from cpikit_alicloud.vm_request import VmRequest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cpikit_alicloud.session import Session


@frozen(eq=False)
class Facts:
    """What was found out. `request` has the allocation ids of its vips among its bindings."""

    request: VmRequest
    candidates: Sequence[Candidate]
    group_ids: Mapping[str, str]
    nvme: Mapping[str, bool]
    """Whether disks appear as NVMe, by instance type; absent where nobody had to know."""


def found_out(session: Session, request: VmRequest, *, known: Sequence[str]) -> Facts:
    """Ask. `known` are VMs of this very agent, which may hold its vips already.

    Raises CpiError for what cannot be had, before anything is made.
    """
    request = _with_vips(session, request, known)
    looked_up = _vswitches(session, request)
    wishes = networks.wishes(request.plan.nics, looked_up)
    zones = placement.zones_for(wishes, request.zones, _disk_zones(session, request.disk_cids))
    names = [group for nic in request.plan.nics for group in nic.groups]
    vpc = next((vswitch.vpc for vswitch in looked_up.values()), "")
    features = _checked_image(session, request)
    return Facts(
        request=request,
        candidates=placement.candidates(
            request.properties.instance_type, zones, wishes, request.purchases
        ),
        group_ids=networks.group_ids(session, names, vpc),
        nvme=_nvme(session, request, features, is_dear=bool(looked_up)),
    )


def _with_vips(session: Session, request: VmRequest, known: Sequence[str]) -> VmRequest:
    """The request with the allocation id of each vip. Raises when somebody else holds one."""
    if not request.plan.vips:
        return request
    from cpikit_alicloud import addresses, eips, vms  # only with a vip

    ids = []
    for address in request.plan.vips.values():
        row = eips.by_address(session, address)
        holder = str(row.get("InstanceId") or "")
        is_held = holder and holder not in known and row.get("Status") != "Unassociating"
        if is_held and row.get("InstanceType") not in ("", None, "EcsInstance"):
            raise CpiError(
                f"vip {address} is held by {holder} ({row.get('InstanceType')}), wanted free: take "
                "it off there, or correct the network"
            )
        if is_held:
            vm = vms.by_id(session, holder)
            if vm is not None and vm.status != "Stopping":
                addresses.evict(session, vm, f"vip {address}")
        ids.append(str(row["AllocationId"]))
    return vm_request.with_bindings(request, ids)


def _vswitches(session: Session, request: VmRequest) -> dict[str, VSwitch]:
    """Zones and ranges, where there is a choice to make, a disk to be near, or zones may differ.

    Interfaces of one VM are in one zone, so those on different vSwitches are looked at; a VM on a
    single vSwitch needs none of it.
    """
    nics = request.plan.nics
    ids = list(dict.fromkeys(id_ for nic in nics for id_ in nic.vswitch_ids))
    has_choice = any(len(nic.vswitch_ids) > 1 for nic in nics) or len(request.zones) > 1
    is_bound = bool(request.disk_cids) and not request.zones
    has_names = any(networks.is_group_name(group) for nic in nics for group in nic.groups)
    may_differ = len(nics) > 1 and len(ids) > 1
    if has_choice or may_differ or is_bound or has_names:
        return networks.vswitches(session, ids)
    return {}


def _disk_zones(session: Session, disk_cids: Sequence[str]) -> dict[str, str]:
    """The zone of each disk that will be attached; one that does not exist hints at none.

    The list may be late to know a disk of a moment ago, so what it misses is asked for twice.
    """
    if not disk_cids:
        return {}
    zones = _listed_zones(session, disk_cids)
    if len(zones) < len(set(disk_cids)):
        session.context.clock.sleep(session.config.waits.visibility_s)
        zones = _listed_zones(session, disk_cids)
        missing = [cid for cid in disk_cids if cid not in zones]
        if missing:
            text = f"disk {', '.join(missing)} does not exist: it has no part in the VM's place"
            session.context.log.event("warning", text=text)
    return {cid: zones[cid] for cid in disk_cids if zones.get(cid)}


def _listed_zones(session: Session, disk_cids: Sequence[str]) -> dict[str, str]:
    rows = session.client.listed(
        "Ecs", "DescribeDisks", {"DiskIds": json.dumps(list(disk_cids))}, "Disks", "Disk"
    )
    return {str(row.get("DiskId")): str(row.get("ZoneId") or "") for row in rows}


def _checked_image(session: Session, request: VmRequest) -> Mapping[str, object] | None:
    """Features of the image where they were asked for; refuses a VM whose agent could not start.

    The agent reads its settings without a metadata token (bosh-agent http_metadata_service.go).
    """
    wanted = request.properties
    demands = wanted.http_tokens == "required" or wanted.http_endpoint == "disabled"
    if not demands:
        return None
    from cpikit_alicloud import instance_types  # only where metadata options are set

    features = instance_types.image_features(session, request.image_id)
    if not features.get("ImdsSupport"):
        setting = (
            "http_tokens: required"
            if wanted.http_tokens == "required"
            else "http_endpoint: disabled"
        )
        raise CpiError(
            f"{setting} with image {request.image_id}, which does not declare that it reads "
            "metadata with tokens (Features.ImdsSupport): its agent could not read its settings"
        )
    return features


def _nvme(
    session: Session,
    request: VmRequest,
    features: Mapping[str, object] | None,
    *,
    is_dear: bool,
) -> dict[str, bool]:
    """How disks appear on each type that may be launched.

    Without an ephemeral disk only later calls of attach_disk gain by it, through the VM's tag: it
    is left out where it would be the fifth call, or need the image too.
    """
    if request.ephemeral is None and is_dear:
        return {}
    from cpikit_alicloud import instance_types

    support = instance_types.nvme_support(session, request.properties.instance_type)
    undecided = [one for one, value in support.items() if value == "supported"]
    if undecided and request.ephemeral is None:
        return {
            one: devices.is_nvme(value, image_supports=False)
            for one, value in support.items()
            if one not in undecided
        }
    image_supports = False
    if undecided:
        found = features or instance_types.image_features(session, request.image_id)
        image_supports = found.get("NvmeSupport") == "supported"
    return {
        one: devices.is_nvme(value, image_supports=image_supports) for one, value in support.items()
    }
