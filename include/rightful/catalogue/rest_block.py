"""``fetch:`` of a source of kind ``rest``: which requests list its records, and where in an answer they stand."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, model_validator

from rightful.catalogue.block import Block, FieldPath
from rightful.catalogue.http_block import Auth
from rightful.catalogue.paging import Paginate
from rightful.catalogue.record_block import Fields, RecordFetch, SiteRequest
from rightful.catalogue.secret_names import Params


class WindowEnd(Block):
    """One end of the time filter."""

    param: str
    format: Literal["iso", "iso_date", "unix", "mediawiki"] = "iso"
    inclusive: bool = Field(
        False, description="the source includes this moment itself; Rightful then asks for one unit (second, day) less"
    )
    exclusive: bool = Field(
        False, description="of the start: the source leaves this moment out; one unit earlier is asked for"
    )


class Window(Block):
    """The time filter of the request: always bounded by the slice, ``[start, end)``."""

    start: WindowEnd
    end: WindowEnd

    @model_validator(mode="after")
    def _sided(self) -> Window:
        if self.end.exclusive or self.start.inclusive:
            raise ValueError("`inclusive` is for the end, `exclusive` for the start: the rest is taken for granted")
        return self


class Retention(Block):
    """How far back the source's own list reaches. A slice with older records fails instead of publishing a hole.

    `oldest` asks for the oldest entry still listed; `evidence` asks for something that happened in
    [slice start, oldest entry) by another list. An answer there means that the slice is incomplete.
    """

    oldest: SiteRequest
    oldest_path: FieldPath
    evidence: SiteRequest
    evidence_path: FieldPath
    evidence_window: Window


class LookUp(Block):
    """How records that were taken are asked for again, in batches, to see whether their licence is still the same.

    The answer's records are read by the same `license.claims`. A record asked for that a complete answer does not hold
    is gone.
    """

    path: str = Field("", description="as `fetch.path`; `{ids}` in it is replaced by the ids")
    params: Params = Field(default_factory=dict)
    ids: str | None = Field(None, description="parameter that carries the ids; without it, `path` must hold {ids}")
    separator: str = Field(",", min_length=1, description="between two ids")
    batch: int = Field(50, ge=1, le=1000, description="ids in one request")
    of: Literal["native_id", "version", "url"] = Field(
        "native_id", description="which column of a document holds its id"
    )
    match: str | None = Field(
        None,
        description="regular expression for all of that column, with a group `id`; what further named groups find is "
        "sent as parameters of these names, e.g. `https://(?P<wiki>[a-z]+)[.]example/(?P<id>[0-9]+)`",
    )
    records: FieldPath | Literal["."] | None = Field(
        None,
        description="path of the records in the answer, `[]` allowed; with `batch: 1` an object is the record itself; "
        "default: `fetch.records`",
    )
    id: FieldPath | None = Field(None, description="path of a record's id; default: `fetch.fields.id`")
    gone: FieldPath | None = Field(None, description="path that is true where the source shows only that it was there")

    @model_validator(mode="after")
    def _askable(self) -> LookUp:
        if (self.ids is None) == ("{ids}" not in self.path):
            raise ValueError("say where the ids go: either `ids: <parameter>` or `{ids}` in `path`")
        if self.match is not None:
            try:
                groups = re.compile(self.match).groupindex
            except re.error as error:
                raise ValueError(f"`match` is no regular expression: {error}") from None
            if "id" not in groups:
                raise ValueError("`match` needs a group `(?P<id>…)`")
        return self


class RestFetch(RecordFetch):
    """Settings of kind `rest`: a JSON API over HTTP."""

    path: str = Field(
        "",
        description="below `base_url`. `{name}` in it, or in a value of `params`, is filled in with the parameter of "
        "that name of `window` or `shard.over`, which is then not sent by itself",
    )
    params: Params = Field(default_factory=dict)
    window: Window | None = None
    paginate: Paginate
    records: FieldPath | Literal["."] = Field(
        description="path of the records: a list, or an object whose values they are"
    )
    single: bool = Field(False, description="the object at `records` is one record, not a collection of records")
    complete: FieldPath | None = Field(
        None,
        description="path that is present only when the records seen so far are complete (MediaWiki's batchcomplete); "
        "records that lack a text before it are waited for",
    )
    error: FieldPath | None = Field(None, description="path that is present only in an error answer with status 200")
    retry_when: tuple[str, ...] = Field(
        (), description="error codes at `error` (or its `.code`) that pass, e.g. maxlag"
    )
    backoff: FieldPath | None = Field(None, description="path of the seconds to wait before the next request")
    robots: Literal["api", "obey"] = Field(
        "api",
        description="`api`: an interface that is offered to programs is no web page, so its terms and limits speak, "
        "not robots.txt; `obey`: robots.txt is read first and obeyed, and what the site says of training stands in "
        "every row",
    )
    retention: Retention | None = None
    look_up: LookUp | None = Field(None, description="how records already taken are asked for again, for re-checks")


__all__ = ["Auth", "Fields", "LookUp", "RestFetch", "Retention", "SiteRequest", "Window", "WindowEnd"]
