"""What a VM's properties have to say together: for create_vm, and for `cpikit validate` before."""

from __future__ import annotations

from attrs import frozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cpikit_alicloud.properties.vm import VmProperties

SPOT = ("SpotWithPriceLimit", "SpotAsPriceGo")
"""The strategies that make a spot VM."""


@frozen
class Rule:
    """A rule that is broken: which property it is about, and the sentence."""

    name: str
    text: str


def problems(properties: VmProperties, region: str) -> list[Rule]:
    """Everything that create_vm refuses; `region` is the CPI's, "" where nobody knows it."""
    found = []
    if region and properties.region and properties.region != region:
        found.append(
            Rule(
                "region",
                f"region is {properties.region!r}, but this CPI works in {region!r}: make a CPI "
                "for the other region in the CPI config, and name it in the AZ",
            )
        )
    if not properties.instance_type:
        found.append(Rule("instance_type", "instance_type is required, not set"))
    return [*found, *_purchase(properties), *_groups(properties)]


def warnings(properties: VmProperties) -> list[Rule]:
    """What has no effect, or should be written in another way."""
    found = []
    if properties.spot_price_limit and properties.spot_strategy != "SpotWithPriceLimit":
        text = "spot_price_limit ignored: no spot_strategy SpotWithPriceLimit"
        found.append(Rule("spot_price_limit", text))
    if properties.key_pair_name and properties.password is not None:
        found.append(Rule("password", "password ignored: key_pair_name is set"))
    if properties.nlb_server_group_ids:
        text = "nlb_server_group_ids is deprecated, use nlb_server_groups"
        found.append(Rule("nlb_server_group_ids", text))
    return found


def _purchase(properties: VmProperties) -> list[Rule]:
    found = []
    if properties.charge_type == "PrePaid":
        if properties.charge_period is None:
            found.append(Rule("charge_type", "charge_type PrePaid needs charge_period"))
        if properties.spot_strategy in SPOT:
            text = "spot_strategy goes with charge_type PostPaid only"
            found.append(Rule("spot_strategy", text))
    if properties.spot_strategy == "SpotWithPriceLimit" and not properties.spot_price_limit:
        text = "spot_strategy SpotWithPriceLimit needs spot_price_limit"
        found.append(Rule("spot_strategy", text))
    return found


def _groups(properties: VmProperties) -> list[Rule]:
    needs = properties.nlb_server_group_ids and not properties.nlb_server_groups
    if needs and not (properties.nlb_server_group_port and properties.nlb_server_group_weight):
        text = "nlb_server_group_ids need nlb_server_group_port and nlb_server_group_weight"
        return [Rule("nlb_server_group_ids", text)]
    return []
