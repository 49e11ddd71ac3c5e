"""Makes web pages out of a word model, by templates of sites, with the statistics of real ones.

Of 320 real pages (news articles, shops, forums, documentation): 110 kB at median and 240 at the mean, gzip makes a
fifth of it, a third is scripts and styles, 2,000 tags, 150 links, 10 kB of text. These are what bounds the speed of
whoever reads archives: bytes to unpack and hash, bytes to look through, elements to walk.
"""

from __future__ import annotations

import math
import random

from tests.bench.archive_traps import Trap

LICENSES = (
    "https://creativecommons.org/licenses/by/4.0/",
    "https://creativecommons.org/licenses/by-sa/4.0/",
    "https://creativecommons.org/publicdomain/zero/1.0/",
)
SYLLABLES = tuple(first + second for first in "bdfgklmnprstv" for second in "aeio")
CLASSES = (
    *("btn", "card", "content", "entry", "footer", "grid", "hero", "item", "list", "menu", "panel", "post", "wrap"),
    *("d-flex", "align-items-center", "justify-between", "col-md-6", "text-muted", "mb-3", "px-4", "rounded", "shadow"),
)
_PROPERTIES = ("margin", "padding", "color", "background-color", "font-size", "line-height", "display", "border-radius")
_VALUES = ("0", "auto", "1rem", ".5rem", "16px", "100%", "#fff", "#222", "inherit", "block", "flex", "none", "1.5")
MEDIAN_BYTES, SPREAD = 110_000, 0.85
"""Of a page: log-normal."""


class Words:
    """A language of its own: 20,000 words by Zipf's law, and a favourite successor for each."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        found: dict[str, None] = {}
        while len(found) < 20_000:
            found["".join(self._random.choices(SYLLABLES, k=self._random.choice((1, 2, 2, 3, 3, 4))))] = None
            if len(found) > 1_800 and self._random.random() < 0.5:
                found["".join(self._random.choices(SYLLABLES, k=5))] = None
        self._words = list(found)
        self._weights: list[float] = []
        total = 0.0
        for rank in range(1, len(self._words) + 1):
            total += 1 / (rank + 2.7)
            self._weights.append(total)
        self._after = self._random.choices(self._words, cum_weights=self._weights, k=len(self._words))
        self._place = {word: number for number, word in enumerate(self._words)}

    def sentence(self) -> str:
        """Six to thirty words, with a full stop."""
        words = self._random.choices(self._words, cum_weights=self._weights, k=self._random.randint(6, 30))
        for number in range(1, len(words)):
            if self._random.random() < 0.25:
                words[number] = self._after[self._place[words[number - 1]]]
        return " ".join(words).capitalize() + "."

    def paragraph(self) -> str:
        """Two to seven sentences."""
        return " ".join(self.sentence() for _ in range(self._random.randint(2, 7)))


def make_page(
    chance: random.Random, words: Words, stock: list[str], host: str, url: str, licensed: bool, caught: Trap | None
) -> bytes:
    """One page at ``url``; ``stock`` are paragraphs that several pages may share."""
    aim = int(math.exp(chance.gauss(math.log(MEDIAN_BYTES), SPREAD)))
    title = words.sentence()[:70]
    parts = [
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>\n',
        f'<link rel="canonical" href="{url}"><meta property="og:title" content="{title}">\n',
        "".join(f'<script src="/assets/{chance.getrandbits(64):016x}.js" defer></script>\n' for _ in range(6)),
        f"<style>{_styles(chance, aim // 9)}</style>\n",
        caught.head if caught else "",
        '</head><body class="home page">\n<header><nav class="menu"><ul>\n',
        "".join(_link(chance, host) for _ in range(40)),
        "</ul></nav></header>\n<main><article><h1>",
        title,
        "</h1>\n",
    ]
    size, state = sum(map(len, parts)), aim // 8
    layouts = [" ".join(chance.choices(CLASSES, k=5)) for _ in range(6)]
    while size < aim - state:
        kind = chance.random()
        if kind < 0.11:
            part = f"<p>{stock[chance.randrange(len(stock))]}</p>\n"
        elif kind < 0.16:
            part = f"<p>{words.paragraph()}</p>\n"
        elif kind < 0.9:
            part = _card(chance, words, host, chance.choice(layouts))
        else:
            part = _icon(chance)
        parts.append(part)
        size += len(part)
    parts.append(
        f"{caught.article if caught else ''}</article></main>\n{caught.after_article if caught else ''}<footer>"
    )
    if licensed:
        license = chance.choice(LICENSES)
        parts.append(f'<p>The text of this page is licensed under <a rel="license" href="{license}">{license}</a>.</p>')
    elif caught:
        parts.append(caught.footer)
    else:
        parts.append(f"<p>© 2026 {host}. All rights reserved.</p>")
    parts.append(f"</footer>\n<script>window.state={_state(chance, host, state)};</script></body></html>\n")
    return "".join(parts).encode()


def _link(chance: random.Random, host: str) -> str:
    name = chance.choice(SYLLABLES) + chance.choice(SYLLABLES)
    return f'<li class="item"><a class="link" href="https://{host}/{name}/{chance.getrandbits(24):x}">{name}</a></li>'


def _card(chance: random.Random, words: Words, host: str, names: str) -> str:
    """A teaser as content management systems write them: twelve elements, two links, a picture in three sizes."""
    name = chance.choice(SYLLABLES) + chance.choice(SYLLABLES)
    picture, target = f"/media/{chance.getrandbits(64):016x}", f"https://{host}/{name}/{chance.getrandbits(24):x}"
    sizes = ", ".join(f"{picture}-{width}x{width * 2 // 3}.jpg {width}w" for width in (320, 640, 1024))
    return (
        f'<div class="{names}" id="n{chance.getrandbits(32):08x}">\n  <div class="card-inner d-flex">\n'
        f'    <a class="card-link" href="{target}"><img class="card-image rounded" src="{picture}.jpg" '
        f'srcset="{sizes}" sizes="(max-width: 640px) 100vw, 320px" alt="" loading="lazy"></a>\n'
        f'    <div class="card-body px-4 mb-3">\n      <h3 class="card-title"><a href="{target}">'
        f'{words.sentence()[:50]}</a></h3>\n      <div class="card-meta text-muted"><span class="card-date">'
        f'{chance.randrange(1, 29)}.{chance.randrange(1, 13)}.2026</span> <span class="card-count">'
        f"{chance.randrange(99)}</span></div>\n    </div>\n  </div>\n</div>\n"
    )


def _icon(chance: random.Random) -> str:
    points = " ".join(f"{chance.randrange(24)}.{chance.randrange(9)} {chance.randrange(24)}" for _ in range(24))
    return f'<svg class="icon" width="24" height="24" viewBox="0 0 24 24"><path d="M{points}z" fill="none"/></svg>\n'


def _styles(chance: random.Random, size: int) -> str:
    rules: list[str] = []
    while size > 0:
        body = ";".join(f"{chance.choice(_PROPERTIES)}:{chance.choice(_VALUES)}" for _ in range(4))
        rules.append(f".{chance.choice(CLASSES)} .{chance.choice(CLASSES)}{{{body}}}\n")
        size -= len(rules[-1])
    return "".join(rules)


def _state(chance: random.Random, host: str, size: int) -> str:
    items: list[str] = []
    while size > 0:
        items.append(
            f'{{"id":{chance.getrandbits(32)},"type":"entry","slug":"{chance.choice(SYLLABLES)}",'
            f'"link":"https://{host}/{chance.getrandbits(24):x}","visible":true,"children":[],"parent":null}}'
        )
        size -= len(items[-1])
    return "[" + ",".join(items) + "]"


__all__ = ["LICENSES", "Words", "make_page"]
