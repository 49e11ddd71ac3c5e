"""MediaWiki's wikitext to plain text, from the token stream of mwparserfromhell.

Kept: running text, link texts, headings and list items (a line each), the text of table cells (a row a line, tabs
between cells). Dropped: templates, references, tables' and styles' markup, categories, files, interlanguage links,
galleries, formulas, comments, magic words. Only the library's tokenizer (C) is used: its tree takes seven times as long
to build and isn't needed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from html import unescape
from typing import Any

from rightful.errors import Malformed
from rightful.text.clean import clean
from rightful.text.wiki_bounds import check_bounds
from rightful.text.wiki_names import (
    BLOCK_TAGS,
    CATEGORY_NAMESPACES,
    DROPPED_TAGS,
    FILE_NAMESPACES,
    KNOWN_TAGS,
    LANGUAGE_PREFIX,
    MEDIA_EXTENSIONS,
    REDIRECT_WORDS,
)

# Marks inside the text while it is put together. `clean` took all control characters out before, so none can be forged.
_HEADING, _ITEM, _INDENT, _LONE = "\x01", "\x02", "\x03", "\x04"
_LITERAL = dict(zip(map(ord, "'<>|{}[]_=()"), map(chr, range(0x0E, 0x1A)), strict=True))
"""Characters that are text here (nowiki, &lt;), not the remains of markup."""
_CODE = _LITERAL | {ord(" "): "\x1a", ord("\t"): "\x1b"}
"""The same for code, whose blanks count as well."""
_UNLITERAL = {ord(mark): chr(code) for code, mark in _CODE.items()}

_REDIRECT = re.compile(r"#\s?([^\s:#*\[\]{}|<>]{2,30})(?:[ \t]+\w+)?\s*:?\s*\[\[[^\[\]\n]+\]\]")
_NO_TEXT = re.compile(r"(?:\[\[[^\[\]\n]*\]\]|\{\{[^{}]*\}\}|\s)*")
_PARAGRAPH = re.compile(r"</?p(?:\s[^<>\n]{0,200})?>", re.IGNORECASE)
_QUOTES = re.compile(r"'{2,}")
_MAGIC_WORD = re.compile(r"__[^\W\d_a-z][^\Wa-z]{0,60}?__")  # not Python's __init__
_VARIANT = re.compile(r"-\{([^{}]*)\}-")
_STRAY_TAG = re.compile(
    rf"</?(?:{'|'.join(sorted(KNOWN_TAGS, key=len, reverse=True))})\b[^<>\n]{{0,300}}>", re.IGNORECASE
)
_STRAY_MARKS = re.compile(r"\{\{|\}\}|\[\[|\]\]|<!--|-->")
_STRAY_ROW = re.compile(r"^[ \t]*\|(?!\}).*|\|\}|\{\|.*")
_EMPTY_BRACKETS = re.compile(r"[ ]?[(（][\s,;:،؛，；：]*[)）]")
_SPACES = re.compile(r"[ \xa0]{2,}|\xa0")
_BULLETS = re.compile(f"[{_ITEM}{_INDENT}\\s]+")


def wikitext_to_text(wikitext: str) -> str:
    """The plain text of a page; ``""`` for a redirect.

    Raises :class:`Malformed` for a page that can't be read in bounded time (see :mod:`rightful.text.wiki_bounds`).
    """
    source = clean(wikitext)
    if _is_redirect(source):
        return ""
    if "<p" in source or "<P" in source:
        source = _PARAGRAPH.sub("\n\n", source)  # old pages open hundreds of them and close none
    check_bounds(source)
    return _finish(_Walk().over(_tokenize(source)))


def _is_redirect(source: str) -> bool:
    found = _REDIRECT.match(source)
    if found is None:
        return False
    if found[1].casefold() in REDIRECT_WORDS:
        return True
    # A word of a language that isn't in the list: a redirect when the page says nothing beside the link.
    return not source[1].isspace() and _NO_TEXT.fullmatch(source, found.end()) is not None


def _tokenize(source: str) -> list[Any]:
    from mwparserfromhell import parser

    build: Callable[[], Any] = parser.Parser
    tokenizer = build()._tokenizer  # the compiled one where the platform has it
    try:
        # Context 0 is the start of a page; True leaves bold and italic quotes in the text: removing them is cheaper.
        tokens: list[Any] = tokenizer.tokenize(source, 0, True)
    except (parser.ParserError, RecursionError, MemoryError) as error:
        raise Malformed(f"wikitext that mwparserfromhell can't read: {error}") from error
    return tokens


class _Frame:
    """An open construct: what kind, its text so far, and for links and tags their first part."""

    __slots__ = ("head", "kind", "level", "parts")

    def __init__(self, kind: str, level: int = 0) -> None:
        self.kind, self.level, self.head = kind, level, ""
        self.parts: list[str] = []

    def take(self) -> str:
        text = "".join(self.parts)
        self.parts.clear()
        return text


class _Walk:
    """Goes once over the tokens; every closing token folds the innermost frame into the one around it."""

    def __init__(self) -> None:
        self.frames = [_Frame("page")]

    def over(self, tokens: Iterable[Any]) -> str:
        for token in tokens:
            name = type(token).__name__
            if name == "Text":
                self.frames[-1].parts.append(token["text"])
            else:
                handler = _HANDLERS.get(name)
                if handler is not None:
                    handler(self, token)
        return self.frames[0].take()

    def _emit(self, text: str) -> None:
        self.frames[-1].parts.append(text)

    def _pop(self) -> _Frame:
        return self.frames.pop()

    def open_dropped(self, token: Any) -> None:
        self.frames.append(_Frame("dropped"))

    def close_dropped(self, token: Any) -> None:
        self._pop()

    def open_link(self, token: Any) -> None:
        self.frames.append(_Frame("link"))

    def separate(self, token: Any) -> None:
        frame = self.frames[-1]
        frame.head, frame.level = frame.take(), 1

    def close_link(self, token: Any) -> None:
        frame = self._pop()
        last = frame.take()
        self._emit(_link_text(frame.head, last) if frame.level else _link_text(last, None))

    def open_external(self, token: Any) -> None:
        self.frames.append(_Frame("external" if token["brackets"] else "bare"))

    def close_external(self, token: Any) -> None:
        frame = self._pop()
        if frame.kind == "bare" or frame.level:  # `[url]` without a text shows a number only
            self._emit(frame.take())

    def open_entity(self, token: Any) -> None:
        self.frames.append(_Frame("entity"))

    def numeric(self, token: Any) -> None:
        self._emit("#")

    def hexadecimal(self, token: Any) -> None:
        self._emit("x")

    def close_entity(self, token: Any) -> None:
        text = unescape(f"&{self._pop().take()};")
        self._emit(text.translate(_LITERAL))

    def open_heading(self, token: Any) -> None:
        self.frames.append(_Frame("heading", token["level"]))

    def close_heading(self, token: Any) -> None:
        frame = self._pop()
        self._emit(_heading(frame.level, frame.take()))

    def open_tag(self, token: Any) -> None:
        self.frames.append(_Frame("tag"))

    def attribute(self, token: Any) -> None:
        frame = self.frames[-1]
        if not frame.head:
            frame.head = frame.take().strip().lower()

    def tag_content(self, token: Any) -> None:
        self.attribute(token)
        self.frames[-1].parts.clear()

    def lone_tag(self, token: Any) -> None:
        self.attribute(token)
        name = self._pop().head
        if name in ("br", "hr", "p", "tr"):
            self._emit("\n")
        elif name == "li":
            self._emit(_ITEM)
        elif name in ("dd", "dt"):
            self._emit(_INDENT)

    def open_end_tag(self, token: Any) -> None:
        self.frames.append(_Frame("end"))

    def close_tag(self, token: Any) -> None:
        self._pop()  # the end tag's name
        frame = self._pop()
        self._emit(_tag_text(frame.head, frame.take()))


_HANDLERS: dict[str, Callable[[_Walk, Any], None]] = {
    "TemplateOpen": _Walk.open_dropped,
    "TemplateClose": _Walk.close_dropped,
    "ArgumentOpen": _Walk.open_dropped,
    "ArgumentClose": _Walk.close_dropped,
    "CommentStart": _Walk.open_dropped,
    "CommentEnd": _Walk.close_dropped,
    "WikilinkOpen": _Walk.open_link,
    "WikilinkSeparator": _Walk.separate,
    "WikilinkClose": _Walk.close_link,
    "ExternalLinkOpen": _Walk.open_external,
    "ExternalLinkSeparator": _Walk.separate,
    "ExternalLinkClose": _Walk.close_external,
    "HTMLEntityStart": _Walk.open_entity,
    "HTMLEntityNumeric": _Walk.numeric,
    "HTMLEntityHex": _Walk.hexadecimal,
    "HTMLEntityEnd": _Walk.close_entity,
    "HeadingStart": _Walk.open_heading,
    "HeadingEnd": _Walk.close_heading,
    "TagOpenOpen": _Walk.open_tag,
    "TagAttrStart": _Walk.attribute,
    "TagCloseOpen": _Walk.tag_content,
    "TagCloseSelfclose": _Walk.lone_tag,
    "TagOpenClose": _Walk.open_end_tag,
    "TagCloseClose": _Walk.close_tag,
}


def _heading(level: int, text: str) -> str:
    return f"\n\n{_HEADING}{level}{' '.join(text.split())}\n\n"


def _link_text(title: str, text: str | None) -> str:
    """What a link shows: nothing for files, categories and other languages, else its text or its title."""
    title = title.strip()
    shown = title.removeprefix(":").removeprefix("#").replace("_", " ")
    if not title.startswith(":"):
        prefix, colon, rest = title.partition(":")
        space = " ".join(prefix.replace("_", " ").split()).casefold()
        if colon and (
            space in FILE_NAMESPACES
            or space in CATEGORY_NAMESPACES
            or rest.rpartition(".")[2].strip().lower() in MEDIA_EXTENSIONS
            or LANGUAGE_PREFIX.fullmatch(prefix.strip())
        ):
            return ""
        if colon and text is None:
            # Perhaps a category by a name we don't know: it shows nothing when it stands alone on its line.
            return f"{_LONE}{shown}{_LONE}"
    return text if text is not None and text.strip() else shown


def _tag_text(name: str, content: str) -> str:
    if name in DROPPED_TAGS:
        return ""
    if name in ("pre", "syntaxhighlight", "source"):
        content = content.translate(_CODE)
    elif name in ("nowiki", "code"):
        content = content.translate(_LITERAL)
    if name in ("td", "th"):
        return " ".join(content.removeprefix("+").split()) + "\t"
    if name == "tr":
        return "\n" + content.strip("\n")
    if name == "li":
        return f"\n{_ITEM}{content.strip()}\n"
    if len(name) == 2 and name[0] == "h" and name[1] in "123456":
        return _heading(int(name[1]), content)
    return f"\n{content}\n" if name in BLOCK_TAGS else content


def _unquote(found: re.Match[str]) -> str:
    """Quotes that mean bold and italic vanish; those left over are apostrophes (``l''''eau'''`` is ``l'eau``)."""
    length = len(found[0])
    return "'" * (1 if length == 4 else max(length - 5, 0))


def _variant(found: re.Match[str]) -> str:
    """``-{zh-hans:A;zh-hant:B}-`` shows A; with flags such as ``T|`` it only sets a rule."""
    flags, bar, rules = found[1].rpartition("|")
    if bar and flags.strip() and not set(flags) <= set("AR; "):
        return ""
    first = rules.split(";")[0]
    code, colon, text = first.partition(":")
    return text if colon and code.strip().isascii() else rules


def _line(line: str) -> str:
    """One line without the remains of markup."""
    if _LONE in line:
        parts = line.split(_LONE)
        if not "".join(parts[::2]).strip(f"{_ITEM}{_INDENT} \t·•|,"):
            return ""
        line = "".join(parts)
    if line.startswith((" ", _ITEM, _INDENT)):
        marks = _BULLETS.match(line)
        if marks:
            rest = line[marks.end() :].strip()
            line = f"- {rest}" if _ITEM in marks[0] and rest else rest
    line = line.replace(_ITEM, " - ").replace(_INDENT, ": ")
    if "|" in line:
        line = _STRAY_ROW.sub("", line)
    return "\t".join(cell for cell in map(str.strip, line.split("\t")) if cell) if "\t" in line else line


def _finish(text: str) -> str:
    if "''" in text:
        text = _QUOTES.sub(_unquote, text)
    if "-{" in text:
        text = _VARIANT.sub(_variant, text)
    if "__" in text:
        text = _MAGIC_WORD.sub("", text)
    if "<" in text:
        text = _STRAY_TAG.sub("", text)
    text = _EMPTY_BRACKETS.sub("", _SPACES.sub(" ", _STRAY_MARKS.sub("", text)))
    kept: list[str] = []
    deepest = 0  # a heading just above is empty unless its level is smaller than this
    for line in reversed(text.split("\n")):
        if line.startswith(_HEADING):
            level = int(line[1])
            if level < deepest and line[2:].strip():
                kept.append(line[2:].strip())
                deepest = level
            continue
        line = _line(line)
        if line.strip():
            deepest = 7
        kept.append(line)
    return clean("\n".join(reversed(kept)).translate(_UNLITERAL))
