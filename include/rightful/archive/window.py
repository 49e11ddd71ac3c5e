"""The unpacked archive as one stream with a moving window, which knows where in the file each byte came from."""

from __future__ import annotations

from collections import deque

from rightful.archive.members import RECORD_START, Break, Piece, Pieces


class Window:
    """``data[at:]`` is what comes next. Nothing passes a break, nor the start of a record at that of a member, unless
    asked to: a record that says it is longer than its member must not swallow the next."""

    def __init__(self, pieces: Pieces, *, packed: bool) -> None:
        self._pieces = pieces
        self.packed = packed
        """Whether the file is compressed."""
        self._next: Piece | Break | None = None
        self._begins: deque[tuple[int, int]] = deque()
        self._ends: deque[tuple[int, int]] = deque()
        self.data = b""
        self.at = 0
        self.base = 0
        """Position in the unpacked stream of ``data[0]``."""

    @property
    def position(self) -> int:
        """Position in the unpacked stream of the next byte."""
        return self.base + self.at

    def _peek(self) -> Piece | Break | None:
        if self._next is None:
            self._next = next(self._pieces, None)
        return self._next

    def stop(self) -> Break | None:
        """The break at which the window stands, if it stands at one."""
        ahead = self._peek()
        return ahead if isinstance(ahead, Break) else None

    def at_end(self) -> bool:
        """Whether the file has nothing after what lies ready."""
        return self._peek() is None

    def is_single(self, offset: int) -> bool:
        """Whether a record lies alone in its member, as nearly all packed archives have it: a second member came, or
        comes now. ``offset`` is that of the record's member."""
        ahead = self._peek()
        later = ahead is not None and (isinstance(ahead, Break) or ahead.begins is not None)
        return offset > 0 or len(self._begins) > 1 or later

    def more(self, *, into_records: bool = False) -> bool:
        """Add a piece at the end. False: a break, the next member's record, or the end of the file is there."""
        ahead = self._peek()
        if ahead is None or isinstance(ahead, Break):
            return False
        fenced = self.packed and ahead.begins is not None and self.base + len(self.data) > 0
        if fenced and not into_records and RECORD_START.match(ahead.data):
            return False
        self._next = None
        if self.at:
            self.base += self.at
            self.data = self.data[self.at :]
            self.at = 0
        end = self.base + len(self.data)
        if ahead.begins is not None:
            self._begins.append((end, ahead.begins))
        if ahead.ends is not None:
            self._ends.append((end + len(ahead.data), ahead.ends))
        self.data = self.data + ahead.data if self.data else ahead.data
        return True

    def has(self, number: int) -> bool:
        """Whether ``number`` bytes lie ready, after reading what that takes."""
        while len(self.data) - self.at < number:
            if not self.more():
                return False
        return True

    def cross(self) -> Break | None:
        """Drop what is left, and the break that follows it, if one does."""
        found = self.stop()
        if found is not None:
            self._next = None
        self.skip(len(self.data) - self.at)
        return found

    def skip(self, number: int) -> None:
        """Go ``number`` bytes on; they must lie ready."""
        self.at += number

    def offset_of(self, position: int) -> tuple[int, bool]:
        """Where in the file the byte at ``position`` lies; False: only that of the member which it is in."""
        begins = self._begins
        while len(begins) > 1 and begins[1][0] <= position:
            begins.popleft()
        if not begins:
            return position, not self.packed
        begin, offset = begins[0]
        if begin == position:
            return offset, True
        return (offset, False) if self.packed else (offset + position - begin, True)

    def end_of(self, position: int) -> int | None:
        """Where in the file the member ends whose last byte is before ``position``; None: none ends there."""
        ends = self._ends
        while ends and ends[0][0] < position:
            ends.popleft()
        return ends[0][1] if ends and ends[0][0] == position else None
