"""Source ``ubuntu_irc``: a day of a channel. No network is used."""

from __future__ import annotations

from pathlib import Path

from tests.unit.sources.dump_replay import Site

from rightful.model import Record

SLICE = ("2026-03-02", "2026-03-03")
LOG = "[00:01] <änne> Guten Morgen\n[00:02] <bob> 早上好\n=== bob is now known as bob_away\n"


def test_a_day_of_a_channel_is_a_document(tmp_path: Path) -> None:
    site = Site("ubuntu_irc", tmp_path)
    site.put("2026/03/02/#ubuntu-de.txt", LOG.encode())
    site.put("2026/03/02/#ubuntu-fr.txt", "[00:01] <é> à bientôt\n".encode("latin-1"))
    site.put("2026/03/03/#ubuntu.txt", b"[00:00] <x> tomorrow\n")
    first, second = site.records(*SLICE)
    assert isinstance(first, Record)
    assert isinstance(second, Record)
    assert (first.native_id, first.body) == ("2026/03/02/#ubuntu-de.txt", LOG)
    assert first.url == "https://irclogs.ubuntu.com/2026/03/02/%23ubuntu-de.txt"
    assert str(first.published) == "2026-03-02 00:00:00+00:00"
    assert second.body == "[00:01] <é> à bientôt\n"
    # Channels in which nobody spoke have no file that day.
    assert sum(page.passed_over.get("no_file", 0) for page in site.pages(*SLICE)) == 4
    assert {ruling[1:] for ruling in site.rulings(*SLICE)} == {("allow", "allowed", "CC-PDDC")}
