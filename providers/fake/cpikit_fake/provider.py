"""What the fake declares about itself; importing this file imports nothing else of it."""

from cpikit.provider import Info, Provider

PROVIDER = Provider(
    api=1,
    name="fake",
    info=Info(stemcell_formats=["fake-raw", "fake-light"], api_version=3),
    hooks="cpikit_fake.hooks",
    config_type="cpikit_fake.config:FakeConfig",
    property_types={
        "vm": "cpikit_fake.properties.vm:VmProperties",
        "network": "cpikit_fake.properties.vm:NetworkProperties",
        "disk": "cpikit_fake.properties.disk:DiskProperties",
        "stemcell": "cpikit_fake.properties.stemcell:StemcellProperties",
        "subnet": "cpikit_fake.properties.subnet:SubnetProperties",
    },
    preflight="cpikit_fake.preflight:preflight",
)
