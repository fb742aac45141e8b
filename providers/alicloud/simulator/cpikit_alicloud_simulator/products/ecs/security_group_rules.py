"""The rules of security groups."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from typing import Any

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.limits import Quota
from cpikit_alicloud_simulator.paging import Paging
from cpikit_alicloud_simulator.parameters import Parameters
from cpikit_alicloud_simulator.products.ecs.security_groups import (
    NOT_FOUND,
    Rule,
    SecurityGroup,
)
from cpikit_alicloud_simulator.refusal import Refusal
from cpikit_alicloud_simulator.times import to_second

RULES = Quota("ecs.security_group_rules", 200, "Rules of one security group.", 'ECS, "Limits"')
_PAGES = Paging(default=500, maximum=1000, numbers=False, tokens=True)

BAD_PROTOCOL = Refusal(
    400, "InvalidIpProtocol.ValueNotSupported", "The IpProtocol is not valid.", "assumed"
)
BAD_PORTS = Refusal(400, "InvalidPortRange.Malformed", "The PortRange is not valid.", "assumed")
BAD_SOURCE = Refusal(400, "InvalidSourceCidrIp.Malformed", "The address is not valid.", "assumed")
BAD_POLICY = Refusal(400, "InvalidPolicy.Malformed", "The policy is not valid.", "assumed")
BAD_PRIORITY = Refusal(
    400, "InvalidPriority.ValueNotSupported", "The Priority is not valid.", "assumed"
)
NO_SOURCE = Refusal(400, "MissingParameter.Source", "Source or destination is missing.", "assumed")
NO_GROUP = Refusal(
    404, "InvalidSourceGroupId.NotFound", "The group of the rule does not exist.", "assumed"
)
TOO_MANY = Refusal(
    403, "AuthorizationLimitExceed", "Only {quota} rules of one group are allowed.", "assumed"
)

# Everything that a rule is made of, for both directions; `Permissions.N.` goes before each.
_FIELDS = """
    Description DestCidrIp IpProtocol Ipv6DestCidrIp Ipv6SourceCidrIp NicType Policy PortRange
    Priority SourceCidrIp SourcePortRange
"""
_INGRESS = "SourceGroupId SourceGroupOwnerAccount SourceGroupOwnerId SourcePrefixListId"
_EGRESS = "DestGroupId DestGroupOwnerAccount DestGroupOwnerId DestPrefixListId"
_PROTOCOLS = ("tcp", "udp", "icmp", "icmpv6", "gre", "all")
_PORTED = ("tcp", "udp")
_PORTS = re.compile(r"(\d{1,5})/(\d{1,5})")
_MOST_PORT = 65535
_MOST_PRIORITY = 100


def _parameters(far: str) -> str:
    names = f"{_FIELDS} {far}".split()
    return " ".join([*names, *(f"Permissions.N.{name}" for name in names)])


@action(
    "Ecs",
    "AuthorizeSecurityGroup",
    effect="write",
    required="SecurityGroupId",
    optional=_parameters(_INGRESS),
    resource="SecurityGroupId",
    token=True,
)
def authorize_security_group(call: Call) -> Answer:
    """Add rules for what comes in; one that is there is not added again."""
    return _added(call, "ingress")


@action(
    "Ecs",
    "AuthorizeSecurityGroupEgress",
    effect="write",
    required="SecurityGroupId",
    optional=_parameters(_EGRESS),
    resource="SecurityGroupId",
    token=True,
)
def authorize_security_group_egress(call: Call) -> Answer:
    """Add rules for what goes out."""
    return _added(call, "egress")


@action(
    "Ecs",
    "RevokeSecurityGroup",
    effect="write",
    required="SecurityGroupId",
    optional=f"{_parameters(_INGRESS)} SecurityGroupRuleId.N",
    resource="SecurityGroupId",
    token=True,
)
def revoke_security_group(call: Call) -> Answer:
    """Take rules for what comes in away; one that is not there is passed over."""
    return _taken_away(call, "ingress")


@action(
    "Ecs",
    "RevokeSecurityGroupEgress",
    effect="write",
    required="SecurityGroupId",
    optional=f"{_parameters(_EGRESS)} SecurityGroupRuleId.N",
    resource="SecurityGroupId",
    token=True,
)
def revoke_security_group_egress(call: Call) -> Answer:
    """Take rules for what goes out away."""
    return _taken_away(call, "egress")


@action(
    "Ecs",
    "DescribeSecurityGroupAttribute",
    effect="read",
    required="SecurityGroupId",
    optional="Direction NicType Attribute",
    paging=_PAGES,
    resource="SecurityGroupId",
)
def describe_security_group_attribute(call: Call) -> Answer:
    """Show a group with its rules; an id that does not exist is an error here."""
    group = call.look(SecurityGroup).get(call.text("SecurityGroupId"))
    if group is None:
        raise NOT_FOUND.error()
    direction = call.choice("Direction", ("ingress", "egress", "all"), "all")
    kept = [rule for rule in group.rules if direction in ("all", rule.direction)]
    page = call.page(_PAGES, kept, lambda rule: rule.id)
    return {
        "SecurityGroupId": group.id,
        "SecurityGroupName": group.name,
        "Description": group.description,
        "VpcId": group.vpc_id,
        "RegionId": group.region_id,
        "InnerAccessPolicy": group.inner_access_policy,
        **{k: v for k, v in page.fields.items() if k == "NextToken"},
        "Permissions": {"Permission": [_shown(rule) for rule in page.rows]},
    }


def _added(call: Call, direction: str) -> Answer:
    group = call.need(SecurityGroup, call.text("SecurityGroupId"), NOT_FOUND)
    given = [_rule(call, each, direction) for each in _given(call)]
    new = [rule for rule in given if not _among(rule, group.rules)]
    call.within(RULES, len(group.rules) + len(new), TOO_MANY)
    call.checked()
    group.rules = (*group.rules, *new)
    return {}


def _taken_away(call: Call, direction: str) -> Answer:
    group = call.need(SecurityGroup, call.text("SecurityGroupId"), NOT_FOUND)
    ids = call.texts("SecurityGroupRuleId")
    gone = [] if ids else [_rule(call, each, direction) for each in _given(call)]
    call.checked()
    group.rules = tuple(
        rule for rule in group.rules if rule.id not in ids and not _among(rule, gone)
    )
    return {}


def _given(call: Call) -> Iterable[Parameters]:
    return call.structures("Permissions") or [call]


def _rule(call: Call, given: Parameters, direction: str) -> Rule:
    near, far = ("Dest", "Source") if direction == "ingress" else ("Source", "Dest")
    protocol = given.text("IpProtocol").lower()
    if protocol not in _PROTOCOLS:
        raise BAD_PROTOCOL.error()
    cidr, cidr6 = _network(given, f"{far}CidrIp"), _network6(given, f"Ipv6{far}CidrIp")
    group_id, list_id = given.text(f"{far}GroupId"), given.text(f"{far}PrefixListId")
    if not (cidr or cidr6 or group_id or list_id):
        raise NO_SOURCE.error()
    if (
        group_id
        and not given.has(f"{far}GroupOwnerId")
        and not given.has(f"{far}GroupOwnerAccount")
    ):
        call.need(SecurityGroup, group_id, NO_GROUP)
    policy = given.text("Policy", "accept").lower()
    if policy not in ("accept", "drop"):
        raise BAD_POLICY.error()
    priority = given.integer("Priority", 1, low=1, high=_MOST_PRIORITY, otherwise=BAD_PRIORITY)
    return Rule(
        id=call.world.ids.resource("sgr", call.region_id),
        direction=direction,
        protocol=protocol.upper(),
        ports=_ports(given.text("PortRange"), protocol),
        cidr=cidr,
        ipv6_cidr=cidr6,
        group_id=group_id,
        prefix_list_id=list_id,
        source_ports=given.text("SourcePortRange"),
        far_cidr=_network(given, f"{near}CidrIp"),
        far_ipv6_cidr=_network6(given, f"Ipv6{near}CidrIp"),
        policy=policy.capitalize(),
        priority=priority,
        description=given.text("Description"),
        nic_type=given.choice("NicType", ("intranet", "internet"), "intranet"),
        created_s=call.now_s,
    )


def _ports(text: str, protocol: str) -> str:
    """Give `1/200` for TCP and UDP; all others have `-1/-1`."""
    if protocol not in _PORTED:
        if text not in ("", "-1/-1"):
            raise BAD_PORTS.error()
        return "-1/-1"
    found = _PORTS.fullmatch(text)
    if found is None:
        raise BAD_PORTS.error()
    low, high = int(found[1]), int(found[2])
    if not 1 <= low <= high <= _MOST_PORT:
        raise BAD_PORTS.error()
    return text


def _network(given: Parameters, name: str) -> str:
    return _parsed(given.text(name), ipaddress.IPv4Network)


def _network6(given: Parameters, name: str) -> str:
    return _parsed(given.text(name), ipaddress.IPv6Network)


def _parsed(text: str, kind: Callable[..., object]) -> str:
    if not text:
        return ""
    try:
        kind(text, strict=False)
    except ValueError as error:
        raise BAD_SOURCE.error() from error
    return text


def _among(rule: Rule, others: Iterable[Rule]) -> bool:
    return any(_essence(rule) == _essence(other) for other in others)


def _essence(rule: Rule) -> tuple[object, ...]:
    """Give what makes two rules the same one: not its id, text and time."""
    return (
        rule.direction,
        rule.protocol,
        rule.ports,
        rule.cidr,
        rule.ipv6_cidr,
        rule.group_id,
        rule.prefix_list_id,
        rule.source_ports,
        rule.far_cidr,
        rule.far_ipv6_cidr,
        rule.policy,
        rule.priority,
    )


def _shown(rule: Rule) -> dict[str, Any]:
    is_in = rule.direction == "ingress"
    far, near = ("Source", "Dest") if is_in else ("Dest", "Source")
    return {
        "SecurityGroupRuleId": rule.id,
        "Direction": rule.direction,
        "IpProtocol": rule.protocol,
        "PortRange": rule.ports,
        "SourcePortRange": rule.source_ports,
        "Policy": rule.policy,
        "Priority": str(rule.priority),
        "NicType": rule.nic_type,
        "Description": rule.description,
        "CreateTime": to_second(rule.created_s),
        f"{far}CidrIp": rule.cidr,
        f"{near}CidrIp": rule.far_cidr,
        f"Ipv6{far}CidrIp": rule.ipv6_cidr,
        f"Ipv6{near}CidrIp": rule.far_ipv6_cidr,
        "SourceGroupId": rule.group_id if is_in else "",
        "DestGroupId": "" if is_in else rule.group_id,
        "SourcePrefixListId": rule.prefix_list_id if is_in else "",
        "DestPrefixListId": "" if is_in else rule.prefix_list_id,
    }
