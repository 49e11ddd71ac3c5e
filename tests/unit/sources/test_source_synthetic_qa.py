"""Source ``synthetic_qa``: answers of an endpoint as OpenAI's API documents them. No network is used."""

from __future__ import annotations

import json

from tests.unit.sources.replay import DAY, source_of
from tests.unit.sources.synthetic_replay import connector, records, rulings, saved

from rightful.model import FailedRecord, Record


def test_texts_tell_how_they_were_made() -> None:
    first, second = [record for record in records("synthetic_qa") if isinstance(record, Record)][:2]
    assert first.body == "Q: How often does the tide rise?\nA: Twice a day."
    assert first.synthesis is not None
    assert (first.synthesis.model, first.synthesis.depth) == ("open-model", 1)
    assert first.synthesis.seeds == ("wikipedia_changes:1@10",)
    assert first.synthesis.terms_date.isoformat() == "2026-11-24"
    assert "Use nothing but what the text says" in first.synthesis.prompt
    assert json.loads(first.synthesis.options)["temperature"] == 0.3
    assert first.attribution is not None
    assert first.attribution.startswith("Written by open-model (")
    assert first.attribution.endswith(") from: “Tide” by Ada, CC-BY-SA-4.0")
    assert (second.language, second.body) == ("ja", "問: 潮は一日に何度満ちますか。\n答: 二度です。")


def test_both_the_models_terms_and_the_seeds_licence_bind() -> None:
    assert not source_of("synthetic_qa").enabled
    assert rulings("synthetic_qa") == [
        ("wikipedia_changes:1@10", "allow", "allowed", "Apache-2.0 AND CC-BY-SA-4.0"),
        ("wikibooks:2@20", "allow", "allowed", "Apache-2.0 AND CC-BY-SA-4.0"),
        ("libretexts:3@30", "deny", "nc", "CC-BY-NC-SA-4.0"),
    ]


def test_what_is_no_whole_answer_is_a_row() -> None:
    failed = [record for record in records("synthetic_qa") if isinstance(record, FailedRecord)]
    assert [(record.reason, record.detail.partition(": ")[0]) for record in failed] == [
        ("truncated", "libretexts:4@40"),
        ("malformed", "libretexts:5@50"),
        ("fetch_failed", "libretexts:6@60"),
        ("malformed", "libretexts:7@70"),
    ]
    assert "refused" in failed[1].detail


def test_a_seed_is_material_and_fills_no_places() -> None:
    source, seeds, endpoint = saved("synthetic_qa")
    with connector(source, seeds[1:2], endpoint) as found:
        list(found.fetch(found.plan(DAY)[0]))
    (request,) = endpoint.requests
    body = json.loads(request.content)
    assert request.method == "POST"
    assert request.url.path == "/v1/chat/completions"
    assert [message["role"] for message in body["messages"]] == ["system", "user"]
    assert body["messages"][1]["content"] == f"Title: 潮汐\n\nText:\n\n{seeds[1].text}"
    assert (body["model"], body["temperature"], "stream" in body) == ("open-model", 0.3, False)
