"""What a VM's properties have to say together: for create_vm, and for `cpikit validate` before."""

from __future__ import annotations

from attrs import frozen

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cpikit_alicloud.properties.vm import VmProperties

_WEIGHT = (0, 100)
_PORT = (1, 65535)
_ANY_PORT = (0, 65535)  # 0 for groups with AnyPortEnabled: NLB 2022-04-30, AddServersToServerGroup
_NUMBERS = {  # what is used with it, least, most: AddBackendServers, AddServersToServerGroup
    "slb_weight": ("slbs", *_WEIGHT),  # 0 means 100, as the Go CPI has it
    "slb_server_group_weight": ("slb_server_group", *_WEIGHT),  # as above
    "slb_server_group_port": (
        "slb_server_group",
        *_ANY_PORT,
    ),  # 0 means 33333, as the Go CPI has it
    "nlb_server_group_weight": ("nlb_server_group_ids", *_WEIGHT),
    "nlb_server_group_port": ("nlb_server_group_ids", *_ANY_PORT),
}

SPOT = ("SpotWithPriceLimit", "SpotAsPriceGo")
"""The strategies that make a spot VM."""


@frozen
class Rule:
    """A rule that is broken: the property, the sentence, and for one value what was wanted.

    `below` leads from the property to the value.
    """

    name: str
    text: str
    wanted: str = ""
    below: tuple[str | int, ...] = ()

    def __str__(self) -> str:
        place = f"{self.name}{''.join(_step(step) for step in self.below[:-1])}: "
        return (
            f"{place if self.below else ''}{self.text}{self.wanted and f', wanted {self.wanted}'}"
        )


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
    found += [*_purchase(properties), *_groups(properties)]
    return [*found, *(rule for rule in numbers(properties) if _is_used(rule, properties))]


def numbers(properties: VmProperties) -> list[Rule]:
    """Ports and weights that no load balancer takes, of those too that nothing uses."""
    found = [
        Rule(name, f"{name} is {number:g}", _span(least, most))
        for name, (_, least, most) in _NUMBERS.items()
        if (number := getattr(properties, name)) is not None and not _fits(number, least, most)
    ]
    for name, ports in (("nlb_server_groups", _ANY_PORT), ("alb_server_groups", _PORT)):
        for place, group in enumerate(getattr(properties, name)):
            for key, number, span in (
                ("port", group.port, ports),
                ("weight", group.weight, _WEIGHT),
            ):
                if not _fits(number, *span):
                    found.append(Rule(name, f"{key} is {number:g}", _span(*span), (place, key)))
    return found


def warnings(properties: VmProperties) -> list[Rule]:
    """What has no effect, or should be written in another way."""
    found = []
    if properties.spot_price_limit and properties.spot_strategy != "SpotWithPriceLimit":
        text = "spot_price_limit ignored: no spot_strategy SpotWithPriceLimit"
        found.append(Rule("spot_price_limit", text))
    if properties.key_pair_name and properties.password is not None:
        found.append(Rule("password", "password ignored: key_pair_name is set"))
    if properties.deletion_protection:
        text = "deletion_protection ignored: delete_vm could not delete a protected VM"
        found.append(Rule("deletion_protection", text))
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
    port, weight = properties.nlb_server_group_port, properties.nlb_server_group_weight
    needs = properties.nlb_server_group_ids and not properties.nlb_server_groups
    if needs and (port is None or not weight):
        text = "nlb_server_group_ids need nlb_server_group_port and nlb_server_group_weight"
        return [Rule("nlb_server_group_ids", text)]
    return []


def _is_used(rule: Rule, properties: VmProperties) -> bool:
    """Whether a number goes anywhere; nlb_server_groups win over the deprecated properties."""
    if rule.below:
        return True
    used_with = _NUMBERS[rule.name][0]
    is_ignored = used_with == "nlb_server_group_ids" and properties.nlb_server_groups
    return bool(getattr(properties, used_with) and not is_ignored)


def _fits(number: float, least: int, most: int) -> bool:
    return least <= number <= most and number == int(number)


def _span(least: int, most: int) -> str:
    return f"an integer from {least} to {most}"


def _step(step: str | int) -> str:
    return f"[{step}]" if isinstance(step, int) else f".{step}"
