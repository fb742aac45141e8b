"""What RunInstances and CreateInstance are refused with where their tables have several codes."""

from __future__ import annotations

from cpikit_alicloud_simulator.refusal import MISSING, Refusal
from cpikit_alicloud_simulator.wordings import wording

# ECS 2014-05-26, the error tables of RunInstances and CreateInstance.
NO_VSWITCH = wording(
    "launch.no_vswitch",
    "a vSwitch that does not exist",
    Refusal(
        404, "InvalidVSwitchId.NotFound", "The VSwitchId provided does not exist in our records."
    ),
    Refusal(404, "InvalidVSwitchId.NotExist", "The specified VSwitch does not exist."),
)
NO_GROUP = wording(
    "launch.no_security_group",
    "a security group that does not exist",
    Refusal(404, "InvalidSecurityGroupId.NotFound", "The SecurityGroupId does not exist."),
    Refusal(404, "InvalidSecurityGroupId", "The specified SecurityGroupId is not valid."),
)
NO_ZONE = wording(
    "launch.no_zone",
    "a zone that does not exist",
    Refusal(404, "InvalidZoneId.NotFound", "The specified ZoneId does not exist."),
    Refusal(403, "ZoneId.NotFound", "The specified ZoneId does not exist."),
)
BAD_SYSTEM_SIZE = wording(
    "launch.bad_system_disk_size",
    "a size of the system disk that is no number",
    Refusal(400, "InvalidSystemDiskSize.ValueNotSupported", "The SystemDisk.Size is not valid."),
    Refusal(404, "InvalidSystemDiskSize", "The specified SystemDisk.Size is not valid."),
    Refusal(403, "InvalidDisk.SystemDiskSize", "The specified SystemDisk.Size is not valid."),
)
BAD_DATA_CATEGORY = wording(
    "launch.bad_data_disk_category",
    "a category of data disks that does not exist",
    Refusal(
        400, "InvalidDataDiskCategory.ValueNotSupported", "The DataDisk.n.Category is not valid."
    ),
    Refusal(400, "InvalidDiskCategory.ValueNotSupported", "The disk category is not valid."),
)
NOT_FITTING = wording(
    "launch.category_not_sold",
    "a category of disks that the zone or the instance type does not take",
    Refusal(
        403, "InvalidDiskCategory.NotSupported", "The zone or type does not support this category."
    ),
    Refusal(403, "CategoryNotSupported", "The zone does not support this category of disks."),
    Refusal(403, "CategoryViolation", "The instance does not support this category of disks."),
)
NO_LOCAL_DISKS = wording(
    "launch.local_disk_without_type",
    "a local disk on an instance type that has none",
    Refusal(403, "OperationDenied.LocalDiskUnsupported", "The type supports no local disks."),
    Refusal(403, "OperationDenied.DiskTypeNotSupport", "The type does not support such disks."),
)
NO_SNAPSHOT = wording(
    "launch.no_snapshot",
    "a snapshot that does not exist",
    Refusal(404, "InvalidDataDiskSnapshotId.NotFound", "The specified snapshot does not exist."),
    Refusal(400, "InvalidSnapshotId.NotFound", "The specified snapshot does not exist."),
)
NO_SET = wording(
    "launch.no_deployment_set",
    "a deployment set that does not exist",
    Refusal(404, "DeploymentSet.NotFound", "The deployment set does not exist."),
    Refusal(404, "InvalidDeploymentSetId.NotFound", "The DeploymentSetId does not exist."),
)
NO_CLUSTER = wording(
    "launch.no_cluster",
    "a cluster that does not exist",
    Refusal(400, "InvalidHpcClusterId.NotFound", "The specified HpcClusterId does not exist."),
    Refusal(404, "InvalidClusterId.NotFound", "The specified ClusterId does not exist."),
)
HOST_PERIOD = wording(
    "launch.outlives_host",
    "an instance that is paid for longer than its dedicated host (the second is misspelt there)",
    Refusal(
        400, "InvalidPeriod.ExceededDedicatedHost", "The instance outlives its dedicated host."
    ),
    Refusal(
        400, "InvalidPeriod.ExceededDedidactedHost", "The instance outlives its dedicated host."
    ),
)
BAD_IO = wording(
    "launch.bad_io_optimized",
    "an IoOptimized that does not exist",
    Refusal(
        400, "InvalidIoOptimizedValue.ValueNotSupported", "The IoOptimized value is not valid."
    ),
    Refusal(400, "InvalidIoOptimize.ValueNotSupported", "The IoOptimized value is not valid."),
)
BAD_OUT = wording(
    "launch.bad_bandwidth_out",
    "an InternetMaxBandwidthOut that is not possible",
    Refusal(
        400, "InvalidInternetMaxBandwidthOut.Malformed", "InternetMaxBandwidthOut is not valid."
    ),
    Refusal(400, "InvalidParameter.Bandwidth", "The specified bandwidth is not valid."),
)
TOO_MANY = wording(
    "launch.too_many",
    "more pay-as-you-go instances than the account may have",
    Refusal(
        400, "QuotaExceed.AfterpayInstance", "Only {quota} pay-as-you-go instances are allowed."
    ),
    Refusal(400, "QuotaExceeded", "The quota of {quota} instances is exceeded."),
    Refusal(400, "OperationDenied.QuotaExceed", "The quota of {quota} instances is exceeded."),
)
TOO_MANY_QUEUES = wording(
    "launch.too_many_queues",
    "more queues than the instance type has",
    Refusal(
        403, "InvalidOperation.MaxEniQueueNumberExceeded", "The type takes only {most} queues."
    ),
    Refusal(
        403, "InvalidOperation.ExceedInstanceTypeQueueNumber", "The type has only {most} queues."
    ),
)
LEFT_OUT = wording(
    "launch.missing_parameter",
    "an image or an instance type that is not given (the second is misspelt there)",
    MISSING,
    Refusal(400, "MissingParamter", "The parameter {name} is mandatory."),
)
IMAGE_AND_TYPE = wording(
    "launch.image_and_type",
    "an image that does not run on the instance type",
    Refusal(403, "ImageNotSupportInstanceType", "The image does not support the instance type."),
    Refusal(400, "InvalidInstanceType.NotSupported", "The instance type is not supported."),
)
