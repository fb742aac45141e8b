"""The core's own answer to every hook: asked last, after extensions and the provider.

Those about failures import what they need when the first call fails: the others do without.
"""

from __future__ import annotations

from cpikit.hookspecs import core_hookimpl
from cpikit.wire import parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cpikit.errors import CpiError
    from cpikit.faults import Fault
    from cpikit.operations import Operation
    from cpikit.retry import RetryPolicy
    from cpikit.wire import Request


class CoreHooks:
    """Defaults for everything but opening a provider and serving the call itself."""

    @core_hookimpl
    def cpikit_parse_request(self, raw: bytes) -> Request:
        """Read the protocol as the Director and the CLI speak it."""
        return parse(raw)

    @core_hookimpl
    def cpikit_classify_error(self, error: Exception) -> Fault:
        """Know the errors of a socket."""
        from cpikit.policies import classify

        return classify(error)

    @core_hookimpl
    def cpikit_retry_policy(self, fault: Fault) -> RetryPolicy:
        """Ask the table of kinds."""
        from cpikit.policies import policy

        return policy(fault)

    @core_hookimpl
    def cpikit_map_fault(self, fault: Fault, operation: Operation, method: str) -> CpiError:
        """Find the error of the contract that fits the kind and the method."""
        from cpikit.policies import error_for

        return error_for(fault, operation, method)
