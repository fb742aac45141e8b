"""The errors that the Director knows: one class per wire type, and no other.

Source: bosh src/bosh-director/lib/clouds/errors.rb and external_cpi.rb (KNOWN_RPC_ERRORS). Any
other type becomes an UnknownError there, which nobody rescues.
"""

from __future__ import annotations


class CpiError(Exception):
    """The request or the configuration is wrong; nothing was asked of the cloud."""

    wire_type = "Bosh::Clouds::CpiError"
    ok_to_retry = False
    message = ""  # of a subclass that forgot to call this one's __init__

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = text_of(message)  # `raise CloudError(error)` is easily written


class NotSupported(CpiError):
    """The cloud cannot do this at all; resize_disk and update_disk then fall back to a copy."""

    wire_type = "Bosh::Clouds::NotSupported"


class MethodNotImplemented(CpiError):
    """This CPI does not serve the method; optional methods are then skipped by the callers."""

    wire_type = "Bosh::Clouds::NotImplemented"


class CloudError(CpiError):
    """The cloud refused or failed, or what happened could not be found out."""

    wire_type = "Bosh::Clouds::CloudError"


class VMNotFound(CloudError):
    """The named VM does not exist."""

    wire_type = "Bosh::Clouds::VMNotFound"


class NetworkNotFound(CloudError):
    """The named network does not exist."""

    wire_type = "Bosh::Clouds::NetworkNotFound"


class NoDiskSpace(CloudError):
    """The storage is full."""

    wire_type = "Bosh::Clouds::NoDiskSpace"


class DiskNotAttached(CloudError):
    """The named disk is not attached to the named VM."""

    wire_type = "Bosh::Clouds::DiskNotAttached"


class DiskNotFound(CloudError):
    """The named disk does not exist."""

    wire_type = "Bosh::Clouds::DiskNotFound"


class VMCreationFailed(CloudError):
    """The VM could not be created, and nothing of it remains unless the message says so.

    `ok_to_retry` asks the Director to send the identical create_vm again at once, at most
    `director.max_vm_create_tries` times; no caller acts on it in any other error
    (bosh deployment_plan/steps/create_vm_step.rb). It is true only after a complete undo.
    """

    wire_type = "Bosh::Clouds::VMCreationFailed"

    def __init__(self, message: str, *, ok_to_retry: bool = False) -> None:
        super().__init__(message)
        self.ok_to_retry = ok_to_retry


def text_of(said: object) -> str:
    """Its str, also where that fails: an error about an error is owed all the same."""
    try:
        return str(said)
    except Exception:  # noqa: BLE001  # a foreign __str__ raises anything
        return f"{type(said).__name__} without a text"


WIRE_TYPES = frozenset(
    f"Bosh::Clouds::{name}"
    for name in (
        "CpiError NotSupported NotImplemented CloudError VMNotFound NetworkNotFound "
        "NoDiskSpace DiskNotAttached DiskNotFound VMCreationFailed"
    ).split()
)
