"""How a rule calls a CPI: through one caller, well-formed or not, on the world or on a dead end."""

import itertools
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from cpikit_contracts.callers import Running
from cpikit_contracts.methods import METHODS
from cpikit_contracts.reading import Answer
from cpikit_contracts.rules import BOTH, BY_TURNS, DIRECTOR
from cpikit_contracts.session import Session


class Calling:
    """The calls of one case to one CPI."""

    def __init__(self, session: Session, caller: str, scope: str, item: str = "") -> None:
        self.session = session
        self.profile = session.profile
        self.caller = DIRECTOR[0] if caller in BY_TURNS else caller
        self.scope = scope
        self.item = item
        self.answers: list[Answer] = []
        self.random = random.Random(f"{session.seed}{session.salt}/{scope}")  # noqa: S311  # names
        self.notes: list[str] = []
        self.said = ""

    def call(
        self,
        method: str,
        *arguments: Any,
        endpoint: str = "world",
        caller: str = "",
        api_version: int | None = None,
        context: Mapping[str, Any] | None = None,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        on_start: Callable[[Running], None] | None = None,
        scope: str = "",
    ) -> Answer:
        """Call a method as the caller of this case does."""
        caller = caller or self.caller
        given: dict[str, Any] = {
            "api_version": api_version,
            "context": context,
            "endpoint": endpoint,
        }
        document = self.session.document(caller, method, list(arguments), **given)
        return self.send(
            document,
            caller=caller,
            endpoint=endpoint,
            env=env,
            cwd=cwd,
            on_start=on_start,
            scope=scope,
        )

    def turns(self, method: str) -> Iterator[str]:
        """The callers that call a method, one after the other; the seed says who begins."""
        callers = BOTH if METHODS[method].cli else DIRECTOR
        first = self.session.seed % len(callers)
        return itertools.cycle([*callers[first:], *callers[:first]])

    def calls(self, *methods: str) -> bool:
        """Does the caller of this case call all these methods?"""
        return self.caller == "director" or all(METHODS[each].cli for each in methods)

    def plays(self, *methods: str) -> bool:
        """Are all these methods called by the caller of this case, and claimed by the profile?"""
        return self.calls(*methods) and not set(methods) & self.profile.gaps.keys()

    def dead(self, method: str, *arguments: Any, **options: Any) -> Answer:
        """Call a method of the CPI that has a dead endpoint and unusable credentials."""
        return self.call(method, *arguments, endpoint="dead", **options)

    def offline(self, method: str = "info", *arguments: Any, **options: Any) -> Answer:
        """Call a method that needs no cloud, wherever the profile lets it be called."""
        return self.call(method, *arguments, endpoint=self.offline_endpoint, **options)

    @property
    def offline_endpoint(self) -> str:
        """The dead endpoint where the profile names one; the gate watches over the other."""
        return "dead" if self.profile.dead else "world"

    def send(
        self,
        document: dict[str, Any],
        *,
        endpoint: str = "world",
        caller: str = "",
        scope: str = "",
        **options: Any,
    ) -> Answer:
        """Send a request that is given whole."""
        self.session.go_on()
        answer = self.session.send_document(
            document,
            caller=caller or self.caller,
            endpoint=endpoint,
            scope=scope or self.scope,
            case=self.scope,
            **options,
        )
        self.answers.append(answer)
        return answer

    def raw(self, request: bytes, *, malformed: bool = True, **options: Any) -> Answer:
        """Send bytes to wherever offline checks go."""
        self.session.go_on()
        answer = self.session.send(
            request,
            caller=self.caller,
            endpoint=self.offline_endpoint,
            malformed=malformed,
            case=self.scope,
            **options,
        )
        self.answers.append(answer)
        return answer

    def at_once(self, calls: Iterable[Callable[[], Answer]], width: int = 8) -> list[Answer]:
        """Make several calls at the same time, each in a process of its own."""
        with ThreadPoolExecutor(max_workers=width) as pool:
            return list(pool.map(lambda call: call(), calls))
