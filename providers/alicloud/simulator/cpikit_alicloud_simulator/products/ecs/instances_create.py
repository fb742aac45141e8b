"""Make instances: RunInstances, which starts them, and CreateInstance, which does not."""

from __future__ import annotations

from ipaddress import IPv4Address

from cpikit_alicloud_simulator.actions import Answer, action
from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.products.ecs.launch import checked_launch, templated
from cpikit_alicloud_simulator.products.ecs.launch_make import launched
from cpikit_alicloud_simulator.refusal import LAST_TOKEN_PROCESSING, Refusal

BAD_INNER = Refusal(
    400, "InvalidInnerIpAddress.Malformed", "The specified InnerIpAddress is malformed."
)
NO_INNER = Refusal(
    400, "InvalidInnerIpAddress.Unusable", "The specified InnerIpAddress is not usable."
)
BAD_NODE = Refusal(
    400, "InvalidNodeControllerId.Malformed", "The specified NodeControllerId is malformed."
)
NO_CLUSTER = Refusal(404, "InvalidClusterId.NotFound", "The specified ClusterId does not exist.")

_COMMON = """
    Affinity AutoRenew AutoRenewPeriod CreditSpecification DataDisk.N.Category
    DataDisk.N.DeleteWithInstance DataDisk.N.Description DataDisk.N.Device DataDisk.N.DiskName
    DataDisk.N.Encrypted DataDisk.N.KMSKeyId DataDisk.N.PerformanceLevel DataDisk.N.Size
    DataDisk.N.SnapshotId DedicatedHostId DeletionProtection DeploymentSetGroupNo DeploymentSetId
    Description HostName HpcClusterId HttpEndpoint HttpPutResponseHopLimit HttpTokens ImageFamily
    ImageId InstanceChargeType InstanceName InstanceType InternetChargeType InternetMaxBandwidthIn
    InternetMaxBandwidthOut IoOptimized KeyPairName Password PasswordInherit Period PeriodUnit
    PrivateIpAddress PrivatePoolOptions.Id PrivatePoolOptions.MatchCriteria RamRoleName
    ResourceGroupId SecurityGroupId SpotDuration SpotInterruptionBehavior SpotPriceLimit
    SpotStrategy SystemDisk.Category SystemDisk.Description SystemDisk.DiskName
    SystemDisk.PerformanceLevel SystemDisk.Size Tag.N.Key Tag.N.Value Tenancy UserData VSwitchId
    ZoneId SystemDiskSize SystemDiskCategory SystemDiskPerformanceLevel
"""
_RUN_ONLY = """
    Amount AutoReleaseTime DataDisk.N.BurstingEnabled DataDisk.N.ProvisionedIops Ipv6Address.N
    Ipv6AddressCount MinAmount NetworkInterface.N.DeleteOnRelease NetworkInterface.N.Description
    NetworkInterface.N.InstanceType NetworkInterface.N.Ipv6Address.N
    NetworkInterface.N.Ipv6AddressCount NetworkInterface.N.NetworkInterfaceId
    NetworkInterface.N.NetworkInterfaceName NetworkInterface.N.NetworkInterfaceTrafficMode
    NetworkInterface.N.PrimaryIpAddress NetworkInterface.N.SecondaryPrivateIpAddressCount
    NetworkInterface.N.SecurityGroupId NetworkInterface.N.SecurityGroupIds.N
    NetworkInterface.N.VSwitchId NetworkInterfaceQueueNumber SecurityGroupIds.N
    SystemDisk.BurstingEnabled SystemDisk.Encrypted SystemDisk.KMSKeyId SystemDisk.ProvisionedIops
    UniqueSuffix LaunchTemplateId LaunchTemplateName LaunchTemplateVersion
"""


@action(
    "Ecs",
    "RunInstances",
    effect="write",
    optional=_COMMON + _RUN_ONLY,
    token=True,
    dry_run=True,
    token_busy=LAST_TOKEN_PROCESSING,
)
def run_instances(call: Call) -> Answer:
    """Make instances and start them."""
    launch = checked_launch(templated(call), runs=True)
    call.checked()
    ids = [instance.id for instance in launched(call, launch)]
    return {"InstanceIdSets": {"InstanceIdSet": ids}}


@action(
    "Ecs",
    "CreateInstance",
    effect="write",
    optional=_COMMON + " ClusterId InnerIpAddress NodeControllerId",
    token=True,
    dry_run=True,
    token_busy=LAST_TOKEN_PROCESSING,
)
def create_instance(call: Call) -> Answer:
    """Make one instance; it ends Stopped, which is the only way to attach things before a boot."""
    _demand_no_classic(call)
    launch = checked_launch(call, runs=False)
    call.checked()
    (instance,) = launched(call, launch)
    return {"InstanceId": instance.id}


def _demand_no_classic(call: Call) -> None:
    """Refuse what only the classic network had, of which these worlds have none."""
    inner = call.text("InnerIpAddress")
    if inner:
        try:
            IPv4Address(inner)
        except ValueError as error:
            raise BAD_INNER.error() from error
        raise NO_INNER.error()
    if call.has("NodeControllerId"):
        raise BAD_NODE.error()
    if call.has("ClusterId"):
        raise NO_CLUSTER.error()
