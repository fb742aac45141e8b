"""Server Load Balancer (CLB), 2014-05-15."""

from __future__ import annotations

from cpikit_alicloud_simulator.actions import Product

SLB = Product("Slb", "2014-05-15", "slb")
