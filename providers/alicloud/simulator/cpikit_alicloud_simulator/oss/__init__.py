"""Object storage: OSS's protocol on a store in this process."""

from cpikit_alicloud_simulator.oss.answer import Answer
from cpikit_alicloud_simulator.oss.operations import OPERATIONS, Operation
from cpikit_alicloud_simulator.oss.service import OssService, is_oss, refused
from cpikit_alicloud_simulator.oss.settings import SETTING_SOURCES, OssSettings
from cpikit_alicloud_simulator.oss.store import OssStore
from cpikit_alicloud_simulator.oss.values import Bucket, StoredObject, Upload

__all__ = [
    "OPERATIONS",
    "SETTING_SOURCES",
    "Answer",
    "Bucket",
    "Operation",
    "OssService",
    "OssSettings",
    "OssStore",
    "StoredObject",
    "Upload",
    "is_oss",
    "refused",
]
