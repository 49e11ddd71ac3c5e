"""Publishers' transcripts, in every form that the podcast namespace knows, and what is none."""

from __future__ import annotations

import json

import pytest

from rightful.connectors.podcast.transcripts import read_transcript, text_of
from rightful.model import Segment

FIRST, SECOND = "Good evening and welcome to the harbour.", "The ships come in before sunrise & leave at noon."
BOTH = [(0.0, 4.5, FIRST), (4.5, 9.0, SECOND)]
VTT = f"""WEBVTT - a title

NOTE Ada: not spoken --

STYLE
::cue {{ color: red }}

1
00:00.000 --> 00:04.500 align:start
<v Ada Lovelace>{FIRST}</v>

00:00:04.500 --> 00:00:09.000
<v.loud Grace>The ships <i>come in</i> before sunrise &amp; leave
at noon.
"""
SRT = f"""1\r
00:00:00,000 --> 00:00:04,500\r
Ada: {FIRST}\r
\r
2\r
00:00:04,500 --> 00:00:09,000\r
SPEAKER 2: {SECOND}\r
"""
JSON = {
    "version": "1.0.0",
    "segments": [
        {"speaker": "Ada", "startTime": 0, "endTime": 2, "body": "Good evening"},
        {"speaker": "Ada", "startTime": 2, "endTime": 4.5, "body": "and welcome to the harbour."},
        {"speaker": "Grace", "startTime": 4.5, "endTime": 9, "body": SECOND},
    ],
}
HTML = f"""<cite>Ada:</cite> <time>0:00</time> <p>{FIRST}</p>
<cite>Grace:</cite> <time>0:04.5</time> <p>The ships come in before sunrise &amp; leave at noon.</p>"""


def read(text: str | bytes, announced: str, seconds: float | None = 9.0, sent_as: str = "") -> list[tuple[object, ...]]:
    raw = text if isinstance(text, bytes) else text.encode()
    found = read_transcript(raw, sent_as, announced, seconds=seconds, names=("Ada Lovelace",))
    return [(s.start, s.end, s.text) for s in found or ()]


@pytest.mark.parametrize(
    ("text", "announced"),
    [
        (VTT, "text/vtt"),
        (VTT, "text/plain"),  # what it is counts, not what it is called
        (SRT, "application/x-subrip"),
        (SRT.encode("utf-16"), "application/srt"),
        ("\ufeff" + json.dumps(JSON), "application/json"),
        (HTML, "text/html"),
    ],
)
def test_times_are_kept_and_names_are_left_out(text: str | bytes, announced: str) -> None:
    assert read(text, announced) == BOTH


def test_plain_text_has_one_segment_over_all_of_it() -> None:
    text = f"Ada: {FIRST}\n\nNote: {SECOND}\n"
    assert read(text, "text/plain") == [(0.0, 9.0, f"{FIRST}\nNote: {SECOND}")]
    assert read(text, "text/plain", None)[0][:2] == (0.0, 0.0)
    assert read("Grüße aus dem Hafen, guten Abend!".encode("cp1252"), "text/plain", 5)[0][2].startswith("Grüße")


def test_a_name_that_begins_many_cues_is_a_speaker_s() -> None:
    cues = "\n\n".join(f"00:0{n}.000 --> 00:0{n}.900\nBabbage: That is sentence {n} of the talk." for n in range(4))
    assert [text for _, _, text in read(f"WEBVTT\n\n{cues}", "text/vtt")] == [
        f"That is sentence {n} of the talk." for n in range(4)
    ]


def test_a_cue_that_is_shown_twice_is_said_once() -> None:
    again = f"WEBVTT\n\n00:00.000 --> 00:02.000\n{FIRST}\n\n00:02.000 --> 00:04.000\n{FIRST}\n"
    assert read(again, "text/vtt") == [(0.0, 4.0, FIRST)]


@pytest.mark.parametrize(
    ("text", "announced", "seconds"),
    [
        ("", "text/vtt", None),
        ("WEBVTT\n\n", "text/vtt", None),
        ("\0" * 500, "text/plain", None),
        (bytes(range(256)) * 4, "text/vtt", None),
        ("<!DOCTYPE html><html><body><h1>404 Not Found, and a long story why</h1></body></html>", "text/vtt", None),
        ("<html><body><form><p>Please log in to read the transcript here</p></form></body></html>", "text/html", None),
        ('{"error": "there is no such transcript, sorry for that"}', "application/json", None),
        ('{"segments": [{"body": 5}]}', "application/json", None),
        ("[" * 100_000, "application/json", None),
        ("Please see our site for the transcript.", "text/vtt", None),
        (VTT, "text/vtt", 3600.0),  # ten seconds of words for an hour of sound
        ("1 2 3 4 5 6 7 8 9 " * 50 + "only numbers, hardly a word", "text/plain", 10.0),
    ],
)
def test_what_is_no_transcript_of_the_whole_gives_nothing(
    text: str | bytes, announced: str, seconds: float | None
) -> None:
    assert read(text, announced, seconds) == []


def test_the_running_text_has_a_line_a_segment() -> None:
    assert text_of([Segment(start=0, end=1, text="One."), Segment(start=1, end=2, text="Two.")]) == "One.\nTwo."


def test_numbers_and_characters_that_can_not_be_stored_cost_no_shard() -> None:
    said = "Good evening and welcome to the harbour."
    segments = [
        {"startTime": 10**400, "endTime": 2, "body": f"{said} Half a \ud800 character."},
        {"startTime": 1e300, "endTime": -(10**400), "body": "Well spoken."},
    ]
    found = read_transcript(json.dumps({"segments": segments}).encode(), "", "application/json", seconds=None)
    assert found is not None
    assert text_of(found).encode()
    assert all(0 <= one.start <= one.end <= 10**7 for one in found)


@pytest.mark.parametrize("hostile", ["<a ", "<a href='", "<!--", "<![CDATA[", "<?", "</", "<aa", "<!"])
def test_a_page_of_tags_that_never_end_is_read_in_one_go(hostile: str) -> None:
    """Python's own parser reads the first of these for hours: then this test does not end."""
    page = f"<html><p>Good evening and welcome to the harbour.</p>{hostile * 500_000}"
    found = read_transcript(page.encode(), "", "text/html", seconds=None)
    assert found is None or found[0].text.startswith("Good evening and welcome to the harbour.")


def test_comments_scripts_and_entities_of_a_page_are_not_said() -> None:
    page = (
        "<!doctype html><html><head><title>T</title></head><script>if (a<b) { x }</script>"
        "<!-- hidden <p>words</p> --><P CLASS='x'>Good evening &amp; welcome<br/>to the harbour, 1 < 2.</P><!-- <p>x"
    )
    found = read_transcript(page.encode(), "", "text/html", seconds=None)
    assert found is not None
    assert text_of(found) == "Good evening & welcome\nto the harbour, 1 < 2."
