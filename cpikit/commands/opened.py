"""A provider's CPI opened for a command of ours: the same road as a call's, for longer than one."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import Any

from cpikit import cpi_json
from cpikit.api import Cpi
from cpikit.call import Call
from cpikit.caller import Caller
from cpikit.errors import CpiError
from cpikit.log import Log
from cpikit.operations import FaultError
from cpikit.plugins import load_extensions, load_provider
from cpikit.redaction import Redactor
from cpikit.wire import Request

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cpikit.waiting import Clock

_STDERR = 2


def stderr_log(*, debug: bool) -> Log:
    """Lines on stderr where they are asked for: a person reads what the command itself says."""
    return Log(lambda line: os.write(_STDERR, line) if debug else 0, Redactor(), debug=debug)


class Opened:
    """One cpi.json, and one provider's CPI on it.

    `context` overlays its properties, as a CPI config does. `clock` is the machine's without one.
    """

    def __init__(
        self,
        config_path: str,
        *,
        command: str,
        director_uuid: str,
        log: Log,
        context: Mapping[str, Any] | None = None,
        clock: Clock | None = None,
    ) -> None:
        found = cpi_json.read(config_path)
        self._request = Request(
            method=command,
            arguments=[],
            context={
                **(context or {}),
                "director_uuid": director_uuid,
                "request_id": f"{command}-{os.urandom(3).hex()}",
            },
            api_version=3,
        )
        log.request_id = self._request.request_id
        self._log = log
        self._call = Call(
            load_provider(found.plugin),
            load_extensions(found.extensions),
            found,
            log,
            Caller(),
            clock,
        )
        self.provider = found.plugin
        self.cpi: Cpi[Any, Any, Any, Any, Any] = self._call.open(self._request)

    @contextmanager
    def step(self) -> Iterator[None]:
        """Turn what a step fails with into a CpiError without secrets, after taking back its work.

        What a step made and nobody took back is kept when it succeeds.
        """
        try:
            yield
        except FaultError as error:
            raise self._undone(self._call.mapped(error, self._request)) from error
        except CpiError as error:
            raise self._undone(error) from error
        finally:
            for what in self._call.undo.pending:
                self._call.undo.forget(what)

    def _undone(self, error: CpiError) -> CpiError:
        error, message = self._call.undone(error)
        error.message = self._log.redactor.clean(message)
        return error
