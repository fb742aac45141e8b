"""What the Alibaba Cloud provider declares about itself: nothing here imports anything heavy."""

from __future__ import annotations

from cpikit.provider import Info, Provider

PROVIDER = Provider(
    api=1,
    name="alicloud",
    # The formats of the Go CPI, in its order; stemcells of bosh.io, heavy and light, declare
    # alicloud-raw (bosh-linux-stemcell-builder, bosh-alicloud-light-stemcell-builder).
    info=Info(stemcell_formats=["general-tar", "alicloud-tar", "alicloud-raw"]),
    hooks="cpikit_alicloud.hooks",
    config_type="cpikit_alicloud.config:AlicloudConfig",
    property_types={
        "vm": "cpikit_alicloud.properties.vm:VmProperties",
        "disk": "cpikit_alicloud.properties.disk:DiskProperties",
        "network": "cpikit_alicloud.properties.network:NetworkProperties",
        "stemcell": "cpikit_alicloud.properties.stemcell:StemcellProperties",
        "subnet": "cpikit_alicloud.properties.subnet:SubnetProperties",
    },
    preflight="cpikit_alicloud.preflight.checks:preflight",
    review="cpikit_alicloud.review:review",
    unknown_properties="warn",  # the Go CPI ignored them all: what deployed before deploys still
)
