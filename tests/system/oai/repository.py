"""An OAI-PMH repository as a process of its own, by the library oai-repo. Arguments: a file of its records, a port.

The file is read anew for each request: ``{identifier: {"datestamp", "license", "text", "deleted"}}``. When it changes,
resumption tokens that were handed out before are no longer good, as the library has it. Of deletions it knows nothing:
the headers are marked here, as the protocol (2.5.1) wants it.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl
from wsgiref.simple_server import WSGIRequestHandler, make_server

import oai_repo
from lxml import etree

DC, OAI_DC = "http://purl.org/dc/elements/1.1/", "http://www.openarchives.org/OAI/2.0/oai_dc/"
LIMIT = 10


class Shelf(oai_repo.DataInterface):  # type: ignore[misc]
    """The repository's records."""

    limit = LIMIT

    def __init__(self, file: Path, address: str) -> None:
        self._file, self._address = file, address

    @property
    def records(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._file.read_text("utf-8"))
        return found

    def get_identify(self) -> Any:
        identify = oai_repo.Identify()
        identify.base_url, identify.repository_name = self._address, "Shelf"
        identify.admin_email = ["owner@example.org"]
        identify.deleted_record, identify.granularity = "persistent", "YYYY-MM-DDThh:mm:ssZ"
        identify.earliest_datestamp = "2020-01-01T00:00:00Z"
        return identify

    def is_valid_identifier(self, identifier: str) -> bool:
        return identifier in self.records

    def get_metadata_formats(self, identifier: str | None = None) -> list[Any]:
        return [oai_repo.MetadataFormat("oai_dc", f"{OAI_DC[:-1]}.xsd", OAI_DC)]

    def get_record_header(self, identifier: str) -> Any:
        record = self.records[identifier]
        header = oai_repo.RecordHeader()
        header.identifier, header.datestamp = identifier, record["datestamp"]
        return header

    def get_record_metadata(self, identifier: str, metadataprefix: str) -> Any:
        record = self.records[identifier]
        root = etree.Element(f"{{{OAI_DC}}}dc", nsmap={"oai_dc": OAI_DC, "dc": DC})
        parts = [("title", f"Title of {identifier}"), ("description", record["text"])]
        told = record["license"]
        parts += [("rights", one) for one in (told if isinstance(told, list) else [told])]
        for name, text in parts:
            if text is not None:
                etree.SubElement(root, f"{{{DC}}}{name}").text = text
        return root

    def get_record_abouts(self, identifier: str) -> list[Any]:
        return []

    def list_set_specs(self, identifier: str | None = None, cursor: int = 0) -> tuple[Any, ...]:
        return [], 0, None

    def list_identifiers(
        self,
        metadataprefix: str,
        filter_from: datetime | None = None,
        filter_until: datetime | None = None,
        filter_set: str | None = None,
        cursor: int = 0,
    ) -> tuple[Any, ...]:
        records = self.records
        found = [
            name
            for name, record in sorted(records.items())
            if (filter_from is None or _moment(record) >= filter_from)
            and (filter_until is None or _moment(record) <= filter_until)
        ]
        return found[cursor : cursor + LIMIT], len(found), json.dumps(records)


def _with_deletions(answer: bytes, records: dict[str, Any]) -> bytes:
    root = etree.fromstring(answer)
    for header in root.iter("{*}header"):
        if records[header.findtext("{*}identifier")].get("deleted"):
            header.set("status", "deleted")
            header.getparent().remove(header.getparent().find("{*}metadata"))
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _moment(record: dict[str, Any]) -> datetime:
    return datetime.strptime(record["datestamp"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        """Be quiet."""


def main() -> None:
    file, port = Path(sys.argv[1]), int(sys.argv[2])
    shelf = Shelf(file, f"http://127.0.0.1:{port}/oai")
    asked = file.with_suffix(".log")

    def application(environ: dict[str, Any], start: Any) -> list[bytes]:
        with asked.open("a", encoding="utf-8") as log:
            log.write(environ["QUERY_STRING"] + "\n")
        if (busy := file.with_suffix(".busy")).exists():  # once
            busy.unlink()
            start("503 Service Unavailable", [("Retry-After", "1"), ("Content-Type", "text/plain")])
            return [b"busy"]
        answer = bytes(oai_repo.OAIRepository(shelf).process(dict(parse_qsl(environ["QUERY_STRING"]))))
        start("200 OK", [("Content-Type", "text/xml; charset=utf-8")])
        return [_with_deletions(answer, shelf.records)]

    with make_server("127.0.0.1", port, application, handler_class=_Quiet) as server:
        print("ready", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
