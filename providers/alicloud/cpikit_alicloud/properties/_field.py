"""One field of cloud_properties or of the configuration, with what its page in the docs says.

cpikit.properties reads this metadata, for `cpikit validate` and for the reference pages; tests hold
it complete.
"""

from __future__ import annotations

from attrs import field

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_REQUIRED = object()


def prop(
    meaning: str,
    *,
    api: str = "",
    unit: str = "",
    deprecated: bool = False,
    inner: str = "",
    default: Any = _REQUIRED,
    factory: Any = None,
    **more: Any,
) -> Any:
    """A field: what it means, the parameter of the API that it becomes, and its unit.

    `inner` is a reference to the class of an object that the type hides. Without a default or a
    factory it is absent unless it is set (None); `required=True` makes it compulsory. `more` is
    handed on to attrs; `metadata` is merged.
    """
    is_required = more.pop("required", False)
    metadata = {
        "meaning": meaning,
        "api": api,
        "unit": unit,
        "deprecated": deprecated,
        "inner": inner,
        **more.pop("metadata", {}),
    }
    if factory is not None:
        return field(factory=factory, metadata=metadata, **more)
    if is_required:
        return field(metadata=metadata, **more)
    return field(default=None if default is _REQUIRED else default, metadata=metadata, **more)
