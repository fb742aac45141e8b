"""Declare actions: what AUTHORING.md, beside this file, explains with a whole example.

An action is a plain function from a `Call` to the answer's fields, decorated with what the
machinery has to know about it. It never waits, never touches the network, and finds its world in
the call:

    @action("Vpc", "DeleteVpc", effect="write", required="VpcId RegionId", optional="ForceDelete")
    def delete_vpc(call: Call) -> Answer:
        vpc = call.need(Vpc, call.text("VpcId"), VPC_NOT_FOUND)
        if call.world.by(VSwitch, "vpc_id", vpc.id):
            raise VPC_IN_USE.error()
        call.checked()
        vpc.vanish(call.world)
        return {}

`RequestId` is added by the machinery. Signature, parameters that are missing, client tokens, dry
runs, policies, rates, paging parameters, journal, rules: all that has happened or will happen
around the function, by what the decorator says.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any, Literal

from attrs import define, field, frozen

from cpikit_alicloud_simulator import refusal
from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.paging import Paging
from cpikit_alicloud_simulator.refusal import Refusal
from cpikit_alicloud_simulator.wordings import Wording

Answer = dict[str, Any]
Effect = Literal["read", "write"]

# Parameters that every action takes: the protocol's own and those about the owner.
COMMON = frozenset(
    """
    Action Version Format RegionId AccessKeyId AccessKeySecret Timestamp Signature SignatureMethod
    SignatureType SignatureVersion SignatureNonce SecurityToken BearerToken OwnerId OwnerAccount
    ResourceOwnerId ResourceOwnerAccount
    """.split()
)
UNSIGNED = frozenset(
    """
    AccessKeyId Timestamp Signature SignatureMethod SignatureType SignatureVersion SignatureNonce
    SecurityToken Format ClientToken DryRun
    """.split()
)
"""What does not make two calls different."""

_NUMBER = re.compile(r"(?<=\.)[0-9]+(?=\.|$)")


@frozen
class Product:
    """One product: how its endpoint is told from others, and its words for common errors."""

    name: str
    version: str
    code: str
    """In endpoints (`vpc.cn-hangzhou.aliyuncs.com`) and RAM actions (`vpc:CreateVpc`)."""
    missing: Refusal = refusal.MISSING
    invalid: Refusal = refusal.INVALID
    denied: Refusal = refusal.DENIED
    throttled_user: Refusal = refusal.THROTTLED_USER
    throttled_api: Refusal = refusal.THROTTLED_API
    unknown_region: Refusal = refusal.INVALID_REGION
    token_malformed: Refusal = refusal.TOKEN_MALFORMED
    token_mismatch: Refusal = refusal.TOKEN_MISMATCH
    token_busy: Refusal = refusal.TOKEN_BUSY
    token_failed: Refusal = refusal.TOKEN_FAILED
    hosts: tuple[str, ...] = ()
    """First labels of other host names, such as `ecs-cn-hangzhou` or `location-readonly`."""


@define(slots=False, frozen=True, eq=False)
class Action:
    """One action, as `action` declares it."""

    product: str
    name: str
    effect: Effect
    run: Callable[[Call], Answer] = field(repr=False)
    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    resource: tuple[str, ...] = ()
    token: bool = False
    dry_run: bool = False
    paging: Paging | None = None
    denied: Literal["refuse", "empty"] = "refuse"
    missing: Mapping[str, Refusal] = field(factory=dict)
    token_busy: Refusal | None = None
    token_mismatch: Refusal | None = None
    unknown_region: Refusal | Wording | None = None
    unsigned: bool = False

    @cached_property
    def parameters(self) -> tuple[str, ...]:
        """The names of all parameters that are honoured, `.N` for numbers, less common ones."""
        names = [*self.required, *self.optional]
        names += self.paging.parameters if self.paging else ()
        names += ["ClientToken"] if self.token else []
        names += ["DryRun"] if self.dry_run else []
        return tuple(sorted(set(names)))

    @cached_property
    def _known(self) -> frozenset[str]:
        return COMMON | {numberless(name) for name in self.parameters}

    def knows(self, name: str) -> bool:
        """Say whether a parameter, as it came over the wire, is one of this action's."""
        return numberless(name) in self._known

    def __call__(self, call: Call) -> Answer:
        """Do it (for an action that is another action's too)."""
        return self.run(call)


def action(
    product: str,
    name: str,
    *,
    effect: Effect,
    required: str = "",
    optional: str = "",
    also: str = "",
    resource: str = "",
    token: bool = False,
    dry_run: bool = False,
    paging: Paging | None = None,
    denied: Literal["refuse", "empty"] = "refuse",
    missing: Mapping[str, Refusal] | None = None,
    token_busy: Refusal | None = None,
    token_mismatch: Refusal | None = None,
    unknown_region: Refusal | Wording | None = None,
    unsigned: bool = False,
) -> Callable[[Callable[[Call], Answer]], Action]:
    """Declare the decorated function as an action.

    Names stand in one text, with spaces between them; numbered ones have `.N` (`Tag.N.Key`).
    `required` without a value raises the product's `missing`, or what `missing` has for that name.
    `also` are products that serve the same action (`also="Ecs"`).
    `resource` are parameters that name what the call is about, the chief one first; for journal
    and rules. By default that is found out by looking ids up.
    `token` and `dry_run` add ClientToken and DryRun with all that belongs to them, `paging` its
    parameters. `denied="empty"` answers a caller without permission with an empty list.
    `unknown_region` is for an action with a word of its own for that. An `unsigned` action is open
    to callers without a key (AssumeRoleWithOIDC): it must not touch what accounts own.
    """

    def declare(run: Callable[[Call], Answer]) -> Action:
        return Action(
            product=product,
            name=name,
            effect=effect,
            run=run,
            required=tuple(required.split()),
            optional=tuple(optional.split()),
            also=tuple(also.split()),
            resource=tuple(resource.split()),
            token=token,
            dry_run=dry_run,
            paging=paging,
            denied=denied,
            missing=missing or {},
            token_busy=token_busy,
            token_mismatch=token_mismatch,
            unknown_region=unknown_region,
            unsigned=unsigned,
        )

    return declare


def numberless(name: str) -> str:
    """Give `Tag.N.Key` for `Tag.7.Key`."""
    return _NUMBER.sub("N", name)
