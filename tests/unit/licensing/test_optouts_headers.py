"""Opt-outs in headers and meta elements, and how observations of several places come together."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from rightful.licensing.optouts import combined, from_headers, from_meta, of_site, timeless
from rightful.licensing.optouts.agents import agent_list, is_training_agent
from rightful.licensing.optouts.combine import MOST
from rightful.model import OptOut

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def said(found: tuple[OptOut, ...]) -> list[tuple[str, str]]:
    return [(optout.signal, optout.value) for optout in found]


@pytest.mark.parametrize(
    ("header", "found"),
    [
        (("TDM-Reservation", " 1 "), [("tdm-reservation", "1")]),
        (("tdm-reservation", "0"), [("tdm-reservation", "0")]),
        (("tdm-reservation", ""), [("tdm-reservation", "")]),
        (("tdm-policy", "https://x.example/p"), [("tdm-policy", "https://x.example/p")]),
        (("X-Robots-Tag", "noindex, NOAI"), [("noai", "NOAI")]),
        (("X-Robots-Tag", "gptbot: noai"), [("noai", "gptbot: noai")]),
        (("X-Robots-Tag", "noimageai"), [("noimageai", "noimageai")]),
        (("X-Robots-Tag", "noaix, xnoai, noindex, no-ai-here"), []),
        (("X-Robots-Tag", '"noai"'), [("noai", '"noai"')]),
        (("X-Robots-Tag", "index|noai."), [("noai", "index|noai.")]),
        (("Content-Usage", "train-ai=n"), [("content-usage", "train-ai=n")]),
        (("Content-Usage", 'train-ai="n";q=1, search=n'), [("content-usage", "train-ai=n")]),
        (("Content-Usage", "Train_AI = N"), [("content-usage", "train-ai=n")]),
        (("Content-Usage", "bots=n, train-ai=y"), [("content-usage", "bots=n"), ("content-usage", "train-ai=y")]),
        (("Content-Usage", "train-ai"), [("content-usage", "train-ai=?1")]),
        (("Content-Usage", "train-something-new=n"), [("content-usage", "train-something-new=n")]),
        (("Content-Usage", "search=n, ai-input=n"), []),
        (("Content-Signal", "search=yes,ai-train=no"), [("content-signal", "ai-train=no")]),
        (("Link", '</t.xml>; rel="license"; type="application/rsl+xml"'), [("rsl", "declared")]),
        (("Link", '<https://creativecommons.org/licenses/by/4.0/>; rel="license", </x>; rel=next'), []),
        (("Link", "no link; type=application/rsl+xml"), []),
        (("Server", "noai"), []),
    ],
)
def test_headers(header: tuple[str, str], found: list[tuple[str, str]]) -> None:
    assert said(from_headers([header], NOW)) == found
    assert all(optout.seen == NOW and optout.place.startswith("header") for optout in from_headers([header], NOW))


@pytest.mark.parametrize(
    ("meta", "found"),
    [
        (("robots", "index, noai, noimageai"), [("noai", "noai"), ("noimageai", "noimageai")]),
        (("Robots", "noindex noai"), [("noai", "noindex noai")]),
        (("GPTBot", "noai"), [("noai", "noai")]),
        (("description", "noai"), []),
        (("TDM-Reservation", "1"), [("tdm-reservation", "1")]),
        (("content-usage", "train-ai=n"), [("content-usage", "train-ai=n")]),
        (("Content-Usage", "train-ai=y, bots=n"), [("content-usage", "train-ai=y"), ("content-usage", "bots=n")]),
        (("Content-Signal", "search=yes, ai-train=no"), [("content-signal", "ai-train=no")]),
        (("content_signal", "ai-train=no"), [("content-signal", "ai-train=no")]),
        (("X-Robots-Tag", "gptbot: noai"), [("noai", "gptbot: noai")]),
        (("tdm:reservation", "1"), [("tdm-reservation", "1")]),
        (("tdm_reservation", "1"), [("tdm-reservation", "1")]),
        (("Link", '</t.xml>; rel="license"; type="application/rsl+xml"'), [("rsl", "declared")]),
        (("refresh", "ai-train=no"), []),
    ],
)
def test_meta_elements(meta: tuple[str, str], found: list[tuple[str, str]]) -> None:
    assert said(from_meta([meta])) == found


def test_what_strangers_write_is_short_and_printable() -> None:
    (optout,) = from_headers([("tdm-policy", "a\x00b\r\nc" + "x" * 5_000)])
    assert optout.value.startswith("a b c")
    assert len(optout.value) == 200


@pytest.mark.parametrize(
    ("header", "meta", "left"),
    [
        ("1", "0", [("tdm-reservation-overridden", "1"), ("tdm-reservation", "0")]),
        ("0", "1", [("tdm-reservation-overridden", "0"), ("tdm-reservation", "1")]),
        ("1", "maybe", [("tdm-reservation-overridden", "1"), ("tdm-reservation", "maybe")]),
        ("1", "unknown", [("tdm-reservation", "1"), ("tdm-reservation", "unknown")]),
    ],
)
def test_the_page_overrides_its_header(header: str, meta: str, left: list[tuple[str, str]]) -> None:
    found = combined(from_headers([("tdm-reservation", header)]), from_meta([("tdm-reservation", meta)]))
    assert said(found) == left
    assert combined(found) == found


def test_two_values_in_one_place_both_stay() -> None:
    found = from_headers([("tdm-reservation", "0"), ("tdm-reservation", "1")])
    assert said(combined(found)) == [("tdm-reservation", "0"), ("tdm-reservation", "1")]


def test_an_observation_made_twice_stands_once_and_keeps_its_time() -> None:
    untimed, timed = from_headers([("tdm-reservation", "1")]), from_headers([("tdm-reservation", "1")], NOW)
    assert combined(untimed, timed) == combined(timed, untimed) == timed


def test_a_row_stays_small_and_nothing_is_let_go_by_it() -> None:
    many = [("content-usage", f"train-ai=y{n}") for n in range(1_000)]
    for found in (from_headers(many, NOW), combined(from_headers(many[:60], NOW), from_meta(many[50:]))):
        assert len(found) == MOST
        assert said(found)[-1] == ("too-many", "more than 64")
        assert combined(found) == found


def test_what_speaks_for_the_site_says_so() -> None:
    found = of_site((*from_headers([("tdm-reservation", "0")]), *from_meta([("robots", "noai")])))
    assert [optout.place for optout in found] == ["site header", "meta"]
    # It is of another answer, so it overrides nothing and is overridden by nothing.
    both = combined(found, from_headers([("tdm-reservation", "1")]))
    assert [(o.signal, o.place) for o in both][0::2] == [
        ("tdm-reservation", "site header"),
        ("tdm-reservation", "header"),
    ]


def test_times() -> None:
    east = timezone(timedelta(hours=2))
    optout = OptOut(signal="noai", value="noai", place="meta", seen=NOW.astimezone(east))
    assert optout.seen is not None
    assert optout.seen.tzinfo is UTC
    assert timeless((optout,)) == (OptOut(signal="noai", value="noai", place="meta"),)
    with pytest.raises(ValueError, match="time zone"):
        OptOut(signal="noai", value="noai", place="meta", seen=datetime(2026, 3, 1))


def test_the_list_of_agents_has_a_date_and_a_source() -> None:
    listed = agent_list()
    assert listed.source
    assert listed.date.year >= 2026
    assert {"GPTBot", "ClaudeBot", "CCBot", "Google-Extended", "Applebot-Extended", "Bytespider", "anthropic-ai",
            "cohere-ai", "meta-externalagent"} <= set(listed.agents)  # fmt: skip
    assert len({name.lower() for name in listed.agents}) == len(listed.agents)
    assert is_training_agent(" gptbot ")
    assert not is_training_agent("*")
    assert not is_training_agent("")


@pytest.mark.parametrize("said", ["search=yes; ai-train=no", "search=yes ai-train=no", "ai-train = no, search=yes"])
def test_no_separator_loses_a_reservation(said: str) -> None:
    found = from_headers([("Content-Signal", said)])
    assert any("ai-train" in optout.value and "no" in optout.value for optout in found), found
