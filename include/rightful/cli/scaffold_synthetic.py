"""What ``rightful new-source synthetic`` writes: a source file, two seeds with their answers and a test, all valid."""

from __future__ import annotations

import json

SYNTHETIC_SOURCE = """\
# yaml-language-server: $schema=source.schema.json
#
# FILL IN one or two sentences: what a model writes here, from which documents, and what its terms say of training.
# `rightful check {id}` shows what is wrong; docs/synthetic.md goes through it.
id: {id}
title: FILL IN what people call it
kind: synthetic
enabled: false # remove this line and the next one when no blank is left
refusal: FILL IN - not finished yet
channel: synthetic
owner: fill-in@example.org # who answers for this source
homepage: https://example.org
schedule: "0 12 * * *" # cron, UTC; after the seed sources
start_date: 2026-01-01
record_kind: synthetic

license:
  scope: source
  statement: Apache-2.0 # FILL IN the model's terms; LicenseRef-generator-terms where they forbid training
  basis: FILL IN why what it writes may be used, in one sentence
  evidence: https://example.org/FILL IN where a person can read the terms

pace: {{requests_per_second: 2, max_connections: 2, pool: {id}}}
limits: {{read_seconds: 300, answer_seconds: 600}}

fetch:
  base_url: https://example.org/v1 # FILL IN
  model: fill-in-model # FILL IN as the endpoint is asked for it
  version: FILL IN the exact version, revision or digest
  terms_date: 2026-01-01 # FILL IN when somebody read the terms
  prompt:
    - role: user
      content: "FILL IN what to write about this text:\\n\\n{{text}}"
  options: {{temperature: 0, max_tokens: 500}}
  seeds:
    sources: [wikibooks] # FILL IN
    most: 100
"""


def _completion(text: str, finish: str = "stop") -> dict[str, object]:
    message = {"role": "assistant", "content": text, "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "fill-in-model",
        "choices": [choice],
    }


SYNTHETIC_ANSWERS = (
    json.dumps(
        {
            "seeds": [
                {"id": "wikibooks:1@1", "text": "FILL IN a text of a seed.", "license": "CC-BY-SA-4.0"},
                {"id": "wikibooks:2@1", "text": "One whose licence does not load.", "license": "CC-BY-NC-4.0"},
            ],
            "answers": {
                "FILL IN a text": _completion("FILL IN: put a real answer here."),
                "One whose licence": _completion("An answer that must not load."),
            },
        },
        indent=1,
    )
    + "\n"
)

SYNTHETIC_TEST = '''\
"""Source `{id}`: answers become texts as its source file says. No network is used."""

from __future__ import annotations

from tests.unit.sources.synthetic_replay import records, rulings

from rightful.model import Record


def test_answers_are_read() -> None:
    first = records("{id}")[0]
    assert isinstance(first, Record)
    # FILL IN what the first answer holds.
    assert first.body == "FILL IN: put a real answer here."
    assert first.synthesis is not None
    assert first.synthesis.seeds == ("wikibooks:1@1",)


def test_each_text_is_ruled_by_the_models_terms_and_its_seeds_licence() -> None:
    # FILL IN: one that may load, and one that may not.
    assert rulings("{id}") == [
        ("wikibooks:1@1", "allow", "allowed", "Apache-2.0 AND CC-BY-SA-4.0"),
        ("wikibooks:2@1", "deny", "nc", "CC-BY-NC-4.0"),
    ]
'''
