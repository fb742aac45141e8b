"""One create_vm as it was asked for, checked as far as that goes without the cloud."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

from attrs import evolve, frozen

from cpikit.errors import CpiError
from cpikit_alicloud import agent_settings, bindings, tags, vm_rules
from cpikit_alicloud.bindings import Binding
from cpikit_alicloud.devices import path_of
from cpikit_alicloud.networks import Plan, plan
from cpikit_alicloud.properties.lenient import NoDisk, whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cpikit.types import Network
    from cpikit_alicloud.properties.disk import DiskProperties
    from cpikit_alicloud.properties.network import NetworkProperties
    from cpikit_alicloud.properties.vm import NlbServerGroup, VmProperties
    from cpikit_alicloud.session import Session

_RESERVATION_TAG = "environment_bosh_group_for_using_capacity_reservation_in_alicloud_iaas"
"""The tag by which the Go CPI lets capacity reservations match a bosh group (its PR 146)."""

_DEFAULT_PORT = 33333  # of a vServer group  # Go CPI, slb_server_group_port
_DEFAULT_WEIGHT = 100  # for 0 too, as the Go CPI has it
_LONGEST_SERIAL = "x" * 20  # of a disk  # ECS 2014-05-26, DescribeDisks, SerialNumber


@frozen(eq=False)
class VmRequest:
    """What is to be made, and everything that follows from it without asking anybody."""

    agent_id: str
    image_id: str
    properties: VmProperties
    networks: Mapping[str, Network[NetworkProperties]]
    disk_cids: Sequence[str]
    env: Mapping[str, Any]
    plan: Plan
    zones: tuple[str, ...]
    groups: Sequence[Binding]
    fingerprint: str
    user_tags: Mapping[str, str]

    @property
    def ephemeral(self) -> DiskProperties | None:
        """The ephemeral disk, None for a VM that opts out of one."""
        wanted: object = self.properties.ephemeral_disk
        if isinstance(wanted, NoDisk):
            return None
        from cpikit_alicloud.properties.disk import DiskProperties

        return wanted if isinstance(wanted, DiskProperties) else DiskProperties()

    @property
    def is_two_step(self) -> bool:
        """Whether the settings name something that exists only after the launch."""
        return self.ephemeral is not None or self.plan.needs_macs

    @property
    def purchases(self) -> tuple[bool, ...]:
        """Spot or on demand, in the order in which they are tried: is_spot."""
        if self.properties.spot_strategy not in vm_rules.SPOT:
            return (False,)
        return (True, False) if self.properties.spot_ondemand_fallback else (True,)

    def user_data(
        self, session: Session, *, ephemeral: str = "", macs: Mapping[str, str] | None = None
    ) -> str:
        """The complete settings as base64 user data. Raises CpiError when they are too large."""
        settings = agent_settings.document(
            agent_id=self.agent_id,
            agent=session.agent,
            networks=self.networks,
            env=self.env,
            ephemeral=ephemeral,
            macs=macs,
        )
        return agent_settings.encoded(settings)


def checked(
    session: Session,
    agent_id: str,
    image_id: str,
    properties: VmProperties,
    networks: Mapping[str, Network[NetworkProperties]],
    disk_cids: Sequence[str],
    env: Mapping[str, Any],
) -> VmRequest:
    """The request. Raises CpiError with everything that is wrong in the VM's properties."""
    problems = vm_rules.problems(properties, session.client.region)
    if problems:
        told = "; ".join(map(str, problems))
        raise CpiError(f"cloud_properties of the VM: {told}")
    _warn(session, properties)
    zones = tuple(properties.availability_zone) or tuple(
        filter(None, (session.config.availability_zone,))
    )
    request = VmRequest(
        agent_id=agent_id,
        image_id=properties.stemcell_id or image_id,
        properties=properties,
        networks=networks,
        disk_cids=disk_cids,
        env=env,
        plan=plan(networks, properties.security_group_ids),
        zones=zones,
        groups=_groups(properties),
        fingerprint=_fingerprint(image_id, properties, networks, disk_cids, env),
        user_tags=_tags(session, properties, env),
    )
    _check_size(session, request)
    return request


def with_bindings(request: VmRequest, eips: Sequence[str]) -> VmRequest:
    """The request with its vips' allocation ids among what the VM will be bound to."""
    vips = [Binding(bindings.EIP, id_) for id_ in eips]
    return evolve(request, groups=[*vips, *request.groups])


def _warn(session: Session, properties: VmProperties) -> None:
    for rule in vm_rules.warnings(properties):
        session.context.log.event("warning", text=rule.text)


def _groups(properties: VmProperties) -> list[Binding]:
    """Everything but vips that the VM is to be bound to."""
    weight = whole(properties.slb_weight, _DEFAULT_WEIGHT)
    found = [Binding(bindings.CLB, id_, weight=weight) for id_ in properties.slbs]
    port = whole(properties.slb_server_group_port, _DEFAULT_PORT)
    weight = whole(properties.slb_server_group_weight, _DEFAULT_WEIGHT)
    found += [Binding(bindings.VSERVER, id_, port, weight) for id_ in properties.slb_server_group]
    found += _new_groups(bindings.NLB, properties.nlb_server_groups)
    if not properties.nlb_server_groups:
        port = whole(properties.nlb_server_group_port, 0)
        weight = whole(properties.nlb_server_group_weight, _DEFAULT_WEIGHT)
        found += [
            Binding(bindings.NLB, id_, port, weight) for id_ in properties.nlb_server_group_ids
        ]
    found += _new_groups(bindings.ALB, properties.alb_server_groups)
    return list({(one.kind, one.id, one.port): one for one in found}.values())


def _new_groups(kind: str, groups: Sequence[NlbServerGroup]) -> list[Binding]:
    return [
        Binding(
            kind,
            one.server_group_id,
            whole(one.port, 0),
            whole(one.weight, _DEFAULT_WEIGHT, least=0),
        )
        for one in groups
    ]


def _tags(session: Session, properties: VmProperties, env: Mapping[str, Any]) -> Mapping[str, str]:
    bosh = env.get("bosh")
    bosh = bosh if isinstance(bosh, dict) else {}
    from_env = bosh.get("tags")
    group = bosh.get("group")
    layers: list[Mapping[str, Any]] = [from_env if isinstance(from_env, dict) else {}]
    if isinstance(group, str) and group:
        layers.append({_RESERVATION_TAG: group})
    kept, dropped = tags.user_tags(*layers, properties.tags, first=(_RESERVATION_TAG,))
    if dropped:
        session.context.log.event("warning", text=f"no room for tags {', '.join(dropped)}")
    return kept


def _fingerprint(image_id: str, *asked: object) -> str:
    """A hash of everything that was asked for: equal for a repetition, else not.

    Secrets take no part in it, since their repr is masked.
    """
    text = "\n".join([image_id, *(_stable(one) for one in asked)])
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _stable(value: object) -> str:
    """The repr with mappings in the order of their keys."""
    if isinstance(value, Mapping):
        pairs = sorted((str(key), _stable(item)) for key, item in value.items())
        return "{" + ",".join(f"{key}:{item}" for key, item in pairs) + "}"
    if hasattr(value, "raw"):
        return _stable(value.raw)
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(_stable, value)) + "]"
    return repr(value)


def _check_size(session: Session, request: VmRequest) -> None:
    """Refuse settings that will be too large, with the longest paths and macs they can have."""
    request.user_data(
        session,
        ephemeral=path_of(_LONGEST_SERIAL, nvme=True) if request.ephemeral is not None else "",
        macs=dict.fromkeys(request.networks, "00:00:00:00:00:00")
        if request.plan.needs_macs
        else None,
    )
