"""Everything that goes wrong with real sites, one list each under ``/odd/<name>/items``.

Each lists fifteen good records a day in three pages, and has a mishap, most of them on the second page. A path may name
an instance (``/odd/storm.a/items``): what a list remembers between requests, it remembers for each instance alone.
"""

from __future__ import annotations

import gzip
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace

import msgspec

from demo.stream import Moment, Stream, unix
from demo.web import BadRequest, Request, Response, json_response

PER_PAGE = 5
A_DAY = 15
HUGE = 5 * 2**30
"""Bytes of a huge body."""

STREAM = Stream(A_DAY, 501, spread=0)
Record = dict[str, object]


def record(moment: Moment) -> Record:
    """One good record."""
    number = f"{moment.date}-{moment.index:02d}"
    return {
        "id": number,
        "url": f"https://odd.example/{number}",
        "title": f"Record {number}",
        "text": f"The record with the number {number} tells of an ordinary day on which nothing went wrong.",
        "license": "https://creativecommons.org/licenses/by/4.0/",
        "published": moment.iso,
    }


def good_ids(start: int, end: int) -> list[str]:
    """Native ids of the good records in ``[start, end)`` (Unix seconds)."""
    selection = STREAM.between(start, end)
    return [f"{moment.date}-{moment.index:02d}" for moment in selection.part(0, len(selection))]


class OddSite:
    """All odd lists."""

    def __init__(self) -> None:
        self._seen: Counter[str] = Counter()
        self._share: dict[str, float] = {}
        self._lock = threading.Lock()

    def answer(self, request: Request) -> Response:
        """``/odd/<name>[.<instance>]/items``, or ``/odd/shrink[.<instance>]/set?share=0.2``."""
        _, _, rest = request.path.partition("/odd/")
        instance, _, what = rest.partition("/")
        name = instance.partition(".")[0]
        mishap = MISHAPS.get(name)
        if name == "shrink" and what == "set":
            return self._set_share(instance, request)
        if mishap is None or what != "items":
            return json_response({"error": "no such list", "known": sorted(MISHAPS)}, status=404)
        try:
            return mishap(self, instance, request)
        except (BadRequest, ValueError) as error:
            return json_response({"error": str(error)}, status=400)

    def first_time(self, instance: str, request: Request, times: int = 1) -> bool:
        """Whether this very request comes for at most the ``times``-th time."""
        key = f"{instance}?{sorted(request.params.items())}"
        with self._lock:
            self._seen[key] += 1
            return self._seen[key] <= times

    def share(self, instance: str) -> float:
        """How much of its records a shrinking list still shows."""
        return self._share.get(instance, 1.0)

    def _set_share(self, instance: str, request: Request) -> Response:
        share = float(request.params.get("share", "1"))
        if not 0 <= share <= 1:
            return json_response({"error": "share must lie between 0 and 1"}, status=400)
        self._share[instance] = share
        return json_response({"share": share})


Mishap = Callable[[OddSite, str, Request], Response]


def _page_number(request: Request) -> int:
    return max(request.whole("page", 1), 1)


def _records(request: Request) -> list[Record]:
    start = unix(request.params["from"]) if request.params.get("from") else 0
    end = unix(request.params["until"]) if request.params.get("until") else int(time.time())
    selection = STREAM.between(start, end)
    return [record(moment) for moment in selection.part(0, len(selection))]


def _listing(records: list[Record], request: Request) -> dict[str, object]:
    page = _page_number(request)
    shown = records[(page - 1) * PER_PAGE : page * PER_PAGE]
    return {"items": shown, "has_more": page * PER_PAGE < len(records)}


def _good(site: OddSite, instance: str, request: Request) -> Response:
    return json_response(_listing(_records(request), request))


def _on_second_page(mishap: Mishap) -> Mishap:
    def answer(site: OddSite, instance: str, request: Request) -> Response:
        return (mishap if _page_number(request) == 2 else _good)(site, instance, request)

    return answer


def _body(request: Request) -> bytes:
    return msgspec.json.encode(_listing(_records(request), request))


def _broken_json(site: OddSite, instance: str, request: Request) -> Response:
    return Response(_body(request)[:-40])


def _html_200(site: OddSite, instance: str, request: Request) -> Response:
    return Response(
        b"<!DOCTYPE html><html><title>Oops</title><body><h1>Something went wrong</h1></body></html>",
        type="text/html; charset=utf-8",
    )


def _wrong_charset(site: OddSite, instance: str, request: Request) -> Response:
    """Says UTF-8 and sends Latin-1."""
    text = _body(request).decode().replace("ordinary day", "gewöhnlicher Tag für müßige Größen")
    return Response(text.encode("latin-1"))


def _endless_cursor(site: OddSite, instance: str, request: Request) -> Response:
    """Tokens that lead in a circle."""
    token = request.params.get("cursor", "")
    following = {"": "a", "a": "b", "b": "c", "c": "a"}.get(token, "a")
    return json_response({"items": _records(request)[:PER_PAGE], "next_cursor": following})


def _endless_new(site: OddSite, instance: str, request: Request) -> Response:
    """A new token every time, and never a record after the first page."""
    number = int(request.params.get("cursor") or 0)
    return json_response({"items": _records(request)[:PER_PAGE] if number == 0 else [], "next_cursor": str(number + 1)})


def _repeating_page(site: OddSite, instance: str, request: Request) -> Response:
    """Ignores the page number and always has more."""
    return json_response({"items": _records(request)[:PER_PAGE], "has_more": True})


def _filler(size: int) -> Iterator[bytes]:
    yield b'{"items":[{"id":"huge","text":"'
    block = b"a" * 2**20
    for _ in range(size // len(block)):
        yield block
    yield b'"}],"has_more":false}'


def _huge_body(site: OddSite, instance: str, request: Request) -> Response:
    return Response(_filler(HUGE))


def _huge_declared(site: OddSite, instance: str, request: Request) -> Response:
    return Response(_filler(HUGE), length=HUGE)


def _gzip_bomb(site: OddSite, instance: str, request: Request) -> Response:
    """A megabyte of zeros ten thousand times over: small on the wire, gigabytes when it is unpacked."""
    block = gzip.compress(bytes(2**20), 9)  # gzip members may follow each other

    def stream() -> Iterator[bytes]:
        for _ in range(HUGE // 2**20):
            yield block

    return Response(stream(), headers={"Content-Encoding": "gzip"})


def _redirect(target: str) -> Mishap:
    def answer(site: OddSite, instance: str, request: Request) -> Response:
        return Response(b"", status=302, headers={"Location": target})

    return answer


def _redirect_loop(site: OddSite, instance: str, request: Request) -> Response:
    query = "&".join(f"{name}={value}" for name, value in request.params.items())
    return Response(b"", status=302, headers={"Location": f"{request.path}?{query}"})


HOSTILE_IDS = (
    "../../../etc/passwd",
    "..\\..\\windows\\win.ini",
    "%2e%2e%2fsecret",
    "/absolute/path",
    "a/../../b",
    "new\nline",
    "nul\x00byte",
    "'; DROP TABLE corpus; --",
    "x" * 900,
    "日本語/../id",
)


def _traversal(site: OddSite, instance: str, request: Request) -> Response:
    """Ids that would lead out of a folder if anybody made paths of them."""
    records = _records(request)
    for found, hostile in zip(records, HOSTILE_IDS, strict=False):
        found["id"] = hostile
    return json_response(_listing(records, request))


def _slow_drip(site: OddSite, instance: str, request: Request) -> Response:
    """A byte every half second, for an hour."""

    def stream() -> Iterator[bytes]:
        yield b"{"
        for _ in range(7200):
            time.sleep(0.5)
            yield b" "

    return Response(stream())


def _storm(site: OddSite, instance: str, request: Request) -> Response:
    """Fails three times before it comes."""
    if site.first_time(instance, request, 3):
        return Response(b"Internal Server Error", status=500, type="text/plain")
    return _good(site, instance, request)


def _always_down(site: OddSite, instance: str, request: Request) -> Response:
    return Response(b"Bad Gateway", status=502, type="text/plain")


def _rate_limited(site: OddSite, instance: str, request: Request) -> Response:
    """Every page wants to be waited for once."""
    if site.first_time(instance, request):
        return json_response({"error": "slow down"}, status=429, Retry_After="1")
    return _good(site, instance, request)


def _cut_off(site: OddSite, instance: str, request: Request) -> Response:
    """The first answer to each request ends in the middle."""
    body = _body(request)
    if site.first_time(instance, request):
        return Response(iter([body[: len(body) // 2]]), length=len(body))
    return Response(body)


BAD_RECORDS: tuple[bytes, ...] = (
    b'{"url":"https://odd.example/none","text":"has no id","license":"CC0-1.0"}',
    b'{"id":"bad-text","url":"https://odd.example/b","text":{"a":1},"license":"CC0-1.0"}',
    b'{"id":"bad-time","url":"https://odd.example/b","text":"x","license":"CC0-1.0","published":"soon"}',
    b'{"id":"bad-url","url":"javascript:alert(1)","text":"x","license":"CC0-1.0"}',
    b'{"id":"bad-surrogate","url":"https://odd.example/b","text":"\\ud800 x","license":"CC0-1.0"}',
    b'"no object at all"',
    b"null",
)


def _bad_record(site: OddSite, instance: str, request: Request) -> Response:
    """One bad record among the good ones; ``kind`` chooses which (see :data:`BAD_RECORDS`)."""
    listing = _listing(_records(request), request)
    if _page_number(request) != 2:
        return json_response(listing)
    bad = msgspec.Raw(BAD_RECORDS[request.whole("kind", 0, most=len(BAD_RECORDS) - 1)])
    items = listing["items"]
    if not isinstance(items, list):
        raise TypeError("a listing holds a list")
    return json_response({**listing, "items": [*items[:2], bad, *items[2:]]})


def _duplicates(site: OddSite, instance: str, request: Request) -> Response:
    """The last record of a page comes again as the first one of the next."""
    records, page = _records(request), _page_number(request)
    shown = records[max((page - 1) * PER_PAGE - 1, 0) : page * PER_PAGE]
    return json_response({"items": shown, "has_more": page * PER_PAGE < len(records)})


REFUSED = "https://creativecommons.org/licenses/by-nc/4.0/"


def _contradictory(site: OddSite, instance: str, request: Request) -> Response:
    """Names records twice under two licences: the first one again, refused, on the second page; the sixth one, refused,
    already on the first page; and, for ``copy=two``, the last one alone without any licence."""
    records = _records(request)
    if request.params.get("copy") == "two":
        return json_response({"items": [{**records[-1], "license": None}], "has_more": False})
    listing = _listing(records, request)
    page = _page_number(request)
    other = {1: records[PER_PAGE], 2: records[0]}.get(page)
    if other is not None:
        shown = records[(page - 1) * PER_PAGE : page * PER_PAGE]
        listing["items"] = [{**other, "license": REFUSED}, *shown]
    return json_response(listing)


OWN_LICENSE = "Licence of the odd press"


def _reprinted(site: OddSite, instance: str, request: Request) -> Response:
    """The first record is under the press's own licence; its text comes again, under another id and CC BY, on the
    second page, and for ``copy=two`` alone."""
    records = _records(request)
    first, reprint = {**records[0], "license": OWN_LICENSE}, {**records[0], "id": f"{records[0]['id']}-reprint"}
    if request.params.get("copy") == "two":
        return json_response({"items": [reprint], "has_more": False})
    listing = _listing([first, *records[1:]], request)
    if _page_number(request) == 2:
        listing["items"] = [reprint, *records[PER_PAGE : 2 * PER_PAGE]]
    return json_response(listing)


def _shrink(site: OddSite, instance: str, request: Request) -> Response:
    """Shows only a share of its records, as set at ``/odd/shrink/set?share=``."""
    records = _records(request)
    return json_response(_listing(records[: round(len(records) * site.share(instance))], request))


def _reserved(site: OddSite, instance: str, request: Request) -> Response:
    """Good records with a reservation against text and data mining in the header."""
    return replace(_good(site, instance, request), headers={"tdm-reservation": "1"})


MISHAPS: dict[str, Mishap] = {
    "good": _good,
    "broken_json": _on_second_page(_broken_json),
    "html_200": _on_second_page(_html_200),
    "html_always": _html_200,
    "wrong_charset": _on_second_page(_wrong_charset),
    "endless_cursor": _endless_cursor,
    "endless_new": _endless_new,
    "repeating_page": _repeating_page,
    "huge_body": _on_second_page(_huge_body),
    "huge_declared": _on_second_page(_huge_declared),
    "gzip_bomb": _on_second_page(_gzip_bomb),
    "redirect_metadata": _on_second_page(_redirect("http://169.254.169.254/latest/meta-data/")),
    "redirect_host": _on_second_page(_redirect("http://elsewhere.example/items")),
    "redirect_file": _on_second_page(_redirect("file:///etc/passwd")),
    "redirect_loop": _on_second_page(_redirect_loop),
    "traversal": _traversal,
    "slow_drip": _on_second_page(_slow_drip),
    "storm": _on_second_page(_storm),
    "always_down": _always_down,
    "rate_limited": _rate_limited,
    "cut_off": _cut_off,
    "bad_record": _bad_record,
    "duplicates": _duplicates,
    "contradictory": _contradictory,
    "reprinted": _reprinted,
    "shrink": _shrink,
    "reserved": _reserved,
}
"""By name."""
