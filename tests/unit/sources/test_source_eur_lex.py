"""Source ``eur_lex``: an answer of the SPARQL endpoint, and the texts that it names. No network is used."""

from __future__ import annotations

import httpx
import pytest
from tests.unit.sources import replay
from tests.unit.sources.replay import connector, first_page, requests_of, rulings, source_of

from rightful.model import FailedRecord, Record
from rightful.text.plain import to_text

PAGE = "<html><body><p>Having regard to the Treaty,</p><p>‘Φέτα’ (ΠΟΠ) is entered in the register.</p></body></html>"


def test_acts_are_listed_with_the_address_of_their_text() -> None:
    first, second = first_page("eur_lex").records
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert first.version == "2026-01-04T06:12:11.123+01:00"
    assert first.linked is not None
    assert first.native_id == first.linked.url != second.native_id
    assert first.url == "https://eur-lex.europa.eu/legal-content/EN/TXT/?uri=CELEX:32026R0001"
    assert first.title is not None
    assert "Φέτα" in first.title
    assert first.linked.url.startswith("https://publications.europa.eu/resource/cellar/")


def test_acts_wait_for_a_person_to_rule_on_the_reuse_policy() -> None:
    assert {tuple(rest) for _, *rest in rulings("eur_lex")} == {
        ("quarantine", "weak_evidence", "LicenseRef-EU-Reuse-Policy")
    }


def test_an_act_whose_text_lies_nowhere_is_a_row(monkeypatch: pytest.MonkeyPatch) -> None:
    answer = (replay.SAVED / "eur_lex.json").read_text().replace(': "https://publ', ': "ftp://publ')
    monkeypatch.setattr(replay, "SAVED", replay.Saved.with_answer("eur_lex.json", answer))
    for record in first_page("eur_lex").records:
        assert isinstance(record, FailedRecord)
        assert "text.value" in record.detail


def test_the_text_is_that_of_the_whole_act() -> None:
    (first, _) = first_page("eur_lex").records
    assert isinstance(first, Record)
    with connector(source_of("eur_lex")) as (found, saved):

        def handle(request: httpx.Request) -> httpx.Response:
            headers = {"Content-Type": "application/xhtml+xml; charset=utf-8"}
            status = 200 if request.url.path.startswith("/resource/cellar/") else 404
            return httpx.Response(status, headers=headers, stream=httpx.ByteStream(PAGE.encode()), request=request)

        saved.handle_request = handle  # type: ignore[method-assign]
        read = found.complete_text(first)
    assert isinstance(read, Record), getattr(read, "detail", read)
    assert to_text(read.body or "", read.media_type) == (
        "Having regard to the Treaty,\n\n‘Φέτα’ (ΠΟΠ) is entered in the register."
    )


def test_requests_stay_inside_the_slice() -> None:
    (request,) = requests_of("eur_lex")
    query = request.url.params["query"]
    assert '?date >= "2026-01-01"^^xsd:date && ?date < "2026-01-02"^^xsd:date' in query
    assert "{from}" not in query
    assert "WHERE { ?work" in query
    assert set(request.url.params) == {"format", "query"}
