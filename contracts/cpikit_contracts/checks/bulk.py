"""Rules about many processes at once; they are asked alone, since they fill the machine."""

import statistics

from cpikit_contracts.rules import INFORM, SHOULD, WIRE, rule
from cpikit_contracts.scenario import Scenario


@rule(
    "bulk.many-infos-at-once",
    SHOULD,
    WIRE,
    "Two hundred info processes at once all succeed: no common lock, no clash of temporary files.",
    "docs-bosh build-cpi.md; director.max_threads and workers",
    checks=(21,),
)
def many_infos(s: Scenario) -> None:
    """Start limits.parallel (200) processes at once and read each answer."""
    count = s.profile.limits.parallel
    answers = s.at_once([lambda: s.offline("info")] * count, width=count)
    bad = [answer for answer in answers if not answer.succeeded]
    s.want(not bad, f"{len(bad)} of {count} parallel info failed: {bad[:1] and str(bad[0])}")
    results = {repr(answer.result) for answer in answers}
    s.want(len(results) == 1, f"parallel info gave {len(results)} different results: {results}")


@rule(
    "bulk.info-is-quick",
    INFORM,
    WIRE,
    "info is quick, since it stands before every call.",
    "cloud_factory.rb get",
    checks=(22,),
)
def info_is_quick(s: Scenario) -> None:
    """Take the median of nine info calls, one after the other, against limits.info_s."""
    seconds = [s.offline("info").exchange.seconds for _ in range(9)]
    median = statistics.median(seconds)
    s.session.figures["info, median seconds"] = round(median, 4)
    limit = s.profile.limits.info_s
    s.want(median <= limit, f"info takes {median:.2f} s (median of 9), wanted at most {limit:g} s")
