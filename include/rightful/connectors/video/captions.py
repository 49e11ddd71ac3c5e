"""The publisher's own captions as a transcript, and which captions of a PeerTube instance a machine made."""

from __future__ import annotations

import re
from collections.abc import Callable

from rightful.connectors.envelope import Unreadable, decode
from rightful.connectors.podcast.transcripts import read_transcript, text_of
from rightful.model import JSON, Media, Segment, Struct


class Captions(Struct, frozen=True, kw_only=True):
    """A transcript: its bytes as received, its text, and when what was said."""

    raw: bytes
    text: str
    segments: tuple[Segment, ...]


def transcribed(
    info: dict[str, JSON], media: Media, seconds: float | None, fetch: Callable[[str], bytes]
) -> Captions | None:
    """The transcript that ``media`` announces; None when it is not the publisher's, or not of the whole recording.

    ``seconds`` is the recording's length. Raises what ``fetch`` raises.
    """
    if str(info.get("extractor")).lower() == "peertube" and _is_automatic(info, media, fetch):
        return None
    raw = fetch(media.url)
    segments = read_transcript(raw, "", media.media_type or "", seconds=seconds)
    return Captions(raw=raw, text=text_of(segments), segments=segments) if segments else None


def _is_automatic(info: dict[str, JSON], media: Media, fetch: Callable[[str], bytes]) -> bool:
    """Whether the instance says that a machine wrote these captions, which its extractor does not pass on.

    An answer that can't be read, or that does not list them, counts as yes.
    """
    host = re.match(r"https?://[^/]+", str(info.get("webpage_url") or ""))
    if host is None:
        return True
    try:
        listed = decode(fetch(f"{host[0]}/api/v1/videos/{info.get('id')}/captions"))
    except Unreadable:
        return True
    data = listed.get("data") if isinstance(listed, dict) else None
    for one in data if isinstance(data, list) else ():
        path = one.get("captionPath") if isinstance(one, dict) else None
        if isinstance(path, str) and path and media.url.endswith(path):
            # Instances before 6.2 made none and have no such member.
            return one.get("automaticallyGenerated") not in (None, False)
    return True


__all__ = ["Captions", "transcribed"]
