"""Parameters of the cloud's RPC APIs: from Python values to the flat texts of the wire.

Source: the request classes of aliyun-python-sdk-ecs, by which `Tag.1.Key` and `DataDisk.1.Size` go.
"""

from __future__ import annotations

from cpikit.errors import CpiError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any


def flat(parameters: Mapping[str, Any]) -> dict[str, str]:
    """Wire names to texts: None is dropped, True is "true", `{"A": [{"B": 1}]}` is `A.1.B=1`.

    Raises CpiError for text that is not Unicode (a lone surrogate): no id of the cloud has one.
    """
    return dict(_pairs("", parameters))


def _pairs(prefix: str, value: Any) -> Iterator[tuple[str, str]]:
    if value is None:
        return
    if hasattr(value, "items"):
        for key, item in value.items():
            yield from _pairs(f"{prefix}.{key}" if prefix else key, item)
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value, start=1):
            yield from _pairs(f"{prefix}.{number}", item)
    else:
        yield prefix, _text(prefix, value)


def _text(name: str, value: object) -> str:
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # 100.0 is no number to an API that wants an integer
    text = str(value)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise CpiError(f"parameter {name} is not Unicode text: {text!a}") from error
    return text
