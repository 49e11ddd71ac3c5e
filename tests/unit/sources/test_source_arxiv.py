"""Source ``arxiv``: papers by the licence that arXiv's own format names. No network is used."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.unit.sources.oai_replay import Repository

from rightful.model import Record, Slice

# The run at noon takes the day that ended in the night before.
NOON = Slice(start=datetime(2026, 1, 1, 12, tzinfo=UTC), end=datetime(2026, 1, 2, 12, tzinfo=UTC))


def test_papers_with_their_authors_and_the_address_of_their_pdf() -> None:
    repository = Repository("arxiv")
    first, _, old, *_ = repository.records(NOON)
    asked = dict(repository.requests[0].url.params)
    assert asked == {"verb": "ListRecords", "metadataPrefix": "arXiv", "from": "2026-01-01", "until": "2026-01-01"}
    assert isinstance(first, Record)
    assert isinstance(old, Record)
    assert (first.native_id, first.version, first.url) == (
        "2512.00001",
        "2026-01-01",
        "https://arxiv.org/abs/2512.00001",
    )
    assert (first.title, first.creators) == ("Tides and tokens", ("A. Ångström", "明 李"))
    assert first.linked is not None
    assert first.linked.url == "https://export.arxiv.org/pdf/2512.00001"
    assert (old.native_id, old.url) == ("math/0309136", "https://arxiv.org/abs/math/0309136")


def test_each_paper_is_ruled_by_its_licence() -> None:
    assert Repository("arxiv").rulings(NOON) == [
        ("2512.00001", "allow", "allowed", "CC-BY-4.0"),
        ("2512.00002", "deny", "not_allowed", "LicenseRef-arXiv-nonexclusive-distrib-1.0"),
        ("math/0309136", "deny", "no_tag", None),
        ("2512.00004", "deny", "nc", "CC-BY-NC-ND-4.0"),
        ("2512.00005", "deny", "withdrawn", None),
    ]
