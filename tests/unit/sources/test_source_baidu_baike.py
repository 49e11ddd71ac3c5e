"""Source `baidu_baike`: refused, for all rights are reserved. No network is used."""

from __future__ import annotations

import json

import pytest
from tests.unit.sources import replay
from tests.unit.sources.replay import Saved, first_page, requests_of, rulings, source_of

from rightful.model import Record


def test_it_is_switched_off_with_a_reason() -> None:
    source = source_of("baidu_baike")
    assert not source.enabled
    assert "All rights reserved" in (source.refusal or "")


def test_one_answer_is_one_record() -> None:
    (entry,) = first_page("baidu_baike").records
    assert isinstance(entry, Record)
    assert (entry.native_id, entry.title, entry.url) == ("12345", "灯塔", "http://baike.baidu.com/view/12345.htm")
    assert entry.body == "灯塔\n\n灯塔是位于海岸的塔状建筑。"


def test_an_entry_that_is_not_there_is_no_record(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, "SAVED", Saved.with_answer("baidu_baike.json", "{}"))
    assert first_page("baidu_baike").records == ()


@pytest.mark.parametrize(
    "said", ["以上内容来自百度百科平台，由百度百科网友创作。", "https://creativecommons.org/licenses/by/4.0/", None]
)
def test_every_entry_is_denied_whatever_it_says(said: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = json.loads((replay.SAVED / "baidu_baike.json").read_text())
    monkeypatch.setattr(
        replay, "SAVED", Saved.with_answer("baidu_baike.json", json.dumps({**entry, "copyrights": said}))
    )
    assert [found[1] for found in rulings("baidu_baike")] == ["deny"]


def test_the_entry_is_asked_for_by_name() -> None:
    (request,) = requests_of("baidu_baike")
    assert (request.url.params["bk_key"], request.url.params["format"]) == ("灯塔", "json")
