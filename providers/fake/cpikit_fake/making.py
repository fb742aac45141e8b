"""Making a thing so that it is never lost: not by a lost answer, not by a caller who goes away."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cpikit.undo import Undo
    from cpikit_fake.client import Client


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
