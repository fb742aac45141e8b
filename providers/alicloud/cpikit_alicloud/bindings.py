"""What a VM is bound to outside of itself, and how a tag keeps it: EIPs, load balancers, groups."""

from __future__ import annotations

from attrs import frozen

from cpikit_alicloud.tags import LONGEST

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

EIP = "e"
CLB = "c"  # a load balancer's default group
VSERVER = "g"  # a vServer group of one
NLB = "n"
ALB = "a"
_KINDS = {
    EIP: "EIP",
    CLB: "load balancer",
    VSERVER: "vServer group",
    NLB: "NLB server group",
    ALB: "ALB server group",
}
_MORE = "+"
_LAST = EIP + NLB + ALB  # can be found without the tag: the first to go where there is no room


@frozen(order=True)
class Binding:
    """One thing that a VM is bound to: an EIP by its allocation id, or a group and a port."""

    kind: str
    id: str
    port: int = 0
    weight: int = 100

    def __str__(self) -> str:
        return f"{_KINDS[self.kind]} {self.id}{f':{self.port}' if self.port else ''}"

    @property
    def short(self) -> str:
        """As the tag keeps it: `g.rsp-123.8080`; the weight is of no use for unbinding."""
        return ".".join(filter(None, (self.kind, self.id, str(self.port or ""))))


@frozen
class Record:
    """What the tag says: the bindings, and whether there was room for all of them."""

    bindings: tuple[Binding, ...] = ()
    is_complete: bool = True
    fingerprint: str = ""
    nvme: bool | None = None


def written(record: Record) -> str:
    """The value of `cpikit-bindings`: `f=<fingerprint>;d=nvme;b=e.eip-1,g.rsp-2.80`.

    It also keeps what set_vm_metadata, which rewrites `cpikit-state` unread, must not lose: the
    fingerprint and how disks appear (`d`: nvme or virtio). A `+` at the end says that not all
    bindings had room.
    """
    head = [f"f={record.fingerprint}"] if record.fingerprint else []
    if record.nvme is not None:
        head.append(f"d={'nvme' if record.nvme else 'virtio'}")
    shorts = [
        one.short for one in sorted(record.bindings, key=lambda one: (_LAST.find(one.kind), one))
    ]
    for count in range(len(shorts), -1, -1):
        is_whole = record.is_complete and count == len(shorts)
        kept = shorts[:count] + ([] if is_whole else [_MORE])
        value = ";".join([*head, f"b={','.join(kept)}"] if kept else head)
        if len(value) <= LONGEST:
            return value
    return ";".join(head)[:LONGEST]


def read(value: str | None) -> Record | None:
    """What a `cpikit-bindings` says; None where there is none."""
    if not value:
        return None
    letters = dict(part.partition("=")[::2] for part in value.split(";"))
    shorts = [short for short in letters.get("b", "").split(",") if short]
    found = [_one(short) for short in shorts if short != _MORE]
    return Record(
        bindings=tuple(binding for binding in found if binding is not None),
        is_complete=_MORE not in shorts and None not in found,
        fingerprint=letters.get("f", ""),
        nvme={"nvme": True, "virtio": False}.get(letters.get("d", "")),
    )


def of_kind(bindings: Iterable[Binding], *kinds: str) -> list[Binding]:
    """Those of these kinds, in their order."""
    return [binding for binding in bindings if binding.kind in kinds]


def _one(short: str) -> Binding | None:
    kind, _, rest = short.partition(".")
    id_, _, port = rest.partition(".")
    if kind not in _KINDS or not id_ or not (port or "0").isdigit():
        return None
    return Binding(kind, id_, int(port or 0))
