"""Pages as connectors fetch them: an answer, a record that the gate denies, a failed one, or the end of the shard."""

from __future__ import annotations

import httpx
import pytest
from tests.unit.http.site import Site, client_of, source_of
from tests.unit.licensing.cases import PLAIN, POLICY
from tests.unit.pipeline.support import SOURCE, Batch, record

from rightful.connectors.pages import fetch_page
from rightful.errors import FetchError, Forbidden
from rightful.http.client import Answer, Client
from rightful.licensing.optouts import combined, from_meta
from rightful.licensing.recheck import may_load
from rightful.model import FailedRecord, Record
from rightful.pipeline.gate import Gate

HOME = "https://api.example.org"
ROBOTS = b"User-agent: *\nDisallow: /private\nContent-Signal: ai-train=yes\nUser-agent: CCBot\nDisallow: /odd\n"


def client(pages: dict[str, httpx.Response], **limits: int) -> Client:
    known = {
        "/robots.txt": httpx.Response(200, content=ROBOTS),
        "/.well-known/tdmrep.json": httpx.Response(404),
    } | pages
    source = source_of({"base_url": HOME}, limits={"retries": 0, **limits})
    return client_of(source, Site(lambda request: known.get(request.url.path, httpx.Response(404))))


def test_a_page_comes_with_all_that_its_site_says() -> None:
    page = fetch_page(client({"/a": httpx.Response(200, content=b"<p>x")}), f"{HOME}/a", native_id="a")
    assert isinstance(page, Answer)
    assert [(o.signal, o.value) for o in page.optouts] == [
        ("robots", "allow"), ("robots-training", "allow"), ("content-signal", "ai-train=yes"),
    ]  # fmt: skip


def test_what_robots_forbids_is_a_denied_row_that_tells_signal_value_place_and_time() -> None:
    kept_out = fetch_page(client({}), f"{HOME}/private/x", native_id="x")
    assert isinstance(kept_out, Record)
    done = Batch([kept_out])
    (row,) = done.ledger
    assert (row["outcome"], row["reason"], row["rule"]) == ("deny", "robots", "optout:robots")
    assert (row["source_url"], row["raw_sha256"], row["raw_uri"]) == (f"{HOME}/private/x", None, None)
    (robots, *_) = kept_out.optouts
    assert row["optouts"][0] == {
        "signal": "robots", "value": "disallow", "place": "robots.txt *", "seen": robots.seen,
    }  # fmt: skip
    assert robots.seen is not None
    assert done.documents == []


@pytest.mark.parametrize(
    ("path", "headers", "metas", "outcome", "reason", "rule"),
    [
        ("/a", {}, [], "allow", "allowed", None),
        ("/a", {"tdm-reservation": "1"}, [], "quarantine", "tdm_reserved", "optout:tdm-reservation"),
        ("/a", {"tdm-reservation": "1"}, [("tdm-reservation", "0")], "allow", "allowed", None),
        ("/a", {"x-robots-tag": "noai"}, [], "quarantine", "tdm_reserved", "optout:noai"),
        ("/a", {}, [("robots", "noai")], "quarantine", "tdm_reserved", "optout:noai"),
        ("/a", {}, [("robots", "noimageai")], "allow", "allowed", None),
        ("/odd", {}, [], "quarantine", "tdm_reserved", "optout:robots-training"),
        ("/a", {"content-usage": "train-ai=n"}, [], "quarantine", "tdm_reserved", "optout:content-usage"),
    ],
)  # fmt: skip
def test_every_opt_out_stands_in_the_ledger_with_its_time(
    path: str, headers: dict[str, str], metas: list[tuple[str, str]], outcome: str, reason: str, rule: str | None
) -> None:
    asker = client({path: httpx.Response(200, headers=headers, content=b"<p>x")})
    page = fetch_page(asker, f"{HOME}{path}", native_id="a")
    assert isinstance(page, Answer)
    optouts = combined(page.optouts, from_meta(metas, page.fetched_at))
    done = Batch([record("a", optouts=optouts)])
    (row,) = done.ledger
    assert (row["outcome"], row["reason"]) == (outcome, reason)
    assert rule is None or row["rule"] == rule
    assert len(row["optouts"]) == len(optouts)
    assert all(observation["seen"] is not None for observation in row["optouts"])
    assert [document["optouts"] for document in done.documents] == ([row["optouts"]] if outcome == "allow" else [])


def test_times_of_observation_do_not_make_every_page_a_new_case() -> None:
    pages = {f"/{n}": httpx.Response(200, headers={"tdm-reservation": "0"}, content=b"<p>x") for n in range(20)}
    asker = client(pages)
    answers = [fetch_page(asker, f"{HOME}{path}", native_id=path) for path in pages]
    records = [record(f"{n}", optouts=page.optouts) for n, page in enumerate(answers) if isinstance(page, Answer)]
    assert len({item.optouts for item in records}) == 20
    gate = Gate(SOURCE, POLICY, {})
    done = Batch(records, gate=gate)
    assert [row["outcome"] for row in done.ledger] == ["allow"] * 20
    assert len({row["optouts"][-1]["seen"] for row in done.ledger}) == 20
    assert len(gate._opinions) == 1


def test_the_audit_judges_the_same_columns() -> None:
    page = fetch_page(client({"/odd": httpx.Response(200, content=b"<p>x")}), f"{HOME}/odd", native_id="a")
    assert isinstance(page, Answer)
    item = record("a")
    problem = may_load("CC-BY-4.0", "CC-BY-4.0", item.claims, page.optouts, None, None, None, POLICY, {}, PLAIN)
    assert problem == "opt-out robots-training=disallow stands against it"


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        (httpx.Response(404), "fetch_failed"),
        (httpx.Response(410), "fetch_failed"),
        (httpx.Response(451), "fetch_failed"),
        (httpx.Response(204), "malformed"),
        (httpx.Response(200, content=b"x" * 5_000), "too_large"),
    ],
)
def test_a_page_that_is_none_is_a_failed_record(response: httpx.Response, reason: str) -> None:
    failed = fetch_page(client({"/a": response}, response_bytes=4_096), f"{HOME}/a", native_id="a")
    assert isinstance(failed, FailedRecord)
    assert (failed.native_id, failed.url, failed.reason) == ("a", f"{HOME}/a", reason)
    assert failed.detail


@pytest.mark.parametrize("status", [401, 402, 403])
def test_a_closed_door_ends_the_shard(status: int) -> None:
    with pytest.raises(Forbidden, match=str(status)):
        fetch_page(client({"/a": httpx.Response(status)}), f"{HOME}/a", native_id="a")


def test_trouble_that_may_pass_is_the_schedulers() -> None:
    with pytest.raises(FetchError):
        fetch_page(client({"/a": httpx.Response(502)}), f"{HOME}/a", native_id="a")
