"""Whatever bytes come: an answer, in bounded time; no look-alike is accepted; a restriction never helps."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.licensing.cases import POLICY
from tests.unit.licensing.page.judged import cases
from tests.unit.licensing.page.pages import BY, LINK, NC, SA, URL, page, read, told

from rightful.licensing import register
from rightful.licensing.evaluate import SEVERITY
from rightful.licensing.page import PageLicense, read_page
from rightful.model import Decision, Reason

PERMISSIVE = (
    page(f"<p>This work is licensed under {LINK}.</p>"),
    page("<p>Text.</p>", f'<link rel="license" href="{SA}">'),
    page(f'<footer>© 2020 Me, <a rel="license" href="{BY}">CC BY</a></footer>'),
    page("", f'<script type="application/ld+json">{{"@graph": [{{"@type": "Article", "license": "{BY}"}}]}}</script>'),
    page(f'<!-- <rdf:RDF><Work rdf:about=""><license rdf:resource="{BY}"/></Work></rdf:RDF> -->'),
)

TAGS = (
    "div",
    "p",
    "a",
    "footer",
    "figure",
    "span",
    "b",
    "table",
    "td",
    "svg",
    "script",
    "style",
    "li",
    "nav",
    "template",
    "title",
    "select",
)
PIECES = st.one_of(
    st.sampled_from([f"<{tag}>" for tag in TAGS] + [f"</{tag}>" for tag in TAGS]),
    st.sampled_from([LINK, f'<a rel=license href="{BY}">', f'<a rel="license" href={NC}>x</a>', "CC BY-SA 4.0",
    "CC BY", "licensed under", "this work"]),
    st.sampled_from(['<meta name="DC.rights" content="', '">', "<!--", "-->", "<![CDATA[", "]]>", "&#0;", "&amp",
    "\x00", "©", "\ud83d".encode("utf-8", "replace").decode()]),
    st.text(max_size=12),
)  # fmt: skip


def valid(found: PageLicense) -> None:
    """What holds for every answer."""
    assert (found.decision is Decision.ALLOW) == (found.reason is Reason.ALLOWED)
    assert found.tier in {"T1", "T2", "T3", "T4", "T5", "T6", "none"}
    assert 0 <= found.confidence < 1
    assert found.policy_version == POLICY.version
    if found.decision is Decision.ALLOW:
        assert found.expression is not None
        assert any(one.counts and one.expression == found.expression for one in found.evidence)
        assert not register.words(found.expression) & {"NC", "ND"}
        assert POLICY.allows(found.expression)
        assert found.claims
        assert not found.conflicts


@given(st.binary(max_size=2_000))
@settings(max_examples=60, deadline=None)
def test_any_bytes_have_an_answer(html: bytes) -> None:
    found = read_page(html, URL, policy=POLICY)
    valid(found)


@given(st.lists(PIECES, max_size=40))
@settings(max_examples=150, deadline=None)
def test_any_soup_of_markup_has_an_answer(pieces: list[str]) -> None:
    valid(read_page("".join(pieces).encode(), URL, policy=POLICY))


@given(st.sampled_from(PERMISSIVE), st.integers(0, 600), st.binary(max_size=12), st.integers(0, 40))
@settings(max_examples=150, deadline=None)
def test_truncated_and_mutated_pages_have_an_answer(html: bytes, at: int, put: bytes, drop: int) -> None:
    valid(read_page(html[:at] + put + html[at + drop :], URL, policy=POLICY))
    valid(read_page(html[:at], URL, policy=POLICY))


@given(st.text(max_size=60), st.lists(st.tuples(st.text(max_size=20), st.text(max_size=200)), max_size=4))
@settings(max_examples=80, deadline=None)
def test_any_url_and_headers_have_an_answer(url: str, headers: list[tuple[str, str]]) -> None:
    valid(read_page(PERMISSIVE[0], url, headers, policy=POLICY))
    valid(read_page(PERMISSIVE[0], url, [("Link", value) for _, value in headers], policy=POLICY))


@given(
    st.sampled_from(PERMISSIVE), st.integers(0, 10_000), st.sampled_from(["link", "a", "icon", "text", "meta", "mark"])
)
@settings(max_examples=150, deadline=None)
def test_a_restriction_never_makes_the_answer_more_permissive(html: bytes, seed: int, kind: str) -> None:
    put = {
        "link": f'<link rel="license" href="{NC}">',
        "a": f'<p>This page is licensed under <a href="{NC}">CC BY-NC 4.0</a>.</p>',
        "icon": f'<a href="{NC}"><img src="/cc-by-nc.png" width="88" alt="CC"></a>',
        "text": "<p>Licensed under CC BY-NC-SA 4.0</p>",
        "meta": f'<meta name="dcterms.license" content="{NC}">',
        "mark": f'<a rel="license" href="{NC}">x</a>',
    }[kind].encode()
    bases = [
        html,
        page("<p>Nothing</p>"),
        page(f'<footer><a href="{NC}">CC</a></footer>'),
        html.replace(b"by/4.0", b"by-nc/4.0"),
    ]
    for base in bases:
        breaks = [place for place in range(len(base)) if base.startswith((b"<p", b"<footer", b"</body"), place)]
        at = random.Random(seed).choice(breaks or [len(base)])
        before = read_page(base, URL, policy=POLICY)
        after = read_page(base[:at] + put + base[at:], URL, policy=POLICY)
        assert SEVERITY[after.decision] >= SEVERITY[before.decision], (before, after)


LOOK_ALIKES = (
    "https://creativecommons.org.evil.com/licenses/by/4.0/",
    "https://evil.com/creativecommons.org/licenses/by/4.0/",
    "https://evilcreativecommons.org/licenses/by/4.0/",
    "https://example.org/standby/4.0/",
    "https://creativecommons.org@evil.com/licenses/by/4.0/",
    "https://evil.com/#https://creativecommons.org/licenses/by/4.0/",
    "https://evil.com/?https://creativecommons.org/licenses/by/4.0/",
    "https://creativecommons.org/licenses/GPL/2.0/",
    "https://creativecommons.org/publicdomain/anything",
    "https://creativecommons.org/licenses/",
    "https://creativecommons.org/",
    "https://creativecommons.org/licenses/by/5.0/",
    "https://creativecommons.org/licenses/by/4.0/nc",
    "https://search.creativecommons.org/licenses/by/4.0/",
    "http://creativecommons.org:8080/licenses/by/4.0/",
    "javascript:https://creativecommons.org/licenses/by/4.0/",
)


@pytest.mark.parametrize("url", LOOK_ALIKES)
def test_no_look_alike_is_a_licence(url: str) -> None:
    for body, head in (
        (f'<p>This work is licensed under <a rel="license" href="{url}">this license</a>.</p>', ""),
        ("", f'<link rel="license" href="{url}"><meta name="DC.rights" content="{url}">'),
        ("", f'<script type="application/ld+json">{{"@type": "Article", "license": "{url}"}}</script>'),
        (f"<p>This work is licensed under {url}.</p><footer>{url}</footer>", ""),
    ):
        assert read(body, head, headers=[("Link", f"<{url}>; rel=license")]).decision is not Decision.ALLOW


N = 100_000
HOSTILE = {
    "nested div": b"<div>" * N,
    "nested b": b"<b>" * N,
    "nested svg": b"<svg>" * N,
    "nested tables": b"<table><tr><td>" * (N // 3),
    "nested links": b"<a href=//creativecommons.org/licenses/by/4.0/>" * (N // 10),
    "attributes": b"<div " + b" ".join(b"a%d=1" % number for number in range(N)) + b">",
    "one attribute": b'<a rel="license" href="' + b"x" * 5_000_000 + b'">',
    "classes": b'<div class="' + b"photo-" * N + b'">',
    "end tags": b"<div>" * 900 + b"</span>" * N,
    "comments": b"<!--" * N,
    "entities": b"&amp;" * N,
    "less-than": b"<" * N,
    "names": b"<p>" + b"CC BY-" * N,
    "statements": b"<p>" + b"this work is licensed under " * (N // 10) + b"CC BY 4.0",
    "spaces": b"<p>creative" + b" " * N + b"commons",
    "json": b'<script type="application/ld+json">' + b'{"@graph":[' * N,
    "wide json": b'<script type="application/ld+json">[' + b'{"@type":"Article","license":"x"},' * N + b"{}]</script>",
    "rdf": b"<!-- rdf:RDF " + b"<Work <license " * N + b"-->",
    "rel": b'<a rel="' + b"license " * N + b'" href="//creativecommons.org/licenses/by/4.0/">x</a>',
}  # fmt: skip


@pytest.mark.timeout(60)
@pytest.mark.parametrize("kind", HOSTILE)
def test_hostile_pages_are_answered(kind: str) -> None:
    html = page(f"<p>Text</p>{LINK}") + HOSTILE[kind]
    valid(read_page(html, URL, policy=POLICY))
    headers = [("Link", "<" * 50_000), ("Link", '<a>; rel="' + "x;" * 50_000)]
    valid(read_page(html[:2_000], URL, headers, policy=POLICY))


def test_a_page_that_can_not_be_read_as_a_whole_is_never_accepted() -> None:
    deep = page(f"<p>This work is licensed under {LINK}.</p>" + "<div>" * N)
    assert told(read_page(deep, URL, policy=POLICY)) == ("quarantine", Reason.UNPARSABLE.value)
    large = PERMISSIVE[0] + b" " * (17 * 2**20)
    assert told(read_page(large, URL, policy=POLICY)) == ("quarantine", Reason.UNPARSABLE.value)


def test_mutated_real_pages_have_an_answer() -> None:
    judged = list(cases())
    if not judged:
        pytest.skip("the judged pages are not here")
    chance = random.Random(7)
    for case in chance.sample(judged, 12):
        html = bytearray(case.html)
        for _ in range(3):
            at = chance.randrange(len(html))
            html[at : at + chance.randrange(200)] = chance.choice(
                (b"<", b">", b'"', b"</div>", b"\xff\xfe", b"<script>", b"")
            )
        valid(read_page(bytes(html), case.url, policy=POLICY))
        valid(read_page(bytes(html[: chance.randrange(len(html))]), case.url, policy=POLICY))
