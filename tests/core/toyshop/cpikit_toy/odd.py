"""Providers that the core has to refuse, or to serve in another way."""

from cpikit.provider import Info, Provider

_COMMON = {
    "info": Info(stemcell_formats=["toy-raw"]),
    "hooks": "cpikit_toy.hooks",
    "config_type": "cpikit_toy.config:ToyConfig",
    "property_types": {"disk": "cpikit_toy.config:DiskProperties"},
}

TOMORROW = Provider(api=2, name="toy-of-tomorrow", **_COMMON)
WARNS = Provider(api=1, name="toy-that-warns", unknown_properties="warn", **_COMMON)
WITHOUT_OPEN = Provider(api=1, name="toy-without-open", **{**_COMMON, "hooks": "cpikit_toy.config"})
NO_PROVIDER = "a string"
