"""Wikis in several languages behind a MediaWiki API (``action=query``, ``formatversion=2``), chosen by ``wiki=``.

As on real ones: ``continue`` objects, pages of a batch listed again until all texts were sent, ``maxlag`` errors with
status 200, redirects, ``rightsinfo`` that may be empty, and (when asked for) a list of recent changes that forgets.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import msgspec

from demo.changes import GONE, Changes
from demo.languages import LANGUAGES
from demo.prose import body, escape
from demo.stream import Moment, Selection, Stream, unix
from demo.web import BadRequest, Request, Response, Whims, json_response

PAGES_A_DAY = 12
_ID_STEP = 10**12
_FOREVER = 2**40
_BEGINNING = Moment(0, 0, 0)


@dataclass(frozen=True)
class Wiki:
    """One site. ``rights_url`` and ``rights_text`` are what its rightsinfo says; ``may_load`` is what that means."""

    name: str
    number: int
    language: str
    rights_url: str
    rights_text: str
    may_load: bool
    reason: str = "allowed"


_BY_SA_4 = "Creative Commons Attribution-Share Alike 4.0"

WIKIS = {
    wiki.name: wiki
    for wiki in (
        Wiki("en", 1, "en", "https://creativecommons.org/licenses/by-sa/4.0/", _BY_SA_4, True),
        Wiki("de", 2, "de", "https://creativecommons.org/licenses/by-sa/4.0/deed.de", _BY_SA_4, True),
        Wiki("ar", 3, "ar", "http://creativecommons.org/licenses/by-sa/3.0/", "CC BY-SA 3.0", True),
        Wiki("hi", 4, "hi", "//creativecommons.org/licenses/by/4.0/", "CC BY 4.0", True),
        Wiki("zh", 5, "zh", "https://creativecommons.org/licenses/by-sa/4.0/deed.zh", _BY_SA_4, True),
        Wiki("bare", 6, "en", "", "", False, "no_tag"),
        Wiki("nc", 7, "fr", "https://creativecommons.org/licenses/by-nc-sa/3.0/", "CC BY-NC-SA 3.0", False, "nc"),
    )
}


def stream_of(wiki: Wiki, scale: int) -> Stream:
    """When the pages of a wiki were written."""
    return Stream(PAGES_A_DAY, 100 + wiki.number, scale)


def page_id(wiki: Wiki, moment: Moment) -> int:
    """Unique over all wikis."""
    return wiki.number * _ID_STEP + moment.key


def revision_id(wiki: Wiki, moment: Moment) -> int:
    """Unique over all wikis."""
    return page_id(wiki, moment) + 400


def is_redirect(moment: Moment) -> bool:
    """The second page of each day only leads elsewhere."""
    return moment.index == 1


class WikiSite:
    """The API of all wikis.

    Args:
        scale: Multiplies the pages a day.
        calm: No ``maxlag`` errors.
        retention_days: How long the list of recent changes remembers; None: for ever.
        changes: What became different since.
    """

    def __init__(
        self,
        scale: int = 1,
        *,
        calm: bool = False,
        retention_days: int | None = None,
        changes: Changes | None = None,
    ) -> None:
        self._changed = changes or Changes()
        self._streams = {name: stream_of(wiki, scale) for name, wiki in WIKIS.items()}
        self._retention = retention_days
        self._lag = Whims(10, calm=calm)

    def answer(self, request: Request) -> Response:
        """One call of ``api.php``."""
        params = request.params
        wiki = WIKIS.get(params.get("wiki", "en"))
        if wiki is None:
            return Response(b"<html><body>No such wiki</body></html>", status=404, type="text/html; charset=utf-8")
        if params.get("action") != "query" or params.get("format") != "json" or params.get("formatversion") != "2":
            return _error("badvalue", "This wiki knows action=query, format=json, formatversion=2 only.")
        if "maxlag" in params and self._lag.strike():
            lag = {"lag": 5.2, "type": "db", "host": "db1001"}
            return _error("maxlag", "Waiting for db1001: 5.2 seconds lagged.", lag, wait="1")
        try:
            if params.get("meta") == "siteinfo":
                return _site_info(wiki, self._changed.of("wiki").get(wiki.name) or {})
            if params.get("pageids"):
                return self._by_id(wiki, request)
            if params.get("generator") == "recentchanges":
                return self._pages(wiki, request)
            if params.get("list") == "recentchanges":
                return self._changes(wiki, request)
            if params.get("list") == "allrevisions":
                return self._revisions(wiki, request)
        except (BadRequest, ValueError) as error:
            return _error("badvalue", str(error))
        return json_response({"batchcomplete": True})

    # ------------------------------------------------------------------ lists

    def _window(self, wiki: Wiki, request: Request, prefix: str, *, forgets: bool) -> tuple[Selection, bool]:
        """What a list's ``start``, ``end`` and ``dir`` select, and whether it runs from older to newer."""
        params = request.params
        direction = params.get(f"{prefix}dir", "older")
        if direction not in ("newer", "older"):
            raise BadRequest(f'Unrecognized value for parameter "{prefix}dir": {direction}.')
        newer = direction == "newer"
        first, last = params.get(f"{prefix}start"), params.get(f"{prefix}end")
        low, high = (first, last) if newer else (last, first)
        start = unix(low) if low else 0
        end = unix(high) + 1 if high else _FOREVER  # both ends are inclusive
        now = int(time.time())
        if forgets and self._retention is not None:
            start = max(start, now - self._retention * 86_400)
        return self._streams[wiki.name].between(start, min(end, now)), newer

    def _batch(
        self, wiki: Wiki, request: Request, prefix: str, *, forgets: bool, most: int
    ) -> tuple[list[Moment], str | None]:
        """The moments of one batch, and where the next one begins."""
        selection, newer = self._window(wiki, request, prefix, forgets=forgets)
        text = request.params.get(f"{prefix}limit", "10")
        limit = most if text == "max" else min(request.whole(f"{prefix}limit", 10), most)
        if limit < 1:
            raise BadRequest(f'The value 0 for parameter "{prefix}limit" must be at least 1.')
        begin = 0
        token = request.params.get(f"{prefix}continue", "")
        if token:
            moment = self._streams[wiki.name].find(int(token.rpartition("|")[2]))
            place = selection.position(moment) if moment is not None else None
            if place is None:
                raise BadRequest("Invalid continue param. You should pass the original value returned by the query.")
            begin = place if newer else len(selection) - 1 - place
        found = list(_ordered(selection, newer, begin, begin + limit + 1))
        following = found[limit] if len(found) > limit else None
        stamp = following.iso.translate(_DIGITS) if following else ""
        return found[:limit], f"{stamp}|{following.key}" if following else None

    def _changes(self, wiki: Wiki, request: Request) -> Response:
        moments, following = self._batch(wiki, request, "rc", forgets=True, most=500)
        rows = [
            {
                "type": "new",
                "ns": 0,
                "title": _title(wiki, moment),
                "pageid": page_id(wiki, moment),
                "revid": revision_id(wiki, moment),
                "old_revid": 0,
                "rcid": moment.key,
                "timestamp": moment.iso,
            }
            for moment in moments
        ]
        return _listed({"recentchanges": rows}, "rccontinue", following)

    def _revisions(self, wiki: Wiki, request: Request) -> Response:
        moments, following = self._batch(wiki, request, "arv", forgets=False, most=500)
        rows = [
            {
                "pageid": page_id(wiki, moment),
                "revisions": [{"revid": revision_id(wiki, moment), "parentid": 0, "timestamp": moment.iso}],
                "ns": 0,
                "title": _title(wiki, moment),
            }
            for moment in moments
        ]
        return _listed({"allrevisions": rows}, "arvcontinue", following)

    # ------------------------------------------------------------------ pages

    def _pages(self, wiki: Wiki, request: Request) -> Response:
        """``generator=recentchanges``: the pages changed, with their current text."""
        content = "content" in request.params.get("rvprop", "").split("|")
        moments, following = self._batch(wiki, request, "grc", forgets=True, most=50 if content else 500)
        changed = self._changed.of("wiki")
        if changed:
            moments = [moment for moment in moments if changed.get(str(page_id(wiki, moment)), moment) is not GONE]
        # Some batches are too big for one answer: then the texts of the last pages come in a second one.
        here = self._streams[wiki.name].chosen(moments[0]) if moments else 0
        cut = len(moments) * 2 // 3 if content and len(moments) > 3 and here % 3 == 0 else len(moments)
        token = request.params.get("rvcontinue")
        second = token is not None
        if second and (cut == len(moments) or token != str(revision_id(wiki, moments[cut]))):
            raise BadRequest("Invalid continue param. You should pass the original value returned by the query.")
        texts = range(cut, len(moments)) if second else range(cut)
        pages = [self._page(wiki, moment, with_text=place in texts) for place, moment in enumerate(moments)]
        more: dict[str, str] = {}
        if cut < len(moments) and not second:
            more = {"rvcontinue": str(revision_id(wiki, moments[cut]))}
            if "grccontinue" in request.params:
                more["grccontinue"] = request.params["grccontinue"]
            more["continue"] = "grccontinue||info"
        elif following is not None:
            more = {"grccontinue": following, "continue": "grccontinue||"}
        head = b"" if "rvcontinue" in more else b'"batchcomplete":true,'
        middle = b'"continue":' + msgspec.json.encode(more) + b"," if more else b""
        query = b'"query":{"pages":[' + b",".join(pages) + b"]}" if pages else b'"query":{}'
        if not pages:
            return json_response({"batchcomplete": True})
        return Response(b"{" + head + middle + query + b"}", headers={"Cache-Control": "private, must-revalidate"})

    def _by_id(self, wiki: Wiki, request: Request) -> Response:
        """``pageids=``: these pages, with their revision; deleted ones are there as ``missing``."""
        names = request.params["pageids"].split("|")
        if len(names) > 50:
            raise BadRequest("Too many values supplied for parameter pageids. The limit is 50.")
        changed, stream = self._changed.of("wiki"), self._streams[wiki.name]
        pages: list[dict[str, object]] = []
        for number in map(int, names):
            key = number - page_id(wiki, _BEGINNING)
            moment = stream.find(key) if key >= 0 else None
            if moment is None or changed.get(str(number), moment) is GONE:
                pages.append({"pageid": number, "missing": True})
                continue
            revision = {"revid": revision_id(wiki, moment), "parentid": 0, "timestamp": moment.iso}
            pages.append({"pageid": number, "ns": 0, "title": _title(wiki, moment), "revisions": [revision]})
        return json_response({"batchcomplete": True, "query": {"pages": pages}})

    def _page(self, wiki: Wiki, moment: Moment, *, with_text: bool) -> bytes:
        number, revision, stamp = page_id(wiki, moment), revision_id(wiki, moment), moment.iso.encode()
        text = wikitext(wiki, self._streams[wiki.name], moment) if with_text else b""
        address = f"https://{wiki.name}.wiki.example/wiki/{number}".encode()
        page = (
            b'{"pageid":%d,"ns":0,"title":"%b","contentmodel":"wikitext","pagelanguage":"%b","touched":"%b",'
            b'"lastrevid":%d,"length":%d,"new":true,"fullurl":"%b","canonicalurl":"%b"'
            % (
                number,
                escape(_title(wiki, moment)),
                wiki.language.encode(),
                stamp,
                revision,
                len(text),
                address,
                address,
            )
        )
        if not with_text:
            return page + b"}"
        return page + (
            b',"revisions":[{"revid":%d,"parentid":0,"user":"Author %d","timestamp":"%b","slots":{"main":'
            b'{"contentmodel":"wikitext","contentformat":"text/x-wiki","content":"%b"}}}]}'
            % (revision, number % 97, stamp, text)
        )


def wikitext(wiki: Wiki, stream: Stream, moment: Moment) -> bytes:
    """A page's text, escaped for JSON."""
    language = LANGUAGES[wiki.language]
    if is_redirect(moment):
        return escape(f"#{language.redirect} [[{_title(wiki, stream.at(moment.day, 0))}]]")
    lead = language.lead.format(n=moment.index, day=moment.date)
    begin = f"{{{{Infobox|number={moment.index}}}}}\n'''{_title(wiki, moment)}'''. {lead}\n\n"
    end = f"\n\n== {language.places[0]} ==\n* [[{language.places[1]}|{language.places[2]}]]\n[[{language.category}]]"
    return escape(begin) + body(wiki.language, "wiki", stream.chosen(moment)) + escape(end)


_DIGITS = str.maketrans("", "", "-:TZ")


def _title(wiki: Wiki, moment: Moment) -> str:
    return LANGUAGES[wiki.language].title.format(n=moment.index, day=moment.date)


def _ordered(selection: Selection, newer: bool, start: int, stop: int) -> Iterator[Moment]:
    if newer:
        yield from selection.part(start, stop)
    else:
        total = len(selection)
        yield from reversed(list(selection.part(max(total - stop, 0), max(total - start, 0))))


def _listed(query: dict[str, object], name: str, following: str | None) -> Response:
    if following is None:
        return json_response({"batchcomplete": True, "query": query})
    return json_response({"batchcomplete": True, "continue": {name: following, "continue": "-||"}, "query": query})


def _site_info(wiki: Wiki, changed: Mapping[str, str]) -> Response:
    rights = {"url": wiki.rights_url, "text": wiki.rights_text, **changed}
    return json_response({"batchcomplete": True, "query": {"rightsinfo": rights}})


def _error(code: str, info: str, more: Mapping[str, object] | None = None, wait: str = "") -> Response:
    error = {"code": code, "info": info, **(more or {}), "docref": "See https://wiki.example/w/api.php for API usage."}
    headers = {"MediaWiki-API-Error": code} | ({"Retry-After": wait} if wait else {})
    return Response(msgspec.json.encode({"error": error, "servedby": "demo"}), headers=headers)
