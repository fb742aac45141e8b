"""Network Load Balancer, 2022-04-30."""

from __future__ import annotations

from cpikit_alicloud_simulator.actions import Product
from cpikit_alicloud_simulator.refusal import Refusal

NLB = Product(
    "Nlb",
    "2022-04-30",
    "nlb",
    missing=Refusal(400, "MissingParam.{name}", "{name} is missing.", "assumed"),
    invalid=Refusal(400, "IllegalParam.{name}", "{name} is illegal.", "assumed"),
)
