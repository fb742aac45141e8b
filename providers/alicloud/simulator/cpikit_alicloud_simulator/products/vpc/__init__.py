"""Virtual Private Cloud, 2016-04-28."""

from __future__ import annotations

from cpikit_alicloud_simulator.actions import Product

VPC = Product("Vpc", "2016-04-28", "vpc")
