"""PDF to text, in its child: what pages say, and what hostile files come to."""

from __future__ import annotations

import pytest
from tests.unit.connectors.test_connector_linked import pdf

from rightful.errors import Malformed, TooLarge
from rightful.text import pdf as module
from rightful.text.pdf import pdf_to_text


def book(*pages: str) -> bytes:
    """A PDF whose pages hold these lines (``|`` between them), each at a place of its own."""
    objects = [b"<</Type/Catalog/Pages 2 0 R>>", b""]
    kids = []
    for text in pages:
        places_of = enumerate(text.split("|"))
        lines = "".join(f"1 0 0 1 72 {740 - 20 * number} Tm ({line}) Tj " for number, line in places_of)
        stream = f"BT /F1 12 Tf {lines}ET".encode("latin-1")
        kids.append(len(objects) + 1)
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents %d 0 R/Resources<</Font<</F1 "
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>>>>>>>" % (len(objects) + 2)
        )
        objects.append(b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream))
    objects[1] = b"<</Type/Pages/Kids[%s]/Count %d>>" % (b" ".join(b"%d 0 R" % kid for kid in kids), len(kids))
    out, places = bytearray(b"%PDF-1.4\n"), []
    for number, part in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%s\nendobj\n" % (number, part)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    return bytes(out + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start))


def test_pages_in_their_order_with_their_lines() -> None:
    assert pdf_to_text(book("First line|second line", "Grüße")) == "First line\nsecond line\n\nGrüße"
    assert pdf_to_text(book("")) == ""
    assert pdf_to_text(pdf("Tides rise.")) == "Tides rise."


def test_running_titles_and_page_numbers_are_left_out() -> None:
    words = ("one", "two", "three", "four", "five", "six")
    pages = [f"TIDES  {place}|Of {word}.|So {word} ends.|Page {place} of 6" for place, word in enumerate(words, 1)]
    assert pdf_to_text(book(*pages)) == "\n\n".join(f"Of {word}.\nSo {word} ends." for word in words)
    # A short file has no running titles: what stands twice is said twice.
    assert pdf_to_text(book("Again.|a", "Again.|b")) == "Again.\na\n\nAgain.\nb"


def test_words_that_were_parted_are_put_together() -> None:
    assert pdf_to_text(book("The extra-|ordinary sea, X-|Ray.")) == "The extraordinary sea, X-Ray."


@pytest.mark.parametrize(
    "data",
    [b"", b"no", b"%PDF-1.7", b"%PDF-1.4\n" + b"\x00" * 5_000, book("x" * 500)[:300]],
)
def test_what_is_no_whole_pdf_is_malformed(data: bytes) -> None:
    with pytest.raises(Malformed):
        pdf_to_text(data)


def test_too_large_a_file_is_not_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 100)
    with pytest.raises(TooLarge, match="more than 100"):
        pdf_to_text(book("x"))


def test_limits_of_time_and_memory_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    many = book(*["word " * 400] * 3_000)
    monkeypatch.setattr(module, "CPU_SECONDS", 1)
    with pytest.raises(Malformed, match="processor time"):
        pdf_to_text(many)
    monkeypatch.setattr(module, "CPU_SECONDS", 60)
    monkeypatch.setattr(module, "MEMORY_BYTES", 60 * 2**20)
    with pytest.raises(Malformed, match=r"did not survive|can be read"):
        pdf_to_text(many)
