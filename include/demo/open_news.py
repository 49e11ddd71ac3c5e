"""A feed of many small newsrooms, each article under a licence of its own: open, closed, vague, contradictory, forged.

The shape is that of JSON Feed 1.1 (``items``, ``next_url``) with two members more: ``license`` (the tag) and
``rights`` (the name that people read beside it).
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import msgspec

from demo.changes import GONE, Changes
from demo.languages import LANGUAGES
from demo.prose import body, escape
from demo.stream import FIRST_DAY, MOST_A_DAY, Moment, Stream, unix
from demo.web import BadRequest, Request, Response, json_response

ARTICLES_A_DAY = 72
PAGE_SIZE = 100
_CODES = ("en", "fr", "es", "de", "zh", "ru", "ar", "hi")
ABSENT = object()


@dataclass(frozen=True)
class Case:
    """What an article says of its licence, and what follows from it (known here, not asked of the gate).

    ``until`` is the last day (ISO) on which an article of this kind loads; later ones are as ``outcome`` says.
    """

    license: object
    rights: object
    outcome: str
    reason: str
    until: str = ""

    @property
    def members(self) -> bytes:
        """The JSON members that state it, each followed by a comma."""
        pairs = (("license", self.license), ("rights", self.rights))
        return b"".join(
            b'"%b":%b,' % (name.encode(), msgspec.json.encode(value)) for name, value in pairs if value is not ABSENT
        )


_CC = "https://creativecommons.org/licenses/"

CASES = (
    Case(f"{_CC}by/4.0/", "CC BY 4.0", "allow", "allowed"),
    Case("CC-BY-SA-4.0", ABSENT, "allow", "allowed"),
    Case(ABSENT, ABSENT, "deny", "no_tag"),
    Case("http://creativecommons.org/licenses/by/3.0/de/", ABSENT, "allow", "allowed"),
    Case(f"{_CC}by-nc/4.0/", "CC BY-NC 4.0", "deny", "nc"),
    Case("https://creativecommons.org/publicdomain/zero/1.0/", "CC0", "allow", "allowed"),
    Case("CC BY", ABSENT, "quarantine", "unversioned"),
    Case(f"{_CC}by-sa/4.0/deed.fr", ABSENT, "allow", "allowed"),
    Case(f"{_CC}by/4.0/", "CC BY-SA 4.0", "quarantine", "conflict"),
    Case(None, ABSENT, "deny", "no_tag"),
    Case("OGL-UK-3.0", "Open Government Licence v3.0", "allow", "allowed"),
    Case(f"{_CC}by-nd/4.0/", ABSENT, "deny", "nd"),
    Case("All rights reserved", "© the newsroom", "deny", "not_allowed"),
    Case("//creativecommons.org/licenses/by/2.0/", ABSENT, "allow", "allowed"),
    Case("https://creativecommons.org.evil.com/licenses/by/4.0/", ABSENT, "quarantine", "unknown_id"),
    Case("Newsroom Open Licence", ABSENT, "quarantine", "unknown_id", until="2020-12-31"),
    Case(ABSENT, "CC BY-SA 3.0", "allow", "allowed"),
    Case("", "", "deny", "no_tag"),
    Case("https://example.org/standby/4.0/", ABSENT, "quarantine", "unknown_id"),
    Case(f"{_CC}by/4.0/", "CC BY-NC-ND 4.0", "deny", "nc"),
    Case("MIT OR", ABSENT, "quarantine", "unparsable"),
    Case(f"http://web.archive.org/web/20200101000000/{_CC}by-sa/3.0/", ABSENT, "allow", "allowed"),
    Case([f"{_CC}by/4.0/"], ABSENT, "quarantine", "unknown_id"),
    Case("https://creativecommons.org/publicdomain/mark/1.0/", ABSENT, "quarantine", "weak_evidence"),
)
_MEMBERS = tuple(case.members for case in CASES)


def stream_of(scale: int) -> Stream:
    """When the articles were published."""
    return Stream(ARTICLES_A_DAY, 401, scale)


def case_of(moment: Moment) -> Case:
    """The licence of an article."""
    return CASES[(moment.index + moment.day) % len(CASES)]


def article_id(moment: Moment) -> str:
    """Unique."""
    return f"{moment.date}-{moment.index:05d}"


class OpenNewsSite:
    """``/open/articles``. ``scale`` multiplies the articles a day; ``changes`` are what became different since."""

    def __init__(self, scale: int = 1, *, changes: Changes | None = None) -> None:
        self._stream = stream_of(scale)
        self._changed = changes or Changes()

    def answer(self, request: Request) -> Response:
        """One page of articles published in ``[since, until)``, oldest first; ``next_url`` leads to the next.

        With ``ids`` (separated by commas, at most 100) these articles, as far as they are there.
        """
        changed = self._changed.of("open_news")
        if "ids" in request.params:
            return self._by_id(request.params["ids"].split(","), changed)
        try:
            start = unix(request.params["since"]) if request.params.get("since") else 0
            end = unix(request.params["until"]) if request.params.get("until") else 2**40
            offset, limit = request.whole("offset", 0), request.whole("limit", PAGE_SIZE, most=500)
            if limit < 1:
                raise BadRequest("limit must be at least 1")
        except (BadRequest, ValueError) as error:
            return json_response({"detail": str(error)}, status=400)
        selection = self._stream.between(start, min(end, int(time.time())))
        moments = selection.part(offset, offset + limit)
        if changed:
            items = [_now(self._stream, m, changed) for m in moments if changed.get(article_id(m), m) is not GONE]
        else:
            items = [article(self._stream, moment) for moment in moments]
        more = b""
        if offset + limit < len(selection):
            address = f"{request.path}?since={start}&until={end}&offset={offset + limit}&limit={limit}"
            more = b'"next_url":"%b",' % address.encode()
        head = b'{"version":"https://jsonfeed.org/version/1.1","title":"Open newsrooms",'
        return Response(head + more + b'"items":[' + b",".join(items) + b"]}")

    def _by_id(self, ids: list[str], changed: Mapping[str, Any]) -> Response:
        if len(ids) > 100:
            return json_response({"detail": "at most 100 ids"}, status=400)
        found = [(name, _find(self._stream, name)) for name in ids]
        items = [
            _now(self._stream, moment, changed)
            for name, moment in found
            if moment is not None and changed.get(name, moment) is not GONE
        ]
        return Response(b'{"version":"https://jsonfeed.org/version/1.1","items":[' + b",".join(items) + b"]}")


def _find(stream: Stream, name: str) -> Moment | None:
    """The article with this id."""
    day, _, index = name.rpartition("-")
    try:
        number = (date.fromisoformat(day) - FIRST_DAY).days
        moment = stream.find(number * MOST_A_DAY + int(index))
    except ValueError:
        return None
    return moment if moment is not None and article_id(moment) == name else None


def _now(stream: Stream, moment: Moment, changed: Mapping[str, Any]) -> bytes:
    """An article as it is now: with other members where something was changed."""
    made, other = article(stream, moment), changed.get(article_id(moment))
    return msgspec.json.encode({**msgspec.json.decode(made), **other}) if other else made


def article(stream: Stream, moment: Moment) -> bytes:
    """One article as JSON."""
    chosen = stream.chosen(moment)
    code = _CODES[(chosen >> 40) % len(_CODES)]
    language = LANGUAGES[code]
    identifier = article_id(moment).encode()
    return (
        b'{"id":"%b","url":"https://newsrooms.example/%b","title":"%b","date_published":"%b","language":"%b",%b'
        b'"authors":[{"name":"Editor %d"}],"content_html":"%b%b"}'
        % (
            identifier,
            identifier,
            escape(language.title.format(n=moment.index, day=moment.date)),
            moment.iso.encode(),
            code.encode(),
            _MEMBERS[(moment.index + moment.day) % len(CASES)],
            chosen % 41,
            escape(f"<p>{language.lead.format(n=moment.index, day=moment.date)}</p>"),
            body(code, "html", chosen),
        )
    )
