"""The one place through which every request passes, so that nothing that is not ours is touched.

A request may go out when all of this holds: an id in it was made by this run as this kind of thing,
or `[unknown]` lists it; a real method goes only to the dead endpoint or to a world that the run may
use; a malformed request or an unknown method names nothing that a lenient CPI could act on; and the
ceiling of resources is not reached.
"""

import json
import os.path
import re
from typing import Any, Final

from attrs import define, field

from cpikit_contracts.ledger import Ledger
from cpikit_contracts.methods import METHODS, UNKNOWN_METHOD_PREFIX
from cpikit_contracts.outcomes import Refused
from cpikit_contracts.profile import Profile

# What can be nobody's id, however a CPI turns it into text. Numbers can: ids may be integers.
NOBODYS_ID: Final[tuple[Any, ...]] = (None, True, False, [], {})
# A character of ASCII as JSON may write it.
ESCAPED: Final = re.compile(rb"\\u00([0-7][0-9a-fA-F])")
# What a replay names where its recorder's world held something that ours does not.
RECORDED: Final = re.compile(r"[a-z]+-record\d{14}|not-made-\d+")


@define
class Gate:
    """Lets a request through or raises Refused; knows what this run made."""

    profile: Profile
    ledger: Ledger
    world_may_be_used: bool
    world_is_throw_away: bool
    image_folder: str
    recorded_ids_pass: bool = field(default=False)

    def check(self, request: bytes, endpoint: str) -> None:
        """Raise Refused unless the request can harm nobody at this endpoint ("dead", "world")."""
        document = _parsed(request)
        if document is None:
            self._check_unreadable(request)
            return
        named = [value for key, value in document if key == "method"]
        methods = [name for name in named if isinstance(name, str)]
        for name in methods:
            certainly_unknown = not name or name.startswith(UNKNOWN_METHOD_PREFIX)
            if name not in METHODS and not certainly_unknown:
                raise Refused(f"method {name!r} is neither of the contract nor certainly unknown")
        real = [name for name in methods if name in METHODS and name != "info"]
        if not real:
            return
        if len(named) > 1:
            raise Refused(f"a request with several methods ({named}) is nobody's to interpret")
        self._check_endpoint(real[0], endpoint)
        given = [value for key, value in document if key == "arguments"]
        for arguments in given or [None]:
            self._check_arguments(real[0], arguments, endpoint)

    def _check_unreadable(self, request: bytes) -> None:
        readable = ESCAPED.sub(lambda found: bytes([int(found.group(1), 16)]), request)
        for name in METHODS:
            if name != "info" and name.encode() in readable:
                raise Refused(
                    f"a request that is no JSON object names {name}, which a lenient CPI might run"
                )

    def _check_endpoint(self, method: str, endpoint: str) -> None:
        if endpoint == "dead":
            return
        if not self.world_may_be_used:
            raise Refused(
                f"{method} may not be sent: the profile names no throw-away world "
                f"([world] up), and [world] live is not true"
            )
        if METHODS[method].makes and self.ledger.open_count() >= self.profile.limits.resources:
            raise Refused(
                f"{method} may not be sent: {self.ledger.open_count()} resources exist, "
                f"and limits.resources is {self.profile.limits.resources}"
            )

    def _check_arguments(self, method: str, arguments: object, endpoint: str) -> None:
        if not isinstance(arguments, list):
            if endpoint == "dead" or self.world_is_throw_away:
                return
            raise Refused(f"{method} with arguments that are no array may not go to a live world")
        for place, kind in METHODS[method].ids.items():
            given = arguments[place] if place < len(arguments) else None
            values = given if kind == "disks" and isinstance(given, list) else [given]
            for value in values:
                self._check_id(method, "disk" if kind == "disks" else kind, value, endpoint)
        if method == "create_stemcell" and arguments:
            self._check_image(arguments[0])

    def _check_id(self, method: str, kind: str, value: object, endpoint: str) -> None:
        unknown = self.profile.unknown
        if (kind in unknown and value == unknown[kind]) or self.ledger.made(kind, value):
            return
        if value is None and (method, kind) == ("create_disk", "vm"):
            return
        if self.recorded_ids_pass and isinstance(value, str) and RECORDED.fullmatch(value):
            return
        harmless_here = endpoint == "dead" or self.world_is_throw_away
        if harmless_here and any(
            isinstance(value, type(each)) and value == each for each in NOBODYS_ID
        ):
            return
        raise Refused(
            f"{method} may not be sent with {kind} {value!r}: this run did not make it, "
            f"and [unknown] {kind} is {self.profile.unknown.get(kind)!r}"
        )

    def _check_image(self, path: object) -> None:
        if not isinstance(path, str):
            return
        inside = os.path.realpath(path).startswith(os.path.realpath(self.image_folder) + os.sep)
        if not inside:
            raise Refused(f"create_stemcell may only be given files of this run, not {path!r}")


def _parsed(request: bytes) -> list[tuple[str, Any]] | None:
    """All keys of the object, doubled ones too; None when the bytes are no JSON object."""
    try:
        found = json.loads(request, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError):
        return None
    return found.pairs if isinstance(found, _Pairs) else None


class _Pairs(dict[str, Any]):
    """An object that remembers doubled keys."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.pairs = pairs
