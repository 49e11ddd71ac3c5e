"""A news agency's API that only a contract opens: key, pages, rate limit. Its archive's contract has run out."""

from __future__ import annotations

import hmac
import time
from collections.abc import Sequence
from datetime import date
from functools import lru_cache

from demo.changes import GONE, Changes
from demo.languages import LANGUAGES
from demo.prose import body, escape
from demo.stream import FIRST_DAY, MOST_A_DAY, Moment, Selection, Stream, unix
from demo.web import BadRequest, Request, Response, Whims, json_response

NEWS_API_KEY = "demo-key-of-the-news-agency"
"""Opens the made-up news API of this demo and nothing else."""

ARTICLES_A_DAY = {"search": 60, "archive": 12}
_NUMBERS = {"search": 301, "archive": 302}
_CODES = ("en", "de", "es", "fr", "ar", "hi")


def stream_of(section: str, scale: int) -> Stream:
    """When the articles of ``search`` or ``archive`` were published."""
    return Stream(ARTICLES_A_DAY[section], _NUMBERS[section], scale)


def article_id(section: str, moment: Moment) -> str:
    """Unique over both sections."""
    return f"{section}/{moment.date.replace('-', '/')}/{moment.index}"


class NewsSite:
    """``/v1/search`` and ``/v1/archive``.

    ``scale`` multiplies the articles a day; ``calm`` lifts the rate limit; ``changes`` are what became different since.
    """

    def __init__(self, scale: int = 1, *, calm: bool = False, changes: Changes | None = None) -> None:
        self._changed = changes or Changes()
        self._streams = {section: stream_of(section, scale) for section in ARTICLES_A_DAY}
        self._limit = Whims(5, calm=calm)

    def answer(self, section: str, request: Request) -> Response:
        """One page of articles published in ``[from, to)``, oldest first; with ``ids`` these, as far as they exist."""
        key = request.headers.get("x-api-key") or request.params.get("api-key", "")
        if not hmac.compare_digest(key.encode(), NEWS_API_KEY.encode()):
            return json_response({"message": "Unauthorized"}, status=401, WWW_Authenticate='ApiKey realm="news"')
        if self._limit.strike():
            return json_response({"message": "API rate limit exceeded"}, status=429, Retry_After="1")
        try:
            page, size = request.whole("page", 1), request.whole("page-size", 50, most=200)
            if page < 1 or size < 1:
                raise BadRequest("page and page-size must be at least 1")
            start = unix(request.params["from"]) if request.params.get("from") else 0
            end = unix(request.params["to"]) if request.params.get("to") else 2**40
        except (BadRequest, ValueError) as error:
            return json_response({"response": {"status": "error", "message": str(error)}}, status=400)
        stream, changed = self._streams[section], self._changed.of("news")
        chosen: Sequence[Moment] | Selection = stream.between(start, min(end, int(time.time())))
        if request.params.get("ids"):
            found = [_find(section, stream, name) for name in request.params["ids"].split(",")]
            chosen = [moment for moment in found if moment is not None]
        total, pages = len(chosen), -(-len(chosen) // size)
        first, last = (page - 1) * size, page * size
        moments = chosen.part(first, last) if isinstance(chosen, Selection) else iter(chosen[first:last])
        results = b",".join(
            [
                article(section, stream, moment)
                for moment in moments
                if not changed or changed.get(article_id(section, moment), moment) is not GONE
            ]
        )
        head = b'{"response":{"status":"ok","userTier":"contract","total":%d,"pageSize":%d,"currentPage":%d,"pages":%d,'
        return Response(head % (total, size, page, pages) + b'"results":[' + results + b"]}}")


def _find(section: str, stream: Stream, name: str) -> Moment | None:
    """The article with this id."""
    _, _, rest = name.partition("/")
    day, _, index = rest.rpartition("/")
    try:
        number = (date.fromisoformat(day.replace("/", "-")) - FIRST_DAY).days
        moment = stream.find(number * MOST_A_DAY + int(index))
    except ValueError:
        return None
    return moment if moment is not None and article_id(section, moment) == name else None


def article(section: str, stream: Stream, moment: Moment) -> bytes:
    """One article as JSON."""
    chosen = stream.chosen(moment)
    code = _CODES[moment.index % len(_CODES)]
    language = LANGUAGES[code]
    identifier = article_id(section, moment).encode()
    return (
        b'{"id":"%b","type":"article","sectionId":"%b","webPublicationDate":"%b","language":"%b","webTitle":"%b",'
        b'"webUrl":"https://news.example/%b","fields":{"byline":"%b","lastModified":"%b","body":"%b%b"}}'
        % (
            identifier,
            section.encode(),
            moment.iso.encode(),
            code.encode(),
            escape(language.title.format(n=moment.index, day=moment.date)),
            identifier,
            _byline(chosen % 53),
            moment.iso.encode(),
            escape(f"<h2>{section}</h2><p>{language.lead.format(n=moment.index, day=moment.date)}</p>"),
            body(code, "html", chosen),
        )
    )


@lru_cache(maxsize=64)
def _byline(number: int) -> bytes:
    return b"Reporter %d" % number
