"""Whose licence a sentence gives: it counts by itself only when its subject is the text, and nothing qualifies that."""

from __future__ import annotations

import json

import pytest
from tests.unit.licensing.page.pages import BY, LINK, URL, read, told

from rightful.model import Decision

NOT_SURE = [
    # content of somebody, of some time, of some kind
    "Except where otherwise noted, third-party content on this site is licensed under {}.",
    "Guest posts on this site are licensed under {}.",
    "Other content on this site is licensed under {}.",
    "Government content on this website is licensed under {}.",
    "Archived content on this site is licensed under {}.",
    "Content older than two years on this site is licensed under {}.",
    "All free content on this site is licensed under {}.",
    "Press releases on this website are published under {}.",
    "Where indicated, content on this site is licensed under {}.",
    "Community content is available under {}.",
    # the work is not what is licensed
    "This article draws on work licensed under {}.",
    "Reviews of this article are licensed under {}.",
    "An earlier draft of this article was released under {}.",
    "The accepted manuscript of this article is available under a {} licence in our repository.",
    "The spreadsheet accompanying this post is licensed under {}.",
    "The typeface used on this site is licensed under {}.",
    # for some, for money, not yet
    "On payment of an APC, this article is licensed under {}.",
    "We petitioned for this article to be licensed under {}.",
    "This article was meant to be licensed under {}.",
    "This article is licensed to members under {}.",
    "This article is licensed under {}, except for AI companies.",
]
CREDITS = [
    "Jo Doe / {}",
    "By Jo - Own work, {}",
    "Jo Doe, {}, via a friend",
    "Jo via somewhere {}",
]
SURE = [
    "Les contenus de ce site sont, sauf mention contraire, sous licence {}.",
    "Alle Texte auf dieser Website stehen, soweit nicht anders gekennzeichnet, unter der Lizenz {}.",
    "Este sitio web está bajo una licencia {}.",
    "Unless otherwise noted, all content on this site is © 2020 by Jo Doe and licensed under a {}.",
    "Except where otherwise noted, all original text on this site is licensed under a {}.",
    "The text of this page is available under the terms of the {}.",
    "This work by Jo Doe is licensed under a {}.",
    "All content on Example is published under {}.",
    "Unless otherwise indicated, the reuse of this page is authorised under a {}.",
    "版权声明：本博客所有文章除特别声明外，均采用 {} 许可协议",
]
MARKED = f'<a rel="license" href="{BY}">CC BY 4.0</a>'
CC0 = "http://creativecommons.org/publicdomain/zero/1.0/"
WAIVER = (
    f'The Creative Commons Public Domain Dedication waiver (<a href="{CC0}" rel="license">{CC0}</a>) applies to the '
    f"data "
    "made available in this article, unless otherwise stated."
)


@pytest.mark.parametrize("link", [LINK, MARKED], ids=["link", "marked"])
@pytest.mark.parametrize("sentence", NOT_SURE)
def test_a_subject_with_more_to_it_is_for_a_person(sentence: str, link: str) -> None:
    for body in ("<p>Once.</p><p>{}</p>", "<p>Once.</p><footer><p>{}</p></footer>"):
        found = read(body.replace("{}", sentence.replace("{}", link)))
        assert found.decision is not Decision.ALLOW, found.evidence


@pytest.mark.parametrize("sentence", SURE)
def test_the_text_as_plain_subject_is_accepted(sentence: str) -> None:
    found = read(f"<p>Once upon a time.</p><p>{sentence.replace('{}', LINK)}</p>")
    assert told(found) == ("allow", "allowed"), (found.conflicts, found.evidence)


@pytest.mark.parametrize("words", CREDITS)
def test_a_marked_link_in_running_text_that_no_words_give_to_the_page_is_for_a_person(words: str) -> None:
    found = read(f"<main><p>{words.replace('{}', MARKED)}</p><p>Once upon a time.</p></main>")
    assert told(found) == ("quarantine", "weak_evidence"), found.evidence


def test_a_marked_link_alone_is_the_page_s() -> None:
    for words in (MARKED, f"License: {MARKED}", f"Reuse {MARKED}"):
        assert told(read(f"<main><p>Once upon a time.</p><p>{words}</p></main>")) == ("allow", "allowed")


def test_a_part_named_behind_the_licence_is_what_it_is_given_to() -> None:
    found = read(f"<main><p>Once upon a time.</p><p>{WAIVER}</p></main>")
    assert found.decision is not Decision.ALLOW
    assert [one.excluded for one in found.evidence] == ["data"]
    found = read(f"<main><p>Once upon a time.</p><p>This article is licensed under {LINK}. {WAIVER}</p></main>")
    assert (told(found), found.expression, found.excludes) == (("allow", "allowed"), "CC-BY-4.0", ("data",))


def test_an_address_says_more_than_an_identifier() -> None:
    def thing(**more: str) -> str:
        node = {"@type": "ScholarlyArticle", "@id": "https://doi.org/10.1/1", "license": BY, **more}
        return f'<script type="application/ld+json">{json.dumps(node)}</script>'

    assert told(read("<p>Once.</p>", head=thing(url=URL))) == ("allow", "allowed")
    assert told(read("<p>Once.</p>", head=thing())) == ("deny", "no_tag")
    assert told(read("<p>Once.</p>", head=thing(url="https://other.example/"))) == ("deny", "no_tag")


def test_an_icon_beside_a_name_gives_its_version() -> None:
    text = "This is an Open Access article distributed under the terms of the Creative Commons Attribution License."
    icon = '<a href="{}"><img src="/i.png"></a> '
    found = read(f"<main><p>{icon.format(BY)}{text}</p></main>")
    assert (told(found), found.expression) == (("allow", "allowed"), "CC-BY-4.0")
    two = icon.format(BY) + icon.format(BY.replace("4.0", "3.0"))
    assert told(read(f"<main><p>{two}{text}</p></main>")) == ("quarantine", "unversioned")
    assert told(read(f"<main><p>{text}</p></main>")) == ("quarantine", "unversioned")


@pytest.mark.parametrize(
    "body",
    [
        "<footer><p>Content is available under <a href='/license'>a Creative Commons license</a>.</p></footer>",
        "<p>This article is licensed under a Creative Commons license.</p>",
        "<footer><p>All content on this site is published under Creative Commons.</p></footer>",
    ],
)
def test_a_creative_commons_licence_that_is_not_named_is_for_a_person(body: str) -> None:
    assert told(read(f"<p>Once upon a time.</p>{body}")) == ("quarantine", "weak_evidence")
    assert told(read("<p>Articles are sometimes licensed under a Creative Commons license.</p>")) == ("deny", "no_tag")
