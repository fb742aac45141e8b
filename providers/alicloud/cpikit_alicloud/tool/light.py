"""`stemcell light`: one image imported, a copy in each region, and the tarball that names them.

All state is in the cloud: each step first looks for what an earlier run has left, so the same
command goes on where another one ended, however that ended.
"""

from __future__ import annotations

from attrs import frozen

from cpikit.errors import CpiError
from cpikit.waiting import Seen, wait_until
from cpikit_alicloud import image_making, images
from cpikit_alicloud.tool import telling
from cpikit_alicloud.tool.copies import Want

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cpikit_alicloud.tool.clouds import Clouds
    from cpikit_alicloud.tool.progress import Progress
    from cpikit_alicloud.tool.sources import Source

_AGAIN = "the same command goes on from here"


@frozen
class Light:
    """Makes the images of one light stemcell."""

    clouds: Clouds
    source: Source
    progress: Progress

    def made(self, wants: Sequence[Want], accounts: Iterable[str] = ()) -> dict[str, str]:
        """The image's id in each region. Raises CpiError naming the regions that have none.

        What succeeded elsewhere stays, and is found by the next run.
        """
        failures: dict[str, str] = {}
        first, ids = self._begun(wants, failures)
        rows = self._awaited(ids, failures)
        for region, row in rows.items():
            try:
                with self.clouds.step(region) as session:
                    self.source.copies.finish(session, row, first, accounts)
                self.progress.tell(region, f"ready: {row['ImageId']}", 100)
            except CpiError as error:
                failures[region] = error.message
        if failures:
            told = "; ".join(f"{region}: {why}" for region, why in sorted(failures.items()))
            raise CpiError(f"no image in {told}; {_AGAIN}")
        self._tidy(first, rows)
        return {region: str(row["ImageId"]) for region, row in rows.items()}

    def _begun(
        self, wants: Sequence[Want], failures: dict[str, str]
    ) -> tuple[images.Row | None, dict[str, str]]:
        """The first image, and the copies' ids: found, or begun now, as far as that goes."""
        ids: dict[str, str] = {}
        missing = []
        for want in wants:
            with self.clouds.step(want.region) as session:
                row = self.source.copies.usable(session, want)
            if row is None:
                missing.append(want)
            else:
                ids[want.region] = str(row["ImageId"])
                self.progress.tell(want.region, f"found {row['ImageId']}")
        with self.clouds.step() as home:
            found = self.source.find(home)
            first = self._first(found) if missing else None
        if first is None:
            return found, ids
        for want in missing:
            try:
                ids[want.region] = self._begin(want, first)
            except CpiError as error:
                failures[want.region] = error.message
        return first, ids

    def _first(self, found: images.Row | None) -> images.Row:
        """The first image, available."""
        if found is None:
            return self.source.make(self.clouds.home, self.progress)
        if found.get("Status") in images.AVAILABLE:
            return found
        return telling.awaited(self.clouds.home, str(found["ImageId"]), self.progress)

    def _begin(self, want: Want, first: images.Row) -> str:
        """The id of a copy that is begun; the first image itself where it is what is wanted."""
        home, first_id = self.clouds.home, str(first["ImageId"])
        if want.region == home.client.region and (not want.encrypted or images.is_encrypted(first)):
            return first_id

        def begin(order: image_making.Order) -> str:
            return image_making.begin_copy(
                home,
                first_id,
                order,
                want.region,
                encrypted=want.encrypted,
                kms_key_id=want.kms_key_id,
            )

        with self.clouds.step():
            image_id = self.source.copies.made(self.clouds.at(want.region), want, begin)
        self.progress.tell(want.region, f"copying {image_id}")
        return image_id

    def _awaited(self, ids: dict[str, str], failures: dict[str, str]) -> dict[str, images.Row]:
        """The images once all are available or have failed: the rows by region."""
        looks = {
            region: telling.telling(self.clouds.at(region), image_id, self.progress)
            for region, image_id in ids.items()
        }
        rows: dict[str, images.Row] = {}

        def look() -> Seen[None]:
            for region in [one for one in looks if one not in rows and one not in failures]:
                try:
                    with self.clouds.step(region):
                        seen = looks[region]()
                except CpiError as error:
                    failures[region] = error.message
                else:
                    rows.update({region: seen.value} if seen.done and seen.value else {})
            waiting = sorted(set(looks) - set(rows) - set(failures))
            return Seen(f"not there yet in {', '.join(waiting)}", done=not waiting)

        home = self.clouds.home
        wait_until(
            home.context.clock,
            look,
            what=f"stemcell {self.source.copies.label}",
            wanted="available everywhere",
            deadline_s=home.config.waits.image_s,
            cap_s=telling.LONGEST_PAUSE_S,
        )
        return rows

    def _tidy(self, first: images.Row | None, rows: dict[str, images.Row]) -> None:
        """Remove what was only a step on the way: the file, and an image that nobody wants."""
        if first is None:
            return
        kept = {str(row["ImageId"]) for row in rows.values()}
        with self.clouds.step() as home:
            self.source.tidy(home, first)
            if self.source.is_disposable and str(first["ImageId"]) not in kept:
                images.delete(home, str(first["ImageId"]))
