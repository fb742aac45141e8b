"""Addresses as a cloud config writes them: one, a range `a - b`, or a subnet in CIDR form."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

Address = IPv4Address | IPv6Address
Span = tuple[Address, Address]


def span_of(text: object) -> Span | None:
    """First and last address; None for what is none of the three forms."""
    if not isinstance(text, str):
        return None
    first, dash, last = text.partition("-")
    try:
        if dash:
            span = (ip_address(first.strip()), ip_address(last.strip()))
        elif "/" in text:
            network = ip_network(text.strip(), strict=False)
            span = (network.network_address, network.broadcast_address)
        else:
            span = (ip_address(text.strip()), ip_address(text.strip()))
    except ValueError:
        return None
    is_ordered = span[0].version == span[1].version and int(span[0]) <= int(span[1])
    return span if is_ordered else None


def holds(outer: Span, inner: Span) -> bool:
    """Whether all of the inner one lies in the outer one."""
    return (
        outer[0].version == inner[0].version
        and int(outer[0]) <= int(inner[0])
        and int(inner[1]) <= int(outer[1])
    )


def meet(one: Span, other: Span) -> bool:
    """Whether they have an address in common."""
    return (
        one[0].version == other[0].version
        and int(one[0]) <= int(other[1])
        and int(other[0]) <= int(one[1])
    )
