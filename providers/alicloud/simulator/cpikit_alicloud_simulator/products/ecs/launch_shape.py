"""Check what new instances are made of and how they are paid for."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime

from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.knobs import Knob
from cpikit_alicloud_simulator.products.ecs import launch_words
from cpikit_alicloud_simulator.products.ecs.conditions import refuse
from cpikit_alicloud_simulator.products.ecs.families import InstanceType, instance_types
from cpikit_alicloud_simulator.products.ecs.kinds import Image
from cpikit_alicloud_simulator.products.ecs.launch_plan import Purchase
from cpikit_alicloud_simulator.products.ecs.surroundings import demand_word
from cpikit_alicloud_simulator.refusal import Refusal

NO_IMAGE = Refusal(404, "InvalidImageId.NotFound", "The specified ImageId does not exist.")
IMAGE_NOT_READY = Refusal(400, "IncorrectImageStatus", "The image is not Available.")
IMAGE_INVALID = Refusal(403, "OperationDenied.ImageNotValid", "The image is invalid.")
NO_SUBSCRIPTION = Refusal(403, "ImageNotSubscribed", "The image has not been subscribed.")
_IMAGE_WORDS: Mapping[str, Refusal] = {
    "off_market": Refusal(404, "InvalidMarketImage.NotFound", "The market image does not exist."),
}
PREPAID_IMAGE = Refusal(
    400, "InvalidMarketImageChargeType.NotSupport", "The market image is for subscriptions only."
)
BAD_TYPE = Refusal(
    400, "InvalidInstanceType.ValueNotSupported", "The specified InstanceType does not exist."
)
NO_IO = Refusal(400, "IoOptimized.NotSupported", "The type does not support IoOptimized.")
BAD_CHARGE = Refusal(
    404, "InvalidInstanceChargeType.NotFound", "The InstanceChargeType does not exist."
)
BAD_PERIOD = Refusal(400, "InvalidPeriod", "The specified period is not valid.")
BAD_UNIT = Refusal(400, "InvalidPeriodUnit.ValueNotSupported", "The PeriodUnit is not valid.")
BAD_TYPE_OF_PERIOD = Refusal(
    400, "InvalidPeriodType.ValueNotSupported", "The PeriodUnit is not valid."
)
IMAGE_REMOVED = Refusal(403, "ImageRemovedInMarket", "The image has left the market.")
BAD_RENEWAL = Refusal(
    400, "InvalidAutoRenewPeriod.ValueNotSupported", "The AutoRenewPeriod is not valid."
)
BAD_SPOT = Refusal(400, "InvalidSpotStrategy", "The specified SpotStrategy is not valid.")
SPOT_PREPAID = Refusal(400, "InvalidSpotPrepaid", "Spot instances are pay-as-you-go.")
SPOT_ZONE = Knob(
    "launch.spot_zone",
    "of the vSwitch",
    ("of the vSwitch", "needed"),
    "Whether CreateInstance wants a ZoneId for a spot instance although the vSwitch has one.",
    "unverified: the error table has InvalidSpotParam.EmptyZoneID, the page does not say when",
)
SPOT_WITHOUT_ZONE = Refusal(
    400, "InvalidSpotParam.EmptyZoneID", "The ZoneId of a spot instance cannot be empty."
)
BAD_SPOT_PRICE = Refusal(400, "InvalidSpotPriceLimit", "The SpotPriceLimit is not valid.")
SPOT_PRICE_LOW = Refusal(
    400,
    "InvalidSpotPriceLimit.LowerThanPublicPrice",
    "The SpotPriceLimit is lower than the public price.",
)
BAD_SPOT_DURATION = Refusal(400, "InvalidSpotDuration", "The SpotDuration is not valid.")
BAD_INTERRUPTION = Refusal(
    400, "InvalidSpotInterruptionBehavior", "The SpotInterruptionBehavior is not valid."
)
NO_LOCAL_STOP = Refusal(
    403,
    "InvalidSpotInterruptionBehavior.LocalDiskNotSupport",
    "Instances with local disks cannot be stopped when interrupted.",
)
BAD_RELEASE = Refusal(400, "InvalidAutoReleaseTime.Malformed", "The AutoReleaseTime is not valid.")
BAD_CREDIT = Refusal(
    400, "InvalidParameter.CreditSpecification", "The CreditSpecification is not valid."
)

_DAY_S = 86_400
_RELEASE_LEAST_S, _RELEASE_MOST_S = 1800, 3 * 366 * _DAY_S
_MONTHS = (*range(1, 10), 12, 24, 36, 48, 60)
_RENEWALS = (1, 2, 3, 6, 12, 24, 36, 48, 60)
_SPOT_PART = 0.1
"""A spot instance costs a tenth of the on-demand price in these worlds."""
_RELEASE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d)?Z")


def checked_image(call: Call) -> Image:
    """Give the image of ImageId, or the newest of ImageFamily."""
    if not call.has("ImageId") and call.has("ImageFamily"):
        family = call.text("ImageFamily")
        found = [each for each in call.own(Image).all() if each.family == family]
        ready = [each for each in found if each.state == "Available"]
        if not ready:
            raise NO_IMAGE.error()
        return max(ready, key=lambda each: each.created_s)
    image = call.need(Image, call.demand("ImageId", launch_words.LEFT_OUT.of(call)), NO_IMAGE)
    if image.owner_alias == "marketplace" and image.state == "Deprecated":
        raise IMAGE_REMOVED.error()
    if image.owner_alias == "marketplace" and call.account_id not in image.shared_with:
        raise NO_SUBSCRIPTION.error()
    refuse(image, _IMAGE_WORDS)
    if image.state in ("Creating", "Waiting"):
        raise IMAGE_NOT_READY.error()
    if image.state != "Available":
        raise IMAGE_INVALID.error()
    return image


def checked_type(call: Call, image: Image) -> InstanceType:
    """Give the instance type, fitting the image."""
    type_ = instance_types().get(call.demand("InstanceType", launch_words.LEFT_OUT.of(call)))
    if type_ is None:
        raise BAD_TYPE.error()
    io = call.choice("IoOptimized", ("none", "optimized"), otherwise=launch_words.BAD_IO.of(call))
    if io == "optimized" and not (type_.family.io_optimized and image.supports_io_optimized):
        raise NO_IO.error()
    arm = type_.family.architecture == "ARM"
    if arm != (image.architecture == "arm64"):
        raise launch_words.IMAGE_AND_TYPE.error(call)
    if type_.family.nvme == "required" and image.nvme_support == "unsupported":
        raise launch_words.IMAGE_AND_TYPE.error(call)
    return type_


def checked_credit(call: Call, type_: InstanceType) -> str:
    """Give CreditSpecification, which only burstable types have."""
    credit = call.choice("CreditSpecification", ("Standard", "Unlimited"), otherwise=BAD_CREDIT)
    if credit and not type_.family.burstable:
        raise BAD_CREDIT.error()
    return credit or ("Standard" if type_.family.burstable else "")


def checked_purchase(call: Call, image: Image, type_: InstanceType, *, runs: bool) -> Purchase:
    """Give how it is paid for."""
    charge = call.choice(
        "InstanceChargeType", ("PostPaid", "PrePaid"), "PostPaid", otherwise=BAD_CHARGE
    )
    spot = call.choice(
        "SpotStrategy",
        ("NoSpot", "SpotWithPriceLimit", "SpotAsPriceGo"),
        "NoSpot",
        otherwise=BAD_SPOT,
    )
    if charge == "PostPaid" and "prepaid_only" in image.conditions:
        raise PREPAID_IMAGE.error()
    if not runs and spot != "NoSpot" and call.knob(SPOT_ZONE) == "needed":
        call.demand("ZoneId", SPOT_WITHOUT_ZONE)
    if spot == "NoSpot":
        return Purchase(
            charge_type=charge,
            period_s=_period_s(call, charge, BAD_TYPE_OF_PERIOD if runs else BAD_UNIT),
        )
    return _spot(call, type_, charge, spot)


def _spot(call: Call, type_: InstanceType, charge: str, spot: str) -> Purchase:
    """Give how a spot instance is paid for."""
    if charge == "PrePaid":
        raise SPOT_PREPAID.error()
    demand_word(call, "no_spot")
    demand_word(call, "no_spot_user")
    price = call.number("SpotPriceLimit", 0.0, otherwise=BAD_SPOT_PRICE) or 0.0
    if price < 0:
        raise BAD_SPOT_PRICE.error()
    if spot == "SpotWithPriceLimit":
        if price == 0:
            raise BAD_SPOT_PRICE.error()
        if price < type_.hourly_price * _SPOT_PART:
            raise SPOT_PRICE_LOW.error()
    interruption = call.choice(
        "SpotInterruptionBehavior", ("Terminate", "Stop"), "Terminate", otherwise=BAD_INTERRUPTION
    )
    if interruption == "Stop" and type_.family.local_disk:
        raise NO_LOCAL_STOP.error()
    return Purchase(
        charge_type=charge,
        spot_strategy=spot,
        spot_price_limit=price if spot == "SpotWithPriceLimit" else 0.0,
        spot_duration=call.integer("SpotDuration", 1, low=0, high=6, otherwise=BAD_SPOT_DURATION),
        spot_interruption=interruption,
    )


def _period_s(call: Call, charge: str, bad_unit: Refusal) -> float | None:
    if charge == "PostPaid":
        return None
    demand_word(call, "no_subscriptions")
    unit = call.choice("PeriodUnit", ("Week", "Month"), "Month", otherwise=bad_unit)
    period = call.integer("Period", otherwise=BAD_PERIOD)
    if period is None or period not in (_MONTHS if unit == "Month" else range(1, 5)):
        raise BAD_PERIOD.error()
    if call.boolean("AutoRenew"):
        renewal = call.integer("AutoRenewPeriod", 1, otherwise=BAD_RENEWAL)
        if renewal not in _RENEWALS:
            raise BAD_RENEWAL.error()
    return period * (30 if unit == "Month" else 7) * _DAY_S


def checked_release(call: Call) -> str:
    """Give AutoReleaseTime: half an hour to three years from now."""
    given = call.matching("AutoReleaseTime", _RELEASE, otherwise=BAD_RELEASE)
    if not given:
        return ""
    try:
        at = datetime.fromisoformat(given).astimezone(UTC)
    except ValueError as error:
        raise BAD_RELEASE.error() from error
    if not _RELEASE_LEAST_S <= at.timestamp() - call.now_s <= _RELEASE_MOST_S:
        raise BAD_RELEASE.error()
    return at.strftime("%Y-%m-%dT%H:%MZ")
