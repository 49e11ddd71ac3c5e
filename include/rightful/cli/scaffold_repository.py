"""What ``rightful new-source repository`` writes: a source file, two commits and a test, all valid."""

from __future__ import annotations

import json

REPOSITORY_SOURCE = """\
# yaml-language-server: $schema=source.schema.json
#
# FILL IN one or two sentences: whose repositories these are, and under which licences they stand.
# `rightful check {id}` shows what is wrong; docs/repositories.md says how a file's licence is found.
id: {id}
title: FILL IN what people call it
kind: repository
enabled: false # remove this line and the next one when no blank is left
refusal: FILL IN - not finished yet
channel: public_dataset
owner: fill-in@example.org # who answers for this source
homepage: https://example.org
schedule: "0 0 * * 1" # cron, UTC; each slice looks at whole repositories as they were at its end
start_date: 2026-01-01
record_kind: code

license:
  scope: record
  basis: FILL IN why this may be used, in one sentence
  evidence: https://example.org/FILL IN where a person can read the terms
  claims:
    - {{from: file, strength: publisher}} # its own header, or what the repository states for it

pace: {{requests_per_second: 1, max_connections: 1}}
limits: {{record_bytes: 1048576, answer_seconds: 3600}}

fetch:
  base_url: https://example.org/ # FILL IN the host; names stand behind it
  repositories: [owner/name] # FILL IN; or `listed_in`, for a file of names
  opted_out: include/repositories/opted_out.txt
  page_url: "{{base_url}}/{{repository}}/blob/{{revision}}/{{path}}" # FILL IN how the host shows a file to people
"""

REPOSITORY_COMMITS = (
    json.dumps(
        {
            "owner/name": [
                {
                    "when": "2026-01-02T10:00:00+00:00",
                    "files": {
                        "src/a.py": "# SPDX-License-Identifier: MIT\n\nFILL_IN = 'some lines of a real file'\n",
                        "src/b.py": "FILL_IN = 'a file that must not load'\n",
                    },
                }
            ]
        },
        indent=1,
    )
    + "\n"
)

REPOSITORY_TEST = '''\
"""Source `{id}`: files are read as its source file says. No network is used."""

from __future__ import annotations

from tests.unit.sources.repository_replay import records, rulings

from rightful.model import Record

END = "2026-01-05"


def test_files_are_read() -> None:
    first = records("{id}", END)[0]
    assert isinstance(first, Record)
    # FILL IN what the first file holds.
    assert first.title == "owner/name: src/a.py"
    assert first.body is not None
    assert "FILL_IN" in first.body


def test_each_file_is_ruled_by_its_licence() -> None:
    # FILL IN: one file that may load, and one that may not.
    assert rulings("{id}", END) == [
        ("owner/name: src/a.py", "allow", "allowed", "MIT"),
        ("owner/name: src/b.py", "deny", "no_tag", None),
    ]
'''
