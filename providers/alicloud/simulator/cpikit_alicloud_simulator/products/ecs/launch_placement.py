"""Check on what new instances are to be placed."""

from __future__ import annotations

from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.products.ecs import launch_words
from cpikit_alicloud_simulator.products.ecs.families import InstanceType
from cpikit_alicloud_simulator.products.ecs.launch_plan import Placement, Purchase
from cpikit_alicloud_simulator.products.ecs.surroundings import (
    CapacityReservation,
    DedicatedHost,
    DeploymentSet,
    HpcCluster,
)
from cpikit_alicloud_simulator.refusal import Refusal

SET_FULL = Refusal(
    403,
    "QuotaExceed.DeploymentSetInstanceQuotaFull",
    "The deployment set takes only {most} instances.",
)
NO_ROOM = Refusal(403, "DeploymentSet.NoRoom", "The deployment set has no room in this zone.")
SET_ON_HOST = Refusal(
    400, "InvalidDeploymentOnHost", "A deployment set and a dedicated host do not go together."
)
NO_HOST = Refusal(
    400, "InvalidDedicatedHostId.NotFound", "The specified DedicatedHostId does not exist."
)
HOST_STATUS = Refusal(400, "IncorrectDedicatedHostStatus", "The dedicated host is not Available.")
HOST_BROKEN = Refusal(
    400, "InvalidDedicatedHostStatus.NotSupport", "The dedicated host has failed."
)
HOST_POSTPAID = Refusal(
    400,
    "ChargeTypeViolation.PostPaidDedicatedHost",
    "A pay-as-you-go host takes no subscriptions.",
)
HOST_TYPE = Refusal(
    400, "DedicatedHostType.Unmatched", "The dedicated host does not support the type."
)
HOST_FULL = Refusal(400, "LackResource", "There's no enough resource on the dedicated host.")
HOST_ZONE = Refusal(
    403, "ResourcesNotInSameZone", "The instance and the dedicated host are in two zones."
)
BAD_TENANCY = Refusal(400, "InvalidParam.Tenancy", "The specified Tenancy is not valid.")
POOL_NEEDED = Refusal(
    400, "MissingParameter.PrivatePoolOptionsId", "A Target needs PrivatePoolOptions.Id."
)
BAD_POOL = Refusal(400, "Invalid.PrivatePoolOptionsId", "The specified private pool does not fit.")
CLUSTER_CREATING = Refusal(
    400, "InvalidHpcClusterId.Creating", "The specified HPC cluster is being created."
)
CLUSTER_NEEDED = Refusal(
    400, "InvalidHpcClusterId.Necessary", "The instance type needs an HPC cluster."
)
CLUSTER_IDLE = Refusal(
    400, "InvalidHpcClusterId.Unnecessary", "The instance type needs no HPC cluster."
)


def checked_placement(
    call: Call, type_: InstanceType, purchase: Purchase, zone_id: str, count: int
) -> Placement:
    """Give deployment set, dedicated host, private pool and cluster, or raise what is wrong."""
    set_, group = _deployment_set(call, count)
    host = _dedicated_host(call, type_, purchase, zone_id, count)
    if set_ and host:
        raise SET_ON_HOST.error()
    pool, match = _private_pool(call, type_, zone_id, count)
    return Placement(
        deployment_set_id=set_,
        deployment_group=group,
        dedicated_host_id=host,
        private_pool_id=pool,
        private_pool_match=match,
        hpc_cluster_id=_cluster(call, type_),
        tenancy=call.choice("Tenancy", ("default", "host"), "default", otherwise=BAD_TENANCY),
        affinity=call.choice("Affinity", ("default", "host"), "default"),
    )


def _deployment_set(call: Call, count: int) -> tuple[str, int | None]:
    id_ = call.text("DeploymentSetId")
    if not id_:
        return "", None
    set_ = call.need(DeploymentSet, id_, launch_words.NO_SET.of(call))
    inside = [
        each
        for each in call.world.leaning_on("deployment_set_id", id_)
        if each.account_id == call.account_id
    ]
    if len(inside) + count > set_.capacity:
        raise SET_FULL.error(most=set_.capacity)
    if not set_.has_room:
        raise NO_ROOM.error()
    return id_, call.integer("DeploymentSetGroupNo", low=1, high=max(1, set_.groups))


def _dedicated_host(
    call: Call, type_: InstanceType, purchase: Purchase, zone_id: str, count: int
) -> str:
    id_ = call.text("DedicatedHostId")
    if not id_:
        return ""
    host = call.need(DedicatedHost, id_, NO_HOST)
    if host.state == "PermanentFailure":
        raise HOST_BROKEN.error()
    if host.state != "Available":
        raise HOST_STATUS.error()
    if host.zone_id and host.zone_id != zone_id:
        raise HOST_ZONE.error()
    if host.family != type_.family.id or purchase.is_spot:
        raise HOST_TYPE.error()
    if host.charge_type == "PostPaid" and purchase.charge_type == "PrePaid":
        raise HOST_POSTPAID.error()
    if (
        host.expires_s is not None
        and purchase.period_s is not None
        and call.now_s + purchase.period_s > host.expires_s
    ):
        raise launch_words.HOST_PERIOD.error(call)
    used = len(call.world.leaning_on("dedicated_host_id", id_)) * type_.cpus
    if used + count * type_.cpus > host.cpus:
        raise HOST_FULL.error()
    return id_


def _private_pool(call: Call, type_: InstanceType, zone_id: str, count: int) -> tuple[str, str]:
    match = call.choice("PrivatePoolOptions.MatchCriteria", ("Open", "Target", "None"), "")
    id_ = call.text("PrivatePoolOptions.Id")
    if match != "Target":
        return "", match
    if not id_:
        raise POOL_NEEDED.error()
    pool = call.need(CapacityReservation, id_, BAD_POOL)
    fits = pool.zone_id in ("", zone_id) and pool.type_id in ("", type_.id)
    if not fits or pool.left < count:
        raise BAD_POOL.error()
    return id_, match


def _cluster(call: Call, type_: InstanceType) -> str:
    id_, needs = call.text("HpcClusterId"), type_.family.in_cluster
    if not id_:
        if needs:
            raise CLUSTER_NEEDED.error()
        return ""
    cluster = call.need(HpcCluster, id_, launch_words.NO_CLUSTER.of(call))
    if cluster.state == "Creating":
        raise CLUSTER_CREATING.error()
    if not needs:
        raise CLUSTER_IDLE.error()
    return id_
