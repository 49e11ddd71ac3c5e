"""Source `reddit`: denied while nobody signed; what was removed is withdrawn. No network is used."""

from __future__ import annotations

from tests.unit.sources.replay import KEY, connector, first_page, requests_of, rulings, source_of

from rightful.connectors.base import Known
from rightful.model import Record


def test_it_is_switched_off_with_a_reason() -> None:
    source = source_of("reddit")
    assert not source.enabled
    assert "contract" in (source.refusal or "")


def test_posts_are_read() -> None:
    page = first_page("reddit")
    first, second, _, edited = page.records
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert isinstance(edited, Record)
    assert (first.native_id, first.url) == ("t3_a1", "https://www.reddit.com/by_id/t3_a1")
    assert (first.body, first.creators) == ("Why do tides turn?\n\nI **wonder**.", ("tide_watcher",))
    assert (second.title, second.publisher) == ("なぜ潮は満ちるのか", "r/AskScience")
    # Votes don't make a version, words do.
    assert first.version == edited.version != second.version
    assert page.cursor is not None


def test_a_removed_post_is_withdrawn_and_its_text_not_taken() -> None:
    removed = first_page("reddit").records[2]
    assert isinstance(removed, Record)
    assert (removed.deleted, removed.body) == (True, None)
    assert [record.deleted for record in first_page("reddit").records if isinstance(record, Record)].count(True) == 1


def test_without_a_signed_contract_everything_is_denied() -> None:
    assert {tuple(rest[:2]) for _, *rest in rulings("reddit")} == {("deny", "expired")}


def test_deletions_follow() -> None:
    known = [Known(id=f"r:{name}", native_id=f"t3_{name}", version="1", url="https://x") for name in ("a1", "a3", "a9")]
    with connector(source_of("reddit")) as (found, saved):
        (sightings,) = found.look_up(known)
    assert (saved.requests[0].url.path, saved.requests[0].url.params["id"]) == ("/api/info", "t3_a1,t3_a3,t3_a9")
    # Stands; was removed by a moderator; is not shown at all.
    assert [sighting.status for sighting in sightings] == ["found", "gone", "gone"]


def test_a_community_is_asked_for_with_the_token() -> None:
    (request,) = requests_of("reddit")
    assert (request.url.path, request.headers["Authorization"]) == ("/r/AskScience/new", f"Bearer {KEY}")
    assert "after" not in request.url.params
