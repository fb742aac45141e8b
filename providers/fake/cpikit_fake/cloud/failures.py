"""How the cloud says no: a code, a sentence, and the id that it is about."""

from __future__ import annotations


class CloudFailure(Exception):
    """A refusal in the cloud's own words; faults.py turns its code into a neutral one."""

    def __init__(
        self,
        code: str,
        message: str,
        *,
        status: int = 400,
        resource: str = "",
        request_id: str = "",
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status
        self.resource = resource
        self.request_id = request_id
        self.retry_after_s = retry_after_s


class UnreadableAnswer(Exception):
    """An answer came that is no answer: cut off, an error page, or letters in disorder."""
