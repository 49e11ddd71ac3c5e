"""Downloads of recordings: to a file, under a cap, with their hash, and on from where the connection broke."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

import httpx

from rightful.errors import FetchError, Forbidden, Malformed, RateLimited, Refused, TooLarge
from rightful.http.answer import described, remedy_for
from rightful.http.body import media_type
from rightful.http.pace import LONGEST_WAIT
from rightful.http.retry import retry_after
from rightful.http.stream import StreamClient
from rightful.licensing.optouts.robots import STOPS
from rightful.model import OptOut

Report = Callable[[int, int | None], None]
"""Told how many bytes have come, and of how many where that is known."""

MOST_RESUMES = 50
"""Connections for one file, however much each of them brings."""

_HEAD = 512
"""First bytes of a file that tell what it is."""

_ACCEPT = "audio/*, video/*;q=0.9, application/octet-stream;q=0.8, */*;q=0.5"
_PASSING = frozenset({408, 425})
_TEXTS = ("text/", "application/json", "application/xml", "application/xhtml+xml", "application/problem+json")
_SOUNDS = (
    b"ID3",
    b"OggS",
    b"RIFF",
    b"fLaC",
    b"FORM",
    b"#!AMR",
    b"ADIF",
    b"\x1aE\xdf\xa3",
    b"MThd",
    b"\x30\x26\xb2\x75",
)
_MARKUP = re.compile(rb"\s*(<!doctype|<html|<head|<body|<\?xml|<!--|<svg|<error|[{\[]\s*\"|#EXTM3U)", re.IGNORECASE)
_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")


@dataclass(frozen=True, slots=True)
class Downloaded:
    """A file as it lies there. ``url`` is what answered at last; ``optouts`` are of that answer's headers."""

    path: Path
    bytes: int
    sha256: str
    media_type: str
    url: str
    fetched_at: datetime
    optouts: tuple[OptOut, ...] = ()


@dataclass(slots=True)
class _State:
    """What has come of a file so far."""

    file: BinaryIO
    have: int = 0
    total: int | None = None
    validator: str | None = None
    kind: str = ""
    url: str = ""
    optouts: tuple[OptOut, ...] = ()
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)
    head: bytes = b""
    checked: bool = False
    done: bool = False

    def again(self) -> None:
        """Begin at the first byte."""
        self.file.seek(0)
        self.file.truncate()
        self.have, self.total, self.validator, self.digest = 0, None, None, hashlib.sha256()
        self.head, self.checked = b"", False


class DownloadClient(StreamClient):
    """A client that also brings recordings."""

    def download(self, url: str, path: Path, cap: int, report: Report | None = None, *, seconds: float) -> Downloaded:
        """The file at ``url``, written to ``path``.

        A connection that breaks is taken up where it broke (RFC 9110, 14.2) if the server says by ``ETag`` or
        ``Last-Modified`` that the file is still the same, else from the beginning; ``limits.retries`` times without any
        progress.

        Args:
            url: Absolute.
            path: A file that does not exist yet, in a folder that does; removed when the download fails.
            cap: Most bytes. An endless stream ends there.
            report: Called about once a second, and at the end.
            seconds: Longest time for all of it.

        Raises:
            TooLarge: At the cap; at once when the server announces more.
            Malformed: The file is empty, or a text (an error or login page, a playlist) in the place of a recording.
            Forbidden: 401, 402, 403.
            Refused: Other 4xx.
            RateLimited: The server asks for patience.
            FetchError: 5xx, broken connections and time-outs beyond the retries; the file took longer than ``seconds``.
            BlockedAddress: The address, or one that it redirects to, may not be asked.
        """
        end = time.monotonic() + seconds
        try:
            with path.open("xb") as file:
                state = _State(file)
                self._all(url, state, cap, report, end)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        if not state.have:
            path.unlink(missing_ok=True)
            raise self._error(Malformed, state.url or url, "the file is empty", "tell the source's owner")
        if report is not None:
            report(state.have, state.have)
        return Downloaded(
            path, state.have, state.digest.hexdigest(), state.kind, state.url, datetime.now(UTC), state.optouts
        )

    def _all(self, url: str, state: _State, cap: int, report: Report | None, end: float) -> None:
        fruitless = 0
        for _ in range(MOST_RESUMES):
            before = state.have
            try:
                self._some(url, state, cap, report, end)
            except FetchError as error:
                patience = error.retry_after if isinstance(error, RateLimited) else 0.0
                fruitless = fruitless + 1 if state.have <= before else 0
                if fruitless > self._limits.retries or patience > LONGEST_WAIT or time.monotonic() >= end:
                    raise
                self.nap(max(patience, min(2.0**fruitless, 60.0)))
                continue
            if state.done:
                return
        raise self._error(FetchError, url, f"still incomplete after {MOST_RESUMES} connections", "try again later")

    def _some(self, url: str, state: _State, cap: int, report: Report | None, end: float) -> None:
        """As much of the file as one connection brings."""
        # The time for one answer does not fit a recording: the whole download has a time of its own.
        left = end - time.monotonic()
        if left <= 0:
            raise self._error(FetchError, url, "the download took too long", "raise `fetch.download_seconds`")
        headers = {"Accept": _ACCEPT, "Accept-Encoding": "identity"}
        if state.have and state.validator is not None:
            headers |= {"Range": f"bytes={state.have}-", "If-Range": state.validator}
        elif state.have:
            state.again()
        opened = self.open(url, headers=headers, seconds=left)
        try:
            state.url, state.optouts = opened.url, opened.optouts
            if not self._accepts(opened.response, state, cap):
                return
            self._pour(opened.response, state, cap, report)
        finally:
            opened.response.close()

    def _accepts(self, response: httpx.Response, state: _State, cap: int) -> bool:
        """Look at status and headers; False when there is nothing to read."""
        status, headers, shown = response.status_code, response.headers, state.url
        if status == 416 and state.have:
            total = headers.get("content-range", "").rpartition("/")[2]
            if total == str(state.have):
                state.done = True
            else:
                state.again()
            return False
        if status == 206:
            found = _RANGE.fullmatch(headers.get("content-range", "").strip())
            if found is None or int(found[1]) != state.have:
                state.again()  # not the part that was asked for
                raise self._error(FetchError, shown, "the server sends another part than was asked for", "try again")
            state.total = int(found[3]) if found[3] != "*" else None
        elif status in (200, 203):
            if state.have:
                state.again()  # the file has changed, or the server knows no parts
            length = headers.get("content-length", "")
            state.total = int(length) if length.isascii() and length.isdigit() and len(length) < 16 else None
            etag, changed = headers.get("etag", "").strip(), headers.get("last-modified", "").strip()
            state.validator = etag if etag.startswith('"') else (changed or None)  # a weak tag (W/) is no proof
            state.kind = media_type(headers.get("content-type", ""))[0]
        else:
            self._refuse(response, shown)
        encoding = headers.get("content-encoding", "").strip().lower()
        if encoding not in ("", "identity"):
            raise self._error(Malformed, shown, f"it is compressed as {encoding[:40]!r}", "tell the source's owner")
        if state.total is not None and state.total > cap:
            raise self._error(
                TooLarge, shown, f"it has {state.total:,} bytes, more than {cap:,}", "raise `speech.max_bytes`"
            )
        return True

    def _refuse(self, response: httpx.Response, shown: str) -> None:
        """Raise what a status means that brings no file."""
        status = response.status_code
        patience = retry_after(response.headers, datetime.now(UTC))
        if status == 429 or (patience is not None and (status >= 500 or status in _PASSING)):
            raise self.rate_limited(shown, f"status {status}", patience)
        if status >= 500 or status in _PASSING:
            raise self._error(FetchError, shown, f"status {status}", "the source has trouble; try again later")
        if status < 400:
            raise self._error(Malformed, shown, f"status {status} instead of a file", "tell the source's owner")
        kind = Forbidden if status in STOPS else Refused
        refusal = self._error(kind, shown, f"status {status}", remedy_for(status))
        assert isinstance(refusal, Refused)
        refusal.status = status
        raise refusal

    def _pour(self, response: httpx.Response, state: _State, cap: int, report: Report | None) -> None:
        told = time.monotonic()
        try:
            for piece in response.iter_raw(256 * 1024):
                self.count(len(piece))
                state.head += piece[: max(0, _HEAD - len(state.head))]
                if len(state.head) >= _HEAD:
                    self._check_head(state)
                if state.have + len(piece) > cap:
                    raise self._error(
                        TooLarge, state.url, f"it is longer than {cap:,} bytes", "raise `speech.max_bytes`"
                    )
                state.file.write(piece)
                state.digest.update(piece)
                state.have += len(piece)
                if report is not None and time.monotonic() - told >= 1:
                    report(state.have, state.total)
                    told = time.monotonic()
        except httpx.TransportError as error:
            raise self._error(
                FetchError, state.url, self._secrets.redact(described(error)), "try again later"
            ) from None
        self._check_head(state)
        if state.total is not None and state.have < state.total:
            raise self._error(FetchError, state.url, f"{state.have:,} of {state.total:,} bytes came", "try again later")
        state.done = True

    def _check_head(self, state: _State) -> None:
        if state.checked or not state.head:
            return
        state.checked = True
        what = why_no_recording(state.head, state.kind)
        if what is not None:
            raise self._error(Malformed, state.url, what, "an error or login page? look at the address in a browser")


def why_no_recording(head: bytes, kind: str) -> str | None:
    """Why a file that begins with ``head`` and is sent as ``kind`` is no recording; None when it may be one."""
    if head.startswith(_SOUNDS) or head[4:8] == b"ftyp" or (head[0] == 0xFF and len(head) > 1 and head[1] >= 0xE0):
        return None
    if _MARKUP.match(head.removeprefix(b"\xef\xbb\xbf")):
        return f"it begins like a text ({head[:24]!r}), not like a recording"
    if kind.startswith(_TEXTS):
        return f"it is sent as {kind}, and does not begin like a recording"
    return None


__all__ = ["DownloadClient", "Downloaded", "Report", "why_no_recording"]
