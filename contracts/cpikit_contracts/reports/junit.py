"""The report for continuous integration: JUnit XML."""

import re
from xml.etree import ElementTree as ET

from cpikit_contracts.reports import hiding
from cpikit_contracts.results import Outcome, Run

# XML 1.0 has no place for most control characters, not even escaped.
UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text(done: Run) -> str:
    """The whole report as XML."""
    hide = hiding.of(done)
    suite = ET.Element(
        "testsuite",
        name="cpikit-contracts",
        tests=str(len(done.results)),
        failures=str(sum(each.outcome is Outcome.BROKEN and each.fails for each in done.results)),
        errors=str(sum(each.outcome is Outcome.BLOCKED and each.fails for each in done.results)),
        skipped=str(done.count(Outcome.NOT_RUN) + done.count(Outcome.GAP)),
        time=f"{done.seconds:.3f}",
    )
    for result in done.results:
        rule = result.case.rule
        case = ET.SubElement(
            suite,
            "testcase",
            classname=f"cpikit_contracts.{rule.level}.{rule.group}",
            name=result.case.id,
            time=f"{result.seconds:.4f}",
        )
        said = UNWRITABLE.sub("\ufffd", hide(f"{rule.sentence}\n{result.message}\n{rule.source}"))
        message = UNWRITABLE.sub("\ufffd", hide(result.message))
        if result.outcome is Outcome.BROKEN and result.fails:
            ET.SubElement(case, "failure", message=message).text = said
        elif result.outcome is Outcome.BLOCKED and result.fails:
            ET.SubElement(case, "error", message=message).text = said
        elif result.outcome in {Outcome.NOT_RUN, Outcome.GAP}:
            ET.SubElement(case, "skipped", message=message)
    ET.indent(suite)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(suite, "unicode") + "\n"
