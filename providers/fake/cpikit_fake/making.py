"""Making a thing so that it is never lost: not by a lost answer, not by a caller who goes away."""

from __future__ import annotations

from cpikit.errors import CloudError
from cpikit.operations import FaultError
from cpikit.waiting import Seen
from cpikit_fake.client import new_token
from cpikit_fake.marks import STATE, marks, with_metadata

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any

    from cpikit.api import CallContext
    from cpikit.undo import Undo
    from cpikit_fake.client import Client, Resource

    Wait = Callable[[Callable[[], Seen[Any]], str, str], Any]

_CHUNK = 1 << 20
_VISIBLE_WITHIN_S = 5.0  # longer than a read may lag


def make(
    client: Client,
    undo: Undo,
    *,
    noun: str,
    send: Callable[[], str],
    marked: Callable[[], Iterable[str]],
    remove: Callable[[str], None],
) -> str:
    """Send a creating call, and have what it made taken back when the rest of the method fails.

    Until its id is known the thing is known by its mark: `marked` finds what carries it. So the
    undo finds it even when no answer ever came.
    """

    def remove_marked() -> None:
        for cid in marked():
            remove(cid)

    unnamed = f"a {noun} whose id is not known yet"
    client.is_unsure = False
    undo.push(unnamed, remove_marked)
    try:
        cid = send()
    except BaseException:  # CallerGone too, which ends the waits between two attempts
        if not client.is_unsure:
            undo.forget(unnamed)  # refused or never sent: there is nothing to look for
        raise
    undo.forget(unnamed)
    undo.push(f"{noun} {cid}", lambda: remove(cid))
    return cid


class Making:
    """Making for one call: its marks, its token, and the wait until what was made can be used.

    Disks, stemcells, snapshots and networks have no key by which a second request is known: two
    equal ones are two things. So the token is random, and what is made is marked as unclaimed.
    """

    def __init__(self, context: CallContext, client: Client, wait: Wait) -> None:
        self._context = context
        self._client = client
        self._wait = wait
        self._token = ""

    def marks(self, metadata: dict[str, Any] | None = None) -> dict[str, str]:
        """The marks of what this call makes, unclaimed, with metadata that comes with it."""
        self._token = new_token()
        ours = marks(
            self._context.director_uuid,
            request_id=self._context.request_id,
            token=self._token,
            now_s=self._context.clock.time_s(),
        )
        return {**with_metadata(ours, metadata or {}), STATE: ours[STATE]}

    def make(
        self,
        noun: str,
        send: Callable[[str], str],
        marked: Callable[[], Iterable[Resource]],
        remove: Callable[[str], None],
    ) -> str:
        """Make one with the token of these marks; `marked` lists what carries them."""
        return make(
            self._client,
            self._context.undo,
            noun=noun,
            send=lambda: send(self._token),
            marked=lambda: [str(one["id"]) for one in marked()],
            remove=remove,
        )

    def await_state(
        self,
        noun: str,
        cid: str,
        describe: Callable[..., list[Resource]],
        wanted: tuple[str, ...] = ("Available",),
    ) -> Resource:
        """Wait until it is in one of these states; one that goes away meanwhile is an error.

        Absence right after its making is only a delay, and one lagging look is none either.
        """
        clock = self._context.clock
        last_seen_s = clock.monotonic_s()

        def look() -> Seen[Resource]:
            nonlocal last_seen_s
            found = describe(ids=[cid])
            if found:
                last_seen_s = clock.monotonic_s()
                return Seen(found[0]["state"], found[0], done=found[0]["state"] in wanted)
            if clock.monotonic_s() - last_seen_s > _VISIBLE_WITHIN_S:
                raise CloudError(f"{noun} {cid} went away, wanted {' or '.join(wanted)}")
            return Seen("not to be seen")

        found: Resource = self._wait(look, f"{noun} {cid}", " or ".join(wanted))
        return found


def gone_is_fine(codes: str, send: Callable[[], None]) -> bool:
    """Send what removes something; gives whether the cloud said that it was gone already."""
    try:
        send()
    except FaultError as error:
        if error.fault.code not in codes.split():
            raise
        return True
    return False


def read_image(image_path: str) -> tuple[int, str]:
    """Size and checksum of a stemcell's file. Raises CloudError when it cannot be read."""
    from zlib import crc32

    size, checksum = 0, 0
    try:
        with open(image_path, "rb") as file:  # noqa: PTH123  # pathlib costs a cold start 3 ms
            while chunk := file.read(_CHUNK):
                size += len(chunk)
                checksum = crc32(chunk, checksum)
    except (OSError, ValueError) as error:
        raise CloudError(
            f"image {image_path} cannot be read ({error}), wanted the stemcell's file; "
            "nothing was made"
        ) from error
    return size, f"{checksum:08x}"
