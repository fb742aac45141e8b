"""The cloud's operations on images."""

from __future__ import annotations

from cpikit_fake.cloud.world import World, check_tags, matches

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def register_image(world: World, **wanted: Any) -> dict[str, Any]:
    """Make an image; asked again with the same token it answers the same id."""
    token = wanted.pop("token")
    made = world.made_by(token)
    if made is not None:
        return {"id": made}
    check_tags(wanted["tags"])
    image = world.make("images", "Pending", token, **wanted)
    world.begin(image, "Pending", "Available", world.knob("image_s"))
    return {"id": image["id"]}


def describe_images(
    world: World, ids: list[str] | None = None, tags: dict[str, str] | None = None
) -> dict[str, Any]:
    """The images that fit both filters."""
    return {"images": [one for one in world.visible("images", ids) if matches(one, ids, tags)]}


def delete_image(world: World, image: str) -> dict[str, Any]:
    """Delete it; servers made of it live on."""
    world.begin(world.find("images", image), "Deleting", "Gone", 0)
    return {}
