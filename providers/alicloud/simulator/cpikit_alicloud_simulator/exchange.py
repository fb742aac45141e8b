"""What each protocol turns a request into, so that one desk can drive them all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import define, field, frozen

from cpikit_alicloud_simulator.journal import Entry
from cpikit_alicloud_simulator.oss.answer import Answer as HttpAnswer
from cpikit_alicloud_simulator.trouble import Rule
from cpikit_alicloud_simulator.wire import ApiError


@frozen
class Done:
    """What the work came to: the answer as it goes out, and the same for the journal."""

    answer: HttpAnswer
    code: str = "ok"
    body: Any = None
    request_id: str = ""
    signature: str = ""
    made: tuple[str, ...] = ()


@frozen
class Recognised:
    """A request that is understood but not yet worked on; to recognise one changes nothing.

    `perform` does the work (its argument: how old the world is that a read sees), `refuse` writes
    an error in the protocol's own form. `client` is the access key id that the request claims.
    """

    product: str
    name: str
    effect: str
    client: str
    perform: Callable[[float], Done] = field(repr=False)
    refuse: Callable[[ApiError], HttpAnswer] = field(repr=False)
    throttled: ApiError
    resources: tuple[str, ...] = ()
    parameters: Mapping[str, str] = field(factory=dict, repr=False)
    unknown: tuple[str, ...] = ()
    fingerprint: str = ""
    unserved: bool = False


@define
class Exchange:
    """One request on its way: what it is, its entry in the journal, the rule that struck it."""

    recognised: Recognised
    entry: Entry
    rule: Rule | None = None
    done: Done | None = None
