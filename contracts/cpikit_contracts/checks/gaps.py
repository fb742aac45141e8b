"""The rule about what a CPI does not claim."""

from cpikit_contracts import samples
from cpikit_contracts.outcomes import NotAsked
from cpikit_contracts.rules import BOTH, MUST, WIRE, rule
from cpikit_contracts.scenario import Scenario

# Elsewhere the callers take NotSupported as well (disk_manager.rb), or simply fail.
ONLY_NOT_IMPLEMENTED = {
    "set_vm_metadata": "metadata_updater.rb",
    "set_disk_metadata": "metadata_updater.rb",
    "snapshot_disk": "snapshot_manager.rb",
    "delete_snapshot": "snapshot_manager.rb",
    "get_disks": "snapshot_self.rb",
    "has_vm": "vm_scan_stage.rb",
    "has_disk": "disk_scan_stage.rb",
}


@rule(
    "gap.is-answered-as-not-implemented",
    MUST,
    WIRE,
    "A method that the CPI does not claim answers NotImplemented, or NotSupported where "
    "that is read.",
    "metadata_updater.rb; disk_manager.rb; snapshot_manager.rb",
    checks=(80, 97, 102, 104),
    callers=BOTH,
    needs=("endpoint",),
)
def gaps_are_honest(s: Scenario) -> None:
    """Call every declared gap well-formed, about things that do not exist."""
    endpoint = "dead" if s.profile.dead else "world"
    asked = 0
    for name in s.profile.gaps:
        if not s.calls(name):
            continue
        missing = samples.unnamed(s, name)
        if missing:
            s.notes.append(f"{name} was not asked: [unknown] names no {', no '.join(missing)}")
            continue
        asked += 1
        answer = s.call(name, *samples.arguments(s, name), endpoint=endpoint)
        allowed = ["NotImplemented"]
        if name not in ONLY_NOT_IMPLEMENTED:
            allowed.append("NotSupported")
        means = answer.error is not None and answer.error.means_not_implemented
        s.want(
            means or answer.is_error(*allowed),
            f"{name} is declared a gap, so it should answer {' or '.join(allowed)}, found {answer}",
        )
    if s.notes and not asked:
        raise NotAsked("; ".join(s.notes))
    if not s.profile.gaps:
        s.notes.append("the profile declares no gap: every method is claimed")
