"""Kind ``oai_pmh``: answers and records that are odd, broken or hostile. No network."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from pydantic import ValidationError
from tests.unit.connectors.harvests import BY, NC, OAI, Harvest, answer, error, listing, record, source_of
from tests.unit.sources.replay import source_of as catalogued

from rightful.connectors.oai.check import problems
from rightful.connectors.oai.xml import read_answer
from rightful.errors import ConfigurationError, Malformed, Refused
from rightful.model import FailedRecord, Record


def test_two_licences_are_never_read_as_the_first() -> None:
    [found] = Harvest(listing(record(1, f"<license>{BY}</license><license>{NC}</license>"))).records()
    assert isinstance(found, Record)
    assert [claim.expression for claim in found.claims] == [None]
    lists = {"lists": ["license", "author"]}
    claims = {"scope": "record", "claims": [{"from": "record.metadata.arXiv.license[]"}]}
    for said, expected in (
        (f"<license>{BY}</license>", [BY]),
        (f"<license>{BY}</license><license>{NC}</license>", [BY, NC]),
    ):
        [found] = Harvest(listing(record(1, said)), fetch=lists, license=claims).records()
        assert isinstance(found, Record)
        assert [claim.raw for claim in found.claims] == expected


@pytest.mark.parametrize("code", ["badArgument", "cannotDisseminateFormat", "noSetHierarchy", "badVerb", ""])
def test_an_error_in_a_good_answer_is_an_error(code: str) -> None:
    with pytest.raises(Refused, match="words of the repository"):
        Harvest(error(code)).records()


def test_an_error_beside_no_records_is_an_error() -> None:
    both = '<error code="noRecordsMatch">none</error><error code="badArgument">words of the repository</error>'
    with pytest.raises(Refused, match="badArgument"):
        Harvest(answer(both)).records()


def test_entities_are_not_expanded() -> None:
    inside = "<header><identifier>a:1</identifier></header><metadata><m><t>&x;</t></m></metadata>"
    plain = OAI.partition("?>")[2].format(f"<ListRecords><record>{inside}</record></ListRecords>")
    for entity in ('SYSTEM "file:///etc/passwd"', '"swollen"'):
        [raw] = read_answer(f"<!DOCTYPE a [<!ENTITY x {entity}>]>{plain}".encode(), ()).records
        assert b"root:" not in raw
        assert b"swollen" not in raw


def test_a_deep_record_fails_alone() -> None:
    inner = "<a>" * 150 + "</a>" * 150
    head = "<header><identifier>oai:x.org:1</identifier><datestamp>2026-03-01</datestamp></header>"
    deep, fine = Harvest(listing(f"<record>{head}<metadata>{inner}</metadata></record>", record(2))).records()
    assert isinstance(deep, FailedRecord)
    assert (deep.native_id, "deep" in deep.detail) == ("oai:x.org:1", True)
    assert isinstance(fine, Record)


HEAD = "<identifier>oai:x.org:1</identifier><datestamp>2026-03-01</datestamp>"


def test_metadata_twice_are_no_metadata() -> None:
    nc = f"<metadata><arXiv><license>{NC}</license></arXiv></metadata>"
    for odd in (record(1).replace("</record>", f"{nc}</record>"), record(1).replace("<metadata>", f"{nc}<metadata>")):
        [found] = Harvest(listing(odd)).records()
        assert isinstance(found, Record)
        assert [claim.raw for claim in found.claims] == [None]
        assert found.body is None
        fields = {"id": "header.local", "url_template": "https://x.example/{id}", "text": "xml"}
        [found] = Harvest(listing(odd), fetch={"fields": fields}).records()
        assert isinstance(found, Record)
        assert found.body is None


def test_names_titles_and_texts_with_attributes_and_markup() -> None:
    inside = (
        "<t xml:lang='en'>Tides of <i>Mytilus</i></t><c xml:lang='en'>A. Writer</c><c>王小明</c><c><b><u>Å</u></b></c>"
        "<d xml:lang='en'>First.</d><d>Second.</d><u type='x'>https://x.example/1</u><y k='z'>2025</y>"
    )
    head = "<header><identifier>oai:x.org:1</identifier><datestamp>2026-03-01</datestamp></header>"
    fields = {"id": "header.local", "url": "metadata.m.u", "title": "metadata.m.t", "text": "metadata.m.d"}
    fields |= {"creators": "metadata.m.c", "created": "metadata.m.y"}
    answered = listing(f"<record>{head}<metadata><m>{inside}</m></metadata></record>")
    [found] = Harvest(answered, fetch={"fields": fields, "lists": ["c", "d"]}).records()
    assert isinstance(found, Record), found
    assert (found.title, found.url, found.body) == ("Tides of Mytilus", "https://x.example/1", "First.\n\nSecond.")
    assert found.creators == ("A. Writer", "王小明", "Å")
    assert found.created is not None
    assert found.created.year == 2025


def test_attributes_of_one_name_are_never_read_as_the_last() -> None:
    claims = {"scope": "record", "claims": [{"from": "record.metadata.arXiv.license.@href"}]}
    for said in (f"href='{NC}' y:href='{BY}'", f"y:href='{BY}' href='{NC}'"):
        [found] = Harvest(listing(record(1, f"<license xmlns:y='urn:y' {said}/>")), license=claims).records()
        assert isinstance(found, Record)
        assert [claim.expression for claim in found.claims] == [None]


def test_text_of_elements_with_and_without_attributes() -> None:
    claims = {"scope": "record", "claims": [{"from": "record.metadata.arXiv.license[].#text"}]}
    said = f"<license>{BY}</license><license xml:lang='en'>{NC}</license><license href='x'/><license/>"
    [found] = Harvest(listing(record(1, said)), fetch={"lists": ["license", "author"]}, license=claims).records()
    assert isinstance(found, Record)
    assert [claim.raw for claim in found.claims] == [BY, NC, "", ""]


@pytest.mark.parametrize(
    ("identifier", "local"),
    [
        ("oai:arXiv.org:math/0309136", "math/0309136"),
        ("oai:x.org:cs:1", "cs:1"),
        ("oai:x.org", "oai:x.org"),
        ("hdl:1/2:3", "hdl:1/2:3"),
        ("https://x.org/1", "https://x.org/1"),
    ],
)
def test_the_repositorys_own_part_of_an_identifier(identifier: str, local: str) -> None:
    [found] = Harvest(listing(record(1).replace("oai:x.org:1", identifier))).records()
    assert found.native_id == local


@pytest.mark.parametrize(
    ("fetch", "said"),
    [
        ({"prefix": "a b"}, "pattern"),
        ({"identifier": "oai:x"}, "must hold {id}"),
        ({"fields": {"id": "metadata.id", "url_template": "https://x/{id}", "text": "x"}}, "deleted record"),
        ({"site": {"path": "x"}}, "no site-wide answer"),
    ],
)
def test_what_can_never_work_is_refused(fetch: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        source_of(fetch)


@pytest.mark.parametrize(
    "head",
    [
        "<datestamp>2026-03-01</datestamp>",
        "<identifier/><datestamp>2026-03-01</datestamp>",
        f"{HEAD}<identifier>oai:x.org:2</identifier>",
        f"{HEAD}<datestamp>2026-03-01</datestamp>",
        f"{HEAD}</header><header><identifier>oai:x.org:2</identifier>",
        "<identifier>oai:x.org:1</identifier>",
        "",
    ],
)
def test_every_record_with_a_head_that_tells_nothing_certain_has_a_row(head: str) -> None:
    odd = f"<record><header>{head}</header><metadata><x>T</x></metadata></record>"
    found = Harvest(listing(odd, odd, record(3))).records()
    assert [type(one) for one in found] == [FailedRecord, FailedRecord, Record]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>busy</html>",
        b"<OAI-PMH/>",
        b"<OAI-PMH><Identify/></OAI-PMH>",
        b'<OAI-PMH><error code="noRecordsMatch"/><ListRecords/></OAI-PMH>',
        b"<OAI-PMH><ListRecords/><ListRecords/></OAI-PMH>",
        b"<OAI-PMH><ListRecords><resumptionToken/><resumptionToken>a</resumptionToken></ListRecords></OAI-PMH>",
        OAI.format("<ListRecords><record>").encode()[:-10],
        b'<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><OAI-PMH><error code="&x;">&y;</error></OAI-PMH>',
        ("<OAI-PMH>" + "<ListRecords>" * 300).encode(),
    ],
)
def test_what_is_no_answer_is_malformed(body: bytes) -> None:
    with pytest.raises(Malformed):
        Harvest(httpx.Response(200, content=body)).records()


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"claims": "record.metadata.arXiv.license[]"}, "no list where it stands alone"),
        ({"claims": "record.metadata.arXiv.license.0", "lists": ["license"]}, "one of several licences"),
        ({"claims": "record.metadata.arXiv.license.-1"}, "one of several licences"),
        ({"claims": "record.metadata.arXiv.license", "lists": ["license"]}, "`license` is a list"),
        ({"claims": "record.metadata.arXiv.license.@href", "lists": ["license"]}, "`license` is a list"),
        ({"claims": "record.about.rights"}, "`about` is a list"),
        ({"title": "metadata.arXiv.title.0"}, "add `title` to `fetch.lists`"),
        ({"title": "metadata.arXiv.title", "lists": ["title"]}, "`title` is a list"),
        ({"creators": "metadata.arXiv.authors.author[].keyname", "lists": []}, "add `author`"),
        ({"creators": "metadata.arXiv.authors.author.keyname", "lists": ["author"]}, "`author` is a list"),
        ({"linked": "metadata.dc.relation.0"}, "add `relation`"),
    ],
)
def test_paths_that_would_read_one_of_several_or_nothing_are_refused(changed: dict[str, Any], said: str) -> None:
    fields = {"id": "header.local", "url_template": "https://x.example/{id}", "text": "metadata.arXiv.abstract"}
    fields |= {name: changed[name] for name in ("title", "creators") if name in changed}
    fetch: dict[str, Any] = {"fields": fields, "lists": changed.get("lists", [])}
    if "linked" in changed:
        fetch["linked"] = {"url": changed["linked"]}
    claims = [{"from": changed.get("claims", "record.metadata.arXiv.license")}]
    source = source_of(fetch, license={"scope": "record", "claims": claims})
    [(what, remedy)] = problems(source)
    assert said in f"{what}: {remedy}"
    with pytest.raises(ConfigurationError):
        Harvest(fetch=fetch, license={"scope": "record", "claims": claims}).records()


def test_a_label_that_reads_one_of_several_needs_a_claim_for_all() -> None:
    label = {"from": "record.metadata.arXiv.license.@href", "label": "record.metadata.arXiv.ref.0.#text"}
    every = {"from": "record.metadata.arXiv.ref[].#text"}
    fetch = {"lists": ["author", "ref"]}
    [(what, _)] = problems(source_of(fetch, license={"scope": "record", "claims": [label]}))
    assert "the label" in what
    assert list(problems(source_of(fetch, license={"scope": "record", "claims": [label, every]}))) == []


@pytest.mark.parametrize("name", ["arxiv", "doab", "doaj", "pmc_oa"])
def test_the_sources_of_the_catalogue_read_all_of_several(name: str) -> None:
    assert list(problems(catalogued(name))) == []
