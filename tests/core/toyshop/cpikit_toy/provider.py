"""The toy's face, as light as a real provider's."""

from cpikit.provider import Info, Provider

PROVIDER = Provider(
    api=1,
    name="toy",
    info=Info(stemcell_formats=["toy-raw"]),
    hooks="cpikit_toy.hooks",
    config_type="cpikit_toy.config:ToyConfig",
    property_types={
        "vm": "cpikit_toy.config:VmProperties",
        "disk": "cpikit_toy.config:DiskProperties",
    },
)
