"""Bytes to Request, Response to bytes: the envelope of the protocol, and nothing behind it.

Source: bosh lib/clouds/external_cpi.rb (RESPONSE_SCHEMA), bosh-cli cloud/cpi_cmd_runner.go.
"""

from __future__ import annotations

import json

from cpikit.errors import WIRE_TYPES, CloudError, CpiError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn


class Request:
    """One request as the caller meant it.

    `api_version` is None when absent, which is how the Director negotiates. `context` is {} when
    absent or null; what is in it beyond the callers' own keys comes from a CPI config.
    """

    __slots__ = ("api_version", "arguments", "context", "method")

    def __init__(
        self,
        *,
        method: str,
        arguments: list[Any],
        context: dict[str, Any],
        api_version: int | None,
    ) -> None:
        self.method = method
        self.arguments = arguments
        self.context = context
        self.api_version = api_version

    @property
    def request_id(self) -> str:
        """The Director's id of this call, "" where the caller sends none."""
        return self._text("request_id")

    @property
    def director_uuid(self) -> str:
        """Which Director, or which create-env state, is calling; "" where it is not said."""
        return self._text("director_uuid")

    @property
    def stemcell_api_version(self) -> int | None:
        """context.vm.stemcell.api_version where it is a number (section 1.3 of the contract)."""
        found: object = self.context
        for key in ("vm", "stemcell", "api_version"):
            found = found.get(key) if isinstance(found, dict) else None
        return found if isinstance(found, int) and not isinstance(found, bool) else None

    def _text(self, key: str) -> str:
        found = self.context.get(key)
        return found if isinstance(found, str) else ""


class Response:
    """A result, or an error; `error` wins."""

    __slots__ = ("error", "result")

    def __init__(self, result: object = None, error: CpiError | None = None) -> None:
        self.result = result
        self.error = error

    def encode(self) -> bytes:
        """The one JSON object, ASCII only, with the three keys that the Director insists on.

        Raises ValueError for a result that JSON cannot hold.
        """
        return json.dumps(self._as_object(), allow_nan=False).encode("ascii") + b"\n"

    def _as_object(self) -> dict[str, object]:
        if self.error is None:
            return {"result": self.result, "error": None, "log": ""}
        known = self.error.wire_type in WIRE_TYPES  # the Director rescues no other
        error = {
            "type": self.error.wire_type if known else CloudError.wire_type,
            "message": self.error.message.encode("utf-8", "backslashreplace").decode(),
            "ok_to_retry": bool(self.error.ok_to_retry),
        }
        return {"result": None, "error": error, "log": ""}


def parse(raw: bytes) -> Request:
    """The request in these bytes.

    Raises CpiError naming what was found and what was wanted. Unknown keys are let through: the
    callers may grow some.
    """
    body = _object(raw)
    method = body.get("method")
    if not isinstance(method, str) or not method:
        raise _malformed("$.method", method, "the name of a CPI method")
    arguments = body.get("arguments")
    if not isinstance(arguments, list):
        raise _malformed("$.arguments", arguments, "an array")
    context = body.get("context")
    if context is not None and not isinstance(context, dict):
        raise _malformed("$.context", context, "an object")
    version = body.get("api_version")
    if version is not None and (not isinstance(version, int) or isinstance(version, bool)):
        raise _malformed("$.api_version", version, "an integer")
    return Request(method=method, arguments=arguments, context=context or {}, api_version=version)


def kind_of(value: object) -> str:
    """What a JSON value is, in words; never the value itself, which may be a secret."""
    if value is None:
        return "null"
    for kinds, name in (
        (bool, "a boolean"),
        (int | float, "a number"),
        (str, "a string"),
        (list, "an array"),
        (dict, "an object"),
    ):
        if isinstance(value, kinds):
            return name
    return type(value).__name__


def _object(raw: bytes) -> dict[str, Any]:
    if not raw.strip():
        raise CpiError("the request is empty, wanted one JSON object on standard input")
    try:
        body = json.loads(raw.decode("utf-8"), parse_constant=_no_constant)
    except RecursionError as error:
        raise CpiError("the request is nested too deeply, wanted one JSON object") from error
    except UnicodeDecodeError as error:
        raise CpiError(
            f"the request is not UTF-8 (byte {error.start}), wanted one JSON object"
        ) from error
    except json.JSONDecodeError as error:
        raise CpiError(
            f"the request is not JSON ({error.msg} at line {error.lineno} column {error.colno}),"
            " wanted one JSON object"
        ) from error
    except ValueError as error:  # a number that JSON does not have, or one of thousands of digits
        raise CpiError(f"the request is not JSON ({error}), wanted one JSON object") from error
    if not isinstance(body, dict):
        raise CpiError(f"the request is {kind_of(body)}, wanted one JSON object")
    return body


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a JSON number")


def _malformed(path: str, found: object, wanted: str) -> CpiError:
    return CpiError(f"malformed request: {path}: wanted {wanted}, found {kind_of(found)}")
