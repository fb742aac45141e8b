"""One call other than `info`: configuration, arguments, the provider's method, and its undo."""

from __future__ import annotations

from typing import Any

from cattrs import Converter

from cpikit.api import CallContext, Cpi
from cpikit.caller import Caller, CallerGone
from cpikit.cloud import Cloud
from cpikit.config import (
    Config,
    bind,
    choices_of,
    secrets_by_name,
    secrets_in,
    secrets_of,
    secrets_of_context,
)
from cpikit.converter import Unknowns, describe_unknown, strict_converter
from cpikit.cpi_json import CpiJson
from cpikit.defaults import CoreHooks
from cpikit.errors import CloudError, CpiError, MethodNotImplemented, VMCreationFailed
from cpikit.hookspecs import HookRegistry, core_hookimpl
from cpikit.log import Log
from cpikit.methods import SHAPES, Binding, property_kinds
from cpikit.operations import FaultError
from cpikit.plugins import resolve
from cpikit.provider import Provider
from cpikit.redaction import secrets_of_env, strings_in
from cpikit.results import BadResult
from cpikit.undo import Undo, describe
from cpikit.waiting import Clock, SystemClock
from cpikit.wire import Request

OLDEST_API, NEWEST_API = 2, 3
_NETWORKS_ARGUMENT = 3
_ENV_ARGUMENT = 5  # of create_vm


class Call:
    """Everything one call needs, built for it and thrown away with the process."""

    def __init__(
        self,
        provider: Provider,
        extensions: list[tuple[str, object]],
        cpi_json: CpiJson,
        log: Log,
        caller: Caller,
        clock: Clock | None = None,
    ) -> None:
        self.undo = Undo()
        self._provider = provider
        self._cpi_json = cpi_json
        self._log = log
        self._caller = caller
        self._clock: Clock = clock or SystemClock(caller)
        registry = HookRegistry()
        registry.register(CoreHooks(), "cpikit")
        registry.register(self, "cpikit.call")
        registry.register(resolve(provider.hooks), provider.name)
        for name, extension in extensions:
            registry.register(extension, name)
        self.hooks = registry.hooks

    def serve(self, request: Request) -> object:
        """The JSON value of the result. Raises CpiError."""
        try:
            return self.hooks.cpikit_serve_call(request=request)
        except FaultError as error:
            raise self.mapped(error, request) from error
        except CallerGone as gone:
            unconfirmed = self._caller.unconfirmed
            doubt = f"; not confirmed: {unconfirmed}" if unconfirmed else ""
            raise _ended(request.method, f"{request.method}: ended early: {gone}{doubt}") from gone
        except BadResult as error:
            raise _ended(request.method, f"provider {self._provider.name!r}: {error}") from error

    def open(self, request: Request) -> Cpi[Any, Any, Any, Any, Any]:
        """The provider's CPI for what is no method of the contract: a command of ours."""
        self._learn_secrets(request)
        unknowns = Unknowns(self._provider.unknown_properties)
        converter = strict_converter(unknowns)
        self.hooks.cpikit_configure_converter(converter=converter)
        return self._open(self._configured(request, converter, unknowns), request)

    @core_hookimpl
    def cpikit_serve_call(self, request: Request) -> object:
        """The core's own road: check, configure, bind, open, call, shape."""
        if request.method == "info":
            return self._provider.info.as_result()
        self._check(request)
        self._learn_secrets(request)
        unknowns = Unknowns(self._provider.unknown_properties)
        converter = strict_converter(unknowns)
        self.hooks.cpikit_configure_converter(converter=converter)
        config = self._configured(request, converter, unknowns)
        arguments = Binding(self._property_type, converter, unknowns).arguments(request)
        self._log.redactor.learn(secrets_in(arguments))
        for unknown in unknowns.seen:
            self._log.event("warning", text=describe_unknown(unknown))
        result = getattr(self._open(config, request), request.method)(*arguments)
        return SHAPES[request.method](request.method, result)

    def undone(self, error: CpiError) -> tuple[CpiError, str]:
        """Take back what was made; gives the error and its message with what became of it."""
        pending = len(self.undo.pending)
        with self._caller.shield():
            leftovers = self.undo.run(self._log)
        doubtful = self._caller.unconfirmed and not pending  # nobody looked for what it made
        if isinstance(error, VMCreationFailed) and (leftovers or doubtful):
            error.ok_to_retry = False
        if not pending:
            return error, error.message
        if leftovers:
            return error, f"{error.message}; {describe(leftovers)}"
        return error, f"{error.message}; everything made so far was removed again"

    def _check(self, request: Request) -> None:
        if request.method not in SHAPES:
            raise MethodNotImplemented(f"Method {request.method!r} is not known to this CPI")
        version = request.api_version
        if version is None or not OLDEST_API <= version <= NEWEST_API:
            found = "absent" if version is None else version
            raise CpiError(
                f"{request.method}: $.api_version is {found}, wanted {OLDEST_API} or {NEWEST_API}: "
                "this CPI needs a Director or CLI that negotiates one of them through info"
            )

    def _learn_secrets(self, request: Request) -> None:
        redactor = self._log.redactor
        config_type = resolve(self._provider.config_type)
        redactor.learn(secrets_of_context(request.context, config_type))
        own = self._cpi_json.sections.get(self._provider.name)
        redactor.learn(secrets_by_name(own, choices_of(config_type)))
        arguments = list(request.arguments)
        if request.method == "create_vm" and len(arguments) > _ENV_ARGUMENT:
            redactor.learn(secrets_of_env(arguments[_ENV_ARGUMENT]))
            networks = arguments[_NETWORKS_ARGUMENT]
            if isinstance(networks, dict):  # by their names a network "private" would be a secret
                arguments[_NETWORKS_ARGUMENT] = list(networks.values())
        kinds = [self._property_type(kind) for kind in property_kinds(request.method)]
        choices = {name for kind in kinds for name in choices_of(kind)}
        redactor.learn(secrets_by_name(arguments, choices))
        for name, section in self._cpi_json.sections.items():
            if name not in (self._provider.name, "cpikit"):
                redactor.learn(strings_in(section))

    def _configured(
        self, request: Request, converter: Converter, unknowns: Unknowns
    ) -> Config[Any]:
        config = bind(
            self._cpi_json,
            request.context,
            resolve(self._provider.config_type),
            converter=converter,
            unknowns=unknowns,
        )
        self._log.redactor.learn(secrets_of(config, request.context))
        for warning in config.warnings:
            self._log.event("warning", text=warning)
        return config

    def _property_type(self, kind: str) -> Any:
        reference = self._provider.property_types.get(kind)
        return dict[str, Any] if reference is None else resolve(reference)

    def _open(self, config: Config[Any], request: Request) -> Cpi[Any, Any, Any, Any, Any]:
        context = CallContext(
            director_uuid=request.director_uuid,
            request_id=self._log.request_id,
            method=request.method,
            api_version=request.api_version or NEWEST_API,
            stemcell_api_version=request.stemcell_api_version,
            clock=self._clock,
            log=self._log,
            undo=self.undo,
            caller=self._caller,
        )
        cloud = Cloud(self.hooks, self._clock, self._log, self._caller)
        cpi = self.hooks.cpikit_open(config=config, context=context, cloud=cloud)
        if cpi is None:
            raise CpiError(
                f"provider {self._provider.name!r} has no cpikit_open in {self._provider.hooks}"
            )
        return cpi

    def mapped(self, error: FaultError, request: Request) -> CpiError:
        """The error that a failed cloud call of this request becomes."""
        mapped = self.hooks.cpikit_map_fault(
            fault=error.fault, operation=error.operation, method=request.method
        )
        attempts = f"; tried {error.attempts} times in {error.waited_s:.0f} s"
        if error.attempts > 1:
            mapped.message += attempts
        return mapped


def _ended(method: str, text: str) -> CpiError:
    return VMCreationFailed(text) if method == "create_vm" else CloudError(text)
