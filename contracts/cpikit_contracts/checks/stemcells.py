"""Rules about stemcells."""

from typing import Any

from cpikit_contracts.lives import STEMCELL, VM
from cpikit_contracts.promises import cid
from cpikit_contracts.rules import BOTH, DIRECTOR, LIFECYCLE, MUST, SHOULD, rule
from cpikit_contracts.scenario import Scenario

THIRD_ARGUMENTS: tuple[dict[str, Any], ...] = (
    {"tags": {}},
    {},
    {"tags": {"team": "x", "cost-center": 4711, "on": True}},
)


@rule(
    "stemcell.create-answers-an-id",
    MUST,
    LIFECYCLE,
    "create_stemcell answers a non-empty string of at most 255 bytes.",
    "cloud.go CreateStemcell; bosh-director db/migrations",
    checks=(46, 47),
    callers=BOTH,
    methods=STEMCELL,
)
def create_answers_id(s: Scenario) -> None:
    """Upload the profile's stemcell; an image file may be empty, as a light stemcell's is."""
    result = s.succeeded(s.create_stemcell(), "create_stemcell")
    s.want(not cid(result), f"create_stemcell answered {result!r}: {cid(result)}")


@rule(
    "stemcell.null-properties-are-answered",
    SHOULD,
    LIFECYCLE,
    "create_stemcell with null as cloud_properties succeeds or is refused cleanly.",
    "update_stemcell.rb (cloud_properties is optional in stemcell.MF)",
    checks=(48,),
    methods=STEMCELL,
)
def null_properties(s: Scenario) -> None:
    """Send null where the properties belong."""
    answer = s.call("create_stemcell", s.image(), None)
    s.want(answer.document is not None, f"create_stemcell with null: {answer}")


@rule(
    "stemcell.third-argument-is-tolerated",
    SHOULD,
    LIFECYCLE,
    "create_stemcell takes two arguments and three, with tags, with none and with an empty object.",
    "external_cpi_response_wrapper.rb create_stemcell; docs-bosh cpi-api-v3",
    checks=(39, 52),
    callers=DIRECTOR,  # the CLI never sends one
    methods=STEMCELL,
)
def third_argument(s: Scenario) -> None:
    """Upload with both numbers of arguments in both versions, and with odd tags in version 3."""
    given = [s.image(), s.profile.inputs["stemcell"]]
    versions = [2] + [3] * (s.session.version("director", "world") >= 3)  # noqa: PLR2004  # v3
    for version in versions:
        s.succeeded(
            s.call("create_stemcell", *given, api_version=version), f"two, version {version}"
        )
        for env in THIRD_ARGUMENTS:
            answer = s.call("create_stemcell", *given, env, api_version=version)
            s.succeeded(answer, f"create_stemcell with {env} in version {version}")


@rule(
    "stemcell.delete-deletes",
    MUST,
    LIFECYCLE,
    "delete_stemcell succeeds, and afterwards create_vm from it fails cleanly.",
    "docs-bosh delete-stemcell.md",
    checks=(50,),
    callers=BOTH,
    methods=VM,
)
def delete_deletes(s: Scenario) -> None:
    """Upload, delete, then try a VM; a light stemcell's image stays, so only an upload counts."""
    first = s.stemcell()
    stemcell = s.needed_cid(s.create_stemcell())
    s.succeeded(s.call("delete_stemcell", stemcell), "delete_stemcell")
    if stemcell == first:
        s.notes.append("both uploads gave the same id: the image is not this run's own")
        return
    answer = s.create_vm(stemcell=stemcell)
    s.want(answer.document is not None, f"create_vm from a deleted stemcell: {answer}")
    s.want(answer.error is not None, f"create_vm from the deleted stemcell {stemcell}: {answer}")


@rule(
    "stemcell.delete-of-a-missing-one-succeeds",
    MUST,
    LIFECYCLE,
    "delete_stemcell of a missing stemcell succeeds; no error type suits both callers.",
    "stemcell_deleter.rb; cloud_stemcell.go; google stemcell_test.go",
    checks=(51,),
    callers=BOTH,
    methods=STEMCELL,
    needs=("stemcell",),
)
def delete_missing(s: Scenario) -> None:
    """Delete the profile's unknown stemcell."""
    s.succeeded(
        s.call("delete_stemcell", s.unknown("stemcell")), "delete_stemcell of a missing one"
    )
