"""What ``rightful new-source video`` writes: a source file, saved answers and a test, all of them valid from the start.

The example is a PeerTube instance: every platform is read the same way, by the extractor and the list that are named.
"""

from __future__ import annotations

import json

VIDEO_SOURCE = """\
# yaml-language-server: $schema=source.schema.json
#
# FILL IN one or two sentences: what this is, and how the licence of a video is determined.
# `rightful check {id}` shows what is wrong; docs/adding-a-source.md goes through it step by step.
id: {id}
title: FILL IN what people call it
kind: video
enabled: false # remove this line and the next one when no blank is left
refusal: FILL IN - not finished yet
channel: public_dataset
owner: fill-in@example.org # who answers for this source
homepage: https://tube.example.org
schedule: "0 0 * * *" # cron, UTC; a slice is the interval before
start_date: 2026-01-01
record_kind: transcript
tags: [video, speech]

license:
  scope: record
  basis: FILL IN why this may be used, in one sentence
  evidence: https://tube.example.org/FILL IN where a person can read the terms
  claims:
    - {{from: record.license, strength: uploader}} # publisher: only where the platform itself stands behind it
  aliases: {{}} # the platform's own names for licences; a name without a version stays without one

# Be gentle: what the platform's documentation allows, or less. One pool per host.
pace: {{requests_per_second: 1, max_connections: 1, pool: tube.example.org}}

fetch:
  base_url: https://tube.example.org # FILL IN
  site: https://tube.example.org # FILL IN the same: what the extractor knows it by
  allow_hosts: [] # FILL IN where the recordings lie, if elsewhere; `*.example.org` for numbered servers
  robots: obey # api: only for an interface that is offered to programs
  extractors: [PeerTube] # FILL IN yt-dlp's names; no other ever runs
  reviewed_channels: [] # FILL IN ids or URLs of the channels that a person has looked at
  list: # FILL IN a list with dates; or, where there is none, `pages: [channel or playlist]`
    path: /api/v1/videos
    params: {{sort: -publishedAt, isLocal: true}}
    paginate: {{style: offset, param: start, size_param: count, size: 100, total: total}}
    records: data
    id: uuid
    url: "peertube:tube.example.org:{{id}}"
    published: publishedAt
    seconds: duration
    newest_first: true
  format: "ba[acodec^=opus]/ba/w" # one file; of whole videos the smallest, for only the sound is heard
  captions: ["*"] # the publisher's own subtitles in the spoken language; [] none
"""


def _video(number: int, license: str | None) -> dict[str, object]:
    return {
        "uuid": _uuid(number),
        "name": "FILL IN: put answers of the real platform here",
        "publishedAt": f"2026-01-01T1{number}:00:00.000Z",
        "duration": 61,
        "licence": {"id": 1, "label": license},
        "language": {"id": "en", "label": "English"},
        "account": {"displayName": "A. Speaker", "url": "https://tube.example.org/accounts/speaker"},
        "channel": {"displayName": "Talks", "url": "https://tube.example.org/video-channels/talks"},
        "files": [
            {"resolution": {"id": 0, "label": "0p"}, "size": 1, "fileUrl": f"https://tube.example.org/{number}.mp4"}
        ],
    }


def _uuid(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


VIDEO_ANSWERS = (
    json.dumps(
        {
            "/robots.txt": "User-agent: *\nAllow: /\n",
            "/api/v1/videos": {
                "total": 2,
                "data": [
                    {"uuid": _uuid(number), "publishedAt": f"2026-01-01T1{number}:00:00.000Z", "duration": 61}
                    for number in (2, 1)
                ],
            },
            f"/api/v1/videos/{_uuid(1)}": _video(1, "CC BY 4.0"),
            f"/api/v1/videos/{_uuid(1)}/captions": {"total": 0, "data": []},
            f"/api/v1/videos/{_uuid(2)}": _video(2, None),
            f"/api/v1/videos/{_uuid(2)}/captions": {"total": 0, "data": []},
        },
        indent=2,
        ensure_ascii=False,
    )
    + "\n"
)

VIDEO_TEST = '''\
"""Source `{id}`: its saved answers are read as its file says. No network is used."""

from __future__ import annotations

from tests.unit.sources.video_replay import records, rulings

from rightful.model import Record

ID = "00000000-0000-4000-8000-{{:012d}}".format


def test_the_day_s_videos_are_read() -> None:
    found, requests = records("{id}")
    assert [type(record) for record in found] == [Record, Record]
    first = found[0]
    assert isinstance(first, Record)
    # FILL IN what the first video of the saved answers holds.
    assert first.native_id == ID(1)
    assert first.creators == ("A. Speaker",)
    assert first.media_seconds == 61
    # Nothing but metadata is asked for before the gate has ruled.
    assert not [request for request in requests if request.url.path.endswith(".mp4")]


def test_each_video_is_ruled_by_its_licence_and_its_channel() -> None:
    # FILL IN: one video that may load once its channel is reviewed, and one that may not.
    assert rulings("{id}") == {{
        ID(1): ("quarantine", "weak_evidence", "CC-BY-4.0"),
        ID(2): ("deny", "no_tag", None),
    }}
'''
