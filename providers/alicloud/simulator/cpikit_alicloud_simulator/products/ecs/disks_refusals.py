"""The errors of calls on disks, and which conditions of a disk lead to them."""

from __future__ import annotations

from collections.abc import Mapping

from cpikit_alicloud_simulator.refusal import Refusal

# ECS 2014-05-26, the error tables of AttachDisk, CreateDisk, DeleteDisk, DetachDisk, ResizeDisk,
# ModifyDiskSpec, ModifyDiskAttribute, ReInitDisk and CreateSnapshot.
NOT_FOUND = Refusal(404, "InvalidDiskId.NotFound", "The specified disk does not exist.")
BAD_REGION = Refusal(400, "InvalidRegionId.MalFormed", "The specified RegionId is not valid.")
BAD_STATUS = Refusal(
    403,
    "IncorrectDiskStatus",
    "The current disk status does not support this operation.",
)
INITIALIZING = Refusal(
    403, "IncorrectDiskStatus.Initializing", "The specified disk is initializing."
)
CREATING_SNAPSHOT = Refusal(
    403, "DiskCreatingSnapshot", "The operation is denied: a snapshot of the disk is being created."
)
STILL_ATTACHED = Refusal(403, "DiskStillAttached", "The specified disk is still attached.")
TYPE_VIOLATION = Refusal(
    403, "DiskTypeViolation", "A disk of this type does not support the operation."
)
CATEGORY_UNSUPPORTED = Refusal(
    400, "DiskCategory.OperationNotSupported", "The operation is denied for this disk category."
)
NOT_PORTABLE = Refusal(403, "DiskNotPortable", "The specified disk is not a portable disk.")
IN_ARREARS = Refusal(403, "DiskInArrears", "The operation is denied: the disk is in arrears.")
BROKEN = Refusal(403, "DiskError", "The specified disk is in an error state.")
LOCKED = Refusal(
    403, "InstanceLockedForSecurity", "The specified disk is locked for security reasons."
)
DENIED = Refusal(403, "OperationDenied", "The operation on this disk is denied.")
ORDER_PROCESSING = Refusal(
    400, "LastOrderProcessing", "The previous order of the disk is still being processed."
)
CONFLICT = Refusal(403, "Operation.Conflict", "Another operation on the disk is running.")
RELEASED = Refusal(403, "InvalidDiskId.Released", "The specified disk has been released.")
DEPENDENCY = Refusal(
    403, "DependencyViolation", "Something depends on the attachment of this disk."
)
KEPT = Refusal(
    403,
    "DeleteWithInstance.Conflict",
    "The disk cannot be released (or kept) with the instance.",
)
INSTANCE_EXPIRED = Refusal(
    403,
    "InstanceExpiredOrInArrears",
    "The specified operation is denied as your prepay instance is expired or in arrears.",
)
INSTANCE_GONE = Refusal(
    404, "InvalidInstanceId.NotFound", "The instance of the disk does not exist."
)
BAD_INSTANCE_STATUS = Refusal(
    403,
    "IncorrectInstanceStatus",
    "The current status of the resource does not support this operation.",
)
TYPE_WITHOUT_DISKS = Refusal(
    400,
    "InvalidOperation.InstanceTypeNotSupport",
    "The instance type of the specified instance does not support this operation.",
)
TYPE_WITHOUT_CATEGORY = Refusal(
    403,
    "InvalidInstanceType.NotSupportDiskCategory",
    "The instance type of the specified instance does not support this disk category.",
)
BAD_CATEGORY = Refusal(
    400, "InvalidDiskCategory.ValueNotSupported", "The specified DiskCategory is not valid."
)
CATEGORY_NOT_HERE = Refusal(
    403, "InvalidDiskCategory.NotSupported", "The specified disk category is not supported."
)
BAD_LEVEL = Refusal(
    400, "InvalidPerformanceLevel.Malformed", "The specified PerformanceLevel is not valid."
)
BAD_NAME = Refusal(400, "InvalidDiskName.Malformed", "The specified disk name is wrongly formed.")
BAD_DESCRIPTION = Refusal(
    400, "InvalidDescription.Malformed", "The specified description is wrongly formed."
)
MULTI_ATTACHED = Refusal(
    403,
    "InvalidOperation.MultiAttachDisk",
    "The operation is not supported on a disk that attaches to several instances.",
)
REGION_UNSUPPORTED = Refusal(
    403, "InvalidRegion.NotSupport", "The specified region does not support this operation."
)

# What a world file can say of a disk, and who refuses it.
UNSOUND: Mapping[str, Refusal] = {"error": BROKEN}
BUSY: Mapping[str, Refusal] = {"order": ORDER_PROCESSING, "conflict": CONFLICT, "denied": DENIED}
HELD: Mapping[str, Refusal] = {"released": RELEASED, "depended_on": DEPENDENCY}
WORDS = (
    "error order conflict denied released depended_on needs_nvme no_nvme transferring invalid "
    "never_used failing no_snapshots source_gone too_old_source no_volume volume_busy"
).split()
"""All conditions that a disk may have."""

LOCAL = ("ephemeral_ssd", "local_ssd_pro", "local_hdd_pro", "ephemeral")
"""Categories that are part of their instance."""
