"""The odd lists, as far as they can be seen without a socket, and their source files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from demo.odd import BAD_RECORDS, MISHAPS, OddSite, good_ids
from demo.odd_sources import source_yaml
from demo.web import Request, Response
from rightful.catalogue.load import load_source

DAY = {"from": "2026-03-01T00:00:00Z", "until": "2026-03-02T00:00:00Z"}
UNIX = int(datetime(2026, 3, 1, tzinfo=UTC).timestamp())


def get(site: OddSite, name: str, page: int = 1, **more: str) -> Response:
    return site.answer(Request(f"/odd/{name}/items", {**DAY, "page": str(page), **more}, {}))


def test_the_good_list_is_good() -> None:
    site = OddSite()
    pages = [msgspec.json.decode(get(site, "good", page).body) for page in (1, 2, 3)]
    assert [item["id"] for page in pages for item in page["items"]] == good_ids(UNIX, UNIX + 86_400)
    assert [page["has_more"] for page in pages] == [True, True, False]


@pytest.mark.parametrize("name", sorted(MISHAPS))
def test_every_list_has_a_valid_source_file(name: str, tmp_path: Path) -> None:
    for instance in ("", "second"):
        source_id = f"odd_{name}_{instance}" if instance else f"odd_{name}"
        path = tmp_path / f"{source_id}.yaml"
        path.write_text(source_yaml(name, "http://127.0.0.1:8098", instance=instance), encoding="utf-8")
        assert load_source(path).id == source_id


def test_an_unknown_list_has_no_source_file() -> None:
    with pytest.raises(KeyError):
        source_yaml("nothing", "http://127.0.0.1:8098")
    assert get(OddSite(), "nothing").status == 404


@pytest.mark.parametrize("name", ["broken_json", "html_200", "wrong_charset"])
def test_only_the_second_page_is_broken(name: str) -> None:
    site = OddSite()
    for page in (1, 3):
        msgspec.json.decode(get(site, name, page).body)
    with pytest.raises((msgspec.DecodeError, UnicodeDecodeError)):
        msgspec.json.decode(get(site, name, 2).body)


def test_a_storm_passes_and_each_instance_has_its_own() -> None:
    site = OddSite()
    assert [get(site, "storm.a", 2).status for _ in range(5)] == [500, 500, 500, 200, 200]
    assert get(site, "storm.b", 2).status == 500


def test_a_list_can_be_made_to_shrink() -> None:
    site = OddSite()
    assert site.answer(Request("/odd/shrink.x/set", {"share": "0.2"}, {})).status == 200
    shown = msgspec.json.decode(get(site, "shrink.x").body)
    assert (len(shown["items"]), shown["has_more"]) == (3, False)
    assert len(msgspec.json.decode(get(site, "shrink").body)["items"]) == 5
    assert site.answer(Request("/odd/shrink.x/set", {"share": "7"}, {})).status == 400


@pytest.mark.parametrize("kind", range(len(BAD_RECORDS)))
def test_one_bad_record_stands_among_good_ones(kind: int) -> None:
    answer = get(OddSite(), "bad_record", 2, kind=str(kind)).body
    assert isinstance(answer, bytes)
    assert BAD_RECORDS[kind] in answer
    assert answer.count(b'"license":"https://creativecommons.org') == 5


def test_a_huge_body_is_made_piece_by_piece() -> None:
    stream = get(OddSite(), "huge_body", 2).body
    assert isinstance(stream, Iterator)
    assert next(stream).startswith(b'{"items"')
    assert len(next(stream)) == 2**20
