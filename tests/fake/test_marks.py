"""The marks: whatever metadata comes, the cloud takes the tags and our marks stay ours."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cpikit_fake.cloud.world import check_tags
from cpikit_fake.marks import (
    AGENT,
    DIRECTOR,
    STATE,
    claimed,
    is_claimed,
    marks,
    state_of,
    with_metadata,
)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
KEYS = st.text() | st.sampled_from([DIRECTOR, AGENT, STATE, "cloud:x", "name", "job"])
SETTLED = settings(derandomize=True, database=None, deadline=None)
OURS = marks("director", request_id="cpi-1", token="t" * 16, now_s=1.0, agent="a", print_="f" * 16)


@SETTLED
@given(st.dictionaries(KEYS, JSON, max_size=40))
def test_any_metadata_makes_tags_that_the_cloud_takes(metadata: dict[str, Any]) -> None:
    tags = with_metadata(OURS, metadata)
    check_tags(tags)
    assert {key: tags[key] for key in (DIRECTOR, AGENT)} == {DIRECTOR: "director", AGENT: "a"}
    assert is_claimed(tags)
    assert state_of(tags)["fp"] == "f" * 16
    for key in ("name", "job"):
        if key in metadata:
            assert key in tags


@SETTLED
@given(st.text(max_size=300), st.text(max_size=300), st.text(max_size=300))
def test_the_state_mark_is_compact(director: str, request_id: str, agent: str) -> None:
    tags = marks(director, request_id=request_id, token="t" * 16, now_s=2e9, agent=agent)
    assert len(tags[STATE]) <= 128
    assert len(claimed(tags)[STATE]) <= 128


def test_what_is_not_marked_is_nobodys_to_remove() -> None:
    assert is_claimed({})
    assert is_claimed({"name": "x"})
    assert claimed({"name": "x"}) == {"name": "x"}
    assert not is_claimed(OURS)
    assert is_claimed(claimed(OURS))
