"""What contradicts a licence from where few look: a link's icon and labels, long values, other terms in metadata, items
that are not this page, lists of works. None of these pages is accepted; beside each stands one that is."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.unit.licensing.page.pages import BY, NC, SA, URL, read, told

from rightful.licensing.page.combine import MANY_FAMILIES
from rightful.licensing.page.read import MANY_WORKS
from rightful.licensing.page.scan import scan
from rightful.model import Decision, Reason

ALLOWED = ("allow", "allowed")
T1 = f'<link rel="license" href="{BY}">'
MARKED = f'<a rel="license" href="{BY}">CC BY 4.0</a>'
ICONS = "https://licensebuttons.net/l"
PRESSKIT = "https://mirrors.creativecommons.org/presskit/icons"


def marked(inside: str, more: str = "", href: str = BY) -> str:
    return f'<p><a rel="license" href="{href}"{more}>{inside}</a></p>'


def ld(*nodes: dict[str, Any]) -> str:
    return "".join(f'<script type="application/ld+json">{json.dumps(node)}</script>' for node in nodes)


def article(**more: Any) -> str:
    return ld({"@type": "Article", "license": BY, **more})


@pytest.mark.parametrize(
    "body",
    [
        marked(f'<img alt="Creative Commons License" src="{ICONS}/by-nc/4.0/88x31.png">'),
        marked(f'<img src="data:image/gif;base64,xx" data-src="{ICONS}/by-nc-nd/3.0/de/88x31.png">'),
        marked('<img src="/images/CC_BY_NC.svg">'),
        marked(f'<img src="{PRESSKIT}/by.svg"><img src="{PRESSKIT}/nc.svg">'),
        marked('<picture><source srcset="/cc-by-nd.webp"><img src="x.png"></picture>'),
        marked(f'<img src="{ICONS}/by-sa/4.0/88x31.png">'),
        marked('<i class="fab fa-creative-commons-nc"></i>'),
        marked("a licence", ' class="cc-by-nc"'),
        marked("a licence", ' aria-label="CC BY-NC 4.0"'),
        marked("a licence", ' aria-label="Non-commercial use only"'),
        marked("a licence", ' title="Alle Rechte vorbehalten"'),
        marked('<span title="CC BY-NC 4.0">a licence</span>'),
        marked('<svg aria-label="CC BY-NC 4.0"></svg>'),
        marked("<svg><title>CC BY-NC-ND 4.0</title></svg>"),
        marked('<img alt="CC BY 4.0" src="a.png"><img alt="CC BY-NC 4.0" src="b.png">'),
        f'{marked("a licence")}<p><img src="{ICONS}/by-nc/4.0/88x31.png"></p>',
    ],
)
def test_what_a_link_shows_or_is_called_contradicts_its_target(body: str) -> None:
    found = read(f"<p>Text.</p>{body}")
    assert told(found) == ("quarantine", "conflict"), found.evidence


@pytest.mark.parametrize(
    "body",
    [
        marked(f'<img alt="Creative Commons License" src="{ICONS}/by/4.0/88x31.png">'),
        marked(f'<img src="{ICONS}/by-sa/3.0/de/88x31.png">', href=SA),
        marked(f'<img src="{PRESSKIT}/cc.svg"><img src="{PRESSKIT}/by.svg"><img src="{PRESSKIT}/sa.svg">', href=SA),
        marked('<i class="fab fa-creative-commons-by"></i>', ' aria-label="CC BY 4.0" title="Creative Commons"'),
        marked('<img src="/img/license.png">'),
    ],
)
def test_icons_and_labels_that_agree_change_nothing(body: str) -> None:
    assert told(read(f"<p>Text.</p>{body}")) == ALLOWED


@pytest.mark.parametrize(
    "head",
    [
        f'<meta name="dc.rights" content="CC BY 4.0 {"word " * 500} Not for commercial use, CC BY-NC 4.0">',
        f'{T1}<meta name="dc.rights" content="{"word " * 500}">',
        f'{T1}<meta name="copyright" content="{"word " * 500}">',
        article(license=[BY] * 30 + [NC]),
        article(license=[BY] * 500 + [NC]),
        article(license=[[[[NC]]], BY]),
        article(license={"@type": "CreativeWork", "url": BY, "name": "CC BY-NC 4.0"}),
        ld({"@type": "Article", "license": {"@id": "#terms"}}, {"@id": "#terms", "url": NC}) + T1,
        '<script type="application/ld+json">'
        + '{"@graph":[' * 9
        + f'{{"license":"{NC}"}}'
        + "]}" * 9
        + f"</script>{T1}",
    ],
)
def test_nothing_is_lost_behind_a_cut(head: str) -> None:
    found = read("<p>Text.</p>", head)
    assert found.decision is not Decision.ALLOW, found.evidence


def test_a_page_of_too_many_blocks_is_not_accepted(monkeypatch: pytest.MonkeyPatch) -> None:
    page = T1 + "<p>Text.</p>" * 50
    assert told(read(page)) == ALLOWED
    monkeypatch.setattr("rightful.licensing.page.scan.MAX_BLOCKS", 20)
    assert read(page).decision is not Decision.ALLOW


def test_a_long_property_and_a_long_header_are_not_cut_silently() -> None:
    item = '<div itemscope itemtype="https://schema.org/Article"><span itemprop="license">CC BY 4.0 {}</span></div>'
    assert told(read(item.format(""))) == ALLOWED
    assert read(item.format("word " * 500 + "non-commercial")).decision is not Decision.ALLOW
    links = ", ".join([f"<https://example.org/{n}>; rel=next" for n in range(1_000)] + [f"<{NC}>; rel=license"])
    assert read("<p>Text.</p>", T1, headers=[("Link", links)]).decision is not Decision.ALLOW


@pytest.mark.parametrize(
    "head",
    [
        article(usageInfo=NC),
        article(usageInfo={"@type": "CreativeWork", "url": NC}),
        article(usageInfo="Non-commercial use only"),
        article(usageInfo=SA),
        article(copyrightNotice="© 2020 Somebody. All rights reserved."),
        article(conditionsOfAccess="Nur für nicht-kommerzielle Zwecke"),
        ld({"@type": "Article", "usageInfo": BY}),
        ld({"@type": "Thing", "license": BY}),
        ld({"@type": "https://schema.org/Event", "license": BY}),
        ld({"@type": "CreativeWork", "additionalType": "ImageObject", "license": BY}),
        ld({"@type": "CreativeWork", "additionalType": ["https://schema.org/ImageObject"], "license": BY}),
        ld({"@type": "CreativeWork", "encodingFormat": "image/jpeg", "license": BY}),
        ld({"@type": "WebPage", "license": BY, "mainEntity": {"@type": "ImageObject"}}),
        T1 + ld({"@type": "Thing", "license": NC}),
        T1 + ld({"@context": {"s": "http://schema.org/"}, "@type": "s:Article", "s:license": NC}),
        T1 + ld({"@type": "Article", "License": NC}),
        T1 + ld({"@type": "Article", "dct:rights": "All rights reserved"}),
        T1 + ld({"@type": "AnArticleOfAKindThatNobodyKnows", "license": NC}),
        f'{T1}<meta name="dcterms.accessRights" content="Non-commercial use only">',
        f'{T1}<meta name="dc.rights" content="Alla rättigheter förbehållna">',
    ],
)
def test_other_terms_and_vague_things_never_help(head: str) -> None:
    found = read("<p>Text.</p>", head)
    assert found.decision is not Decision.ALLOW, found.evidence


@pytest.mark.parametrize(
    "body",
    [
        (
            f'<article itemscope itemtype="https://schema.org/Article">{MARKED}'
            f'<link itemprop="usageInfo" href="{NC}"></article>'
        ),
        (
            f'<article itemscope itemtype="https://schema.org/Article">{MARKED}'
            '<meta itemprop="copyrightNotice" content="All rights reserved"></article>'
        ),
        (
            '<div about=""><span rel="cc:prohibits" resource="http://creativecommons.org/ns#CommercialUse"></span>'
            f"{MARKED}</div>"
        ),
        (
            f'<!-- <rdf:RDF><Work rdf:about=""><license rdf:resource="{BY}"/></Work><License rdf:about="{BY}">'
            '<prohibits rdf:resource="http://web.resource.org/cc/CommercialUse"/></License></rdf:RDF> -->'
        ),
        f"<form><label>My text may be published under {MARKED}</label></form>",
    ],
)
def test_terms_in_the_text_and_in_forms_never_help(body: str) -> None:
    assert read(f"<p>Text.</p>{body}").decision is not Decision.ALLOW


def test_terms_that_agree_change_nothing() -> None:
    assert told(read("<p>Text.</p>", article(usageInfo=BY, copyrightNotice="© 2020 Somebody"))) == ALLOWED
    assert told(read("<p>Text.</p>", article(usageInfo="https://www.example.org/terms"))) == ALLOWED
    assert told(read("<p>Text.</p>", article() + ld({"@type": "ImageObject", "license": NC}))) == ALLOWED


@pytest.mark.parametrize(
    "body",
    [
        f'<div about="" resource="https://other.org/work"><p>{MARKED}</p></div>',
        f'<div resource="/posts/two"><p>{MARKED}</p></div>',
        f'<div itemscope itemtype="https://schema.org/Article"><a itemprop="url" href="/b">x</a><p>{MARKED}</p></div>',
        (
            '<div itemscope itemtype="https://schema.org/Article"><link itemprop="license" '
            f'href="{BY}"><link itemprop="url" href="/two"></div>'
        ),
        (
            '<div itemscope itemtype="https://schema.org/Article" itemid="/two">'
            f'<a itemprop="license" href="{BY}">x</a></div>'
        ),
        (
            '<div itemscope itemtype="https://schema.org/Article"><meta itemprop="url" content="https://other.org/a">'
            f'<div itemscope itemtype="https://schema.org/WebPage"><p>{MARKED}</p></div></div>'
        ),
        f'<div itemscope itemtype="http://schema.org/Event"><a itemprop="license" href="{BY}">x</a></div>',
        f'<div itemscope><a itemprop="license" href="{BY}">x</a></div>',
        (
            '<div itemscope itemtype="http://schema.org/ImageObject http://schema.org/CreativeWork">'
            f'<a itemprop="license" href="{BY}">x</a></div>'
        ),
    ],
)
def test_an_item_that_is_not_this_page_is_none_of_it(body: str) -> None:
    assert read(f"<p>Text.</p>{body}").decision is not Decision.ALLOW


def test_an_item_that_names_this_page_is_it() -> None:
    item = (
        '<div itemscope itemtype="https://schema.org/Article"><link itemprop="url" href="{}"><p>'
        + MARKED
        + "</p></div>"
    )
    assert told(read(item.format(URL))) == ALLOWED
    assert told(read(item.format("/posts/one/"))) == ALLOWED
    canonical = '<link rel="canonical" href="https://www.example.org/one">'
    assert told(read(item.format("/one"), canonical)) == ALLOWED
    assert read(item.format("/one")).decision is not Decision.ALLOW


WORKS = {
    "cards": "<div><h3>Poem {}</h3><p>License: {}</p></div>",
    "table": "<table><tr><td>Book {}</td><td>{}</td></tr></table>",
    "definitions": "<dl><dt>Tune {}</dt><dd>{}</dd></dl>",
    "icons": f'<div><p>Work {{}}</p><a rel="license" href="{BY}"><img src="{ICONS}/by/4.0/88x31.png"></a></div>',
    "attributions": "<p>Poem {} by Somebody is licensed under {}.</p>",
}


@pytest.mark.parametrize("kind", WORKS)
def test_a_list_of_works_of_one_family_is_no_licence_of_the_page(kind: str) -> None:
    assert MANY_WORKS < MANY_FAMILIES
    found = read("".join(WORKS[kind].format(number, MARKED) for number in range(MANY_WORKS)))
    assert told(found) == ("quarantine", "weak_evidence"), found.evidence
    assert found.rule == "page:works"
    assert any(claim.place == "page:works" for claim in found.claims)  # so that the gate refuses, too


def test_a_list_of_works_at_the_foot_takes_one_more() -> None:
    foot = "<p>Text.</p><footer>{}</footer>"
    pairs = [f"<p>{name} {MARKED}</p>" for name in ("Ode", "Hymn", "Elegy")]
    assert told(read(foot.format("".join(pairs)))) == ("quarantine", "weak_evidence")
    assert told(read(foot.format("".join(pairs[:2])))) == ALLOWED


def test_a_page_that_repeats_its_own_licence_is_no_list() -> None:
    assert told(read(f"<p>This work is licensed under {MARKED}</p><p>{MARKED}</p><p>{MARKED}</p>")) == ALLOWED
    assert told(read(f"<p>{MARKED}</p><footer><p>{MARKED}</p></footer>")) == ALLOWED
    icon = f'<div><a rel="license" href="{BY}"><img src="{ICONS}/by/4.0/88x31.png"></a></div>'
    assert told(read(f"{icon}<div>{MARKED}</div>")) == ALLOWED
    assert told(read("".join(WORKS["cards"].format(n, MARKED) for n in range(4)), T1)) == ALLOWED


def test_a_credit_beside_a_link_to_somebodys_work_is_no_licence_of_the_page() -> None:
    flickr = f'<p><a href="https://www.flickr.com/photos/x/1">Sunset</a> by x is licensed under {MARKED}</p>'
    assert read(flickr).decision is not Decision.ALLOW
    thumbnail = f'<div class="post-thumbnail-credit">Jo {MARKED}</div>'
    assert read(f"<p>Text.</p>{thumbnail}").decision is not Decision.ALLOW
    assert read(f"<h2>Image credits</h2><p>{MARKED}</p>").decision is not Decision.ALLOW
    assert read(f"<p>The UN report on climate is published under {MARKED}.</p>").decision is not Decision.ALLOW


def test_conditions_hold_from_the_foot_and_from_beside_the_licence() -> None:
    terms = "<p>All texts may be copied for non-commercial purposes.</p>"
    assert told(read(f"<p>{MARKED}</p><p>Text.</p><footer>{terms}</footer>")) == ("quarantine", "conflict")
    assert told(read(f"<div><p>{MARKED}</p>{terms}</div>")) == ("quarantine", "conflict")
    assert told(read(f"<div>{terms}<p>{MARKED}</p></div>")) == ("quarantine", "conflict")
    assert told(read(f"<p>{MARKED}</p><p>Text.</p>{terms}<p>More of the text.</p>")) == ("quarantine", "conflict")
    assert told(read(f"<p>{MARKED}</p>{'<p>Text.</p>' * 5}{terms}<p>More of the text.</p>")) == ALLOWED
    prose = terms.replace("purposes", "purposes, said the minister, who had come by ship with nobody but his dog")
    assert told(read(f"<p>{MARKED}</p><p>Text.</p>{prose}<p>More of the text.</p>")) == ALLOWED
    taken = "<p>Republished from The Journal under a Creative Commons license.</p>"
    assert told(read(f"{taken}<p>Text.</p><footer>{MARKED}</footer>")) == ("quarantine", "conflict")


@pytest.mark.parametrize("words", ["Nur für private Zwecke.", "Only for educational purposes."])
def test_what_keeps_a_text_for_a_use_is_heard_beside_the_licence(words: str) -> None:
    assert told(read(f"<p>{MARKED}</p><p>{words}</p>")) == ("quarantine", "conflict")


@pytest.mark.parametrize("element", ["del", "s", "strike"])
def test_what_is_struck_out_gives_no_licence(element: str) -> None:
    assert read(f"<p><{element}>{MARKED}</{element}></p>").decision is not Decision.ALLOW


def test_an_article_within_the_article_is_another_one() -> None:
    assert told(read(f"<article><p>Text.</p><p>{MARKED}</p></article>")) == ALLOWED
    other = f"<article><h2>Another post</h2><p>{MARKED}</p></article>"
    assert read(f"<article><h1>Post</h1><p>Text.</p>{other}</article>").decision is not Decision.ALLOW


def test_of_several_things_that_only_titles_tell_apart_none_is_the_page() -> None:
    def both(*, address: str = "") -> str:
        other = f'{{"@type": "Article", "headline": "Another", "license": "{BY}"{address}}}'
        ours = '{"@type": "Article", "headline": "The text"}'
        return f'<script type="application/ld+json">[{ours}, {other}]</script>'

    assert read("<p>Text.</p>", both()).decision is not Decision.ALLOW
    assert read("<p>Text.</p>", both(address=f', "url": "{URL}"')).decision is Decision.ALLOW


@pytest.mark.parametrize("attribute", ["name", "http-equiv"])
def test_reservations_in_meta_elements_reach_the_optouts(attribute: str) -> None:
    for name, content in (("tdm-reservation", "1"), ("Content-Usage", "train-ai=n")):
        found = read("<p>Text.</p>", f'{T1}<meta {attribute}="{name}" content="{content}">')
        assert found.reason is Reason.TDM_RESERVED, name
    both = '<meta name="robots" http-equiv="Content-Signal" content="ai-train=no">'
    pairs = [("robots", "ai-train=no"), ("Content-Signal", "ai-train=no")]
    scanned = scan(f"<html><head>{both}</head><body>x</body></html>".encode())
    assert scanned is not None
    assert scanned.metas == pairs


@pytest.mark.parametrize(
    "terms",
    [
        '<link rel="license" type="application/rsl+xml" href="/terms.xml">',
        '<link rel="License" type="Application/RSL+XML; charset=utf-8" href="">',
        '<script type="application/rsl+xml"><rsl><content url="/"></content></rsl></script>',
        '<div class="comments"><link type="application/rsl+xml" href="/terms.xml"></div>',
    ],
)
def test_rsl_terms_of_a_page_reserve_it(terms: str) -> None:
    assert told(read("<p>Text</p>", T1)) == ALLOWED
    for body, head in (("<p>Text</p>", T1 + terms), (f"<p>Text</p>{terms}", T1)):
        found = read(body, head)
        assert [(optout.signal, optout.value) for optout in found.optouts] == [("rsl", "declared")]
        assert told(found)[1] == Reason.TDM_RESERVED.value


@pytest.mark.parametrize(
    "name",
    ["user-comments", "reader_comments", "comments-section", "comment-thread", "disqus-thread", "replies", "responses"],
)
def test_what_a_reader_states_is_about_the_reader_s_words(name: str) -> None:
    stated = f"<p>This article is licensed under {MARKED}.</p>"
    assert told(read(f"<p>Text</p><div class=post>{stated}</div>")) == ALLOWED
    for place in (f'<div class="{name}">', f'<section id="{name}">'):
        assert read(f"<p>Text</p>{place}{stated}").decision is not Decision.ALLOW


@pytest.mark.parametrize("rel", ["", ' rel="license"'])
@pytest.mark.parametrize(
    "words", ["not CC BY 4.0", "NOT licensed", "non CC BY", "a licence other than CC BY 4.0", "keine CC BY"]
)
def test_a_link_whose_words_deny_it(words: str, rel: str) -> None:
    for said, allowed in ((words, False), ("CC BY 4.0", True), ("CC BY 4.0 non transposé", True)):
        found = read(f'<p>Text</p><p>This article is licensed under <a{rel} href="{BY}">{said}</a>.</p>')
        assert (found.decision is Decision.ALLOW) is allowed, said
