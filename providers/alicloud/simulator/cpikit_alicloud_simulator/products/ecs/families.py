"""The families of instance types that a world has, and what a type can do."""

from __future__ import annotations

from functools import lru_cache

from attrs import frozen

# ECS user guide, "Instance families". Where a number is not published for each size, the nearest
# published one of the family stands for it; `nvme` is what DescribeInstanceTypes says of the type.

_SIZES = {
    "large": 2,
    "xlarge": 4,
    "2xlarge": 8,
    "3xlarge": 12,
    "4xlarge": 16,
    "6xlarge": 24,
    "8xlarge": 32,
    "16xlarge": 64,
}


# Up to so many CPUs: so many ENIs, so many private addresses on each; as the family g6 has them.
_INTERFACES = ((2, 2), (4, 3), (12, 4), (1024, 8))
_ADDRESSES = ((2, 6), (8, 10), (1024, 20))


@frozen
class Family:
    """One family: what its types have in common."""

    id: str
    generation: str
    processor: str
    gib_per_cpu: float
    category: str
    level: str = "EnterpriseLevel"
    nvme: str = "unsupported"
    """`required`, `supported` or `unsupported`."""
    architecture: str = "X86"
    sizes: tuple[str, ...] = tuple(_SIZES)
    ghz: float = 2.5
    turbo_ghz: float = 3.2
    disks: int = 17
    gpu: str = ""
    gpu_gib: float = 0.0
    local_disk: str = ""
    local_gib: int = 0
    ipv6: int = 1
    burstable: bool = False
    io_optimized: bool = True
    in_cluster: bool = False
    """Whether its instances are only made within an HPC cluster."""
    uefi: bool = False
    trunk: bool = False
    essd: bool = True
    price_per_cpu: float = 0.12


FAMILIES: tuple[Family, ...] = (
    Family("ecs.g5", "ecs-4", "Intel Xeon Platinum 8163 (Skylake)", 4, "General-purpose"),
    Family("ecs.c5", "ecs-4", "Intel Xeon Platinum 8163 (Skylake)", 2, "Compute-optimized"),
    Family("ecs.r5", "ecs-4", "Intel Xeon Platinum 8163 (Skylake)", 8, "Memory-optimized"),
    Family("ecs.g6", "ecs-5", "Intel Xeon Platinum 8269CY (Cascade)", 4, "General-purpose"),
    Family("ecs.c6", "ecs-5", "Intel Xeon Platinum 8269CY (Cascade)", 2, "Compute-optimized"),
    Family("ecs.r6", "ecs-5", "Intel Xeon Platinum 8269CY (Cascade)", 8, "Memory-optimized"),
    Family("ecs.hfc6", "ecs-5", "Intel Xeon Platinum 8269CY", 2, "High Clock Speed", ghz=3.1),
    Family("ecs.hfg6", "ecs-5", "Intel Xeon Platinum 8269CY", 4, "High Clock Speed", ghz=3.1),
    Family("ecs.g7", "ecs-6", "Intel Xeon Platinum 8369B", 4, "General-purpose", uefi=True),
    Family("ecs.c7", "ecs-6", "Intel Xeon Platinum 8369B", 2, "Compute-optimized", uefi=True),
    Family("ecs.r7", "ecs-6", "Intel Xeon Platinum 8369B", 8, "Memory-optimized", uefi=True),
    Family(
        "ecs.g7se", "ecs-6", "Intel Xeon Platinum 8369B", 4, "General-purpose", nvme="supported"
    ),
    Family("ecs.g8i", "ecs-8", "Intel Xeon 8475B", 4, "General-purpose", nvme="required", disks=33),
    Family(
        "ecs.c8i", "ecs-8", "Intel Xeon 8475B", 2, "Compute-optimized", nvme="required", disks=33
    ),
    Family("ecs.g9i", "ecs-9", "Intel Xeon 6", 4, "General-purpose", nvme="required", disks=33),
    Family("ecs.c9i", "ecs-9", "Intel Xeon 6", 2, "Compute-optimized", nvme="required", disks=33),
    Family("ecs.r9i", "ecs-9", "Intel Xeon 6", 8, "Memory-optimized", nvme="required", disks=33),
    Family(
        "ecs.g8y",
        "ecs-8",
        "Yitian 710",
        4,
        "General-purpose",
        nvme="required",
        architecture="ARM",
        uefi=True,
    ),
    Family(
        "ecs.mn4",
        "ecs-3",
        "Intel Xeon",
        4,
        "Entry-level",
        "EntryLevel",
        sizes=("small", "large", "xlarge", "2xlarge", "4xlarge"),
        essd=False,
        ipv6=0,
    ),
    Family(
        "ecs.n4",
        "ecs-3",
        "Intel Xeon",
        2,
        "Entry-level",
        "EntryLevel",
        sizes=("small", "large", "xlarge", "2xlarge", "4xlarge", "8xlarge"),
        essd=False,
        ipv6=0,
    ),
    Family(
        "ecs.t6",
        "ecs-5",
        "Intel Xeon Platinum 8269CY",
        2,
        "Burstable",
        "CreditEntryLevel",
        sizes=("c1m2.large", "c1m4.large", "c1m4.xlarge"),
        burstable=True,
    ),
    Family(
        "ecs.e",
        "ecs-7",
        "Intel Xeon Platinum",
        2,
        "Economy",
        "EntryLevel",
        sizes=("c1m1.large", "c1m2.large", "c1m2.xlarge", "c1m4.large"),
    ),
    Family(
        "ecs.gn6i",
        "ecs-5",
        "Intel Xeon Platinum 8163",
        3.75,
        "GPU",
        sizes=("c4g1.xlarge", "c8g1.2xlarge", "c16g1.4xlarge"),
        gpu="NVIDIA T4",
        gpu_gib=16,
        price_per_cpu=0.6,
    ),
    Family(
        "ecs.i3",
        "ecs-6",
        "Intel Xeon Platinum 8269CY",
        8,
        "Local-SSD",
        sizes=("xlarge", "2xlarge", "4xlarge"),
        local_disk="local_ssd_pro",
        local_gib=959,
        trunk=True,
    ),
    Family(
        "ecs.sccg6",
        "ecs-5",
        "Intel Xeon Platinum 8269CY (Cascade)",
        4,
        "Super Computing Cluster",
        sizes=("16xlarge",),
        in_cluster=True,
    ),
    Family(
        "ecs.t1",
        "ecs-1",
        "Intel Xeon",
        1,
        "Entry-level",
        "EntryLevel",
        sizes=("small",),
        io_optimized=False,
        disks=5,
        essd=False,
        ipv6=0,
    ),
)


@frozen
class InstanceType:
    """One instance type."""

    id: str
    family: Family
    cpus: int
    memory_gib: float

    @property
    def interfaces(self) -> int:
        """How many ENIs it takes, the primary one included."""
        return next(count for cpus, count in _INTERFACES if self.cpus <= cpus)

    @property
    def addresses_per_interface(self) -> int:
        """How many private IPv4 addresses one ENI takes."""
        return next(count for cpus, count in _ADDRESSES if self.cpus <= cpus)

    @property
    def queues(self) -> int:
        """How many queues the primary ENI has."""
        return min(max(2, self.cpus // 2), 16)

    @property
    def gpus(self) -> int:
        """How many GPUs it has."""
        return 1 if self.family.gpu else 0

    @property
    def hourly_price(self) -> float:
        """What it costs in an hour, on demand; made up, but in proportion."""
        return round(self.cpus * self.family.price_per_cpu + self.memory_gib * 0.02, 4)

    @property
    def data_disks(self) -> int:
        """How many data disks it takes."""
        return self.family.disks - 1


@lru_cache(maxsize=1)
def instance_types() -> dict[str, InstanceType]:
    """Give all types by id."""
    made = (_made(family, size) for family in FAMILIES for size in family.sizes)
    return {each.id: each for each in made}


def _made(family: Family, size: str) -> InstanceType:
    """Make the type of one size; `c1m4.large` says itself how much memory a CPU has."""
    shape, _, plain = size.rpartition(".")
    cpus = _SIZES.get(plain, 1)
    ratio = float(shape.partition("m")[2]) if "m" in shape else family.gib_per_cpu
    return InstanceType(f"{family.id}.{size}", family, cpus, cpus * ratio)
