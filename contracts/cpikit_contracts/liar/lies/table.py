"""All lies, collected from the files that tell them."""

from cpikit_contracts.liar.lies import (
    answers,
    clouds,
    disks,
    peers,
    processes,
    requests,
    settings,
    stories,
    things,
    vms,
)
from cpikit_contracts.liar.lies.kinds import Lie


def all_lies() -> list[Lie]:
    """Every lie, in the order of the files."""
    modules = (answers, processes, requests, vms, disks, things, settings, clouds, peers, stories)
    found = [each for module in modules for each in module.LIES]
    names = [each.name for each in found]
    doubled = {name for name in names if names.count(name) > 1}
    if doubled:
        raise ValueError(f"lies with the same name: {sorted(doubled)}")
    return found
