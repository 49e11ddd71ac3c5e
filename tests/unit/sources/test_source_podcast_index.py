"""Source `podcast_index`: the index names feeds, the feeds name licences. No network is used."""

from __future__ import annotations

from tests.unit.sources.podcast_replay import records, rulings


def test_the_index_is_asked_for_the_slice_with_a_signed_request() -> None:
    found, requests = records("podcast_index")
    listing, *feeds = requests
    assert (listing.url.host, listing.url.path) == ("api.podcastindex.org", "/api/1.0/recent/feeds")
    assert dict(listing.url.params) == {"max": "1000", "since": "1767225600"}
    assert (listing.headers["x-auth-key"], len(listing.headers["authorization"])) == ("the-key", 40)
    assert len(found) == 3
    assert {str(request.url) for request in feeds} == {"https://tides.example/feed.xml"}
    assert not any("x-auth-key" in request.headers for request in feeds)


def test_what_would_load_waits_for_a_person() -> None:
    assert rulings("podcast_index") == {
        "tides-2026-01-01-ebb-and-flood": ("quarantine", "unreviewed_source", "CC-BY-SA-4.0"),
        "https://tides.example/13": ("deny", "nc", "CC-BY-NC-ND-4.0"),
        "tides-2026-01-01-contradiction": ("quarantine", "conflict", None),
    }
