"""Read and check a call that makes instances, as a whole."""

from __future__ import annotations

from collections import Counter

from attrs import evolve

from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.limits import Quota
from cpikit_alicloud_simulator.products.ecs import launch_words
from cpikit_alicloud_simulator.products.ecs.conditions import refuse_at
from cpikit_alicloud_simulator.products.ecs.instance import Instance
from cpikit_alicloud_simulator.products.ecs.kinds import Disk
from cpikit_alicloud_simulator.products.ecs.launch_closed import ZONE_WORDS, demand_open
from cpikit_alicloud_simulator.products.ecs.launch_disks import checked_disks
from cpikit_alicloud_simulator.products.ecs.launch_identity import checked_identity
from cpikit_alicloud_simulator.products.ecs.launch_network import checked_network
from cpikit_alicloud_simulator.products.ecs.launch_placement import checked_placement
from cpikit_alicloud_simulator.products.ecs.launch_plan import DiskPlan, Launch
from cpikit_alicloud_simulator.products.ecs.launch_shape import (
    checked_credit,
    checked_image,
    checked_purchase,
    checked_release,
    checked_type,
)
from cpikit_alicloud_simulator.products.ecs.stock import Stock
from cpikit_alicloud_simulator.products.ecs.surroundings import (
    LaunchTemplate,
    checked_resource_group,
)
from cpikit_alicloud_simulator.refusal import Refusal
from cpikit_alicloud_simulator.tagging import TAGS_PER_RESOURCE, checked_tags
from cpikit_alicloud_simulator.tagging import TOO_MANY as TOO_MANY_TAGS

INSTANCES = Quota(
    "ecs.instances", 50_000, "Pay-as-you-go instances of one account in one region.", "assumed"
)
VCPUS = Quota(
    "ecs.vcpus", 1_000_000, "vCPUs of one account in one region.", "ECS, Limits: set per account"
)
POSTPAID_DISKS = Quota(
    "ecs.disks", 200_000, "Pay-as-you-go disks of one account in one region.", "assumed"
)

TOO_MANY_CPUS = Refusal(
    403, "QuotaExceed.ElasticQuota", "No more than {quota} vCPUs of this type are allowed."
)
TOO_MANY_DISKS = Refusal(
    403, "QuotaExceed.PostPaidDisk", "Only {quota} pay-as-you-go disks are allowed."
)
PORTABLE_DISKS = Quota(
    "ecs.portable_disks", 200_000, "Data disks of one account in one region.", "assumed"
)
OF_CATEGORY = Quota(
    "ecs.disks_of_category_on_instance",
    64,
    "Disks of one category on one instance, of those that CreateDisk attaches itself or a launch "
    "makes.",
    "assumed: the code is documented, the number is not",
)
TOO_MANY_PORTABLE = Refusal(
    403, "QuotaExceed.PortableCloudDisk", "Only {quota} portable disks are allowed."
)
TOO_MANY_OF_CATEGORY = Refusal(
    403, "InstanceDiskCategoryLimitExceed", "Only {quota} disks of one category are allowed."
)
NO_TEMPLATE = Refusal(404, "InvalidLaunchTemplate.NotFound", "The launch template does not exist.")
NO_VERSION = Refusal(
    404, "InvalidLaunchTemplateVersion.NotFound", "The launch template has no such version."
)
TAG_MISMATCH = Refusal(400, "InvalidTag.Mismatch", "Tag.N.Key and Tag.N.Value do not match.")
BAD_AMOUNT = Refusal(403, "InvalidParam.Amount", "The specified Amount is not valid.")
BAD_MOST = Refusal(400, "InvalidMaxAmount.Malformed", "The specified Amount is not valid.")
BAD_LEAST = Refusal(400, "InvalidMinAmount.Malformed", "The specified MinAmount is not valid.")
MOST_AT_ONCE = 100


def templated(call: Call) -> Call:
    """Give the call with what its launch template says for parameters that it leaves out."""
    id_, name = call.text("LaunchTemplateId"), call.text("LaunchTemplateName")
    if not id_ and not name:
        return call
    templates = call.own(LaunchTemplate).all()
    found = next((each for each in templates if id_ == each.id or name == each.name), None)
    if found is None:
        raise NO_TEMPLATE.error()
    last = len(found.versions)
    version = call.integer("LaunchTemplateVersion", found.default_version, low=1)
    if version > last:
        raise NO_VERSION.error()
    given = {key: value for key, value in call.values.items() if value}
    return evolve(call, values={**found.versions[version - 1], **given})


def _tags(call: Call) -> dict[str, str]:
    if any(tag.has("Value") and not tag.has("Key") for tag in call.structures("Tag")):
        raise TAG_MISMATCH.error()
    tags = checked_tags(call)
    call.within(TAGS_PER_RESOURCE, len(tags), TOO_MANY_TAGS)
    return tags


def checked_launch(call: Call, *, runs: bool) -> Launch:
    """Read and check a call of RunInstances or CreateInstance."""
    demand_open(call, runs=runs)
    most, least = _amounts(call) if runs else (1, 1)
    image = checked_image(call)
    type_ = checked_type(call, image)
    identity = checked_identity(call, image, type_)
    purchase = checked_purchase(call, image, type_, runs=runs)
    network = checked_network(call, type_, least, runs=runs)
    zone_id = network.vswitch.zone_id
    refuse_at(call, zone_id, ZONE_WORDS)
    disks = checked_disks(call, image, type_, zone_id)
    placement = checked_placement(call, type_, purchase, zone_id, least)
    count = most if most == least else _possible(call, zone_id, purchase.is_spot, least, most)
    if not placement.private_pool_id:
        stock = call.world.part(Stock)
        stock.demand(zone_id, type_.id, spot=purchase.is_spot, count=count)
    _demand_quotas(call, count, type_.cpus, disks)
    return Launch(
        image=image,
        type=type_,
        identity=identity,
        purchase=purchase,
        network=network,
        disks=disks,
        placement=placement,
        tags=_tags(call),
        resource_group_id=checked_resource_group(call),
        deletion_protection=bool(call.boolean("DeletionProtection")),
        auto_release=checked_release(call),
        credit=checked_credit(call, type_),
        count=count,
        starts=runs,
    )


def _amounts(call: Call) -> tuple[int, int]:
    most = call.integer("Amount", 1, otherwise=BAD_MOST)
    if not 1 <= most <= MOST_AT_ONCE:
        raise BAD_AMOUNT.error()
    least = call.integer("MinAmount", most, low=1, high=most, otherwise=BAD_LEAST)
    return most, least


def _possible(call: Call, zone_id: str, spot: bool, least: int, most: int) -> int:
    """Give how many can be had, from MinAmount to Amount."""
    stock, type_id = call.world.part(Stock), call.text("InstanceType")
    for count in range(most, least, -1):
        if stock.state(zone_id, type_id, spot=spot, count=count) == "on_sale":
            return count
    return least


def _demand_quotas(call: Call, count: int, cpus: int, disks: tuple[DiskPlan, ...]) -> None:
    call.within(INSTANCES, call.count(Instance) + count, launch_words.TOO_MANY.of(call))
    owned = call.world.table(Instance).at_home(call.account_id, call.region_id)
    if call.world.quota(VCPUS) < VCPUS.default:  # adding up costs; only where somebody set it
        call.within(VCPUS, sum(each.type.cpus for each in owned) + count * cpus, TOO_MANY_CPUS)
    owned_disks = call.count(Disk)
    call.within(POSTPAID_DISKS, owned_disks + count * len(disks), TOO_MANY_DISKS)
    portable = count * sum(each.type == "data" for each in disks)
    if portable:
        call.within(PORTABLE_DISKS, owned_disks + portable, TOO_MANY_PORTABLE)
    categories = Counter(each.category for each in disks if each.type == "data")
    call.within(OF_CATEGORY, max(categories.values(), default=0), TOO_MANY_OF_CATEGORY)
