"""What the wire said when a call failed, before faults.py puts it into the core's neutral words.

None of these texts holds an URL, a header or a parameter: an SDK's own exceptions quote them all.
"""

from __future__ import annotations


class Refused(Exception):
    """The cloud answered, with an error.

    `code` and `message` are the cloud's own, `status` is HTTP's, `permission` is the RAM action
    that was missing where the answer names it. `product` is added by whoever knows it.
    """

    product = ""

    def __init__(
        self,
        code: str,
        message: str = "",
        *,
        status: int = 400,
        request_id: str = "",
        retry_after_s: float | None = None,
        permission: str = "",
    ) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
        self.request_id = request_id
        self.retry_after_s = retry_after_s
        self.permission = permission


class NotSent(Exception):
    """No connection to the endpoint came about: nothing was asked of the cloud."""


class Untrusted(Exception):
    """The endpoint's certificate is not to be trusted: nothing was asked, nor will be."""


class ProxyRefused(Exception):
    """The proxy wants other credentials: nothing was asked of the cloud, nor will be."""


class AnswerLost(Exception):
    """The request was sent, wholly or in part, and no answer came."""


class Garbled(Exception):
    """An answer came that nobody can read: the call may have been carried out."""
