"""robots.txt: groups, paths, encodings, statuses, and the lines on training."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rightful.licensing.optouts import Fetched, observe
from rightful.licensing.optouts.robots import MOST_BYTES, Robots, path_matches, robots_observations

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SITE = "https://site.example"


def allows(text: str | bytes, path: str = "/a", agent: str = "rightful") -> bool:
    return Robots(text.encode() if isinstance(text, str) else text).allows(SITE + path, agent)


def found(text: str, path: str = "/a") -> dict[str, list[tuple[str, str]]]:
    answer: dict[str, list[tuple[str, str]]] = {}
    for optout in robots_observations(Fetched(status=200, body=text.encode(), seen=NOW), SITE + path):
        assert optout.seen == NOW
        answer.setdefault(optout.signal, []).append((optout.value, optout.place))
    return answer


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        ("", "/a", True),
        ("User-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: *\nDisallow: /\nAllow: /a", "/a", True),
        ("User-agent: *\nAllow: /\nDisallow: /a", "/a/b", False),
        ("User-agent: *\nDisallow: /a\nAllow: /a", "/a", True),  # equally long: the least restrictive (2.2.2)
        # The most specific group speaks alone.
        ("User-agent: *\nDisallow: /\n\nUser-agent: Rightful\nDisallow: /b", "/a", True),
        ("User-agent: RIGHTFUL/2.0\nDisallow: /a\n\nUser-agent: *\nAllow: /", "/a", False),
        ("User-agent: right\nAllow: /\n\nUser-agent: *\nDisallow: /", "/a", False),
        ("User-agent: rightfulbot\nAllow: /\n\nUser-agent: *\nDisallow: /", "/a", False),
        # Groups of one name are one, wherever they stand.
        ("User-agent: rightful\nDisallow: /x\nUser-agent: *\nAllow: /\nUser-agent: rightful\nDisallow: /", "/a", False),
        ("User-agent: other\nUser-agent: rightful\nDisallow: /", "/a", False),
        ("User-agent: other\nCrawl-delay: 1\nUser-agent: rightful\nDisallow: /", "/a", False),
        # Wildcards and ends.
        ("User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf", False),
        ("User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf?z", True),
        ("User-agent: *\nDisallow: /a*/c", "/abbb/c/d", False),
        ("User-agent: *\nDisallow: *", "/a", False),
        ("User-agent: *\nDisallow: /?q=", "/?q=1", False),
        # Escapes compare as octets.
        ("User-agent: *\nDisallow: /caf%C3%A9", "/café", False),
        ("User-agent: *\nDisallow: /café", "/caf%c3%a9", False),
        ("User-agent: *\nDisallow: /a%2Fb", "/a/b", True),
        ("User-agent: *\nDisallow: /%7Ejoe", "/~joe/x", False),
        # What people really write.
        ("\ufeffUser-agent: *\r\nDisallow: /a\r\n", "/a", False),
        ("User-agent: *\rDisallow: /a\r", "/a", False),
        ("user agent: *\nDisalow: /a # why", "/a", False),
        ("User-agent *\nDisallow /a", "/a", False),
        ("User-agent: *\nDisallow: a", "/a", False),
        ("User-agent: *\nDisallow: https://site.example/a", "/a/b", False),
        ("User-agent: *\nDisallow: /\nAllow: a", "/a", False),
        ("User-agent: *\nDisallow: /\nAllow: https://other.example/a", "/a", False),
        ("User-agent: *\nDisallow: https://site.example", "/a", False),
        ("Disallow: /", "/a", True),  # speaks to nobody
        ("<html><body>Not found</body></html>", "/a", True),
        ("User-agent: *\nDisallow: /\x00a", "/a", False),
    ],
)  # fmt: skip
def test_paths_and_groups(text: str, path: str, allowed: bool) -> None:
    assert allows(text, path) is allowed


def test_other_encodings() -> None:
    rules = "User-agent: *\nDisallow: /a\n"
    assert not allows(rules.encode("utf-16"))
    assert not allows(b"User-agent: *\nDisallow: /caf\xe9\n", "/caf%E9")
    assert allows(b"User-agent: *\nDisallow: /caf\xe9\n", "/cafe")
    assert allows(bytes(range(256)))


def test_the_first_500_kib_count_in_whole_lines() -> None:
    line = b"Disallow: /padding-that-is-long-enough\n"
    head = b"User-agent: *\nDisallow: /a\n"
    long = head + line * (MOST_BYTES // len(line)) + b"\nDisallow: /late\n"
    robots = Robots(long)
    assert robots.cut
    assert not robots.allows(f"{SITE}/a")
    assert robots.allows(f"{SITE}/late")
    half = head + b"#" * (MOST_BYTES - len(head) - len(b"\nDisallow: /p")) + b"\nDisallow: /padding\n"
    assert Robots(half).allows(f"{SITE}/pq"), "half a line is no rule"
    assert not Robots(half).allows(f"{SITE}/a")
    (optout, *_) = robots_observations(Fetched(status=200, body=long), f"{SITE}/late")
    assert optout.place == "robots.txt * (first 500 KiB)"


@pytest.mark.parametrize(
    ("status", "value"),
    [
        (200, "disallow"), (203, "disallow"), (404, "allow"), (410, "allow"), (400, "allow"), (451, "allow"),
        (401, "refused with status 401"), (402, "refused with status 402"), (403, "refused with status 403"),
        (429, "unreachable"), (500, "unreachable"), (503, "unreachable"), (None, "unreachable"), (204, "unreachable"),
        (301, "not checked"),
        (304, "unreachable"),
    ],
)  # fmt: skip
def test_statuses(status: int | None, value: str) -> None:
    body = b"User-agent: *\nDisallow: /\n"
    (optout,) = robots_observations(Fetched(status=status, body=body, seen=NOW), f"{SITE}/a")
    assert (optout.signal, optout.value, optout.seen) == ("robots", value, NOW)


def test_nobody_looked() -> None:
    (optout,) = robots_observations(None, f"{SITE}/a")
    assert (optout.signal, optout.value, optout.seen) == ("robots", "not checked", None)


def test_training_agents() -> None:
    text = "User-agent: *\nAllow: /\n\nUser-agent: GPTBot\nUser-agent: CCBot\nDisallow: /a\n"
    assert found(text) == {
        "robots": [("allow", "robots.txt *")],
        "robots-training": [("disallow", "robots.txt CCBot, GPTBot")],
    }
    assert found(text, "/b")["robots-training"] == [("allow", "robots.txt CCBot, GPTBot")]
    assert "robots-training" not in found("User-agent: *\nAllow: /\n\nUser-agent: Googlebot\nDisallow: /")
    many = "".join(
        f"User-agent: {name}\n" for name in ("GPTBot", "CCBot", "ClaudeBot", "Bytespider", "cohere-ai", "omgili")
    )
    assert found(f"{many}Disallow: /")["robots-training"] == [
        ("disallow", "robots.txt Bytespider, CCBot, ClaudeBot, cohere-ai and 2 more")
    ]


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0 (compatible; Rightful/1.0; +https://site.example/bot)", '"Rightful"', "Rightful 1.0", "rightful;",
        "Rightful-Bot", "Googlebot, Rightful", "<Rightful>", "right\u200bful", '"*"', "'*'", "\u201c*\u201d", "**",
        "[*]", "all", "Mozilla/5.0 (compatible; *)", "*, Googlebot",
    ],
)  # fmt: skip
def test_a_group_that_evidently_means_us_keeps_us_out(agent: str) -> None:
    text = f"User-agent: {agent}\nDisallow: /a\n\nUser-agent: Bingbot\nAllow: /"
    assert not allows(text)
    assert allows(text, "/b")
    assert not allows(f"{text}\n\nUser-agent: *\nAllow: /a")


@pytest.mark.parametrize(
    "agent",
    [
        "Googlebot*", "Mozilla/5.0 (compatible; Googlebot/2.*)", "rightfulbot", "alligator", "all about me",
        "FooBot (+https://rightful.example/bot)", "Mozilla/5.0", "()",
    ],
)  # fmt: skip
def test_a_group_that_means_others_does_not_concern_us(agent: str) -> None:
    assert allows(f"User-agent: {agent}\nDisallow: /")


def test_what_is_no_name_opens_nothing_and_our_own_name_goes_before_what_looks_like_everybody() -> None:
    assert not allows('User-agent: *\nDisallow: /\n\nUser-agent: "Rightful"\nAllow: /')
    assert not allows('User-agent: *\nDisallow: /a\n\nUser-agent: "*"\nAllow: /a')
    assert allows('User-agent: "*"\nDisallow: /\n\nUser-agent: Rightful\nAllow: /')
    assert not allows('User-agent: "Rightful"\nDisallow: /\n\nUser-agent: Rightful\nAllow: /')


@pytest.mark.parametrize(
    "agent",
    [
        "GPTBot/1.1", '"GPTBot"', "Mozilla/5.0 (compatible; GPTBot/1.1; +https://openai.com/gptbot)", "GPT Bot",
        "Googlebot GPTBot", "Googlebot,GPTBot", "`GPTBot`", "ＧＰＴＢｏｔ",
    ],
)  # fmt: skip
def test_a_training_agent_is_known_however_it_is_written(agent: str) -> None:
    text = f"User-agent: {agent}\nContent-Signal: ai-train=no\nDisallow: /a"
    assert found(text)["robots-training"] == [("disallow", "robots.txt GPTBot")]
    assert [value for value, _ in found(text)["content-signal"]] == ["ai-train=no"]
    assert found(text)["robots"] == [("allow", "robots.txt *")]


def test_an_address_in_a_name_names_no_training_agent() -> None:
    assert "robots-training" not in found("User-agent: FooBot (+https://x.example/gptbot)\nDisallow: /")
    assert found("User-agent: Google_Extended\nDisallow: /")["robots-training"]


def test_ours_alone_is_asked_for_and_the_training_agents_are_still_heard() -> None:
    text = "User-agent: Rightful\nAllow: /\n\nUser-agent: *\nDisallow: /\n\nUser-agent: ClaudeBot\nDisallow: /"
    assert found(text) == {
        "robots": [("allow", "robots.txt rightful")],
        "robots-training": [("disallow", "robots.txt ClaudeBot")],
    }


@pytest.mark.parametrize(
    ("text", "path", "signals"),
    [
        ("User-agent: *\nContent-Signal: search=yes, ai-train=no\nAllow: /", "/a", {"content-signal": ["ai-train=no"]}),
        ("Content-signal: AI-Train=NO\nUser-agent: *\nAllow: /", "/a", {"content-signal": ["ai-train=no"]}),
        ("User-agent: *\nContent-Signal: search=yes", "/a", {}),
        ("User-agent: Googlebot\nContent-Signal: ai-train=no", "/a", {}),
        ("User-agent: GPTBot\nContent-Signal: ai-train=no", "/a", {"content-signal": ["ai-train=no"]}),
        ("User-agent: *\nContent-Usage: train-ai=n", "/a", {"content-usage": ["train-ai=n"]}),
        ("User-agent: *\nContent-Usage: /b/ train-ai=n", "/a", {}),
        ("User-agent: *\nContent-Usage: /b/ train-ai=n", "/b/c", {"content-usage": ["train-ai=n"]}),
        ("User-agent: *\nContent-Usage: /a\ttrain-ai=n", "/a/b", {"content-usage": ["train-ai=n"]}),
        ("User-agent: *\nContent-Usage: /a \t train-ai=n", "/a/b", {"content-usage": ["train-ai=n"]}),
        ("User-agent: *\nContent-Usage: /a\u00a0train-ai=n", "/a/b", {"content-usage": ["train-ai=n"]}),
        ("User-agent: *\nContent-Signal:\t/a\tsearch=yes,\tai-train=no", "/a", {"content-signal": ["ai-train=no"]}),
        ("User-agent: *\nContent-Usage: /b\ttrain-ai=n", "/a", {}),
        (
            "User-agent: *\nContent-Usage: train-ai=n\nContent-Usage: /b/ train-ai=y",
            "/b/c",
            {"content-usage": ["train-ai=n", "train-ai=y"]},
        ),
        ("License: https://site.example/l.xml", "/a", {"rsl": ["declared"]}),
        ("User-agent: x\nDisallow: /\nLicense: https://site.example/l.xml", "/a", {"rsl": ["declared"]}),
    ],
)
def test_lines_on_training(text: str, path: str, signals: dict[str, list[str]]) -> None:
    said = {name: [value for value, _ in values] for name, values in found(text, path).items()}
    said.pop("robots")
    said.pop("robots-training", None)
    assert said == signals


ANYTHING = st.binary(max_size=200) | st.lists(
    st.sampled_from([
        b"User-agent: *\n", b"user-agent: rightful\n", b"User-agent: GPTBot\r\n", b"Disallow: /\n", b"Disallow: /*$\n",
        b"Allow: /a\r", b"Allow:\n", b"Content-Usage: train-ai=n\n", b"Content-Signal: /a ai-train=no\n",
        b"License: http://[\n", b"#", b"%", b"\xff\xfe", b"\x00", b":", b"*", b"<rsl>", b"{", b"[",
        b'"tdm-reservation"',
    ]),
    max_size=12,
).map(b"".join)  # fmt: skip


@given(ANYTHING, ANYTHING, ANYTHING, st.sampled_from(["", "/a", "/a%2", "/é?x=\ud800", "//[b//c", ":99999999/"]))
def test_whatever_a_site_sends_is_an_observation(robots: bytes, tdmrep: bytes, terms: bytes, path: str) -> None:
    found = observe(
        SITE + path,
        headers=[("link", '</t>; type="application/rsl+xml"'), ("content-usage", terms.decode("latin-1"))],
        robots=Fetched(status=200, body=robots),
        tdmrep=Fetched(status=200, body=tdmrep),
        terms={f"{SITE}/t": Fetched(status=200, body=terms)},
    )
    assert found[0].signal == "robots"
    assert all(optout.value.isprintable() and optout.place.isprintable() for optout in found)


@given(ANYTHING)
def test_keeping_us_out_keeps_us_out_whatever_else_is_said(text: bytes) -> None:
    assume(not text.startswith((b"\xff\xfe", b"\xfe\xff")))
    before = Robots(text).named("rightful")
    after = Robots(text + b"\n\nUser-agent: rightful\nDisallow: /only\n")
    assert not after.allows(f"{SITE}/only/x") or (before and Robots(text).allows(f"{SITE}/only/x"))


def test_thousands_of_lines_on_training_are_not_sorted_by_path() -> None:
    lines = "".join(f"Content-Usage: /x{number}/ train-ai=n\n" for number in range(300))
    assert "content-usage" in found(f"User-agent: *\n{lines}", "/elsewhere")
    assert "content-usage" not in found("User-agent: *\nContent-Usage: /x/ train-ai=n", "/elsewhere")


def test_path_patterns() -> None:
    assert path_matches("/", f"{SITE}/x")
    assert path_matches("/a*b$", f"{SITE}/axxb")
    assert not path_matches("/a$", f"{SITE}/ab")
    assert not path_matches("", f"{SITE}/x")


def test_an_archive_that_knows_nothing_says_so() -> None:
    optouts = observe(f"{SITE}/a", headers=[("tdm-reservation", "0")], metas=[("robots", "noai")], seen=NOW)
    assert [(o.signal, o.value, o.place, o.seen) for o in optouts] == [
        ("robots", "not checked", "robots.txt", None),
        ("tdm-reservation", "not checked", "tdmrep.json", None),
        ("tdm-reservation", "0", "header", NOW),
        ("noai", "noai", "meta", NOW),
    ]


@pytest.mark.parametrize("body", [b"\x1f\x8b\x08\x00packed", b"\x28\xb5\x2f\xfdpacked"])
def test_what_is_packed_still_nobody_has_read(body: bytes) -> None:
    [optout] = robots_observations(Fetched(status=200, body=body), f"{SITE}/a")
    assert (optout.signal, optout.value) == ("robots", "unreachable")


@pytest.mark.parametrize("blank", ["\u00a0", "\u200b", "\ufeff", "\u2060", "\v"])
def test_blanks_that_do_not_show_are_blanks(blank: str) -> None:
    text = f"{blank}User-agent{blank}:{blank}*{blank}\n{blank}Disallow{blank}: {blank}/a{blank}\n"
    assert not Robots(text.encode()).allows(f"{SITE}/ab")
    assert Robots(text.encode()).allows(f"{SITE}/b")
    assert not Robots(b"User-agent: *\nDisallow: /a%C2%A0b\n").allows(f"{SITE}/a%C2%A0bc")


def test_terms_of_rsl_are_heard_in_british_spelling() -> None:
    assert Robots(b"Licence: https://a.example/rsl.xml\n").licenses == ("https://a.example/rsl.xml",)
