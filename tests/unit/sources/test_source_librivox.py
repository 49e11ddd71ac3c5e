"""Source `librivox`: chapters without dates and guids, under one statement. No network is used."""

from __future__ import annotations

from tests.unit.sources.podcast_replay import records, rulings

from rightful.model import Record


def test_the_catalogue_is_asked_for_new_books_and_their_chapters_are_read() -> None:
    found, requests = records("librivox")
    assert [str(request.url.copy_with(query=None)) for request in requests[:2]] == [
        "https://librivox.org/api/feed/audiobooks/"
    ] * 2
    assert requests[0].url.params["since"] == "1767225600"
    first, second = found
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert (first.title, first.publisher, first.published) == ("01 - Ebb", "Tide Tables by A. Moore", None)
    assert first.native_id != second.native_id
    assert [media.url.rpartition("/")[2] for media in first.media] == ["tidetables_01_moore_64kb.mp3"]
    assert (first.media_seconds, second.media_seconds) == (754.0, None)


def test_the_statement_counts_where_the_policy_is_of_the_usa() -> None:
    assert {ruling[0] for ruling in rulings("librivox", jurisdiction="US").values()} == {"allow"}
    assert {ruling[1] for ruling in rulings("librivox", jurisdiction="DE").values()} == {"jurisdiction"}
