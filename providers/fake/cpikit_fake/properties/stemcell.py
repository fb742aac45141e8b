"""What the fake reads of a stemcell's properties; whatever else stands there is let through."""

from __future__ import annotations

from typing import Any

from attrs import frozen


@frozen(eq=False, repr=False)
class StemcellProperties:
    """A stemcell with an `image_id`, or in format "light", is a light one: its file is a dummy."""

    name: str = "stemcell"
    version: str = "0"
    disk_format: str | None = None
    image_id: Any = None

    @property
    def is_light(self) -> bool:
        """Whether everything about it stands in the properties."""
        return self.image_id is not None or self.disk_format in ("light", "fake-light")
