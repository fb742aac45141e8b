"""Say what all resources of the clouds have in common, and notice every change to one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Protocol,
    Self,
    TypeVar,
    cast,
    dataclass_transform,
)

from attrs import Attribute, define, field, fields

from cpikit_alicloud_simulator.suggest import did_you_mean

if TYPE_CHECKING:  # a circle otherwise: a world is made of resources
    from cpikit_alicloud_simulator.metadata import InstanceView
    from cpikit_alicloud_simulator.world import World

R = TypeVar("R", bound="Resource")

SYSTEM_ACCOUNT = "system"
"""The owner of what Alibaba Cloud itself provides, such as public images. Not in inventories."""


class Watcher(Protocol):
    """Is told of each change before it is made: the table that a resource lies in."""

    def changing(self, resource: Any, name: str, value: object) -> None:
        """Take note: indexes, the history for stale reads, since when a state lasts."""


def _noted(resource: Any, attribute: Attribute[Any], value: Any) -> Any:
    watcher = resource.watcher
    if watcher is not None:
        watcher.changing(resource, attribute.name, value)
    return value


@dataclass_transform(eq_default=False, kw_only_default=True, field_specifiers=(field,))
def resource(cls: type[R]) -> type[R]:
    """Decorate a kind of resource (instead of attrs' `define`)."""
    return define(cls, eq=False, kw_only=True, on_setattr=_noted)


@resource
class Resource:
    """One thing in the world. Assign to its fields freely: tables follow.

    Field values are never changed in place: assign a new tuple or dict instead, so that indexes
    and stale reads stay right (`vpc.tags = {**vpc.tags, "a": "b"}`).

    A kind sets `kind` (its name in inventories, world files and tags), `prefix` (of its ids),
    `indexed` (the fields that `by` may ask for; a tuple counts under each of its elements), and
    `shared` if other accounts may see it (then it overrides `is_seen_by`). What is no leftover
    when it stays, such as a role, is not `in_inventory`.
    """

    kind: ClassVar[str] = ""
    prefix: ClassVar[str] = ""
    indexed: ClassVar[tuple[str, ...]] = ()
    shared: ClassVar[bool] = False
    in_inventory: ClassVar[bool] = True

    id: str
    region_id: str
    account_id: str
    state: str = "Available"
    name: str = ""
    description: str = ""
    resource_group_id: str = ""
    tags: Mapping[str, str] = field(factory=dict)
    created_s: float = 0.0
    state_since_s: float = 0.0
    state_serial: int = 0
    watcher: Watcher | None = field(default=None, repr=False)

    @property
    def exists(self) -> bool:
        """Whether it is still in the world."""
        return self.watcher is not None

    @property
    def created_at(self) -> datetime:
        """When it was made, on the world's clock."""
        return datetime.fromtimestamp(self.created_s, UTC)

    def is_seen_by(self, account_id: str) -> bool:
        """Say whether an account may see it; only asked for kinds that are `shared`."""
        return account_id == self.account_id

    @property
    def attached_to(self) -> str | None:
        """The id of what it hangs on, for the inventory."""
        return None

    def vanish(self, world: World) -> None:
        """Leave the world, with all that depends on it. A kind with dependants overrides this."""
        world.remove(self)

    def orphaned(self, world: World, id_: str) -> None:
        """Take note that a resource with this id is gone, which an indexed field named.

        An instance that is released tells all whose `instance_id` or `instance_ids` named it.
        """

    def user_data(self) -> bytes | None:
        """Give what an instance's agent would read; None for what is no instance."""
        return None

    def metadata_view(self, world: World) -> InstanceView | None:  # noqa: ARG002  # for instances
        """Give the view that the metadata service works on; None for what is no instance."""
        return None

    @classmethod
    def declared(cls, world: World, given: Mapping[str, Any]) -> Self:
        """Make one from a world file. A kind that needs more than its fields overrides this.

        Raises ValueError with the names that it does not know.
        """
        known = {each.name for each in fields(cast("type[Any]", cls))} - {"watcher", "state_serial"}
        for name in given:
            if name not in known:
                raise ValueError(f"{cls.kind}: unknown {name!r}{did_you_mean(name, known)}")
        own: dict[str, Any] = {
            name: tuple(v) if isinstance(v, list) else v for name, v in given.items()
        }
        own.setdefault("region_id", world.region_id)
        own.setdefault("account_id", world.accounts.default.id)
        own.setdefault("id", world.ids.resource(cls.prefix, own["region_id"]))
        return world.add(cls(**own))
