"""What the cloud_properties of create_disk and update_disk may say."""

from __future__ import annotations

from typing import Literal

from attrs import frozen


@frozen(eq=False, repr=False)
class DiskProperties:
    """`type` can be changed in place; without `zone` a disk is where its VM is, else in z1."""

    type: Literal["standard", "fast"] | None = None
    zone: str | None = None
