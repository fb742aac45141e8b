"""What a provider declares about itself: light enough to be read before every `info`.

These are plain slotted classes and not attrs ones: the Director asks for `info` before every call,
and defining the first attrs class costs as much as the rest of `info` (docs/decisions/0003).
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

API_MAJOR = 1
"""The major version of the interface between core and provider that this core speaks."""

PROPERTY_KINDS = ("vm", "disk", "network", "stemcell", "subnet")
"""What carries cloud_properties: `subnet` is the definition given to create_network."""


class Info:
    """The answer to `info`.

    `api_version` is the highest CPI API version (2 or 3); `stemcell_formats` are the formats that
    create_stemcell takes, never empty. Source: docs-bosh cpi-api-v2-method/info.md.
    """

    __slots__ = ("api_version", "stemcell_formats")

    def __init__(self, *, stemcell_formats: Sequence[str], api_version: int = 3) -> None:
        if api_version not in (2, 3):
            raise ValueError(f"Info.api_version is {api_version!r}, wanted 2 or 3")
        if not stemcell_formats or isinstance(stemcell_formats, str):
            raise ValueError(f"Info.stemcell_formats is {stemcell_formats!r}, wanted names")
        self.api_version = api_version
        self.stemcell_formats = tuple(stemcell_formats)

    def as_result(self) -> dict[str, object]:
        """The JSON object that the callers get."""
        return {"api_version": self.api_version, "stemcell_formats": list(self.stemcell_formats)}


class Provider:
    """The face of one provider, behind its one entry point in group `cpikit.providers`.

    `hooks`, `config_type`, `preflight`, `review` and the values of `property_types` are references,
    "module:object" (for `hooks` just "module"), so that declaring them imports nothing:

    - `hooks`: the module with the provider's hook implementations; cpikit_open is compulsory.
    - `config_type`: the attrs class of its section of cpi.json.
    - `property_types`: kind (see PROPERTY_KINDS) to the attrs class of such cloud_properties; a
      kind without one is handed over as a plain dict.
    - `preflight`: the function behind `cpikit check --online`, which asks the cloud, and reads only
      (see cpikit.preflight); "" for a provider without one.
    - `review`: the function behind `cpikit validate`, which knows what types cannot say; it asks
      nobody.
    - `unknown_properties`: what is done about unknown keys when the operator does not say:
      "fail" or "warn" (for a provider that replaces a laxer CPI).
    """

    __slots__ = (
        "api",
        "config_type",
        "hooks",
        "info",
        "name",
        "preflight",
        "property_types",
        "review",
        "unknown_properties",
    )

    def __init__(
        self,
        *,
        api: int,
        name: str,
        info: Info,
        hooks: str,
        config_type: str,
        property_types: Mapping[str, str] | None = None,
        preflight: str = "",
        review: str = "",
        unknown_properties: str = "fail",
    ) -> None:
        odd = sorted(set(property_types or ()) - set(PROPERTY_KINDS))
        if odd:
            raise ValueError(f"property_types has {odd}, wanted some of {list(PROPERTY_KINDS)}")
        if unknown_properties not in ("fail", "warn"):
            raise ValueError(f"unknown_properties is {unknown_properties!r}, wanted fail or warn")
        self.api = api
        self.name = name
        self.info = info
        self.hooks = hooks
        self.config_type = config_type
        self.property_types = dict(property_types or {})
        self.preflight = preflight
        self.review = review
        self.unknown_properties = unknown_properties
