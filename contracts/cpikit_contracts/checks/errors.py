"""Rules about errors that need no cloud: wrong arguments, wrong versions, unusable credentials."""

from typing import Any

from cpikit_contracts import samples
from cpikit_contracts.methods import METHODS
from cpikit_contracts.reading import Answer
from cpikit_contracts.rules import BOTH, INFORM, MUST, SHOULD, WIRE, rule
from cpikit_contracts.scenario import Scenario

TOO_HIGH = 99
CALLER = "bosh-cpi-go json_caller.go"
# Without a cloud: a light stemcell's id stands in its properties, and deleting it deletes nothing.
# To calculate, to take a light stemcell, and labels where the cloud has no place for them.
MAY_SUCCEED = {
    "calculate_vm_cloud_properties", "create_stemcell", "delete_stemcell",
    "set_vm_metadata", "set_disk_metadata",
}  # fmt: skip


def claimed(s: Scenario) -> list[str]:
    """The methods that the profile claims and the caller calls, ping and its like left out."""
    return [
        name
        for name, method in METHODS.items()
        if s.plays(name) and not method.optional and name != "info"
    ]


def _clean_error(s: Scenario, answer: Answer, what: str) -> None:
    s.want(answer.document is not None, f"{what}: {answer}")
    s.want(answer.error is not None, f"{what} should have been refused, found {answer}")


@rule(
    "error.too-few-arguments-are-refused",
    SHOULD,
    WIRE,
    "Too few arguments are refused with an error.",
    f"{CALLER}; bosh-cpi-ruby cli.rb",
    checks=(28,),
    callers=BOTH,
    needs=("dead",),
)
def too_few(s: Scenario) -> None:
    """Call every claimed method that takes arguments with none at all, on the dead endpoint."""
    for name in claimed(s):
        if METHODS[name].arguments:
            _clean_error(s, s.dead(name), f"{name} without arguments")


@rule(
    "error.wrong-types-are-refused",
    SHOULD,
    WIRE,
    "Arguments of a wrong type are refused with an error, not taken for something else.",
    CALLER,
    checks=(29,),
    callers=BOTH,
    needs=("dead",),
)
def wrong_types(s: Scenario) -> None:
    """Put an object where an id belongs, text where a size or an object belongs, and so on."""
    wrong: list[tuple[str, int, Any]] = [
        (name, min(METHODS[name].ids), {}) for name in claimed(s) if METHODS[name].ids
    ]
    wrong += [
        ("create_vm", 0, []),
        ("create_vm", 2, "text"),
        ("create_vm", 3, "text"),
        ("create_vm", 4, {}),
        ("create_vm", 5, []),
        ("create_disk", 0, "big"),
        ("create_disk", 0, None),
        ("create_disk", 1, "text"),
        ("resize_disk", 1, "big"),
        ("set_vm_metadata", 1, "text"),
        ("set_disk_metadata", 1, []),
        ("calculate_vm_cloud_properties", 0, "text"),
    ]
    for name, place, value in wrong:
        if not s.plays(name):
            continue
        missing = samples.unnamed(s, name, but=place)
        if missing:
            s.notes.append(f"{name} was not asked: [unknown] names no {', no '.join(missing)}")
            continue
        arguments = samples.arguments(s, name)
        arguments[place] = value
        _clean_error(s, s.dead(name, *arguments), f"{name} with {value!r} as argument {place + 1}")


@rule(
    "error.version-too-high-is-refused",
    SHOULD,
    WIRE,
    "A method asked for in a version above the reported one is refused cleanly.",
    "bosh-cpi-go action_factory.go; external_cpi_response_wrapper.rb",
    checks=(34,),
    methods=("has_vm",),
    needs=("dead", "vm"),
)
def version_too_high(s: Scenario) -> None:
    """Call has_vm with api_version 99 on the dead endpoint."""
    answer = s.dead("has_vm", s.unknown("vm"), api_version=TOO_HIGH)
    _clean_error(s, answer, f"has_vm with api_version {TOO_HIGH}")
    said = "" if answer.error is None else answer.error.message.lower()
    s.want(
        any(word in said for word in ("version", str(TOO_HIGH))),
        f"the refusal of api_version {TOO_HIGH} does not say that it is the version: {answer}",
    )


@rule(
    "error.bad-credentials-are-an-error",
    SHOULD,
    WIRE,
    "With unusable credentials a call fails as CloudError or CpiError, not worth a retry.",
    "aws_cpi_spec.rb",
    checks=(8, 43),
    methods=("has_vm",),
    needs=("dead", "vm"),
)
def bad_credentials(s: Scenario) -> None:
    """Call has_vm on the dead endpoint."""
    answer = s.dead("has_vm", s.unknown("vm"))
    s.failed(
        answer, "has_vm with unusable credentials and a dead endpoint", "CloudError", "CpiError"
    )
    s.want(
        answer.error is not None and not answer.error.ok_to_retry,
        "the error of unusable credentials says ok_to_retry",
    )


@rule(
    "error.missing-image-is-an-error",
    SHOULD,
    WIRE,
    "create_stemcell with an image path that does not exist is a clean error.",
    "update_stemcell.rb",
    checks=(49,),
    methods=("create_stemcell",),
    needs=("dead",),
)
def missing_image(s: Scenario) -> None:
    """Name a file of this run that is not there."""
    path = str(s.session.folder / "no-such-image")
    answer = s.dead("create_stemcell", path, s.profile.inputs["stemcell"])
    _clean_error(s, answer, "create_stemcell with a missing image")


@rule(
    "error.calculate-needs-its-keys",
    SHOULD,
    WIRE,
    "calculate_vm_cloud_properties with missing keys is a clean error.",
    "vm_resources.rb",
    checks=(72,),
    methods=("calculate_vm_cloud_properties",),
    needs=("dead",),
)
def calculate_needs_keys(s: Scenario) -> None:
    """Leave out one key after the other."""
    whole = {"cpu": 1, "ram": 1024, "ephemeral_disk_size": 1024}
    for key in whole:
        rest = {name: value for name, value in whole.items() if name != key}
        answer = s.dead("calculate_vm_cloud_properties", rest)
        _clean_error(s, answer, f"calculate_vm_cloud_properties without {key}")


@rule(
    "error.create-vm-in-version-1",
    SHOULD,
    WIRE,
    "create_vm with api_version 1 or none is answered, by a result or a clean error.",
    "bosh-cpi-go action_factory.go",
    checks=(55,),
    methods=("create_vm",),
    needs=("dead", "stemcell"),
)
def create_vm_version_1(s: Scenario) -> None:
    """Send it on the dead endpoint with version 1, and without a version."""
    arguments = samples.arguments(s, "create_vm")
    document = s.session.document(s.caller, "create_vm", arguments, api_version=1, endpoint="dead")
    _clean_error(s, s.send(document, endpoint="dead"), "create_vm with api_version 1")
    del document["api_version"]
    _clean_error(s, s.send(document, endpoint="dead"), "create_vm without api_version")


@rule(
    "error.every-method-fails-cleanly",
    MUST,
    WIRE,
    "Where the cloud cannot be reached, every method that needs it answers an error, and none "
    "claims success.",
    "delete_vm_step.rb (a success makes the Director forget the VM); cpi_cmd_runner.go; "
    "bosh-google-cpi main.go as the contrast",
    checks=(8, 41, 45),
    callers=BOTH,
    needs=("dead", "vm", "disk", "stemcell", "snapshot", "network"),
)
def every_method(s: Scenario) -> None:
    """Call every claimed method well-formed on the dead endpoint, several at once.

    What can be done without a cloud may succeed: to calculate, to take a light stemcell, or to
    drop labels for which the cloud has no place.
    """
    names = claimed(s)
    answers = s.at_once(
        [
            (lambda name=name: s.dead(name, *samples.arguments(s, name)))  # type: ignore[misc]  # a default binds the name now
            for name in names
        ]
    )
    for name, answer in zip(names, answers, strict=True):
        s.want(answer.document is not None, f"{name} on a dead endpoint: {answer}")
        s.want(
            answer.error is not None or name in MAY_SUCCEED,
            f"{name} cannot have reached the cloud and succeeded on a dead endpoint: {answer}",
        )
        s.want(
            answer.error is None or answer.error.short not in {"NotImplemented", "NotSupported"},
            f"{name} is claimed by the profile and answers {answer}; declare a gap or implement it",
        )


@rule(
    "error.optional-methods-are-answered",
    INFORM,
    WIRE,
    "ping, current_vm_id and configure_networks, which nobody calls, are answered in any way.",
    "external_cpi.rb forwarders; docs-bosh",
    checks=(40,),
    needs=("dead", "vm"),
)
def optional_methods(s: Scenario) -> None:
    """Call the three on the dead endpoint and note what they answer."""
    for name, method in METHODS.items():
        if method.optional:
            answer = s.dead(name, *samples.arguments(s, name))
            s.notes.append(f"{name}: {answer}")
            s.want(answer.document is not None, f"{name}: {answer}")
