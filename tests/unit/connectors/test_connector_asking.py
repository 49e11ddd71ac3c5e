"""Where a shard's values go in a request, and which files could never say it right."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from tests.unit.connectors.reading import DAY, SHARD, body
from tests.unit.http.site import Site, connector_of, json_response, source_of

from rightful.connectors.asking import check_places, filled
from rightful.connectors.base import Known
from rightful.connectors.window import shards_of
from rightful.errors import ConfigurationError

WINDOW = {"start": {"param": "from"}, "end": {"param": "until"}}


def test_a_value_with_a_place_is_put_there_and_sent_nowhere_else() -> None:
    values = {"from": 1, "until": 2, "site": "cooking"}
    path, params = filled("/{site}/items", {"q": "t>={from},t<{until}", "n": 5}, values)
    assert (path, params) == ("/cooking/items", {"q": "t>=1,t<2", "n": 5})


def test_a_value_without_a_place_is_a_parameter_of_its_own() -> None:
    assert filled("/items", {"n": 5}, {"site": "x", "n": 6}) == ("/items", {"n": 6, "site": "x"})


@pytest.mark.parametrize("value", ["a/../b", "a?b=c", "a#b", "ä b", "{until}", "%2e"])
def test_a_value_stays_one_step_of_the_path(value: str) -> None:
    path, params = filled("/x/{site}/y", {}, {"site": value, "until": 2})
    assert params == {"until": 2}  # what stands in a value is no place
    url = httpx.URL(f"https://example.org{path}")
    assert url.raw_path.count(b"/") == 3
    assert (url.query, url.fragment) == (b"", "")


def test_braces_that_are_no_place_are_left_alone() -> None:
    assert filled("/x", {"q": '{"a": {b}}'}, {"c": 1}) == ("/x", {"q": '{"a": {b}}', "c": 1})


def test_shards_and_window_reach_path_site_and_look_up() -> None:
    fetch: dict[str, Any] = {
        "path": "/{wiki}/list/{from}",
        "params": {"before": "<{until}"},
        "window": WINDOW,
        "site": {"path": "/{wiki}/rights"},
        "look_up": {
            "path": "/{wiki}/one/{ids}",
            "match": "(?P<wiki>[a-z]+):(?P<id>[0-9]+)",
            "batch": 1,
            "records": ".",
        },
    }
    source = source_of(fetch, shard={"over": {"wiki": ["nl"]}}, limits={"retries": 0})
    site = Site([json_response({"items": [], "id": 7})])
    connector = connector_of(source, site)
    (shard,) = shards_of(source, DAY)
    list(connector.fetch(shard))
    list(connector.look_up([Known(id="x", native_id="nl:7", version="1", url="https://x")]))
    paths = [(request.url.path, dict(request.url.params)) for request in site.requests]
    assert paths[:2] == [
        ("/v1/nl/rights", {}),
        ("/v1/nl/list/2026-01-01T00:00:00Z", {"before": "<2026-01-02T00:00:00Z"}),
    ]
    assert paths[-2:] == [("/v1/nl/rights", {}), ("/v1/nl/one/7", {})]


@pytest.mark.parametrize(
    ("fetch", "says"),
    [
        ({"path": "/{wiki}/x"}, "nothing fills `{wiki}` in `fetch.path"),
        ({"path": "/{from}/x"}, "nothing fills `{from}`"),
        ({"site": {"path": "/{from}"}, "window": WINDOW}, "nothing fills `{from}` in `fetch.site.path"),
        ({"window": {"start": {"param": "t"}, "end": {"param": "t"}}}, "both ends of `fetch.window` are `t`"),
    ],
)
def test_places_that_nothing_fills_are_found_by_check(fetch: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigurationError, match=says.replace("{", r"\{").replace("}", r"\}")):
        check_places(source_of(fetch))


def test_places_that_are_filled_are_right() -> None:
    check_places(source_of({"path": "/{wiki}/{from}", "window": WINDOW}, shard={"over": {"wiki": ["nl"]}}))


@pytest.mark.parametrize("answer", ["[]", '[{"id": 1}]', "3", '"x"'])
def test_single_takes_an_object_only(answer: str) -> None:
    fetch = {"single": True, "records": ".", "paginate": {"style": "none"}}
    connector = connector_of(source_of(fetch, limits={"retries": 0}), Site([body(answer)]))
    with pytest.raises(Exception, match="no list of records"):
        list(connector.fetch(SHARD))


@pytest.mark.parametrize(
    ("records", "answer", "ids"),
    [
        (".", '{"id": 1, "text": "a", "list": {"id": 9}}', ["1"]),
        (".", "{}", []),
        ("data", '{"data": {"id": 2, "text": "b"}, "more": {"id": 3}}', ["2"]),
    ],
)
def test_single_is_one_record(records: str, answer: str, ids: list[str]) -> None:
    fetch = {"single": True, "records": records, "paginate": {"style": "none"}}
    (page,) = connector_of(source_of(fetch, limits={"retries": 0}), Site([body(answer)])).fetch(SHARD)
    assert [record.native_id for record in page.records] == ids
