"""Source `guardian`: read right, and denied as long as nobody signed a contract. No network is used."""

from __future__ import annotations

from tests.unit.sources.replay import KEY, first_page, requests_of, rulings, source_of

from rightful.model import Record


def test_it_is_switched_off_with_a_reason() -> None:
    source = source_of("guardian")
    assert not source.enabled
    assert "contract" in (source.refusal or "")


def test_records_are_read() -> None:
    (record,) = first_page("guardian").records
    assert isinstance(record, Record)
    assert record.native_id == "environment/2026/jan/01/tides-return"
    assert record.version == "2026-01-01T08:00:00Z"
    assert record.url == "https://www.theguardian.com/environment/2026/jan/01/tides-return"
    assert (record.title, record.creators, record.publisher) == (
        "The tides return",
        ("Jo Example",),
        "theguardian.com",
    )
    assert record.body == "The tide came back in the night."
    assert record.rights_holder == "Guardian News & Media Limited"


def test_without_a_signed_contract_everything_is_denied() -> None:
    ((_, decision, reason, _),) = rulings("guardian")
    assert (decision, reason) == ("deny", "expired")


def test_whole_days_are_asked_for_with_the_key() -> None:
    (request,) = requests_of("guardian")
    query = request.url.params
    assert (query["from-date"], query["to-date"], query["use-date"]) == ("2026-01-01", "2026-01-01", "last-modified")
    assert query["api-key"] == KEY
