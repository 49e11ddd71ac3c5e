"""Source `openverse_captions`: what others say of images; it waits for a person. No network is used."""

from __future__ import annotations

from tests.unit.sources.replay import KEY, first_page, requests_of, rulings, source_of

from rightful.model import Record


def test_it_is_switched_off_and_not_reviewed() -> None:
    source = source_of("openverse_captions")
    assert (source.enabled, source.trust) == (False, "unreviewed")
    assert "terms" in (source.refusal or "")


def test_title_tags_and_credit_are_the_text() -> None:
    first, _, third, _ = first_page("openverse_captions").records
    assert isinstance(first, Record)
    assert isinstance(third, Record)
    assert first.body == 'Lighthouse\n\nsea\n\n灯台\n\n"Lighthouse" by Ada Ångström is licensed.'
    assert (first.url, first.creators, first.publisher) == ("https://photos.example/1", ("Ada Ångström",), "flickr")
    assert third.creators == ()


def test_nothing_loads_by_an_aggregators_word() -> None:
    decided = [tuple(rest) for _, *rest in rulings("openverse_captions")]
    assert decided == [
        ("quarantine", "weak_evidence", "CC-BY-4.0"),
        ("deny", "nc", "CC-BY-NC-2.0"),
        ("quarantine", "weak_evidence", "CC-PDM-1.0"),
        ("deny", "no_tag", None),
    ]


def test_the_token_is_sent() -> None:
    (request,) = requests_of("openverse_captions")
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert (request.url.params["q"], request.url.params["page"]) == ("lighthouse", "1")
