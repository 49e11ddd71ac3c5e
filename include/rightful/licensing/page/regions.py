"""Where on a page something stands, and what that keeps out: images and their credits, menus, comments, quotations.

Words of ``class`` and ``id`` are matched as whole tokens, never inside longer words.
"""

from __future__ import annotations

import re
from functools import lru_cache

SKIPPED = frozenset({"script", "style", "svg", "template", "math", "canvas", "object", "applet", "iframe", "noembed"})
"""Elements whose content is no text of the page."""

BLOCKS = frozenset({
    "address", "article", "aside", "blockquote", "body", "center", "dd", "details", "dialog", "div", "dl", "dt",
    "fieldset",
    "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "head",
    "li", "main", "nav",
    "ol", "p", "pre", "section", "table", "tbody", "td", "tfoot", "th", "thead", "tr", "ul", "summary", "option",
    "select", "button",
    "textarea", "title", "caption",
})  # fmt: skip
"""Elements that begin and end a block of text."""

_BY_TAG = {
    "figure": "figure", "figcaption": "figure", "picture": "figure", "nav": "menu", "select": "form",
    "option": "form", "textarea": "form", "label": "form",
    "blockquote": "quotation", "q": "quotation", "code": "code", "pre": "code", "samp": "code", "kbd": "code",
    "video": "media", "audio": "media",
    "del": "struck out", "s": "struck out", "strike": "struck out",
}  # fmt: skip

_IMAGE = r"(?:photo|foto|image|img|pic|picture|bild|media|thumb|thumbnail|cover|header-?image|featured)"
_TOKENS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (why, re.compile(pattern))
    for why, pattern in (
        (
            "figure",
            (rf"(?:wp-)?(?:caption|captions)(?:-text)?|.*[-_](?:caption|figcaption)|caption[-_].*|fig(?:ure)?"
            rf"|gallery|.*[-_]gallery|gallery[-_].*|thumbcaption"
            rf"|{_IMAGE}s?[-_]*(?:credits?|captions?|licen[cs]es?|lizenz(?:en)?|attributions?|authors?|sources?"
            rf"|copyrights?|infos?|byline|by|meta|rights?|desc|description|quelle|nachweis)(?:[-_].*)?"
            rf"|.*[-_]{_IMAGE}s?[-_]*(?:credits?|captions?|licen[cs]es?|attributions?|copyrights?)"
            rf"|(?:credits?|attribution|copyright|licen[cs]e|lizenz|quelle)[-_]*{_IMAGE}s?|bildnachweise?"
            rf"|bildquellen?|bildrechte|fotonachweise?|lightbox|slideshow|carousel|slider|swiper|mediathumb"
            rf"|credits?|credit-desc"),
        ),
        (
            "menu",
            (r"(?:main|site|top|sub|primary|secondary|page|global|header|footer|meta|mega)?[-_]?(?:nav|navbar"
            r"|navigation|menu|navi)|menu-item|blogroll|linkcat|tag-?cloud"
            r"|tag_cloud|breadcrumbs?|widget_links|widget_tag_cloud|widget_nav_menu|related(?:-posts?|-articles?)?"
            r"|recommended|tags-links"),
        ),
        (
            "comments",
            (r"comments?|comment-?list|(?:(?:user|reader|visitor|guest|post|article|blog|fb|facebook)s?[-_]?)?comments?"
            r"(?:[-_](?:list|body|content|text|area|respond|section|wrapper|wrap|container|thread|block|box|item|inner))?"
            r"|(?:post-?|user-?|forum-?)?signature|disqus(?:[-_](?:thread|comments?))?|repl(?:y|ies)(?:[-_]list)?"
            r"|responses|guestbook|kommentare?|commentaires?|comentarios?|reacties|respond"),
        ),
        ("map", r"leaflet-.*|ol-attribution|mapbox.*|gm-style.*|map-attribution|maplibre.*|osm-?map"),
        ("theme", (r"theme-?credits?|site-?credits?|powered-?by|theme-?info|designed-?by|credit-?line"
            r"|template-?credits?")),
    )
)  # fmt: skip
_FOOTER = re.compile(
    r"(?:.*[-_])?(?:footer|foot|colophon|siteinfo|site-info|copyright|copyrights|legal|bottom|impressum|licen[cs]e"
    r"|lizenz|licencia|licenza)(?:[-_].*)?"
)
_ASIDE = re.compile(r"(?:.*[-_])?(?:sidebar|widget|aside|complementary|secondary)(?:[-_].*)?")


PLACED = frozenset({*_BY_TAG, "footer", "aside", "main", "article", "li"})
"""Elements whose mere name says where we are."""


@lru_cache(maxsize=16_384)
def setting_of(tag: str, role: str, classes: str, identity: str) -> tuple[str, str]:
    """What begins with an element: why its content does not speak of the page's text (``""``: nothing says so), and
    the region (``footer``, ``aside``, ``main`` or ``""``)."""
    tokens = tuple(f"{classes} {identity}"[:1_000].lower().split()) if classes or identity else ()
    return _exclusion(tag, role.lower(), tokens), _region(tag, role.lower(), tokens)


def _exclusion(tag: str, role: str, tokens: tuple[str, ...]) -> str:
    if tag in _BY_TAG:
        return _BY_TAG[tag]
    if role in ("navigation", "menu"):
        return "menu"
    if tag in ("html", "body", "main", "article", "head"):  # their words are about the whole layout
        return ""
    return next((why for token in tokens if (why := _token(token)[0])), "")


def _region(tag: str, role: str, tokens: tuple[str, ...]) -> str:
    if tag == "footer" or role == "contentinfo":
        return "footer"
    if tag == "aside" or role == "complementary":
        return "aside"
    if tag in ("main", "article") or role == "main":
        return "main"
    if tag in ("html", "body"):
        return ""
    return next((region for token in tokens if (region := _token(token)[1])), "")


@lru_cache(maxsize=16_384)
def _token(token: str) -> tuple[str, str]:
    why = next((why for why, pattern in _TOKENS if pattern.fullmatch(token)), "")
    return why, "footer" if _FOOTER.fullmatch(token) else "aside" if _ASIDE.fullmatch(token) else ""
