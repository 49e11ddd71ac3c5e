"""Source `stack_exchange`: a thread is a composite; one post without a licence stops it. No network is used."""

from __future__ import annotations

from tests.unit.sources.replay import DAY, connector, first_page, requests_of, rulings, shards, source_of

from rightful.connectors.base import Known
from rightful.model import Record


def test_a_thread_is_one_record_with_all_its_posts() -> None:
    page = first_page("stack_exchange")
    first = page.records[0]
    assert isinstance(first, Record)
    assert first.native_id == first.url == "https://cooking.stackexchange.com/q/90001"
    assert first.title == "Why does dough rise & fall?"
    assert first.creators == ("user55", "Baker")
    assert first.body == "Why does dough rise & fall?\n\nMy dough rises, then falls.\n\nBecause *yeast* likes it warm."
    assert [(claim.part, claim.raw) for claim in first.claims] == [
        ("question", "CC BY-SA 4.0"),
        ("answers[0]", "CC BY-SA 4.0"),
    ]


def test_every_post_must_be_licensed() -> None:
    by_id = {native_id: rest for native_id, *rest in rulings("stack_exchange")}
    assert by_id["https://cooking.stackexchange.com/q/90001"][0] == "allow"
    assert by_id["https://cooking.stackexchange.com/q/90003"] == ["allow", "allowed", "CC-BY-SA-4.0"]
    assert by_id["https://cooking.stackexchange.com/q/90004"][0] != "allow"


def test_one_shard_a_site() -> None:
    source = source_of("stack_exchange")
    with connector(source) as (found, _):
        ids = [shard.id for shard in shards(found, DAY)]
    assert ids == [f"site={site}" for site in source.shard.over["site"]]


def test_requests_stay_inside_the_slice() -> None:
    (request,) = requests_of("stack_exchange")
    query = request.url.params
    assert request.url.path == "/2.3/questions"
    assert (query["site"], query["page"], query["pagesize"]) == ("stackoverflow", "1", "100")
    # Both ends are inclusive: 2026-01-01T00:00:00Z to 23:59:59Z.
    assert (query["fromdate"], query["todate"]) == ("1767225600", "1767311999")


def test_threads_are_asked_for_again_by_site_and_number() -> None:
    source = source_of("stack_exchange")
    url = "https://cooking.stackexchange.com/q/{}"
    known = [
        Known(id=str(number), native_id=url.format(number), version="1", url=url.format(number))
        for number in (90001, 90004, 90099)
    ]
    with connector(source) as (found, saved):
        (sightings,) = found.look_up(known)
    (request,) = saved.requests
    assert request.url.path == "/2.3/questions/90001;90004;90099"
    assert (request.url.params["site"], request.url.params["pagesize"]) == ("cooking.stackexchange.com", "100")
    # The saved answer says that there is more, so that what it lacks may still be there.
    assert [sighting.status for sighting in sightings] == ["found", "found", "error"]
    assert {claim.raw for claim in sightings[0].claims} == {"CC BY-SA 4.0"}
    assert None in {claim.raw for claim in sightings[1].claims}
