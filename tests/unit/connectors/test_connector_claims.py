"""Claims and reservations of records, and of the site that they come from."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from tests.unit.connectors.reading import DAY, LICENSE, body, fetch, records
from tests.unit.http.site import Site, connector_of, json_response, source_of

from rightful.model import FailedRecord, Record, Shard, Strength


def test_claims_of_a_record() -> None:
    tags: list[Any] = ["https://creativecommons.org/licenses/by/4.0/", None, "", ["CC BY"], {"a": 1}]
    items = [{"id": number, "text": "x", "license": tag} for number, tag in enumerate(tags)] + [{"id": 9, "text": "x"}]
    found = records([json_response({"items": items})], license=LICENSE)
    claims = [record.claims for record in found if isinstance(record, Record)]
    assert [len(claim) for claim in claims] == [1] * 6
    assert claims[0][0].raw == tags[0]
    assert (claims[0][0].place, claims[0][0].strength) == ("record.license", Strength.PUBLISHER)
    assert claims[1][0].raw is None
    assert claims[5][0].raw is None


def test_each_part_of_a_composite_record_has_its_claim_and_none_is_lost() -> None:
    rules = {
        "scope": "record",
        "claims": [{"from": "record.license", "part": "question"}, {"from": "record.answers[].license"}],
    }
    items = [
        {"id": 1, "text": "q", "license": "CC BY-SA 4.0", "answers": [{"license": "CC BY-SA 3.0"}, {"body": "no tag"}]},
        {"id": 2, "text": "q", "license": "CC BY-SA 4.0"},
        {"id": 3, "text": "q", "license": "CC BY-SA 4.0", "answers": [{"license": "CC BY-SA 3.0"}, {"body": "no tag"}]},
    ]
    found = records([json_response({"items": items})], license=rules)
    claims = [[(c.place, c.raw) for c in record.claims] for record in found if isinstance(record, Record)]
    assert (
        claims[0]
        == claims[2]
        == [
            ("record.license", "CC BY-SA 4.0"),
            ("record.answers[0].license", "CC BY-SA 3.0"),
            ("record.answers[1].license", None),
        ]
    )
    assert claims[1] == [("record.license", "CC BY-SA 4.0")]


def test_a_tag_means_what_it_meant_when_the_record_was_published() -> None:
    aliases = [
        {"expression": "CC-BY-3.0", "valid_until": "2025-07-31"},
        {"expression": "CC-BY-4.0", "valid_from": "2025-08-01"},
    ]
    days = ["2025-07-31", "2025-08-01", "2025-07-31"]
    items = [{"id": number, "text": "x", "license": "cc", "at": day} for number, day in enumerate(days)]
    found = records(
        [json_response({"items": items})], {"published": "at"}, license={**LICENSE, "aliases": {"cc": aliases}}
    )
    expressions = [record.claims[0].expression for record in found if isinstance(record, Record)]
    assert expressions == ["CC-BY-3.0", "CC-BY-4.0", "CC-BY-3.0"]


def test_claims_from_the_site_carry_their_evidence_and_are_asked_for_afresh() -> None:
    rules = {"scope": "record", "claims": [{"from": "site.rights.url"}]}
    answers = iter(["https://creativecommons.org/licenses/by/4.0/", None])

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/about"):
            return json_response({"rights": {"url": next(answers)}})
        return json_response({"items": [{"id": 1, "text": "x"}]})

    source = source_of({"site": {"path": "about", "params": {"s": 1}}}, license=rules)
    site = Site(answer)
    connector = connector_of(source, site)
    shard = Shard(source="example", slice=DAY, id="site=a", params={"over": {"site": "a"}})
    (first,), (second,) = list(connector.fetch(shard)), list(connector.fetch(shard))
    assert first.evidence == {"site": b'{"rights": {"url": "https://creativecommons.org/licenses/by/4.0/"}}'}
    (record,), (other,) = first.records, second.records
    assert isinstance(record, Record)
    assert isinstance(other, Record)
    assert record.evidence == "site"
    assert [(c.raw, c.place) for c in record.claims] == [
        ("https://creativecommons.org/licenses/by/4.0/", "site.rights.url")
    ]
    assert [c.raw for c in other.claims] == [None]
    assert first.requests == 2
    assert site.queries[0] == {"s": "1", "site": "a"}
    assert site.queries[1] == {"site": "a"}


def test_an_opt_out_in_the_headers_of_the_site_answer_speaks_for_every_record() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/about"):
            return json_response({}, tdm_reservation="1")
        number = int(request.url.params["page"])
        return json_response({"items": [{"id": number, "text": "x"}] if number < 3 else []}, x_robots_tag="noai")

    pages = fetch(answer, {"site": {"path": "about"}, "paginate": {"style": "page"}})
    found = [record for page in pages for record in page.records]
    assert [record.native_id for record in found] == ["1", "2"]
    for record in found:
        assert isinstance(record, Record)
        assert [(o.signal, o.place) for o in record.optouts] == [("noai", "header"), ("tdm-reservation", "site header")]


def test_a_statement_covers_every_record_and_a_contract_needs_no_claim() -> None:
    (record,) = records([json_response({"items": [{"id": 1, "text": "x"}]})])
    assert isinstance(record, Record)
    assert [c.raw for c in record.claims] == ["https://creativecommons.org/licenses/by/4.0/"]
    (record,) = records(
        [json_response({"items": [{"id": 1, "text": "x"}]})], license={"scope": "contract", "contract": "deal"}
    )
    assert isinstance(record, Record)
    assert record.claims == ()


@pytest.mark.parametrize("tags", [[1, True, 1.0, "1"], [True, 1, "1", 1.0], [0, False, "0", 0.0]])
def test_what_python_takes_for_equal_stays_apart(tags: list[Any]) -> None:
    items = [{"id": number, "text": "x", "license": tag} for number, tag in enumerate(tags)]
    found = records([json_response({"items": items})], license={**LICENSE, "aliases": {"1": "CC-BY-4.0"}})
    said = [record.claims[0].raw for record in found if isinstance(record, Record)]
    assert said == [tag if isinstance(tag, str) else json.dumps(tag) for tag in tags]


@pytest.mark.parametrize(
    "twice",
    [
        '"license":"CC BY-NC 4.0","license":"CC BY 4.0"',
        '"license":"CC BY-NC 4.0","licens\\u0065":"CC BY 4.0"',
        '"rights":{"license":"CC BY-NC 4.0","license":"CC BY 4.0"}',
        '"rights":{"license":"CC BY-NC 4.0"},"rights":{"license":"CC BY 4.0"}',
    ],
)
def test_a_record_that_names_its_licence_twice_under_one_key_fails(twice: str) -> None:
    rule = "record.rights.license" if "rights" in twice else "record.license"
    answer = body('{"items":[{"id":1,"text":"x",%s},{"id":2,"text":"x","license":"CC BY 4.0"}]}' % twice)  # noqa: UP031
    bad, good = records([answer], license={"scope": "record", "claims": [{"from": rule}]})
    assert isinstance(bad, FailedRecord)
    assert "twice in one object" in bad.detail
    assert isinstance(good, Record)


def test_one_key_in_several_objects_is_no_repetition() -> None:
    items = [{"id": 1, "text": "x", "license": "CC BY 4.0", "answers": [{"license": "a"}, {"license": "b"}]}]
    (record,) = records([json_response({"items": items})], license=LICENSE)
    assert isinstance(record, Record)
