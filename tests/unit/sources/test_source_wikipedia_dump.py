"""Source ``wikipedia_dump``: an export by the site's own list of finished files. No network is used."""

from __future__ import annotations

import bz2
import hashlib
import json
from pathlib import Path

import pytest
from tests.unit.sources.dump_replay import Site, saved

from rightful.errors import FetchError
from rightful.model import Record
from rightful.text.plain import to_text

SLICE = ("2026-01-01", "2026-02-01")
NAME = "simplewiki-20260101-pages-articles.xml.bz2"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    site = Site("wikipedia_dump", tmp_path)
    data = bz2.compress(saved("wikipedia_dump.xml"))
    site.put(f"simplewiki/20260101/{NAME}", data)
    put_status(site, "done", hashlib.sha1(data).hexdigest(), len(data))
    return site


def put_status(site: Site, status: str, sha1: str = "", size: int = 0) -> None:
    files = {
        NAME: {"size": size, "url": f"/simplewiki/20260101/{NAME}", "md5": "", "sha1": sha1},
        "simplewiki-20260101-pages-articles-multistream.xml.bz2": {"size": 1, "url": "/x", "sha1": ""},
    }
    told = {"version": "0.8", "jobs": {"articlesdump": {"status": status, "updated": "2026-01-03", "files": files}}}
    site.put("simplewiki/20260101/dumpstatus.json", json.dumps(told).encode())


def test_articles_alone_with_their_newest_author(site: Site) -> None:
    pages = site.pages(*SLICE)
    first, hidden = (record for page in pages for record in page.records)
    assert isinstance(first, Record)
    assert isinstance(hidden, Record)
    assert (first.native_id, first.version) == ("simplewiki:12", "9876543")
    assert (first.url, first.title) == ("https://simple.wikipedia.org/?curid=12", "Tide")
    assert (first.creators, first.publisher) == (("Änne",), "Wikipedia")
    assert to_text(first.body or "", first.media_type) == "A tide is the sea rising and falling. 潮汐 in Chinese."
    assert hidden.body is None  # a text that was taken out of sight
    assert [dict(page.passed_over) for page in pages] == [{"not_wanted": 2}]


def test_each_article_is_ruled_by_the_statement(site: Site) -> None:
    assert [ruling[:4] for ruling in site.rulings(*SLICE)] == [
        ("simplewiki:12", "allow", "allowed", "CC-BY-SA-4.0"),
        ("simplewiki:15", "allow", "allowed", "CC-BY-SA-4.0"),
    ]


def test_an_export_that_is_not_finished_is_asked_for_again(site: Site) -> None:
    put_status(site, "in-progress")
    with pytest.raises(FetchError, match="not finished"):
        site.plan(*SLICE)
