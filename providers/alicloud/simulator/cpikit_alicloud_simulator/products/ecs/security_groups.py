"""Security groups: made, listed, changed, deleted. Their rules and members have own files."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from attrs import field, frozen

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call, has_tags, shown_tags
from cpikit_alicloud_simulator.limits import Quota
from cpikit_alicloud_simulator.paging import Paging
from cpikit_alicloud_simulator.products.ecs.kinds import Interface
from cpikit_alicloud_simulator.products.vpc.vpcs import Vpc
from cpikit_alicloud_simulator.refusal import Refusal
from cpikit_alicloud_simulator.resource import Resource, resource
from cpikit_alicloud_simulator.tagging import checked_tags
from cpikit_alicloud_simulator.times import to_second

GROUPS = Quota(
    "ecs.security_groups", 100, "Security groups of one account in one region.", 'ECS, "Limits"'
)
MEMBERS = Quota(
    "ecs.security_group_members",
    2000,
    "Private addresses in one basic security group of a VPC.",
    'ECS, "Limits", security groups',
)
_PAGES = Paging(default=10, maximum=100, least=10, tokens=True)

NOT_FOUND = Refusal(
    404, "InvalidSecurityGroupId.NotFound", "The specified SecurityGroupId does not exist."
)
VPC_NOT_FOUND = Refusal(404, "InvalidVpcId.NotFound", "The specified VpcId does not exist.")
BAD_NAME = Refusal(
    400, "InvalidSecurityGroupName.Malformed", "The SecurityGroupName is not valid.", "assumed"
)
BAD_DESCRIPTION = Refusal(
    400, "InvalidSecurityGroupDescription.Malformed", "The Description is not valid.", "assumed"
)
BAD_TYPE = Refusal(
    400, "InvalidSecurityGroupType.ValueNotSupported", "The type is not valid.", "assumed"
)
TOO_MANY = Refusal(403, "QuotaExceed.SecurityGroup", "Only {quota} are allowed.", "assumed")
IN_USE = Refusal(
    403, "DependencyViolation", "There is still instance(s) in the security group.", "assumed"
)
REFERRED_TO = Refusal(
    403, "DependencyViolation", "The security group is authorized in another one.", "assumed"
)
BAD_POLICY = Refusal(400, "InvalidPolicy.Malformed", "The policy is not valid.", "assumed")

_NAME = re.compile(r"(?!https?://)[^\W\d_][\w.:-]{1,127}")
_DESCRIPTION = re.compile(r"(?!https?://).{2,256}", re.DOTALL)


@frozen
class Rule:
    """One rule of a security group."""

    id: str
    direction: str
    protocol: str
    ports: str
    cidr: str = ""
    ipv6_cidr: str = ""
    group_id: str = ""
    prefix_list_id: str = ""
    source_ports: str = ""
    far_cidr: str = ""
    far_ipv6_cidr: str = ""
    policy: str = "Accept"
    priority: int = 1
    description: str = ""
    nic_type: str = "intranet"
    created_s: float = field(default=0.0, eq=False)


@resource
class SecurityGroup(Resource):
    """One security group of a VPC."""

    kind: ClassVar[str] = "securitygroup"
    prefix: ClassVar[str] = "sg"
    indexed: ClassVar[tuple[str, ...]] = ("vpc_id",)

    vpc_id: str = ""
    type: str = "normal"
    rules: tuple[Rule, ...] = ()
    inner_access_policy: str = "Accept"
    is_managed: bool = False

    @property
    def attached_to(self) -> str | None:
        """The VPC that it lies in."""
        return self.vpc_id or None


@action(
    "Ecs",
    "CreateSecurityGroup",
    effect="write",
    optional="VpcId SecurityGroupName SecurityGroupType Description ResourceGroupId "
    "Tag.N.Key Tag.N.Value",
    token=True,
)
def create_security_group(call: Call) -> Answer:
    """Make a security group; there are no more classic networks, so it needs a VPC."""
    vpc = call.need(Vpc, call.demand("VpcId"), VPC_NOT_FOUND)
    name = call.matching("SecurityGroupName", _NAME, otherwise=BAD_NAME)
    about = call.matching("Description", _DESCRIPTION, otherwise=BAD_DESCRIPTION)
    type_ = call.choice("SecurityGroupType", ("normal", "enterprise"), "normal", otherwise=BAD_TYPE)
    tags = checked_tags(call)
    call.within(GROUPS, call.count(SecurityGroup) + 1, TOO_MANY)
    call.checked()
    made = call.world.add(
        SecurityGroup(
            id=call.new_id(SecurityGroup),
            region_id=call.region_id,
            account_id=call.account_id,
            name=name,
            description=about,
            resource_group_id=call.text("ResourceGroupId"),
            tags=tags,
            vpc_id=vpc.id,
            type=type_,
            inner_access_policy="Accept" if type_ == "normal" else "Drop",
        )
    )
    return {"SecurityGroupId": made.id}


@action(
    "Ecs",
    "DeleteSecurityGroup",
    effect="write",
    required="SecurityGroupId",
    resource="SecurityGroupId",
)
def delete_security_group(call: Call) -> Answer:
    """Delete a group without members that no other group's rules name."""
    group = call.need(SecurityGroup, call.text("SecurityGroupId"), NOT_FOUND)
    if call.world.by(Interface, "security_group_ids", group.id):
        raise IN_USE.error()
    if referring(call, group.id):
        raise REFERRED_TO.error()
    call.checked()
    group.vanish(call.world)
    return {}


@action(
    "Ecs",
    "DescribeSecurityGroups",
    effect="read",
    optional="SecurityGroupId SecurityGroupIds SecurityGroupName SecurityGroupType VpcId "
    "FuzzyQuery IsQueryEcsCount NetworkType ResourceGroupId ServiceManaged Tag.N.Key Tag.N.Value",
    paging=_PAGES,
    dry_run=True,
    denied="empty",
)
def describe_security_groups(call: Call) -> Answer:
    """List groups; ids that do not exist are left out."""
    seen = call.look(SecurityGroup)
    ids = call.json_list("SecurityGroupIds")
    if call.has("SecurityGroupId"):
        ids = [call.text("SecurityGroupId")]
    if ids is not None:
        found = seen.ids(ids)
    elif call.has("VpcId"):
        found = seen.by("vpc_id", call.text("VpcId"))
    else:
        found = seen.all()
    page = call.page(_PAGES, [group for group in found if _is_wanted(call, group)])
    shown = [_shown(call, group) for group in page.rows]
    return {
        "SecurityGroups": {"SecurityGroup": shown},
        "RegionId": call.region_id,
        **page.fields,
    }


@action(
    "Ecs",
    "ModifySecurityGroupAttribute",
    effect="write",
    required="SecurityGroupId",
    optional="SecurityGroupName Description",
    resource="SecurityGroupId",
)
def modify_security_group_attribute(call: Call) -> Answer:
    """Rename a group."""
    group = call.need(SecurityGroup, call.text("SecurityGroupId"), NOT_FOUND)
    name = call.matching("SecurityGroupName", _NAME, group.name, otherwise=BAD_NAME)
    about = call.matching("Description", _DESCRIPTION, group.description, otherwise=BAD_DESCRIPTION)
    call.checked()
    group.name, group.description = name, about
    return {}


@action(
    "Ecs",
    "ModifySecurityGroupPolicy",
    effect="write",
    required="SecurityGroupId InnerAccessPolicy",
    resource="SecurityGroupId",
    token=True,
)
def modify_security_group_policy(call: Call) -> Answer:
    """Say whether members of a group may talk with each other."""
    group = call.need(SecurityGroup, call.text("SecurityGroupId"), NOT_FOUND)
    policies = {"accept": "Accept", "drop": "Drop"}
    policy = policies.get(call.text("InnerAccessPolicy").lower())
    if policy is None:
        raise BAD_POLICY.error()
    call.checked()
    group.inner_access_policy = policy
    return {}


@action(
    "Ecs",
    "DescribeSecurityGroupReferences",
    effect="read",
    required="SecurityGroupId.N",
)
def describe_security_group_references(call: Call) -> Answer:
    """List which groups' rules name these groups."""
    shown = [
        {
            "SecurityGroupId": id_,
            "ReferencingSecurityGroups": {
                "ReferencingSecurityGroup": [
                    {"AliUid": each.account_id, "SecurityGroupId": each.id}
                    for each in referring(call, id_)
                ]
            },
        }
        for id_ in call.texts("SecurityGroupId")
    ]
    return {"SecurityGroupReferences": {"SecurityGroupReference": shown}}


def referring(call: Call, group_id: str) -> list[SecurityGroup]:
    """Give the other groups whose rules name a group."""
    return [
        group
        for group in call.own(SecurityGroup).all()
        if group.id != group_id and any(rule.group_id == group_id for rule in group.rules)
    ]


def _is_wanted(call: Call, group: SecurityGroup) -> bool:
    name = call.text("SecurityGroupName")
    fuzzy = call.boolean("FuzzyQuery", default=False)
    managed = call.boolean("ServiceManaged")
    named = name.strip("*") in group.name if fuzzy else name in ("", group.name)
    return (
        named
        and call.text("VpcId") in ("", group.vpc_id)
        and call.text("SecurityGroupType") in ("", group.type)
        and call.text("ResourceGroupId") in ("", group.resource_group_id)
        and call.text("NetworkType").lower() in ("", "vpc")
        and managed in (None, group.is_managed)
        and has_tags(group, call.tag_filters())
    )


def _shown(call: Call, group: SecurityGroup) -> dict[str, Any]:
    members = call.world.by(Interface, "security_group_ids", group.id)
    instances = {each.instance_id for each in members if each.instance_id}
    most = call.world.quota(MEMBERS)
    shown: dict[str, Any] = {
        "SecurityGroupId": group.id,
        "SecurityGroupName": group.name,
        "SecurityGroupType": group.type,
        "Description": group.description,
        "VpcId": group.vpc_id,
        "CreationTime": to_second(group.created_s),
        "ResourceGroupId": group.resource_group_id,
        "ServiceManaged": group.is_managed,
        "RuleCount": len(group.rules),
        "GroupToGroupRuleCount": sum(bool(rule.group_id) for rule in group.rules),
        "AvailableInstanceAmount": max(0, most - len(members)),
        "Tags": shown_tags(group),
    }
    if call.boolean("IsQueryEcsCount", default=False):
        shown["EcsCount"] = len(instances)
    return shown
