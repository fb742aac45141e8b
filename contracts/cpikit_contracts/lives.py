"""What a rule that makes things cannot do without: what they stand on, and what removes them.

A rule is not asked where one of its methods is a declared gap; so it names all that it calls, and
all that the cleaning after it calls: what could not be deleted is not made.
"""

from typing import Final

STEMCELL: Final = ("create_stemcell", "delete_stemcell")
VM: Final = (*STEMCELL, "create_vm", "delete_vm")
DISK: Final = ("create_disk", "delete_disk")
ATTACH: Final = (*VM, *DISK, "attach_disk", "detach_disk")
SNAPSHOT: Final = (*ATTACH, "snapshot_disk", "delete_snapshot")  # of a disk that was attached once
NETWORK: Final = ("create_network", "delete_network")
