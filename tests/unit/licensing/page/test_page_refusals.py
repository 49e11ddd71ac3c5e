"""Pages that name a permissive licence which is not theirs, or not all that they say: none is accepted."""

from __future__ import annotations

import json

import pytest
from tests.unit.licensing.cases import POLICY
from tests.unit.licensing.page.pages import BY, NC, URL

from rightful.licensing.page import read_page
from rightful.model import Decision

MARKED = f'<a rel="license" href="{BY}">Creative Commons</a>'
T1 = f'<link rel="license" href="{BY}">'


def ld(text: object) -> str:
    return f'<script type="application/ld+json">{json.dumps(text)}</script>'


def decision(body: str, head: str = "") -> Decision:
    html = f"<!DOCTYPE html><html><head><title>A page</title>{head}</head><body>{body}</body></html>"
    return read_page(html.encode(), URL, policy=POLICY).decision


LINK_WORDS = [
    f'<p><a rel="license" href="{BY}">CC BY-NC-ND 4.0</a></p>',
    f'<div itemscope itemtype="https://schema.org/ImageObject"><link itemprop="license" href="{BY}"></div>',
    f'<section id="comments"><link rel="license" href="{BY}"></section>',
]
METADATA = [
    '<meta name="dc.rights" content="CC BY 4.0. No commercial use.">',
    '<meta name="dc.rights" content="CC BY 4.0 NC">',
    f'<meta name="dc.rights" content="{BY} for non-commercial use only">',
    f'{T1}<meta name="dc.rights" content="Non-commercial use only">',
]
NAMES = [
    f"<p>This text is licensed under {said}.</p>" for said in ("CC BY 4.0-NC", "CC BY 4.0 NC ND", "CC BY 4.0 + NC")
]
WORDS = [
    f"<p>{MARKED} All&nbsp;rights&nbsp;reserved</p>",
    f"<p>{MARKED} All\n rights\n reserved</p>",
    f"<p>{MARKED} Commercial use is not permitted.</p>",
    f"<p>{MARKED} Kommerzielle Nutzung nicht gestattet.</p>",
    f"<p>{MARKED} Prohibido el uso comercial.</p>",
    f"<p>{MARKED} Vietato l'uso commerciale.</p>",
    f"<p>Afbeelding: {MARKED}</p>",
    f"<p>Imagem: {MARKED}</p>",
    "<p>Add this to your page: This work is licensed under CC BY 4.0.</p>",
]
OTHER_PAGES = [
    ld({"@type": "Article", "url": "/other", "license": BY}),
    ld({"@type": "Article", "url": "//other.org/x", "license": BY}),
    ld({"@type": "Article", "mainEntityOfPage": "https://other.org/x", "license": BY}),
    ld({"@type": "Article", "mainEntityOfPage": {"@id": "https://other.org/x"}, "license": BY}),
]
UNREAD = [
    T1 + '<script type="application/ld+json">{"@type": "Article", "license": "%s",}</script>' % NC,  # noqa: UP031
    '<script type="application/ld+json">{"@type": "Article", "license": "%s", "license": "%s"}</script>' % (NC, BY),  # noqa: UP031
]
IMAGES = [
    (
        '<span href="http://purl.org/dc/dcmitype/StillImage" property="dct:title" rel="dct:type">Sunset</span> by Joe '
        f'is licensed under <a rel="license" href="{BY}">a licence</a>'
    ),
    f'<div resource="/photo.jpg"><a property="cc:license" href="{BY}">a licence</a></div>',
]
TOO_LONG = [
    f"{T1}<p>{'x' * 200_000} All rights reserved CC BY-NC 4.0</p>",
    f"{T1}{'<p>This text is licensed under CC BY 4.0.</p>' * 501}<footer><a href='{NC}'>CC BY-NC 4.0</a></footer>",
]


@pytest.mark.parametrize("body", [*LINK_WORDS, *NAMES, *WORDS, *IMAGES, *TOO_LONG])
def test_what_a_body_says_beside_a_permissive_licence_is_heard(body: str) -> None:
    assert decision(body) is not Decision.ALLOW


@pytest.mark.parametrize("head", [*METADATA, *OTHER_PAGES, *UNREAD])
def test_what_a_head_says_beside_a_permissive_licence_is_heard(head: str) -> None:
    assert decision("<p>A text.</p>", head) is not Decision.ALLOW


def test_the_same_without_it_is_accepted() -> None:
    assert decision("<p>A text.</p>", T1) is Decision.ALLOW
    assert decision(f"<p>{MARKED}</p>") is Decision.ALLOW
    assert decision("<p>This text is licensed under CC BY 4.0.</p>") is Decision.ALLOW
    assert decision("<p>A text.</p>", '<meta name="dc.rights" content="CC BY 4.0">') is Decision.ALLOW
    assert decision("<p>A text.</p>", ld({"@type": "Article", "url": URL, "license": BY})) is Decision.ALLOW
