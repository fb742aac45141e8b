"""`cpikit check --online`: the provider's preflight, told line by line, and reading only."""

from __future__ import annotations

import pytest
from cpikit_toy.provider import PROVIDER as TOY
from toy_process import write_config

from cpikit.commands import main
from cpikit.faults import Fault, FaultKind
from cpikit.operations import Effect, FaultError, Operation
from cpikit.preflight import Finding, Place
from cpikit.testing import VirtualClock


@pytest.fixture
def check(capfd, tmp_path, monkeypatch):
    """Run it with a preflight of the test's own."""
    clock = VirtualClock()
    monkeypatch.setattr("cpikit.commands.online.SystemClock", lambda _caller: clock)

    def run(preflight, *more, section=None, core=None):
        monkeypatch.setattr("cpikit_toy.config.preflight", preflight, raising=False)
        monkeypatch.setattr(TOY, "preflight", "cpikit_toy.config:preflight")
        path = write_config(tmp_path, core or {}, **(section or {}))
        try:
            status = main(["check", "--config", str(path), "--online", *more])
        except SystemExit as left:
            status = left.code
        out, err = capfd.readouterr()
        return status, out, err

    run.clock = clock
    return run


def test_each_finding_is_a_line_and_a_failure_is_status_1(check):
    place = Place("cc.yml", 3, 5)

    def preflight(config, context, cloud, wanted):
        yield Finding("credentials", f"region {config.provider.region}")
        yield Finding("zone", "it is far", weight="warning", place=place)
        yield Finding("vSwitch v", "no address", "one", "free some", "failure")

    status, out, _ = check(preflight, section={"region": "there"})
    assert status == 1
    assert out.split("\n\n", 2)[2] == (
        "ok    credentials: region there\n"
        "WARN  zone: it is far (cc.yml:3:5)\n"
        "FAIL  vSwitch v: no address, wanted one: free some\n"
        "\n3 looked at, 1 to correct, 1 warnings\n"
    )


def test_warnings_alone_are_status_0(check):
    status, out, _ = check(lambda *_: [Finding("a", "b", weight="warning")])
    assert status == 0
    assert "1 looked at, 0 to correct, 1 warnings" in out


@pytest.mark.parametrize("effect", [Effect.ONCE, Effect.TOKENED, Effect.IDEMPOTENT])
def test_a_call_that_might_change_something_is_never_sent(check, effect):
    sent = []

    def preflight(_config, _context, cloud, _wanted):
        cloud(Operation("CreateThing", effect), lambda: sent.append(1))
        yield Finding("it", "was made")

    with pytest.raises(RuntimeError, match=r"CreateThing is .*: a preflight only reads"):
        check(preflight)
    assert sent == []


def test_a_question_is_repeated_for_seconds_and_not_for_minutes(check):
    from cpikit_toy.hooks import ToyError

    asked = []

    def send():
        asked.append(1)
        raise ToyError(f"{FaultKind.UNREACHABLE.value}: nobody there")

    def preflight(_config, _context, cloud, _wanted):
        try:
            cloud(Operation("DescribeThings", Effect.READ), send)
        except FaultError as error:
            yield Finding("cloud", str(error), weight="failure")

    status, out, _ = check(preflight, core={"extensions": ["first"]})
    assert status == 1
    assert "FAIL  cloud: DescribeThings failed" in out
    assert len(asked) == 4
    assert check.clock.elapsed_s <= 15


def test_debug_logs_each_cloud_call_and_no_secret(check):
    def preflight(_config, _context, cloud, _wanted):
        answer = cloud(Operation("DescribeThings", Effect.READ), lambda: "an answer")
        yield Finding("cloud", answer)

    section = {"token": "canary-token"}
    status, out, err = check(preflight, section=section)
    assert (status, err) == (0, "")
    assert "ok    cloud: an answer" in out
    status, out, err = check(preflight, "--debug", section=section)
    assert "cloud_call call=DescribeThings" in err
    assert "canary" not in out + err


def test_a_cloud_config_is_judged_first_and_handed_over_when_it_is_sound(check, tmp_path):
    seen = []

    def preflight(_config, _context, _cloud, wanted):
        seen.append(wanted)
        return []

    file = tmp_path / "cc.yml"
    file.write_text("vm_types: [{name: a, cloud_properties: {cpu: 3}}]\n")
    words = ["--cloud-config", str(file), "--stemcell", "s-1", "--stemcell", "s-2"]
    assert check(preflight, *words)[0] == 0
    (wanted,) = seen
    assert wanted.vms[0].properties.cpu == 3
    assert wanted.stemcells == ("s-1", "s-2")
    file.write_text("vm_types: [{name: a, cloud_properties: {cpu: three}}]\n")
    status, out, _ = check(preflight, *words)
    assert status == 1
    assert 'cpu: found "three", wanted an integer' in out
    assert "the cloud is not asked" in out
    assert len(seen) == 1


def test_a_provider_without_a_preflight_says_so(capfd, tmp_path):
    path = str(write_config(tmp_path))
    with pytest.raises(SystemExit) as left:
        main(["check", "--config", path, "--online"])
    assert left.value.code == 1
    assert "provider 'toy' has no preflight" in capfd.readouterr().err


@pytest.mark.parametrize("words", [["--cloud-config", "cc.yml"], ["--stemcell", "s"]])
def test_what_only_the_cloud_can_answer_needs_online(capfd, tmp_path, words):
    path = str(write_config(tmp_path))
    with pytest.raises(SystemExit) as left:
        main(["check", "--config", path, *words])
    assert left.value.code == 1
    assert "go with --online" in capfd.readouterr().err


def test_a_fault_without_a_code_is_no_reason_to_fall_over():
    error = FaultError(Fault(FaultKind.DENIED), Operation("DescribeThings", Effect.READ))
    assert str(Finding("cloud", str(error))).startswith("cloud: DescribeThings failed")
