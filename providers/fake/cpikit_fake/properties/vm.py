"""What create_vm's cloud_properties may say, for the VM and for each of its networks."""

from __future__ import annotations

from attrs import frozen

from cpikit.types import MiB


@frozen(eq=False, repr=False)
class VmProperties:
    """Sizes in MiB. Without `zone` the disks named in create_vm choose it, else it is z1."""

    cpu: int = 1
    ram: MiB = MiB(1024)  # noqa: RUF009  # a NewType is its int
    ephemeral_disk_size: MiB = MiB(4096)  # noqa: RUF009  # the same; 0 means none
    zone: str | None = None


@frozen(eq=False, repr=False)
class NetworkProperties:
    """`subnet` is a network CID of create_network; without one the address space is flat."""

    subnet: str | None = None
