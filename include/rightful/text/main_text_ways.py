"""Ways to find the main text of a page; run in the child process (:mod:`rightful.text.main_text_child`) only.

Measured on 181 articles and 139 mixed pages with known main texts (docs/crawl.md): resiliparse keeps nearly all of the
main text, but titles, captions and by-lines with it; told to skip those, it is as exact as trafilatura, in a tenth of
the time. Where it finds suspiciously little of a page, trafilatura is asked as well.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from resiliparse.parse.html import HTMLTree

ASIDE = (
    "[hidden]",
    "h1",  # the title has its own column
    "header",
    "footer",
    "aside",
    "figcaption",
    '[rel="author"]',
    '[class~="bio" i]',
    *(
        f'[class*="{part}" i]'
        for part in (
            *("caption", "footer", "byline", "teaser", "author-bio", "related", "recommend", "newsletter"),
            *("credit", "cookie"),
        )
    ),
)
"""What stands within a main text and is none of it. Names that are no words of everyday language elsewhere: a class is
matched wherever it holds the name, also that of the whole page."""

FRAME = (
    "[hidden]",
    "header",
    "footer",
    "aside",
    "nav",
    "form",
    '[role="navigation"]',
    *(
        f'[class*="{part}" i]'
        for part in (*("footer", "cookie", "nav", "menu", "newsletter", "breadcrumb", "modal", "popup", "sidebar"),)
    ),
)
"""What surrounds a page's content, where nothing tells which of it is the main text."""

COMMENTS = ("#comments", ".comments", ".comment", ".comment-list", ".comments-area", "#respond", "#disqus_thread")
"""Readers' words, by the names that blogs give them: left out of the ways that take everything, too."""

LITTLE, ALMOST_NOTHING, NEXT_TO_NOTHING = 0.2, 0.05, 0.02
"""Shares of what stands inside the frame, and of all text: below them a main text is doubted, or given up."""

HALF = 0.5
"""Of the other way's text: a way that finds less than this has missed the main text."""

_THREADS = ("DiscussionForumPosting", "schema.org/QAPage", '"QAPage"', 'id="phpbb"', 'id="XF"')
_ARTICLE = re.compile(
    r"""["'/](?:NewsArticle|BlogPosting|Article|ScholarlyArticle|OpinionNewsArticle|ReportageNewsArticle)["']"""
)
"""Who marks a page so has readers who comment: of such a page no mark of a forum lets the comments in."""
_FORUMS = re.compile(
    r"""name=["']generator["'][^>]{0,20}content=["'](?:phpbb|vbulletin|xenforo|discourse|mybb|smf|invision|flarum|nodebb)""",
    re.IGNORECASE,
)
_HEAD_CHARACTERS = 20_000


def balanced(page: str) -> str | None:
    """The default: resiliparse, and trafilatura where that one finds little of what the page holds."""
    tree = _parsed(page)
    found = _focused(tree, page)
    # A text never has more characters than its page: most pages need no second look.
    if len(found) >= LITTLE * len(page):
        return found
    inside = _inside(tree, page)
    everything = _everything(tree, page) if len(found) < ALMOST_NOTHING * len(page) else ""
    if len(found) >= max(LITTLE * len(inside), ALMOST_NOTHING * len(everything)):
        return found
    chosen = _chosen(found, inside, everything)
    other = _trafilatura(page)
    return other if len(other) > HALF * len(chosen) else chosen


def fast(page: str) -> str | None:
    """resiliparse alone."""
    tree = _parsed(page)
    found = _focused(tree, page)
    if len(found) >= ALMOST_NOTHING * len(page):
        return found
    return _chosen(found, _inside(tree, page), _everything(tree, page))


def thorough(page: str) -> str | None:
    """trafilatura on every page, and resiliparse where that one misses most of the main text."""
    found, other = _trafilatura(page), fast(page) or ""
    return found if len(found) >= HALF * len(other) else other


def _chosen(found: str, inside: str, everything: str) -> str:
    if len(found) < ALMOST_NOTHING * len(inside):
        found = inside
    return everything if len(found) < NEXT_TO_NOTHING * len(everything) else found


def _parsed(page: str) -> HTMLTree:
    from resiliparse.parse.html import HTMLTree

    # resiliparse takes this harmless property for `visibility: hidden`.
    return HTMLTree.parse(page.replace("content-visibility", "x-content"))


def _focused(tree: HTMLTree, page: str) -> str:
    # Reader comments are not their page's author's; on a forum's page the posts are all there is.
    return _plain(tree, ASIDE, main_content=True, comments=_is_forum(page))


def _inside(tree: HTMLTree, page: str) -> str:
    return _plain(tree, FRAME if _is_forum(page) else (*FRAME, *COMMENTS))


def _everything(tree: HTMLTree, page: str) -> str:
    return _plain(tree, ("[hidden]",) if _is_forum(page) else ("[hidden]", *COMMENTS), noscript=True)


def _plain(
    tree: HTMLTree, skip: Sequence[str], *, main_content: bool = False, comments: bool = True, noscript: bool = False
) -> str:
    from resiliparse.extract.html2text import extract_plain_text

    found: str = extract_plain_text(
        tree,
        preserve_formatting=True,
        main_content=main_content,
        comments=comments,
        noscript=noscript,
        links=False,
        alt_texts=False,
        form_fields=False,
        skip_elements=skip,
    )
    return found


def _is_forum(page: str) -> bool:
    thread = any(mark in page for mark in _THREADS) or _FORUMS.search(page, 0, _HEAD_CHARACTERS) is not None
    return thread and _ARTICLE.search(page) is None


def _trafilatura(page: str) -> str:
    from trafilatura import extract

    # `fast` leaves out its own fallbacks, which cost half of the time: resiliparse is ours. Without `deduplicate` no
    # page's text depends on the pages before it.
    found: str | None = extract(page, include_comments=False, fast=True, favor_recall=True)
    return found or ""


__all__ = ["ASIDE", "FRAME", "balanced", "fast", "thorough"]
