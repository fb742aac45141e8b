"""The provider's section of cpi.json: everything that the Go CPI's has, and what it lacks.

An empty text is an absent one: the Go CPI's job renders its unset properties as "".
"""

# ruff: noqa: RUF009  # prop is attrs.field, with what the docs say of it

from __future__ import annotations

from typing import Any

from attrs import fields, frozen

from cpikit.config import CHOICE, local
from cpikit.redaction import Secret
from cpikit_alicloud.properties._field import prop
from cpikit_alicloud.properties.lenient import Number, YesNo


def _local(meaning: str, **more: Any) -> Any:
    """A property that the context of a request cannot change: it reads a file of this machine."""
    return local(
        path=True,
        default=None,
        metadata={"meaning": meaning, "api": "", "unit": "", "deprecated": False},
        **more,
    )


def _source(text: str) -> str:
    return text.strip() or "static"  # the Go CPI trimmed it, and its job renders ""


_AT_LEAST_SOME = ("connect_s", "read_s", "write_s")


@frozen
class Waits:
    """How long the provider waits, in seconds. Each one is a budget: states are polled adaptively.

    The reasons: docs/alicloud.md. Where the Go CPI had a budget, this is at least as long.
    """

    vm_running_s: Number = prop("A new VM until it runs", unit="s", default=600.0)
    vm_stopped_s: Number = prop("A VM until it stopped", unit="s", default=600.0)
    vm_reboot_s: Number = prop("A VM until it runs again after a reboot", unit="s", default=600.0)
    vm_gone_s: Number = prop("A deleted VM until it is gone", unit="s", default=1200.0)
    vm_visible_s: Number = prop("A VM until the list knows it", unit="s", default=60.0)
    create_vm_s: Number = prop(
        "A create_vm in all; a VM that nobody claimed and that is older may be removed when its "
        "address is needed",
        unit="s",
        default=1800.0,
    )
    address_s: Number = prop("An address that a gone VM still holds", unit="s", default=300.0)
    interface_s: Number = prop(
        "A network interface until it is (de)tached or gone", unit="s", default=300.0
    )
    eip_s: Number = prop("An EIP until it is bound or free", unit="s", default=600.0)
    load_balancer_s: Number = prop(
        "A member until it is in or out of its group", unit="s", default=300.0
    )
    vswitch_s: Number = prop("A vSwitch until it is available or gone", unit="s", default=300.0)
    disk_s: Number = prop(
        "A disk until it is available, attached or detached", unit="s", default=600.0
    )
    disk_spec_s: Number = prop(
        "A disk until its category or performance level changed: 30 minutes were too short for "
        "2 TB (bosh-alicloud-cpi-release PR 230)",
        unit="s",
        default=14400.0,
    )
    snapshot_s: Number = prop("A snapshot until it is accomplished", unit="s", default=7200.0)
    image_s: Number = prop("An image until it is imported or copied", unit="s", default=7200.0)
    image_gone_s: Number = prop("A deleted image until it is gone", unit="s", default=300.0)
    visibility_s: Number = prop(
        "How long apart two looks are that agree a resource is gone", unit="s", default=2.0
    )
    connect_s: Number = prop("One connection to an endpoint", unit="s", default=5.0)
    read_s: Number = prop("The answer to one reading call", unit="s", default=30.0)
    write_s: Number = prop("The answer to one writing call", unit="s", default=90.0)

    def problems(self) -> list[str]:
        """Those that are below zero, or zero where nothing comes at once; one line each."""
        found = []
        for attribute in fields(Waits):
            name, seconds = attribute.name, getattr(self, attribute.name)
            if seconds < 0 or (seconds == 0 and name in _AT_LEAST_SOME):
                found.append(f"waits.{name} is {seconds:g}, wanted a number of seconds above 0")
        return found


@frozen
class AlicloudConfig:
    """`cloud.properties.alicloud` of cpi.json; a CPI config sets the same keys for its CPI."""

    region: str = prop("The region", api="RegionId", required=True)
    availability_zone: str = prop(
        "The zone of VMs and disks that name none", api="ZoneId", default=""
    )

    credential_source: str = prop(
        "Where the credentials come from: static, ecs_ram_role (the instance's own role) or oidc "
        "(a role for a service account)",
        default="static",
        converter=_source,
        metadata=CHOICE,
    )
    access_key_id: str = prop("The access key, for static", default="")
    access_key_secret: Secret | None = prop("Its secret, for static")
    security_token: Secret | None = prop("The token of a temporary access key, for static")
    ram_role_name: str = prop(
        "The instance's RAM role, for ecs_ram_role; asked of the metadata service without it",
        default="",
    )
    ram_role_arn: str = prop(
        "A role to assume with these credentials", api="AssumeRole RoleArn", default=""
    )
    role_session_name: str = prop(
        "The name under which it is assumed", api="AssumeRole RoleSessionName", default="cpikit"
    )
    role_session_s: Number = prop(
        "How long it is assumed for", unit="s", api="AssumeRole DurationSeconds", default=3600.0
    )
    external_id: str = prop(
        "What the role's owner may demand", api="AssumeRole ExternalId", default=""
    )
    oidc_provider_arn: str = prop(
        "The identity provider, for oidc", api="AssumeRoleWithOIDC OIDCProviderArn", default=""
    )
    oidc_token_file: str | None = _local("The file with the service account's token, for oidc")

    encrypted: YesNo = prop(
        "Whether disks are encrypted that do not say, and stemcells copied into encrypted images",
        api="DataDisk.1.Encrypted; CreateDisk Encrypted; CopyImage Encrypted",
        default=False,
    )
    kms_key_id: str = prop(
        "The KMS key for encrypted disks and images that name none",
        api="DataDisk.1.KMSKeyId; CreateDisk KMSKeyId; CopyImage KMSKeyId",
        default="",
    )
    resource_group_id: str = prop(
        "The resource group of everything that names none", api="ResourceGroupId", default=""
    )

    ecs_endpoint: str = prop("The endpoint of ECS, without it the region's public one", default="")
    vpc_endpoint: str = prop("The endpoint of VPC", default="")
    slb_endpoint: str = prop("The endpoint of SLB (CLB)", default="")
    nlb_endpoint: str = prop("The endpoint of NLB", default="")
    alb_endpoint: str = prop("The endpoint of ALB", default="")
    sts_endpoint: str = prop("The endpoint of STS", default="")
    oss_endpoint: str = prop("The endpoint of OSS", default="")
    metadata_endpoint: str = prop(
        "The metadata service of the instance this runs on", default="http://100.100.100.200"
    )
    location_endpoint: str = prop(
        "Without effect: endpoints are not looked up", default="", deprecated=True
    )
    access_endpoint: str = prop("Without effect, as it always was", default="", deprecated=True)
    proxy: Secret | None = prop("The proxy for all endpoints but the metadata service's, as an URL")
    ca_file: str | None = _local("The certificates that endpoints are verified by, as a PEM file")

    turns_dir: str | None = _local(
        "A folder in which the processes of this machine take turns at an action that the cloud "
        "throttles; without one each waits by itself"
    )

    oss_bucket: str = prop(
        "The bucket that heavy stemcells are uploaded to; without it one is made for the purpose, "
        "and deleted again",
        api="ImportImage DiskDeviceMapping.1.OSSBucket",
        default="",
    )
    upload_part_mib: Number = prop("The size of an uploaded part", unit="MiB", default=16.0)
    upload_parallel: Number = prop("How many parts are uploaded at once", default=4.0)
    import_role_name: str = prop(
        "The RAM role by which ECS reads the bucket, where it is not the default one",
        api="ImportImage RoleName",
        default="",
    )

    clb_load_balancers: list[str] = prop(
        "CLBs that VMs of the Go CPI may be in: they are looked through when one is deleted",
        factory=list,
    )
    clb_server_groups: list[str] = prop("Likewise their vServer groups", factory=list)
    waits: Waits = prop("How long the provider waits", factory=Waits)
