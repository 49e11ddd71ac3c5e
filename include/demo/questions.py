"""A question-and-answer site behind an API in the manner of Stack Exchange, with a licence for every single post.

As on the real one: posts are licensed by the day they were written (2.5, 3.0, 4.0), so a thread can mix versions;
some posts have no ``content_license``; ``backoff`` comes now and then, and pages have a size limit.
"""

from __future__ import annotations

import html
import time
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from demo.changes import GONE, Changes
from demo.languages import LANGUAGES
from demo.prose import body, escape
from demo.stream import Moment, Stream, unix
from demo.web import BadRequest, Request, Response, Whims, json_response

QUESTIONS_A_DAY = 40
SITES = {"gardening": ("en", 1), "es.gardening": ("es", 2), "ru.gardening": ("ru", 3)}
"""Site → language and number."""

QUOTA = 10_000
_ID_STEP = 10**12
_VERSIONS = ((1_302_220_800, "CC BY-SA 2.5"), (1_525_219_200, "CC BY-SA 3.0"))
"""First second of 2011-04-08 and of 2018-05-02: from then on the next version holds."""

_OLD_ANSWERS = (1_262_304_000, 1_420_070_400)
"""Answers of 2010 and 2015, that came here from an older question merged into this one."""


def license_of(second: int) -> str:
    """The licence of a post written at ``second`` (Unix)."""
    return next((name for before, name in _VERSIONS if second < before), "CC BY-SA 4.0")


def stream_of(site: str, scale: int) -> Stream:
    """When the questions of a site were asked."""
    return Stream(QUESTIONS_A_DAY, 200 + SITES[site][1], scale)


def question_id(site: str, moment: Moment) -> int:
    """Unique over all sites."""
    return SITES[site][1] * _ID_STEP + moment.key


def missing_licenses(moment: Moment) -> str | None:
    """Which post of the thread has no licence: ``question``, ``answer``, or None."""
    return {7: "question", 11: "answer"}.get(moment.index % 17)


def answer_times(moment: Moment) -> tuple[int, ...]:
    """When the answers of a question were written. None to three of them; every fifth thread has old ones."""
    count = moment.index % 4
    if moment.index % 17 == 11:
        count = max(count, 1)  # the answer without a licence must be there
    if moment.index % 5 == 3:
        return (*_OLD_ANSWERS, moment.unix)[: max(count, 1)]
    return tuple(moment.unix + 60 * number for number in range(count))


class QuestionSite:
    """``/2.3/questions`` and ``/2.3/questions/{ids}``.

    ``scale`` multiplies the questions a day; a ``calm`` site never asks for a ``backoff``; ``changes`` are what became
    different since.
    """

    def __init__(self, scale: int = 1, *, calm: bool = False, changes: Changes | None = None) -> None:
        self._changed = changes or Changes()
        self._streams = {site: stream_of(site, scale) for site in SITES}
        self._backoff = Whims(5, calm=calm)
        self._left = QUOTA

    def answer(self, request: Request) -> Response:
        """One page of questions by their creation, oldest first unless asked otherwise, or those that are named."""
        params = request.params
        _, _, named = request.path.partition("/questions/")
        try:
            site = params.get("site", "")
            if site not in SITES:
                raise BadRequest("site is required" if not site else f"no site `{site}`")
            page, size = request.whole("page", 1), request.whole("pagesize", 30, most=100)
            if page < 1 or size < 1:
                raise BadRequest("page and pagesize must be at least 1")
            if params.get("sort", "creation") != "creation" or params.get("order", "desc") not in ("asc", "desc"):
                raise BadRequest("sort")
            ids = [int(text) for text in named.split(";")] if named else []
            if len(ids) > 100:
                raise BadRequest("at most 100 ids")
            # Both ends are inclusive.
            start = unix(params["fromdate"]) if params.get("fromdate") else 0
            end = unix(params["todate"]) + 1 if params.get("todate") else 2**40
        except (BadRequest, ValueError) as error:
            value = {"error_id": 400, "error_message": str(error), "error_name": "bad_parameter"}
            return json_response(value, status=400)
        stream, changed = self._streams[site], self._changed.of("questions")
        selection = stream.between(start, min(end, int(time.time())))
        first = (page - 1) * size
        if ids:
            known = [stream.find(number - SITES[site][1] * _ID_STEP) for number in ids]
            all_named = [moment for moment in known if moment is not None]
            moments, total = all_named[first : first + size], len(all_named)
        elif params.get("order", "desc") == "asc":
            moments = list(selection.part(first, first + size))
        else:
            moments = list(selection.part(max(len(selection) - first - size, 0), max(len(selection) - first, 0)))[::-1]
        if changed:
            there = [m for m in moments if changed.get(str(question_id(site, m)), m) is not GONE]
            items = [_now(site, stream, moment, changed) for moment in there]
        else:
            items = [question(site, stream, moment) for moment in moments]
        more = b"true" if first + size < (total if ids else len(selection)) else b"false"
        self._left = self._left - 1 if self._left > 1 else QUOTA
        backoff = b',"backoff":1' if self._backoff.strike() else b""
        return Response(
            b'{"items":['
            + b",".join(items)
            + b'],"has_more":%b%b,"quota_max":%d,"quota_remaining":%d}' % (more, backoff, QUOTA, self._left)
        )


def _now(site: str, stream: Stream, moment: Moment, changed: Mapping[str, Any]) -> bytes:
    """A question as it is now: with other members where something was changed."""
    made, other = question(site, stream, moment), changed.get(str(question_id(site, moment)))
    return msgspec.json.encode({**msgspec.json.decode(made), **other}) if other else made


def question(site: str, stream: Stream, moment: Moment) -> bytes:
    """One question with its answers, as JSON."""
    code = SITES[site][0]
    language = LANGUAGES[code]
    number, chosen = question_id(site, moment), stream.chosen(moment)
    missing = missing_licenses(moment)
    times = answer_times(moment)
    answers = b",".join(
        _answer(code, number, place, second, chosen, licensed=not (missing == "answer" and place == len(times) - 1))
        for place, second in enumerate(times)
    )
    title = html.escape(language.question.format(n=moment.index, day=moment.date), quote=True)
    lead = language.lead.format(n=moment.index, day=moment.date)
    tag = b"" if missing == "question" else b'"content_license":"%b",' % license_of(moment.unix).encode()
    return (
        b'{"tags":["soil","water"],"owner":%b,"is_answered":%b,"view_count":%d,"answer_count":%d,"score":%d,'
        b'"creation_date":%d,"last_activity_date":%d,%b"question_id":%d,"link":"%b","title":"%b",'
        b'"body":"%b%b"%b}'
        % (
            _owner(chosen),
            b"true" if times else b"false",
            chosen % 900,
            len(times),
            chosen % 40,
            moment.unix,
            max((moment.unix, *times)),
            tag,
            number,
            f"https://{site}.questions.example/q/{number}".encode(),
            escape(title),
            escape(f"<p>{lead}</p>"),
            body(code, "html", chosen, 3),
            b',"answers":[' + answers + b"]" if times else b"",
        )
    )


def _answer(code: str, question: int, place: int, second: int, chosen: int, *, licensed: bool) -> bytes:
    tag = b'"content_license":"%b",' % license_of(second).encode() if licensed else b""
    return (
        b'{"owner":%b,"is_accepted":%b,"score":%d,"creation_date":%d,%b"answer_id":%d,"question_id":%d,"body":"%b"}'
        % (
            _owner(chosen >> (8 + place)),
            b"true" if place == 0 else b"false",
            place,
            second,
            tag,
            question * 4 + place,
            question,
            body(code, "html", chosen >> (24 + 8 * place), 1),
        )
    )


@lru_cache(maxsize=64)
def _owner_of(number: int) -> bytes:
    return (
        b'{"account_id":%d,"user_id":%d,"user_type":"registered","display_name":"Gardener %d",'
        b'"link":"https://questions.example/users/%d"}' % (number, number, number, number)
    )


def _owner(chosen: int) -> bytes:
    return _owner_of(chosen % 61)
