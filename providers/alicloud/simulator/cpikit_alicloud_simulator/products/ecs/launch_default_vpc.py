"""Find the vSwitch of an instance for which none is named: the default VPC's, in its zone."""

from __future__ import annotations

from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.knobs import Knob
from cpikit_alicloud_simulator.products.vpc.vpcs import Vpc
from cpikit_alicloud_simulator.products.vpc.vswitches import VSwitch
from cpikit_alicloud_simulator.refusal import Refusal

WITHOUT_VSWITCH = Knob(
    "launch.without_vswitch",
    "refuse",
    ("refuse", "default VPC"),
    "What a launch does that names no vSwitch: InvalidVSwitchId.Necessary, or it takes the default "
    "vSwitch of the default VPC.",
    "disputed: the parameter is called mandatory for VPCs, the error table knows default VPCs",
)
# ECS 2014-05-26, the error tables of RunInstances and CreateInstance.
NO_VPC = Refusal(400, "VpcNotFound", "There is no default VPC in this region.")
VPC_STATUS = Refusal(400, "IncorrectDefaultVpcStatus", "The default VPC is not Available.")
VSWITCH_COMES = Refusal(403, "DefaultVswitch.Existed", "The default VSwitch is being made.")
NOT_IN_DEFAULT = Refusal(
    400, "InvalidSecurityGroup.NotInDefaultVpc", "The group does not lie in the default VPC."
)


def default_vswitch(call: Call) -> VSwitch:
    """Give it, or raise what is missing."""
    vpc = next((each for each in call.own(Vpc).all() if each.is_default), None)
    if vpc is None:
        raise NO_VPC.error()
    if vpc.state != "Available":
        raise VPC_STATUS.error()
    zone_id = call.text("ZoneId")
    for each in call.own(VSwitch).by("vpc_id", vpc.id):
        if each.is_default and zone_id in ("", each.zone_id):
            if each.state != "Available":
                raise VSWITCH_COMES.error()
            return each
    raise NO_VPC.error()
