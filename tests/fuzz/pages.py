"""Random and mutated web pages, and what must hold for each of them."""

from __future__ import annotations

import html
import random
import re
import urllib.parse
from collections import Counter
from typing import NamedTuple

from hypothesis import strategies as st
from tests.fuzz import oracle
from tests.fuzz.tags import CC, PIECES, SEEDS
from tests.unit.licensing.cases import PLAIN, POLICY, rule

from rightful.licensing.page import PageLicense, read_page
from rightful.licensing.policy import DENY_REASONS
from rightful.model import Decision, Reason

OPEN = [f"https://{CC}/licenses/{name}/" for name in ("by/4.0", "by-sa/4.0", "by/3.0/de", "by-sa/3.0", "by/2.5")]
OPEN += [f"//www.{CC}/publicdomain/zero/1.0/"]
CLOSED = [f"https://{CC}/licenses/{name}/4.0/" for name in ("by-nc", "by-nd", "by-nc-sa", "by-nc-nd")]
TERMS = [*OPEN, *OPEN, *CLOSED, *(seed for seed in SEEDS if len(seed) < 80)]
PROSE = "The ferry crosses the river twice an hour, and in winter only when there is no ice. "


class Block(NamedTuple):
    """A piece of a page. ``strong``: it says under what the page's own text stands; ``head``: it belongs up there."""

    text: str
    strong: bool = False
    head: bool = False


STRONG = (
    Block('<link rel="license" href="{0}">', True, True),
    Block('<meta name="dcterms.license" content="{0}">', True, True),
    Block('<script type="application/ld+json">{{"@type": "Article", "license": "{0}"}}</script>', True, True),
    Block('<p>This article is licensed under <a rel="license" href="{0}">this licence</a>.</p>', True),
)
WEAK = (
    Block("<p>" + PROSE * 8 + "</p>"),
    Block('<figure><img src="a.jpg" alt="CC {0}"><figcaption>Photo: <a href="{0}">A. Nyone</a></figcaption></figure>'),
    Block('<div class="gallery"><a rel="license" href="{0}">picture</a></div>'),
    Block('<nav><a href="{0}">Licences</a></nav>'),
    Block('<ol class="comments"><li>I publish under <a rel="license" href="{0}">this</a></li></ol>'),
    Block('<script>var license = "{0}";</script>'),
    Block("<style>/* {0} */ p {{ color: red }}</style>"),
    Block("<svg><metadata>{0}</metadata></svg>"),
    Block("<!-- {0} -->"),
    Block('<p>Map data © contributors, <a href="{0}">licence</a></p>'),
    Block("<p>Some of our photos only are under {0}.</p>"),
    Block('<footer><a href="{0}"><img src="88x31.png" alt=""></a></footer>'),
    Block("<footer>{0}</footer>"),
    Block('<footer class="theme-credits">Theme under <a href="{0}">licence</a></footer>'),
    Block("<p>Read more at {0}, or ask the author.</p>"),
    Block("<p>© 2026 Jane Doe. All rights reserved.</p>"),
    Block('<a href="{0}">'),
    Block('<meta name="robots" content="{0}">', head=True),
    Block('<link rel="stylesheet" href="{0}">', head=True),
)
HEADERS = (
    ("Content-Type", "text/html; charset=utf-8"), ("Content-Type", "text/html; charset=utf-16"),
    ("Link", "<{0}>; rel=license"),
    ("Link", '<{0}>; rel="license"; type="application/rsl+xml"'), ("Link", "<{0}"), ("X-Robots-Tag", "noai"),
    ("tdm-reservation", "1"), ("Content-Usage", "train-ai=n"), ("Link", ""), ("", "{0}"),
)  # fmt: skip


class Page(NamedTuple):
    """A page, and what is known of it from its making. ``mutated``: that may no longer be so."""

    html: bytes
    headers: tuple[tuple[str, str], ...]
    strong: tuple[str, ...]
    mutated: bool


def made(
    blocks: list[tuple[Block, str]], headers: list[tuple[tuple[str, str], str]], edits: list[tuple[int, int, str]]
) -> Page:
    """The page of these blocks, then changed by the edits."""
    filled = [(block, block.text.format(html.escape(term))) for block, term in blocks]
    head = "".join(text for block, text in filled if block.head)
    body = "".join(text for block, text in filled if not block.head)
    text = f"<!doctype html><html><head><title>On ferries</title>{head}</head><body><main>{body}</main></body></html>"
    for at, gone, piece in edits:
        at = at * 7919 % (len(text) + 1)
        text = text[:at] + piece + text[at + gone :]
    return Page(
        text.encode("utf-8", "surrogatepass"),
        tuple((name, value.format(term)) for (name, value), term in headers),
        tuple(term for block, term in blocks if block.strong)
        + tuple(term for (name, value), term in headers if name == "Link" and value.endswith("rel=license")),
        bool(edits),
    )


_block = st.tuples(st.sampled_from([*STRONG, *WEAK]), st.sampled_from(TERMS))
_header = st.tuples(st.sampled_from(HEADERS), st.sampled_from(TERMS))
_edit = st.tuples(st.integers(0, 5000), st.integers(0, 40), st.sampled_from(PIECES))
PAGE: st.SearchStrategy[Page] = st.builds(
    made, st.lists(_block, max_size=6), st.lists(_header, max_size=2), st.just([]) | st.lists(_edit, max_size=4)
)

MANY_SIZE = 50


def many(number: int, size: int = MANY_SIZE) -> list[Page]:
    """Pages of the same kind, by a generator of our own, which is much faster."""
    dice = random.Random(number)
    return [_thrown(dice) for _ in range(size)]


MANY = st.integers(0, 2**63).map(many)


def _thrown(dice: random.Random) -> Page:
    blocks = [dice.choice(STRONG if dice.random() < 0.25 else WEAK) for _ in range(dice.randint(0, 6))]
    headers = [dice.choice(HEADERS)] if dice.random() < 0.2 else []
    edits = []
    if dice.random() < 0.5:
        edits = [
            (dice.randint(0, 5000), dice.choice((0, 1, 3, 40)), dice.choice(PIECES)) for _ in range(dice.randint(1, 4))
        ]
    # Half of the pages speak of one licence only, or hardly any would be accepted.
    one = dice.choice(TERMS) if dice.random() < 0.5 else None
    return made(
        [(b, one or dice.choice(TERMS)) for b in blocks], [(h, one or dice.choice(TERMS)) for h in headers], edits
    )


URL = "https://paper.example/ferries"
RESTRICTED = b'<link rel="license" href="https://creativecommons.org/licenses/by-nc/4.0/">'


def check(pages: list[Page], seen: Counter[str]) -> None:
    """What must hold for each page."""
    for page in pages:
        found = read_page(page.html, URL, page.headers, policy=POLICY)
        seen["pages"] += 1
        seen[f"page {found.decision.value}"] += 1
        assert isinstance(found, PageLicense)
        assert (found.reason is Reason.ALLOWED) == (found.decision is Decision.ALLOW), page
        assert (found.reason in DENY_REASONS) == (found.decision is Decision.DENY), page
        through_gate = rule(*found.claims, optouts=found.optouts, source=PLAIN)
        if through_gate.decision is Decision.ALLOW:
            assert found.decision is Decision.ALLOW, (
                page,
                found.reason,
                "the gate would let in what the page does not",
            )
        if found.decision is Decision.ALLOW:
            _check_allowed(page, found)


def _check_allowed(page: Page, found: PageLicense) -> None:
    terms = (found.expression or "?").split(" AND ")
    assert all(map(oracle.allowed_id, terms)), (page, found.expression)
    said = urllib.parse.unquote(html.unescape(page.html.decode("utf-8", "replace") + str(page.headers))).lower()
    for term in terms:
        version = re.search(r"CC.*(\d\.\d)", term)
        # A page of a site's own may stand for a version (fandom.com/licensing: CC BY-SA 3.0).
        assert version is None or version[1] in said or "fandom.com/licensing" in said, (
            page,
            found.expression,
            "a version that nobody gave",
        )
    if not page.mutated:
        assert page.strong, (page, found.expression, "nothing on the page says it of the page itself")
        assert not any(map(restricted, page.strong)), (
            page,
            found.expression,
            "a restriction was overlooked",
        )
    if b"</head>" in page.html:
        # With a restriction, or a reservation, beside it the same page is not accepted any more.
        more = page.html.replace(b"<head>", b"<head>" + RESTRICTED, 1)
        assert b"<head>" not in page.html or _decision(more, page.headers) is not Decision.ALLOW, page
    assert _decision(page.html, (*page.headers, ("tdm-reservation", "1"))) is not Decision.ALLOW, page
    assert found.policy_version == POLICY.version


def restricted(term: str) -> bool:
    """Whether the term is a licence with NC or ND."""
    return re.search(r"\bn[cd]\b|non-?commercial|noderiv", term.lower()) is not None


def _decision(page: bytes, headers: tuple[tuple[str, str], ...]) -> Decision:
    return read_page(page, URL, headers, policy=POLICY).decision
