"""Tags: whatever metadata holds becomes legal, and our own marks always have room."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from cpikit_alicloud import bindings, tags
from cpikit_alicloud.bindings import Binding, Record

FIXED = settings(derandomize=True, database=None, max_examples=150, deadline=None)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
WORDS = st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789-", min_size=1, max_size=24)
BINDINGS = st.builds(Binding, st.sampled_from("ecgna"), WORDS, st.integers(0, 65535), st.just(100))


@FIXED
@given(st.dictionaries(st.text() | st.sampled_from(["acs:x", "aliyun", "cpikit-state"]), JSON))
def test_any_metadata_becomes_legal_tags(metadata: dict[str, object]) -> None:
    kept, _ = tags.user_tags(metadata)
    assert len(kept) <= tags.MOST - len(tags.MARKS)
    for key, value in kept.items():
        assert 0 < len(key) <= 128
        assert len(value) <= 128
        assert not key.lower().startswith(("aliyun", "acs:", "cpikit-"))
        for text in (key.lower(), value.lower()):
            assert "http://" not in text
            assert "https://" not in text


@FIXED
@given(st.dictionaries(st.text(min_size=1), JSON, max_size=30))
def test_the_same_metadata_keeps_the_same_tags(metadata: dict[str, object]) -> None:
    turned = dict(reversed(list(metadata.items())))
    distinct = {tags.legal_key(key) for key in metadata}
    if len(distinct) == len(metadata):
        assert tags.user_tags(metadata) == tags.user_tags(turned)


def test_what_the_director_sends_is_kept_first() -> None:
    metadata = {f"a{number:02d}": "x" for number in range(30)} | {"director": "d", "index": "0"}
    kept, dropped = tags.user_tags(metadata)
    assert {"director", "index"} <= set(kept)
    assert len(dropped) == 16


def test_values_of_any_type_are_readable() -> None:
    kept, _ = tags.user_tags({"a": True, "b": None, "c": 1.5, "d": ["x"], "e": "ü"})
    assert kept == {"a": "true", "b": "", "c": "1.5", "d": '["x"]', "e": "ü"}


def test_a_later_layer_wins() -> None:
    assert tags.user_tags({"a": "1"}, {"a": "2"})[0] == {"a": "2"}


@FIXED
@given(st.text(), st.floats(0, 4e9), st.booleans())
def test_a_state_is_read_as_it_was_written(request_id: str, at_s: float, claimed: bool) -> None:
    value = tags.state(request_id=request_id, at_s=at_s, claimed=claimed, fingerprint="f" * 16)
    letters = tags.read_state(value)
    assert len(value) <= 128
    assert letters["c"] == ("1" if claimed else "0")
    assert int(letters["t"]) == int(at_s)
    assert letters["f"] == "f" * 16


@FIXED
@given(st.text())
def test_a_foreign_state_is_none(value: str) -> None:
    if "v=1" not in value:
        assert tags.read_state(value) == {}


@FIXED
@given(st.lists(BINDINGS, max_size=3, unique=True), st.none() | st.booleans())
def test_bindings_are_read_as_they_were_written(found: list[Binding], nvme: bool | None) -> None:
    value = bindings.written(Record(tuple(found), fingerprint="f" * 16, nvme=nvme))
    read = bindings.read(value)
    assert read is not None
    assert len(value) <= 128
    assert read.fingerprint == "f" * 16
    assert read.nvme == nvme
    if read.is_complete:
        assert sorted(read.bindings) == sorted(found)


def test_bindings_without_room_say_that_they_are_not_all() -> None:
    many = tuple(Binding("n", f"sgp-{number:030d}", 80) for number in range(9))
    read = bindings.read(bindings.written(Record(many, fingerprint="f" * 16)))
    assert read is not None
    assert not read.is_complete
    assert set(read.bindings) < set(many)


@FIXED
@given(st.text())
def test_any_text_is_read_as_bindings_without_an_error(value: str) -> None:
    bindings.read(value)


def test_a_name_for_display_begins_with_a_letter() -> None:
    assert tags.display_name("job/0") == "job.0"
    assert tags.display_name("1") == "i_1"
    assert len(tags.display_name("x" * 500)) == 128
