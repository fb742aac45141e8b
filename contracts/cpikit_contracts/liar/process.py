"""The liar's process edge: arguments, standard input, one answer, exit status 0."""

import contextlib
import json
import os
import signal
import sys
from typing import Any, NoReturn

from cpikit_contracts.liar.cloud import CallerLeft, CloudFault
from cpikit_contracts.liar.cpi import Cpi
from cpikit_contracts.liar.dispatch import Refused, dispatch
from cpikit_contracts.liar.failure import Failure
from cpikit_contracts.liar.store import Json, Store

HERE = os.path.dirname(os.path.abspath(__file__))


class Edge:
    """What the process does around a call; lies replace parts of it."""

    def __init__(self, config: Json) -> None:
        self.config = config
        self.lies: list[str] = list(config.get("lies", []))
        self.status = 0
        self.request: Any = None
        self.raw = b""
        self.cpi: Cpi | None = None

    def read(self) -> bytes:
        """All of standard input."""
        return sys.stdin.buffer.read()

    def respond(self, raw: bytes) -> Json:
        """From the bytes of a request to an answer."""
        request_id = ""
        try:
            request = json.loads(raw)
            self.request = request
            request_id = (
                str(request["context"].get("request_id", "")) if _has_context(request) else ""
            )
            cpi = self.make_cpi(request)
            result = dispatch(cpi, request)
            cpi.cloud.go_on()
        except (ValueError, RecursionError):
            return self.failure("Bosh::Clouds::CpiError", "the request is no JSON", request_id)
        except Refused as error:
            return self.failure(error.type, str(error), request_id)
        except Failure as error:
            return self.failure(error.type, str(error), request_id, error.ok_to_retry)
        except CloudFault as fault:
            return self.failure("Bosh::Clouds::CloudError", f"the cloud: {fault}", request_id)
        except CallerLeft:
            self.undo()
            return self.failure("Bosh::Clouds::CloudError", "the caller ended the call", request_id)
        return {"result": result, "error": None, "log": ""}

    def make_cpi(self, request: Any) -> Cpi:
        """The CPI for one request."""
        context = request.get("context") if isinstance(request, dict) else {}
        self.cpi = Cpi(self.config, context if isinstance(context, dict) else {})
        return self.cpi

    def failure(
        self, kind: str, message: str, request_id: str = "", ok_to_retry: bool = False
    ) -> Json:
        """An error answer."""
        self.log(f"[{request_id}] failed: {kind}")
        error = {"type": kind, "message": message, "ok_to_retry": ok_to_retry}
        return {"result": None, "error": error, "log": ""}

    def log(self, text: str) -> None:
        """A line on standard error; who does not listen any more misses it."""
        with contextlib.suppress(BrokenPipeError):
            os.write(2, f"{text}\n".encode("utf-8", "backslashreplace"))

    def write(self, answer: Json) -> bytes:
        """The bytes of an answer."""
        return json.dumps(answer).encode()

    def emit(self, data: bytes) -> None:
        """Put the answer on standard output."""
        while data:
            data = data[os.write(1, data) :]

    def undo(self) -> None:
        """Take back what the call made, since nobody learns of it."""
        if self.cpi is not None:
            self.cpi.undo()

    def heed(self) -> None:
        """From now on SIGTERM ends the call at its next cloud call, with nothing half known."""
        signal.signal(signal.SIGTERM, self.asked_to_end)

    def asked_to_end(self, number: int, frame: object) -> None:
        """Note that the caller wants an end."""
        del number, frame
        if self.cpi is not None:
            self.cpi.cloud.caller_left = True

    def run(self) -> int:
        """The whole call; the exit status."""
        self.raw = self.read()
        self.heed()
        answer = self.respond(self.raw)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        try:
            self.emit(self.write(answer))
        except BrokenPipeError:
            self.undo()
        return self.status


def main(words: list[str]) -> NoReturn:
    """Serve a call (`--config FILE`), or be `control`, `world`, `nursery`, `corrupt …`."""
    if words[:1] == ["control"]:
        from cpikit_contracts.liar.control import answer

        print(answer(Store(words[words.index("--state-dir") + 1]), sys.stdin.readline()))  # noqa: T201  # the control interface speaks on stdout
        sys.exit(0)
    if words[:1] == ["world"]:
        from cpikit_contracts.liar.world import serve

        sys.exit(serve(words[1:]))
    if words[:1] == ["nursery"]:
        from cpikit_contracts.liar.control import answer  # loaded before all forks
        from cpikit_contracts.liar.lies import table  # noqa: F401  # the same
        from cpikit_contracts.nursery import serve as fork

        sys.exit(fork(int(words[1]), main))
    if words[:1] == ["corrupt"]:
        from cpikit_contracts.liar.wrapper import corrupt

        sys.exit(corrupt(words[1:]))
    with open(words[words.index("--config") + 1], encoding="utf-8") as file:
        config = json.load(file)
    edge = Edge(config)
    if edge.lies:
        from cpikit_contracts.liar.lies import tell

        tell(edge)
    status = edge.run()
    sys.stdout.flush()
    os._exit(status)


def _has_context(request: Any) -> bool:
    return isinstance(request, dict) and isinstance(request.get("context"), dict)
