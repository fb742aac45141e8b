"""Change instances: names, user data, groups, metadata options, type, public address."""

from __future__ import annotations

from collections.abc import Mapping

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.knobs import Knob
from cpikit_alicloud_simulator.products.ecs.conditions import refuse_account, refuse_at
from cpikit_alicloud_simulator.products.ecs.instance import (
    BAD_STATUS,
    Instance,
    demand_state,
    needed,
)
from cpikit_alicloud_simulator.products.ecs.kinds import Image, Interface
from cpikit_alicloud_simulator.products.ecs.launch_identity import (
    BAD_DESCRIPTION,
    BAD_HOPS,
    BAD_NAME,
    BAD_PASSWORD,
    DESCRIPTION,
    NAME,
    checked_endpoint,
    checked_host_name,
    checked_password,
    checked_tokens,
    checked_user_data,
)
from cpikit_alicloud_simulator.products.ecs.launch_network import GROUPS_PER_INTERFACE
from cpikit_alicloud_simulator.products.ecs.public_addresses import new_public_address
from cpikit_alicloud_simulator.products.ecs.security_groups import MEMBERS, SecurityGroup
from cpikit_alicloud_simulator.products.ecs.security_groups import NOT_FOUND as GROUP_NOT_FOUND
from cpikit_alicloud_simulator.refusal import Refusal
from cpikit_alicloud_simulator.wordings import wording

USER_DATA_WHILE_RUNNING = Knob(
    "ecs.user_data_while_running",
    "take",
    ("take", "refuse"),
    "What ModifyInstanceAttribute with UserData does to a Running instance: the new data is taken "
    "(cloud-init's per-instance scripts do not run again), or IncorrectInstanceStatus.",
    "documents wanted Stopped until early 2024; since late 2024 they name no such limit",
)

GROUP_FULL = Refusal(
    403,
    "SecurityGroupInstanceLimitExceed",
    "The maximum number of instances in the security group is exceeded.",
)
OTHER_VPC = Refusal(
    403, "InstanceNotInSecurityGroup", "The instance is not in the network of the security group."
)
_REGION_WORDS: Mapping[str, Refusal] = {
    "not_supported": Refusal(
        403, "InvalidOperation.InvalidRegion", "The operation is not possible in this region."
    ),
}
_ACCOUNT_WORDS: Mapping[str, Refusal] = {
    "sub_user": Refusal(403, "InvalidUser.Unauthorized", "The user may not change instances."),
}
GROUPS_STATE = wording(
    "ecs.groups_of_an_instance_on_its_way",
    "ModifyInstanceAttribute with SecurityGroupIds while the instance is on its way",
    Refusal(
        403,
        "IncorrectInstanceStatus",
        "The current status of the resource does not support this operation.",
    ),
    Refusal(400, "InvalidOperation.InvalidEcsState", "The instance is on its way."),
)
BAD_CREDIT = Refusal(
    400, "InvalidParameter.CreditSpecification", "The CreditSpecification is not valid."
)
NO_CREDIT = Refusal(
    404, "Credit.NotFound", "The instance is of no burstable type; it has no credits."
)
CREDIT_STATUS = Refusal(
    400,
    "InvalidInstanceStatus.CreditSpecRestricted",
    "The CreditSpecification cannot be changed in this state.",
)
BAD_RECYCLE = Refusal(
    400, "InvalidParameter.RecycleBin", "Recyclable is not supported for this instance."
)
CHARGE = Refusal(400, "ChargeTypeViolation", "The charge type does not allow this.")
HOST_PASSWORD = Refusal(
    400, "InvalidHostPassword.Malformed", "RemoteConnectionOptions.Password is not valid."
)
_MOST_GROUPS = Refusal(403, "OperationDenied", "An instance is in at most {most} security groups.")
HAS_ADDRESS = Refusal(403, "AllocatedAlready", "The instance has a public ip already.", "assumed")
NO_BANDWIDTH = Refusal(
    403,
    "InvalidInternetMaxBandwidthOut.ValueNotSupported",
    "The instance has no bandwidth for a public ip.",
    "assumed",
)


@action(
    "Ecs",
    "ModifyInstanceAttribute",
    effect="write",
    required="InstanceId",
    optional="InstanceName Description HostName Password UserData DeletionProtection "
    "CreditSpecification Recyclable SecurityGroupIds.N RemoteConnectionOptions.Password "
    "RemoteConnectionOptions.Type",
    resource="InstanceId",
)
def modify_instance_attribute(call: Call) -> Answer:
    """Change what is given."""
    refuse_at(call, call.region_id, _REGION_WORDS)
    refuse_account(call, _ACCOUNT_WORDS)
    instance = needed(call, call.text("InstanceId"))
    image = call.world.get(Image, instance.image_id)
    name = call.matching("InstanceName", NAME, instance.name, otherwise=BAD_NAME)
    about = call.matching(
        "Description", DESCRIPTION, instance.description, otherwise=BAD_DESCRIPTION
    )
    host_name = checked_host_name(call, image.os_type if image else "linux")
    password = checked_password(call, BAD_PASSWORD)
    data = checked_user_data(call, image, instance.type)
    groups = _groups(call, instance)
    credit = _credit(call, instance)
    _check_rest(call, instance)
    _demand_states(call, instance)
    protects = call.boolean("DeletionProtection", default=instance.deletion_protection)
    call.checked()
    instance.name, instance.description = name, about
    instance.host_name = host_name or instance.host_name
    instance.has_password = instance.has_password or bool(password)
    instance.deletion_protection = protects
    instance.credit = credit
    if call.has("UserData"):
        instance.agent_data = data
    primary = instance.primary(call.world)
    if groups and primary is not None:
        primary.security_group_ids = groups
    return {}


def _demand_states(call: Call, instance: Instance) -> None:
    if call.has("UserData") and call.knob(USER_DATA_WHILE_RUNNING) == "refuse":
        demand_state(call, instance, "Stopped", otherwise=BAD_STATUS)
    if call.has("Password") and instance.state in ("Starting", "Pending"):
        raise BAD_STATUS.error()
    if call.has("HostName") and instance.state in ("Creating", "Pending", "Starting"):
        raise BAD_STATUS.error()
    if call.texts("SecurityGroupIds"):
        demand_state(call, instance, "Running", "Stopped", otherwise=GROUPS_STATE.of(call))


def _groups(call: Call, instance: Instance) -> tuple[str, ...]:
    ids = tuple(dict.fromkeys(call.texts("SecurityGroupIds")))
    if len(ids) > GROUPS_PER_INTERFACE:
        raise _MOST_GROUPS.error(most=GROUPS_PER_INTERFACE)
    primary = instance.primary(call.world)
    own = primary.security_group_ids if primary else ()
    for id_ in ids:
        group = call.need(SecurityGroup, id_, GROUP_NOT_FOUND)
        if group.vpc_id != instance.vpc_id:
            raise OTHER_VPC.error()
        if id_ not in own:
            members = len(call.world.by(Interface, "security_group_ids", id_))
            call.within(MEMBERS, members + 1, GROUP_FULL)
    return ids


def _credit(call: Call, instance: Instance) -> str:
    given = call.choice("CreditSpecification", ("Standard", "Unlimited"), otherwise=BAD_CREDIT)
    if not given:
        return instance.credit
    if not instance.type.family.burstable:
        raise NO_CREDIT.error()
    if instance.state not in ("Running", "Stopped"):
        raise CREDIT_STATUS.error()
    return given


def _check_rest(call: Call, instance: Instance) -> None:
    if call.boolean("Recyclable") and instance.spot_strategy != "NoSpot":
        raise BAD_RECYCLE.error()
    if call.boolean("DeletionProtection") and instance.spot_strategy != "NoSpot":
        raise CHARGE.error()
    remote = call.text("RemoteConnectionOptions.Password")
    if remote and not (len(remote) == 6 and remote.isalnum()):  # noqa: PLR2004  # as documented
        raise HOST_PASSWORD.error()
    call.choice("RemoteConnectionOptions.Type", ("vnc",))


@action(
    "Ecs",
    "ModifyInstanceMetadataOptions",
    effect="write",
    required="InstanceId",
    optional="HttpEndpoint HttpTokens HttpPutResponseHopLimit InstanceMetadataTags",
    resource="InstanceId",
)
def modify_instance_metadata_options(call: Call) -> Answer:
    """Say whether and how the metadata service answers an instance."""
    instance = needed(call, call.text("InstanceId"))
    endpoint = checked_endpoint(call, instance.http_endpoint)
    tokens = checked_tokens(call, instance.http_tokens)
    hops = call.integer(
        "HttpPutResponseHopLimit", instance.http_hops, low=1, high=64, otherwise=BAD_HOPS
    )
    shown = "enabled" if instance.shows_tags else "disabled"
    tags = call.choice("InstanceMetadataTags", ("enabled", "disabled"), shown)
    call.checked()
    instance.http_endpoint, instance.http_tokens, instance.http_hops = endpoint, tokens, hops
    instance.shows_tags = tags == "enabled"
    return {}


@action(
    "Ecs",
    "AllocatePublicIpAddress",
    effect="write",
    required="InstanceId",
    optional="IpAddress VlanId",
    resource="InstanceId",
)
def allocate_public_ip_address(call: Call) -> Answer:
    """Give an instance of CreateInstance the public address that its bandwidth is for."""
    instance = needed(call, call.text("InstanceId"))
    demand_state(call, instance, "Running", "Stopped")
    if instance.public_ip or instance.eip is not None:
        raise HAS_ADDRESS.error()
    if not instance.bandwidth_out:
        raise NO_BANDWIDTH.error()
    call.checked()
    instance.public_ip = new_public_address(call.world)
    return {"IpAddress": instance.public_ip}
