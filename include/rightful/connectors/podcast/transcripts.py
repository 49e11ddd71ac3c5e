"""A publisher's transcript becomes timed segments: WebVTT, SubRip, the podcast namespace's JSON and HTML, plain text.

Who speaks does not belong to what is said, so names are left out of the text. What does not look like a transcript of
the whole recording gives None: the sound is then transcribed.
"""

from __future__ import annotations

import html
import json
import re
from collections import Counter
from collections.abc import Sequence

from rightful.http.body import media_type
from rightful.model import Segment

MOST_SEGMENTS = 200_000
FEWEST_LETTERS = 20
LETTERS_PER_SECOND = 1.0
"""Slow speech has about 4 letters a second in any script; less than this is no transcript of the whole recording."""

_LATEST = 10.0**7
"""Seconds; no recording is so long."""

LONGEST_NAME = 40
_CLOCK = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,3}))?"
_CUE = re.compile(rf"\s*{_CLOCK}\s*-->\s*{_CLOCK}(?:\s.*)?")
_TIME = re.compile(rf"\s*{_CLOCK}\s*")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>|<\d[\d:.]*>|\{\\[^{}]{0,40}\}")
_SPEAKER = re.compile(rf"^\s*(?:-\s*)?([^\W\d_][^:<>\n]{{0,{LONGEST_NAME - 1}}}):\s+(?=\S)")
_NUMBERED = re.compile(r"(?:speaker|sprecher(?:in)?|unknown|host|guest|voice)[ _-]?\d*", re.IGNORECASE)
_NAMED_OFTEN = 3
"""So many cues begin with the same name and a colon: then it is a speaker's."""


class _NoTranscript(Exception):
    """The bytes hold none."""


def read_transcript(
    raw: bytes, content_type: str, announced: str, *, seconds: float | None, names: Sequence[str] = ()
) -> tuple[Segment, ...] | None:
    """The segments of a transcript as its publisher sends it; None when it is not one of the whole recording.

    Args:
        raw: As received.
        content_type: Header of the answer.
        announced: Type that the feed gives it.
        seconds: Length of the recording, where it is known.
        names: People who are known to be heard.

    Returns:
        Times in seconds. A text without times is one segment over the whole recording, or from 0 to 0 when its length
        is not known.
    """
    kind, charset = media_type(content_type)
    text = _decoded(raw, charset)
    if text is None:
        return None
    try:
        segments = _parsed(text, announced, kind, seconds or 0.0, names)
    except _NoTranscript:
        return None
    segments = _merged(segments)
    letters = sum(character.isalpha() for segment in segments for character in segment.text)
    shown = sum(not character.isspace() for segment in segments for character in segment.text)
    if letters < max(FEWEST_LETTERS, LETTERS_PER_SECOND * (seconds or 0.0)) or letters < 0.5 * shown:
        return None
    return tuple(segments)


def text_of(segments: Sequence[Segment]) -> str:
    """The running text."""
    return "\n".join(segment.text for segment in segments if segment.text)


def _decoded(raw: bytes, charset: str | None) -> str | None:
    for name in ("utf-16",) if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", charset or "cp1252"):
        try:
            text = raw.decode(name)
        except (UnicodeError, LookupError):
            continue
        return None if "\0" in text else text.replace("\r\n", "\n").replace("\r", "\n")
    return None


def _parsed(text: str, announced: str, kind: str, seconds: float, names: Sequence[str]) -> list[Segment]:
    """By what the text is; what feed and server call it counts only where that leaves a choice."""
    head = text.lstrip("\ufeff \t\n")[:200].lower()
    if head.startswith("webvtt") or re.search(_CUE, text[:4000]):
        return _cues(text, names)
    if head.startswith(("{", "[")):
        return _from_json(text)
    if head.startswith("<") or (announced == "text/html" and "<" in text):
        return _from_html(text, seconds)
    if announced in ("text/plain", "text/html") and kind not in ("text/html", "application/json"):
        paragraphs = [_clean(part) for part in text.split("\n\n")]
        spoken = _without_names([part for part in paragraphs if part], names)
        return [Segment(start=0.0, end=seconds, text="\n".join(spoken))] if spoken else []
    raise _NoTranscript


def _cues(text: str, names: Sequence[str]) -> list[Segment]:
    """WebVTT and SubRip: blocks between empty lines, each with a line of times and lines of text."""
    times: list[tuple[float, float]] = []
    texts: list[str] = []
    for block in re.split(r"\n[ \t]*\n", text):
        lines = block.split("\n")
        at = next((n for n, line in enumerate(lines[:3]) if "-->" in line), None)
        if at is None:
            continue  # a header, a note, a style
        found = _CUE.fullmatch(lines[at])
        if found is None:
            continue
        begin, end = _seconds(found.groups()[:4]), _seconds(found.groups()[4:])
        said = _clean(" ".join(lines[at + 1 :]))
        if said and end >= begin:
            times.append((begin, end))
            texts.append(said)
        if len(times) > MOST_SEGMENTS:
            raise _NoTranscript
    return [
        Segment(start=begin, end=end, text=said)
        for (begin, end), said in zip(times, _without_names(texts, names), strict=True)
        if said
    ]


def _from_json(text: str) -> list[Segment]:
    """The podcast namespace's JSON: ``segments`` with ``startTime``, ``endTime``, ``body``, ``speaker``."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        raise _NoTranscript from None
    held = value.get("segments") if isinstance(value, dict) else None
    if not isinstance(held, list) or len(held) > MOST_SEGMENTS:
        raise _NoTranscript
    segments = []
    for one in held:
        if not isinstance(one, dict) or not isinstance(one.get("body"), str):
            raise _NoTranscript
        begin = _number(one.get("startTime"))
        end = _number(one.get("endTime"), begin)
        if said := _clean(one["body"]):
            segments.append((Segment(start=begin, end=max(begin, end), text=said), str(one.get("speaker") or "")))
    return _joined(segments)


def _joined(segments: list[tuple[Segment, str]]) -> list[Segment]:
    """Words and scraps of one speaker become sentences."""
    found: list[Segment] = []
    last = ""
    for segment, speaker in segments:
        before = found[-1] if found else None
        scrap = before is not None and speaker == last and not re.search(r"[.!?。！？…][\"'”’)]*$", before.text)
        if before is not None and scrap and segment.end - before.start <= 30 and segment.start >= before.start:
            joined = before.text + segment.text if segment.text[:1] in ".,!?;:" else f"{before.text} {segment.text}"
            found[-1] = Segment(start=before.start, end=max(before.end, segment.end), text=joined)
        else:
            found.append(segment)
        last = speaker
    return found


def _number(value: object, otherwise: float = 0.0) -> float:
    # Compared before it is converted: JSON's whole numbers may be too large for that.
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= _LATEST:
        return float(value)
    return otherwise


_MARKUP = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]*+)([^<>]*+)>|<[!?/][^<>]*+>|[^<]++|<")


class _Html:
    """``<cite>`` names the speaker, ``<time>`` when, ``<p>`` what is said; scripts and the like say nothing.

    Reads in one go: Python's own parser takes minutes for some ten thousand tags that never end.
    """

    _MUTE = frozenset({"cite", "script", "style", "head", "title", "nav", "header", "footer", "form", "button"})

    def __init__(self) -> None:
        self.parts: list[tuple[float | None, str]] = []
        self.tags: Counter[str] = Counter()
        self._mute: list[str] = []
        self._at: float | None = None
        self._in_time = False
        self._text: list[str] = []

    def feed(self, text: str) -> None:
        """Read all of a page."""
        first, *others = text.split("<!--")
        for token in _MARKUP.finditer("".join((first, *(part.partition("-->")[2] for part in others)))):
            end, name, rest = token.groups()
            if name is None:
                if not token[0].startswith(("<!", "<?", "</")):
                    self._data(html.unescape(token[0]))
                continue
            if not end:
                self._begins(name.lower())
            if end or rest.endswith("/"):
                self._ends(name.lower())
        self._flush()

    def _begins(self, tag: str) -> None:
        self.tags[tag] += 1
        if tag in self._MUTE:
            self._mute.append(tag)
        self._in_time = tag == "time"
        if tag in ("p", "time", "div", "li", "br", "cite"):
            self._flush()

    def _ends(self, tag: str) -> None:
        if self._mute and tag == self._mute[-1]:
            self._mute.pop()
        if tag == "time":
            self._in_time = False
        elif tag in ("p", "div", "li"):
            self._flush()

    def _data(self, data: str) -> None:
        if self._in_time:
            found = _TIME.fullmatch(data)
            self._at = _seconds(found.groups()) if found else self._at
        elif not self._mute:
            self._text.append(data)

    def _flush(self) -> None:
        said = " ".join("".join(self._text).split())
        self._text.clear()
        if said:
            self.parts.append((self._at, said))


def _from_html(text: str, seconds: float) -> list[Segment]:
    reader = _Html()
    reader.feed(text)
    # An error or login page is HTML, too: only what is marked up as speech counts.
    if not reader.tags["p"] or (reader.tags["form"] and not reader.tags["cite"]):
        raise _NoTranscript
    if not any(at is not None for at, _ in reader.parts):
        said = "\n".join(part for _, part in reader.parts)
        return [Segment(start=0.0, end=seconds, text=said)] if said else []
    begins = [at or 0.0 for at, _ in reader.parts]
    ends = [*begins[1:], max(seconds, begins[-1])]
    return [
        Segment(start=begin, end=max(begin, end), text=said)
        for (_, said), begin, end in zip(reader.parts, begins, ends, strict=True)
    ]


def _without_names(texts: list[str], names: Sequence[str]) -> list[str]:
    """``texts`` without the names that stand before what is said (``Ada: Good evening``)."""
    found = [_SPEAKER.match(text) for text in texts]
    counts = Counter(match[1].strip().casefold() for match in found if match is not None)
    known = {name.casefold() for name in names} | {part for name in names for part in name.casefold().split()}

    def is_speaker(match: re.Match[str]) -> bool:
        name = match[1].strip()
        often = counts[name.casefold()] >= _NAMED_OFTEN and len(name.split()) <= 4 and name[:1].isupper()
        return name.casefold() in known or often or _NUMBERED.fullmatch(name) is not None

    return [
        text[match.end() :] if match is not None and is_speaker(match) else text
        for text, match in zip(texts, found, strict=True)
    ]


def _merged(segments: Sequence[Segment]) -> list[Segment]:
    """In order of time; a cue that is shown twice is said once."""
    found: list[Segment] = []
    for segment in sorted(segments, key=lambda one: one.start):
        if found and segment.text == found[-1].text and segment.start <= found[-1].end + 0.5:
            found[-1] = Segment(start=found[-1].start, end=max(found[-1].end, segment.end), text=found[-1].text)
        else:
            found.append(segment)
    return found


def _clean(text: str) -> str:
    """Without tags (``<v Ada>``, ``<i>``) and entities, on one line. Half a character (JSON can hold one) is none."""
    plain = " ".join(html.unescape(_TAG.sub(" ", text)).split())
    return plain.encode("utf-8", "replace").decode()


def _seconds(groups: Sequence[str | None]) -> float:
    hours, minutes, whole, fraction = (group or "0" for group in groups)
    return int(hours) * 3600 + int(minutes) * 60 + int(whole) + int(fraction.ljust(3, "0")) / 1000


__all__ = ["read_transcript", "text_of"]
