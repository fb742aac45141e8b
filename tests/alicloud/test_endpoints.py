"""Endpoints: the operator's, or the region's; plain HTTP for loopback alone."""

from __future__ import annotations

import pytest

from cpikit.errors import CpiError
from cpikit_alicloud.endpoints import checked, endpoint, is_loopback


@pytest.mark.parametrize(
    ("product", "region", "host"),
    [
        ("Ecs", "eu-central-1", "ecs.eu-central-1.aliyuncs.com"),
        ("Ecs", "cn-hangzhou", "ecs-cn-hangzhou.aliyuncs.com"),
        ("Vpc", "cn-hangzhou", "vpc.aliyuncs.com"),
        ("Vpc", "cn-chengdu", "vpc.cn-chengdu.aliyuncs.com"),
        ("Slb", "ap-southeast-1", "slb.aliyuncs.com"),
        ("Nlb", "cn-hangzhou", "nlb.cn-hangzhou.aliyuncs.com"),
        ("Alb", "cn-beijing", "alb.cn-beijing.aliyuncs.com"),
        ("Sts", "cn-beijing", "sts.cn-beijing.aliyuncs.com"),
        ("Ecs", "na-south-1", "ecs.na-south-1.aliyuncs.com"),
    ],
)
def test_each_product_has_its_endpoint_in_each_region(product: str, region: str, host: str) -> None:
    assert endpoint(product, region, "") == host


@pytest.mark.parametrize(
    ("given", "host"),
    [
        ("ecs.example.com", "ecs.example.com"),
        ("https://ecs.example.com/", "ecs.example.com"),
        ("127.0.0.1:8443", "127.0.0.1:8443"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("http://localhost:8080/", "http://localhost:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
def test_an_endpoint_is_a_host_with_or_without_a_scheme(given: str, host: str) -> None:
    assert checked(given, "ecs_endpoint") == host


@pytest.mark.parametrize(
    "given",
    [
        "http://ecs.example.com",
        "http://10.0.0.1",
        "http://localhost.example.com",
        "http://127.0.0.1.example.com",
        "http://127.example.com:80",
        "ftp://127.0.0.1",
        "https://",
        "host/path",
        "user@host",
        "host?x",
    ],
)
def test_what_is_no_host_or_plain_http_elsewhere_is_refused(given: str) -> None:
    with pytest.raises(CpiError, match="ecs_endpoint"):
        checked(given, "ecs_endpoint")


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:80", "localhost", "localhost:1", "[::1]:9"]
)
def test_loopback_is_known(host: str) -> None:
    assert is_loopback(host)
