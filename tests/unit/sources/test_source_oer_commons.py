"""Source `oer_commons`: resources by their licence's address; off until somebody has a token. No network is used."""

from __future__ import annotations

from tests.unit.sources.replay import KEY, first_page, requests_of, rulings, source_of

from rightful.model import Record


def test_it_is_switched_off_with_a_reason() -> None:
    source = source_of("oer_commons")
    assert not source.enabled
    assert "token" in (source.refusal or "")


def test_resources_are_read_with_the_address_of_their_page() -> None:
    first, second, _, last = first_page("oer_commons").records
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert isinstance(last, Record)
    assert (first.native_id, first.creators, first.publisher) == ("1", ("Ada Ångström",), "Open College")
    assert second.title == "潮の満ち引き"
    assert first.linked is not None
    assert last.linked is not None
    assert (first.linked.url, last.linked.url) == ("https://college.example/1", "https://oercommons.org/courses/4")


def test_words_that_name_no_licence_load_nothing() -> None:
    assert rulings("oer_commons") == [
        ("1", "allow", "allowed", "CC-BY-4.0"),
        ("2", "quarantine", "unknown_id", None),  # "Custom"
        ("3", "quarantine", "unknown_id", None),  # "Read the Fine Print"
        ("4", "deny", "nc", "CC-BY-NC-4.0"),
    ]


def test_the_token_is_sent_and_the_slice_bounded() -> None:
    (request,) = requests_of("oer_commons")
    query = request.url.params
    assert (query["token"], query["batch_start"], query["batch_size"]) == (KEY, "0", "50")
    assert (query["modified_from"], query["modified_to"]) == ("2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z")
