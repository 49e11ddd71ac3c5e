"""A podcast: spoken episodes of known words, with a licence each or none, some with their publisher's transcript.

The feed is RSS 2.0 with the elements of iTunes and of the podcast namespace, as real shows have it.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from email.utils import formatdate
from xml.sax.saxutils import escape, quoteattr

from demo.stream import Moment, Stream
from demo.web import Request, Response

EPISODES_A_DAY = 4
FEED_DAYS = 30
"""So far back the feed lists episodes."""

SITE = "https://podcast.example"
_CC = "https://creativecommons.org/licenses/"


@dataclass(frozen=True)
class Case:
    """What an episode says of its licence, and what follows from it (known here, not asked of the gate)."""

    license: str | None
    outcome: str
    reason: str
    transcript: bool = False


CASES = (
    Case(f"{_CC}by/4.0/", "allow", "allowed"),
    Case(None, "deny", "no_tag"),
    Case(f"{_CC}by-nc/4.0/", "deny", "nc"),
    Case(f"{_CC}by-sa/4.0/", "allow", "allowed", transcript=True),
)

SCRIPTS = (
    (
        "Good evening and welcome. Tonight we talk about the harbour, where the ships come in before sunrise. "
        "The fishermen mend their nets on the quay, and the market opens when the first boat is home. "
        "Some of the families have worked here for more than a hundred years."
    ),
    (
        "Welcome back to the garden hour. In the autumn we plant onions and garlic, and cover the beds with leaves. "
        "The soil must rest until the frost is over. Water the young trees once a week, and keep the paths dry."
    ),
    (
        "This is the science report. A telescope in the desert has seen a new comet beyond the planet Jupiter. "
        "It will pass the sun in eleven months, and with good glasses people will see it in the evening sky."
    ),
    (
        "Today we visit the old library in the town hall. Its oldest book was printed four hundred years ago. "
        "Every page is made of linen, and the ink is still black. Visitors may turn the pages with clean hands."
    ),
    (
        "In this episode we learn how bread is made. Mix flour, water and salt, and wait for one night. "
        "In the morning the dough is twice as large. Bake it in a hot oven for forty minutes."
    ),
    (
        "Here is the weather for the mountains. Snow will fall in the north until Friday, and the roads are closed. "
        "In the south the wind is warm, and the rivers are high. Take good shoes and tell someone where you go."
    ),
    (
        "Our guest has driven the night train for thirty years. She knows every bridge and every signal on the line. "
        "The best moment, she says, is the first light over the lake, when all the passengers are still asleep."
    ),
)
"""The words of the episodes."""


def stream_of(scale: int) -> Stream:
    """When the episodes were published."""
    return Stream(EPISODES_A_DAY, 501, scale, spread=0)


def case_of(moment: Moment) -> Case:
    """The licence of an episode."""
    return CASES[moment.index % len(CASES)]


def script_of(moment: Moment) -> str:
    """The words of an episode; no two of one day are the same while there are enough scripts."""
    return SCRIPTS[(moment.day * EPISODES_A_DAY + moment.index) % len(SCRIPTS)]


def episode_id(moment: Moment) -> str:
    """Its guid."""
    return f"{SITE}/episodes/{moment.date}-{moment.index}"


class PodcastSite:
    """``feed.xml``, ``audio/<key>.mp3`` and ``transcripts/<key>.vtt`` below ``prefix``.

    ``scale`` multiplies the episodes a day.
    """

    def __init__(self, prefix: str, scale: int = 1) -> None:
        self._prefix, self._stream = prefix, stream_of(scale)

    def answer(self, request: Request) -> Response:
        """The feed, or a file of an episode."""
        name = request.path.removeprefix(self._prefix)
        if name == "feed.xml":
            address = f"http://{request.headers.get('host', '127.0.0.1')}{self._prefix}"
            return Response(self._feed(address).encode(), type="application/rss+xml; charset=utf-8")
        folder, _, file = name.partition("/")
        key, _, ending = file.partition(".")
        moment = self._stream.find(int(key)) if key.isascii() and key.isdigit() and len(key) < 20 else None
        if moment is None or moment.unix > time.time():
            return Response(b"no such episode", status=404, type="text/plain; charset=utf-8")
        if (folder, ending) == ("audio", "mp3"):
            return _part(request, sound(moment)[0])
        if (folder, ending) == ("transcripts", "vtt") and case_of(moment).transcript:
            return Response(vtt(moment).encode(), type="text/vtt; charset=utf-8")
        return Response(b"no such file", status=404, type="text/plain; charset=utf-8")

    def _feed(self, address: str) -> str:
        now = int(time.time())
        recent = self._stream.between(now - FEED_DAYS * 86_400, now)
        items = "\n".join(_item(moment, address) for moment in reversed(list(recent.part(0, len(recent)))))
        return f"""<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"
     xmlns:podcast="https://podcastindex.org/namespace/1.0">
<channel>
<title>The Evening Half Hour</title>
<link>{SITE}/</link>
<language>en</language>
<description>Short talks, spoken by a machine for a demonstration.</description>
<itunes:author>The Evening Editors</itunes:author>
{items}
</channel>
</rss>
"""


def sound(moment: Moment) -> tuple[bytes, float]:
    """The episode as MP3, and its seconds."""
    from demo.voice import mp3  # here: the other sites need no synthesiser

    return mp3(script_of(moment))


def vtt(moment: Moment) -> str:
    """The publisher's own transcript, as WebVTT: a cue for each sentence, timed by its share of the letters."""
    sentences = [sentence.strip() + "." for sentence in script_of(moment).split(".") if sentence.strip()]
    letters, at, cues = sum(map(len, sentences)), 0.0, []
    for sentence in sentences:
        end = at + sound(moment)[1] * len(sentence) / letters
        cues.append(f"{_clock(at)} --> {_clock(end)}\n<v Editor>{sentence}")
        at = end
    return "WEBVTT\n\n" + "\n\n".join(cues) + "\n"


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 3600:02d}:{int(seconds) // 60 % 60:02d}:{seconds % 60:06.3f}"


def _item(moment: Moment, address: str) -> str:
    case, rows = case_of(moment), []
    if case.license is not None:
        slug = "-".join(case.license.removeprefix(_CC).strip("/").split("/"))
        rows.append(f"<podcast:license url={quoteattr(case.license)}>cc-{slug}</podcast:license>")
    if case.transcript:
        rows.append(f'<podcast:transcript url="{address}transcripts/{moment.key}.vtt" type="text/vtt" language="en"/>')
    # A script of this length takes about a third of a second a word; the true length is known once it was spoken.
    seconds = len(script_of(moment).split()) * 2 // 5
    return f"""<item>
<title>{escape(script_of(moment).split(".")[1].strip())}, {moment.date}</title>
<guid isPermaLink="false">{episode_id(moment)}</guid>
<link>{SITE}/{moment.date}/{moment.index}</link>
<pubDate>{formatdate(moment.unix)}</pubDate>
<itunes:duration>{seconds}</itunes:duration>
<enclosure url="{address}audio/{moment.key}.mp3" length="0" type="audio/mpeg"/>
{" ".join(rows)}
</item>"""


def _part(request: Request, body: bytes) -> Response:
    """The file, or the rest of it that a ``Range: bytes=<first>-`` asks for (RFC 9110, section 14)."""
    first = request.headers.get("range", "").removeprefix("bytes=").removesuffix("-")
    if first.isascii() and first.isdigit() and 0 < int(first) < len(body):
        start = int(first)
        headers = {"Content-Range": f"bytes {start}-{len(body) - 1}/{len(body)}", "Accept-Ranges": "bytes"}
        return Response(body[start:], status=206, type="audio/mpeg", headers=headers)
    return Response(body, type="audio/mpeg", headers={"Accept-Ranges": "bytes"})
