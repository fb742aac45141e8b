"""Which instances and interfaces are in which security groups."""

from __future__ import annotations

import re
from collections.abc import Mapping

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.knobs import Knob
from cpikit_alicloud_simulator.limits import Quota
from cpikit_alicloud_simulator.products.ecs.conditions import refuse_at
from cpikit_alicloud_simulator.products.ecs.instance import demand_state, needed
from cpikit_alicloud_simulator.products.ecs.kinds import Interface
from cpikit_alicloud_simulator.products.ecs.launch_network import GROUPS_PER_INTERFACE
from cpikit_alicloud_simulator.products.ecs.security_groups import (
    MEMBERS,
    NOT_FOUND,
    SecurityGroup,
)
from cpikit_alicloud_simulator.refusal import MISSING, Refusal
from cpikit_alicloud_simulator.wordings import wording

LEAVE_UNJOINED = Knob(
    "ecs.leave_unjoined",
    "InvalidSecurityGroupAssociation.NotFound",
    ("InvalidSecurityGroupAssociation.NotFound", "InstanceNotInSecurityGroup"),
    "The error of LeaveSecurityGroup for a group that the instance is not in.",
    "a change notice of 2024-07 names the first, the older error table the second",
)

BAD_ID = Refusal(400, "InvalidInstanceId.Malformed", "The specified InstanceId is not valid.")
BOTH = Refusal(
    403,
    "InvalidParam.EniIdAndInstanceId.Conflict",
    "InstanceId and NetworkInterfaceId do not go together.",
)
NO_INTERFACE = Refusal(404, "InvalidEniId.NotFound", "The specified ENI does not exist.")
BAD_STATE = Refusal(
    400, "InvalidOperation.InvalidEniState", "The state of the ENI does not allow this."
)
BAD_TYPE = Refusal(
    403, "InvalidOperation.InvalidEniType", "The type of the ENI does not allow this."
)
MANAGED = Refusal(
    403, "InvalidOperation.EniServiceManaged", "The ENI is managed by a cloud product."
)
GROUP_MANAGED = Refusal(
    403,
    "InvalidOperation.ResourceManagedByCloudProduct",
    "The security group is managed by a cloud product.",
)
OTHER_VPC = wording(
    "ecs.join_across_vpcs",
    "an instance and a security group of two VPCs",
    Refusal(403, "InvalidOperation.VpcMismatch", "Security group and instance are in two VPCs."),
    Refusal(400, "InvalidInstanceId.Mismatch", "The instance does not match the security group."),
)
NOT_MINE = Refusal(400, "NotBelongUser", "The security group belongs to another user.")
RULES_ON_INTERFACE = Quota(
    "ecs.rules_on_interface",
    1000,
    "Rules of all security groups of one interface.",
    'ECS, "Limits": 1,000 rules in the security groups of an interface',
)
TOO_MANY_RULES = Refusal(
    403, "AclLimitExceed", "The groups of an interface have {quota} rules at most."
)
_WORDS: Mapping[str, Refusal] = {
    "denied": Refusal(403, "OperationDenied", "The operation is denied in this region."),
}
IS_IN = Refusal(
    403, "InvalidInstanceId.AlreadyExists", "The instance is in the security group already."
)
TOO_MANY_GROUPS = Refusal(
    403,
    "InstanceSecurityGroupLimitExceeded",
    "An instance is in at most {most} security groups.",
)
GROUP_FULL = Refusal(
    403,
    "SecurityGroupInstanceLimitExceeded",
    "The security group has {quota} members, which is the maximum.",
)
NOT_IN = Refusal(403, "{code}", "The instance is not in the security group.")
LAST = Refusal(403, "InstanceLastSecurityGroup", "The instance is in no other security group.")
NO_REGION = Refusal(400, "MissingParameter.RegionId", "The RegionId is missing.")
_INSTANCE_ID = re.compile(r"[A-Za-z0-9-]{1,64}")


@action(
    "Ecs",
    "JoinSecurityGroup",
    effect="write",
    required="SecurityGroupId",
    optional="InstanceId NetworkInterfaceId",
    resource="SecurityGroupId",
)
def join_security_group(call: Call) -> Answer:
    """Put an instance's primary interface, or another one, into a group."""
    refuse_at(call, call.region_id, _WORDS)
    interface = _interface(call)
    group = _group(call)
    if group.is_managed:
        raise GROUP_MANAGED.error()
    if group.vpc_id != interface.vpc_id:
        raise OTHER_VPC.error(call)
    if group.id in interface.security_group_ids:
        raise IS_IN.error()
    if len(interface.security_group_ids) >= GROUPS_PER_INTERFACE:
        raise TOO_MANY_GROUPS.error(most=GROUPS_PER_INTERFACE)
    members = len(call.world.by(Interface, "security_group_ids", group.id))
    call.within(MEMBERS, members + 1, GROUP_FULL)
    joined = [call.world.get(SecurityGroup, id_) for id_ in interface.security_group_ids]
    rules = sum(len(each.rules) for each in (group, *joined) if each is not None)
    call.within(RULES_ON_INTERFACE, rules, TOO_MANY_RULES)
    call.checked()
    interface.security_group_ids = (*interface.security_group_ids, group.id)
    return {}


@action(
    "Ecs",
    "LeaveSecurityGroup",
    effect="write",
    required="SecurityGroupId",
    optional="InstanceId NetworkInterfaceId",
    resource="SecurityGroupId",
)
def leave_security_group(call: Call) -> Answer:
    """Take an interface out of a group; the last group cannot be left."""
    interface = _interface(call)
    group = call.need(SecurityGroup, call.text("SecurityGroupId"), NOT_FOUND)
    if group.id not in interface.security_group_ids:
        raise NOT_IN.error(code=call.knob(LEAVE_UNJOINED))
    if len(interface.security_group_ids) == 1:
        raise LAST.error()
    call.checked()
    interface.security_group_ids = tuple(
        id_ for id_ in interface.security_group_ids if id_ != group.id
    )
    return {}


def _group(call: Call) -> SecurityGroup:
    """Give the group; one that only another account has is told apart from none."""
    id_ = call.text("SecurityGroupId")
    found = call.world.get(SecurityGroup, id_)
    if found is not None and found.account_id != call.account_id:
        raise NOT_MINE.error()
    return call.need(SecurityGroup, id_, NOT_FOUND)


def _interface(call: Call) -> Interface:
    """Give the interface that the call is about."""
    if call.has("InstanceId") and call.has("NetworkInterfaceId"):
        raise BOTH.error()
    if call.has("InstanceId"):
        id_ = call.matching("InstanceId", _INSTANCE_ID, otherwise=BAD_ID)
        instance = needed(call, id_)
        demand_state(call, instance, "Running", "Stopped")
        primary = instance.primary(call.world)
        if primary is None:
            raise NO_INTERFACE.error()
        return primary
    if not call.has("NetworkInterfaceId"):
        raise MISSING.error(name="InstanceId")
    call.demand("RegionId", NO_REGION)
    interface = call.need(Interface, call.text("NetworkInterfaceId"), NO_INTERFACE)
    if interface.type in ("Trunk", "Member"):
        raise BAD_TYPE.error()
    if interface.service_managed:
        raise MANAGED.error()
    if interface.state not in ("Available", "InUse"):
        raise BAD_STATE.error()
    return interface
