"""Web pages for connectors: one way to fetch one, by which robots.txt is obeyed and every opt-out is recorded."""

from __future__ import annotations

from datetime import UTC, datetime

from rightful.errors import Forbidden, Malformed, Refused, TooLarge
from rightful.http.client import Answer, Client
from rightful.http.robots import KeptOut
from rightful.model import FailedRecord, Record

UNFETCHED = "unfetched"
"""Version of a record whose page was never asked for."""


def fetch_page(client: Client, url: str, *, native_id: str) -> Answer | Record | FailedRecord:
    """A page, or the record that stands for it in the ledger.

    The answer's ``optouts`` hold what the site's files and the page's headers say; whoever reads the page adds those of
    its ``<meta>`` elements with :func:`rightful.licensing.optouts.combined`.

    Returns:
        The answer; a record without bytes and claims, which the gate denies by ``robots``, where robots.txt keeps us
        out; a failed record where there is no such page (404, 410, …), or it is too large or no page.

    Raises:
        Forbidden: 401, 402 or 403: the shard ends at once.
        FetchError: What may pass did not, within the client's tries.
    """
    try:
        return client.page(url)
    except Forbidden:
        raise
    except KeptOut as error:
        return Record(
            native_id=native_id,
            version=UNFETCHED,
            url=client.public(url),
            raw=b"",
            body=None,
            media_type="text/html",
            claims=(),
            optouts=error.optouts,
            fetched_at=datetime.now(UTC),
        )
    except (Refused, TooLarge, Malformed) as error:
        reason = {TooLarge: "too_large", Malformed: "malformed"}.get(type(error), "fetch_failed")
        return FailedRecord(
            native_id=native_id,
            url=client.public(url),
            reason=reason,
            detail=error.what,
            fetched_at=datetime.now(UTC),
        )
