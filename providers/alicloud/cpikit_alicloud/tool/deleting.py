"""`stemcell delete`: every image of a stemcell in every region, and the snapshots they leave."""

from __future__ import annotations

from typing import Any

from cpikit.errors import CpiError
from cpikit_alicloud import images, tags
from cpikit_alicloud.tool.copies import STEMCELL, Copies, share, stemcells_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cpikit_alicloud.session import Session
    from cpikit_alicloud.tool.clouds import Clouds


class Deletion:
    """Deletes what `stemcell light` made, and nothing else: it is known by its tag."""

    def __init__(self, clouds: Clouds, tell: Callable[[str], object]) -> None:
        self._clouds = clouds
        self._tell = tell
        self._failures: list[str] = []

    def of_light(self, image_ids: dict[str, str]) -> None:
        """The images of a light stemcell, and what else is of the same stemcell anywhere there.

        Raises CpiError naming what could not be deleted.
        """
        known: set[str] = set()
        for region, image_id in image_ids.items():
            with self._clouds.step(region) as session:
                known |= self._looked_at(session, image_id)
        self._everywhere(known, image_ids)

    def of_heavy(self, fingerprint: str, regions: Iterable[str]) -> None:
        """All images of this stemcell in these regions."""
        self._everywhere({fingerprint}, regions)

    def _looked_at(self, session: Session, image_id: str) -> set[str]:
        """The stemcell that the image is of. One without our tag is somebody's own."""
        where = f"image {image_id} in {session.client.region}"
        row = images.by_id(session, image_id)
        if row is None:
            left = images.left_snapshots(session, image_id)
            images.remove_snapshots(session, image_id, left)
            self._tell(f"{where} is gone" + (f", now its snapshots too: {left}" if left else ""))
            return set()
        found = stemcells_of([row])
        if not found:
            self._tell(f"{where} was not made by this tool: it stays")
        return found

    def _everywhere(self, fingerprints: set[str], regions: Iterable[str]) -> None:
        for region in sorted({*regions, self._clouds.home.client.region}):
            for fingerprint in sorted(fingerprints):
                try:
                    self._in_region(region, fingerprint)
                except CpiError as error:
                    self._failures.append(f"{region}: {error.message}")
        if self._failures:
            raise CpiError(f"not everything is deleted: {'; '.join(self._failures)}")

    def _in_region(self, region: str, fingerprint: str) -> None:
        with self._clouds.step(region) as session:
            rows = Copies("stemcell", fingerprint).found(session)
        for row in rows:
            image_id = str(row["ImageId"])
            try:
                with self._clouds.step(region) as session:
                    _delete(session, image_id, row)
            except CpiError as error:
                self._failures.append(f"{region}: {error.message}")
            else:
                self._tell(f"image {image_id} in {region} is deleted")
        with self._clouds.step(region) as session:
            _remove_snapshots(session, fingerprint)


def _delete(session: Session, image_id: str, row: images.Row) -> None:
    """Delete an image, of which nobody may have a share then; one that stays keeps its shares."""
    accounts = images.shared_with(session, image_id)
    share(session, image_id, "RemoveAccount", accounts)
    try:
        images.delete(session, image_id, row)
    except CpiError:
        if images.by_id(session, image_id) is not None:
            share(session, image_id, "AddAccount", accounts)
        raise


def _remove_snapshots(session: Session, fingerprint: str) -> None:
    """Snapshots of images of this stemcell that are gone: a process was killed between both."""
    rows: list[dict[str, Any]] = session.client.listed(
        "Ecs",
        "DescribeSnapshots",
        {"Tag": tags.as_parameter({STEMCELL: fingerprint})},
        "Snapshots",
        "Snapshot",
        resource=fingerprint,
        kind="stemcell",
    )
    ids = [str(row["SnapshotId"]) for row in rows if tags.of(row).get(STEMCELL) == fingerprint]
    images.remove_snapshots(session, "of this stemcell", ids)
