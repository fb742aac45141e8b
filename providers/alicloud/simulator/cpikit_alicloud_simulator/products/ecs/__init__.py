"""Elastic Compute Service, 2014-05-26."""

from __future__ import annotations

from cpikit_alicloud_simulator.actions import Product

ECS = Product("Ecs", "2014-05-26", "ecs", hosts=("ecs-cn-hangzhou",))
