"""tdmrep.json and RSL terms: which rule speaks of a page, what can't be read, and who overrides whom."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from rightful.licensing.optouts import Fetched, combined, from_headers, observe
from rightful.licensing.optouts.rsl import read_terms
from rightful.licensing.optouts.tdmrep import MOST_BYTES, tdmrep_observations
from rightful.model import OptOut

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PAGE = "https://site.example/a/b?c=1"
TERMS = "https://site.example/l.xml"


def tdm(rules: Any, url: str = PAGE) -> list[tuple[str, str]]:
    body = rules if isinstance(rules, bytes) else json.dumps(rules).encode()
    found = tdmrep_observations(Fetched(status=200, body=body, seen=NOW), url)
    assert all(optout.seen == NOW and optout.place.startswith("tdmrep.json") for optout in found)
    return [(optout.signal, optout.value) for optout in found]


R, O = "tdm-reservation", "tdm-reservation-overridden"  # noqa: E741


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ([{"location": "/", R: 1}], [(R, "1")]),
        ([{"location": "/", R: 0}], [(R, "0")]),
        ([{"location": "*", R: 1}], [(R, "1")]),
        ([{"location": "/other", R: 1}], []),
        ([{"location": "/", R: 1}, {"location": "/a/", R: 0}], [(O, "1"), (R, "0")]),
        ([{"location": "/a/*", R: 1}, {"location": "/", R: 0}], [(R, "1"), (O, "0")]),
        ([{"location": "/a", R: 0}, {"location": "/a", R: 1}], [(R, "0"), (R, "1")]),
        ([{"location": "/", R: "1"}], [(R, "1")]),
        ([{"location": "/", R: True}], [(R, "1")]),
        ([{"location": "/", R: None}], [(R, "unreadable")]),
        ([{"location": "/", R: 2}], [(R, "2")]),
        ([{"location": "", R: 1}], [(R, "1")]),
        ({"location": "/", R: 1}, [(R, "1")]),
        ([{"location": "/", R: 1, "tdm-policy": "https://x.example/p"}], [(R, "1"), ("tdm-policy", "https://x.example/p")]),
        ([{"location": 7, R: 0}], [(R, "unreadable")]),
        ([{"location": "/"}], [(R, "unreadable")]),
        ([{"location": "site.example/a", R: 1}], [(R, "unreadable")]),
        ([{"location": "www.site.example:8080/", R: 1}], [(R, "unreadable")]),
        ([{"location": "//site.example/a", R: 1}], [(R, "unreadable")]),
        ([{"location": "a/b", R: 1}], [(R, "1")]),
        ([3], [(R, "unreadable")]),
        ([], []),
        (b"{", [(R, "unreadable")]),
        (b"", [(R, "unreadable")]),
        (b"7", [(R, "unreadable")]),
        (b"\xff\xfe", [(R, "unreadable")]),
        (b"[" * 100_000, [(R, "unreadable")]),
        (b" " * (MOST_BYTES + 1), [(R, "unreadable")]),
        (b"<!doctype html>", []),
        (b'\xef\xbb\xbf[{"location": "/", "tdm-reservation": 1}]', [(R, "1")]),
    ],
)  # fmt: skip
def test_tdmrep(rules: Any, said: list[tuple[str, str]]) -> None:
    assert tdm(rules) == said


@pytest.mark.parametrize(
    ("fetched", "said"),
    [
        (None, [("not checked", "tdmrep.json", None)]),
        (Fetched(status=404, seen=NOW), []),
        (Fetched(status=410, seen=NOW), []),
        (Fetched(status=403, seen=NOW), [("unknown", "tdmrep.json (status 403)", NOW)]),
        (Fetched(status=503, seen=NOW), [("unknown", "tdmrep.json (status 503)", NOW)]),
        (Fetched(status=None, seen=NOW), [("unknown", "tdmrep.json (unreachable)", NOW)]),
    ],
)
def test_a_file_that_is_not_there(fetched: Fetched | None, said: list[Any]) -> None:
    assert [(o.value, o.place, o.seen) for o in tdmrep_observations(fetched, PAGE)] == said


def test_header_and_page_override_the_file() -> None:
    file = Fetched(status=200, body=b'[{"location": "/", "tdm-reservation": 1}]')

    def lifted(**where: Any) -> list[tuple[str, str, str]]:
        found = observe(PAGE, tdmrep=file, robots=Fetched(status=404), **where)
        return [(o.signal, o.value, o.place.split()[0]) for o in found if o.signal.startswith(R)]

    assert lifted() == [(R, "1", "tdmrep.json")]
    assert lifted(headers=[(R, "0")]) == [(O, "1", "tdmrep.json"), (R, "0", "header")]
    assert lifted(headers=[(R, "1")], metas=[(R, "0")]) == [
        (O, "1", "tdmrep.json"), (O, "1", "header"), (R, "0", "meta"),
    ]  # fmt: skip


def rsl(inner: str, url: str = "/", more: str = "") -> bytes:
    return f'<rsl xmlns="https://rslstandard.org/rsl"><content url="{url}">{inner}</content>{more}</rsl>'.encode()


PROHIBITED = '<prohibits type="usage">ai-train</prohibits>'
FREE = '<permits type="usage">ai-train</permits>'
SECOND = "<content url='/a'><license><prohibits>all</prohibits></license></content>"
ENTITY = (
    b"<!DOCTYPE rsl [<!ENTITY a 'ai-train'>]>"
    b"<rsl><content url='/'><license><permits>&a;</permits></license></content></rsl>"
)


def licensed(*inner: str) -> str:
    return "".join(f"<license>{text}</license>" for text in inner)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (rsl(licensed('<permits type="usage">ai-train search</permits>')), "permits"),
        (rsl(licensed('<permits type="usage">all</permits><payment type="free"/>')), "permits"),
        (rsl(licensed('<permits type="usage">search</permits>')), "prohibits"),
        (rsl(licensed('<prohibits type="usage">ai-train</prohibits>')), "prohibits"),
        (rsl(licensed('<prohibits type="usage">AI-ALL,search</prohibits>')), "prohibits"),
        (rsl(licensed('<permits type="usage">ai-train</permits><prohibits type="usage">all</prohibits>')), "prohibits"),
        (rsl(licensed('<permits type="usage">all</permits>', PROHIBITED)), "prohibits"),
        (rsl(licensed('<permits type="usage">ai-train</permits><payment type="training"/>')), "conditions"),
        (rsl(licensed('<permits type="usage">ai-train</permits><payment type="attribution"/>')), "conditions"),
        (rsl(licensed(f'{FREE}<permits type="user">non-commercial</permits>')), "conditions"),
        (rsl(licensed('<permits type="usage">ai-train</permits><prohibits type="geo">US</prohibits>')), "conditions"),
        (rsl(""), "conditions"),
        (rsl(licensed("")), "unknown"),
        (rsl(licensed("", PROHIBITED)), "prohibits"),
        (rsl(licensed(f"{FREE}<standard>https://creativecommons.org/licenses/by-nc/4.0/</standard>")), "conditions"),
        (rsl(licensed(f"{FREE}<payment type='free'><standard>CC BY-NC 4.0</standard></payment>")), "conditions"),
        (rsl(licensed(f"{FREE}<copyright type='person'>All rights reserved</copyright>")), "conditions"),
        (rsl(licensed(f"{FREE}<legal type='terms' contact='x'>Non-commercial use</legal>")), "conditions"),
        (rsl(licensed(f"{FREE}<standard>https://creativecommons.org/licenses/by/4.0/</standard>")), "permits"),
        (rsl(licensed('<prohibits type="usage">ai-train</prohibits>'), "/other/"), "unknown"),
        (rsl(licensed('<prohibits type="usage">ai-train</prohibits>'), "https://other.example/"), "unknown"),
        (rsl(licensed('<prohibits type="usage">ai-train</prohibits>'), "https://SITE.example/a/*"), "prohibits"),
        (rsl(licensed('<prohibits type="usage">ai-train</prohibits>'), ""), "prohibits"),
        (rsl(licensed("<permits>ai-train</permits>"), "/", SECOND), "prohibits"),
        (rsl(licensed("<prohibits>ai</prohibits>")), "prohibits"),
        (rsl(licensed(FREE), '/" server="https://rsl.example/olp'), "conditions"),
        (rsl(licensed(PROHIBITED), "https://site.example:443/a/*"), "prohibits"),
        (rsl(licensed(PROHIBITED), "https://site.example:8443/a/*"), "unknown"),
        (b"", "unreadable"),
        (b"<rsl>", "unreadable"),
        (b"<html/>", "unreadable"),
        (b"\x00\xff", "unreadable"),
        (b'<?xml version="1.0" encoding="nonsense"?><rsl/>', "unreadable"),
        (b"<rsl/>", "unknown"),
        (ENTITY, "unreadable"),
        ("<!DOCTYPE rsl SYSTEM 'file:///etc/passwd'><rsl/>".encode("utf-16"), "unreadable"),
        (b"<a>" * 5_000, "unreadable"),
        (b" " * 1_048_577, "unreadable"),
    ],
)  # fmt: skip
def test_rsl(body: bytes, said: str) -> None:
    assert read_terms(body, TERMS, PAGE) == said


UNREAD = [("declared", f"robots.txt License {TERMS}"), ("declared", "header Link /l.xml")]


@pytest.mark.parametrize(
    ("terms", "said"),
    [
        ({}, UNREAD),
        ({TERMS: Fetched(status=None)}, UNREAD),
        ({TERMS: Fetched(status=404)}, UNREAD),
        (
            {TERMS: Fetched(status=200, body=rsl(licensed("<permits>all</permits>")), seen=NOW)},
            [("permits", f"robots.txt License {TERMS} (read)"), ("permits", "header Link /l.xml (read)")],
        ),
    ],
)  # fmt: skip
def test_announced_terms_count_until_they_are_read(terms: dict[str, Fetched], said: list[tuple[str, str]]) -> None:
    headers = [("link", '</l.xml>; rel=license; type="application/rsl+xml"')]
    robots = Fetched(status=200, body=f"License: {TERMS}".encode())
    found = observe(PAGE, headers=headers, robots=robots, terms=terms)
    assert [(o.value, o.place) for o in found if o.signal == "rsl"] == said
    # Whoever reads the same headers again does not bring the unread announcement back.
    again = combined(found, from_headers(headers))
    assert [(o.value, o.place) for o in again if o.signal == "rsl"] == said


def test_observations_are_values_of_the_model() -> None:
    assert all(isinstance(optout, OptOut) for optout in observe(PAGE))
