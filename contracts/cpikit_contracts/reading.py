"""Read a CPI's answer twice: strictly, as its callers do, and kindly, as a judge of one thing must.

Rules about behaviour use the kind reading, so that a CPI whose only fault is its envelope fails the
rules about envelopes and no other. Rules about envelopes use the strict one.
"""

import json
from typing import Any, Final

from attrs import frozen

from cpikit_contracts.exchange import Exchange

# external_cpi.rb, KNOWN_RPC_ERRORS (v283.1.6)
KNOWN_TYPES: Final = frozenset(
    f"Bosh::Clouds::{name}"
    for name in (
        "CpiError NotSupported NotImplemented CloudError VMNotFound NetworkNotFound "
        "NoDiskSpace DiskNotAttached DiskNotFound VMCreationFailed"
    ).split()
)
# errors.rb: the children of RetriableCloudError
RETRIABLE_TYPES: Final = frozenset(
    f"Bosh::Clouds::{name}"
    for name in ("NoDiskSpace", "DiskNotAttached", "DiskNotFound", "VMCreationFailed")
)
NOT_IMPLEMENTED: Final = "Bosh::Clouds::NotImplemented"
NOT_SUPPORTED: Final = "Bosh::Clouds::NotSupported"


@frozen
class CpiError:
    """An error as the CPI worded it."""

    type: str
    message: str
    ok_to_retry: bool

    @property
    def short(self) -> str:
        """The type without its Ruby modules."""
        return self.type.removeprefix("Bosh::Clouds::")

    @property
    def means_not_implemented(self) -> bool:
        """Does the Director read it as NotImplemented? (external_cpi.rb, two legacy forms)"""
        return (
            self.type == NOT_IMPLEMENTED
            or (self.type == "InvalidCall" and self.message.startswith("Method is not known, got"))
            or (
                self.type == "Bosh::Clouds::CloudError"
                and self.message.startswith("Invalid Method:")
            )
        )

    @property
    def is_known(self) -> bool:
        """Does the Director know the type?"""
        return self.type in KNOWN_TYPES or self.means_not_implemented


@frozen
class Answer:
    """An answer, read kindly; the process behind it is at hand for strict readers."""

    exchange: Exchange
    document: dict[str, Any] | None
    error: CpiError | None
    result: Any

    @property
    def succeeded(self) -> bool:
        """Did the CPI answer, and without an error?"""
        return self.document is not None and self.error is None

    @property
    def log(self) -> str:
        """The log key, or nothing."""
        log = (self.document or {}).get("log")
        return log if isinstance(log, str) else ""

    def is_error(self, *short_types: str) -> bool:
        """Is it one of these errors? A name is given without `Bosh::Clouds::`."""
        return self.error is not None and self.error.short in short_types

    def __str__(self) -> str:
        if self.document is None:
            return f"no answer ({self.exchange.ending.value}, status {self.exchange.status})"
        if self.error is not None:
            return f"{self.error.short}: {_shortened(self.error.message)}"
        return f"result {_shortened(json.dumps(self.result))}"


def read(exchange: Exchange) -> Answer:
    """The kind reading: the first JSON object anywhere on stdout, with what can be made of it."""
    document = first_object(exchange.stdout)
    error = None if document is None else _kind_error(document.get("error"))
    result = None if document is None else document.get("result")
    return Answer(exchange=exchange, document=document, error=error, result=result)


def first_object(stdout: bytes) -> dict[str, Any] | None:
    """The first JSON object on stdout that looks like an answer, whatever stands around it."""
    text = stdout.decode("utf-8", "replace")
    decoder = json.JSONDecoder()
    at = text.find("{")
    while at >= 0:
        try:
            found, _ = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict) and found.keys() & {"result", "error", "log"}:
            return found
        at = text.find("{", at + 1)
    return None


def only_object(stdout: bytes) -> tuple[dict[str, Any] | None, str]:
    """The strict reading: the object, or None and what a caller's JSON parser objects to."""
    if not stdout.strip():
        return None, "stdout is empty"
    if stdout.startswith(b"\xef\xbb\xbf"):
        return None, "stdout begins with a byte-order mark"
    try:
        document = json.loads(stdout.decode("utf-8", "replace"), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        return None, f"stdout is not one JSON text ({error}): {excerpt(stdout)}"
    if not isinstance(document, dict):
        return None, f"stdout is JSON but no object: {excerpt(stdout)}"
    return document, ""


def excerpt(data: bytes, length: int = 200) -> str:
    """The start of some bytes, for a message."""
    text = data[:length].decode("utf-8", "backslashreplace")
    return repr(text) + ("…" if len(data) > length else "")


def _kind_error(value: object) -> CpiError | None:
    if not value:
        return None
    if not isinstance(value, dict):
        return CpiError(type="", message=str(value), ok_to_retry=False)
    return CpiError(
        type=str(value.get("type", "")),
        message=str(value.get("message", "")),
        ok_to_retry=value.get("ok_to_retry") is True,
    )


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _shortened(text: str, length: int = 300) -> str:
    return text if len(text) <= length else text[:length] + "…"
