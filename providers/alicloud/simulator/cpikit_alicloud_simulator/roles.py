"""RAM roles: what instances, image import and STS can act as."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Self

from cpikit_alicloud_simulator.policies import Policy
from cpikit_alicloud_simulator.resource import Resource, resource

if TYPE_CHECKING:  # a circle otherwise: a world is made of resources
    from cpikit_alicloud_simulator.world import World


@resource
class RamRole(Resource):
    """One role. `trusts` are services (`ecs.aliyuncs.com`), accounts (ids) or ARNs of principals.

    `policies` is None for a role that may do everything. Roles belong to no region.
    """

    kind: ClassVar[str] = "ram_role"
    prefix: ClassVar[str] = "role"
    indexed: ClassVar[tuple[str, ...]] = ("name",)
    in_inventory: ClassVar[bool] = False

    policies: tuple[Policy, ...] | None = None
    trusts: tuple[str, ...] = ("ecs.aliyuncs.com",)
    longest_session_s: int = 3600

    @property
    def arn(self) -> str:
        """The name that STS takes."""
        return f"acs:ram::{self.account_id}:role/{self.name.lower()}"

    @classmethod
    def declared(cls, world: World, given: Mapping[str, Any]) -> Self:
        """Make one from a world file; `policies` are RAM policy documents."""
        own = {"region_id": "", **given}
        if own.get("policies") is not None:
            own["policies"] = tuple(Policy.parsed(each) for each in own["policies"])
        return super().declared(world, own)


def role_named(world: World, account_id: str, name: str) -> RamRole | None:
    """Give an account's role by name; case does not count."""
    roles = (role for role in world.table(RamRole) if role.account_id == account_id)
    return next((role for role in roles if role.name.lower() == name.lower()), None)


def add_default_roles(world: World, account_id: str) -> None:
    """Add the service role that image import takes by default (ECS, ImportImage, RoleName)."""
    world.add(
        RamRole(
            id=world.ids.resource("role", ""),
            region_id="",
            account_id=account_id,
            name="AliyunECSImageImportDefaultRole",
        )
    )
