"""What the answers and failures of a source mean for the next try, and how we present ourselves."""

from __future__ import annotations

import email.utils
import math
from datetime import UTC, datetime

import httpx
import tenacity

import rightful
from rightful.errors import FetchError, Malformed, RateLimited
from rightful.http.pace import LONGEST_WAIT

_backoff = tenacity.wait_exponential_jitter(initial=1, max=60, jitter=1)


def may_pass(error: BaseException) -> bool:
    """Whether trying again within the task makes sense."""
    if isinstance(error, RateLimited):
        return error.retry_after <= LONGEST_WAIT
    return isinstance(error, (FetchError, Malformed))


def pause_before_retry(state: tenacity.RetryCallState) -> float:
    """Seconds until the next try: what the source asked for, else exponential back-off with jitter."""
    error = state.outcome.exception() if state.outcome else None
    if isinstance(error, RateLimited) and error.retry_after > 0:
        return error.retry_after
    return _backoff(state)


def user_agent(contact: str) -> str:
    """``Rightful/<version> (+<contact>)``: says who asks and how to reach them (RFC 9110, 10.1.5)."""
    reach = "".join(letter for letter in contact if letter.isascii() and letter.isprintable() and letter not in "()\\")
    reach = reach.strip()
    prefix = "+" if reach.startswith(("http://", "https://")) else ""
    return f"Rightful/{rightful.__version__} ({prefix}{reach})" if reach else f"Rightful/{rightful.__version__}"


def retry_after(headers: httpx.Headers, now: datetime) -> float | None:
    """Seconds of ``Retry-After`` (RFC 9110, 10.2.3: seconds or a date), or None when there is no sensible one.

    A date is taken relative to the answer's own ``Date``, so that a wrong clock on either side does no harm.
    """
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    if value.isascii() and value.replace(".", "", 1).isdigit():
        seconds = float(value)
        return seconds if math.isfinite(seconds) else None
    until, sent = _http_date(value), _http_date(headers.get("date", ""))
    return None if until is None else max((until - (sent or now)).total_seconds(), 0.0)


def _http_date(value: str) -> datetime | None:
    try:
        moment = email.utils.parsedate_to_datetime(value)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
