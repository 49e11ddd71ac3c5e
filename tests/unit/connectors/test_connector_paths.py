"""Paths into JSON values, and times and other single values."""

from datetime import UTC, datetime

import pytest

from rightful.connectors import values
from rightful.connectors.links import link_next
from rightful.connectors.paths import all_at, one
from rightful.connectors.values import Broken
from rightful.errors import ConfigurationError

VALUE = {
    "id": 7,
    "a": {"b": [{"c": "x"}, {"c": None}, {}, "odd"], "*": "star", "0": "zero"},
    "many": {"k1": {"v": 1}, "k2": {"v": 2}},
    "nothing": None,
    "none": [],
    "word": "text",
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("id", 7),
        ("a.b.0.c", "x"),
        ("a.b.-1", "odd"),
        ("a.b.9.c", None),
        ("a.b.c", None),
        ("a.*", "star"),
        ("a.0", "zero"),
        ("missing", None),
        ("missing.more", None),
        ("nothing.more", None),
        ("word.0", None),
        ("id.x", None),
        ("a.b[].c", ["x"]),
        ("many[].v", [1, 2]),
        ("missing[].c", []),
        ("0", None),
    ],
)
def test_one(path: str, found: object) -> None:
    assert one(path)(VALUE) == found


def test_one_of_something_else_than_an_object() -> None:
    for value in (None, [], "text", 3, True):
        assert one("id")(value) is None
    assert one("0")([5]) == 5
    assert one("[]")([5, 6]) == [5, 6]


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("id", [("id", 7)]),
        ("missing.x", [("missing.x", None)]),
        ("a.b[].c", [("a.b[0].c", "x"), ("a.b[1].c", None), ("a.b[2].c", None), ("a.b[3].c", None)]),
        ("many[].v", [("many[k1].v", 1), ("many[k2].v", 2)]),
        ("none[].c", []),
        ("nothing[].c", []),
        ("missing[].c", []),
        ("word[].c", [("word", None)]),
    ],
)
def test_all_places_also_of_what_lacks_the_value(path: str, found: object) -> None:
    assert all_at(path)(VALUE) == found


@pytest.mark.parametrize("path", ["a[0].b", "a[", "[x]", "a..b", "a[]b"])
def test_paths_that_can_not_be_read(path: str) -> None:
    with pytest.raises(ConfigurationError, match="path"):
        one(path)


NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ("2026-02-03T04:05:06Z", datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)),
        ("2026-02-03T04:05:06.5+02:00", datetime(2026, 2, 3, 2, 5, 6, 500000, tzinfo=UTC)),
        ("2026-02-03 04:05", datetime(2026, 2, 3, 4, 5, tzinfo=UTC)),
        ("2026-02-03", datetime(2026, 2, 3, tzinfo=UTC)),
        ("20260203", datetime(2026, 2, 3, tzinfo=UTC)),
        ("20260203T040506Z", datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)),
        ("1813", datetime(1813, 1, 1, tzinfo=UTC)),
        ("1813-05", datetime(1813, 5, 1, tzinfo=UTC)),
        (1770000000, datetime(2026, 2, 2, 2, 40, tzinfo=UTC)),
        ("1770000000", datetime(2026, 2, 2, 2, 40, tzinfo=UTC)),
        (0, datetime(1970, 1, 1, tzinfo=UTC)),
        (-86400, datetime(1969, 12, 31, tzinfo=UTC)),
        (None, None),
        ("", None),
    ],
)
def test_moments(value: object, found: datetime | None) -> None:
    assert values.moment(value, "t", NOW) == found


@pytest.mark.parametrize(
    "value",
    [
        "2026-03-05",
        "9999-01-01",
        "0001-01-01",
        "yesterday",
        "2026-02-30",
        1770000000000,
        1e300,
        -1e300,
        float("nan"),
        True,
        {},
        ["2026"],
        "2026-13",
    ],
)
def test_moments_that_can_not_be(value: object) -> None:
    with pytest.raises(Broken, match="time at `t`"):
        values.moment(value, "t", NOW)


@pytest.mark.parametrize("value", [None, "", "  ", 1.5, True, {}, [], "x" * 1025, "a\nERROR b", "a\0", "a\u2028b"])
def test_ids_that_are_none(value: object) -> None:
    with pytest.raises(Broken, match="id"):
        values.identifier(value, "id")


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "/relative",
        "javascript:alert(1)",
        "http://",
        "http://a b",
        "https://x\ny",
        3,
        "//x",
        "https://x" + "y" * 9000,
    ],
)
def test_urls_that_are_none(value: object) -> None:
    with pytest.raises(Broken, match="URL"):
        values.url(value, "url")


def test_templates_are_filled_percent_encoded() -> None:
    filled = values.fill("https://example.org/{id}?v={version}", "../a b/{version}&é", "1/2")
    assert filled == "https://example.org/..%2Fa%20b%2F%7Bversion%7D%26%C3%A9?v=1%2F2"
    for template in ("https://example.org/{title}", "https://example.org/{}", "ftp://x/{id}", "{id}"):
        with pytest.raises(ConfigurationError, match="url_template"):
            values.check_template(template, "example")


@pytest.mark.parametrize(
    ("header", "target"),
    [
        ('<https://x.org/?page=2>; rel="next"', "https://x.org/?page=2"),
        (
            '<https://x.org/1>; rel="prev", <https://x.org/3?a=b,c;d>; rel="next"; title="a, <b>"',
            "https://x.org/3?a=b,c;d",
        ),
        ("<https://x.org/2>;rel=next", "https://x.org/2"),
        ('<https://x.org/2>; REL="last Next"', "https://x.org/2"),
        ('<https://x.org/1>; title="no, rel=next"; rel=first', None),
        ('<https://x.org/1>; rel="nextish"', None),
        ("", None),
        ("rel=next", None),
        ("><", None),
        ("<unclosed; rel=next", None),
    ],
)
def test_link_headers(header: str, target: str | None) -> None:
    assert link_next(header) == target
