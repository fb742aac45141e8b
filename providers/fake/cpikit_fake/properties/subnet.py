"""What the cloud_properties of create_network may say."""

from __future__ import annotations

from attrs import frozen


@frozen(eq=False, repr=False)
class SubnetProperties:
    """`zone` is where the subnet lies; z1 when it is not said."""

    zone: str | None = None
