"""What a light stemcell is made from: a heavy stemcell's tarball, or an image that is there."""

from __future__ import annotations

import tempfile
from contextlib import ExitStack
from typing import Any, Protocol

from attrs import frozen

from cpikit.converter import Problems, Unknowns, strict_converter, structure
from cpikit.errors import CpiError
from cpikit_alicloud import image_making, images, tags
from cpikit_alicloud.properties.lenient import teach
from cpikit_alicloud.properties.stemcell import StemcellProperties
from cpikit_alicloud.tool import telling
from cpikit_alicloud.tool.copies import UPLOAD, Copies, Want, fingerprint
from cpikit_alicloud.tool.tarballs import Stemcell, read, take_image

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cpikit_alicloud.session import Session
    from cpikit_alicloud.tool.progress import Progress

_FORMAT = "alicloud-raw"
_PROTOCOL = "1"
_OF_FEATURES = {"NvmeSupport": "nvme_support", "ImdsSupport": "imds_support"}


class Source(Protocol):
    """Where the first image comes from."""

    @property
    def copies(self) -> Copies:
        """All images of the stemcell."""

    @property
    def is_disposable(self) -> bool:
        """Whether the first image is our own, and goes where nobody wants it as it is."""

    def manifest(self) -> dict[str, Any]:
        """The manifest without its images."""

    def find(self, home: Session) -> images.Row | None:
        """The first image in its region, in whatever state; None before it is made."""

    def make(self, home: Session, progress: Progress) -> images.Row:
        """The first image, available, made now."""

    def tidy(self, home: Session, row: images.Row) -> None:
        """Remove what an earlier run has left of the making of the first image."""


@frozen
class Heavy:
    """A heavy stemcell: its image is uploaded, and imported."""

    stemcell: Stemcell
    copies: Copies
    is_disposable: bool = True

    @classmethod
    def at(cls, path: str) -> Heavy:
        """The one in this tarball. Raises CpiError for a light one."""
        stemcell = read(path)
        if stemcell.image_ids:
            raise CpiError(f"{path} is a light stemcell already")
        if not stemcell.digest:
            raise CpiError(f"{path}: its manifest has no sha1")
        name, version = str(stemcell.manifest["name"]), str(stemcell.manifest["version"])
        copies = Copies(f"{name}-{version}", fingerprint(stemcell.digest, name, version))
        return cls(stemcell, copies)

    def manifest(self) -> dict[str, Any]:
        """As it is."""
        return dict(self.stemcell.manifest)

    def find(self, home: Session) -> images.Row | None:
        """By its tags."""
        return self.copies.usable(home, Want(home.client.region))

    def tidy(self, home: Session, row: images.Row) -> None:
        """Remove the file that the image was imported from, if a killed process left it."""
        from cpikit_alicloud import uploads  # 200 ms of the OSS SDK

        digest = tags.of(row).get(UPLOAD)
        if digest:
            uploads.remove_left(home, digest, [str(row["ImageId"])])

    def forget(self, home: Session) -> None:
        """Remove what an upload left that never became an image."""
        from cpikit_alicloud import stemcell_files, uploads  # 200 ms of the OSS SDK

        with tempfile.TemporaryDirectory(prefix="cpikit-stemcell-") as folder:
            digest = stemcell_files.digest(take_image(self.stemcell, folder))
        uploads.remove_left(home, digest)

    def make(self, home: Session, progress: Progress) -> images.Row:
        """Upload what is not there yet, import it, and wait."""
        from cpikit_alicloud import uploads  # 200 ms of the OSS SDK

        region = home.client.region
        properties = _properties(self.stemcell.properties)
        image_making.check(properties)
        task = [""]
        with ExitStack() as stack:
            progress.tell(region, "reading the stemcell")
            folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="cpikit-stemcell-"))
            image = take_image(self.stemcell, folder)
            place = stack.enter_context(
                uploads.uploaded(home, image, lambda done: progress.tell(region, "uploading", done))
            )

            def begin(order: image_making.Order) -> str:
                image_id, task[0] = image_making.begin_import(home, properties, order, place.file)
                return image_id

            image_id = self.copies.made(home, Want(region), begin, place.digest)
            progress.tell(region, f"importing {image_id}")
            row = telling.awaited(home, image_id, progress, task[0])
            place.imported.add(image_id)
            return row


@frozen
class Given:
    """An image that is there: it is copied, and otherwise left as it is."""

    image_id: str
    row: images.Row
    name: str
    version: str
    operating_system: str
    copies: Copies
    is_disposable: bool = False

    @classmethod
    def at(
        cls, home: Session, image_id: str, *, name: str, version: str, operating_system: str
    ) -> Given:
        """The image of that id. Raises CpiError where it does not exist."""
        row = images.by_id(home, image_id)
        if row is None:
            raise CpiError(
                f"image {image_id} does not exist in {home.client.region}, or is not shared with "
                "this account"
            )
        mark = fingerprint(image_id, name, version)
        return cls(
            image_id, row, name, version, operating_system, Copies(f"{name}-{version}", mark)
        )

    def manifest(self) -> dict[str, Any]:
        """What the image tells of itself."""
        features = images.features_of(self.row)
        found = {
            "name": self.name,
            "version": self.version,
            "architecture": self.row.get("Architecture"),
            "boot_mode": self.row.get("BootMode"),
            **{ours: features.get(theirs) for theirs, ours in _OF_FEATURES.items()},
        }
        return {
            "name": self.name,
            "version": self.version,
            "bosh_protocol": _PROTOCOL,
            "operating_system": self.operating_system,
            "stemcell_formats": [_FORMAT],
            "cloud_properties": {key: value for key, value in found.items() if value},
        }

    def find(self, home: Session) -> images.Row | None:
        """It is there."""
        del home
        return self.row

    def tidy(self, home: Session, row: images.Row) -> None:
        """Nothing was made."""

    def make(self, home: Session, progress: Progress) -> images.Row:
        """Nothing to make: wait where it is on its way."""
        return telling.awaited(home, self.image_id, progress)


def _properties(given: dict[str, Any]) -> StemcellProperties:
    """The manifest's cloud_properties as create_stemcell reads them; unknown keys pass."""
    converter = strict_converter(Unknowns("warn"))
    teach(converter)
    try:
        return structure(converter, given, StemcellProperties, "$.cloud_properties")
    except Problems as error:
        raise CpiError(f"the stemcell's manifest: {'; '.join(error.lines)}") from error
