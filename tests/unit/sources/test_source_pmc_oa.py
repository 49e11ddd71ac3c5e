"""Source ``pmc_oa``: articles in JATS by the licence that they name themselves. No network is used."""

from __future__ import annotations

from tests.unit.sources.oai_replay import Repository

from rightful.connectors.reread import Observed, rereader_for
from rightful.model import Record
from rightful.text.plain import to_text


def test_articles_with_authors_and_text() -> None:
    repository = Repository("pmc_oa")
    records = repository.records()
    assert dict(repository.requests[0].url.params) == {
        "verb": "ListRecords",
        "metadataPrefix": "pmc",
        "from": "2026-01-01",
        "until": "2026-01-01",
        "set": "pmc-open",
    }
    first, older, *_ = records
    assert isinstance(first, Record)
    assert isinstance(older, Record)
    assert (first.native_id, first.url) == ("12700001", "https://pmc.ncbi.nlm.nih.gov/articles/PMC12700001/")
    assert (first.title, older.title) == ("Mytilus edulis and the tide", "Older style")
    assert (first.creators, first.publisher) == (("Ada Ångström", "小明 王"), "Open Tide Press")
    assert first.linked is None
    assert to_text(first.body or "", first.media_type).split("\n") == [
        "Mytilus edulis and the tide",
        "",
        "Mussels open with the tide.",
        "",
        "Results",
        "",
        "We counted 1,204 mussels, and 潮汐 moved all of them.",
    ]


def test_each_article_is_ruled_by_all_licences_that_it_names() -> None:
    assert Repository("pmc_oa").rulings() == [
        ("12700001", "allow", "allowed", "CC-BY-4.0"),
        ("12700002", "allow", "allowed", "CC-BY-2.0"),
        ("12700003", "deny", "nc", "CC-BY-NC-ND-4.0"),
        ("12700004", "deny", "no_tag", None),
        ("12700005", "deny", "no_tag", None),
        ("12700006", "deny", "nc", "CC-BY-NC-4.0"),
        ("12700007", "deny", "nc", "CC-BY-NC-4.0"),
        ("12700008", "allow", "allowed", "CC0-1.0"),
    ]


def test_an_article_can_be_read_again_from_its_bytes() -> None:
    repository = Repository("pmc_oa")
    first = repository.records()[0]
    assert isinstance(first, Record)
    observed = Observed(url=first.url, claims=first.claims, optouts=first.optouts, fetched_at=first.fetched_at)
    assert rereader_for(repository.source).reread(first.raw, observed) == first
