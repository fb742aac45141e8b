"""Make knobs of what object storage leaves open, and quotas of its limits."""

from __future__ import annotations

from functools import lru_cache
from typing import cast, get_args, get_type_hints

from attrs import fields

from cpikit_alicloud_simulator.knobs import Knob, KnobValue
from cpikit_alicloud_simulator.oss import SETTING_SOURCES, OssSettings
from cpikit_alicloud_simulator.world import World


@lru_cache(maxsize=1)
def oss_knobs() -> tuple[Knob[str] | Knob[int] | Knob[bool], ...]:
    """Give one knob for each setting of OSS, its default first among its values."""
    hints = get_type_hints(OssSettings)
    found: list[Knob[str] | Knob[int] | Knob[bool]] = []
    for setting in fields(OssSettings):
        name, default, source = f"oss.{setting.name}", setting.default, SETTING_SOURCES
        about = f"OSS: {setting.name.replace('_', ' ')}."
        said = source.get(setting.name, "the simulator's own")
        if isinstance(default, bool):
            found.append(Knob(name, default, (default, not default), about, said))
        elif isinstance(default, int):
            found.append(Knob(name, default, (default,), about, said, is_open=True))
        else:
            values = cast("tuple[str, ...]", get_args(hints[setting.name]))
            found.append(Knob(name, cast("str", default), values, about, said))
    return tuple(found)


def settings_of(world: World) -> OssSettings:
    """Give the settings of OSS as a world's knobs have them."""
    chosen: dict[str, KnobValue] = {
        knob.name.removeprefix("oss."): world.knobs.value(knob.name) for knob in oss_knobs()
    }
    return OssSettings(**chosen)  # type: ignore[arg-type]  # each knob has its field's type
