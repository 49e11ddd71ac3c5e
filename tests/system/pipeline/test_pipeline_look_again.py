"""The publisher changes its mind after the night: what was taken stays or leaves, is marked or waits for a person."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.system.pipeline.support import DEMO, NEWS_KEY, SOURCES_SAY, Nights, new_run, night, written

from demo import wiki
from demo.publisher import Publisher
from rightful.lineage.lookup import lookup
from rightful.pipeline.consequences import open_flags
from rightful.pipeline.look_again import LookedAgain, look_again
from rightful.settings import Settings
from rightful.store.observations import observations_of
from rightful.store.tables import Tables

pytestmark = pytest.mark.system

NC = "https://creativecommons.org/licenses/by-nc/4.0/"


class Changing:
    """A publisher in this process that changes its mind, and looks at it in the future."""

    def __init__(self, publisher: Publisher, changes: Path, folder: Path, settings: Settings) -> None:
        self.publisher, self._changes, self._folder, self._settings = publisher, changes, folder, settings
        self.now = datetime.now(UTC)

    def source(self, name: str, source_id: str, contracts: Path = DEMO / "contracts", **replaced: str) -> Nights:
        text = (DEMO / f"sources/{name}.yaml").read_text("utf-8")
        changes = {SOURCES_SAY: self.publisher.address, f"\nid: {name}\n": f"\nid: {source_id}\n", **replaced}
        settings = self._settings.model_copy(update={"catalogue_dir": (self._folder,)})
        return Nights(written(self._folder, source_id, text, changes), settings, contracts=contracts)

    def changes(self, **sites: dict[str, Any]) -> None:
        self._changes.write_text(json.dumps(sites), "utf-8")

    def look(self, nights: Nights, days: float, **how: Any) -> LookedAgain:
        """Look again so many days after the night was acquired."""
        return look_again(
            nights.source,
            run=new_run(),
            settings=nights.settings,
            credentials=nights.credentials,
            now=self.now + timedelta(days=days),
            **how,
        )


@pytest.fixture
def changing(settings: Settings, tmp_path: Path) -> Iterator[Changing]:
    changes = tmp_path / "changes.json"
    (tmp_path / "sources").mkdir()
    with Publisher(0, calm=True, changes=changes) as publisher:
        yield Changing(publisher, changes, tmp_path / "sources", settings)


def native(id: str) -> str:
    return id.partition(":")[2].partition("@")[0]


def test_open_licences_stay_and_are_marked_and_what_is_gone_waits_for_a_person(
    changing: Changing, source_id: str
) -> None:
    slice = night()
    nights = changing.source("demo_open_news", source_id)
    nights.run(slice)
    ids = nights.ids()
    closed, gone, other = ids[0], ids[1], ids[2]
    assert changing.look(nights, 6.9).due == 0  # seven days are the first milestone

    changing.changes(open_news={native(closed): {"license": NC, "rights": None}, native(gone): None})
    dry = changing.look(nights, 8, dry_run=True)
    assert dry.results == {"stricter": 1, "gone": 1, "same": len(ids) - 2}
    assert observations_of(Tables(nights.settings), source_id, ids) == []
    first = changing.look(nights, 8)
    assert (first.results, first.consequences, first.left) == (dry.results, {"marked": 1}, 0)
    assert first.requests == -(-len(ids) // 100)
    assert nights.ids() == ids

    (hit,) = lookup(nights.settings, closed)
    (seen,) = hit["observations"]
    assert [claim["raw"] for claim in seen["claims"]] == [NC]
    assert (seen["decision"], seen["reason"], seen["license_now"]) == ("deny", "nc", "CC-BY-NC-4.0")
    assert (hit["in_corpus"], hit["usable"]) == (True, True)  # a copy taken under CC stays usable under CC
    day = f"{changing.now + timedelta(days=8):%Y-%m-%d}"
    assert hit["mark"].endswith(f"the source says CC-BY-NC-4.0 (deny: nc) since {day}")
    (fine,) = lookup(nights.settings, other)
    assert (fine["mark"], fine["observations"][0]["result"]) == (None, "same")

    # The others are due at 30 days; what was gone is asked for again after three days, alone.
    assert changing.look(nights, 9).due == 0
    second, third = changing.look(nights, 11.1), changing.look(nights, 14.2)
    assert (second.due, second.results, second.consequences) == (1, {"gone": 1}, {})
    assert (third.results, third.consequences) == ({"gone": 1}, {"flagged": 1})
    (flag,) = open_flags(nights.settings, [source_id])
    assert (flag.result, flag.documents, flag.samples[0][0]) == ("gone", 1, gone)
    assert nights.ids() == ids  # nothing is ever deleted
    assert "a person must look" in lookup(nights.settings, gone)[0]["mark"]
    assert changing.look(nights, 31).due == len(ids)

    # What is fetched from now on follows the new tag.
    nights.run(slice)
    assert nights.outcomes(slice)[closed] == "deny"
    assert set(nights.ids()) == set(ids) - {closed, gone}
    nights.assert_lawful()


def test_documents_of_a_contract_leave_when_it_refuses_them(changing: Changing, source_id: str, tmp_path: Path) -> None:
    folder = tmp_path / "contracts"
    folder.mkdir()
    contract = f"""\
id: demo_news
title: For this test
sources: [{source_id}]
valid_from: 2020-01-01
permitted_uses: [training]
evidence: a drawer
"""
    (folder / "demo_news.yaml").write_text(contract, "utf-8")
    slice = night()
    nights = changing.source("demo_news", source_id, folder)
    nights.credentials = NEWS_KEY
    nights.run(slice)
    ids = nights.ids()
    assert changing.look(nights, 8).results == {"same": len(ids)}

    # A contract that can't be found may be a lost file: a person must look, and nothing leaves for that.
    (folder / "demo_news.yaml").rename(folder / "demo_news.lost")
    lost = changing.look(nights, 31, limit=1)
    assert (lost.results, lost.consequences, lost.left) == ({"stricter": 1}, {"flagged": 1}, 0)
    assert nights.ids() == ids

    (folder / "demo_news.yaml").write_text(contract.replace("training", "search"), "utf-8")
    assert changing.look(nights, 32, dry_run=True).left == 0
    assert nights.ids() == ids
    left = changing.look(nights, 32)
    assert (left.consequences, left.left) == ({"leaves": len(ids) - 1}, len(ids))
    assert nights.ids() == []
    assert changing.look(nights, 33).left == 0  # and it is over
    (hit,) = lookup(nights.settings, ids[-1])
    assert not hit["in_corpus"]
    assert hit["why_not"].startswith("it left the corpus: contract demo_news refuses its documents since ")
    assert hit["observations"][0]["reason"] == "not_allowed"


def test_a_statement_for_a_whole_site_costs_one_request(changing: Changing, source_id: str) -> None:
    slice = night()
    nights = changing.source("demo_wiki", source_id, **{"[en, de, ar, hi, zh, bare, nc]": "[en, de]"})
    nights.run(slice)
    ids = nights.ids()
    english = [id for id in ids if int(native(id)) < wiki.page_id(wiki.WIKIS["de"], wiki._BEGINNING)]
    assert 0 < len(english) < len(ids)
    changing.changes(wiki={"en": {"url": NC, "text": ""}})
    first = changing.look(nights, 8, limit=1)
    assert (first.due, first.asked, first.requests) == (len(ids), 1, 2)
    rest = changing.look(nights, 8.1)
    assert {first.due, rest.due} == {len(ids), len(ids) - len(english)}  # one look covers the whole wiki
    marks = {id: lookup(nights.settings, id)[0]["mark"] for id in (english[0], english[-1], ids[-1])}
    assert "CC-BY-NC-4.0" in marks[english[0]]
    assert "CC-BY-NC-4.0" in marks[english[-1]]
    assert marks[ids[-1]] is None
    assert nights.ids() == ids
