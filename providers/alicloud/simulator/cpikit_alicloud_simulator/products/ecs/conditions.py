"""What is true of accounts, places and single resources that no action here brings about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Protocol

from attrs import define, field

from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.refusal import Refusal
from cpikit_alicloud_simulator.suggest import did_you_mean
from cpikit_alicloud_simulator.world import World

# Words about accounts, regions and zones; which calls they refuse stands with the calls.
WORDS: Mapping[str, str] = {
    "disk_category_unauthorized": "may not buy this category of disks",
    "snapshots_unavailable": "the snapshot service is not open to it",
    "unusable": "ECS does not know the account's id",
    "sub_user": "RAM users of it may not do this",
    "no_ram": "the action does not support RAM",
    "no_interfaces": "its kind of user may not use ENIs",
    "tags_of_others": "it acts on tags of another owner",
    "tag_scope": "the scope of its tags is closed to it",
    "no_tags": "it may not use tags",
    "not_listed": "it is not in the white list",
    "not_supported": "the place does not support the operation",
    "closed": "the account may not create anything there",
    "off_sale": "nothing is sold there any more",
    "denied": "the operation is denied there",
    "upgrading": "it is being upgraded",
    "no_encryption": "disks there cannot be encrypted",
    "no_multi_attach": "disks there attach to one instance only",
    "no_copies": "images are not copied to or from there",
    "no_stock": "it is out of stock",
    "image_forbidden": "it may not import or copy images",
}


@define(eq=False)
class Conditions:
    """What is true of accounts, regions and zones; `[conditions]` of a world file: name -> words.

    `*` stands for all of them.
    """

    section: ClassVar[str] = "conditions"

    world: World
    _words: dict[str, tuple[str, ...]] = field(factory=dict, init=False)

    def declare(self, given: Mapping[str, Sequence[str]]) -> None:
        """Take what a world file says; raises ValueError."""
        for name, words in given.items():
            for word in words:
                if word not in WORDS:
                    raise ValueError(f"conditions: unknown {word!r}{did_you_mean(word, WORDS)}")
            self._words[name] = tuple(words)

    def has(self, name: str, word: str) -> bool:
        """Say whether a word is true of an account, a region or a zone."""
        return word in (*self._words.get(name, ()), *self._words.get("*", ()))


class Conditioned(Protocol):
    """A resource of which a world file can say such words too."""

    conditions: tuple[str, ...]


def refuse(resource: Conditioned, refusals: Mapping[str, Refusal]) -> None:
    """Raise when a condition of a resource is one that these calls refuse."""
    for word, refusal in refusals.items():
        if word in resource.conditions:
            raise refusal.error()


def refuse_at(call: Call, name: str, refusals: Mapping[str, Refusal]) -> None:
    """Raise when a word is true of an account, a region or a zone."""
    conditions = call.world.part(Conditions)
    for word, refusal in refusals.items():
        if conditions.has(name, word):
            raise refusal.error()


def refuse_account(call: Call, refusals: Mapping[str, Refusal]) -> None:
    """Raise when a word is true of the caller's account."""
    refuse_at(call, call.account_id, refusals)
