"""One run against one world: every request goes out here, through the gate, into the ledger."""

import json
import random
import secrets
import threading
import uuid
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from attrs import evolve

from cpikit_contracts.callers import DIRECTOR_ENV, Running, Start, cli_env, run, spawn
from cpikit_contracts.exchange import Invocation
from cpikit_contracts.gate import Gate
from cpikit_contracts.ledger import Ledger
from cpikit_contracts.methods import METHODS
from cpikit_contracts.outcomes import Interrupted, Unusable
from cpikit_contracts.profile import Profile
from cpikit_contracts.reading import Answer, read
from cpikit_contracts.world import StandingWorld

HIGHEST: Final = {"director": 3, "cli": 2}  # cloud_factory.rb; factory.go
STEMCELL_API: Final = 3


class Session:
    """A profile with its world, what was sent there, and what it made."""

    def __init__(
        self,
        profile: Profile,
        world: StandingWorld,
        ledger: Ledger,
        folder: Path,
        seed: int,
        start: Start = spawn,
    ) -> None:
        throw_away = bool(profile.world.up) and not profile.world.live
        self.profile = profile
        self.world = world
        self.ledger = ledger
        self.folder = folder
        self.seed = seed
        self.gate = Gate(
            profile,
            ledger,
            world_may_be_used=throw_away or profile.world.live,
            world_is_throw_away=throw_away,
            image_folder=str(folder),
        )
        # In an account that stays, nothing may be taken for what an earlier run of this seed made.
        self.salt = "" if throw_away else secrets.token_hex(8)
        names = random.Random(f"{seed}{self.salt}")  # noqa: S311  # names, no secrets
        self.director_uuid = str(uuid.UUID(int=names.getrandbits(128), version=4))
        self.exchanges: list[Answer] = []
        self.attached: dict[str, str] = {}
        self.canaries: list[str] = [*world.secrets, *profile.secrets]
        self.findings: list[str] = []
        self.figures: dict[str, Any] = {}
        self.baseline: set[tuple[str, str]] | None = None
        self.shared: dict[str, str] = {}
        self.taken_ips: dict[str, str] = {}
        self.interrupted = False
        self._start = start
        self._versions: dict[tuple[str, str], int] = {}
        self._lock = threading.RLock()
        self._request_number = 100_000

    def go_on(self) -> None:
        """Raise Interrupted when the run was: a scenario asks nothing more, cleaning does."""
        if self.interrupted:
            raise Interrupted("the run was interrupted")

    def request_id(self) -> str:
        """An id as the Director makes them: `cpi-` and six digits."""
        with self._lock:
            self._request_number += 1
            return f"cpi-{self._request_number}"

    def context(
        self, caller: str, method: str, extra: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """The context that this caller sends with this method; CPI-config properties come last."""
        context: dict[str, Any] = {"director_uuid": self.director_uuid}
        if caller == "director":
            context["request_id"] = self.request_id()
            carries = method in METHODS and METHODS[method].stemcell_version
        else:
            carries = True
        if carries:
            context["vm"] = {"stemcell": {"api_version": STEMCELL_API}}
        return {**context, **(extra or {})}

    def document(
        self,
        caller: str,
        method: str,
        arguments: list[Any],
        *,
        api_version: int | None = None,
        context: Mapping[str, Any] | None = None,
        endpoint: str = "world",
    ) -> dict[str, Any]:
        """The request that this caller would send."""
        document: dict[str, Any] = {
            "method": method,
            "arguments": arguments,
            "context": self.context(caller, method, context),
        }
        if api_version is None and method == "info":
            api_version = None if caller == "director" else 1
        elif api_version is None:
            api_version = self.version(caller, endpoint)
        if api_version is not None:
            document["api_version"] = api_version
        return document

    def version(self, caller: str, endpoint: str) -> int:
        """The version that the caller negotiates with this CPI; asked once."""
        key = (caller, endpoint)
        if key not in self._versions:
            answer = self.send_document(
                self.document(caller, "info", []), caller=caller, endpoint=endpoint
            )
            result = answer.result if isinstance(answer.result, dict) else {}
            found = result.get("api_version")
            reported = found if isinstance(found, int) else 2
            self._versions[key] = max(2, min(reported, HIGHEST[caller]))
        return self._versions[key]

    def send_document(
        self, document: dict[str, Any], *, caller: str, endpoint: str, **options: Any
    ) -> Answer:
        """Send a well-formed request; keep the ledger true to the answer."""
        scope = options.pop("scope", "")
        case = options.pop("case", scope)
        answer = self.send(
            _line(document, caller), caller=caller, endpoint=endpoint, case=case, **options
        )
        if endpoint == "world":
            self.book(document, answer, scope)
        return answer

    def send(
        self,
        request: bytes,
        *,
        caller: str,
        endpoint: str,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        malformed: bool = False,
        case: str = "",
        on_start: Callable[[Running], None] | None = None,
    ) -> Answer:
        """Send these bytes, if the gate lets them through, and keep what happened."""
        self.gate.check(request, endpoint)
        command = self.profile.dead if endpoint == "dead" else self.profile.command
        if not command:
            raise Unusable("the profile names no command: [cpi] command, or --cpi")
        invocation = Invocation(
            argv=command,
            request=request,
            caller=caller,
            env=self._env(caller, env),
            cwd=cwd,
            limit_s=self.profile.limits.call_s,
        )
        exchange = run(invocation, on_start, self._start)
        answer = read(
            evolve(
                exchange,
                method=_method_of(request),
                endpoint=endpoint,
                malformed=malformed,
                number=len(self.exchanges) + 1,
                case=case,
            )
        )
        with self._lock:
            self.exchanges.append(answer)
        return answer

    def _env(self, caller: str, extra: Mapping[str, str] | None) -> dict[str, str]:
        base = dict(DIRECTOR_ENV) if caller == "director" else cli_env()
        return {**base, **self.world.env, **(extra or {})}

    def book(self, document: dict[str, Any], answer: Answer, scope: str) -> None:
        """Keep ledger and attachments true to what a call did."""
        method = METHODS.get(document["method"])
        if method is None:
            return
        arguments = document["arguments"]
        if method.makes and answer.succeeded:
            cid = made_cid(method.name, answer.result)
            if cid:
                self.ledger.add(method.makes, cid, scope)
        if method.removes and (answer.succeeded or _is_not_found(answer)):
            self.ledger.remove(method.removes, str(arguments[0]))
            self._forget_attachments(method.removes, str(arguments[0]))
        if method.name == "attach_disk" and answer.succeeded:
            self.attached[str(arguments[1])] = str(arguments[0])
        if method.name == "detach_disk" and answer.succeeded:
            self.attached.pop(str(arguments[1]), None)
        if method.name == "update_disk" and isinstance(answer.result, str) and answer.succeeded:
            self._book_update(str(arguments[0]), answer.result, scope)

    def _book_update(self, old: str, new: str, scope: str) -> None:
        if new and new != old:
            self.ledger.add("disk", new, scope)
            self.ledger.remove("disk", old)

    def _forget_attachments(self, kind: str, cid: str) -> None:
        if kind == "vm":
            self.attached = {disk: vm for disk, vm in self.attached.items() if vm != cid}
        if kind == "disk":
            self.attached.pop(cid, None)


def made_cid(method: str, result: object) -> str:
    """The id in a create method's result, read kindly: a string, or the first of an array."""
    if isinstance(result, list) and result:
        result = result[0]
    if isinstance(result, bool) or not isinstance(result, str | int):
        return ""
    return str(result) if method else ""


def _is_not_found(answer: Answer) -> bool:
    return answer.is_error("VMNotFound", "DiskNotFound", "NetworkNotFound")


def _line(document: dict[str, Any], caller: str) -> bytes:
    """One line, no newline; Go sorts the keys and escapes three characters, Ruby does neither."""
    if caller == "director":
        return json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
    head: dict[str, Any] = {
        key: document[key] for key in ("method", "arguments", "context") if key in document
    }
    if "api_version" in document:
        head["api_version"] = document["api_version"]
    text = json.dumps(_sorted(head), separators=(",", ":"), ensure_ascii=False)
    for character in "&<>":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text.encode()


def _sorted(document: dict[str, Any]) -> dict[str, Any]:
    return {key: _sort_keys(value) for key, value in document.items()}


def _sort_keys(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sort_keys(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [_sort_keys(each) for each in value]
    return value


def _method_of(request: bytes) -> str:
    try:
        document = json.loads(request)
    except (ValueError, RecursionError):
        return ""
    method = document.get("method") if isinstance(document, dict) else None
    return method if isinstance(method, str) else ""
