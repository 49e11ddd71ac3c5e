"""Source `global_voices`: whole articles in many languages; those of partner media wait. No network is used."""

from __future__ import annotations

from urllib.parse import urlsplit

from tests.unit.sources.feed_replay import Replay

from rightful.model import Record
from rightful.text.plain import to_text

GV, BN = "https://globalvoices.org/?p={}", "https://bn.globalvoices.org/?p={}"


def replay() -> Replay:
    """The English and the Bengali feed; that of another language is the English one again."""
    return Replay("global_voices", {"https://bn.globalvoices.org/feed/": "global_voices.bn.xml"})


def by_id(found: Replay) -> dict[str, Record]:
    return {record.native_id: record for record in found.records() if isinstance(record, Record)}


def test_articles_are_whole() -> None:
    record = by_id(replay())[GV.format(900001)]
    assert record.title == "How Lagos fishers map the ‘lost’ lagoon"
    assert record.url == "https://globalvoices.org/2026/01/01/how-lagos-fishers-map-the-lost-lagoon/"
    assert (record.creators, record.publisher, record.language) == (("Amara Okafor",), "Global Voices", "en")
    assert record.rights_holder == "Global Voices"
    text = to_text(record.body or "", record.media_type)
    assert "the fishers of Makoko push their canoes out" in text
    assert "Written by Amara Okafor" in text


def test_a_script_that_is_not_latin() -> None:
    record = by_id(replay())[BN.format(88001)]
    assert record.title == "নদীর মানুষ – একটি গল্প"
    assert (record.creators, record.language) == (("রিমা দাস",), "bn")
    assert to_text(record.body or "", record.media_type) == "নদীর ধারে মানুষ কীভাবে থাকে, সেই কথা তারা নিজেরাই বলে।"


def test_articles_of_others_and_contradictions_do_not_load() -> None:
    assert replay().rulings() == {
        GV.format(900001): ("allow", "allowed", "CC-BY-3.0"),
        GV.format(900002): ("quarantine", "unknown_id", None),
        GV.format(900003): ("deny", "nc", "CC-BY-NC-ND-4.0"),
        BN.format(88001): ("allow", "allowed", "CC-BY-3.0"),
    }


def test_every_language_is_asked_for_back_to_the_day_before() -> None:
    found = replay()
    found.records()
    hosts = {urlsplit(address).hostname for address in found.asked}
    assert hosts == {urlsplit(address).hostname for address in found.source.feed.feeds}
    assert len(hosts) == 11
    assert "https://globalvoices.org/feed/?paged=2" in found.asked
