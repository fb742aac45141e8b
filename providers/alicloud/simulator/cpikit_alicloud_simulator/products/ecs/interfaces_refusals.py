"""The errors of calls on network interfaces, which share one table in the documents."""

from __future__ import annotations

from collections.abc import Mapping

from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.products.ecs.conditions import refuse_account, refuse_at
from cpikit_alicloud_simulator.refusal import Refusal

# ECS 2014-05-26, the error tables of CreateNetworkInterface, AttachNetworkInterface,
# DetachNetworkInterface, DeleteNetworkInterface and DescribeNetworkInterfaces.
NOT_FOUND = Refusal(404, "InvalidEniId.NotFound", "The specified EniId does not exist.")
BAD_ID = Refusal(400, "InvalidParams.EniId", "The specified NetworkInterfaceId is not valid.")
NO_INSTANCE = Refusal(404, "InvalidEcsId.NotFound", "The specified EcsId does not exist.")
NO_INSTANCE_403 = Refusal(
    403, "InvalidInstanceId.NotFound", "The specified InstanceId does not exist."
)
BAD_INSTANCE_ID = Refusal(
    400, "InvalidInstanceID.Malformed", "The specified InstanceId is wrongly formed."
)
NO_VSWITCH = Refusal(404, "InvalidVSwitchId.NotFound", "The specified VSwitch does not exist.")
NO_GROUP = Refusal(
    404, "InvalidSecurityGroupId.NotFound", "The specified SecurityGroupId does not exist."
)
GROUP_CLASSIC = Refusal(
    403, "InvalidSecurityGroupId.NotVpc", "The security group does not lie in a VPC."
)
GROUP_FULL = Refusal(
    403, "SecurityGroupInstanceLimitExceed", "The security group has as many members as it may."
)
GROUP_MANAGED = Refusal(
    403,
    "InvalidOperation.ResourceManagedByCloudProduct",
    "The security group is managed by another cloud product.",
)
TOO_MANY_GROUPS = Refusal(
    400, "JoinedGroupLimitExceed", "More than {most} security groups were given."
)
OTHER_VPC = Refusal(
    403, "InvalidOperation.VpcMismatch", "The resources do not lie in the same VPC."
)
OTHER_ZONE = Refusal(
    403,
    "InvalidOperation.AvailabilityZoneMismatch",
    "The interface and the instance do not lie in the same zone.",
)
CONFLICT = Refusal(
    400, "InvalidParameter.Conflict", "Two of the given parameters exclude each other."
)
UNSUPPORTED = Refusal(400, "UnsupportedParameter", "The parameter {name} is not supported.")
TAKEN = Refusal(
    400, "InvalidPrivateIpAddress.Duplicated", "The specified private ip is assigned already."
)
BAD_ADDRESS = Refusal(403, "InvalidIp.Address", "The specified ip address is not valid.")
REPEATED = Refusal(403, "InvalidIp.IpRepeated", "The specified ip address is repeated.")
OUTSIDE = Refusal(
    403, "InvalidVSwitchId.IpInvalid", "The specified ip address is not one of the VSwitch."
)
NO_ADDRESSES = Refusal(
    403, "InvalidVSwitchId.IpNotEnough", "The VSwitch has not enough ip addresses left."
)
TOO_MANY_ADDRESSES = Refusal(
    403, "MaxEniPrivateIpsCountExceeded", "An interface has {most} private addresses at most."
)
TOO_MANY = Refusal(403, "MaxEniCountExceeded", "Only {quota} interfaces are allowed.")
BAD_QUEUES = Refusal(
    403, "InvalidParameter.InvalidEniQueueNumber", "The number of queues is not valid."
)
TOO_MANY_QUEUES = Refusal(
    403, "InvalidOperation.MaxEniQueueNumberExceeded", "An interface has {most} queues at most."
)
TYPE_QUEUES = Refusal(
    403,
    "InvalidOperation.ExceedInstanceTypeQueueNumber",
    "The instance type does not have so many queues.",
)
BAD_STATE = Refusal(
    400, "InvalidOperation.InvalidEniState", "The interface is {state}: not possible now."
)
BAD_INSTANCE_STATE = Refusal(
    400, "InvalidOperation.InvalidEcsState", "The instance is {state}: not possible now."
)
BAD_TYPE = Refusal(
    403, "InvalidOperation.InvalidEniType", "Interfaces of this type do not support the operation."
)
PRIMARY_STAYS = Refusal(
    400, "InvalidOperation.DetachPrimaryEniNotAllowed", "The primary interface is not detached."
)
MANAGED = Refusal(
    403, "InvalidOperation.EniServiceManaged", "The interface is managed by a cloud service."
)
LINKED = Refusal(403, "InvalidOperation.EniLinked", "The interface is linked to something.")
TOO_MANY_ON_INSTANCE = Refusal(
    403, "EniPerInstanceLimitExceeded", "The instance has as many interfaces as its type takes."
)
IPV4_EXCEEDED = Refusal(
    403, "InvalidOperation.Ipv4CountExceeded", "The type takes fewer private addresses."
)
NO_IPV6 = Refusal(403, "InvalidOperation.Ipv6NotSupport", "The instance type has no IPv6.")
OLD_GENERATION = Refusal(
    400, "InvalidOperation.InvalidGeneration", "The generation of the instance is too old."
)
OTHER_REGION = Refusal(
    400, "InvalidOperation.InvalidRegion", "The operation is not possible in this region."
)
BAD_REGION = Refusal(400, "InvalidRegionId.MalFormed", "The specified RegionId is not valid.")
NO_VPC = Refusal(403, "InvalidVpc.Empty", "The specified VPC does not exist.")
_ACCOUNT_WORDS: Mapping[str, Refusal] = {
    "unusable": Refusal(403, "Abs.InvalidAccount.NotFound", "The account does not exist."),
    "sub_user": Refusal(403, "Forbidden.SubUser", "The user is not authorized for interfaces."),
    "no_ram": Refusal(403, "Forbidden.NotSupportRAM", "The operation does not support RAM."),
    "no_interfaces": Refusal(
        403, "InvalidUserType.NotSupported", "The type of the user does not support interfaces."
    ),
}
_REGION_WORDS: Mapping[str, Refusal] = {
    "closed": Refusal(400, "Forbidden.RegionId", "The region is not open to the account."),
}
_ATTACHING_WORDS: Mapping[str, Refusal] = {"not_supported": OTHER_REGION}


def demand_allowed(call: Call, *, attaching: bool = False) -> None:
    """Raise when the account or the region has no interfaces at all."""
    refuse_account(call, _ACCOUNT_WORDS)
    refuse_at(call, call.region_id, _REGION_WORDS)
    if attaching:
        refuse_at(call, call.region_id, _ATTACHING_WORDS)
