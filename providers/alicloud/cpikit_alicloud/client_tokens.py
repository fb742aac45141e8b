"""A client token through the tries of one call: kept while in doubt, fresh after a refusal.

Alibaba Cloud may answer a used token with its first answer, also when that was a refusal that has
passed meanwhile (IdempotentFailed). So a try that was refused, and therefore did nothing, is
followed by one with a fresh token; one that may have been carried out, by one with the same.
"""

from __future__ import annotations

from cpikit_alicloud.refusals import AnswerLost, Garbled, Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    Send = Callable[[Mapping[str, str]], dict[str, Any]]

_NAME = "ClientToken"
_AT_WORK = frozenset(("IdempotentProcessing", "LastTokenProcessing"))  # the first one still runs
_SPENT = "IdempotentFailed"  # what had this token did nothing
_SERVER = 500  # this status of HTTP and those above it leave in doubt what was done


def with_tokens(sent: dict[str, str], send: Send) -> Callable[[], dict[str, Any]]:
    """One try of the call with the token that is due."""
    if _NAME not in sent:
        return lambda: send(sent)
    return _Tries(sent, send).again


class _Tries:
    def __init__(self, sent: dict[str, str], send: Send) -> None:
        self._sent = sent
        self._send = send
        self._token = sent[_NAME]
        self._fresh = 0
        self._is_in_doubt = False

    def again(self) -> dict[str, Any]:
        """Send it; a spent token goes once more at once."""
        try:
            return self._try()
        except Refused as error:
            if error.code != _SPENT:
                raise
            self._renew()
        return self._try()

    def _try(self) -> dict[str, Any]:
        try:
            return self._send(self._sent)
        except Refused as error:
            if error.status >= _SERVER or error.code in _AT_WORK:
                self._is_in_doubt = True
            elif not self._is_in_doubt and error.code != _SPENT:
                self._renew()
            raise
        except (AnswerLost, Garbled):
            self._is_in_doubt = True
            raise

    def _renew(self) -> None:
        self._fresh += 1
        self._is_in_doubt = False
        self._sent = {**self._sent, _NAME: f"{self._token[:56]}-{self._fresh}"}
