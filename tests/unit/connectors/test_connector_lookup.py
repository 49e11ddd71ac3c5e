"""Asking again: in batches, by the ids that the source knows; only a complete answer shows that something is gone."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

import httpx
import pytest
from tests.unit.connectors.reading import LICENSE, body
from tests.unit.http.site import Site, connector_of, json_response, source_of

from rightful.catalogue.models import LookUp, Source
from rightful.connectors.base import Known, Sighting
from rightful.connectors.lookup import MOST_FAILED, how_to_look
from rightful.errors import ConfigurationError, RateLimited
from rightful.model import Credentials

BY, NC = "CC-BY-4.0", "CC BY-NC 4.0"
SITE_WIDE = {"scope": "record", "claims": [{"from": "site.rights"}]}


def known(*ids: str, **more: str) -> list[Known]:
    return [
        Known(**{"id": f"example:{id}@1", "native_id": id, "version": "1", "url": f"https://x/{id}", **more})
        for id in ids
    ]


def source(look_up: dict[str, Any] | None, license: dict[str, Any] | None = None, **fetch: Any) -> Source:
    block = {} if look_up is None else {"look_up": look_up}
    return source_of({**block, **fetch}, limits={"retries": 0}, license=license or LICENSE)


def look(source: Source, answers: Any, documents: list[Known]) -> tuple[list[Sighting], Site]:
    site = Site(answers)
    found = [sighting for many in connector_of(source, site).look_up(documents) for sighting in many]
    return found, site


def told(found: list[Sighting]) -> dict[str, tuple[str, list[str | None]]]:
    return {s.id or f"*{s.group}": (s.status, [claim.raw for claim in s.claims]) for s in found}


def items(*records: Any, **more: Any) -> httpx.Response:
    return json_response({"items": list(records), **more})


def test_found_changed_and_gone() -> None:
    answer = items({"id": "a", "license": BY}, {"id": "b", "license": NC}, {"id": "d"})
    found, site = look(source({"ids": "ids"}), [answer], known("a", "b", "c", "d"))
    assert told(found) == {
        "example:a@1": ("found", [BY]),
        "example:b@1": ("found", [NC]),
        "example:c@1": ("gone", []),
        "example:d@1": ("found", [None]),  # no tag any more: the gate denies that
    }
    assert [query["ids"] for query in site.queries] == ["a,b,c,d"]


def test_batches_and_documents_with_the_same_id() -> None:
    documents = [*known("a", "b", "c"), Known(id="example:a@2", native_id="a", version="2", url="https://x/a")]
    answers = [items({"id": "a", "license": BY}, {"id": "b", "license": BY}), items({"id": "c", "license": BY})]
    found, site = look(source({"ids": "ids", "batch": 2}), answers, documents)
    assert [query["ids"] for query in site.queries] == ["a,b", "c"]
    assert {name for name, (status, _) in told(found).items() if status == "found"} == {d.id for d in documents}


def test_ids_in_the_path_by_groups_of_what_else_is_asked() -> None:
    spec = {
        "path": "questions/{ids}", "separator": ";", "of": "url", "id": "number",
        "match": "https://(?P<site>[a-z]+)/q/(?P<id>[0-9]+)",
    }  # fmt: skip
    urls = ["https://one/q/1", "https://two/q/1", "https://one/q/2", "https://one/other/3"]
    documents = [Known(id=url, native_id="n", version="1", url=url) for url in urls]

    def answer(request: httpx.Request) -> httpx.Response:
        return items(
            *({"number": int(id), "license": BY} for id in unquote(request.url.path).rpartition("/")[2].split(";"))
        )

    found, site = look(source(spec), answer, documents)
    assert sorted(unquote(url) for url in site.asked) == [
        "https://api.example.org/v1/questions/1;2?site=one",
        "https://api.example.org/v1/questions/1?site=two",
    ]
    assert {name: status for name, (status, _) in told(found).items()} == {
        **dict.fromkeys(urls[:3], "found"), urls[3]: "error"
    }  # fmt: skip


def test_a_site_wide_statement_is_asked_for_once_and_covers_all() -> None:
    plain = source({"ids": "ids", "batch": 1}, SITE_WIDE, site={"path": "about"})

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("about"):
            return json_response({"rights": NC})
        return items({"id": request.url.params["ids"]})

    found, site = look(plain, answer, known("a", "b"))
    assert told(found) == {"*": ("found", [NC]), "example:a@1": ("found", [NC]), "example:b@1": ("found", [NC])}
    assert found[0].raw == b'{"rights": "CC BY-NC 4.0"}'
    assert len(site.requests) == 3
    only, site = look(source(None, SITE_WIDE, site={"path": "about"}), answer, known("a", "b"))
    assert (told(only), len(site.requests)) == ({"*": ("found", [NC])}, 1)


def test_without_the_statement_no_record_is_asked_for() -> None:
    plain = source({"ids": "ids"}, SITE_WIDE, site={"path": "about"})
    found, site = look(plain, [httpx.Response(404, content=b"")], known("a"))
    assert {name: status for name, (status, _) in told(found).items()} == {"*": "error"}
    assert len(site.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        json_response({}),
        json_response({"items": None}),
        json_response([]),
        json_response({"error": "gone fishing"}, status=403),
        body("<html>", **{"content-type": "text/html"}),
        body('{"items": ['),
        json_response({"items": [{"license": BY}]}),  # a record without an id might be any
        json_response({"items": ["a"]}),
        json_response({"items": "a"}),
        body('{"items": [{"id": "a", "license": "CC BY-NC 4.0", "license": "CC-BY-4.0"}, {"id": "b"}]}'),
        httpx.Response(404, content=b""),
        httpx.Response(500, content=b""),
        httpx.ConnectError("no route"),
    ],
)
def test_what_is_no_proper_answer_shows_nothing_gone(answer: Any) -> None:
    found, _ = look(source({"ids": "ids"}), [answer], known("a", "b"))
    assert {s.status for s in found} == {"error"}, [s.detail for s in found]
    assert len(found) == 2


def test_an_answer_that_goes_on_elsewhere_shows_nothing_gone() -> None:
    pages = source({"ids": "ids"}, paginate={"style": "page", "more": "has_more"})
    for more, status in ((True, "error"), (None, "error"), (False, "gone")):
        found, _ = look(pages, [items({"id": "a", "license": BY}, has_more=more)], known("a", "b"))
        assert [s.status for s in found] == ["found", status]
    batches = source({"ids": "ids"}, complete="batchcomplete")
    for answer, status in ((items({"id": "a"}), "error"), (items({"id": "a"}, batchcomplete=True), "gone")):
        found, _ = look(batches, [answer], known("b"))
        assert [s.status for s in found] == [status]


@pytest.mark.parametrize("status", [404, 410])
def test_a_single_record_may_be_gone_by_its_status(status: int) -> None:
    found, _ = look(source({"path": "items/{ids}", "batch": 1, "records": "."}), [httpx.Response(status)], known("a"))
    assert [s.status for s in found] == ["gone"]


def test_a_single_record_is_the_answer_itself() -> None:
    single = source({"path": "items/{ids}", "batch": 1, "records": "."})
    found, site = look(single, [json_response({"id": "a", "license": BY}), json_response({"id": "x"})], known("a", "b"))
    assert [s.status for s in found] == ["found", "gone"]
    assert [url.rpartition("/")[2] for url in site.asked] == ["a", "b"]


def test_elements_of_elements_and_what_is_hidden() -> None:
    spec = {
        "ids": "revids",
        "separator": "|",
        "of": "version",
        "records": "pages[].revisions[]",
        "id": "revid",
        "gone": "hidden",
    }
    documents = [Known(id=f"example:p@{n}", native_id="p", version=str(n), url="https://x") for n in (1, 2, 3)]
    pages = [
        {"revisions": [{"revid": 1, "license": BY}, {"revid": 2, "license": BY, "hidden": True}]},
        {"missing": True},
    ]
    found, site = look(source(spec), [json_response({"pages": pages})], documents)
    assert [s.status for s in found] == ["found", "gone", "gone"]
    assert site.queries[0]["revids"] == "1|2|3"


def test_a_record_that_says_two_things_says_both() -> None:
    found, _ = look(source({"ids": "ids"}), [items({"id": "a", "license": BY}, {"id": "a", "license": NC})], known("a"))
    assert told(found)["example:a@1"] == ("found", [BY, NC])


def test_an_id_with_the_separator_in_it_is_not_asked_for() -> None:
    found, site = look(source({"ids": "ids"}), [items({"id": "b", "license": BY})], known("a,x", "b"))
    assert {s.id: s.status for s in found} == {"example:a,x@1": "error", "example:b@1": "found"}
    assert [query["ids"] for query in site.queries] == ["b"]


def test_a_licence_that_echoes_the_secret_is_not_kept() -> None:
    plain = source_of(
        {"look_up": {"ids": "ids"}, "auth": {"type": "query", "name": "key"}}, license=LICENSE, connection="example"
    )
    site = Site([items({"id": "a", "license": "for s3cr3t-key"}, {"id": "b", "license": BY})])
    connector = connector_of(plain, site, credentials=Credentials(password="s3cr3t-key"))
    (found,) = connector.look_up(known("a", "b"))
    assert [s.status for s in found] == ["error", "found"]
    assert "s3cr3t-key" in site.asked[0]
    assert "s3cr3t-key" not in str(found)


def test_a_source_that_is_down_is_left_alone() -> None:
    documents = known(*"abcdefgh")
    found, site = look(source({"ids": "ids", "batch": 1}), [httpx.Response(500)], documents)
    assert len(site.requests) == len(found) == MOST_FAILED


@pytest.mark.parametrize("status", [401, 402, 403])
def test_a_source_that_does_not_want_us_is_asked_no_more(status: int) -> None:
    found, site = look(source({"ids": "ids", "batch": 1}), [httpx.Response(status)], known("a", "b", "c"))
    assert (len(site.requests), [(s.id, s.status) for s in found]) == (1, [("example:a@1", "error")])
    plain = source({"ids": "ids"}, SITE_WIDE, site={"path": "about"})
    found, site = look(plain, [httpx.Response(status)], known("a"))
    assert (len(site.requests), [s.status for s in found]) == (1, ["error"])


def test_patience_is_asked_for_by_an_error() -> None:
    with pytest.raises(RateLimited):
        look(source({"ids": "ids"}), [httpx.Response(429, headers={"retry-after": "7200"})], known("a"))


def test_what_can_not_be_asked_says_so() -> None:
    plain = source(None)
    assert how_to_look(plain) == "none"
    with pytest.raises(ConfigurationError, match=r"fetch\.look_up"):
        look(plain, [items()], known("a"))
    # With several sites in one source nobody can tell which statement covers which document.
    split = source(None, SITE_WIDE, site={"path": "about"}).model_copy(
        update={"shard": source(None).shard.model_copy(update={"over": {"wiki": ("en", "de")}})}
    )
    assert how_to_look(split) == "none"


@pytest.mark.parametrize(
    "block",
    [
        {}, {"path": "items"}, {"ids": "ids", "path": "items/{ids}"}, {"ids": "ids", "match": "("},
        {"ids": "ids", "match": "(?P<number>[0-9]+)"}, {"ids": "ids", "batch": 0}, {"ids": "ids", "separator": ""},
        {"ids": "ids", "params": {"api_key": "x"}},
    ],
)  # fmt: skip
def test_blocks_that_can_not_work(block: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"ids|match|batch|separator|secret"):
        LookUp.model_validate(block)
