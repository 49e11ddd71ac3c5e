"""``fetch:`` of every kind whose records are objects: which member is what, and where a text lies that is linked."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator, model_validator

from rightful.catalogue.block import Block, FieldPath
from rightful.catalogue.http_block import HttpFetch
from rightful.catalogue.secret_names import Params


class Fields(Block):
    """Which member of a record is what. Paths are relative to the record."""

    id: FieldPath
    version: FieldPath | None = Field(None, description="default: SHA-256 of the record's bytes, first 16 digits")
    version_of: Literal["record", "text"] = Field(
        "record",
        description="of what that hash is: `text` for records whose counters (votes, views) change by themselves",
    )
    deleted: FieldPath | None = Field(
        None,
        description="path that is true, or says why, where the source shows that it took the record back: the record "
        "is denied, what earlier slices hold of it leaves the corpus, and a tombstone keeps it out",
    )
    url: FieldPath | None = None
    url_template: str | None = Field(
        None,
        description="e.g. `https://example.org/?curid={id}`; {id}, {version} and {path} (the id with its "
        "slashes) are filled in",
    )
    title: FieldPath | None = None
    text: tuple[FieldPath, ...] = Field(
        (),
        description="one or more paths; joined by a blank line. `terms[].term|definition`: of each element both, in "
        "turn",
    )
    media_type: str = Field("text/plain", description="of the text: text/plain, text/html, text/x-wiki …")
    creators: tuple[FieldPath, ...] = ()
    publisher: FieldPath | None = None
    attribution: FieldPath | None = None
    created: FieldPath | None = Field(None, description="ISO 8601 or Unix seconds")
    published: FieldPath | None = Field(None, description="ISO 8601 or Unix seconds; effective-dated rules apply to it")
    region: FieldPath | None = None
    html: tuple[Literal["title", "creators", "publisher", "attribution"], ...] = Field(
        (), description="which of these hold HTML: of them only the text is kept"
    )

    @field_validator("text", "creators", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _versioned(self) -> Fields:
        if self.version_of == "text" and not self.text:
            raise ValueError("`version_of: text` needs `text`")
        return self

    @model_validator(mode="after")
    def _locatable(self) -> Fields:
        if self.url is None and self.url_template is None:
            raise ValueError("a record must say where it came from: give `url` or `url_template`")
        return self


class SiteRequest(Block):
    """A request made once per shard whose answer holds site-wide facts (e.g. MediaWiki's rightsinfo)."""

    path: str = ""
    params: Params = Field(default_factory=dict)


class Linked(Block):
    """The text of a record lies in a page or file of its own. It is asked for only when the gate has allowed the
    record; with a claim rule `from: page`, also when nothing but the page can tell its licence.
    """

    url: tuple[FieldPath, ...] = Field((), description="paths of its address, the best first: the first that is there")
    url_template: str | None = Field(
        None, description="else: e.g. `https://example.org/text/{id}.txt`; {id} and {version} are filled in"
    )
    media_type: str | None = Field(
        None,
        description="of the linked file: text/plain, text/html (its main text counts), application/pdf, "
        "application/epub+zip, application/jats+xml …; default: as the answer says",
    )
    whole: bool = Field(False, description="all text of a linked page, not only its main text")
    instead: bool = Field(
        True, description="the linked text alone; `false`: `fields.text` comes first, then the linked text"
    )
    optional: bool = Field(False, description="a record without an address keeps the text that `fields.text` gives")

    @field_validator("url", mode="before")
    @classmethod
    def _one_or_many(cls, value: object) -> object:
        return (value,) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _placed(self) -> Linked:
        if not self.url and self.url_template is None:
            raise ValueError("say where the text lies: `url` or `url_template`")
        return self


class RecordFetch(HttpFetch):
    """Settings of all kinds whose records are objects."""

    fields: Fields
    site: SiteRequest | None = None
    linked: Linked | None = Field(None, description="where a record's text lies, when it is not in the record itself")

    @model_validator(mode="after")
    def _has_text(self) -> RecordFetch:
        if not self.fields.text and not self.texts_apart:
            raise ValueError("say where the text stands: `fields.text`, or `linked`")
        return self

    @property
    def texts_apart(self) -> bool:
        """Whether texts lie in pages and files of their own, which are read once the gate has allowed their records."""
        return self.linked is not None


__all__ = ["Fields", "Linked", "RecordFetch", "SiteRequest"]
