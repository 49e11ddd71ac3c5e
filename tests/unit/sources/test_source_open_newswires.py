"""Source `open_newswires`: the page of each article must state the licence. No network is used."""

from __future__ import annotations

from tests.unit.sources.feed_replay import Replay

from rightful.connectors.linked import parts_of
from rightful.model import FailedRecord, Record
from rightful.text.plain import to_text

SITE = "https://www.pressenza.com/2026/01/"
BRASIL = "https://agenciabrasil.ebc.com.br"
PRESSENZA = "https://www.pressenza.com/?p={}"
ANSWERS = {
    f"{SITE}marchers-cross-the-pyrenees/": "open_newswires.page.html",
    f"{SITE}ministers-meet-again/": "open_newswires.page.html",
    f"{SITE}states-nothing/": "open_newswires.silent.html",
    f"{SITE}taken-down/": "",
    f"{BRASIL}/rss/ultimasnoticias/feed.xml": "open_newswires.brasil.xml",
    f"{BRASIL}/geral/noticia/2026-01/cidade-abre-biblioteca-noite": "open_newswires.brasil.html",
    # The other feeds of the list are not there: a row of the ledger each.
    "https://www.pressenza.com/es/feed/": "",
    "https://www.pressenza.com/fr/feed/": "",
    "https://www.scidev.net/global/feed/": "",
}


def test_the_text_is_the_page_s_and_so_is_the_licence() -> None:
    found = {r.native_id: r for r in Replay("open_newswires", ANSWERS).records() if isinstance(r, Record)}
    record = found[PRESSENZA.format(700001)]
    assert (record.title, record.creators) == ("Marchers cross the Pyrenees", ("Elena Ruiz",))
    text = to_text(record.body or "", record.media_type)
    assert "they asked whether we had eaten" in text
    assert "About us" not in text
    assert "appeared first on" not in text
    (claim,) = record.claims
    assert claim.raw == "http://creativecommons.org/licenses/by/4.0/"
    assert parts_of(record.raw) is not None
    assert record.evidence == "https://www.pressenza.com/feed/"


def test_each_article_is_ruled_by_its_page() -> None:
    rulings = Replay("open_newswires", ANSWERS).rulings()
    assert rulings[PRESSENZA.format(700001)] == ("allow", "allowed", "CC-BY-4.0")
    assert rulings[PRESSENZA.format(700002)][0] == "quarantine"  # of another agency, as its author says
    assert rulings[PRESSENZA.format(700003)] == ("deny", "no_tag", None)
    assert rulings[PRESSENZA.format(700004)] == ("failed", "fetch_failed", None)
    # Its line about the whole site stands in the foot of the page: enough to know it, and a person has to confirm it.
    assert rulings[f"1600001 at {BRASIL}"] == ("quarantine", "weak_evidence", "LicenseRef-CC-BY-3.0-BR")


def test_one_agency_that_is_down_stops_no_other() -> None:
    failed = [r for r in Replay("open_newswires", ANSWERS).records() if isinstance(r, FailedRecord)]
    assert {r.native_id for r in failed} == {
        "https://www.pressenza.com/es/feed/",
        "https://www.pressenza.com/fr/feed/",
        "https://www.scidev.net/global/feed/",
        PRESSENZA.format(700004),
    }


def test_a_feed_of_one_document_is_asked_for_older_ones_in_vain() -> None:
    replay = Replay(
        "open_newswires", {**ANSWERS, f"{BRASIL}/rss/ultimasnoticias/feed.xml?paged=2": "open_newswires.brasil.xml"}
    )
    found = [r.native_id for r in replay.records(complete=False)]
    assert found.count(f"1600001 at {BRASIL}") == 1
    assert f"{BRASIL}/rss/ultimasnoticias/feed.xml?paged=2" in replay.asked
