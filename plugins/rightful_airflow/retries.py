"""Which failures are worth another try, and when: decided from the error itself, not from its text."""

from __future__ import annotations

import math
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

LONGEST_WAIT = timedelta(days=1)
"""A server that asks for more patience than this wants to talk to a person."""


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
        name = type(exception).__name__
        if isinstance(exception, HOPELESS):
            return RetryDecision.fail(reason=f"{name}: another try can't help")
        if isinstance(exception, RateLimited):
            return _as_asked(exception.retry_after)
        if isinstance(exception, PASSING):
            return RetryDecision.retry(reason=f"{name}: may pass")
        return RetryDecision.default()

    def serialize(self) -> dict[str, Any]:
        """The policy has no parameters."""
        return {"__type": f"{type(self).__module__}.{type(self).__qualname__}"}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> SourceRetryPolicy:
        """The reverse of :meth:`serialize`."""
        return cls()


def _as_asked(seconds: float) -> RetryDecision:
    if not math.isfinite(seconds) or seconds < 0:
        return RetryDecision.retry(reason=f"rate limited, with an unusable delay ({seconds} s): the task's own delay")
    if seconds > LONGEST_WAIT.total_seconds():
        return RetryDecision.fail(reason=f"rate limited for {seconds / 3600:.0f} hours: ask the owner of the source")
    return RetryDecision.retry(
        delay=timedelta(seconds=seconds), reason=f"rate limited: the server asked for {seconds:g} s"
    )
