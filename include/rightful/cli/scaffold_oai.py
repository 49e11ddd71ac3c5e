"""What ``rightful new-source oai_pmh`` writes: a source file, a saved answer and a test, all valid from the start."""

from __future__ import annotations

OAI_SOURCE = """\
# yaml-language-server: $schema=source.schema.json
#
# FILL IN one or two sentences: whose repository this is, and how the licence of a record is determined.
# `rightful check {id}` shows what is wrong; docs/adding-a-source.md goes through it step by step.
id: {id}
title: FILL IN what people call it
kind: oai_pmh
enabled: false # remove this line and the next one when no blank is left
refusal: FILL IN - not finished yet
channel: public_dataset # or licensed_api, other
owner: fill-in@example.org # who answers for this source
homepage: https://example.org
schedule: "0 0 * * *" # cron, UTC; a slice is the interval before
start_date: 2026-01-01

license:
  scope: record # record: each record says it; source: one statement for all; contract: a signed file
  basis: FILL IN why this may be used, in one sentence
  evidence: https://example.org/FILL IN where a person can read the terms
  claims:
    - {{from: "record.metadata.dc.rights[]", strength: publisher}} # FILL IN; []: all must be allowed

# Be gentle: what the repository's documentation allows, or less. One pool per host.
pace: {{requests_per_second: 0.5, max_connections: 1, pool: repository.example.org}}

fetch:
  base_url: https://repository.example.org/oai # FILL IN
  prefix: oai_dc # FILL IN: ?verb=ListMetadataFormats tells which there are
  granularity: day # FILL IN: ?verb=Identify tells
  lists: [title, creator, rights, identifier, description] # FILL IN elements that may stand more than once
  fields: # FILL IN paths inside a record
    id: header.identifier
    version: header.datestamp
    url: metadata.dc.identifier.0
    title: metadata.dc.title.0
    text: metadata.dc.description
    creators: metadata.dc.creator
"""

_HEAD = "<header><identifier>oai:repository.example.org:{}</identifier><datestamp>2026-01-01</datestamp></header>"
_DC = (
    '<metadata><oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/">{}</oai_dc:dc></metadata>'
)
_FIRST = (
    "<dc:title>FILL IN: put an answer of the real repository here</dc:title><dc:creator>A. Writer</dc:creator>"
    "<dc:identifier>https://example.org/1</dc:identifier>"
    "<dc:description>An article that may be used, since its licence says so.</dc:description>"
    "<dc:rights>https://creativecommons.org/licenses/by/4.0/</dc:rights>"
)
_SECOND = (
    "<dc:title>FILL IN: keep one record that must not load</dc:title>"
    "<dc:identifier>https://example.org/2</dc:identifier><dc:description>An article without a licence.</dc:description>"
)
OAI_ANSWER = f"""\
<?xml version="1.0" encoding="UTF-8"?>
<OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">
<responseDate>2026-01-02T00:00:00Z</responseDate>
<request verb="ListRecords" metadataPrefix="oai_dc">https://repository.example.org/oai</request>
<ListRecords>
<record>{_HEAD.format(1)}{_DC.format(_FIRST)}</record>
<record>{_HEAD.format(2)}{_DC.format(_SECOND)}</record>
</ListRecords>
</OAI-PMH>
"""

OAI_TEST = '''\
"""Source `{id}`: its saved answer is read as its file says. No network is used."""

from __future__ import annotations

from tests.unit.sources.oai_replay import Repository

from rightful.model import Record


def test_records_are_read() -> None:
    first, second = Repository("{id}").records()
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    # FILL IN what the first record of the saved answer holds.
    assert (first.native_id, first.url) == ("oai:repository.example.org:1", "https://example.org/1")
    assert (first.body or "").startswith("An article")
    assert first.creators == ("A. Writer",)


def test_each_record_is_ruled_by_its_licence() -> None:
    # FILL IN: one record that may load, and one that may not.
    allowed, denied = Repository("{id}").rulings()
    assert allowed[1:] == ("allow", "allowed", "CC-BY-4.0")
    assert denied[1:] == ("deny", "no_tag", None)
'''
