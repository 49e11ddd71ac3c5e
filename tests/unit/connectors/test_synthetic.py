"""Kind ``synthetic``: what is odd about endpoints, and going on where it broke. No network, no store."""

from __future__ import annotations

import json
from typing import Any

import httpx
import msgspec
import pytest
from tests.unit.sources.replay import DAY
from tests.unit.sources.synthetic_replay import Shelf, connector, seed

from rightful.catalogue.models import Source
from rightful.connectors.reread import Observed, rereader_for
from rightful.connectors.synthetic.check import problems
from rightful.connectors.synthetic.connector import SyntheticConnector
from rightful.errors import ConfigurationError, FetchError, Forbidden, Refused
from rightful.model import FailedRecord, OptOut, Page, Record, Shard

PROMPT = [{"role": "user", "content": "Write about: {text}"}]
SEEDS = [seed(id=f"books:{number}@1", text=f"Text {number}.") for number in range(5)]


def source(**fetch: Any) -> Source:
    return Source.model_validate(
        {
            "id": "made",
            "title": "Made",
            "kind": "synthetic",
            "channel": "synthetic",
            "record_kind": "synthetic",
            "owner": "owner@example.org",
            "homepage": "https://example.org",
            "start_date": "2026-01-01",
            "license": {"scope": "source", "statement": "Apache-2.0"},
            "pace": {"requests_per_second": 1000},
            "limits": {"retries": 0},
            "fetch": {
                "base_url": "https://llm.example.org/v1",
                "model": "m",
                "version": "m-1",
                "terms_date": "2026-01-01",
                "prompt": PROMPT,
                "seeds": {"sources": ["books"]},
                "page_seeds": 2,
                **fetch,
            },
        }
    )


def completion(text: Any = "Written.", model: str = "m", finish: Any = "stop", **message: Any) -> dict[str, Any]:
    choice = {"index": 0, "message": {"role": "assistant", "content": text, **message}, "finish_reason": finish}
    return {"id": "1", "object": "chat.completion", "created": 1, "model": model, "choices": [choice]}


class Endpoint(httpx.BaseTransport):
    def __init__(self, status: int = 200, body: Any = None, **headers: str) -> None:
        self.status, self.headers, self.asked = status, headers, []  # type: ignore[var-annotated]
        self.body = body if isinstance(body, bytes) else json.dumps(completion() if body is None else body).encode()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.asked.append((str(request.url), request.method, json.loads(request.read())))
        headers = {"Content-Type": "application/json", **self.headers}
        return httpx.Response(self.status, headers=headers, stream=httpx.ByteStream(self.body), request=request)


def fetched(endpoint: Endpoint, cursor: Any = None, seeds: Any = SEEDS, **fetch: Any) -> list[Page]:
    with connector(source(**fetch), seeds, endpoint) as found:
        return list(found.fetch(found.plan(DAY)[0], cursor))


def only(endpoint: Endpoint, **fetch: Any) -> Record | FailedRecord:
    ((record,),) = ([*page.records] for page in fetched(endpoint, seeds=SEEDS[:1], **fetch))
    return record


def test_it_goes_on_at_the_seed_where_it_broke() -> None:
    whole = fetched(Endpoint())
    assert [len(page.records) for page in whole] == [2, 2, 1]
    after = Endpoint()
    rest = fetched(after, msgspec.json.decode(msgspec.json.encode(whole[0].cursor)))
    assert [record.native_id for page in rest for record in page.records] == [
        record.native_id for page in whole[1:] for record in page.records
    ]
    assert len(after.asked) == 3


def test_seeds_are_shared_out_over_shards() -> None:
    with connector(source(shard_seeds=2), SEEDS, Endpoint()) as found:
        shards = found.plan(DAY)
    assert [(shard.id, len(shard.params["seeds"])) for shard in shards] == [
        ("part-0001", 2),
        ("part-0002", 2),
        ("part-0003", 1),
    ]
    with connector(source(), [], Endpoint()) as found:
        (shard,) = found.plan(DAY)
        assert [page.records for page in found.fetch(shard)] == [()]


def test_a_seed_that_is_gone_is_counted_and_not_asked_about() -> None:
    endpoint = Endpoint()
    shelf: Any = Shelf({SEEDS[0].id: SEEDS[0]})
    with connector(source(), SEEDS, endpoint) as found:
        (shard,) = found.plan(DAY)
        later = SyntheticConnector(found.source, found.client, shelf)
        pages = list(later.fetch(shard))
    assert [dict(page.passed_over) for page in pages] == [{"seed gone": 1}, {"seed gone": 2}, {"seed gone": 1}]
    assert len(endpoint.asked) == 1


def test_the_same_seed_is_the_same_document_and_another_text_another_version() -> None:
    first, again, other = only(Endpoint()), only(Endpoint()), only(Endpoint(body=completion("Otherwise.")))
    assert isinstance(first, Record)
    assert isinstance(again, Record)
    assert isinstance(other, Record)
    assert (first.native_id, first.version) == (again.native_id, again.version)
    assert first.native_id == other.native_id
    assert first.version != other.version
    for changed in ({"version": "m-2"}, {"options": {"seed": 2}}, {"prompt": [{"role": "user", "content": "{text}!"}]}):
        assert only(Endpoint(), **changed).native_id != first.native_id


@pytest.mark.parametrize(
    ("body", "what"),
    [
        (b"<html>", "JSON"),
        (b"[]", "no chat completion"),
        ({"model": "m"}, "no chat completion"),
        ({"model": "m", "choices": []}, "no chat completion"),
        ({**completion(), "choices": completion()["choices"] * 2}, "2 choices"),
        (completion(None), "wrote nothing"),
        (completion(""), "wrote nothing"),
        (completion(" \n"), "wrote nothing"),
        (completion(["a"]), "no chat completion"),
        (completion("x", finish=None), "did not come to an end"),
        (completion("x", finish="length"), "did not come to an end"),
        (completion("x", finish="content_filter"), "did not come to an end"),
        (completion("x", refusal="No."), "refused"),
        (completion("x", tool_calls=[{"id": "1"}]), "tool"),
    ],
)
def test_what_is_no_whole_text_never_loads(body: Any, what: str) -> None:
    record = only(Endpoint(body=body))
    assert isinstance(record, FailedRecord)
    assert what in record.detail
    assert "books:0@1" in record.detail


def test_another_model_stops_everything() -> None:
    with pytest.raises(ConfigurationError, match="answers as model 'm-preview'") as told:
        only(Endpoint(body=completion(model="m-preview")))
    assert "made" in str(told.value)
    assert isinstance(only(Endpoint(body=completion(model="m-preview")), answers_as="m-preview"), Record)


@pytest.mark.parametrize(
    ("status", "error"), [(401, Forbidden), (403, Forbidden), (404, Refused), (500, FetchError), (307, Refused)]
)
def test_what_concerns_every_seed_is_raised(status: int, error: type[Exception]) -> None:
    endpoint = Endpoint(status, {"error": {"message": "no"}}, Location="https://elsewhere.example.org/v1")
    with pytest.raises(error, match=r"llm\.example\.org"):
        only(endpoint)
    assert [url for url, _, _ in endpoint.asked] == ["https://llm.example.org/v1/chat/completions"]


@pytest.mark.parametrize("status", [400, 413, 422])
def test_what_concerns_one_seed_is_a_row(status: int) -> None:
    pages = fetched(Endpoint(status, {"error": {"message": "too long"}}))
    assert [type(record) for page in pages for record in page.records] == [FailedRecord] * 5


def test_what_binds_the_seed_binds_the_text() -> None:
    reserved = OptOut(signal="tdm-reservation", value="1", place="header")
    shelf = [seed(id="books:1@1", license="CC-BY-SA-4.0", optouts=[reserved], creators=["Ada", "Bob"])]
    ((record,),) = ([*page.records] for page in fetched(Endpoint(), seeds=shelf))
    assert isinstance(record, Record)
    assert [(claim.raw, claim.part) for claim in record.claims] == [
        ("Apache-2.0", "generator"),
        ("CC-BY-SA-4.0", "seed"),
    ]
    assert record.optouts == (reserved,)
    assert record.creators == ("Ada", "Bob")


def test_a_record_can_be_made_again_from_its_bytes() -> None:
    record = only(Endpoint())
    assert isinstance(record, Record)
    assert record.fetched_at is not None
    observed = Observed(url=record.url, claims=record.claims, optouts=record.optouts, fetched_at=record.fetched_at)
    assert rereader_for(source()).reread(record.raw, observed) == record
    for raw in (b"", b"synthetic/1 {}\n{}", record.raw[1:], record.raw[:-20]):
        assert isinstance(rereader_for(source()).reread(raw, observed), FailedRecord)


@pytest.mark.parametrize(
    ("fetch", "what"),
    [
        ({"prompt": []}, "at least 1"),
        ({"prompt": [{"role": "user", "content": "Write."}]}, "holds {text}"),
        ({"prompt": [{"role": "user", "content": "{text} {body}"}]}, "{body}"),
        ({"prompt": [{"role": "assistant", "content": "{text}"}]}, "role"),
        ({"options": {"n": 4}}, "`n`"),
        ({"options": {"stream": True}}, "`stream`"),
        ({"seeds": {"sources": []}}, "at least 1"),
        ({"seeds": {"sources": ["made"]}}, "of itself"),
        ({"seeds": {"sources": ["books"], "min_chars": 10, "max_chars": 5}}, "max_chars"),
        ({"terms_date": None}, "terms_date"),
        ({"version": ""}, "version"),
    ],
)
def test_settings_that_can_not_work_are_refused(fetch: dict[str, Any], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        source(**fetch)


def test_seed_sources_must_be_there(tmp_path: Any) -> None:
    assert [what for what, _ in problems(source(), tmp_path)] == ["`fetch.seeds.sources`: there is no source `books`"]
    (tmp_path / "books.yaml").touch()
    assert list(problems(source(), tmp_path)) == []


def test_it_can_not_be_asked_again() -> None:
    with connector(source(), SEEDS, Endpoint()) as found, pytest.raises(ConfigurationError):
        found.look_up([])


def test_a_shard_of_another_plan_is_read_as_it_says() -> None:
    shard = Shard(source="made", slice=DAY, id="x", params={"seeds": [SEEDS[3].id]})
    with connector(source(), SEEDS, Endpoint()) as found:
        (page,) = found.fetch(shard)
    assert [type(record) for record in page.records] == [Record]
