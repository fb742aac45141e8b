"""Release instances."""

from __future__ import annotations

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.durations import Duration
from cpikit_alicloud_simulator.knobs import Knob
from cpikit_alicloud_simulator.products.ecs.instance import (
    BAD_STATUS,
    NOT_FOUND,
    Instance,
    demand_state,
    needed,
)
from cpikit_alicloud_simulator.refusal import MISSING, Refusal

RELEASING = Duration(
    "ecs.releasing", typical=5.0, slow=(20.0, 120.0), grade="assumed", source="no number published"
)
DELETE_SHOWS = Knob(
    "ecs.delete_shows",
    "Stopping",
    ("Stopping", "Stopped"),
    "What a Stopped instance is while it is released.",
    "documents say Stopped or Stopping",
)
UNKNOWN_IN_MANY = Knob(
    "ecs.delete_many_unknown",
    "refuse",
    ("refuse", "ignore"),
    "What DeleteInstances does with an id that does not exist.",
    "unverified: its error table has no InvalidInstanceId.NotFound",
)
MANY_DRY = Knob(
    "ecs.delete_many_dry_run",
    "DryRunOperation",
    ("DryRunOperation", "DRYRUN.SUCCESS"),
    "What DeleteInstances answers to a dry run that would work.",
    "disputed: all pages have the first, that of DeleteInstances alone prints the second",
)

DRY_SUCCESS = Refusal(400, "DRYRUN.SUCCESS", "The dry run succeeded.", "assumed")
INITIALIZING = Refusal(
    403,
    "IncorrectInstanceStatus.Initializing",
    "The specified instance status does not support it.",
)
PROTECTED = Refusal(
    403, "InvalidOperation.DeletionProtection", "The instance is protected against deletion."
)
IN_ROUTES = Refusal(
    400, "DependencyViolation.RouteEntry", "The instance is in use by a route entry."
)
IN_BALANCER = Refusal(
    400, "DependencyViolation.SLBConfiguring", "A load balancer is configuring the instance."
)
NOT_PAID_UP = Refusal(
    403, "ChargeTypeViolation", "A subscription cannot be released before it expires."
)
LINKED = Refusal(403, "InvalidOperation.EniLinked", "An interface of the instance is in use.")
NOT_LISTED = Refusal(
    403, "InvalidOperation.NotInWhiteList", "TerminateSubscription needs an entry in a white list."
)
MOST_AT_ONCE = 100


@action(
    "Ecs",
    "DeleteInstance",
    effect="write",
    required="InstanceId",
    optional="Force ForceStop TerminateSubscription",
    resource="InstanceId",
    dry_run=True,
)
def delete_instance(call: Call) -> Answer:
    """Release a Stopped instance, with `Force` a Running one too."""
    instance = needed(call, call.text("InstanceId"))
    _demand_deletable(call, instance)
    call.checked()
    _release(call, instance)
    return {}


@action(
    "Ecs",
    "DeleteInstances",
    effect="write",
    required="InstanceId.N",
    optional="Force ForceStop TerminateSubscription",
    resource="InstanceId.1",
    token=True,
    dry_run=True,
)
def delete_instances(call: Call) -> Answer:
    """Release up to a hundred instances, all or none."""
    ids = call.texts("InstanceId")
    if not 1 <= len(ids) <= MOST_AT_ONCE:
        raise MISSING.error(name="InstanceId")
    found = []
    for id_ in dict.fromkeys(ids):
        if call.own(Instance).get(id_) is None:
            if call.knob(UNKNOWN_IN_MANY) == "ignore":
                continue
            raise NOT_FOUND.error()
        instance = needed(call, id_)
        _demand_deletable(call, instance)
        found.append(instance)
    if call.is_dry and call.knob(MANY_DRY) == DRY_SUCCESS.code:
        raise DRY_SUCCESS.error()
    call.checked()
    for instance in found:
        _release(call, instance)
    return {}


def _demand_deletable(call: Call, instance: Instance) -> None:
    world = call.world
    if instance.deletion_protection:
        raise PROTECTED.error()
    if instance.charge_type == "PrePaid" and (instance.expires_s or 0) > call.now_s:
        if call.boolean("TerminateSubscription"):
            raise NOT_LISTED.error()
        raise NOT_PAID_UP.error()
    if instance.in_routes:
        raise IN_ROUTES.error()
    if instance.state in ("Pending", "Starting") and call.now_s < instance.initializing_until_s:
        raise INITIALIZING.error()
    force = call.boolean("Force", default=False)
    demand_state(call, instance, *(("Stopped", "Running") if force else ("Stopped",)))
    for each in world.leaning_on("instance_ids", instance.id):
        if each.state == "Configuring" or getattr(each, "busy_until_s", 0.0) > call.now_s:
            raise IN_BALANCER.error()
    busy = {"Attaching", "Detaching"}
    if any(each.state in busy for each in instance.interfaces(world)):
        raise LINKED.error()


def _release(call: Call, instance: Instance) -> None:
    shown = "Stopping" if instance.state == "Running" else call.knob(DELETE_SHOWS)
    call.world.journey(instance, [(shown, RELEASING)], None)


__all__ = ["BAD_STATUS", "RELEASING"]
