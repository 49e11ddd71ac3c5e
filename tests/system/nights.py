"""Days of tests that a scheduler takes part in: none begins shortly before midnight, when "last night" changes."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime, timedelta


def today(free: timedelta) -> datetime:
    """Start of this day (UTC), of which at least ``free`` is left: near its end, the next one is waited for."""
    now = datetime.now(UTC)
    start = now.replace(hour=0, minute=0, second=0, microsecond=0)
    end = start + timedelta(days=1)
    if end - now >= free:
        return start
    print(f"waiting for midnight (UTC), {(end - now).total_seconds() / 60:.0f} min", file=sys.stderr, flush=True)
    time.sleep((end - now).total_seconds() + 1)
    return end
