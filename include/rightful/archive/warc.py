"""Takes records from the unpacked stream: where each begins and ends, whether it is whole, and what follows damage."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from rightful.archive.answer import split_answer
from rightful.archive.digests import Digest
from rightful.archive.hand import hand_over
from rightful.archive.head import Head, HeadError, arc_head, warc_head
from rightful.archive.members import RECORD_START
from rightful.archive.model import ArchiveCounts, ArchiveFault, ArchiveRecord, FaultReason, Kind
from rightful.archive.window import Window

MAX_HEAD = 64 << 10
SLACK = 1 << 20  # for HTTP headers and encodings above a body's own limit

_BLANK = re.compile(rb"\r?\n\r?\n")
_WARC = re.compile(rb"WARC/[0-9]\.[0-9]+\r?\n")
_NEWLINES = re.compile(rb"[\r\n]*")
_AGAIN = re.compile(
    rb"\n(WARC/[0-9]\.[0-9]+\r?\n|[a-z][a-z0-9+.-]*:[^\r\n ]+ [0-9.:a-f]+ [0-9]{14} [^\r\n]* ?[0-9]+\n)"
)

_ENDLESS = "the record's header does not end"

Found = ArchiveRecord | ArchiveFault


class RecordReader:
    """Reads one archive. ``counts`` grows with it."""

    def __init__(
        self,
        window: Window,
        counts: ArchiveCounts,
        want: Callable[[Kind, str], bool] | None,
        first_look: Callable[[bytes], bool] | None,
        max_body: int,
    ) -> None:
        self._window, self._counts = window, counts
        self._want, self._first_look, self._max_body = want, first_look, max_body
        self._held = max_body + SLACK

    def records(self) -> Iterator[Found]:
        """Every record and fault, in the file's order."""
        window = self._window
        if not window.more() and window.stop() is None:
            yield ArchiveFault(offset=0, reason="not_an_archive", detail="the file is empty")
            return
        begins_well = RECORD_START.match(window.data) is not None
        beginning = window.data[:200]
        early: list[ArchiveFault] = []
        before = self._counts.records
        told = False
        for found in self._all():
            told = True
            if begins_well or self._counts.records > before:
                yield from early
                early.clear()
                yield found
            elif isinstance(found, ArchiveFault) and len(early) < 1000:
                early.append(found)
            else:
                yield found
        if not told and self._counts.records == before:
            yield ArchiveFault(offset=0, reason="not_an_archive", detail="nothing but blank lines")
        elif early and self._counts.records == before:
            yield _no_archive(early[0], beginning)
        else:
            yield from early

    def _all(self) -> Iterator[Found]:
        window = self._window
        while True:
            if window.at >= len(window.data) and not window.more(into_records=True):
                broken = window.cross()
                if broken is None:
                    return
                yield ArchiveFault(offset=broken.offset, reason=broken.reason, detail=broken.detail)
                continue
            yield from self._one()

    def _one(self) -> Iterator[Found]:
        window = self._window
        start = window.position
        offset, own = window.offset_of(start)
        try:
            head = self._head()
        except HeadError as error:
            if self._breaks_here(str(error)):
                yield self._broken(offset, "")
            else:
                ends = window.at_end() and str(error) == _ENDLESS and len(window.data) - window.at <= MAX_HEAD
                yield self._lost(offset, "truncated" if ends else "malformed", str(error), "", start + 1)
            return
        if head is None:
            return
        body_at = window.position
        digest, of_block = _digest(head)
        wanted = self._want is None or self._want(head.kind, head.url)
        block: bytes | None = None
        if head.length <= self._held:
            if not window.has(head.length):
                yield self._short(head, offset, body_at)
                return
            block = window.data[window.at : window.at + head.length]
            window.skip(head.length)
            if digest is not None:
                digest.add(block if of_block or head.arc else _payload(block, head))
        elif not self._pass(head, digest if of_block else None):
            yield self._short(head, offset, None)
            return
        checked: bool | None = None
        if digest is not None and (block is not None or of_block):
            checked = digest.holds()
            if not checked and block is not None and not of_block:
                checked = _holds_decoded(digest, block)
        cut, problem = self._trailer(head, checked)
        if problem is not None and window.at >= len(window.data) and window.stop() is not None:
            yield self._broken(offset, head.url)
            return
        if problem is not None:
            yield self._lost(offset, problem[0], problem[1], head.url, body_at if checked is not True else None)
            return
        if checked is False:
            detail = f"the {'block' if of_block else 'payload'} is not what its digest says"
            yield ArchiveFault(offset=offset, reason="digest", detail=detail, url=head.url)
            return
        self._counts.count(head.kind)
        if wanted:
            end = window.end_of(window.position) if window.packed else offset + window.position - start
            length = end - offset if own and end is not None else None
            if block is None:
                detail = f"the record has {head.length:,} bytes, more than {self._held:,}"
                yield ArchiveFault(offset=offset, reason="too_large", detail=detail, url=head.url)
            else:
                found = hand_over(
                    head,
                    block,
                    offset=offset,
                    length=length,
                    digest_ok=checked,
                    first_look=self._first_look,
                    max_body=self._max_body,
                )
                if found is None:
                    self._counts.passed_over += 1
                else:
                    yield found
        if cut:
            yield ArchiveFault(offset=offset, reason="truncated", detail=cut, url=head.url)

    def _head(self) -> Head | None:
        """The header of the record that begins here, passed. None: only blank lines were here."""
        window = self._window
        while not (window.has(16)) and window.more():
            pass
        blank = _NEWLINES.match(window.data, window.at)
        if blank and blank.end() > window.at:
            window.skip(blank.end() - window.at)
            return None
        if _WARC.match(window.data, window.at):
            at = window.at
            while (end := window.data.find(b"\r\n\r\n", at, at + MAX_HEAD)) < 0:
                if found := _BLANK.search(window.data, window.at, window.at + MAX_HEAD):
                    end = found.start()
                    break
                if len(window.data) - window.at > MAX_HEAD or not window.more():
                    raise HeadError(_ENDLESS)
                at = window.at
            blank_lines = _BLANK.match(window.data, end)
            stop = blank_lines.end() if blank_lines else end + 4
            head = warc_head(window.data[window.at : stop])
            window.skip(stop - window.at)
            return head
        return self._arc_head()

    def _arc_head(self) -> Head:
        window = self._window
        while (end := window.data.find(b"\n", window.at, window.at + MAX_HEAD)) < 0:
            if len(window.data) - window.at > MAX_HEAD or not window.more():
                break
        found = arc_head(window.data[window.at : end + 1]) if end >= 0 else None
        if found is None:
            raise HeadError(f"no record begins here, but {window.data[window.at : window.at + 24]!r}")
        window.skip(end + 1 - window.at)
        return found

    def _pass(self, head: Head, digest: Digest | None) -> bool:
        """Go past a block that is too large to be held. False: the file does not have so much."""
        window, left = self._window, head.length
        while left:
            if window.at >= len(window.data) and not window.more():
                return False
            part = memoryview(window.data)[window.at : window.at + left]
            if digest is not None:
                digest.add(part)
            left -= len(part)
            window.skip(len(part))
            part.release()
        return True

    def _trailer(self, head: Head, checked: bool | None) -> tuple[str, tuple[FaultReason, str] | None]:
        """Go past the blank lines that end a record: they show that its length was right. Returns what of them is
        missing at the end of the file, and what is wrong with the record otherwise."""
        window = self._window
        expected = 1 if head.arc else 4
        window.has(expected)
        run = _NEWLINES.match(window.data, window.at)
        lines = run[0] if run else b""
        after = window.at + len(lines)
        if lines[:4] == b"\r\n\r\n" and not head.arc:
            window.skip(4)
        elif head.arc and lines[:1] == b"\n":
            window.skip(1)
        else:
            window.has(len(lines) + 16)
            at_end = after >= len(window.data)
            if at_end and (broken := window.stop()) is not None:
                return "", (broken.reason, broken.detail)
            if not at_end and RECORD_START.match(window.data, after) is None:
                return "", ("length", f"after the {head.length:,} bytes that the record has, something else follows")
            window.skip(len(lines))
            if at_end and window.end_of(window.position) is None and not head.arc:
                return "the file ends in the blank lines after this record", None
            quirk = lines == b"\n\n" or (at_end and head.arc)
            if checked is None and not quirk:
                return "", ("length", f"the record has not the {head.length:,} bytes that it says it has")
        unchecked = window.packed and window.at >= len(window.data) and window.end_of(window.position) is None
        # The member's check sum comes right after: it is this record's only one if no digest is stated.
        if unchecked and (broken := window.stop()) is not None:
            return "", (broken.reason, broken.detail)
        return "", None

    def _short(self, head: Head, offset: int, body_at: int | None) -> ArchiveFault:
        window = self._window
        if window.stop() is not None:
            return self._broken(offset, head.url)
        detail = f"the record says that it has {head.length:,} bytes"
        if not window.at_end():
            return self._lost(offset, "length", f"{detail}; its member has fewer", head.url, body_at)
        lost = self._lost(offset, "truncated", f"{detail}; the file ends before", head.url, body_at)
        if window.at < len(window.data):  # another record was found inside: so the length was wrong
            return ArchiveFault(offset=offset, reason="length", detail=f"{detail}; the file has fewer", url=head.url)
        return lost

    def _breaks_here(self, error: str) -> bool:
        """Whether a header is unreadable because its member breaks off in it."""
        return error == _ENDLESS and self._window.stop() is not None

    def _broken(self, offset: int, url: str) -> ArchiveFault:
        """The fault of a record whose member is broken, and the window after that."""
        broken = self._window.cross()
        assert broken is not None, "asked before"
        return ArchiveFault(offset=offset, reason=broken.reason, detail=broken.detail, url=url)

    def _lost(self, offset: int, reason: FaultReason, detail: str, url: str, again: int | None) -> ArchiveFault:
        """The fault, and the window at the next record: looked for from the position ``again`` on, or right here.

        Inside a member that holds nothing but this record there is no other: its page may hold what looks like one.
        """
        window = self._window
        if again is not None:
            window.at = max(again - window.base, 0)
        own_member = window.packed and window.is_single(offset)
        while True:
            found = None if own_member else _AGAIN.search(window.data, max(window.at - 1, 0))
            if found:
                window.at = found.start(1)
                break
            window.at = len(window.data) if own_member else max(window.at, len(window.data) - MAX_HEAD)
            if not window.more():
                window.at = len(window.data)
                break
        return ArchiveFault(offset=offset, reason=reason, detail=detail, url=url)


def _digest(head: Head) -> tuple[Digest | None, bool]:
    """The digest to check, and whether it is of the whole block."""
    block = Digest.of(head.fields.get("warc-block-digest"))
    if block is not None:
        return block, True
    if head.kind == "revisit" or "warc-segment-number" in head.fields:
        return None, False  # their payload digest is that of the whole payload, which lies elsewhere
    return Digest.of(head.fields.get("warc-payload-digest")), False


def _payload(block: bytes, head: Head) -> bytes:
    if head.kind in ("response", "request") and (head.media_type or "").lower().startswith("application/http"):
        return block[split_answer(block) :]
    return block


def _holds_decoded(digest: Digest, block: bytes) -> bool:
    """Some crawlers take the payload's digest with the transfer encoding undone, or of the whole block."""
    from rightful.archive.answer import BodyError, read_answer, without_chunks

    if digest.holds_for(block):
        return True
    answer = read_answer(block)
    if answer is None:
        return False
    try:
        return digest.holds_for(without_chunks(answer))
    except BodyError:
        return False


def _no_archive(first: ArchiveFault, beginning: bytes) -> ArchiveFault:
    if beginning.lstrip()[:1] == b"<":
        detail = "this is a page of markup, not an archive (a server's error page?)"
    else:
        detail = f"no record anywhere in the file, which begins {beginning[:24]!r}"
    if first.reason in ("truncated", "malformed") and not beginning:
        detail = first.detail
    return ArchiveFault(offset=0, reason="not_an_archive", detail=detail)
