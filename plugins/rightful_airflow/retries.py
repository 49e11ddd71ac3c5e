"""Which failures are worth another try, and when: decided from the error itself, not from its text."""

from __future__ import annotations

import math
import random
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from airflow.sdk import RetryDecision, RetryPolicy

from rightful.errors import (
    AuditError,
    BlockedAddress,
    ConfigurationError,
    EndlessCursor,
    FetchError,
    Malformed,
    RateLimited,
    Refused,
    RetentionGap,
    StoreError,
    TooLarge,
)
from rightful.settings import get_settings

if TYPE_CHECKING:
    from airflow.sdk import Context

HOPELESS: tuple[type[BaseException], ...] = (
    AuditError,  # and ShrinkGuard
    BlockedAddress,
    ConfigurationError,
    EndlessCursor,
    Refused,
    RetentionGap,
    TooLarge,
)
"""The next try would meet the same answer: a person has to look."""

PASSING: tuple[type[BaseException], ...] = (FetchError, Malformed, StoreError)
"""May be gone at the next try (a page of HTML instead of JSON usually is)."""

LONGEST_PAUSE = timedelta(minutes=30)
GROWTH = 2.0
"""The pause before a retry begins with ``RIGHTFUL_RETRY_SECONDS`` and grows by this factor up to the longest one."""

LONGEST_WAIT = timedelta(days=1)
"""A server that asks for more patience than this wants to talk to a person."""


def retry_arguments() -> dict[str, Any]:
    """A task's arguments that say when it is tried again; the delays count where no policy can: after a kill."""
    return {
        "retry_delay": timedelta(seconds=get_settings().retry_seconds),
        "retry_exponential_backoff": GROWTH,
        "max_retry_delay": LONGEST_PAUSE,
        "retry_policy": SourceRetryPolicy(),
    }


class SourceRetryPolicy(RetryPolicy):
    """Retry what may pass, after the server's own delay where it named one; fail the rest at once.

    Runs in the worker, which parses the DAG file itself; the serialised DAG holds only that there is a policy. It can't
    go beyond the task's ``retries``. Errors that are not ours follow the task's standard retries.
    """

    def evaluate(
        self,
        exception: BaseException,
        try_number: int,
        max_tries: int,
        context: Context | None = None,
    ) -> RetryDecision:
        """Decide on one failure (see :class:`airflow.sdk.RetryPolicy`)."""
        name, pause = type(exception).__name__, _pause(try_number - _earlier_tries(max_tries, context))
        if isinstance(exception, HOPELESS):
            return RetryDecision.fail(reason=f"{name}: another try can't help")
        if isinstance(exception, RateLimited):
            return _as_asked(exception.retry_after, pause)
        if isinstance(exception, PASSING):
            return RetryDecision.retry(delay=pause, reason=f"{name}: may pass")
        return RetryDecision.default()

    def serialize(self) -> dict[str, Any]:
        """The policy has no parameters."""
        return {"__type": f"{type(self).__module__}.{type(self).__qualname__}"}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> SourceRetryPolicy:
        """The reverse of :meth:`serialize`."""
        return cls()


def _earlier_tries(max_tries: int, context: Context | None) -> int:
    """How many tries the task had when its run was last cleared.

    Airflow counts them on, and its own pause grows with all of them: a slice that was re-run ten times would wait half
    an hour after its first failure.
    """
    retries = getattr(context["task"], "retries", None) if context is not None else None
    return max(max_tries - retries, 0) if retries is not None else 0


def _pause(number: int) -> timedelta:
    """The pause after failure ``number`` (from 1), up to twice as long by chance: many tasks fail together when the
    store does, and should not come back together."""
    seconds = get_settings().retry_seconds * GROWTH ** min(max(number - 1, 0), 30)
    return min(timedelta(seconds=seconds * random.uniform(1, 2)), LONGEST_PAUSE)  # noqa: S311 - no secret


def _as_asked(seconds: float, pause: timedelta) -> RetryDecision:
    if not math.isfinite(seconds) or seconds < 0:
        return RetryDecision.retry(delay=pause, reason=f"rate limited, with an unusable delay ({seconds} s)")
    if seconds > LONGEST_WAIT.total_seconds():
        return RetryDecision.fail(reason=f"rate limited for {seconds / 3600:.0f} hours: ask the owner of the source")
    return RetryDecision.retry(
        delay=timedelta(seconds=seconds), reason=f"rate limited: the server asked for {seconds:g} s"
    )
