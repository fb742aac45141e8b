"""The face of cpikit: the names that a provider author imports, each loaded on first use."""

# A name is looked up when it is first asked for, because `import cpikit` stands in front of every
# CPI call: `info` must not pay for attrs, cattrs and pluggy (tests/house/test_cold_start.py).

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cpikit.api import CallContext, Cpi
    from cpikit.caller import CallerGone
    from cpikit.cloud import Cloud
    from cpikit.config import Agent, Config, local
    from cpikit.converter import Wanted
    from cpikit.errors import (
        CloudError,
        CpiError,
        DiskNotAttached,
        DiskNotFound,
        MethodNotImplemented,
        NetworkNotFound,
        NoDiskSpace,
        NotSupported,
        VMCreationFailed,
        VMNotFound,
    )
    from cpikit.faults import Fault, FaultKind, Settled
    from cpikit.hookspecs import hookimpl
    from cpikit.operations import Effect, FaultError, Operation
    from cpikit.ownership import Owned, Owner
    from cpikit.provider import Info, Provider
    from cpikit.redaction import Secret
    from cpikit.retry import RetryPolicy
    from cpikit.types import (
        AgentId,
        CreatedNetwork,
        CreatedVm,
        DiskCid,
        DiskHint,
        MiB,
        Network,
        NetworkCid,
        NetworkDefinition,
        SnapshotCid,
        StemcellCid,
        VmCid,
        VmResources,
    )
    from cpikit.undo import Undo
    from cpikit.waiting import Clock, Seen, SystemClock, wait_until

_HOME = {
    "api": "CallContext Cpi",
    "caller": "CallerGone",
    "cloud": "Cloud",
    "config": "Agent Config local",
    "converter": "Wanted",
    "errors": "CloudError CpiError DiskNotAttached DiskNotFound MethodNotImplemented"
    " NetworkNotFound NoDiskSpace NotSupported VMCreationFailed VMNotFound",
    "faults": "Fault FaultKind Settled",
    "hookspecs": "hookimpl",
    "operations": "Effect FaultError Operation",
    "ownership": "Owned Owner",
    "provider": "Info Provider",
    "redaction": "Secret",
    "retry": "RetryPolicy",
    "types": "AgentId CreatedNetwork CreatedVm DiskCid DiskHint MiB Network NetworkCid"
    " NetworkDefinition SnapshotCid StemcellCid VmCid VmResources",
    "undo": "Undo",
    "waiting": "Clock Seen SystemClock wait_until",
}

__all__ = [
    "Agent",
    "AgentId",
    "CallContext",
    "CallerGone",
    "Clock",
    "Cloud",
    "CloudError",
    "Config",
    "Cpi",
    "CpiError",
    "CreatedNetwork",
    "CreatedVm",
    "DiskCid",
    "DiskHint",
    "DiskNotAttached",
    "DiskNotFound",
    "Effect",
    "Fault",
    "FaultError",
    "FaultKind",
    "Info",
    "MethodNotImplemented",
    "MiB",
    "Network",
    "NetworkCid",
    "NetworkDefinition",
    "NetworkNotFound",
    "NoDiskSpace",
    "NotSupported",
    "Operation",
    "Owned",
    "Owner",
    "Provider",
    "RetryPolicy",
    "Secret",
    "Seen",
    "Settled",
    "SnapshotCid",
    "StemcellCid",
    "SystemClock",
    "Undo",
    "VMCreationFailed",
    "VMNotFound",
    "VmCid",
    "VmResources",
    "Wanted",
    "hookimpl",
    "local",
    "wait_until",
]


def __getattr__(name: str) -> object:
    for module, names in _HOME.items():
        if name in names.split():
            return getattr(__import__(f"cpikit.{module}", fromlist=[name]), name)
    raise AttributeError(f"module 'cpikit' has no attribute {name!r}")
