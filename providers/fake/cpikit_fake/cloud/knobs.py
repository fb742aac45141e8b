"""What can be turned on the cloud: its limits, its delays, and how soon it shows what it made."""

from __future__ import annotations

from cpikit_fake.cloud.failures import CloudFailure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SECONDS = "seconds from 0 on"
COUNT = "a whole number from 0 on, or null for no limit"

KNOBS: dict[str, tuple[str, float | None]] = {
    "image_s": (SECONDS, 0.0),  # until an image can be used
    "server_start_s": (SECONDS, 0.0),
    "server_delete_s": (SECONDS, 0.0),
    "volume_create_s": (SECONDS, 0.0),
    "volume_delete_s": (SECONDS, 0.0),
    "volume_attach_s": (SECONDS, 0.0),
    "volume_detach_s": (SECONDS, 0.0),
    "volume_resize_s": (SECONDS, 0.0),
    "snapshot_s": (SECONDS, 0.0),
    "visible_after_s": (SECONDS, 0.0),  # until a Describe shows what was made
    "server_quota": (COUNT, None),
    "volume_quota": (COUNT, None),
    "server_stock": (COUNT, None),  # how many the cloud itself has room for
    "volume_space_mib": (COUNT, None),
}


def check(name: str, value: object) -> None:
    """Raise CloudFailure for a knob that is not there, or a value that it cannot have."""
    if name not in KNOBS:
        known = ", ".join(KNOBS)
        raise CloudFailure("NoSuchKnob", f"knob {name!r} does not exist, wanted one of {known}")
    wanted, _ = KNOBS[name]
    fits = isinstance(value, int | float) and not isinstance(value, bool) and value >= 0
    if wanted is COUNT:
        fits = value is None or (fits and isinstance(value, int))
    if not fits:
        raise CloudFailure("BadKnob", f"knob {name} is {value!r}, wanted {wanted}")


def listed(state: dict[str, Any]) -> list[dict[str, Any]]:
    """Every knob as the control interface shows it."""
    turned = state["knobs"]
    return [
        {
            "name": name,
            "values": wanted,
            "default": default,
            "value": turned.get(name, default),
            "source": "control" if name in turned else "default",
        }
        for name, (wanted, default) in KNOBS.items()
    ]
