"""The log of nonces: it tells a replay from a new request, and it stays small."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from cpikit_alicloud_simulator.signatures import NonceLog
from tests.simulator.signatures_kit import NOW, deterministic

short = st.text(max_size=3)


@deterministic
@given(st.lists(st.tuples(short, short), max_size=40))
def test_a_pair_of_key_and_nonce_is_new_exactly_once(claims: list[tuple[str, str]]) -> None:
    log = NonceLog()
    for number, (key_id, nonce) in enumerate(claims):
        assert log.claim(key_id, nonce, NOW) is ((key_id, nonce) not in claims[:number])
    assert len(log) == len(set(claims))


def test_a_nonce_may_come_again_when_its_request_could_not_be_replayed() -> None:
    log = NonceLog()
    assert log.claim("a", "n", NOW)
    assert not log.claim("a", "n", NOW + timedelta(minutes=30))
    assert log.claim("a", "n", NOW + timedelta(minutes=30, seconds=1))


def test_the_log_forgets_what_is_too_old() -> None:
    log = NonceLog()
    for number in range(100):
        log.claim("a", str(number), NOW)
    log.claim("a", "later", NOW + timedelta(hours=1))
    assert len(log) == 1


def test_the_log_never_holds_more_than_its_limit_and_forgets_the_oldest_first() -> None:
    log = NonceLog(limit=10)
    for number in range(25):
        assert log.claim("a", f"{number}" * 1000, NOW)
        assert len(log) <= 10
    assert not log.claim("a", "24" * 1000, NOW)
    assert log.claim("a", "0" * 1000, NOW)


def test_a_clock_that_goes_back_loses_no_nonce() -> None:
    log = NonceLog()
    log.claim("a", "n", NOW)
    assert not log.claim("a", "n", NOW - timedelta(hours=2))


def test_a_cleared_log_knows_nothing() -> None:
    log = NonceLog()
    log.claim("a", "n", NOW)
    log.clear()
    assert log.claim("a", "n", NOW)


def test_of_many_threads_one_claims_a_nonce() -> None:
    log = NonceLog()
    with ThreadPoolExecutor(8) as pool:
        claimed = list(pool.map(lambda _: log.claim("a", "n", NOW), range(200)))
    assert claimed.count(True) == 1
