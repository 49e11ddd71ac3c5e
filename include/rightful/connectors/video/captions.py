"""The publisher's own captions as a transcript: WebVTT and SubRip, and which captions of PeerTube a machine made."""

from __future__ import annotations

import html
import logging
import re
from collections.abc import Callable, Iterator

from rightful.connectors.envelope import Unreadable, decode
from rightful.errors import Malformed
from rightful.model import JSON, Media, Segment, Struct

log = logging.getLogger(__name__)

_TIME = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
_CUE = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}")
_MARKUP = re.compile(r"<[^<>]*>|\{\\[^{}]*\}")
_NOT_CUES = ("NOTE", "STYLE", "REGION", "WEBVTT")
_MOST_CUES = 200_000


class Captions(Struct, frozen=True, kw_only=True):
    """A transcript: its bytes as received, its text, and when what was said."""

    raw: bytes
    text: str
    segments: tuple[Segment, ...]


def transcribed(info: dict[str, JSON], media: Media, fetch: Callable[[str], bytes]) -> Captions | None:
    """The transcript that ``media`` announces; None when it is none of the publisher's, or holds nothing.

    Raises :class:`Malformed` for bytes that are no captions, and what ``fetch`` raises.
    """
    if str(info.get("extractor")).lower() == "peertube" and _is_automatic(info, media, fetch):
        return None
    raw = fetch(media.url)
    segments = cues_of(raw, media.language)
    text = "\n".join(segment.text for segment in segments)
    return Captions(raw=raw, text=text, segments=segments) if text.strip() else None


def cues_of(raw: bytes, language: str | None = None) -> tuple[Segment, ...]:
    """The cues of WebVTT or SubRip captions, in order; lines that a rolling display repeats are there once.

    Raises :class:`Malformed` for what is not UTF-8 and for a file without any cue.
    """
    try:
        text = raw.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise Malformed(f"captions that are not UTF-8 ({error.reason})") from None
    found: list[Segment] = []
    last: list[str] = []
    for start, end, lines in _blocks(text):
        fresh = [line for line in lines if line not in last]
        last = lines
        if fresh:
            found.append(Segment(start=start, end=max(start, end), text=" ".join(fresh), language=language))
        if len(found) > _MOST_CUES:
            raise Malformed(f"captions with more than {_MOST_CUES:,} cues")
    if not found:
        raise Malformed("captions without any cue")
    return tuple(found)


def _blocks(text: str) -> Iterator[tuple[float, float, list[str]]]:
    for block in re.split(r"\n[ \t]*\n+", text):
        lines = block.strip("\n").split("\n")
        place = next((number for number, line in enumerate(lines[:3]) if "-->" in line), None)
        if place is None or lines[0].startswith(_NOT_CUES[:3]):
            continue
        times = _CUE.match(lines[place])
        if times is None:
            raise Malformed(f"captions with a time that can't be read: {lines[place][:60]!r}")
        words = (" ".join(html.unescape(_MARKUP.sub("", line)).split()) for line in lines[place + 1 :])
        yield _seconds(times.groups()[:4]), _seconds(times.groups()[4:]), [line for line in words if line]


def _seconds(parts: tuple[str | None, ...]) -> float:
    hours, minutes, seconds, thousandths = parts
    return (
        int(hours or 0) * 3600
        + int(minutes or 0) * 60
        + int(seconds or 0)
        + int((thousandths or "0").ljust(3, "0")) / 1000
    )


def _is_automatic(info: dict[str, JSON], media: Media, fetch: Callable[[str], bytes]) -> bool:
    """Whether the instance says that a machine wrote these captions, which its extractor does not pass on.

    An answer that can't be read, or that does not list them, counts as yes.
    """
    page = str(info.get("webpage_url") or "")
    host = re.match(r"https?://[^/]+", page)
    if host is None:
        return True
    try:
        listed = decode(fetch(f"{host[0]}/api/v1/videos/{info.get('id')}/captions"))
    except Unreadable:
        return True
    for one in listed.get("data") or () if isinstance(listed, dict) else ():
        path = one.get("captionPath") if isinstance(one, dict) else None
        if isinstance(path, str) and path and media.url.endswith(path):
            # Instances before 6.2 made none and have no such member.
            return one.get("automaticallyGenerated") not in (None, False)
    return True


__all__ = ["Captions", "cues_of", "transcribed"]
