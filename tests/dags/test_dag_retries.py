"""Each kind of failure gets the retry it deserves."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from rightful import errors


def decide(error: BaseException, try_number: int = 1, max_tries: int = 6) -> tuple[str, timedelta | None]:
    from rightful_airflow.retries import SourceRetryPolicy

    context: Any = {"task": SimpleNamespace(retries=6)}
    decision = SourceRetryPolicy().evaluate(error, try_number, max_tries, context)
    return decision.action.value, decision.retry_delay


def paused(decision: tuple[str, timedelta | None], seconds: float) -> bool:
    """Whether it is tried again after the own pause, which chance makes up to twice as long."""
    action, delay = decision
    return action == "retry" and delay is not None and seconds <= delay.total_seconds() <= 2 * seconds


@pytest.mark.parametrize(
    "error",
    [
        errors.Refused("401"),
        errors.ConfigurationError("no key"),
        errors.BlockedAddress("169.254.169.254"),
        errors.AuditError("a row may not load"),
        errors.ShrinkGuard("10 of 100"),
        errors.RetentionGap("too old"),
        errors.EndlessCursor("in a circle"),
        errors.TooLarge("5 GB"),
    ],
)
def test_what_can_not_pass_fails_at_once(error: Exception) -> None:
    assert decide(error) == ("fail", None)


@pytest.mark.parametrize("error", [errors.FetchError("503"), errors.StoreError("down"), errors.Malformed("HTML")])
def test_what_may_pass_is_tried_again_with_the_own_delay(error: Exception) -> None:
    assert paused(decide(error), 20)


def test_the_pause_doubles_up_to_half_an_hour() -> None:
    error = errors.StoreError("down")
    for try_number, seconds in ((2, 40), (3, 80), (4, 160), (5, 320), (6, 640)):
        assert paused(decide(error, try_number), seconds)
    for try_number in (8, 100, 10_000):
        assert decide(error, try_number) == ("retry", timedelta(minutes=30))


def test_tries_from_before_the_run_was_cleared_do_not_count() -> None:
    """Airflow counts on: a run that was cleared after its fifth try has at most 5 + 6, and the sixth comes next."""
    assert paused(decide(errors.StoreError("down"), 6, 11), 20)
    assert paused(decide(errors.StoreError("down"), 8, 11), 80)


def test_without_a_context_all_tries_count() -> None:
    from rightful_airflow.retries import SourceRetryPolicy

    decision = SourceRetryPolicy().evaluate(errors.StoreError("down"), 3, 6)
    assert paused((decision.action.value, decision.retry_delay), 80)


@pytest.mark.parametrize("seconds", [0, 0.5, 90, 86_400])
def test_the_servers_own_delay_is_kept(seconds: float) -> None:
    assert decide(errors.RateLimited("429", retry_after=seconds)) == ("retry", timedelta(seconds=seconds))


def test_a_delay_beyond_a_day_needs_a_person() -> None:
    assert decide(errors.RateLimited("429", retry_after=86_401)) == ("fail", None)


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), float("-inf")])
def test_a_nonsensical_delay_falls_back_to_the_own_delay(seconds: float) -> None:
    assert paused(decide(errors.RateLimited("429", retry_after=seconds)), 20)


@pytest.mark.parametrize("error", [ValueError("bug"), OSError("disk"), KeyboardInterrupt()])
def test_errors_of_others_follow_the_standard(error: BaseException) -> None:
    assert decide(error) == ("default", None)


def test_every_error_of_the_library_is_decided_on() -> None:
    """A new error class has to be sorted into one of the two groups."""
    from rightful_airflow.retries import HOPELESS, PASSING

    for kind in vars(errors).values():
        if isinstance(kind, type) and issubclass(kind, errors.RightfulError) and kind is not errors.RightfulError:
            assert issubclass(kind, HOPELESS) != issubclass(kind, PASSING), kind


def test_the_policy_comes_back_from_what_it_serialises_to() -> None:
    import json

    from rightful_airflow.retries import SourceRetryPolicy

    data = json.loads(json.dumps(SourceRetryPolicy().serialize()))
    assert isinstance(SourceRetryPolicy.deserialize(data), SourceRetryPolicy)
