"""Give addresses and prefixes to network interfaces, and take them back."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence

from cpikit_alicloud_simulator.call import Call
from cpikit_alicloud_simulator.products.ecs import interfaces_refusals as refusals
from cpikit_alicloud_simulator.products.vpc.addresses import Addresses
from cpikit_alicloud_simulator.products.vpc.vswitches import VSwitch
from cpikit_alicloud_simulator.refusal import INVALID

MOST_IPV4 = 49
"""ECS 2014-05-26, CreateNetworkInterface: secondary private addresses of one interface."""
MOST_IPV6 = 10
"""ECS 2014-05-26, CreateNetworkInterface, Ipv6AddressCount."""
MOST_PREFIXES = 10
"""ECS 2014-05-26, CreateNetworkInterface, Ipv4PrefixCount and Ipv6PrefixCount."""
_IPV4_PREFIX, _IPV6_PREFIX = 28, 80


def checked_count(call: Call, listed: str, counted: str, most: int) -> tuple[list[str], int]:
    """Give a list or a number of what is wanted; both together exclude each other."""
    names = call.texts(listed)
    count = call.integer(counted, 0, low=0, otherwise=INVALID)
    if names and count:
        raise refusals.CONFLICT.error()
    if len(names) + count > most:
        raise refusals.TOO_MANY_ADDRESSES.error(most=most)
    return names, count


def demand_free(call: Call, vswitch: VSwitch, addresses: Sequence[str], count: int) -> None:
    """Raise unless these IPv4 addresses, and so many more, can be had."""
    if len(set(addresses)) < len(addresses):
        raise refusals.REPEATED.error()
    book = call.world.part(Addresses)
    for address in addresses:
        if not _is_ipv4(address):
            raise refusals.BAD_ADDRESS.error()
        if not book.belongs(vswitch.id, address):
            raise refusals.OUTSIDE.error()
        if book.holder(vswitch.id, address) is not None:
            raise refusals.TAKEN.error()
    if book.free(vswitch.id) < len(addresses) + count:
        raise refusals.NO_ADDRESSES.error()


def demand_ipv6(call: Call, vswitch: VSwitch, addresses: Sequence[str], count: int) -> None:
    """Raise unless these IPv6 addresses, and so many more, can be had."""
    if not addresses and not count:
        return
    if not vswitch.ipv6_cidr_block:
        raise refusals.OUTSIDE.error()
    block = ipaddress.IPv6Network(vswitch.ipv6_cidr_block)
    book = call.world.part(Addresses)
    if len(set(addresses)) < len(addresses):
        raise refusals.REPEATED.error()
    for address in addresses:
        try:
            inside = ipaddress.IPv6Address(address) in block
        except ValueError as error:
            raise refusals.BAD_ADDRESS.error() from error
        if not inside:
            raise refusals.OUTSIDE.error()
        if book.holder(vswitch.id, str(ipaddress.IPv6Address(address))) is not None:
            raise refusals.TAKEN.error()


def take_ipv6(
    call: Call, vswitch: VSwitch, holder: str, wanted: Sequence[str], count: int
) -> tuple[str, ...]:
    """Take IPv6 addresses that were checked."""
    book = call.world.part(Addresses)
    named = (str(ipaddress.IPv6Address(each)) for each in wanted)
    taken = [book.take(vswitch.id, holder, each) for each in named]
    taken += [book.next_ipv6(vswitch.id, holder, vswitch.ipv6_cidr_block) for _ in range(count)]
    return tuple(taken)


def found_prefixes(
    call: Call, vswitch: VSwitch, wanted: Sequence[str], count: int
) -> tuple[str, ...]:
    """Give free IPv4 prefixes of 16 addresses: these, or so many; or raise."""
    whole = ipaddress.IPv4Network(vswitch.cidr_block)
    if whole.prefixlen > _IPV4_PREFIX and (wanted or count):
        raise refusals.NO_ADDRESSES.error()
    chosen = [_checked_prefix(call, vswitch, each) for each in wanted]
    blocks = whole.subnets(new_prefix=_IPV4_PREFIX) if count else iter(())
    for block in blocks:
        if len(chosen) == count:
            break
        if _is_free(call, vswitch, block):
            chosen.append(str(block))
    if len(chosen) < len(wanted) + count:
        raise refusals.NO_ADDRESSES.error()
    return tuple(chosen)


def _checked_prefix(call: Call, vswitch: VSwitch, text: str) -> str:
    try:
        block = ipaddress.IPv4Network(text)
    except ValueError as error:
        raise refusals.BAD_ADDRESS.error() from error
    if block.prefixlen != _IPV4_PREFIX:
        raise refusals.BAD_ADDRESS.error()
    if not block.subnet_of(ipaddress.IPv4Network(vswitch.cidr_block)):
        raise refusals.OUTSIDE.error()
    if not _is_free(call, vswitch, block):
        raise refusals.TAKEN.error()
    return str(block)


def _is_free(call: Call, vswitch: VSwitch, block: ipaddress.IPv4Network) -> bool:
    book = call.world.part(Addresses)
    return all(
        book.belongs(vswitch.id, str(each)) and book.holder(vswitch.id, str(each)) is None
        for each in block
    )


def take_prefixes(call: Call, vswitch: VSwitch, holder: str, prefixes: Sequence[str]) -> None:
    """Take all addresses of IPv4 prefixes that were found free."""
    book = call.world.part(Addresses)
    for prefix in prefixes:
        for address in ipaddress.IPv4Network(prefix):
            book.take(vswitch.id, holder, str(address))


def release_prefixes(call: Call, vswitch_id: str, prefixes: Sequence[str]) -> None:
    """Give the addresses of IPv4 prefixes back."""
    book = call.world.part(Addresses)
    for prefix in prefixes:
        for address in ipaddress.IPv4Network(prefix):
            book.release(vswitch_id, str(address))


def found_ipv6_prefixes(
    call: Call, vswitch: VSwitch, wanted: Sequence[str], count: int
) -> tuple[str, ...]:
    """Give IPv6 prefixes of 80 bits: these, or so many; or raise."""
    if not wanted and not count:
        return ()
    if not vswitch.ipv6_cidr_block:
        raise refusals.OUTSIDE.error()
    whole = ipaddress.IPv6Network(vswitch.ipv6_cidr_block)
    for each in wanted:
        try:
            block = ipaddress.IPv6Network(each)
        except ValueError as error:
            raise refusals.BAD_ADDRESS.error() from error
        if block.prefixlen != _IPV6_PREFIX:
            raise refusals.BAD_ADDRESS.error()
        if not block.subnet_of(whole):
            raise refusals.OUTSIDE.error()
    stream = call.world.ids.stream(f"ipv6 prefix {vswitch.id}")
    base, step = int(whole.network_address), 1 << (128 - _IPV6_PREFIX)
    made = [base + stream.randrange(1, 2**16) * step for _ in range(count)]
    return (*wanted, *(str(ipaddress.IPv6Network((each, _IPV6_PREFIX))) for each in made))


def _is_ipv4(text: str) -> bool:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True
