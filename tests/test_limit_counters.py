"""The counters of requests in this process count as those of ``limits`` do."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from clipflow.http.limit_counters import ProcessStorage

BEGAN_S = 1_800_000_000.0
FIVE_EACH_TEN_SECONDS = RateLimitItemPerSecond(5, 10)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> "Clock":
    clock = Clock()
    monkeypatch.setattr(time, "time", clock)
    return clock


class Clock:
    """Says a moment that the test sets."""

    def __init__(self) -> None:
        self.now_s = BEGAN_S

    def __call__(self) -> float:
        return self.now_s


@given(
    pauses_s=st.lists(st.floats(0, 25), max_size=40), people=st.lists(st.sampled_from("ab"), min_size=40, max_size=40)
)
def test_it_decides_as_the_library_does(pauses_s: list[float], people: list[str]) -> None:
    clock = time.time
    assert isinstance(clock, Clock)
    clock.now_s = BEGAN_S
    ours, theirs = (SlidingWindowCounterRateLimiter(storage) for storage in (ProcessStorage(), MemoryStorage()))
    for pause_s, person in zip(pauses_s, people, strict=False):
        clock.now_s += pause_s
        decisions = [counter.hit(FIVE_EACH_TEN_SECONDS, person) for counter in (ours, theirs)]
        assert decisions[0] == decisions[1]
        stats = [counter.get_window_stats(FIVE_EACH_TEN_SECONDS, person) for counter in (ours, theirs)]
        assert stats[0].remaining == stats[1].remaining
        assert stats[0].reset_time == pytest.approx(stats[1].reset_time)


def test_it_forgets_windows_that_are_over(clock: Clock) -> None:
    storage = ProcessStorage()
    counter = SlidingWindowCounterRateLimiter(storage)
    for number in range(1000):
        counter.hit(FIVE_EACH_TEN_SECONDS, str(number))
    clock.now_s += 100
    counter.hit(FIVE_EACH_TEN_SECONDS, "somebody")
    assert storage.reset() == 1


def test_a_budget_can_be_cleared() -> None:
    counter = SlidingWindowCounterRateLimiter(ProcessStorage())
    for _ in range(6):
        counter.hit(FIVE_EACH_TEN_SECONDS, "somebody")
    counter.clear(FIVE_EACH_TEN_SECONDS, "somebody")
    assert counter.hit(FIVE_EACH_TEN_SECONDS, "somebody")


def test_nobody_gets_a_new_budget_when_the_clock_is_put_back(clock: Clock) -> None:
    counter = SlidingWindowCounterRateLimiter(ProcessStorage())
    assert [counter.hit(FIVE_EACH_TEN_SECONDS, "somebody") for _ in range(6)] == [True] * 5 + [False]
    clock.now_s -= 0.1
    assert not counter.hit(FIVE_EACH_TEN_SECONDS, "somebody")
