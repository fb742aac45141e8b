"""The lies that the liar can be told to tell, each with the rule that must catch it."""

from typing import TYPE_CHECKING

from cpikit_contracts.liar.lies.table import all_lies

if TYPE_CHECKING:
    from cpikit_contracts.liar.process import Edge


def tell(edge: "Edge") -> None:
    """Make the process tell the lies that its configuration names."""
    known = {lie.name: lie for lie in all_lies()}
    for name in edge.lies:
        known[name].tell(edge)
