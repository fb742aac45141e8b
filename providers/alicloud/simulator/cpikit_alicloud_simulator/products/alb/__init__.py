"""Application Load Balancer, 2020-06-16."""

from __future__ import annotations

from cpikit_alicloud_simulator.actions import Product
from cpikit_alicloud_simulator.refusal import Refusal

ALB = Product(
    "Alb",
    "2020-06-16",
    "alb",
    missing=Refusal(400, "MissingParam.{name}", "{name} is missing.", "assumed"),
    invalid=Refusal(400, "IllegalParam.{name}", "{name} is illegal.", "assumed"),
)
