"""What yt-dlp's errors mean for us: this one video, the platform's wish to be left alone, or what may pass."""

from __future__ import annotations

import re

from yt_dlp.networking.exceptions import HTTPError, TransportError

from rightful.catalogue.models import Source
from rightful.disk import full_disk
from rightful.errors import FetchError, Forbidden, RateLimited, Refused, RightfulError

CLOSED = frozenset({401, 402, 403})
GONE = frozenset({404, 410})

IN_A_ROW = 3
"""So many videos after one another that can't be had now, or that we may not see (401, 402, 403): then it is the
platform, not the video."""

_NOT_WANTED = re.compile(r"not a bot|unusual traffic|captcha|has been blocked|IP (?:address )?(?:is|has been) ", re.I)
_PATIENCE = re.compile(r"rate.?limit|too many requests|HTTP Error 429|try again later", re.I)
_GONE = re.compile(
    r"(?:has been|was) (?:removed|deleted|terminated)|no longer (?:available|exists)|does not exist", re.I
)
_CAUSES = 12


class Unavailable(Refused):
    """One video can't be had. ``reason`` is that of its ledger row; ``gone``: the platform says that it is no more."""

    def __init__(self, what: str, reason: str = "fetch_failed", *, gone: bool = False, **where: object) -> None:
        super().__init__(what, **where)  # type: ignore[arg-type]
        self.reason, self.gone = reason, gone


def meaning(source: Source, url: str, error: BaseException, statuses: list[int]) -> RightfulError:
    """Our error for one of yt-dlp's.

    Args:
        source: The catalogue entry.
        url: What was asked for, without secrets.
        error: As raised.
        statuses: Of answers that were errors, in order.
    """
    text = " ".join(_text(error).split())[:400]
    what = f"{url[:300]}: {text}"
    if _NOT_WANTED.search(text):
        return Forbidden(
            what,
            source=source.id,
            remedy="the platform takes us for a robot, which we are: ask its owner, or disable it",
        )
    if _PATIENCE.search(text):
        return RateLimited(what, retry_after=0.0, source=source.id, remedy="wait; lower `pace.requests_per_second`")
    causes = _causes(error)
    status = next((cause.status for cause in causes if isinstance(cause, HTTPError)), None)
    if status is None and statuses and not any(isinstance(cause, TransportError) for cause in causes):
        status = statuses[-1]
    if status is not None and status < 500:
        found = Unavailable(what, gone=status in GONE, source=source.id)
        found.status = status
        return found
    if status is not None or any(isinstance(cause, TransportError) for cause in causes):
        return FetchError(what, source=source.id, remedy="try again later")
    # Private, for members, not here, taken down, or a page that its extractor can't read (any more).
    return Unavailable(what, gone=_GONE.search(text) is not None, source=source.id)


def lack_of_room(error: BaseException) -> OSError | None:
    """What the system said of a full disk, if an error of yt-dlp's comes from that, which is no video's fault."""
    return next(filter(None, map(full_disk, _causes(error))), None)


def _text(error: BaseException) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", str(error)).removeprefix("ERROR: ").partition("; please report this")[0]


def _causes(error: BaseException) -> list[BaseException]:
    """The error and what led to it, by all the ways in which yt-dlp keeps that."""
    found: list[BaseException] = []
    ahead: list[object] = [error]
    while ahead and len(found) < _CAUSES:
        one = ahead.pop(0)
        if not isinstance(one, BaseException) or one in found:
            continue
        found.append(one)
        exc_info = getattr(one, "exc_info", None)
        ahead += [getattr(one, "cause", None), one.__cause__]
        ahead += [exc_info[1] if isinstance(exc_info, tuple) and len(exc_info) == 3 else None]
    return found


__all__ = ["CLOSED", "GONE", "IN_A_ROW", "Unavailable", "lack_of_room", "meaning"]
