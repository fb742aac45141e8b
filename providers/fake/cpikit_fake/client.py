"""The one file that speaks to the cloud: each of its operations, with what a second sending does.

Another provider has its SDK here, and no other file of it knows the SDK.
"""

from __future__ import annotations

import os

from cpikit.operations import Effect, Operation, Settled
from cpikit_fake.cloud.failures import CloudFailure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cpikit.cloud import Cloud
    from cpikit_fake.cloud.endpoint import Endpoint

    Resource = dict[str, Any]


def new_token() -> str:
    """A client token that no other process has: two equal requests are two resources."""
    return os.urandom(8).hex()


class Client:
    """Typed calls. `is_unsure` turns true when a call may have been done though its answer is lost.

    All raise FaultError when the cloud refuses or cannot be reached.
    """

    def __init__(self, cloud: Cloud, endpoint: Endpoint) -> None:
        self.is_unsure = False
        self._cloud = cloud
        self._endpoint = endpoint

    def _send(
        self,
        operation: Operation,
        *,
        settled: Callable[[], Settled[dict[str, Any]]] | None = None,
        **parameters: Any,
    ) -> dict[str, Any]:
        def send() -> dict[str, Any]:
            try:
                return self._endpoint.send(operation.name, **parameters)
            except (CloudFailure, ConnectionRefusedError):
                raise
            except Exception:
                self.is_unsure = True
                raise

        return self._cloud(operation, send, settled=settled)

    def register_image(self, what: str, **image: Any) -> str:
        """The id of a new image."""
        operation = Operation("RegisterImage", Effect.TOKENED, what, "stemcell")
        return str(self._send(operation, **image)["id"])

    def delete_image(self, image: str) -> None:
        """Delete it, or find it gone."""
        self._send(Operation("DeleteImage", Effect.IDEMPOTENT, image, "stemcell"), image=image)

    def images(self, *, ids: list[str] | None = None, tags: Any = None) -> list[Resource]:
        """Those that fit."""
        operation = Operation("DescribeImages", Effect.READ, _about(ids), "stemcell")
        return list(self._send(operation, ids=ids, tags=tags)["images"])

    def create_server(self, what: str, **server: Any) -> str:
        """The id of a new server."""
        operation = Operation("CreateServer", Effect.TOKENED, what, "vm")
        return str(self._send(operation, **server)["id"])

    def servers(
        self, *, ids: list[str] | None = None, tags: Any = None, address: str | None = None
    ) -> tuple[list[Resource], float]:
        """Those that fit, oldest first, and what time it is in the cloud."""
        operation = Operation("DescribeServers", Effect.READ, _about(ids), "vm")
        answer = self._send(operation, ids=ids, tags=tags, address=address)
        return list(answer["servers"]), float(answer["now"])

    def start_server(self, server: str) -> None:
        """Make sure that it runs."""
        self._send(Operation("StartServer", Effect.IDEMPOTENT, server, "vm"), server=server)

    def reboot_server(self, server: str, boots: int) -> None:
        """Reboot it once; `boots`, how often it had booted before, settles a lost answer."""

        def settled() -> Settled[dict[str, Any]]:
            (found, *_), _now = self.servers(ids=[server])
            return Settled.done({}) if found["boots"] > boots else Settled.not_done()

        operation = Operation("RebootServer", Effect.ONCE, server, "vm")
        self._send(operation, settled=settled, server=server)

    def delete_server(self, server: str) -> None:
        """Begin to delete it."""
        self._send(Operation("DeleteServer", Effect.IDEMPOTENT, server, "vm"), server=server)

    def tag_server(self, server: str, tags: dict[str, str], name: str | None) -> None:
        """Put these in the place of its tags."""
        operation = Operation("TagServer", Effect.IDEMPOTENT, server, "vm")
        self._send(operation, server=server, tags=tags, name=name)

    def create_volume(self, what: str, **volume: Any) -> str:
        """The id of a new volume."""
        operation = Operation("CreateVolume", Effect.TOKENED, what, "disk")
        return str(self._send(operation, **volume)["id"])

    def volumes(
        self, *, ids: list[str] | None = None, tags: Any = None, attached_to: str | None = None
    ) -> list[Resource]:
        """Those that fit, oldest first."""
        operation = Operation("DescribeVolumes", Effect.READ, _about(ids), "disk")
        return list(self._send(operation, ids=ids, tags=tags, attached_to=attached_to)["volumes"])

    def delete_volume(self, volume: str) -> None:
        """Begin to delete it."""
        self._send(Operation("DeleteVolume", Effect.IDEMPOTENT, volume, "disk"), volume=volume)

    def attach_volume(self, server: str, volume: str) -> None:
        """Begin to attach it; the cloud lets the same server have it twice."""
        operation = Operation("AttachVolume", Effect.IDEMPOTENT, volume, "disk")
        self._send(operation, server=server, volume=volume)

    def detach_volume(self, server: str, volume: str) -> None:
        """Begin to detach it."""
        operation = Operation("DetachVolume", Effect.IDEMPOTENT, volume, "disk")
        self._send(operation, server=server, volume=volume)

    def modify_volume(self, volume: str, *, size: int, type: str) -> None:  # noqa: A002  # the cloud's own word
        """Set size and type."""
        operation = Operation("ModifyVolume", Effect.IDEMPOTENT, volume, "disk")
        self._send(operation, volume=volume, size=size, type=type)

    def tag_volume(self, volume: str, tags: dict[str, str]) -> None:
        """Put these in the place of its tags."""
        operation = Operation("TagVolume", Effect.IDEMPOTENT, volume, "disk")
        self._send(operation, volume=volume, tags=tags)

    def create_snapshot(self, what: str, **snapshot: Any) -> str:
        """The id of a new snapshot."""
        operation = Operation("CreateSnapshot", Effect.TOKENED, what, "snapshot")
        return str(self._send(operation, **snapshot)["id"])

    def snapshots(self, *, ids: list[str] | None = None, tags: Any = None) -> list[Resource]:
        """Those that fit."""
        operation = Operation("DescribeSnapshots", Effect.READ, _about(ids), "snapshot")
        return list(self._send(operation, ids=ids, tags=tags)["snapshots"])

    def delete_snapshot(self, snapshot: str) -> None:
        """Delete it."""
        operation = Operation("DeleteSnapshot", Effect.IDEMPOTENT, snapshot, "snapshot")
        self._send(operation, snapshot=snapshot)

    def create_subnet(self, what: str, **subnet: Any) -> Resource:
        """A new subnet: id, range, gateway, reserved."""
        return self._send(Operation("CreateSubnet", Effect.TOKENED, what, "network"), **subnet)

    def subnets(self, *, ids: list[str] | None = None, tags: Any = None) -> list[Resource]:
        """Those that fit."""
        operation = Operation("DescribeSubnets", Effect.READ, _about(ids), "network")
        return list(self._send(operation, ids=ids, tags=tags)["subnets"])

    def delete_subnet(self, subnet: str) -> None:
        """Delete it."""
        self._send(Operation("DeleteSubnet", Effect.IDEMPOTENT, subnet, "network"), subnet=subnet)


def _about(ids: list[str] | None) -> str:
    return ids[0] if ids else ""
