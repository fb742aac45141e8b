"""cloud_properties of a VM: vm_types, vm_extensions and AZs, merged by the Director."""

# ruff: noqa: RUF009  # prop is attrs.field with what the docs say of it

from __future__ import annotations

from typing import Any, Literal

from attrs import frozen

from cpikit.config import CHOICE
from cpikit.redaction import Secret
from cpikit_alicloud.properties._field import prop
from cpikit_alicloud.properties.disk import DiskProperties
from cpikit_alicloud.properties.lenient import EphemeralDisk, Number, Texts, YesNo


@frozen
class NlbServerGroup:
    """An NLB or ALB server group, and how the VM is registered in it."""

    server_group_id: str = prop(
        "The group", api="AddServersToServerGroup ServerGroupId", required=True
    )
    port: Number = prop(
        "The VM's port; 0 for an NLB server group that forwards all ports",
        api="AddServersToServerGroup Servers.1.Port",
        required=True,
    )
    weight: Number = prop(
        "Its share of the load", api="AddServersToServerGroup Servers.1.Weight", default=100
    )


@frozen
class VmProperties:
    """What a VM is made as and where. Source of the parameters: ECS 2014-05-26, RunInstances."""

    # where and as what
    availability_zone: Texts = prop(
        "The zone, or a list in order of preference; without one, the zone of cpi.json",
        api="ZoneId",
        factory=list,
    )
    instance_type: Texts = prop(
        "The type, or a list: the next one is tried when one is sold out",
        api="InstanceType",
        factory=list,
    )
    region: str | None = prop("Only the region of the configuration; others need a CPI config")
    stemcell_id: str | None = prop("An image in the place of the stemcell's", api="ImageId")
    instance_name: str | None = prop(
        "Its name until set_vm_metadata gives it another", api="InstanceName"
    )
    host_name: str | None = prop("The host name that the image may take up", api="HostName")
    deployment_set_id: str | None = prop("Spread over hosts by this set", api="DeploymentSetId")
    deployment_set_group_no: Number | None = prop(
        "The partition of that set", api="DeploymentSetGroupNo"
    )
    dedicated_host_id: str | None = prop("The dedicated host", api="DedicatedHostId")
    dedicated_host_cluster_id: str | None = prop(
        "The cluster of dedicated hosts", api="SchedulerOptions.DedicatedHostClusterId"
    )
    tenancy: Literal["default", "host"] | None = prop("Shared or dedicated host", api="Tenancy")
    affinity: Literal["default", "host"] | None = prop(
        "Whether it stays with its dedicated host", api="Affinity"
    )
    resource_group_id: str | None = prop("The resource group", api="ResourceGroupId")
    capacity_reservation_id: str | None = prop(
        "The private pool of a capacity reservation", api="PrivatePoolOptions.Id"
    )
    capacity_reservation_preference: Literal["Open", "Target", "None"] | None = prop(
        "How reservations are used", api="PrivatePoolOptions.MatchCriteria"
    )

    # what it costs
    charge_type: Literal["PostPaid", "PrePaid", ""] | None = prop(
        "Pay as you go, or a subscription",
        api="InstanceChargeType",
        metadata={"otherwise": "PostPaid"},
    )
    charge_period: Number | None = prop("The subscription's length", api="Period")
    charge_period_unit: str | None = prop("Week, Month or Year", api="PeriodUnit")
    auto_renew: YesNo | None = prop("Whether the subscription renews itself", api="AutoRenew")
    auto_renew_period: Number | None = prop("For how long", api="AutoRenewPeriod")
    spot_strategy: Literal["NoSpot", "SpotWithPriceLimit", "SpotAsPriceGo", ""] | None = prop(
        "Spot, with or without a price limit",
        api="SpotStrategy",
        metadata={"otherwise": "NoSpot"},
    )
    spot_price_limit: Number | None = prop(
        "The highest price of an hour; ignored with a warning without SpotWithPriceLimit",
        unit="currency of the account per hour",
        api="SpotPriceLimit",
    )
    spot_duration: Number | None = prop(
        "The protected period of a spot VM", unit="hours", api="SpotDuration"
    )
    spot_interruption_behavior: Literal["Terminate", "Stop"] | None = prop(
        "What becomes of a spot VM that is taken back", api="SpotInterruptionBehavior"
    )
    spot_ondemand_fallback: bool = prop(
        "Whether it is made on demand when no spot candidate can be had", default=False
    )
    credit_specification: Literal["Standard", "Unlimited"] | None = prop(
        "How a burstable type uses credits", api="CreditSpecification"
    )

    # who may enter
    key_pair_name: str | None = prop("The SSH key pair; wins over a password", api="KeyPairName")
    password: Secret | None = prop("The password of root", api="Password")
    ram_role_name: str | None = prop("The RAM role of the instance", api="RamRoleName")
    security_group_ids: list[str] = prop(
        "Security groups, ids or names; replaces the list of its networks",
        api="SecurityGroupIds.N",
        factory=list,
    )
    http_endpoint: Literal["enabled", "disabled"] | None = prop(
        "The metadata service; the agent cannot start without it", api="HttpEndpoint"
    )
    http_tokens: Literal["optional", "required"] | None = prop(
        "Whether the metadata service demands tokens; refused unless the image declares "
        "ImdsSupport, for agents read without one",
        api="HttpTokens",
        metadata=CHOICE,
    )
    http_put_response_hop_limit: Number | None = prop(
        "Hops of a metadata token", api="HttpPutResponseHopLimit"
    )
    security_enhancement_strategy: Literal["Active", "Deactive"] | None = prop(
        "Whether Security Center is installed", api="SecurityEnhancementStrategy"
    )
    deletion_protection: bool = prop(
        "Ignored with a warning: delete_vm could not delete a protected VM", default=False
    )

    # what it serves
    slbs: list[str] = prop(
        "Load balancers (CLB) into whose default group it goes",
        api="AddBackendServers BackendServers",
        factory=list,
    )
    slb_weight: Number | None = prop(
        "Its weight in them; 0 means 100",
        api="AddBackendServers BackendServers",
        metadata={"otherwise": "100"},
    )
    slb_server_group: list[str] = prop(
        "vServer groups (CLB) it joins",
        api="AddVServerGroupBackendServers VServerGroupId",
        factory=list,
    )
    slb_server_group_port: Number | None = prop(
        "Its port there; 0 means 33333",
        api="AddVServerGroupBackendServers BackendServers",
        metadata={"otherwise": "33333"},
    )
    slb_server_group_weight: Number | None = prop(
        "Its weight there; 0 means 100",
        api="AddVServerGroupBackendServers BackendServers",
        metadata={"otherwise": "100"},
    )
    nlb_server_groups: list[NlbServerGroup] = prop(
        "NLB server groups it joins; one group may be named with several ports",
        api="AddServersToServerGroup ServerGroupId",
        factory=list,
    )
    nlb_server_group_ids: list[str] = prop(
        "NLB server groups, all with one port; use nlb_server_groups",
        api="AddServersToServerGroup ServerGroupId",
        factory=list,
        deprecated=True,
    )
    nlb_server_group_port: Number | None = prop(
        "The port of those; 0 where they forward all ports",
        api="AddServersToServerGroup Servers.1.Port",
        deprecated=True,
    )
    nlb_server_group_weight: Number | None = prop(
        "The weight in those", api="AddServersToServerGroup Servers.1.Weight", deprecated=True
    )
    alb_server_groups: list[NlbServerGroup] = prop(
        "ALB server groups it joins", api="AddServersToServerGroup ServerGroupId", factory=list
    )

    # what it holds
    system_disk: DiskProperties | None = prop("The system disk", api="SystemDisk.*")
    ephemeral_disk: EphemeralDisk | None = prop(
        "The ephemeral disk; absent means 20 GiB, `none` lets the agent use the root disk",
        api="DataDisk.1.*",
        inner="cpikit_alicloud.properties.disk:DiskProperties",
    )
    tags: dict[str, Any] = prop(
        "Its tags, over those of env.bosh.tags; on its disks and interface too",
        api="Tag.N.Key, Tag.N.Value",
        factory=dict,
    )
