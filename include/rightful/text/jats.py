"""Journal articles in JATS (ANSI/NISO Z39.96, and the older NLM DTDs) to plain text."""

from __future__ import annotations

import html
from collections.abc import Iterator
from typing import Any

from lxml import etree

from rightful.errors import Malformed
from rightful.text.clean import clean

_REMEDY = "leave the record out, or ask its publisher for a whole file"

_BLOCKS = frozenset({
    "p", "title", "subtitle", "sec", "abstract", "disp-quote", "verse-group", "verse-line", "def-item", "term", "def",
    "list", "list-item", "speech", "statement", "boxed-text", "attrib", "code", "preformat", "app", "body", "label",
    "article-title", "disp-formula", "break",
})  # fmt: skip
"""Elements that begin and end a line."""

_OTHERS = frozenset({
    "fig", "fig-group", "table-wrap", "table-wrap-group", "supplementary-material", "media", "graphic",
    "inline-graphic", "chem-struct-wrap", "alternatives-graphic", "permissions", "object-id", "fn", "fn-group",
    "ref-list", "floats-group", "sec-meta", "kwd-group", "inline-supplementary-material", "processing-meta",
})  # fmt: skip
"""Left out. Figures and tables are often somebody else's, under terms of their own; notes and lists of references are
no text to read."""

_OTHER_ABSTRACTS = frozenset({"graphical", "teaser", "toc", "key-points", "web-summary"})
_MATHS = frozenset({"inline-formula", "disp-formula"})
_VERBATIM = frozenset({"code", "preformat"})


def jats_to_text(xml: str) -> str:
    """Title, abstracts, body and appendices of an article, a paragraph a line.

    Left out: figures and tables with their captions, notes, references, keywords, names and affiliations, abstracts in
    another language, reviews and replies that are attached. Citations that are set as superscripts are dropped, for
    they would run into the word before; a formula is its TeX where that is given.

    Raises :class:`~rightful.errors.Malformed` for what is no well-formed XML, or no article.
    """
    # Nothing is fetched and no entity is expanded: an article is somebody else's file.
    parser = etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(xml.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as error:
        if not clean(xml):
            return ""
        raise Malformed(f"the article is no well-formed XML: {error}", remedy=_REMEDY) from None
    article = next((element for element in root.iter() if _name(element) == "article"), None)
    if article is None:
        raise Malformed(f"no <article> in this XML, whose root is <{_name(root)}>", remedy=_REMEDY)
    lines = _Lines()
    for part in _parts(article):
        lines.take(part)
    return clean("\n".join(lines.told()))


def _parts(article: Any) -> Iterator[Any]:
    """The parts of an article that are its text, in its order."""
    for element in article:
        match _name(element):
            case "front":
                for inner in element.iter():
                    if _name(inner) == "title-group":
                        yield from (one for one in inner if _name(one) in ("article-title", "subtitle"))
                    elif _name(inner) == "abstract" and inner.get("abstract-type") not in _OTHER_ABSTRACTS:
                        yield inner
            case "body":
                yield element
            case "back":
                yield from (inner for inner in element.iter() if _name(inner) == "app")


class _Lines:
    """Gathers text, line by line."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._open: list[str] = []

    def told(self) -> list[str]:
        """All lines, with a blank one between them."""
        self._end()
        return [part for line in self._lines for part in (line, "")]

    def take(self, root: Any) -> None:
        """The text in an element. (Without recursion: a file may nest deeper than Python calls.)"""
        verbatim = int(self._enter(root, 0))
        inside = [(root, iter(root))]
        while inside:
            element, children = inside[-1]
            child = next(children, None)
            if child is None:
                inside.pop()
                verbatim -= _name(element) in _VERBATIM
                self._border(_name(element))
                if inside:
                    self._say(element.tail, verbatim)
            elif not _name(child):  # a reference to an entity, which nobody has declared
                self._say(html.unescape(child.text or ""), verbatim)
                self._say(child.tail, verbatim)
            elif (instead := _instead(child)) is not None:
                self._border(_name(child))
                self._say(instead, verbatim)
                self._border(_name(child))
                self._say(child.tail, verbatim)
            else:
                verbatim += self._enter(child, verbatim)
                inside.append((child, iter(child)))
        self._end()

    def _enter(self, element: Any, verbatim: int) -> bool:
        """Begin an element; whether its text stands as it is."""
        name = _name(element)
        self._border(name)
        if name == "list-item":
            self._open.append("• ")
        self._say(element.text, verbatim + (name in _VERBATIM))
        return name in _VERBATIM

    def _border(self, name: str) -> None:
        if name in _BLOCKS and self._open != ["• "]:  # the bullet stands before the item's first paragraph
            self._end()

    def _say(self, text: str | None, verbatim: int) -> None:
        if not text:
            return
        if verbatim:
            self._open.append(text)
        elif words := " ".join(text.split()):
            self._open.append(f"{' ' * text[0].isspace()}{words}{' ' * text[-1].isspace()}")
        else:
            self._open.append(" ")

    def _end(self) -> None:
        line = "".join(self._open)
        self._open = []
        if line.strip(" •\n"):
            self._lines.append(line.strip() if "\n" in line else " ".join(line.split()))


def _instead(element: Any) -> str | None:
    """What stands for an element whose content is not read; None for one that is."""
    name = _name(element)
    if name in _OTHERS:
        return ""
    if name == "abstract" and element.get("abstract-type") in _OTHER_ABSTRACTS:
        return ""
    if name == "xref" and element.get("ref-type") in ("bibr", "fn", "table-fn"):
        above = element.getparent()
        inside = next((one for one in element if _name(one) == "sup"), None)
        return "" if inside is not None or (above is not None and _name(above) == "sup") else None
    if name == "sup" and len(element) and all(_name(one) == "xref" for one in element):
        return ""  # with the commas between them
    if name in _MATHS:
        tex = next((one for one in element.iter() if _name(one) == "tex-math"), None)
        return None if tex is None else _formula("".join(tex.itertext()))
    return None


def _formula(tex: str) -> str:
    """The formula alone, where a whole document of LaTeX stands around it (as publishers write it)."""
    begin, end = "\\begin{document}", "\\end{document}"
    if begin in tex and end in tex:
        tex = tex[tex.index(begin) + len(begin) : tex.rindex(end)]
    return " ".join(tex.split())


def _name(element: Any) -> str:
    """Without its namespace; ``""`` for what is no element."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


__all__ = ["jats_to_text"]
