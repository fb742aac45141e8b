"""No learned secret of six or more characters survives in any text."""

from __future__ import annotations

import json
import pickle
import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cpikit.log import Log
from cpikit.redaction import (
    MASK,
    Redactor,
    Secret,
    secrets_of_env,
    strings_in,
)

# A secret that is part of the mask itself ("redact") cannot be hidden by it, nor need it be.
SECRETS = st.text(min_size=6, max_size=60).filter(lambda s: s not in MASK)

FORMS = {
    "bare": str,
    "repr": repr,
    "json": json.dumps,
    "json with its own letters": lambda s: json.dumps(s, ensure_ascii=False),
    "in a list": lambda s: repr([s, {"a": s}]),
    "in a URL": lambda s: urllib.parse.quote(s, errors="replace"),
    "in a query": lambda s: urllib.parse.quote(s, safe="", errors="replace"),
    "in a form": lambda s: urllib.parse.urlencode({"k": s}, errors="replace"),
}


@pytest.mark.parametrize("form", FORMS)
@given(SECRETS, st.text(max_size=10), st.text(max_size=10))
def test_a_learned_secret_survives_in_no_form(form, secret, before, after):
    redactor = Redactor()
    redactor.learn([secret])
    bare = FORMS[form](secret)
    if form in ("bare", "in a URL", "in a query"):
        inner = bare
    elif form == "in a form":
        inner = bare.removeprefix("k=")
    else:
        inner = FORMS["repr" if form == "in a list" else form](secret)[1:-1]
    cleaned = redactor.clean(f"{before}{bare}{after}")
    assert inner not in cleaned or inner in MASK
    assert secret not in redactor.clean(f"{before}{secret}{after}")


@given(st.lists(SECRETS, min_size=1, max_size=4), st.text(max_size=10))
def test_no_secret_survives_in_a_log_line(secrets, filler):
    lines: list[bytes] = []
    redactor = Redactor()
    redactor.learn(secrets)
    log = Log(lines.append, redactor)
    log.event("x", text=filler.join(secrets))
    log.text("traceback", f"E: {secrets[0]}")
    told = b"".join(lines).decode().replace(MASK, "")
    for secret in secrets:
        assert json.dumps(secret, ensure_ascii=False)[1:-1] not in told or secret in filler


def test_the_long_lines_of_a_key_are_secrets_each():
    redactor = Redactor()
    redactor.learn(["-----BEGIN KEY-----\nAbCdEfGhIjKlMnOp\nshort\n"])
    assert redactor.clean("found AbCdEfGhIjKlMnOp, short") == f"found {MASK}, short"


def test_short_strings_are_words_and_no_secrets():
    redactor = Redactor()
    redactor.learn(["", "a", "12345"])
    assert redactor.clean("a 12345") == "a 12345"


def test_the_longest_secret_is_masked_first():
    redactor = Redactor()
    redactor.learn(["abcdef", "abcdefghij"])
    assert redactor.clean("abcdefghij") == MASK


def test_a_secret_shows_itself_only_when_asked():
    secret = Secret("hunter2hunter2")
    for shown in (str(secret), repr(secret), f"{secret}", f"{secret:>40}", f"{secret}"):
        assert "hunter2" not in shown
    assert secret.reveal() == "hunter2hunter2"
    assert secret == Secret("hunter2hunter2")
    assert secret != "hunter2hunter2"
    assert len({secret, Secret("hunter2hunter2")}) == 1
    with pytest.raises(TypeError):
        pickle.dumps(secret)
    with pytest.raises(TypeError):
        json.dumps(secret)


def test_every_leaf_of_a_value_is_found_and_no_key():
    value = {"key": ["a", {"k": ("b", Secret("c"))}, 1, None]}
    assert list(strings_in(value)) == ["a", "b", "c"]


def test_of_env_only_what_the_director_shows_is_public():
    env = {
        "bosh": {"group": "g1", "groups": ["g2"], "tags": {"t": "g3"}, "password": "s1"},
        "other": {"x": "s2"},
    }
    assert set(secrets_of_env(env)) == {"s1", "s2"}
    assert set(secrets_of_env({"bosh": "s"})) == {"s"}
    assert list(secrets_of_env(None)) == []


def test_a_secret_of_megabytes_is_masked_without_its_forms_in_urls():
    redactor = Redactor()
    redactor.learn(["x/" * 10_000])
    assert redactor.clean("x/" * 10_000) == MASK
    assert len(redactor._known) == 1
