"""Private addresses of vSwitches: which are free, taken, reserved, or released late."""

from __future__ import annotations

import heapq
import ipaddress
from typing import ClassVar

from attrs import define, field

from cpikit_alicloud_simulator.durations import Duration
from cpikit_alicloud_simulator.world import World

RELEASE = Duration(
    "vpc.address_release",
    typical=20.0,
    slow=120.0,
    grade="assumed",
    source="seen by the Go CPI, which repeats for 300 s; no number is documented",
)
# VPC 2016-04-28, CreateVSwitch: the first and the last three addresses belong to the system.
RESERVED_FIRST = 1
RESERVED_LAST = 3


@define
class _Room:
    """The IPv4 addresses of one vSwitch."""

    block: ipaddress.IPv4Network
    taken: dict[int, str] = field(factory=dict)
    freed: list[int] = field(factory=list)
    next: int = RESERVED_FIRST

    @property
    def last(self) -> int:
        return self.block.num_addresses - RESERVED_LAST - 1

    @property
    def free(self) -> int:
        return self.last - RESERVED_FIRST + 1 - len(self.taken)


@define(eq=False)
class Addresses:
    """Every private address that something holds.

    `holder` is an id, for messages and for whoever asks who has an address. What is released
    stays taken for a while (`vpc.address_release`), by a holder whose name is empty.
    """

    about: ClassVar[str] = "private addresses"

    world: World
    _rooms: dict[str, _Room] = field(factory=dict, init=False)
    _ipv6: dict[str, str] = field(factory=dict, init=False)

    def open(self, vswitch_id: str, cidr_block: str) -> None:
        """Begin with a new vSwitch, all free."""
        self._rooms[vswitch_id] = _Room(ipaddress.IPv4Network(cidr_block))

    def close(self, vswitch_id: str) -> None:
        """Forget a vSwitch that is gone."""
        self._rooms.pop(vswitch_id, None)

    def free(self, vswitch_id: str) -> int:
        """Count what may still be taken (AvailableIpAddressCount)."""
        return self._rooms[vswitch_id].free

    def belongs(self, vswitch_id: str, address: str) -> bool:
        """Say whether an address may be given to customers in a vSwitch at all."""
        return self._offset(vswitch_id, address) is not None

    def holder(self, vswitch_id: str, address: str) -> str | None:
        """Say who has an address; None when it is free, empty when it is not released yet."""
        if ":" in address:
            return self._ipv6.get(address)
        offset = self._offset(vswitch_id, address)
        return None if offset is None else self._rooms[vswitch_id].taken.get(offset)

    def take(self, vswitch_id: str, holder: str, address: str = "") -> str:
        """Give an address to a holder: this one or, when it is empty, the next free one.

        Ask `free`, `belongs` and `holder` first: ValueError says that it cannot be had.
        """
        room = self._rooms[vswitch_id]
        if ":" in address:
            self._ipv6[address] = holder
            return address
        offset = self._offset(vswitch_id, address) if address else self._next(room)
        if offset is None or offset in room.taken:
            raise ValueError(f"{address or 'an address'} of {vswitch_id} is not free")
        room.taken[offset] = holder
        return str(room.block[offset])

    def release(self, vswitch_id: str, address: str) -> None:
        """Give an address back; it is free after a while."""
        if ":" in address:
            self._ipv6.pop(address, None)
            return
        offset = self._offset(vswitch_id, address)
        room = self._rooms.get(vswitch_id)
        if room is None or offset is None or offset not in room.taken:
            return
        room.taken[offset] = ""
        vswitch = self.world.find(vswitch_id)
        if vswitch is None:
            self._free(vswitch_id, offset)
        else:
            self.world.after(
                RELEASE, vswitch, lambda: self._free(vswitch_id, offset), whatever_state=True
            )

    def next_ipv6(self, vswitch_id: str, holder: str, ipv6_block: str) -> str:
        """Give the next free address of an IPv6 block to a holder."""
        block = ipaddress.IPv6Network(ipv6_block)
        stream = self.world.ids.stream(f"ipv6 {vswitch_id}")
        while True:
            address = str(block[stream.randrange(16, 2**63)])
            if address not in self._ipv6:
                self._ipv6[address] = holder
                return address

    def _free(self, vswitch_id: str, offset: int) -> None:
        room = self._rooms.get(vswitch_id)
        if room is not None and room.taken.get(offset) == "":
            del room.taken[offset]
            heapq.heappush(room.freed, offset)

    def _next(self, room: _Room) -> int | None:
        """Find the lowest that was never taken, then the lowest that was given back."""
        while room.next <= room.last:
            offset, room.next = room.next, room.next + 1
            if offset not in room.taken:
                return offset
        while room.freed:
            offset = heapq.heappop(room.freed)
            if offset not in room.taken:
                return offset
        return None

    def _offset(self, vswitch_id: str, address: str) -> int | None:
        room = self._rooms.get(vswitch_id)
        if room is None:
            return None
        try:
            offset = int(ipaddress.IPv4Address(address)) - int(room.block.network_address)
        except ValueError:
            return None
        return offset if RESERVED_FIRST <= offset <= room.last else None
