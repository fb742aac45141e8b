"""Rules about info, which stands before every call."""

from typing import Any

from cpikit_contracts.reading import Answer
from cpikit_contracts.rules import BOTH, CLI, MUST, SHOULD, WIRE, rule
from cpikit_contracts.scenario import Scenario

LOWEST_VERSION = 2
FACTORY = "cloud_factory.rb; external_cpi_response_wrapper.rb check_cpi_api_support"


def _result(s: Scenario, answer: Answer) -> dict[str, Any]:
    result = s.succeeded(answer, "info")
    s.want(isinstance(result, dict), f"info should answer an object, found {result!r}")
    return dict(result)


@rule(
    "info.reports-api-version",
    MUST,
    WIRE,
    "info.api_version is an integer and at least 2.",
    FACTORY,
    checks=(36,),
    callers=BOTH,
)
def reports_version(s: Scenario) -> None:
    """Look at the type and the value; a string breaks both callers."""
    version = _result(s, s.offline("info")).get("api_version")
    s.want(
        type(version) is int and version >= LOWEST_VERSION,
        f"info.api_version is {version!r}, wanted an integer of at least {LOWEST_VERSION}",
    )


@rule(
    "info.lists-stemcell-formats",
    MUST,
    WIRE,
    "info.stemcell_formats is an array of strings and not empty.",
    "cloud.go infoParser",
    checks=(37,),
    callers=BOTH,
)
def lists_formats(s: Scenario) -> None:
    """Look at the array and at each element."""
    formats = _result(s, s.offline("info")).get("stemcell_formats")
    s.want(
        isinstance(formats, list)
        and formats
        and all(isinstance(each, str) and each for each in formats),
        f"info.stemcell_formats is {formats!r}, wanted a non-empty array of strings",
    )


@rule(
    "info.is-the-same-for-all-versions",
    MUST,
    WIRE,
    "info answers the same for an absent api_version and for 1, 2 and 3.",
    "cloud_factory.rb; cloud.go Info",
    checks=(33,),
    callers=BOTH,
)
def same_for_all(s: Scenario) -> None:
    """Ask four times and compare the results."""
    first = s.succeeded(s.offline("info"), "info as its caller asks first")
    for version in (1, 2, 3):
        again = s.succeeded(s.offline("info", api_version=version), f"info with {version}")
        s.want(
            again == first, f"info answers {again!r} with api_version {version}, {first!r} before"
        )


@rule(
    "info.needs-no-cloud",
    MUST,
    WIRE,
    "info succeeds with unusable credentials and without a network.",
    "cloud_factory.rb (called before everything)",
    checks=(38,),
    callers=BOTH,
    needs=("dead",),
)
def needs_no_cloud(s: Scenario) -> None:
    """Ask the CPI of [dead], whose endpoint answers nothing."""
    s.succeeded(s.dead("info"), "info with a dead endpoint and unusable credentials")


@rule(
    "info.serves-the-cli",
    MUST,
    WIRE,
    "info serves the CLI, which asks with api_version 1 and a stemcell in the context.",
    "cpi_cmd_runner.go; factory.go",
    checks=(33,),
    callers=CLI,
)
def serves_the_cli(s: Scenario) -> None:
    """Ask as the CLI does and negotiate as it does: it needs exactly 2 in the end."""
    version = _result(s, s.offline("info")).get("api_version")
    usable = isinstance(version, int) and min(version, 2) == LOWEST_VERSION
    s.want(usable, f"the CLI cannot work with info.api_version {version!r}")


@rule(
    "info.takes-no-notice-of-arguments",
    SHOULD,
    WIRE,
    "info with an argument too many is answered, one way or the other.",
    "bosh-cpi-go json_caller.go drops them; bosh-cpi-ruby cli.rb refuses them",
    checks=(28,),
    callers=BOTH,
)
def extra_arguments(s: Scenario) -> None:
    """Send info with one argument; a result or an error are both fine, silence is not."""
    answer = s.offline("info", "surplus")
    s.want(answer.document is not None, f"info with one argument: {answer}")
