"""Each rule on a page of its own: metadata, marked links, exclusions, templates, conflicts, agreement, attribution."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.unit.licensing.cases import POLICY, source
from tests.unit.licensing.page.pages import BY, LINK, NC, SA, URL, page, read, told

from rightful.licensing.page import agreed_license, read_page, speaks_of_licenses
from rightful.model import Decision, Strength

ALLOWED = ("allow", "allowed")
NOTHING = ("deny", "no_tag")
MARKED = f'<a rel="license" href="{BY}">Creative Commons</a>'


def ld(**node: Any) -> str:
    return f'<script type="application/ld+json">{json.dumps(node)}</script>'


@pytest.mark.parametrize(
    "head",
    [
        f'<link rel="license" href="{BY}">',
        f"<LINK REL=license HREF={BY}>",
        f'<link rel="copyright" href="{BY}">',
        '<link rel="nofollow license" href="//creativecommons.org/licenses/by/4.0">',
        f'<meta name="dcterms.license" content="{BY}">',
        '<meta name="DC.rights" content="This work is licensed under CC BY 4.0">',
        f'<meta property="og:license" content="{BY}">',
        '<meta name="DC.Rights" content="https://creativecommons.org/licenses/by/4.0/deed.de.">',
        ld(**{"@type": "Article", "license": BY}),
        ld(**{"@type": ["NewsArticle"], "license": {"@type": "CreativeWork", "url": BY}}),
        ld(**{"@graph": [{"@type": "Organization"}, {"@type": "WebPage", "url": URL, "license": BY}]}),
        ld(**{"@type": "WebPage", "mainEntity": {"@type": "Article", "license": [BY]}}),
        ld(**{"@type": "BlogPosting", "@id": f"{URL}#post", "license": BY}),
    ],
)
def test_metadata_stands_for_itself(head: str) -> None:
    found = read("<p>Text.</p>", head)
    assert (told(found), found.tier, found.expression) == (ALLOWED, "T1", "CC-BY-4.0"), found.evidence
    assert found.confidence >= 0.95
    assert [claim.strength for claim in found.claims] == [Strength.PAGE_METADATA]


@pytest.mark.parametrize(
    "head",
    [
        ld(**{"@type": "ImageObject", "license": BY}),
        ld(**{"@type": "Article", "image": {"@type": "ImageObject", "license": BY}}),
        ld(**{"@type": ["Article", "ImageObject"], "license": BY}),
        ld(
            **{
                "@graph": [
                    {"@type": kind, "license": BY} for kind in ("VideoObject", "Dataset", "Comment", "Organization")
                ]
            }
        ),
        ld(**{"@type": "SoftwareSourceCode", "license": BY}),
        ld(**{"@type": "Article", "url": "https://www.example.org/posts/other", "license": BY}),
        ld(license=BY),
        '<script type="application/ld+json">{"@type": "Article", "license": "' + BY,
        '<script type="application/ld+json">' + '{"@graph":[' * 50_000,
        '<meta name="DC.rights" content="Photos: CC BY 4.0">',
        '<meta name="DC.rights" content="Todos los derechos reservados">',
        f'<meta name="description" content="{BY}">',
        f'<link rel="license" type="application/rsl+xml" href="{BY}">',
        '<link rel="license" href="https://creativecommons.org.evil.com/licenses/by/4.0/">',
        '<link rel="license" href="https://evil.com/?u=https://creativecommons.org/licenses/by/4.0/">',
        '<link rel="license" href="https://example.org/standby/4.0/">',
        f'<style>/* {BY} */</style><!-- <link rel="license" href="{BY}"> -->',
    ],
)
def test_metadata_of_something_else_is_no_licence(head: str) -> None:
    found = read(f"<p>Text. {BY}</p>", head)
    assert found.decision is not Decision.ALLOW, found.evidence


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (f"<{BY}>; rel=license", ALLOWED),
        (f'<https://x.org/a>; rel="next", <{BY}>; rel="license"; title="a, b"', ALLOWED),
        (f'<{BY}>; rel="license"; anchor="/posts/one"', ALLOWED),
        (f'<{BY}>; rel="license"; anchor="/img/photo.jpg"', NOTHING),
        (f'<{BY}>; rel="license"; type="application/rsl+xml"', NOTHING),
        (f"<{BY}>; rel=next", NOTHING),
        (f"<{NC}>; rel=license", ("deny", "nc")),
    ],
)
def test_the_link_header(value: str, expected: tuple[str, str]) -> None:
    found = read("<p>Nothing here.</p>", headers=[("LINK", value)])
    assert told(found)[0] == expected[0]
    if expected != NOTHING:
        assert told(found) == expected


@pytest.mark.parametrize(
    "body",
    [
        f"<footer>{MARKED}</footer>",
        (
            f'<footer><a rel="license noopener" href="{BY}"><img'
            f' src="https://i.creativecommons.org/l/by/4.0/88x31.png"></a></footer>'
        ),
        f'<div itemscope itemtype="https://schema.org/BlogPosting"><a itemprop="license" href="{BY}">x</a></div>',
        f'<div about=""><span property="cc:license" resource="{BY}"></span></div>',
        f'<p about="{URL}"><a property="dct:license" href="{BY}">x</a></p>',
        f'<span xmlns:dct="x" property="dct:title">My blog</span> by Me is licensed under {MARKED}',
    ],
)
def test_marked_links_stand_for_themselves(body: str) -> None:
    found = read(f"<p>Text.</p>{body}")
    assert (told(found), found.tier) == (ALLOWED, "T2"), found.evidence


@pytest.mark.parametrize(
    "around",
    [
        "<figure><img src=a.jpg><figcaption>{}</figcaption></figure>",
        '<div class="wp-caption"><p class="wp-caption-text">{}</p></div>',
        '<p class="photo-credit">{}</p>',
        '<ol class="comment-list"><li>{}</li></ol>',
        '<div id="comments">{}</div>',
        "<nav>{}</nav>",
        '<ul class="blogroll"><li>{}</li></ul>',
        "<blockquote>{}</blockquote>",
        "<pre><code>{}</code></pre>",
        '<div class="leaflet-control-attribution">{}</div>',
        '<div itemscope itemtype="https://schema.org/ImageObject">{}</div>',
        '<div about="https://other.example.net/work">{}</div>',
        '<div about="#photo1">{}</div>',
        "<svg>{}</svg>",
        "<script>var a = '{}';</script>",
        "<template>{}</template>",
        '<img alt="x" title="{}">',
        '<p class="theme-credit">{}</p>',
        "<select><option>{}</option></select>",
        "<p>Photos: {}</p>",
        '<p><img src="/2020/cat.jpg" width="600"> {}</p>',
        "<p>{} Photo credit: Jane Doe</p>",
        "<p>Fotos: Jane Doe / {}</p>",
        "<p>Theme by Somebody. The theme is licensed under {}</p>",
    ],
)
def test_what_stands_in_the_wrong_place_is_evidence_only(around: str) -> None:
    escaped = MARKED.replace('"', "&quot;").replace("<", "&lt;") if 'title="{}' in around else MARKED.replace("'", "")
    found = read(f"<p>Text.</p>{around.replace('{}', escaped)}<p>More text.</p>")
    assert told(found)[0] != "allow", found.evidence


@pytest.mark.parametrize(
    ("footer", "tier", "strength"),
    [
        (f"<footer>{LINK}</footer>", "T4", Strength.FOOTER_LINK),
        (f'<footer><a href="{BY}"><img src="/cc-by.png" alt="CC BY"></a></footer>', "T5", Strength.ICON),
        ("<footer>CC BY 4.0</footer>", "T6", Strength.ICON),
        (f"<p>License: {LINK}</p>", "T3", Strength.FOOTER_LINK),
    ],
)
def test_weak_evidence_needs_a_person_or_many_pages(footer: str, tier: str, strength: Strength) -> None:
    found = read(f"<p>Text.</p>{footer}")
    assert (told(found), found.tier, found.expression) == (("quarantine", "weak_evidence"), tier, "CC-BY-4.0")
    assert {claim.strength for claim in found.claims} == {strength}
    assert told(read(f"<p>Text.</p>{footer}", weakest=Strength.ICON)) == ALLOWED
    assert told(read(f"<p>Text.</p>{footer}", source=source(weakest_strength="icon"))) == ALLOWED
    assert told(read(f"<p>Text.</p>{footer}", source=source(weakest_strength="publisher")))[0] == "quarantine"
    assert (
        told(read(f"<p>Text.</p>{footer}", source=source(weakest_strength="icon", trust="unreviewed")))[0]
        == "quarantine"
    )


def test_a_copyright_line_in_the_footer_that_gives_the_licence() -> None:
    found = read(f"<p>Text.</p><footer>© 2008-2020 Jane Doe, {LINK}</footer>")
    assert (told(found), found.tier) == (ALLOWED, "T3")
    found = read(f"<p>Text.</p><footer>© 2024 <a href='/'>Jane</a> · {LINK} · Powered by Hugo</footer>")
    assert (told(found), found.tier) == (ALLOWED, "T3")
    for bare in (f"Licensed under {LINK}", f"<a href='{BY}'>LICENSED UNDER CC BY</a>", f"Sous licence {LINK}"):
        found = read(f"<p>Text.</p><footer><div>{bare}</div></footer>")
        assert (told(found), found.tier) == (ALLOWED, "T3"), bare
        assert told(read(f"<p>Text.</p><footer><div>Powered by Foo. {bare}</div></footer>"))[0] != "allow"
        assert told(read(f"<main><p>Text.</p><div>{bare}</div></main>"))[0] != "allow"
    assert told(read(f"<footer>© 2024 Jane · Theme by Joe · {LINK}</footer>"))[0] != "allow"
    assert told(read(f"<footer>© 2024 Jane. All rights reserved. {LINK}</footer>"))[0] != "allow"


@pytest.mark.parametrize(
    ("body", "head"),
    [
        (f'<footer><a rel="license" href="{SA}">x</a></footer>', f'<link rel="license" href="{BY}">'),
        (f'<footer><a rel="license" href="{NC}">x</a></footer>', f'<link rel="license" href="{BY}">'),
        (f'{MARKED} <a rel="license" href="{NC}">x</a>', ""),
        (f'<footer><a rel="license" href="{BY}" title="CC BY-NC 4.0">x</a></footer>', ""),
        (f"<p>This work is licensed under {LINK} / CC BY-NC 4.0.</p>", ""),
        (f"<p>This work is licensed under {LINK} for non-commercial purposes.</p>", ""),
        (f"{MARKED}", '<meta name="license" content="https://publisher.example.com/terms">'),
        (f'{MARKED} <a rel="license" href="https://creativecommons.org/licenses/by-nc/9.9/">x</a>', ""),
        (
            (
                "<footer>Except where otherwise noted, content on this site is licensed under "
                f'<a href="{SA}">CC BY-SA 4.0</a>.</footer><figure><figcaption>{LINK}</figcaption></figure>'
            ),
            "",
        ),
    ],
)
def test_contradictions_are_for_a_person(body: str, head: str) -> None:
    found = read(f"<p>Text.</p>{body}", head)
    assert told(found) == ("quarantine", "conflict"), found.evidence
    assert found.conflicts


def test_other_versions_of_one_family_come_to_the_lowest() -> None:
    found = read(f'{MARKED} <a rel="license" href="https://creativecommons.org/licenses/by/3.0/de/">x</a>')
    assert (told(found), found.expression) == (ALLOWED, "CC-BY-3.0-DE")


def test_a_page_about_licences_has_none() -> None:
    links = "".join(
        f'<li><a href="https://creativecommons.org/licenses/{x}/4.0/">CC {x}</a></li>' for x in ("by", "by-sa", "by-nd")
    )
    body = f"<ul>{links}<li><a href='https://creativecommons.org/publicdomain/zero/1.0/'>CC0</a></ul>{MARKED}"
    assert told(read(body)) == ("quarantine", "weak_evidence")


def test_restrictions_win_and_are_named() -> None:
    nd = "https://creativecommons.org/licenses/by-nd/4.0/"
    assert told(read(f'<a rel="license" href="{NC}">x</a>')) == ("deny", "nc")
    assert told(read(f'<a rel="license" href="{nd}">x</a>')) == ("deny", "nd")
    assert told(read(f'<footer><a href="{NC}">CC</a></footer>')) == ("deny", "nc")


def test_stack_exchange_gives_a_licence_for_every_post() -> None:
    sheets = "".join(
        f'<a data-se-share-sheet-license-url="https%3a%2f%2fcreativecommons.org%2flicenses%2fby-sa%2f{v}%2f">Share</a>'
        for v in ("4.0", "2.5", "3.0")
    )
    found = read(f"<p>Question</p>{sheets}")
    assert (told(found), found.expression, found.tier) == (ALLOWED, "CC-BY-SA-2.5", "T3")


@pytest.mark.parametrize(
    ("about", "more", "expected"),
    [
        ('rdf:about=""', "", ALLOWED),
        (f'rdf:about="{URL}"', "", ALLOWED),
        ('rdf:about="https://other.example.net/"', "", NOTHING),
        ('rdf:about=""', '<dc:type rdf:resource="http://purl.org/dc/dcmitype/StillImage" />', NOTHING),
    ],
)
def test_rdf_in_a_comment(about: str, more: str, expected: tuple[str, str]) -> None:
    rdf = (
        f'<!-- <rdf:RDF><Work {about}>{more}<license rdf:resource="{BY}" /></Work><License'
        f' rdf:about="{BY}"></License></rdf:RDF> -->'
    )
    assert told(read(f"<p>Text</p>{rdf}")) == expected


@pytest.mark.parametrize(
    "head",
    ['<meta property="og:type" content="video.other">', ld(**{"@type": "ImageObject"}), ld(**{"@type": "Dataset"})],
)
def test_a_page_that_shows_a_picture_is_for_a_person(head: str) -> None:
    assert told(read(f"<p>Text.</p>{MARKED}", head)) == ("quarantine", "weak_evidence")


def test_opt_outs_are_heard_in_headers_and_meta() -> None:
    found = read(MARKED, '<meta name="tdm-reservation" content="1">')
    assert told(found) == ("quarantine", "tdm_reserved")
    assert found.expression == "CC-BY-4.0"
    found = read(MARKED, headers=[("tdm-reservation", "1")])
    assert told(found) == ("quarantine", "tdm_reserved")
    assert [optout.signal for optout in found.optouts] == ["tdm-reservation"]


def test_attribution_comes_with_the_licence() -> None:
    head = (
        '<meta property="og:title" content="On Cats"><meta property="og:site_name" content="The Cat Blog">'
        '<meta name="author" content="Jane Doe"><meta property="article:published_time" content="2020-02-03T04:05:06Z">'
    )
    found = read(MARKED, head).attribution
    assert (found.title, found.authors, found.published, found.site) == (
        "On Cats",
        ("Jane Doe",),
        "2020-02-03T04:05:06Z",
        "The Cat Blog",
    )
    node = ld(
        **{
            "@type": "Article",
            "headline": "Dogs",
            "author": [{"name": "A"}, {"name": "B"}],
            "datePublished": "2019-01-01",
        }
    )
    found = read(MARKED, node).attribution
    assert (found.authors, found.published) == (("A", "B"), "2019-01-01")
    marked = '<a rel="cc:attributionURL" property="cc:attributionName" href="/me">Herr Doe</a>'
    assert read(marked + MARKED).attribution.authors == ("Herr Doe",)


def test_pages_of_a_domain_may_agree() -> None:
    footer = f"<p>Text.</p><footer>{LINK}</footer>"
    pages = [read(footer, url=f"{URL}/{number}") for number in range(5)]
    agreed = agreed_license(pages, policy=POLICY)
    assert agreed is not None
    assert (agreed.family, agreed.pages) == ("CC-BY", 5)
    assert told(read(footer, agreed=agreed)) == ALLOWED
    other = read(f"<p>Text.</p><footer><a href='{SA}'>CC BY-SA 4.0</a></footer>", url=f"{URL}/x", agreed=agreed)
    assert told(other)[0] == "quarantine"
    restrictive = read(f"<footer><a href='{NC}'>CC</a></footer>", url=f"{URL}/y")
    silent = [read("<p>creative commons</p>", url=f"{URL}/z{number}") for number in range(5)]
    assert agreed_license(pages[:4], policy=POLICY) is None
    assert agreed_license([pages[0]] * 5, policy=POLICY) is None
    assert agreed_license([*pages, other], policy=POLICY) is None
    assert agreed_license([*pages, restrictive], policy=POLICY) is None
    assert agreed_license([*pages, *silent], policy=POLICY) is None
    assert agreed_license([], policy=POLICY) is None


@pytest.mark.parametrize(
    ("encoding", "declared", "headers"),
    [
        ("utf-8", "", []),
        ("utf-16", "", []),
        ("windows-1252", '<meta charset="windows-1252">', []),
        ("iso-8859-1", "", [("Content-Type", "text/html; charset=ISO-8859-1")]),
        ("shift_jis", '<meta charset="Shift_JIS">', []),
        ("gb18030", '<meta http-equiv="Content-Type" content="text/html; charset=gb2312">', []),
        ("utf-8", '<meta charset="utf-7">', []),
        ("utf-8", '<meta charset="no-such-charset">', []),
        ("utf-8", '<meta charset="utf-16">', []),
    ],
)
def test_charsets(encoding: str, declared: str, headers: list[tuple[str, str]]) -> None:
    html = page(f"<p>This work is licensed under {LINK}.</p>", declared).decode().encode(encoding)
    assert told(read_page(html, URL, headers, policy=POLICY)) == ALLOWED


def test_utf_7_is_never_read() -> None:
    html = b'<meta charset="utf-7">+ADw-link rel=license href=https://creativecommons.org/licenses/by/4.0/+AD4-'
    assert read_page(html, URL, policy=POLICY).decision is not Decision.ALLOW


def test_the_prefilter_lets_no_evidence_be_lost() -> None:
    assert not speaks_of_licenses(b"<p>Access to cc lists, according to the licensee</p>")
    for text in (BY, "rel=license", 'rel="nofollow license"', "CC&nbsp;BY", "cc-by-sa", "CC0", "Public Domain",
    "知识共享", "クリエイティブ・コモンズ",
                 'itemprop="license"', '"license": "', 'name="DC.Rights"', "Open Government Licence",
                 "GNU Free Documentation License"):  # fmt: skip
        assert speaks_of_licenses(f"<p>{text}</p>".encode()), text
