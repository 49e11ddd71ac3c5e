"""Pages with a Creative Commons link that gives nobody their text: what a rule about links alone would keep.

Each kind says where the link stands in the page, and how the page itself is signed. Two of five pages have the words
"All rights reserved" somewhere; the others leave it to the reader to see whom the link speaks of.
"""

from __future__ import annotations

import random
from typing import NamedTuple

_DEED = "https://creativecommons.org/licenses/{}/{}/"
_RESTRICTED = ("by-nc", "by-nc-sa", "by-nc-nd", "by-nd")
_OPEN = ("by", "by-sa")
_VERSIONS = ("2.0", "3.0", "4.0")
_NAMES = ("Ada Moss", "Jo Doe", "Kim Wren", "Lu Sand", "Max Fell", "Noor Field")


class Trap(NamedTuple):
    """What is added to a page, and where."""

    kind: str
    head: str = ""
    article: str = ""
    after_article: str = ""
    footer: str = ""


def trap(chance: random.Random, host: str) -> Trap:
    """One trap by ``chance``, for a page of ``host``."""
    kind = chance.choice(tuple(_KINDS))
    made = _KINDS[kind](chance)._replace(kind=kind)
    if not made.footer:
        rights = " All rights reserved." if chance.random() < 0.5 else ""
        made = made._replace(footer=f"<p>© 2026 {host}.{rights}</p>")
    return made


def _link(chance: random.Random, families: tuple[str, ...], rel: str = "") -> tuple[str, str]:
    family, version = chance.choice(families), chance.choice(_VERSIONS)
    name = f"CC {family.upper()} {version}"
    return f'<a {rel}href="{_DEED.format(family, version)}">{name}</a>', _DEED.format(family, version)


def _non_commercial(chance: random.Random) -> Trap:
    """The page is licensed, but not for all uses."""
    link, url = _link(chance, _RESTRICTED, 'rel="license" ')
    if chance.random() < 0.3:
        return Trap("", head=f'<link rel="license" href="{url}">\n', footer="<p>© 2026</p>")
    return Trap("", footer=f"<p>The text of this page is licensed under {link}.</p>")


def _image_credit(chance: random.Random) -> Trap:
    link, _ = _link(chance, _OPEN)
    name, picture = chance.choice(_NAMES), f'<img src="/media/{chance.getrandbits(64):016x}.jpg" alt="a view">'
    return Trap(
        "",
        article=chance.choice(
            (
                f"<figure>{picture}<figcaption>Photo: {name}, {link}</figcaption></figure>\n",
                f'<div class="image">{picture}<p class="credit">Photo: {name}, {link}</p></div>\n',
                f"<p>{picture}<br><small>Image by {name} ({link})</small></p>\n",
            )
        ),
    )


def _reader_comment(chance: random.Random) -> Trap:
    link, _ = _link(chance, _OPEN)
    name = chance.choice(_NAMES)
    return Trap(
        "",
        after_article='<section id="comments"><h2>2 comments</h2><ol class="comment-list"><li class="comment">'
        f"<p><b>{name}</b>: I wrote about this, too; my article is licensed under {link}.</p></li>"
        '<li class="comment"><p>Thank you for this.</p></li></ol></section>\n',
    )


def _widget(chance: random.Random) -> Trap:
    link, _ = _link(chance, _OPEN)
    name, quoted = chance.choice(_NAMES), f"<p>Quoted from an encyclopedia, {link}</p>"
    return Trap(
        "",
        after_article=chance.choice(
            (
                f'<aside class="widget"><h3>On the map</h3><p>Map tiles by {name}, under {link}.</p></aside>\n',
                f'<aside class="widget"><p>Icons made by {name}, licensed under {link}.</p></aside>\n',
                f'<div class="sidebar widget"><blockquote>A wind is a movement of air.</blockquote>{quoted}</div>\n',
            )
        ),
    )


def _markup_comment(chance: random.Random) -> Trap:
    link, url = _link(chance, _OPEN)
    return Trap(
        "",
        head=chance.choice(
            (
                f"<!-- Theme by {chance.choice(_NAMES)}, licensed under {link} -->\n",
                f'<script>var theme = {{"author": "x", "terms": "<a href=\\"{url}\\">terms</a>"}};</script>\n',
            )
        ),
    )


_KINDS = {
    "non-commercial or no derivatives": _non_commercial,
    "image credit": _image_credit,
    "reader comment": _reader_comment,
    "widget": _widget,
    "comment in the markup": _markup_comment,
}
