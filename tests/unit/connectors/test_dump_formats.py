"""Records of bulk files: what each format gives, and that damage is told and never passed over."""

from __future__ import annotations

import io
import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rightful.connectors.dump.formats import FORMATS, Unreadable
from rightful.errors import Malformed

MOST = 100_000


def read(kind: str, data: bytes, most: int = MOST) -> list[Any]:
    found = FORMATS[kind](io.BufferedReader(io.BytesIO(data)), "a.file", most)  # type: ignore[arg-type]
    return [one if isinstance(one, Unreadable) else json.loads(one) for one in found]


def test_lines_of_json_come_as_they_stand_there() -> None:
    data = b'\xef\xbb\xbf{"id": 1}\r\n\n{"id": 2, "text": "\xe9\xa3\x8e"}\n  {"id": 3}'
    assert read("jsonl", data) == [{"id": 1}, {"id": 2, "text": "风"}, {"id": 3}]
    assert list(FORMATS["jsonl"](io.BytesIO(b'{"a":\n1e5,}\n'), "", MOST)) == [b'{"a":', b"1e5,}"]  # judged later
    assert read("jsonl", b"") == []


def test_a_line_that_is_too_long_is_told_and_the_next_one_read() -> None:
    long = json.dumps({"text": "x" * 3_000_000}).encode()
    found = read("jsonl", b'{"id": 1}\n' + long + b'\n{"id": 2}\n' + long)
    assert [one if isinstance(one, dict) else (one.number, one.reason) for one in found] == [
        {"id": 1},
        (2, "too_large"),
        {"id": 2},
        (4, "too_large"),
    ]


def test_rows_have_the_names_of_their_columns() -> None:
    data = '\ufeffid,text,license\n1,"a, ""b""\nc",CC0\n\n2,,\n'.encode()
    assert read("csv", data) == [
        {"id": "1", "text": 'a, "b"\nc', "license": "CC0"},
        {"id": "2", "text": "", "license": ""},
    ]
    assert read("csv", b"id\ttext\n1\tx,y\n") == [{"id": "1", "text": "x,y"}]
    assert read("csv", b"id,text\n") == []


def test_a_row_of_other_columns_is_told() -> None:
    found = read("csv", b"id,text\n1\n2,b,c\n3,d\n")
    assert [one if isinstance(one, dict) else (one.number, one.reason) for one in found] == [
        (1, "malformed"),
        (2, "malformed"),
        {"id": "3", "text": "d"},
    ]


@pytest.mark.parametrize(
    "data",
    [b"", b"\n1,2\n", b"a,a\n1,2\n", b'id,text\n1,"open\n', b"id,text\n1,\xff\n", b"id,text\n1," + b"x" * 200_000],
)
def test_a_table_that_nobody_can_read_to_its_end_is_an_error(data: bytes) -> None:
    with pytest.raises(Malformed, match=r"a\.file"):
        read("csv", data)


EXPORT = """<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" version="0.11" xml:lang="en"><siteinfo>
<sitename>Wikivoyage</sitename><dbname>enwikivoyage</dbname><base>https://en.wikivoyage.example/</base>
<namespaces><namespace key="0"/></namespaces></siteinfo>
<page><title>Skye &amp; wind</title><ns>0</ns><id>7</id><revision><id>71</id><parentid>70</parentid>
<timestamp>2026-01-02T03:04:05Z</timestamp><contributor><username>Ann</username><id>5</id></contributor>
<model>wikitext</model><format>text/x-wiki</format><text bytes="9" xml:space="preserve">'''風'''</text><sha1>x</sha1>
</revision></page>
<page><title>Old</title><ns>0</ns><id>8</id><redirect title="New"/><revision><id>80</id>
<timestamp>2026-03-01T00:00:00Z</timestamp><contributor deleted="deleted"/><text bytes="0"/></revision></page>
</mediawiki>"""


def test_pages_of_an_export() -> None:
    first, second = read("mediawiki_xml", EXPORT.encode())
    assert (first["title"], first["id"], first["ns"]) == ("Skye & wind", "7", "0")
    assert first["revision"]["text"] == "'''風'''"
    assert first["revision"]["contributor"] == {"username": "Ann", "id": "5"}
    assert first["siteinfo"]["dbname"] == "enwikivoyage"
    assert second["redirect"] == "New"
    assert (second["revision"]["contributor"], second["revision"]["text"]) == (None, "")


def test_of_a_history_the_newest_revision_counts_whatever_the_order() -> None:
    revisions = [
        f"<revision><id>{n}</id><timestamp>2026-01-0{n}T00:00:00Z</timestamp><text>v{n}</text></revision>"
        for n in (2, 3, 1)
    ]
    page = f"<mediawiki><page><title>A</title><id>1</id>{''.join(revisions)}</page></mediawiki>"
    assert [one["revision"]["text"] for one in read("mediawiki_xml", page.encode())] == ["v3"]


@pytest.mark.parametrize(
    "data", ["", EXPORT[: len(EXPORT) // 2], EXPORT[:-30], "<html><body>503</body></html>", "no XML"]
)
def test_an_export_that_breaks_off_is_an_error(data: str) -> None:
    with pytest.raises(Malformed, match=r"a\.file"):
        read("mediawiki_xml", data.encode())


def test_a_page_that_is_too_large_is_told_and_the_next_one_read() -> None:
    found = read("mediawiki_xml", EXPORT.replace("風", "風" * 50_000).encode())
    assert [type(one) for one in found] == [Unreadable, dict]
    assert "Skye" in found[0].detail


def test_memory_does_not_grow_with_an_export() -> None:
    page = EXPORT[EXPORT.index("<page>") : EXPORT.index("</page>") + 7].replace("風", "wind " * 2_000)
    head, peaks = EXPORT[: EXPORT.index("<page>")], []
    for pages in (50, 2_000):
        data = f"{head}{page * pages}</mediawiki>".encode()
        tracemalloc.start()
        assert sum(1 for _ in FORMATS["mediawiki_xml"](io.BytesIO(data), "a", MOST)) == pages
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 2**20


GAMES = b"""[Event "One"]
[White "M\xc3\xbcller"]

1. e4 {see
[Event "in a comment"]
} e5 1-0

[Event "Two"]
[White "B"]

1. d4 {never ends

[Event "Three"]
[White "C"]

1. c4 *
"""


def test_games_come_one_by_one_and_an_open_comment_swallows_none() -> None:
    found = read("pgn", GAMES)
    assert [one["tags"]["White"] for one in found] == ["Müller", "B", "C"]
    assert "in a comment" in found[0]["pgn"]
    assert [one["tags"]["White"] for one in read("pgn", b'[White "M\xfcller"]\n1. e4 *\n')] == ["Müller"]


def test_moves_without_tags_are_told_and_so_is_a_game_that_is_too_large() -> None:
    found = read("pgn", b'1. e4 *\n\n[White "A"]\n1. ' + b"e4 " * 50_000 + b'\n\n[White "B"]\n1. e4 *\n')
    assert [one if isinstance(one, dict) else (one.number, one.reason) for one in found] == [
        (1, "malformed"),
        (2, "too_large"),
        {"tags": {"White": "B"}, "played": None, "pgn": '[White "B"]\n1. e4 *'},
    ]


@pytest.mark.parametrize("kind", FORMATS)
@given(data=st.binary(max_size=300))
def test_whatever_the_bytes_are_they_end_in_records_or_an_error(kind: str, data: bytes) -> None:
    try:
        found = list(FORMATS[kind](io.BytesIO(data), "a.file", 50))
    except Malformed:
        return
    assert all(isinstance(one, bytes | Unreadable) for one in found)


@pytest.mark.parametrize(
    ("tags", "played"),
    [
        ('[UTCDate "2026.02.01"]\n[UTCTime "10:11:12"]', "2026-02-01T10:11:12Z"),
        ('[Date "2026.02.01"]\n[UTCTime "10:11:12"]', "2026-02-01"),
        ('[Date "????.??.??"]\n[EventDate "1850.01.31"]', "1850-01-31"),
        ('[Date "2026.??.??"]', None),
        ('[Event "x"]', None),
    ],
)
def test_when_a_game_was_played(tags: str, played: str | None) -> None:
    assert read("pgn", f"{tags}\n\n1. e4 *\n".encode())[0]["played"] == played
