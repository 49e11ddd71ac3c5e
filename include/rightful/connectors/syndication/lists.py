"""Which feeds a source has: those of its file, of OPML files, and of JSON APIs that list them."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urljoin
from xml.parsers import expat

from rightful.catalogue.models import Source
from rightful.catalogue.syndication_block import FeedList
from rightful.connectors import values
from rightful.connectors.envelope import Envelope, Unreadable, decode, open_envelope
from rightful.connectors.links import link_next
from rightful.connectors.paginate import paginator_for
from rightful.connectors.paginator import Answered
from rightful.connectors.paths import EACH, one, steps_of
from rightful.connectors.window import window_params
from rightful.errors import ConfigurationError, Malformed, Refused, TooLarge
from rightful.http.client import Answer, Client, Param
from rightful.model import Slice
from rightful.settings import PROJECT_ROOT

MOST_FEEDS = 100_000
_OPML_TYPES = "text/x-opml, application/xml, text/xml, */*;q=0.5"


def feeds_of(source: Source, client: Client, slice: Slice | None) -> list[tuple[str, bool]]:
    """The feeds of ``source``, each once, in a stable order, and whether a list names it for ``slice``.

    Without a slice, only those that stand in the source file and in OPML.

    Raises what :meth:`~rightful.http.client.Client.read` raises, for a list that can't be read is no empty list, and
    :class:`~rightful.errors.ConfigurationError` for an OPML file that can't be read.
    """
    spec = source.syndicated
    found: dict[str, bool] = {client.url(address): False for address in spec.feeds}
    for place in spec.opml:
        for address in _of_opml(source, client, place):
            found.setdefault(address, False)
    for held in spec.lists if slice is not None else ():
        assert slice is not None
        for address in _of_list(source, client, held, slice):
            found[client.public(address)] = True
            if len(found) > MOST_FEEDS:
                raise TooLarge(
                    f"more than {MOST_FEEDS:,} feeds are listed",
                    source=source.id,
                    slice=slice,
                    remedy="bound the list by its parameters, or shorten the schedule's interval",
                )
    return list(found.items())


def check_lists(source: Source) -> None:
    """Raises :class:`~rightful.errors.ConfigurationError` for paths that can never be read."""
    for held in source.syndicated.lists:
        if EACH in steps_of(held.records):
            raise ConfigurationError(
                f"`records: {held.records}` can't hold []", source=source.id, remedy="name the one list of records"
            )
        one(held.feed)
        paginator_for(held.paginate, source.id, source.limits.pages)


def _of_list(source: Source, client: Client, held: FeedList, slice: Slice) -> Iterator[str]:
    steps, feed = steps_of(held.records), one(held.feed)
    paginator = paginator_for(held.paginate, source.id, source.limits.pages)
    params: dict[str, Param] = dict(held.params)
    if held.window is not None:
        params |= window_params(held.window, slice.start, slice.end)
    if held.since is not None:
        params[held.since] = int(slice.start.timestamp())

    def read(answer: Answer) -> tuple[Answer, Envelope]:
        try:
            envelope = open_envelope(client.json_bytes(answer), steps, whole=True)
        except (*Unreadable, TypeError) as error:
            what = f"broken JSON, or no list at `{held.records}` ({type(error).__name__}: {str(error)[:200]})"
            raise client.fail(Malformed, answer.url, what, "look at the address, and at `fetch.lists`") from None
        return answer, envelope

    while not paginator.done:
        url, more = paginator.request()
        path, asked = (held.path, {**params, **more}) if url is None else (url, dict(more))
        try:
            answer, envelope = client.read(path, asked, read)
        except Refused as error:
            if error.status in held.empty_status:
                return
            raise
        if envelope.records is None:
            what = f"no list at `{held.records}`"
            raise client.fail(Malformed, answer.url, what, "look at the address, and at `fetch.lists`")
        for record in envelope.records:
            address = _address(feed(_decoded(record)), answer.url)
            if address is not None:
                yield address
        paginator.advance(
            Answered(
                head=envelope.head,
                records=envelope.records,
                link_next=link_next(answer.headers.get("link", "")),
                resolve=lambda reference, base=answer.url: client.public(urljoin(base, reference)),  # type: ignore[misc]
            )
        )


def _decoded(record: bytes) -> object:
    try:
        return decode(record)
    except Unreadable:
        return None  # half a character in one record must not cost the others; it names no feed then


def _of_opml(source: Source, client: Client, place: str) -> Iterator[str]:
    if place.startswith(("http://", "https://")):
        answer = client.read(place, None, lambda answer: answer, accept=_OPML_TYPES)
        base, body = answer.url, answer.body
    else:
        path = (PROJECT_ROOT / place).resolve()
        if not path.is_relative_to(PROJECT_ROOT.resolve()):
            raise ConfigurationError(f"`fetch.opml: {place}` leads out of the project's folder", source=source.id)
        try:
            base, body = "", path.read_bytes()
        except OSError as error:
            raise ConfigurationError(
                f"`fetch.opml: {place}` can't be read: {error.strerror}", source=source.id, remedy="correct the path"
            ) from None
    try:
        references = outlines(body)
    except ValueError as error:
        raise client.fail(Malformed, base or place, f"no OPML: {error}", "export it again") from None
    for reference in references:
        address = _address(reference, base)
        if address is not None:
            yield address


def outlines(body: bytes) -> list[str]:
    """The addresses of the feeds in an OPML document (OPML 2.0: ``xmlUrl`` of its outlines), in their order.

    Raises :class:`ValueError` for what is no XML, and for entities.
    """
    found: dict[str, None] = {}
    parser = expat.ParserCreate()

    def start(name: str, attributes: dict[str, str]) -> None:
        if name.lower() == "outline":
            value = next((text for key, text in attributes.items() if key.lower() == "xmlurl"), "").strip()
            if value:
                found[value] = None

    def entity(*declared: object) -> None:
        raise ValueError("it declares an entity")

    parser.StartElementHandler, parser.EntityDeclHandler = start, entity
    try:
        parser.Parse(body, True)
    except expat.ExpatError as error:
        raise ValueError(str(error)) from None
    return list(found)


def _address(value: object, base: str) -> str | None:
    if not isinstance(value, str) or not value.strip():
        return None
    try:
        return values.url(urljoin(base, value.strip()), "feed").partition("#")[0]
    except (values.Broken, ValueError):
        return None


__all__ = ["check_lists", "feeds_of", "outlines"]
