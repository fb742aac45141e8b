"""The images of one stemcell in all regions: known by tags, so that a second run finds them.

Names are unique in a region, and follow from the stemcell and the kind of copy: two processes, or
one that was killed and its successor, can never make the same image twice.
"""

from __future__ import annotations

from hashlib import sha256

from attrs import frozen

from cpikit.errors import CloudError
from cpikit.operations import FaultError
from cpikit_alicloud import image_making, images, tags
from cpikit_alicloud.patience import await_listed

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cpikit_alicloud.session import Session

STEMCELL = "cpikit-stemcell"
"""The tag on every image of a stemcell: which stemcell, as `fingerprint` gives it."""
COPY = "cpikit-copy"
"""The tag that tells one copy from another: plain, or encrypted by which key."""
UPLOAD = "cpikit-upload"
"""The tag with the digest of the file that an image was imported from: it may lie about still."""

_TAKEN = "InvalidImageName.Duplicated"
_LONGEST_NAME = 128  # ImportImage, ImageName
_ACCOUNTS_PER_CALL = 10  # ModifyImageSharePermission: what is more is dropped in silence


@frozen
class Want:
    """A copy that is wanted in a region."""

    region: str
    encrypted: bool = False
    kms_key_id: str = ""

    @property
    def kind(self) -> str:
        """The value of its tag."""
        return f"encrypted {self.kms_key_id}".strip() if self.encrypted else "plain"


@frozen
class Copies:
    """All images of one stemcell: `label` is for people, `fingerprint` tells stemcells apart."""

    label: str
    fingerprint: str

    def found(self, session: Session, want: Want | None = None) -> list[images.Row]:
        """Its images in the session's region, of that kind where one is named, the best first."""
        wanted = {STEMCELL: self.fingerprint}
        if want is not None:
            wanted[COPY] = want.kind
        rows = session.client.listed(
            "Ecs",
            "DescribeImages",
            {"Tag": tags.as_parameter(wanted), "Status": images.STATES},
            "Images",
            "Image",
            resource=self.label,
            kind="stemcell",
        )
        ours = [row for row in rows if wanted.items() <= tags.of(row).items()]
        return sorted(ours, key=_rank)

    def usable(self, session: Session, want: Want) -> images.Row | None:
        """The copy that is there or on its way. One that failed is deleted: it holds the name."""
        for row in self.found(session, want):
            if row.get("Status") not in images.FAILED:
                return row
            images.delete(session, str(row["ImageId"]), row)
        return None

    def made(
        self,
        session: Session,
        want: Want,
        begin: Callable[[image_making.Order], str],
        digest: str = "",
    ) -> str:
        """The id of the copy, begun now unless another process has begun it meanwhile.

        `session` is the one of the copy's own region; `digest` is noted in its tags.
        """
        try:
            return begin(image_making.Order(self._name(want), self._tags(want, digest)))
        except FaultError as error:
            if error.fault.code != _TAKEN:
                raise
            await_listed(session, lambda: self.found(session, want) or None)
            row = self.usable(session, want)
            if row is None:
                raise CloudError(
                    f"an image {self._name(want)!r} is in {want.region} already, and is none of "
                    "this stemcell: rename or delete it"
                ) from error
            return str(row["ImageId"])

    def finish(
        self, session: Session, row: images.Row, source: images.Row | None, accounts: Iterable[str]
    ) -> None:
        """Give an available copy its features, its snapshots their marks, others their access."""
        if source is not None and source["ImageId"] != row["ImageId"]:
            image_making.keep_features(session, source, row)
        if STEMCELL in tags.of(row):
            images.mark_snapshots(session, row, {STEMCELL: self.fingerprint})
        image_id = str(row["ImageId"])
        wanted = list(accounts)
        missing = sorted(set(wanted) - set(images.shared_with(session, image_id))) if wanted else []
        share(session, image_id, "AddAccount", missing)

    def _name(self, want: Want) -> str:
        unique = sha256(f"{self.fingerprint} {want.kind}".encode()).hexdigest()[:16]
        plain = tags.display_name(f"light-{self.label}")
        return f"{plain[: _LONGEST_NAME - len(unique) - 1]}-{unique}"

    def _tags(self, want: Want, digest: str) -> list[dict[str, str]]:
        found = {STEMCELL: self.fingerprint, COPY: want.kind[: tags.LONGEST]}
        return tags.as_parameter({**found, UPLOAD: digest} if digest else found)


def share(session: Session, image_id: str, how: str, accounts: list[str]) -> None:
    """`AddAccount`: let the accounts use the image; `RemoveAccount`: no more."""
    for at in range(0, len(accounts), _ACCOUNTS_PER_CALL):
        some = accounts[at : at + _ACCOUNTS_PER_CALL]
        image_making.change(
            session, "ModifyImageSharePermission", image_id, {"ImageId": image_id, how: some}
        )


def fingerprint(*parts: str) -> str:
    """What tells one stemcell from all others: its content, name and version."""
    return sha256("\n".join(parts).encode()).hexdigest()[:32]


def stemcells_of(rows: Iterable[images.Row]) -> set[str]:
    """The stemcells that these images are of, as their tags say."""
    return {found for row in rows if (found := tags.of(row).get(STEMCELL, ""))}


def _rank(row: images.Row) -> tuple[bool, bool, str]:
    status = row.get("Status")
    return status in images.FAILED, status not in images.AVAILABLE, str(row["ImageId"])
