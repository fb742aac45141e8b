"""Hypothesis strategies for requests, and how a rule draws a fixed number of them from a seed."""

import json
import random
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from cpikit_contracts.methods import METHODS

T = TypeVar("T")

_NAMES = sorted(METHODS)


def json_values(leaves: int = 8) -> st.SearchStrategy[Any]:
    """Any JSON value."""
    scalars = st.none() | st.booleans() | st.integers() | st.text(max_size=12)
    return st.recursive(
        scalars | st.floats(allow_nan=False, allow_infinity=False),
        lambda inner: (
            st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
        ),
        max_leaves=leaves,
    )


def harmless(request: bytes) -> bool:
    """Does the request name no real method? A generated name could spell one."""
    return not any(name.encode() in request for name in _NAMES if name != "info")


def malformed_requests() -> st.SearchStrategy[bytes]:
    """Requests that every CPI has to refuse."""
    no_object = json_values().filter(lambda value: not isinstance(value, dict)).map(_dumped)
    wrong_method = st.builds(
        lambda method, rest: _dumped({"method": method, "arguments": rest, "context": {}}),
        json_values(4).filter(lambda value: not isinstance(value, str)),
        st.lists(json_values(3), max_size=3),
    )
    wrong_arguments = st.builds(
        lambda arguments: _dumped({"method": "info", "arguments": arguments, "context": {}}),
        json_values(4).filter(lambda value: not isinstance(value, list)),
    )
    cut = st.integers(min_value=1, max_value=40).map(
        lambda length: b'{"method":"info","arguments":[],"context":{}}'[:length]
    )
    raw = st.binary(max_size=80).filter(_is_no_object)
    return st.one_of(no_object, wrong_method, wrong_arguments, cut, raw).filter(harmless)


def unusual_contexts() -> st.SearchStrategy[dict[str, Any]]:
    """Properties as a CPI config may hold them, none of them a key with a meaning of its own."""
    return st.dictionaries(
        st.text(min_size=1, max_size=10).map(lambda name: f"x_{name}"), json_values(), max_size=5
    )


def sampled(strategy: st.SearchStrategy[T], count: int, from_seed: int) -> list[T]:
    """`count` examples, the same for the same seed."""
    found: list[T] = []

    @seed(from_seed)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(example: T) -> None:
        found.append(example)

    _quietly(collect)
    random.Random(from_seed).shuffle(found)  # noqa: S311  # an order, no secret
    return found[:count]


def _quietly(run: Callable[[], None]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        run()


def _dumped(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


def _is_no_object(data: bytes) -> bool:
    try:
        return not isinstance(json.loads(data), dict)
    except (ValueError, RecursionError):
        return True
