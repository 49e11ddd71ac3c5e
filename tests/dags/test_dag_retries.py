"""Each kind of failure gets the retry it deserves."""

from __future__ import annotations

from datetime import timedelta

import pytest

from rightful import errors


def decide(error: BaseException) -> tuple[str, timedelta | None]:
    from rightful_airflow.retries import SourceRetryPolicy

    decision = SourceRetryPolicy().evaluate(error, 1, 6)
    return decision.action.value, decision.retry_delay


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
    assert decide(error) == ("retry", None)


@pytest.mark.parametrize("seconds", [0, 0.5, 90, 86_400])
def test_the_servers_own_delay_is_kept(seconds: float) -> None:
    assert decide(errors.RateLimited("429", retry_after=seconds)) == ("retry", timedelta(seconds=seconds))


def test_a_delay_beyond_a_day_needs_a_person() -> None:
    assert decide(errors.RateLimited("429", retry_after=86_401)) == ("fail", None)


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), float("-inf")])
def test_a_nonsensical_delay_falls_back_to_the_own_delay(seconds: float) -> None:
    assert decide(errors.RateLimited("429", retry_after=seconds)) == ("retry", None)


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
