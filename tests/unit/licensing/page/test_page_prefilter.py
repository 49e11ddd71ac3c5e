"""The first look at a page: both engines give the same answer, and nobody's evidence is lost."""

from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.licensing.page.judged import MISSING, cases

from rightful.licensing.page import prefilter
from rightful.licensing.page.prefilter import by_pattern, by_words, speaks_of_licenses

EVIDENCE = (
    *("creativecommons", "Creative&nbsp;Commons", "creative\u2011commons", "rel=license", 'REL = "nofollow licence'),
    *("rel='copyright", "itemprop=license", "property = 'cc:license", '"dc:rights"', "'dcterms.license'", "dc.rights"),
    *("DCTERMS.licence", 'name="rights"', "name=license ", '"license" : ', "'cc:license':", "CC&nbsp;BY", "cc-by-sa"),
    *("cc zero", "CC0", "Public Domain", "publicdomain", "open government licence", "open-government-licence"),
    *("Open Parliament licence", "free documentation license", "copyleft/fdl", "licenses/fdl"),
    *("クリエイティブ・コモンズ", "クリエイティブコモンズ", "知识共享", "創用 CC", "姓名標示"),
)
NOISE = ("All rights reserved", "copyright 2026", "licensee", "the domain", "cc: by mail", "creative", "accor", "rel=")
both = pytest.mark.skipif(prefilter.hyperscan is None, reason="there is no Hyperscan for this processor")


@pytest.mark.parametrize("text", EVIDENCE)
def test_evidence_passes(text: str) -> None:
    html = f"<p>{'All rights reserved. ' * 40}</p> {text} <p>licensee, creative, copyright</p>".encode()
    assert by_pattern(html)
    assert speaks_of_licenses(html)


@pytest.mark.parametrize("html", [b"", b"\x00" * 9, b"\xff\xfe\x00licen", " ".join(NOISE).encode(), b"rights" * 9_999])
def test_nothing_passes(html: bytes) -> None:
    assert not by_pattern(html)
    assert not speaks_of_licenses(html)


@both
@given(
    st.lists(
        st.sampled_from([*EVIDENCE, *NOISE, " ", "x", "\n", "&nbsp;", '"', "'", "=", ".", "x" * 140, " " * 30]),
        max_size=12,
    ),
    st.sampled_from(["utf-8", "utf-16", "shift_jis", "gb18030"]),
    st.data(),
)
def test_both_engines_agree(parts: list[str], encoding: str, data: st.DataObject) -> None:
    html = "".join(parts).encode(encoding, "replace")
    cut = data.draw(st.integers(0, max(len(html) - 1, 0)))
    for page in (html, html[cut:], html[:cut]):
        assert by_words(page) == by_pattern(page)


@both
@pytest.mark.skipif(not any(True for _ in cases()), reason=MISSING)
def test_both_engines_agree_on_real_pages() -> None:
    assert all(by_words(case.html) == by_pattern(case.html) for case in cases())


@both
def test_evidence_behind_more_words_than_are_judged_one_by_one() -> None:
    spread = (b"licensee" + b" " * 400) * 500
    assert by_words(spread + b"cc-by")
    assert not by_words(spread)


def test_threads() -> None:
    pages = [f"{'x' * 50_000} {text}".encode() for text in EVIDENCE] + [b"y" * 50_000] * len(EVIDENCE)
    answers: dict[int, list[bool]] = {}

    def look(number: int) -> None:
        answers[number] = [speaks_of_licenses(page) for page in pages]

    threads = [threading.Thread(target=look, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(answers.values()) == [[True] * len(EVIDENCE) + [False] * len(EVIDENCE)] * 4
