"""Write answers and errors of RPC APIs in JSON or XML."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Literal
from xml.sax.saxutils import escape

from cpikit_alicloud_simulator.oss.answer import Answer as HttpAnswer
from cpikit_alicloud_simulator.wire import ApiError

Format = Literal["JSON", "XML"]

_TYPES: dict[Format, str] = {
    "JSON": "application/json;charset=utf-8",
    "XML": "text/xml;charset=utf-8",
}
_ELEMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
# XML 1.0 has no way to write these at all.
_UNWRITABLE = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def succeeded(body: Mapping[str, Any], action: str, form: Format, request_id: str) -> HttpAnswer:
    """Write the answer of an action."""
    return _framed(200, body, f"{action}Response", form, request_id)


def refused(error: ApiError, host: str, form: Format, request_id: str) -> HttpAnswer:
    """Write an error with the documented fields."""
    body: dict[str, Any] = {
        "RequestId": request_id,
        "HostId": host,
        "Code": error.code,
        "Message": error.message,
        "Recommend": f"https://api.aliyun.com/troubleshoot?q={error.code}",
        **error.extra,
    }
    return _framed(error.status, body, "Error", form, request_id)


def _framed(
    status: int, body: Mapping[str, Any], root: str, form: Format, request_id: str
) -> HttpAnswer:
    if form == "JSON":
        text = json.dumps(body, separators=(",", ":"), ensure_ascii=False)
    else:
        inner = "".join(_element(name, value) for name, value in body.items())
        name = root if _ELEMENT.fullmatch(root) else "Response"
        text = f"<?xml version='1.0' encoding='UTF-8'?><{name}>{inner}</{name}>"
    headers = {"Content-Type": _TYPES[form], "x-acs-request-id": request_id}
    return HttpAnswer(status, headers, text.encode(errors="replace"))


def _element(name: str, value: Any) -> str:
    """Write a field; a list becomes one element for each of its values."""
    if value is None:
        return ""
    if isinstance(value, list | tuple):
        return "".join(_element(name, one) for one in value)
    if isinstance(value, Mapping):
        inner = "".join(_element(inner_name, one) for inner_name, one in value.items())
    elif isinstance(value, bool):
        inner = "true" if value else "false"
    else:
        inner = escape(_UNWRITABLE.sub("�", str(value)))
    return f"<{name}>{inner}</{name}>"
