"""Rules about a CPI that is ended in the middle of its work, at every one of its cloud calls."""

import signal

from cpikit_contracts.callers import Running
from cpikit_contracts.lives import VM
from cpikit_contracts.outcomes import Blocked, Broken, NotServed
from cpikit_contracts.preparing import MAKING, SWEPT
from cpikit_contracts.rules import BY_TURNS, MUST, SHOULD, SWEEP, rule
from cpikit_contracts.scenario import Scenario
from cpikit_contracts.sweeping import Disturbed, Sweep, kill

NEEDS = ("control",)
LATER_S = 3600


@rule(
    "sweep.kill-converges",
    MUST,
    SWEEP,
    "Killed at any cloud call, the same request again brings the world where one call brings it.",
    "no caller has a time limit; operators kill what hangs (vsphere#276)",
    checks=(120,),
    callers=BY_TURNS,
    items=SWEPT,
    needs=NEEDS,
)
def kill_converges(s: Scenario) -> None:
    """Hold each cloud call before and after its work, kill -9 there, send the request again."""
    sweep = Sweep(s, s.item)

    def judge(disturbed: Disturbed) -> None:
        disturbed.must_converge(marked=True)

    for number, call in sweep.points():
        for hold in ("hold_before", "hold_after") if number == 1 else ("hold_after",):
            name = f"killed {hold[5:]} its call {number} ({call['name']})"
            sweep.disturb(name, {"nth": number, "times": 1, "do": hold}, judge, kill)


@rule(
    "sweep.new-agent-gets-the-address",
    MUST,
    SWEEP,
    "A killed create_vm does not keep its address: the next one, with a new agent id, gets it.",
    "bosh-alicloud-cpi-release#47; bosh-openstack-cpi-release#114; bosh#1991",
    checks=(63, 120),
    callers=BY_TURNS,
    methods=VM,
    needs=("control", "manual"),
)
def new_agent(s: Scenario) -> None:
    """Kill create_vm at each cloud call; then a new agent id, at once or an hour later."""
    sweep = Sweep(s, "create_vm")

    def judge(disturbed: Disturbed) -> None:
        document = dict(disturbed.document)
        document["arguments"] = [s.agent_id(), *document["arguments"][1:]]
        answer = s.send(document)
        if not answer.succeeded and "control" in s.session.world.line:
            # A CPI may keep what is young, in case that its caller still asks again.
            try:
                s.control.ask("POST", "/clock", {"advance_s": LATER_S})
            except NotServed as error:
                raise Blocked(f"{answer}, and no hour could pass: {error}") from error
            answer = s.send(document)
        if not answer.succeeded:
            raise Broken(
                f"{disturbed.where}, then a new agent on the same address, also an hour later "
                f"on the world's clock: {answer}"
            )
        disturbed.must_equal()

    for number, call in sweep.points():
        name = f"killed after its call {number} ({call['name']})"
        sweep.disturb(name, {"nth": number, "times": 1, "do": "hold_after"}, judge, kill)


@rule(
    "sweep.sigterm-is-answered",
    SHOULD,
    SWEEP,
    "On SIGTERM at any cloud call the CPI answers, leaves nothing that nobody knows, and "
    "can go on.",
    "bosh-aws-cpi-release#69; bosh-azure-cpi-release#601",
    checks=(120,),
    callers=BY_TURNS,
    items=SWEPT,
    needs=NEEDS,
)
def sigterm(s: Scenario) -> None:
    """Hold each cloud call after its work, send SIGTERM, let it go on, send the request again."""
    sweep = Sweep(s, s.item)

    def terminate(running: Running, rule_id: str) -> None:
        running.signal(signal.SIGTERM)
        s.control.release(rule_id)

    def judge(disturbed: Disturbed) -> None:
        disturbed.must_answer()
        if disturbed.answer.succeeded:
            disturbed.must_equal()
        else:
            _must_leave_nothing(disturbed)
            disturbed.must_converge(marked=False)

    for number, call in sweep.points():
        name = f"SIGTERM after its call {number} ({call['name']})"
        sweep.disturb(name, {"nth": number, "times": 1, "do": "hold_after"}, judge, terminate)


@rule(
    "sweep.caller-gone-leaves-nothing-unknown",
    SHOULD,
    SWEEP,
    "When the caller is gone, what the call made is taken back, or marked and unclaimed.",
    "the CLI's Ctrl-C never reaches the CPI; its pipe just closes",
    checks=(120,),
    callers=BY_TURNS,
    items=SWEPT,
    needs=NEEDS,
)
def caller_gone(s: Scenario) -> None:
    """Hold each cloud call, close the reader of stdout, let it go on, send the request again."""
    sweep = Sweep(s, s.item)

    def leave(running: Running, rule_id: str) -> None:
        running.close_stdout()
        s.control.release(rule_id)

    def judge(disturbed: Disturbed) -> None:
        disturbed.must_converge(marked=True)

    for number, call in sweep.points():
        name = f"its caller gone at its call {number} ({call['name']})"
        sweep.disturb(name, {"nth": number, "times": 1, "do": "hold_after"}, judge, leave)


def _must_leave_nothing(disturbed: Disturbed) -> None:
    """An error means that the caller knows of nothing new."""
    if disturbed.sweep.method not in MAKING:
        return
    new = disturbed.sweep.things().keys() - disturbed.before.keys()
    if new:
        raise Broken(f"{disturbed.where}: answered {disturbed.answer} and left {sorted(new)}")
