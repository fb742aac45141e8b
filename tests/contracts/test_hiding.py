"""Secrets in every form in which a program may write them: found in a CPI, masked in reports."""

import json
import sys
from base64 import b64encode
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpikit_contracts.profile import Profile
from cpikit_contracts.reports.hiding import HIDDEN, hider, printable
from cpikit_contracts.results import Outcome
from cpikit_contracts.run import Choices, judge

SECRET = 'p&ss"W0/rd\nü'
LIBERAL = settings(derandomize=True, database=None, deadline=None, max_examples=200)


@LIBERAL
@given(st.text(min_size=4))
def test_a_secret_is_masked_however_it_is_written(secret: str) -> None:
    hide = hider([secret])
    data = secret.encode("utf-8", "surrogatepass")
    for written in (
        secret,
        json.dumps(secret)[1:-1],
        json.dumps(secret, ensure_ascii=False)[1:-1],
        json.dumps(json.dumps(secret, ensure_ascii=False), ensure_ascii=False)[3:-3],
        quote(data, safe=""),
        b64encode(data).decode(),
    ):
        assert hide(written) == HIDDEN


def test_go_and_scripts_escape_more() -> None:
    hide = hider([SECRET])
    assert hide(r"p\u0026ss\"W0/rd\nü") == HIDDEN
    assert hide(r"p&ss\"W0\/rd\nü") == HIDDEN


@LIBERAL
@given(st.text())
def test_whatever_is_said_can_be_written_and_printed(text: str) -> None:
    shown = hider([])(text + "\ud800")
    assert shown.encode("utf-8")
    assert not any(ord(each) < 32 and each not in "\t\n" for each in printable(shown))


@pytest.mark.parametrize("written", [r"p\u0026ss\"W0/rd\nü", "cCZzcyJXMC9yZArDvA=="])
def test_a_cpi_that_writes_its_secret_in_another_form_is_caught(
    tmp_path: Path, written: str
) -> None:
    cpi = tmp_path / "cpi.py"
    cpi.write_text(
        "import json, sys\nsys.stdin.read()\n"
        f"sys.stderr.write({written!r})\n"
        'print(json.dumps({"result": None, "error": {"type": "Bosh::Clouds::CloudError",'
        ' "message": "no", "ok_to_retry": False}, "log": ""}))\n',
        encoding="utf-8",
    )
    command = (sys.executable, "-X", "utf8", "-I", "-S", str(cpi))
    profile = Profile(
        path=tmp_path / "contract.toml", command=command, dead=command, secrets=(SECRET,)
    )
    only = ("secret.stays-out-of-every-answer",)
    done = judge(profile, Choices(level="wire", only=only, seed=4))
    results = [each for each in done.results if each.case.rule.id == only[0]]
    assert {each.outcome for each in results} == {Outcome.BROKEN}
    assert "one that the world or [secrets] names" in results[0].message
    assert written not in results[0].message
