"""One request to one response: the whole road on one page.

`info` is answered here, before each other call of the Director: nothing is opened, no hook is
called unless cpi.json names extensions, and no third-party library is imported.
"""

from __future__ import annotations

import os
import time

from cpikit.errors import CloudError, CpiError, VMCreationFailed, text_of
from cpikit.plugins import load_extensions, load_provider
from cpikit.wire import Request, Response, parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cpikit.call import Call
    from cpikit.caller import Caller
    from cpikit.cpi_json import CpiJson
    from cpikit.log import Log
    from cpikit.provider import Provider
    from cpikit.waiting import Clock

_LONGEST_MESSAGE = 4000


class Server:
    """Serves one call of the CPI that a cpi.json describes; one object, one call."""

    def __init__(
        self,
        cpi_json: CpiJson,
        log: Log,
        caller: Caller,
        *,
        clock: Clock | None = None,
        load: Callable[[str], Provider] = load_provider,
    ) -> None:
        self._load = load
        self._cpi_json = cpi_json
        self._log = log
        self._caller = caller
        self._clock = clock
        self._call: Call | None = None
        self._method = "-"

    def answer(self, raw: bytes) -> bytes:
        """The response to these bytes. Never raises: what goes wrong becomes an error in it."""
        started = time.monotonic()
        response = self._respond(raw)
        try:
            data = response.encode()
        except (TypeError, ValueError, RecursionError) as error:
            response = self._failed(self._unforeseen(error))
            data = response.encode()
        outcome = response.error.wire_type if response.error else "ok"
        self._log.last(
            "method_finished",
            method=self._method,
            outcome=outcome,
            message=response.error.message if response.error else None,
            seconds=time.monotonic() - started,
        )
        return data

    def pending(self) -> tuple[str, ...]:
        """What the call has made and would take back, last first."""
        return self._call.undo.pending if self._call is not None else ()

    def unread(self) -> None:
        """Nobody read the answer: take back what the call made, for nobody knows of it."""
        if self._call is not None and self._call.undo.pending:
            self._log.event("answer_unread", undoing=len(self._call.undo.pending))
            self._failed(CloudError("nobody reads the answer any more"))

    def _respond(self, raw: bytes) -> Response:
        try:
            return Response(self._result(raw))
        except CpiError as error:
            return self._failed(error)
        except BaseException as error:  # noqa: BLE001  # the caller is owed an answer, come what may
            return self._failed(self._unforeseen(error))

    def _result(self, raw: bytes) -> object:
        extensions = load_extensions(self._cpi_json.extensions)
        if extensions:
            provider = self._load(self._cpi_json.plugin)
            call = self._opened(provider, extensions)
            return call.serve(self._begin(call.hooks.cpikit_parse_request(raw=raw)))
        request = self._begin(parse(raw))
        provider = self._load(self._cpi_json.plugin)
        if request.method == "info":
            return provider.info.as_result()
        return self._opened(provider, extensions).serve(request)

    def _begin(self, request: Request) -> Request:
        """The line at the start of a method; from here on nothing of the request is printable."""
        self._method = request.method
        self._log.request_id = request.request_id or f"call-{os.urandom(3).hex()}"
        self._log.event("method_started", method=request.method, api_version=request.api_version)
        return request

    def _opened(self, provider: Provider, extensions: list[tuple[str, object]]) -> Call:
        from cpikit.call import Call  # everything that info does without: 25 ms

        self._call = Call(
            provider, extensions, self._cpi_json, self._log, self._caller, self._clock
        )
        return self._call

    def _failed(self, error: CpiError) -> Response:
        """The error, after everything that the call made was taken back, last first."""
        message = error.message
        if self._call is not None:
            error, message = self._call.undone(error)
        message = self._log.redactor.clean(text_of(message))
        error.message = (
            message if len(message) <= _LONGEST_MESSAGE else f"{message[:_LONGEST_MESSAGE]}…"
        )
        return Response(error=error)

    def _unforeseen(self, error: BaseException) -> CpiError:
        """What nobody planned for: the traceback to stderr, a CloudError to the caller."""
        import traceback  # 2 ms that only a crash pays

        self._log.text("traceback", "".join(traceback.format_exception(error)))
        text = f"{self._method}: {type(error).__name__}: {text_of(error)}"
        return VMCreationFailed(text) if self._method == "create_vm" else CloudError(text)
