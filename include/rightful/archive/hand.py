"""What a checked record becomes for those who want it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from rightful.archive.answer import Answer, BodyError, decode_body, read_answer, split_answer
from rightful.archive.head import Head, plain_uri, read_date
from rightful.archive.model import ArchiveFault, ArchiveRecord


def hand_over(
    head: Head,
    block: bytes,
    *,
    offset: int,
    length: int | None,
    digest_ok: bool | None,
    first_look: Callable[[bytes], bool] | None,
    max_body: int,
) -> ArchiveRecord | ArchiveFault | None:
    """The record; a fault, if its body can't be unpacked; None, if ``first_look`` rejects it."""
    fields = head.fields
    truncated = fields.get("warc-truncated") or ("segment" if "warc-segment-number" in fields else None)
    answer: Answer | None = None
    body: bytes | None = None
    # A resource is the file itself, but some tools write whole answers as such: their headers count.
    if head.kind in ("response", "revisit", "resource") and block.startswith(b"HTTP/"):
        body_at = split_answer(block)
        plain = b"ncoding:" not in block[:body_at].lower()
        if plain and first_look is not None and head.kind == "response" and not first_look(block):
            return None  # most records: nothing more is done for them
        answer = read_answer(block, body_at)
        if answer is not None:
            try:
                body = decode_body(answer, max_body, cut=truncated is not None or answer.status == 206)
            except BodyError as error:
                return ArchiveFault(offset=offset, reason=error.reason, detail=str(error), url=head.url)
            if not plain and first_look is not None and head.kind == "response" and not first_look(answer.head + body):
                return None
            if truncated is None and head.kind == "response" and answer.is_short():
                truncated = "http-length"
    elif head.kind == "response" and first_look is not None and not first_look(block):
        return None
    if body is None:
        body = block
    if len(body) > max_body:
        detail = f"the body has {len(body):,} bytes, more than {max_body:,}"
        return ArchiveFault(offset=offset, reason="too_large", detail=detail, url=head.url)
    return ArchiveRecord(
        kind=head.kind,
        url=head.url,
        date=head.date,
        offset=offset,
        length=length,
        digest=fields.get("warc-block-digest") or fields.get("warc-payload-digest"),
        digest_ok=digest_ok,
        status=answer.status if answer else None,
        headers=answer.headers if answer else (),
        media_type=answer.media_type() if answer else head.media_type,
        body=body,
        truncated=truncated,
        refers_to=_refers_to(fields) if head.kind == "revisit" else None,
        ip=fields.get("warc-ip-address"),
    )


def _refers_to(fields: dict[str, str]) -> tuple[str, datetime | None, str | None]:
    url = plain_uri(fields.get("warc-refers-to-target-uri", "")) or plain_uri(fields.get("warc-target-uri", ""))
    return url, read_date(fields.get("warc-refers-to-date")), fields.get("warc-payload-digest")
