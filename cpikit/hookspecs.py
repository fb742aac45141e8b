"""The hooks: what extensions and providers may decide, and the typed front that the core calls.

Order is always extension, provider, core default. All are prefixed `cpikit_`; a test holds this
list against docs/hooks.md.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

import pluggy
from attrs import frozen

from cpikit.errors import CpiError

if TYPE_CHECKING:
    from cattrs import Converter

    from cpikit.api import CallContext, Cpi
    from cpikit.cloud import Cloud
    from cpikit.config import Config
    from cpikit.faults import Fault
    from cpikit.operations import Operation
    from cpikit.retry import RetryPolicy
    from cpikit.wire import Request

PROJECT = "cpikit"
_F = TypeVar("_F", bound=Callable[..., object])

_spec = pluggy.HookspecMarker(PROJECT)
_impl = pluggy.HookimplMarker(PROJECT)


def hookimpl(function: _F) -> _F:
    """Mark a hook implementation."""
    return _impl(function)


def core_hookimpl(function: _F) -> _F:
    """Mark the core's own answer, which comes after every other."""
    return _impl(function, trylast=True)


def hookwrapper(function: _F) -> _F:
    """Mark an implementation that wraps all others: a generator that yields once."""
    return _impl(function, wrapper=True)


@frozen(eq=False)
class Attempt:
    """A failed attempt that will be repeated: the `failures`-th, after `wait_s` seconds."""

    operation: Operation
    fault: Fault
    failures: int
    wait_s: float


class _Specs:
    """The hooks. What a docstring says of None holds for that hook alone."""

    @_spec(firstresult=True)
    def cpikit_parse_request(self, raw: bytes) -> Request | None:
        """Turn the bytes of standard input into a Request: for dialects and future versions.

        Extensions and the core answer, before any provider is involved. None passes on; raise
        CpiError for what is malformed.
        """

    @_spec(firstresult=True)
    def cpikit_open(
        self, config: Config[Any], context: CallContext, cloud: Cloud
    ) -> Cpi[Any, Any, Any, Any, Any] | None:
        """Give the provider's CPI for this call. Import the SDK here, never before.

        Called once, after the arguments are bound, never for `info`. It asks nothing of the
        cloud. None passes on; nobody answering is an error.
        """

    @_spec
    def cpikit_configure_converter(self, converter: Converter) -> None:
        """Teach cattrs a provider's own property types; all are called, None is all they say.

        Called before config and arguments are bound. Never loosen the strict hooks.
        """

    @_spec(firstresult=True)
    def cpikit_classify_error(self, error: Exception, operation: Operation) -> Fault | None:
        """Put an exception of a cloud call into neutral words.

        Called for every exception but FaultError. None passes on; the core knows OSError and
        TimeoutError, and calls the rest UNKNOWN.
        """

    @_spec(firstresult=True)
    def cpikit_retry_policy(self, fault: Fault, operation: Operation) -> RetryPolicy | None:
        """Say how often and how long a failed call may go again.

        Called once a failure, only where the law allows a repetition (cpikit.retry.may_repeat).
        None passes on to the core's table of FaultKinds.
        """

    @_spec
    def cpikit_retry_scheduled(self, attempt: Attempt) -> None:
        """Hear that a call goes again after a wait; all are told, for logs and metrics."""

    @_spec(firstresult=True)
    def cpikit_map_fault(self, fault: Fault, operation: Operation, method: str) -> CpiError | None:
        """Say which error the Director sees for a call that failed for good.

        None passes on to the core's table. VMCreationFailed's ok_to_retry is withdrawn by the core
        when the undo was not complete.
        """

    @_spec(firstresult=True)
    def cpikit_serve_call(self, request: Request) -> object:
        """Serve one parsed call and give the JSON value of its result.

        The core alone answers; others wrap it (hookwrapper) for audit, timing or a read-only
        mode, and see CpiError pass.
        """


class Hooks(Protocol):
    """The hooks as the core calls them, typed, in front of pluggy's untyped relay."""

    def cpikit_parse_request(self, *, raw: bytes) -> Request:
        """See the spec of this name."""

    def cpikit_open(
        self, *, config: Config[Any], context: CallContext, cloud: Cloud
    ) -> Cpi[Any, Any, Any, Any, Any] | None:
        """See the spec of this name."""

    def cpikit_configure_converter(self, *, converter: Converter) -> list[None]:
        """See the spec of this name."""

    def cpikit_classify_error(self, *, error: Exception, operation: Operation) -> Fault:
        """See the spec of this name."""

    def cpikit_retry_policy(self, *, fault: Fault, operation: Operation) -> RetryPolicy:
        """See the spec of this name."""

    def cpikit_retry_scheduled(self, *, attempt: Attempt) -> list[None]:
        """See the spec of this name."""

    def cpikit_map_fault(self, *, fault: Fault, operation: Operation, method: str) -> CpiError:
        """See the spec of this name."""

    def cpikit_serve_call(self, *, request: Request) -> object:
        """See the spec of this name."""


class HookRegistry:
    """One pluggy manager: the core's plugins first, then the provider, then extensions.

    pluggy calls the last registered first, so this gives extension, provider, core default.
    """

    def __init__(self) -> None:
        self._manager = pluggy.PluginManager(PROJECT)
        self._manager.add_hookspecs(_Specs)

    def register(self, plugin: object, name: str) -> None:
        """Add a plugin; an implementation that fits no hook or misnames an argument is an error.

        Raises CpiError naming the plugin.
        """
        try:
            self._manager.register(plugin, name)
            self._manager.check_pending()
        except (pluggy.PluginValidationError, ValueError) as error:  # ValueError: named twice
            raise CpiError(f"plugin {name!r} does not fit the hooks of cpikit: {error}") from error

    @property
    def hooks(self) -> Hooks:
        """The typed front."""
        return cast("Hooks", self._manager.hook)
