"""The metadata service that an instance reaches at 100.100.100.200."""

from cpikit_alicloud_simulator.metadata.roles import (
    IssueRoleKey,
    RoleKey,
    RoleRequest,
    RoleSessions,
)
from cpikit_alicloud_simulator.metadata.service import MetadataService, mounted
from cpikit_alicloud_simulator.metadata.tokens import TokenSeal
from cpikit_alicloud_simulator.metadata.view import InstanceView, InterfaceView

__all__ = [
    "InstanceView",
    "InterfaceView",
    "IssueRoleKey",
    "MetadataService",
    "RoleKey",
    "RoleRequest",
    "RoleSessions",
    "TokenSeal",
    "mounted",
]
