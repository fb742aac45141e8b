"""Write down every call: what was asked, what was answered, what should not have happened."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from attrs import define, field

_ENTRIES = 50_000
_CHARACTERS = 4 * 1024**2
"""So much of parameters and answers is kept, of each; entries outlive theirs."""
_CLIENTS = 1_000
_QUESTIONS = 20_000
_TRACES = 100
_DIFFERENT = 5_000
_LONGEST = 100
# Values that are nobody's business in a log: signatures, passwords, tokens, keys, user data.
_SECRET_ENDINGS = (
    "password",
    "signature",
    "securitytoken",
    "bearertoken",
    "oidctoken",
    "samlassertion",
    "accesskeysecret",
    "privatekeybody",
    "privatekey",
    "userdata",
)


@define
class Entry:
    """One call. `outcome` is `ok`, an error code, or what became of it on the wire."""

    seq: int
    at_s: float
    client: str
    product: str
    name: str
    effect: str
    resources: tuple[str, ...] = ()
    parameters: Mapping[str, str] = field(factory=dict, repr=False)
    unknown: tuple[str, ...] = ()
    signature: str = ""
    repeated: bool = False
    outcome: str = "pending"
    code: str = ""
    status: int = 0
    request_id: str = ""
    rule: str = ""
    answer: Any = field(default=None, repr=False)

    def call(self) -> dict[str, object]:
        """Give the row that `/calls` shows."""
        return {
            "seq": self.seq,
            "at_s": self.at_s,
            "client": self.client,
            "product": self.product,
            "name": self.name,
            "effect": self.effect,
            "resource": self.resources[0] if self.resources else None,
            "resources": list(self.resources),
            "outcome": self.outcome,
            "repeated": self.repeated,
        }

    def request(self) -> dict[str, object]:
        """Give the row that `/requests` shows."""
        return {
            **self.call(),
            "code": self.code,
            "status": self.status,
            "request_id": self.request_id,
            "signature": self.signature,
            "rule": self.rule or None,
            "parameters": masked(self.parameters),
            "unknown_parameters": list(self.unknown),
            "answer": masked(self.answer),
        }


@define
class _Newest:
    """The large parts of the newest entries: what is over the limit leaves the oldest first."""

    _held: deque[tuple[Entry, str, int]] = field(factory=deque, init=False)
    _characters: int = field(default=0, init=False)

    def keep(self, entry: Entry, name: str, value: Any, characters: int) -> None:
        """Put a part into its entry, and take the same of old ones away to make room."""
        setattr(entry, name, value)
        self._held.append((entry, name, characters))
        self._characters += characters
        while self._characters > _CHARACTERS and len(self._held) > 1:
            oldest, part, size = self._held.popleft()
            setattr(oldest, part, {} if part == "parameters" else None)
            self._characters -= size


@define
class Journal:
    """The calls of a world, since it began. Old ones are forgotten, the counts are not.

    A read is `repeated` when the same client asked the same since its last write (or the last
    mark): a poll.
    """

    _now_s: Callable[[], float]
    _entries: deque[Entry] = field(factory=lambda: deque(maxlen=_ENTRIES), init=False)
    _answers: _Newest = field(factory=_Newest, init=False)
    _questions: _Newest = field(factory=_Newest, init=False)
    _seq: int = field(default=0, init=False)
    _reads: dict[str, set[tuple[str, str, str]]] = field(factory=dict, init=False)
    marked_at: int = field(default=0, init=False)
    by_action: Counter[str] = field(factory=Counter, init=False)
    outcomes: Counter[str] = field(factory=Counter, init=False)
    unserved: Counter[str] = field(factory=Counter, init=False)
    produced: Counter[tuple[str, str, str]] = field(factory=Counter, init=False)
    unknown: Counter[str] = field(factory=Counter, init=False)
    defects: deque[str] = field(factory=lambda: deque(maxlen=_TRACES), init=False)

    def mark(self) -> int:
        """Give a point in the journal: calls after it have a higher `seq`."""
        self._seq += 1
        self.marked_at = self._seq
        self._reads.clear()
        return self._seq

    def begin(self, client: str, product: str, name: str, effect: str, fingerprint: str) -> Entry:
        """Open an entry for a call that has come in."""
        self._seq += 1
        name = name[:_LONGEST]
        entry = Entry(self._seq, self._now_s(), client[:_LONGEST], product, name, effect)
        if effect == "write":
            self._reads.pop(client, None)
        else:
            entry.repeated = self._is_repeated(client, (product, name, fingerprint))
        self._entries.append(entry)
        _count(self.by_action, f"{product}.{name}")
        return entry

    def _is_repeated(self, client: str, question: tuple[str, str, str]) -> bool:
        """Note a read; a flood of clients and of questions is forgotten, so memory stays flat."""
        asked = self._reads.setdefault(client, set())
        if question in asked:
            return True
        if len(asked) >= _QUESTIONS:
            asked.clear()
        asked.add(question)
        if len(self._reads) > _CLIENTS:
            del self._reads[next(iter(self._reads))]
        return False

    def asked(
        self,
        entry: Entry,
        resources: tuple[str, ...],
        parameters: Mapping[str, str],
        unknown: tuple[str, ...],
    ) -> None:
        """Note what a call is about and what it says."""
        entry.resources = resources
        entry.unknown = tuple(name[:_LONGEST] for name in unknown[:_LONGEST])
        characters = sum(len(name) + len(value) + _LONGEST for name, value in parameters.items())
        self._questions.keep(entry, "parameters", parameters, characters)

    def answered(self, entry: Entry, code: str, status: int, answer: Any, size: int) -> None:
        """Note what the cloud answered in `size` bytes, whether or not it will arrive."""
        entry.code, entry.status, entry.outcome = code, status, code
        self._answers.keep(entry, "answer", answer, size + _LONGEST)
        if code != "ok" and not entry.rule:
            _count(self.produced, (entry.product, entry.name, code))
        for name in entry.unknown:
            _count(self.unknown, f"{entry.product}.{entry.name} {name}")

    def finish(self, entry: Entry, wire: str = "") -> None:
        """Close an entry; `wire` says what became of the answer if it was not just sent."""
        entry.outcome = wire or entry.outcome
        self.outcomes[entry.outcome] += 1

    def missed(self, product: str, name: str) -> None:
        """Note an action that the simulator does not serve."""
        _count(self.unserved, f"{product}.{name}")

    def defect(self, trace: str) -> None:
        """Note an exception that nobody asked for: it answered 500."""
        self.defects.append(trace)

    def since(self, seq: int) -> list[Entry]:
        """Give the calls after a mark, in order."""
        found: list[Entry] = []
        for entry in reversed(self._entries):
            if entry.seq <= seq:
                break
            found.append(entry)
        return found[::-1]

    def counted(self) -> Iterable[Entry]:
        """Give what `nth` counts: writes and first reads since the last mark."""
        return (entry for entry in self.since(self.marked_at) if not entry.repeated)

    def counts(self) -> dict[str, object]:
        """Give what `/counts` shows."""
        return {
            "calls": sum(self.by_action.values()),
            "by_action": dict(sorted(self.by_action.items())),
            "outcomes": dict(sorted(self.outcomes.items())),
            "unserved": dict(sorted(self.unserved.items())),
            "unknown_parameters": dict(sorted(self.unknown.items())),
            "produced": [
                {"product": product, "action": action, "code": code, "count": count}
                for (product, action, code), count in sorted(self.produced.items())
            ],
            "defects": list(self.defects),
        }


def _count(counter: Counter[Any], key: object) -> None:
    """Count; a flood of different nonsense is counted together, so that memory stays flat."""
    if key in counter or len(counter) < _DIFFERENT:
        counter[key] += 1
    elif isinstance(key, str):
        counter["(others)"] += 1


def masked(value: Any) -> Any:
    """Give a copy of parameters or of an answer with secrets replaced by their length."""
    if isinstance(value, Mapping):
        return {name: _masked_one(name, inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [masked(inner) for inner in value]
    return value


def _masked_one(name: str, value: Any) -> Any:
    if isinstance(value, str) and value and name.lower().endswith(_SECRET_ENDINGS):
        return f"({len(value)} characters)"
    return masked(value)
