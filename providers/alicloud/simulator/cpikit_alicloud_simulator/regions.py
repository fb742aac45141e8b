"""List the regions and zones that a world has unless its file says otherwise."""

from __future__ import annotations

from attrs import frozen


@frozen
class Region:
    """One region, as DescribeRegions and DescribeZones show it."""

    id: str
    name: str
    zones: tuple[str, ...]

    def endpoint(self, product: str) -> str:
        """Give the public endpoint of a product such as `ecs` or `vpc`."""
        return f"{product}.{self.id}.aliyuncs.com"


def region(region_id: str, name: str, letters: str) -> Region:
    """Make a region; `letters` are those of its zones (some are numbered with a hyphen)."""
    joint = "" if region_id[-1].isdigit() else "-"
    return Region(region_id, name, tuple(f"{region_id}{joint}{letter}" for letter in letters))


# ECS user guide, "Regions and zones"; zones change often, these exist for long.
REGIONS: tuple[Region, ...] = (
    region("cn-hangzhou", "China (Hangzhou)", "bghijk"),
    region("cn-shanghai", "China (Shanghai)", "befgl"),
    region("cn-beijing", "China (Beijing)", "fghijkl"),
    region("cn-shenzhen", "China (Shenzhen)", "def"),
    region("cn-hongkong", "China (Hong Kong)", "bcd"),
    region("ap-southeast-1", "Singapore", "abc"),
    region("ap-northeast-1", "Japan (Tokyo)", "abc"),
    region("us-west-1", "US (Silicon Valley)", "ab"),
    region("us-east-1", "US (Virginia)", "ab"),
    region("eu-central-1", "Germany (Frankfurt)", "abc"),
    region("eu-west-1", "UK (London)", "ab"),
)
DEFAULT_REGION = "cn-hangzhou"
