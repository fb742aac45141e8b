"""The provider's hooks: what it opens, its types, its faults, and the errors that they become.

The tables of faults are imported when the first call fails: the others do without.
"""

from __future__ import annotations

from cpikit.hookspecs import hookimpl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cattrs import Converter

    from cpikit.api import CallContext
    from cpikit.cloud import Cloud
    from cpikit.config import Config
    from cpikit.errors import CpiError
    from cpikit.faults import Fault
    from cpikit.operations import Operation
    from cpikit.retry import RetryPolicy
    from cpikit_alicloud.config import AlicloudConfig
    from cpikit_alicloud.cpi import AlicloudCpi


@hookimpl
def cpikit_open(config: Config[AlicloudConfig], context: CallContext, cloud: Cloud) -> AlicloudCpi:
    """The CPI of this call; nothing is asked of the cloud, and the SDK is not imported yet."""
    from cpikit_alicloud.opening import opened

    return opened(config, context, cloud)


@hookimpl
def cpikit_configure_converter(converter: Converter) -> None:
    """The forms in which the Go CPI took its properties."""
    from cpikit_alicloud.properties.lenient import teach

    teach(converter)


@hookimpl
def cpikit_classify_error(error: Exception, operation: Operation) -> Fault | None:
    """The one table of the cloud's codes."""
    from cpikit_alicloud.faults import classify

    return classify(error, operation)


@hookimpl
def cpikit_retry_policy(fault: Fault, operation: Operation) -> RetryPolicy | None:
    """How long the cloud's own states last."""
    from cpikit_alicloud.faults import policy

    return policy(fault, operation)


@hookimpl
def cpikit_map_fault(fault: Fault, operation: Operation, method: str) -> CpiError | None:
    """The errors of the contract for what the core's table does not know."""
    from cpikit_alicloud.faults import error_for

    return error_for(fault, operation, method)
