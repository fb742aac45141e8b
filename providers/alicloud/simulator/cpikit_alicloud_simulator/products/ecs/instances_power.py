"""Start, stop and reboot instances."""

from __future__ import annotations

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.durations import Duration
from cpikit_alicloud_simulator.knobs import Knob
from cpikit_alicloud_simulator.products.ecs.instance import (
    BAD_STATUS,
    IN_ARREARS,
    Instance,
    demand_state,
    needed,
)
from cpikit_alicloud_simulator.products.ecs.launch_make import STARTING
from cpikit_alicloud_simulator.products.ecs.public_addresses import new_public_address
from cpikit_alicloud_simulator.products.ecs.stock import Stock
from cpikit_alicloud_simulator.products.ecs.surroundings import demand_word
from cpikit_alicloud_simulator.refusal import Refusal

STOPPING = Duration(
    "ecs.stopping", typical=10.0, slow=(30.0, 180.0), grade="assumed", source="no number published"
)
POWER_CUT = Duration(
    "ecs.force_stopping", typical=3.0, slow=20.0, grade="assumed", source="no number published"
)
REBOOT_NOTICED = Duration(
    "ecs.reboot_noticed", typical=2.0, slow=10.0, grade="assumed", source="the Go CPI saw a gap"
)
REBOOT_SHOWS = Knob(
    "ecs.reboot_shows",
    "Starting",
    ("Starting", "Running"),
    "What an instance is right after RebootInstance: Starting at once, or Running for a while yet.",
    "documents say Starting; the Go CPI saw Running",
)

DISK_ERROR = Refusal(403, "DiskError", "The disk of the instance is in error.")
DISK_IN_ARREARS = Refusal(403, "DiskInArrears", "The disk of the instance is in arrears.")
EXPIRED = Refusal(403, "InstanceExpired", "The postPaid instance has been expired.")
NOT_READY = Refusal(403, "InstanceNotReady", "The instance is not ready.")
KMS = Refusal(
    403, "InvalidParameter.KMSKeyId.KMSUnauthorized", "ECS may not use the key of the disk."
)
SPOT_PRICE = Refusal(
    403,
    "OperationDenied.SpotPriceLowerThanPublicPrice",
    "The spot price limit is lower than the public price.",
)
ELASTIC_QUOTA = Refusal(403, "QuotaExceed.ElasticQuota", "The elastic quota is exceeded.")
POOR = Refusal(403, "InsufficientBalance", "Your account does not have enough balance.")
NO_STOCK = Refusal(
    403, "OperationDenied.NoStock", "The requested resource is sold out in the specified zone."
)
NO_LOCAL = Refusal(
    403, "InstanceType.ParameterMismatch", "The instance type does not support StopCharging."
)
NO_STOP_CHARGING = Refusal(
    403, "InvalidInstanceId.NotSupport", "The instance does not support the StopCharging mode."
)
_CANNOT_START = {
    "not-ready": NOT_READY,
    "kms": KMS,
    "spot-price": SPOT_PRICE,
    "quota": ELASTIC_QUOTA,
}
_STOP_CHARGING = "StopCharging"


@action(
    "Ecs",
    "StartInstance",
    effect="write",
    required="InstanceId",
    optional="InitLocalDisk",
    resource="InstanceId",
    dry_run=True,
)
def start_instance(call: Call) -> Answer:
    """Stopped -> Starting -> Running."""
    instance = needed(call, call.text("InstanceId"))
    demand_startable(call, instance)
    call.checked()
    start(call, instance)
    return {}


def demand_startable(call: Call, instance: Instance) -> None:
    """Raise what keeps an instance from starting."""
    demand_state(call, instance, "Stopped")
    _demand_sound(instance, EXPIRED)
    if instance.cannot_start:
        raise _CANNOT_START[instance.cannot_start].error()
    demand_word(call, "insufficient")
    disks = instance.disks(call.world)
    if any(disk.state == "ReIniting" for disk in disks):
        raise BAD_STATUS.error()
    if instance.stopped_mode == _STOP_CHARGING:
        stock, spot = call.world.part(Stock), instance.spot_strategy != "NoSpot"
        if stock.state(instance.zone_id, instance.type_id, spot=spot) != "on_sale":
            raise NO_STOCK.error()


def start(call: Call, instance: Instance) -> None:
    """Start it."""
    world = call.world
    if instance.stopped_mode == _STOP_CHARGING:
        spot = instance.spot_strategy != "NoSpot"
        world.part(Stock).take(instance.zone_id, instance.type_id, spot=spot)
        if instance.bandwidth_out and not instance.public_ip and instance.eip is None:
            instance.public_ip = new_public_address(world)
    instance.stopped_mode = "Not-applicable"
    world.journey(instance, [("Starting", STARTING)], "Running", lambda: started(call, instance))


def started(call: Call, instance: Instance) -> None:
    """Note that it runs."""
    instance.started_s = call.world.now_s


@action(
    "Ecs",
    "StopInstance",
    effect="write",
    required="InstanceId",
    optional="ForceStop ConfirmStop StoppedMode Hibernate",
    resource="InstanceId",
    dry_run=True,
)
def stop_instance(call: Call) -> Answer:
    """Running -> Stopping -> Stopped; ForceStop cuts the power."""
    instance = needed(call, call.text("InstanceId"))
    demand_stoppable(call, instance)
    call.checked()
    stop(call, instance)
    return {}


def demand_stoppable(call: Call, instance: Instance) -> None:
    """Raise what keeps an instance from stopping."""
    mode = call.choice("StoppedMode", ("StopCharging", "KeepCharging"))
    demand_state(call, instance, "Running")
    _demand_sound(instance, IN_ARREARS)
    if mode == _STOP_CHARGING:
        if instance.type.family.local_disk:
            raise NO_LOCAL.error()
        if instance.charge_type == "PrePaid":
            raise NO_STOP_CHARGING.error()


def stop(call: Call, instance: Instance) -> None:
    """Stop it."""
    mode = call.text("StoppedMode") or "KeepCharging"
    took = POWER_CUT if call.boolean("ForceStop") else STOPPING

    def stopped() -> None:
        instance.stopped_mode = mode
        if mode == _STOP_CHARGING:  # gives up its place and an address that is not elastic
            spot = instance.spot_strategy != "NoSpot"
            call.world.part(Stock).give_back(instance.zone_id, instance.type_id, spot=spot)
            instance.public_ip = ""

    call.world.journey(instance, [("Stopping", took)], "Stopped", stopped)


@action(
    "Ecs",
    "RebootInstance",
    effect="write",
    required="InstanceId",
    optional="ForceStop",
    resource="InstanceId",
    dry_run=True,
)
def reboot_instance(call: Call) -> Answer:
    """Running -> Starting -> Running; there is no Stopping."""
    instance = needed(call, call.text("InstanceId"))
    demand_state(call, instance, "Running")
    _demand_sound(instance, IN_ARREARS)
    call.checked()
    reboot(call, instance)
    return {}


def reboot(call: Call, instance: Instance) -> None:
    """Reboot it."""
    world = call.world

    def boots() -> None:
        ends = [("Starting", STARTING)]
        world.journey(instance, ends, "Running", lambda: started(call, instance))

    if call.knob(REBOOT_SHOWS) == "Running":
        world.after(REBOOT_NOTICED, instance, boots)
    else:
        boots()


def _demand_sound(instance: Instance, expired: Refusal) -> None:
    if instance.lock == "financial":
        raise expired.error()
    if instance.disk_is_broken:
        raise DISK_ERROR.error()
    if instance.lock == "disk":
        raise DISK_IN_ARREARS.error()
    if instance.cannot_start == "kms":
        raise KMS.error()
