"""Security Token Service, 2015-04-01."""

from __future__ import annotations

from cpikit_alicloud_simulator.actions import Product

STS = Product("Sts", "2015-04-01", "sts")
