"""What each zone has left of each instance type, and which kinds of disks it sells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, ClassVar

from attrs import define, field, fields_dict

from cpikit_alicloud_simulator.refusal import Refusal
from cpikit_alicloud_simulator.suggest import did_you_mean
from cpikit_alicloud_simulator.world import World

# Why a type cannot be had in a zone, and what RunInstances answers then (its error table).
REFUSALS: Mapping[str, Refusal] = {
    "sold_out": Refusal(
        403,
        "OperationDenied.NoStock",
        "The requested resource is sold out in the specified zone; try other types or zones.",
    ),
    "off_sale": Refusal(
        403, "Zone.NotOnSale", "The resource in the specified zone is no longer for sale."
    ),
    "not_sold": Refusal(
        403,
        "InvalidResourceType.NotSupported",
        "user order resource type [{type}] not exists in [{zone}]",
    ),
    "not_in_zone": Refusal(
        403,
        "InvalidInstanceType.ZoneNotSupported",
        "The specified zone does not support this instancetype.",
    ),
    "offline": Refusal(403, "InstanceType.Offline", "The specified InstanceType is offline."),
    "unavailable": Refusal(
        400, "ResourceNotAvailable", "Resource you requested is not available in this zone."
    ),
    "lacking": Refusal(400, "LackResource", "There's no enough resource on the dedicated host."),
    "zone_closed": Refusal(403, "Zone.NotOpen", "The specified zone is not granted to you."),
    "zone_denied": Refusal(
        403, "OperationDenied.ZoneNotAllowed", "The creation of Instance to this zone is denied."
    ),
    "node_down": Refusal(
        403, "NodeControllerUnavailable", "The Node Controller is temporarily unavailable."
    ),
    "region_closed": Refusal(
        403, "RegionUnauthorized", "There is no authority to create instance in this region."
    ),
    "unauthorized": Refusal(
        400,
        "InvalidInstanceType.ValueUnauthorized",
        "The specified InstanceType is not authorized.",
    ),
}
DISK_CATEGORIES = (
    "cloud",
    "cloud_efficiency",
    "cloud_ssd",
    "cloud_essd",
    "cloud_auto",
    "cloud_essd_entry",
    "cloud_regional_disk_auto",
    "ephemeral_ssd",
)


@define
class Lot:
    """One line of the stock. `type` may have wildcards; `spot` None is both ways to pay.

    `left` None is no end. A lot that is `late` seems to be there, and what RunInstances makes
    from it disappears again. `disk` makes it a line about a category of disks instead.
    """

    zone: str = "*"
    type: str = "*"
    spot: bool | None = None
    left: int | None = None
    state: str = "on_sale"
    late: bool = False
    disk: str = ""

    def is_about(self, zone_id: str, type_id: str, *, spot: bool) -> bool:
        """Say whether it is about a type in a zone."""
        return (
            not self.disk
            and fnmatchcase(zone_id, self.zone)
            and fnmatchcase(type_id, self.type)
            and self.spot in (None, spot)
        )


@define(eq=False)
class Stock:
    """The stock of a world; `[[stock]]` of a world file sets it. The last line that fits counts.

    What no line is about is there without end.
    """

    section: ClassVar[str] = "stock"

    world: World
    lots: list[Lot] = field(factory=list, init=False)

    def declare(self, given: Sequence[Mapping[str, Any]]) -> None:
        """Take what a world file says; raises ValueError."""
        if not isinstance(given, list):
            raise ValueError("stock: a list of tables is wanted")  # noqa: TRY004  # of a file
        self.lots = [self._lot(each) for each in given]

    def _lot(self, given: Mapping[str, Any]) -> Lot:
        for name in given:
            if name not in fields_dict(Lot):
                raise ValueError(f"stock: unknown {name!r}{did_you_mean(name, fields_dict(Lot))}")
        lot = Lot(**given)
        if lot.state != "on_sale" and lot.state not in REFUSALS:
            raise ValueError(f"stock: state {lot.state!r}{did_you_mean(lot.state, REFUSALS)}")
        return lot

    def lot(self, zone_id: str, type_id: str, *, spot: bool) -> Lot | None:
        """Give the line that counts for a type in a zone."""
        about = (lot for lot in reversed(self.lots) if lot.is_about(zone_id, type_id, spot=spot))
        return next(about, None)

    def state(self, zone_id: str, type_id: str, *, spot: bool, count: int = 1) -> str:
        """Say `on_sale`, or the name of why so many cannot be had."""
        lot = self.lot(zone_id, type_id, spot=spot)
        if lot is None:
            return "on_sale"
        if lot.state != "on_sale":
            return lot.state
        return "sold_out" if lot.left is not None and lot.left < count else "on_sale"

    def demand(self, zone_id: str, type_id: str, *, spot: bool, count: int) -> None:
        """Raise when so many cannot be had."""
        state = self.state(zone_id, type_id, spot=spot, count=count)
        if state != "on_sale":
            raise REFUSALS[state].error(zone=zone_id, type=type_id)

    def take(self, zone_id: str, type_id: str, *, spot: bool, count: int = 1) -> bool:
        """Take some out; gives whether what is made from it will disappear again."""
        lot = self.lot(zone_id, type_id, spot=spot)
        if lot is not None and lot.left is not None:
            lot.left -= count
        return lot is not None and lot.late

    def give_back(self, zone_id: str, type_id: str, *, spot: bool) -> None:
        """Put one back."""
        lot = self.lot(zone_id, type_id, spot=spot)
        if lot is not None and lot.left is not None:
            lot.left += 1

    def sells_disk(self, zone_id: str, category: str) -> bool:
        """Say whether a zone sells a category of disks."""
        lots = [lot for lot in self.lots if lot.disk and fnmatchcase(category, lot.disk)]
        about = [lot for lot in lots if fnmatchcase(zone_id, lot.zone)]
        return not about or about[-1].state == "on_sale"
