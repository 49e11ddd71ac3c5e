"""What can go wrong, by what a person or the scheduler should do about it.

Every error names, as far as known, the source, the slice, the record and the remedy.
"""

from __future__ import annotations


class RightfulError(Exception):
    """Base of all errors raised here. ``str()`` reads: what — where — remedy."""

    def __init__(
        self,
        what: str,
        *,
        source: str | None = None,
        slice: object = None,
        record: str | None = None,
        remedy: str | None = None,
    ) -> None:
        self.what, self.source, self.slice, self.record, self.remedy = what, source, slice, record, remedy
        super().__init__(what)

    def __str__(self) -> str:
        where = [
            f"{name} {value}"
            for name, value in (("source", self.source), ("slice", self.slice), ("record", self.record))
            if value is not None
        ]
        text = self.what + (f" [{', '.join(where)}]" if where else "")
        return text + (f" — {self.remedy}" if self.remedy else "")

    def __reduce__(self) -> tuple[object, ...]:
        # Errors cross process borders (Airflow's task runner); keyword arguments must survive pickling.
        return (_rebuild, (type(self), self.what, {k: v for k, v in self.__dict__.items() if k != "what"}))


def _rebuild(kind: type[RightfulError], what: str, state: dict[str, object]) -> RightfulError:
    error = kind.__new__(kind)
    Exception.__init__(error, what)
    error.what = what
    error.__dict__.update(state)
    return error


class ConfigurationError(RightfulError):
    """A source, policy, contract or setting is wrong. Trying again can't help."""


class FetchError(RightfulError):
    """The other side failed in a way that may pass (5xx, broken connection, time-out). Retry."""


class RateLimited(FetchError):
    """The other side asked for patience. ``retry_after`` is in seconds, as it said; ``host`` names it where known."""

    def __init__(self, what: str, *, retry_after: float, host: str = "", **where: object) -> None:
        super().__init__(what, **where)  # type: ignore[arg-type]
        self.retry_after, self.host = retry_after, host


class HostBusy(RateLimited):
    """One of the hosts that a shard asks wants more patience than a task has. Its others may be asked."""


class Refused(RightfulError):
    """The other side said no (401, 402, 403, 404, 410, 451). Retrying would be impolite and useless.

    ``status`` is that of the answer, where there was one.
    """

    status: int | None = None


class Forbidden(Refused):
    """The other side does not want us (401, 402, 403). The shard stops, and nothing is tried to get in all the same."""


class BlockedAddress(RightfulError):
    """A URL leads where this source may not go: a private address, another host, another scheme."""


class TooLarge(RightfulError):
    """A body outgrew the cap of its source."""


class Malformed(RightfulError):
    """An answer is not what its format promises (HTML for JSON, broken JSON, wrong charset)."""


class EndlessCursor(RightfulError):
    """A paginator was sent in a circle, or past its page cap."""


class RetentionGap(RightfulError):
    """The slice lies (partly) before what the source still lists: publishing it would fake completeness."""


class AuditError(RightfulError):
    """What was written does not hold what the gate promised. Nothing of the slice is published."""


class ShrinkGuard(AuditError):
    """A re-run fetched much less than the published slice had."""


class StoreError(RightfulError):
    """Object storage or table catalogue failed in a way that may pass. Retry."""


class NoRoom(StoreError):
    """A disk of this machine is full, which passes when somebody makes room. Retry."""
