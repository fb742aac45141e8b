"""Results are checked on the way out: the Director never meets a wrong one."""

from __future__ import annotations

import pytest
from cpikit_toy.cpi import ToyCpi
from hypothesis import given
from hypothesis import strategies as st

from cpikit import CreatedNetwork, CreatedVm
from cpikit.methods import SHAPES
from cpikit.results import BadResult

ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.just(object()),
    lambda inner: (
        st.lists(inner, max_size=2)
        | st.dictionaries(st.text(), inner, max_size=2)
        | st.builds(CreatedVm, inner, inner)
        | st.builds(CreatedNetwork, inner, inner, inner)
    ),
    max_leaves=5,
)

GOOD = {
    "cid": ["x", "é" * 127],
    "nothing": [None],
    "created_vm": [CreatedVm("v", {}), CreatedVm("v", {"a": {"ip": "1"}})],
    "boolean": [True, False],
    "properties": [{}, {"a": 1}],
    "hint": ["/dev/vdb", {"id": "x"}],
    "cids": [[], ["a"], ("a", "b")],
    "cid_or_nothing": [None, "x"],
    "text": ["", "pong"],
    "created_network": [CreatedNetwork("n", {}, {}), CreatedNetwork("n", {"range": "r"}, {"v": 1})],
}
BAD = {
    "cid": ["", None, 7, "x" * 256, "é" * 128, ["x"], "\ud800"],
    "nothing": ["", False, 0, {}],
    "created_vm": [
        "i-1",
        ["i-1", {}],
        CreatedVm("", {}),
        CreatedVm("v", {"a": "x"}),
        None,
        CreatedVm("v", None),
        CreatedVm("v", []),
    ],
    "boolean": ["false", 0, None],
    "properties": [None, [], "x"],
    "hint": ["", {}, None, True, {"id": 1}, ["x"], {1: "x"}],
    "cids": [None, "abc", [""], [None]],
    "cid_or_nothing": ["", False, 7],
    "text": [None, 7],
    "created_network": [
        None,
        CreatedNetwork("", {}, {}),
        CreatedNetwork("n", None, {}),
        CreatedNetwork("n", {}, []),
    ],
}


@pytest.mark.parametrize("shape", sorted({one.__name__ for one in SHAPES.values()}))
def test_each_shape_takes_what_its_method_promises_and_nothing_else(shape):
    method, check = next((m, s) for m, s in SHAPES.items() if s.__name__ == shape)
    for good in GOOD[shape]:
        check(method, good)
    for bad in BAD[shape]:
        with pytest.raises(BadResult, match=f"^{method} returned .*, wanted "):
            check(method, bad)


@pytest.mark.parametrize("method", SHAPES)
@given(ANY)
def test_any_result_is_shaped_or_refused(method, value):
    try:
        shaped = SHAPES[method](method, value)
    except BadResult:
        return
    assert not isinstance(shaped, CreatedVm | CreatedNetwork | tuple)


def test_a_bad_result_takes_back_what_was_made(toy, monkeypatch, tmp_path):
    monkeypatch.setattr(ToyCpi, "create_vm", lambda cpi, *_a: cpi._make("vm-1", "VM") or "vm-1")
    error = toy.respond("create_vm", "a", "s", {}, {}, [], {})["error"]
    assert error["type"] == "Bosh::Clouds::VMCreationFailed"
    assert "create_vm returned a string, wanted a CreatedVm" in error["message"]
    assert not (tmp_path / "vm-1").exists()
