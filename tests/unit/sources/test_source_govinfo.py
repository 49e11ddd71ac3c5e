"""Source `govinfo`: packages of collections that hold federal works only. No network is used."""

from __future__ import annotations

import pytest
from tests.unit.sources.replay import DAY, KEY, connector, first_page, requests_of, rulings, shards, source_of

from rightful.errors import EndlessCursor
from rightful.model import Record


def test_packages_are_read_with_the_address_of_their_text() -> None:
    first, second = first_page("govinfo").records
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert (first.native_id, first.version) == ("BILLS-119hr1ih", "2026-01-01T03:04:05Z")
    assert first.url == "https://www.govinfo.gov/app/details/BILLS-119hr1ih"
    assert first.linked is not None
    assert first.linked.url == "https://www.govinfo.gov/content/pkg/BILLS-119hr1ih/html/BILLS-119hr1ih.htm"
    assert second.title == "Niños y Mareas Act"


def test_works_of_the_government_are_free_in_the_usa() -> None:
    assert {tuple(rest) for _, *rest in rulings("govinfo")} == {("allow", "allowed", "LicenseRef-US-Gov-Work")}


def test_collections_with_other_peoples_words_stay_out() -> None:
    asked = set(source_of("govinfo").shard.over["collection"])
    assert not asked & {"CHRG", "CREC", "FR", "USCOURTS", "CPD", "ERIC"}


def test_collection_and_time_stand_in_the_address() -> None:
    (request,) = requests_of("govinfo")
    assert request.url.path == "/collections/BILLS/2026-01-01T00:00:00Z/2026-01-01T23:59:59Z"
    assert dict(request.url.params) == {"pageSize": "100", "offsetMark": "*"}
    assert request.headers["X-Api-Key"] == KEY


def test_the_next_page_is_asked_for_with_the_key_and_the_cursor_holds_none() -> None:
    with connector(source_of("govinfo")) as (found, saved):
        pages = found.fetch(shards(found, DAY)[0])
        cursor = next(pages).cursor
        with pytest.raises(EndlessCursor):  # the one saved answer comes again
            next(pages)
    assert saved.requests[1].url.params["offsetMark"] == "AoJw8Nb"
    assert saved.requests[1].headers["X-Api-Key"] == KEY
    assert KEY not in str(cursor)
