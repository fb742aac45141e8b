"""Waiting for one image, and telling how far it is."""

from __future__ import annotations

from cpikit.waiting import Seen, wait_until
from cpikit_alicloud import images
from cpikit_alicloud.patience import patient

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cpikit_alicloud.session import Session
    from cpikit_alicloud.tool.progress import Progress

_WHOLE = 100.0
LONGEST_PAUSE_S = 30.0


def awaited(session: Session, image_id: str, progress: Progress, task_id: str = "") -> images.Row:
    """The image once it is available. Raises CloudError as soon as it has failed."""
    look = telling(session, image_id, progress, task_id)
    seen = wait_until(
        session.context.clock,
        look,
        what=f"image {image_id}",
        wanted="Available",
        deadline_s=session.config.waits.image_s,
        cap_s=LONGEST_PAUSE_S,
    )
    return seen.value or {}


def telling(
    session: Session, image_id: str, progress: Progress, task_id: str = ""
) -> Callable[[], Seen[images.Row]]:
    """A look at an image that tells what it sees, and has patience with the cloud."""
    look = patient(session, images.looking(session, image_id, task_id))

    def tell() -> Seen[images.Row]:
        seen = look()
        percent = _WHOLE if seen.done else _percent(seen.value)
        progress.tell(session.client.region, f"{image_id} {seen.state}", percent)
        return seen

    return tell


def _percent(row: images.Row | None) -> float | None:
    text = str((row or {}).get("Progress") or "").removesuffix("%")
    return float(text) if text.isdigit() else None
