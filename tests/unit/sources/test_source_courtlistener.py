"""Source `courtlistener`: opinions of federal courts. No network is used."""

from __future__ import annotations

import httpx
from tests.unit.sources.replay import DAY, KEY, connector, first_page, requests_of, rulings, shards, source_of

from rightful.connectors.base import Known
from rightful.model import Record
from rightful.text.plain import to_text


def test_opinions_are_read() -> None:
    first, empty, third = first_page("courtlistener").records
    assert isinstance(first, Record)
    assert isinstance(empty, Record)
    assert isinstance(third, Record)
    assert (first.native_id, first.creators) == ("501", ("O'Connor",))
    assert first.url == "https://www.courtlistener.com/api/rest/v4/opinions/501/"
    assert to_text(first.body or "", first.media_type).strip() == "The 1 U.S. 1 applies."
    assert (empty.body, empty.creators) == ("", ())
    assert to_text(third.body or "", third.media_type).strip() == "Señor Núñez appeals; § 1983."


def test_federal_opinions_are_free_in_the_usa() -> None:
    assert {tuple(rest) for _, *rest in rulings("courtlistener")} == {("allow", "allowed", "LicenseRef-US-Gov-Work")}


def test_only_federal_courts_are_asked_one_by_one() -> None:
    source = source_of("courtlistener")
    federal = {"scotus", "cadc", "cafc", *(f"ca{number}" for number in range(1, 12))}
    assert set(source.shard.over["cluster__docket__court"]) == federal
    with connector(source) as (found, _):
        assert len(shards(found, DAY)) == len(federal)


def test_requests_stay_inside_the_slice_and_carry_the_key() -> None:
    (request,) = requests_of("courtlistener")
    query = request.url.params
    assert query["cluster__docket__court"] == "scotus"
    assert (query["date_modified__gte"], query["date_modified__lt"]) == ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")
    assert request.headers["Authorization"] == KEY


def test_an_opinion_that_was_taken_down_is_gone() -> None:
    with connector(source_of("courtlistener")) as (found, saved):

        def handle(request: httpx.Request) -> httpx.Response:
            assert request.url.path == "/api/rest/v4/opinions/501/"
            return httpx.Response(404, stream=httpx.ByteStream(b"{}"), request=request)

        saved.handle_request = handle  # type: ignore[method-assign]
        (sightings,) = found.look_up([Known(id="c:501", native_id="501", version="1", url="https://x")])
    assert [sighting.status for sighting in sightings] == ["gone"]
