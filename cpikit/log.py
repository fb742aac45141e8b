"""Lines on stderr: one event each, with the request id, redacted, under a stated ceiling.

The Director reads the CPI's stderr one byte at a time, about one second of its CPU for each MiB
(measured; docs/operating.md), so a call may write `CEILING_BYTES` and no more.
"""

from __future__ import annotations

import json
import time

from cpikit.errors import text_of
from cpikit.redaction import MASK, Redactor, Secret

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

CEILING_BYTES = 32 * 1024
DEBUG_CEILING_BYTES = 512 * 1024
_LONGEST_LINE = 4 * 1024


class Log:
    """Writes `<time> <request id> <event> key=value …` lines.

    `write` takes one encoded line; `redactor` knows what may never be shown. Past the ceiling lines
    are counted, not written; `last` says how many, so that nothing is dropped in silence.
    """

    def __init__(
        self,
        write: Callable[[bytes], object],
        redactor: Redactor,
        *,
        debug: bool = False,
        now: Callable[[], float] = time.time,
    ) -> None:
        self.redactor = redactor
        self.request_id = "-"
        self._write = write
        self._debug = debug
        self._now = now
        self._left = (DEBUG_CEILING_BYTES if debug else CEILING_BYTES) - _LONGEST_LINE  # see last
        self._dropped = 0

    @property
    def is_debug(self) -> bool:
        """Whether details are wanted; ask before building an expensive one."""
        return self._debug

    def event(self, event: str, **values: object) -> None:
        """One line; values that are Secrets are masked, texts with blanks are quoted."""
        self._line(event, values)

    def debug(self, event: str, **values: object) -> None:
        """One line that is written only when details were asked for."""
        if self._debug:
            self._line(event, values)

    def text(self, event: str, text: str) -> None:
        """A text of several lines, such as a traceback, each as an event of its own."""
        for line in text.rstrip().splitlines():
            self._line(event, {"text": line})

    def last(self, event: str, **values: object) -> None:
        """The closing line of a call: always written, and says what the ceiling swallowed."""
        if self._dropped:
            values["dropped_lines"] = self._dropped
        self._left = _LONGEST_LINE
        self._line(event, values)

    def _line(self, event: str, values: dict[str, object]) -> None:
        moment = self._now()
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(moment))
        parts = [f"{stamp}.{int(moment * 1000) % 1000:03d}Z", self._shown(self.request_id), event]
        parts += [
            f"{key}={self._shown(value)}" for key, value in values.items() if value is not None
        ]
        line = self.redactor.clean(" ".join(parts)).encode("utf-8", "backslashreplace")
        if len(line) >= _LONGEST_LINE:  # cut between characters, with room for the newline
            line = line[: _LONGEST_LINE - 1].decode("utf-8", "ignore").encode()
        data = line + b"\n"
        if len(data) > self._left:
            self._dropped += 1
            self._left = 0  # later, shorter lines would only tear the story apart
            return
        self._left -= len(data)
        try:
            self._write(data)
        except OSError:
            self._left = 0  # nobody reads stderr any more; the answer is still owed

    def _shown(self, value: object) -> str:
        if isinstance(value, Secret):
            return MASK
        if isinstance(value, float):
            return f"{value:.3f}"
        # Masked before it is quoted, too: quoting twice would hide a secret from its mask.
        text = self.redactor.clean(text_of(value))
        if text and text.isprintable() and not any(mark in text for mark in " \"'="):
            return text
        return json.dumps(text, ensure_ascii=False)
