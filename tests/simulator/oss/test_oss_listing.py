"""Listings: order, prefixes, delimiters, pages, and both versions of the protocol."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpikit_alicloud_simulator.oss.blobs import Content
from cpikit_alicloud_simulator.oss.listing import Wanted, page
from cpikit_alicloud_simulator.oss.values import Objects, StoredObject
from tests.simulator.oss.harness import World, texts

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def objects(keys: Iterable[str]) -> Objects:
    held = Objects()
    for key in keys:
        held.put(StoredObject(key, Content(), "", 0, NOW))
    return held


@pytest.fixture
def world() -> World:
    made = World()
    made.ask("PUT", "/bkt/")
    for key in ("a", "b/1", "b/2", "c/", "c/1", "d e", "é", "☃"):
        made.ask("PUT", f"/bkt/{key}", b"xy")
    return made


def test_keys_come_in_the_order_of_their_bytes(world: World) -> None:
    assert texts(world.ask("GET", "/bkt/"), "Contents/Key") == [
        "a",
        "b/1",
        "b/2",
        "c/",
        "c/1",
        "d e",
        "é",
        "☃",
    ]


def test_a_delimiter_rolls_keys_up(world: World) -> None:
    top = world.ask("GET", "/bkt/", delimiter="/")
    assert texts(top, "Contents/Key") == ["a", "d e", "é", "☃"]
    assert texts(top, "CommonPrefixes/Prefix") == ["b/", "c/"]
    inside = world.ask("GET", "/bkt/", delimiter="/", prefix="c/")
    assert texts(inside, "Contents/Key") == ["c/", "c/1"]


def test_an_entry_says_all_about_the_object(world: World) -> None:
    answer = world.ask("GET", "/bkt/", prefix="a")
    assert texts(answer, "Contents/Size") == ["2"]
    assert texts(answer, "Contents/Type") == ["Normal"]
    assert texts(answer, "Contents/StorageClass") == ["Standard"]
    assert texts(answer, "Contents/LastModified") == ["2026-01-02T03:04:05.000Z"]
    assert texts(answer, "Contents/ETag") == ['"3E44107170A520582ADE522FA73C1D15"']
    assert texts(answer, "Contents/Owner/ID") == ["alice"]


def test_pages_go_on_after_the_marker(world: World) -> None:
    keys: list[str] = []
    marker = ""
    for _ in range(4):
        answer = world.ask("GET", "/bkt/", max_keys=3, marker=marker)
        keys += texts(answer, "Contents/Key")
        if texts(answer, "IsTruncated") == ["false"]:
            break
        marker = texts(answer, "NextMarker")[0]
    assert keys == texts(world.ask("GET", "/bkt/"), "Contents/Key")


def test_version_two_goes_on_with_a_token(world: World) -> None:
    first = world.ask("GET", "/bkt/", list_type=2, max_keys=2, delimiter="/")
    assert texts(first, "KeyCount") == ["2"]
    assert texts(first, "Contents/Owner/ID") == []
    token = texts(first, "NextContinuationToken")[0]
    second = world.ask(
        "GET",
        "/bkt/",
        list_type=2,
        delimiter="/",
        continuation_token=token,
        fetch_owner="true",
    )
    assert texts(second, "CommonPrefixes/Prefix") == ["c/"]
    assert texts(second, "Contents/Owner/ID") == ["alice"] * 3
    late = world.ask("GET", "/bkt/", list_type=2, start_after="d e")
    assert texts(late, "Contents/Key") == ["é", "☃"]


def test_names_are_encoded_on_request(world: World) -> None:
    answer = world.ask(
        "GET", "/bkt/", encoding_type="url", prefix="d ", delimiter="/", marker="a b"
    )
    assert texts(answer, "EncodingType") == ["url"]
    assert texts(answer, "Contents/Key") == ["d%20e"]
    assert [texts(answer, name)[0] for name in ("Prefix", "Delimiter", "Marker")] == [
        "d%20",
        "%2F",
        "a%20b",
    ]
    everything = texts(world.ask("GET", "/bkt/", encoding_type="url"), "Contents/Key")
    assert [unquote(key) for key in everything][-1] == "☃"


@pytest.mark.parametrize(
    "query",
    [
        {"max_keys": "0"},
        {"max_keys": "1001"},
        {"max_keys": "ten"},
        {"max_keys": "9" * 5000},
        {"encoding_type": "base64"},
        {"list_type": "2", "continuation_token": "not one of ours!"},
        {"list_type": "2", "continuation_token": "/w=="},
    ],
)
def test_a_listing_with_a_wrong_parameter_is_refused(world: World, query: dict[str, str]) -> None:
    assert world.code("GET", "/bkt/", **query) == (400, "InvalidArgument")


KEYS = st.lists(st.text(alphabet="ab/é", min_size=1, max_size=6), max_size=25)


def rolled_up(keys: list[str], prefix: str, delimiter: str) -> list[str]:
    """List in one page, the slow and obvious way."""
    entries = set()
    for key in keys:
        if key.startswith(prefix):
            found = key.find(delimiter, len(prefix)) if delimiter else -1
            entries.add(key if found < 0 else key[: found + len(delimiter)])
    return sorted(entries)


@settings(derandomize=True, database=None, max_examples=300)
@given(
    keys=KEYS,
    prefix=st.text(alphabet="ab/", max_size=2),
    delimiter=st.sampled_from(["", "/", "a", "b/"]),
    limit=st.integers(1, 7),
)
def test_pages_joined_are_the_whole_listing(
    keys: list[str], prefix: str, delimiter: str, limit: int
) -> None:
    held, seen, marker = objects(keys), [], ""
    for _ in range(len(keys) + 1):
        found = page(held, Wanted(prefix, delimiter, marker, limit))
        entries = sorted([item.key for item in found.items] + list(found.prefixes))
        assert len(entries) <= limit
        seen += entries
        if not found.is_truncated:
            break
        marker = found.last
    assert not found.is_truncated
    assert seen == rolled_up(keys, prefix, delimiter)


@settings(derandomize=True, database=None)
@given(keys=KEYS, gone=KEYS)
def test_the_index_holds_what_was_put_less_what_was_removed(
    keys: list[str], gone: list[str]
) -> None:
    held = objects(keys)
    removed = {key for key in gone if held.remove(key)}
    assert removed == set(keys) & set(gone)
    assert [item.key for item in held] == sorted(set(keys) - set(gone))
    assert len(held) == len(set(keys) - set(gone))
