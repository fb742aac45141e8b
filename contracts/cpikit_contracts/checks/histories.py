"""Rules about long random histories of calls, held against a small model of the contract."""

from cpikit_contracts.exploring import explore
from cpikit_contracts.lives import DISK, VM
from cpikit_contracts.rules import BY_TURNS, MODEL, MUST, rule
from cpikit_contracts.scenario import Scenario

METHODS = (*VM, *DISK)
EXAMPLES = 14
STEPS = 12


@rule(
    "model.histories-agree",
    MUST,
    MODEL,
    "Whatever the order of valid and invalid calls, the answers agree with the model of "
    "the contract.",
    "sections 2.2 and 2.3 of the contract, as one model",
    callers=BY_TURNS,
    methods=METHODS,
)
def histories_agree(s: Scenario) -> None:
    """A hypothesis state machine makes histories from the run's seed and shrinks what fails."""
    explore(s, examples=EXAMPLES, steps=STEPS, parallel=False)


@rule(
    "model.parallel-histories-agree",
    MUST,
    MODEL,
    "The same with up to four processes at once on different things.",
    "docs-bosh build-cpi.md concurrency",
    checks=(119,),
    callers=BY_TURNS,
    methods=METHODS,
)
def parallel_histories_agree(s: Scenario) -> None:
    """The same state machine, with steps that start two to four calls at the same time."""
    explore(s, examples=EXAMPLES // 2, steps=STEPS, parallel=True)
