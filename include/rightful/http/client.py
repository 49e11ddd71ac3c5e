"""One polite, bounded HTTP client: who we are, how often, how much, how long, where to, and what to try again.

Bodies are capped while they stream, redirects are followed here (so that each is checked, also against robots.txt), and
what fails in a way that may pass is tried again within the task. httpx's own ``Client`` is not used because it logs
full URLs.
"""

from __future__ import annotations

import logging
import math
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from types import TracebackType
from typing import Self, TypeVar, cast

import httpx
import tenacity

from rightful.catalogue.models import Source
from rightful.errors import ConfigurationError, FetchError, Malformed, RateLimited, Refused, RightfulError, TooLarge
from rightful.http.address import AddressGuard, Resolver, canonical_host, resolve
from rightful.http.answer import Answer, How, Param, described
from rightful.http.body import ACCEPT_ENCODING, json_bytes, read_body
from rightful.http.failures import Failures
from rightful.http.optouts import optouts_of
from rightful.http.pace import Pacer
from rightful.http.retry import may_pass, pause_before_retry, user_agent
from rightful.http.robots import SiteFiles
from rightful.http.secrets import Secrets
from rightful.http.transport import CheckedTransport, Deadline
from rightful.licensing.optouts.robots import STOPS
from rightful.model import Credentials

log = logging.getLogger(__name__)

MOST_REDIRECTS = 5
_ERROR_BODY_BYTES = 64 * 1024
_SCHEME = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]*:")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_PAGE = "text/html, application/xhtml+xml, */*;q=0.8"
_FILE = "text/plain, application/json, application/xml, */*;q=0.5"

T = TypeVar("T")


class Client:
    """Asks one source. A context manager; not to be shared between threads.

    Args:
        source: Its ``fetch``, ``pace`` and ``limits`` are obeyed.
        contact: URL or e-mail address for the User-Agent; without one the source's owner stands there.
        credentials: Of the source's connection.
        stop: Asked while waiting; True ends the wait with an error.
        transport: Replaces the network (for tests, and for archives that answer like a server).
        pacer: Shared by clients that work side by side, so that a host is asked no faster for it.
        resolver, sleep, clock: The name service and the time.
    """

    def __init__(
        self,
        source: Source,
        *,
        contact: str = "",
        credentials: Credentials | None = None,
        stop: Callable[[], bool] | None = None,
        transport: httpx.BaseTransport | None = None,
        pacer: Pacer | None = None,
        resolver: Resolver = resolve,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        fetch = source.fetch
        self._source, self._limits = source, source.limits
        self._guard = AddressGuard(
            source.id,
            fetch.base_url,
            fetch.allow_hosts,
            allow_private=fetch.allow_private,
            any_host=fetch.any_host,
            resolver=resolver,
        )
        self._secrets = Secrets(source, credentials)
        self._failures = Failures(source.id, self._secrets)
        self.secrets: Secrets | None = self._secrets if self._secrets else None
        """Hides the source's secret; None when there is none."""
        self._pacer = pacer or Pacer(source.pace, source.id, stop=stop, sleep=sleep, clock=clock)
        self._site = SiteFiles(self._site_file, source.id, stop, clock)
        # A kind whose settings say nothing of robots fetches pages; the one exception stands in the source file.
        self._obeys = getattr(fetch, "robots", "obey") != "api"
        self._deadline = Deadline(clock)
        self._transport = transport or CheckedTransport(self._guard, self._deadline)
        self._headers = {
            "Accept": "application/json",
            "Accept-Encoding": ACCEPT_ENCODING,
            **fetch.headers,
            "User-Agent": user_agent(contact or source.owner),
        }
        self._timeout = httpx.Timeout(
            self._limits.read_seconds, connect=self._limits.connect_seconds, pool=self._limits.connect_seconds
        ).as_dict()
        self.requests = 0
        self.bytes_received = 0
        if not all(text.isascii() and text.isprintable() for item in self._headers.items() for text in item):
            raise ConfigurationError(
                "a header holds a character that HTTP can't carry",
                source=source.id,
                remedy="use ASCII in `fetch.headers`, and no line breaks",
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    def url(self, path_or_url: str = "", params: Mapping[str, Param] | None = None) -> str:
        """The full URL, without secrets: ``path_or_url`` is absolute, or a path below ``fetch.base_url``."""
        return self._secrets.public(self._locate(path_or_url, params))

    def public(self, url: str) -> str:
        """``url`` without the source's secret, for cursors and rows."""
        return self._secrets.public(url)

    def hold(self, url: str, seconds: float) -> None:
        """The source asks for ``seconds`` without requests (e.g. a ``backoff`` in the body)."""
        if math.isfinite(seconds) and seconds > 0:
            self._pacer.hold(canonical_host(httpx.URL(url)), seconds)

    def get(self, path_or_url: str = "", params: Mapping[str, Param] | None = None) -> Answer:
        """The answer to one GET, whatever is in it; see :meth:`read` for what is tried again and raised."""
        return self.read(path_or_url, params, lambda answer: answer)

    def page(self, url: str, params: Mapping[str, Param] | None = None) -> Answer:
        """A web page, asked for only if the robots.txt of every address on the way there allows it.

        Its ``optouts`` are all that the site says: robots.txt, tdmrep.json, RSL terms and the page's own headers; those
        of the page's ``<meta>`` elements are for whoever reads it. Whatever the source's ``fetch.robots`` says, this
        obeys.

        Raises :class:`~rightful.http.robots.KeptOut` when it may not be asked for, and what :meth:`read` raises: with
        :class:`Forbidden` (401, 402, 403) the shard ends.
        """
        return self.read(url, params, lambda answer: answer, obey=True, accept=_PAGE)

    def get_json_bytes(self, path_or_url: str = "", params: Mapping[str, Param] | None = None) -> bytes:
        """The body of the answer as UTF-8, when it can be JSON; it is not parsed."""
        return self.read(path_or_url, params, self.json_bytes)

    def json_bytes(self, answer: Answer) -> bytes:
        """The JSON of ``answer`` as UTF-8. Raises :class:`Malformed` when it can't be JSON."""
        return json_bytes(answer.body, answer.headers.get("content-type", ""), self._failures.about(answer.url))

    def read(
        self,
        path_or_url: str,
        params: Mapping[str, Param] | None,
        reader: Callable[[Answer], T],
        explain: Callable[[Answer], None] | None = None,
        *,
        obey: bool = False,
        accept: str | None = None,
        content: bytes | None = None,
    ) -> T:
        """Ask, and let ``reader`` make something of the answer. What may pass is tried again, ``limits.retries`` times.

        Args:
            path_or_url: Absolute (it begins with a scheme), or a path below ``fetch.base_url``.
            params: Added to the URL's query, replacing members of the same name.
            reader: Its :class:`FetchError` and :class:`Malformed` are tried again like the client's own.
            explain: Shown an answer of status 4xx before it counts as refused; may raise something more precise.
            obey: Look into robots.txt first, even if the source's ``fetch.robots`` is ``api``.
            accept: Media types to ask for, instead of the source's.
            content: JSON to POST. It is sent to this address alone: a redirect counts as refused.

        Raises:
            RateLimited: 429 (or ``Retry-After``) beyond the retries, or a wait too long for a task.
            FetchError: 5xx, broken connections and time-outs beyond the retries.
            Malformed: The answer is not what it should be, beyond the retries.
            Forbidden: 401, 402, 403, at once: nothing is tried to get in all the same.
            KeptOut: robots.txt is obeyed and says no; nothing was asked.
            Refused: Other 4xx, at once.
            TooLarge, BlockedAddress: At once.
        """
        how = How(obey=obey or self._obeys, accept=accept, content=content)
        return self._retried(path_or_url, params, reader, explain, how)

    def _retried(
        self,
        path_or_url: str,
        params: Mapping[str, Param] | None,
        reader: Callable[[Answer], T],
        explain: Callable[[Answer], None] | None,
        how: How,
    ) -> T:
        shown = self.url(path_or_url, params)
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self._limits.retries + 1),
            wait=pause_before_retry,
            retry=tenacity.retry_if_exception(may_pass),
            sleep=self._pacer.nap,
            before_sleep=lambda state: self._tell(state, shown),
            reraise=True,
        )
        return cast(T, retrying(self._attempt, path_or_url, params, reader, explain, how))

    def _attempt(
        self,
        path_or_url: str,
        params: Mapping[str, Param] | None,
        reader: Callable[[Answer], T],
        explain: Callable[[Answer], None] | None,
        how: How,
    ) -> T:
        url, secure = self._locate(path_or_url, params), False
        for _ in range(MOST_REDIRECTS + 1):
            shown = self._secrets.public(url)
            url = self._guard.check(url, shown, secure=secure)
            secure = secure or url.scheme == "https"
            if how.obey:
                self._site.check(url, shown)
            self._pacer.wait(canonical_host(url))
            answer = self._exchange(url, shown, explain, how)
            if answer.status not in _REDIRECTS:
                if how.obey:
                    answer = replace(answer, optouts=self._site.observe(url, answer.headers, answer.fetched_at))
                return reader(answer)
            target = answer.headers.get("location", "").strip()
            if how.content is not None:
                remedy = "put the address that answers into `fetch.base_url`"
                raise self._error(Refused, shown, f"status {answer.status}: what is posted is not sent on", remedy)
            if not target:
                raise self._error(Malformed, shown, "a redirect without an address", "try again later")
            try:
                url = url.join(target)
            except (httpx.InvalidURL, UnicodeError, ValueError):
                raise self._error(
                    Malformed, shown, "a redirect to something that is no URL", "tell the source's owner"
                ) from None
        raise self._error(
            Malformed, shown, f"more than {MOST_REDIRECTS} redirects", "put the final address in the source file"
        )

    def _exchange(self, url: httpx.URL, shown: str, explain: Callable[[Answer], None] | None, how: How) -> Answer:
        """One request and its whole answer. Redirects come back as they are, errors as exceptions."""
        # A site's own files are for everybody: no key is shown there.
        signed, headers = (url, {}) if how.cut is not None else self._secrets.sign(url)
        headers = {**self._headers, **({"Accept": how.accept} if how.accept else {}), **headers}
        if how.content is not None:
            headers["Content-Type"] = "application/json"
        method = "GET" if how.content is None else "POST"
        request = httpx.Request(
            method, signed, headers=headers, content=how.content, extensions={"timeout": self._timeout}
        )
        self.requests += 1
        self._deadline.start(self._limits.answer_seconds)
        try:
            response = self._transport.handle_request(request)
            try:
                return self._judge(response, url, shown, explain, how)
            finally:
                response.close()
        except httpx.TransportError as error:
            late = self._deadline.left <= 0
            what = f"the answer took longer than {self._limits.answer_seconds:g} s" if late else described(error)
            remedy = "raise `limits.answer_seconds`, or ask for smaller pages" if late else "try again later"
            raise self._error(FetchError, shown, self._secrets.redact(what), remedy) from None

    def _judge(
        self,
        response: httpx.Response,
        url: httpx.URL,
        shown: str,
        explain: Callable[[Answer], None] | None,
        how: How,
    ) -> Answer:
        status, headers = response.status_code, response.headers
        moment = datetime.now(UTC)
        if status in _REDIRECTS:
            return Answer(status, headers, b"", shown, moment)
        if status in (200, 203):
            cap = self._limits.response_bytes if how.cut is None else how.cut
            body = read_body(response, cap, self._failures.about(shown), self._received, cut=how.cut is not None)
            return Answer(status, headers, body, shown, moment, optouts_of(headers, moment))
        trouble = self._failures.trouble(status, headers, shown, moment)
        if trouble is not None:
            raise trouble
        told = ""
        if explain is not None:
            try:
                explain(Answer(status, headers, self._error_body(response, shown), shown, moment))
            except RightfulError as error:
                if status not in STOPS:
                    raise
                told = f": {error.what}"  # whatever else the body says, a closed door is not knocked at again
        raise self._failures.refusal(status, shown, told)

    def _site_file(self, address: str, most: int) -> Answer:
        """robots.txt and its like, the first ``most`` bytes of it."""
        return self._retried(address, None, lambda answer: answer, None, How(cut=most, accept=_FILE))

    def rate_limited(self, shown: str, what: str, seconds: float | None) -> RateLimited:
        """The error for a source that asks for patience; ``seconds`` None when it does not say how long."""
        return self._failures.rate_limited(shown, what, seconds)

    def fail(self, kind: type[RightfulError], shown: str, what: str, remedy: str) -> RightfulError:
        """An error about the answer of ``shown``, without secrets."""
        return self._failures.error(kind, shown, what, remedy)

    def _error_body(self, response: httpx.Response, shown: str) -> bytes:
        """What a refusal says, as far as it can be read; the status is enough when it can't."""
        try:
            return read_body(response, _ERROR_BODY_BYTES, self._failures.about(shown), self._received)
        except (TooLarge, Malformed, httpx.TransportError) as error:
            log.info("the text of the refusal is left out: %s", self._secrets.redact(str(error)))
            return b""

    def _locate(self, path_or_url: str, params: Mapping[str, Param] | None) -> httpx.URL:
        base = self._source.fetch.base_url
        if _SCHEME.match(path_or_url):
            target = path_or_url
        else:
            target = f"{base.rstrip('/')}/{path_or_url.lstrip('/')}" if path_or_url else base
        try:
            url = httpx.URL(target)
            return url.copy_merge_params(dict(params)) if params else url
        except (httpx.InvalidURL, UnicodeError, ValueError) as error:
            raise self._error(Malformed, target, f"no URL ({type(error).__name__})", "correct the address") from None

    def _received(self, count: int) -> None:
        self.bytes_received += count
        if self._deadline.left <= 0:
            raise httpx.ReadTimeout("the answer took too long")

    def _error(self, kind: type[RightfulError], shown: str, what: str, remedy: str) -> RightfulError:
        return self._failures.error(kind, shown, what, remedy)

    def _tell(self, state: tenacity.RetryCallState, shown: str) -> None:
        error = state.outcome.exception() if state.outcome else None
        pause = state.next_action.sleep if state.next_action else 0.0
        log.info("try %d of %s failed (%s); again in %.1f s", state.attempt_number, shown, error, pause)


__all__ = ["Answer", "Client", "Param"]
