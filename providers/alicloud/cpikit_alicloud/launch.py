"""The parameters of RunInstances for one candidate: pure, so that a test can read them.

Source of all names: ECS 2014-05-26, RunInstances.
"""

from __future__ import annotations

from attrs import frozen

from cpikit_alicloud import bindings, tags
from cpikit_alicloud.delete_vm import ephemeral_name
from cpikit_alicloud.properties.lenient import whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from cpikit_alicloud.networks import Nic
    from cpikit_alicloud.placement import Candidate
    from cpikit_alicloud.properties.vm import VmProperties
    from cpikit_alicloud.vm_request import VmRequest


@frozen
class Given:
    """What had to be found out for the launch."""

    user_data: str
    director: str
    request_id: str
    at_s: float
    group_ids: Mapping[str, str]
    """The ids of security groups that are given by name."""
    interface_ids: Mapping[str, str]
    """Secondary interfaces that were made first, by the name of their first network."""
    nvme: bool | None = None
    system_disk: Mapping[str, Any] | None = None
    ephemeral_disk: Mapping[str, Any] | None = None
    resource_group_id: str = ""


def parameters(request: VmRequest, candidate: Candidate, given: Given) -> dict[str, Any]:
    """All parameters but the client token."""
    wanted = request.properties
    return {
        "Amount": 1,
        "ZoneId": candidate.zone or None,
        "ImageId": request.image_id,
        "InstanceType": candidate.instance_type,
        "InstanceName": wanted.instance_name or None,
        "HostName": wanted.host_name or None,
        "IoOptimized": "optimized",
        "UserData": given.user_data,
        "KeyPairName": wanted.key_pair_name or None,
        "Password": _password(wanted),
        "RamRoleName": wanted.ram_role_name or None,
        "SystemDisk": given.system_disk,
        "DataDisk": _data_disks(request, given),
        "Tag": tags.as_parameter({**request.user_tags, **marks(request, given)}),
        **_purchase(wanted, is_spot=candidate.is_spot),
        **_placement(wanted, given),
        **_metadata(wanted),
        **_network(request, candidate, given),
    }


def marks(request: VmRequest, given: Given) -> dict[str, str]:
    """Our own tags on the VM, its disks and its primary interface."""
    record = bindings.Record(
        bindings=tuple(request.groups), fingerprint=request.fingerprint, nvme=given.nvme
    )
    return tags.marks(
        director=given.director,
        agent=request.agent_id,
        state=tags.state(
            request_id=given.request_id, at_s=given.at_s, fingerprint=request.fingerprint
        ),
        bindings=bindings.written(record),
    )


def groups(nic: Nic, given: Given) -> list[str]:
    """The ids of an interface's security groups, each once."""
    return list(dict.fromkeys(given.group_ids.get(group, group) for group in nic.groups))


def _password(wanted: VmProperties) -> str | None:
    """The one secret that RunInstances takes; a key pair wins over it."""
    if wanted.password is None or wanted.key_pair_name:
        return None
    return wanted.password.reveal()


def _data_disks(request: VmRequest, given: Given) -> list[dict[str, Any]] | None:
    if given.ephemeral_disk is None:
        return None
    return [
        {
            **given.ephemeral_disk,
            "DiskName": ephemeral_name(request.agent_id),
            "DeleteWithInstance": True,
        }
    ]


def _purchase(wanted: VmProperties, *, is_spot: bool) -> dict[str, Any]:
    if is_spot:
        has_limit = wanted.spot_strategy == "SpotWithPriceLimit"
        return {
            "InstanceChargeType": "PostPaid",
            "SpotStrategy": wanted.spot_strategy,
            "SpotPriceLimit": _price(wanted.spot_price_limit) if has_limit else None,
            "SpotDuration": _whole(wanted.spot_duration),
            "SpotInterruptionBehavior": wanted.spot_interruption_behavior,
            "CreditSpecification": wanted.credit_specification,
        }
    found: dict[str, Any] = {
        "InstanceChargeType": wanted.charge_type or "PostPaid",
        "CreditSpecification": wanted.credit_specification,
    }
    if wanted.charge_type == "PrePaid":
        found.update(
            Period=_whole(wanted.charge_period),
            PeriodUnit=wanted.charge_period_unit or None,
            AutoRenew=wanted.auto_renew,
            AutoRenewPeriod=_whole(wanted.auto_renew_period),
        )
    return found


def _placement(wanted: VmProperties, given: Given) -> dict[str, Any]:
    return {
        "DeploymentSetId": wanted.deployment_set_id,
        "DeploymentSetGroupNo": _whole(wanted.deployment_set_group_no),
        "DedicatedHostId": wanted.dedicated_host_id,
        "SchedulerOptions": {"DedicatedHostClusterId": wanted.dedicated_host_cluster_id},
        "Tenancy": wanted.tenancy,
        "Affinity": wanted.affinity,
        "ResourceGroupId": wanted.resource_group_id or given.resource_group_id or None,
        "PrivatePoolOptions": {
            "Id": wanted.capacity_reservation_id,
            "MatchCriteria": wanted.capacity_reservation_preference
            or ("Target" if wanted.capacity_reservation_id else None),
        },
    }


def _metadata(wanted: VmProperties) -> dict[str, Any]:
    return {
        "HttpEndpoint": wanted.http_endpoint,
        "HttpTokens": wanted.http_tokens,
        "HttpPutResponseHopLimit": _whole(wanted.http_put_response_hop_limit),
        "SecurityEnhancementStrategy": wanted.security_enhancement_strategy,
    }


def _network(request: VmRequest, candidate: Candidate, given: Given) -> dict[str, Any]:
    """One interface in the parameters of old, several as NetworkInterface.N, the primary first."""
    nics, vswitches = request.plan.nics, candidate.vswitches
    primary = nics[0]
    if len(nics) == 1:
        return {
            "VSwitchId": vswitches[0].id,
            "PrivateIpAddress": _first(primary.ipv4),
            "SecurityGroupIds": groups(primary, given),
            "Ipv6Address": list(primary.ipv6) or None,
        }
    return {
        "NetworkInterface": [
            _interface(nic, vswitch.id, given, is_primary=nic is primary)
            for nic, vswitch in zip(nics, vswitches, strict=True)
        ]
    }


def _interface(nic: Nic, vswitch_id: str, given: Given, *, is_primary: bool) -> dict[str, Any]:
    kind = "Primary" if is_primary else "Secondary"
    made = given.interface_ids.get(nic.name)
    if made:
        return {"InstanceType": kind, "NetworkInterfaceId": made}
    return {
        "InstanceType": kind,
        "NetworkInterfaceName": tags.display_name(nic.name),  # nothing else tells equal ones apart
        "VSwitchId": vswitch_id,
        "PrimaryIpAddress": _first(nic.ipv4),
        "SecurityGroupIds": groups(nic, given),
        "Ipv6Address": list(nic.ipv6) or None if is_primary else None,
        "DeleteOnRelease": True,
    }


def _first(values: Sequence[str]) -> str | None:
    return values[0] if values else None


def _whole(number: float | None) -> int | None:
    return None if number is None else whole(number, 0, least=0)


def _price(number: float | None) -> str | None:
    return None if number is None else f"{number:.6f}".rstrip("0").rstrip(".")
