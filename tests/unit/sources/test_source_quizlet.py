"""Source `quizlet`: denied while nobody signed. No network is used."""

from __future__ import annotations

from tests.unit.sources.replay import first_page, requests_of, rulings, source_of

from rightful.model import Record


def test_it_is_switched_off_with_a_reason() -> None:
    source = source_of("quizlet")
    assert not source.enabled
    assert "contract" in (source.refusal or "")


def test_each_term_stands_beside_its_definition() -> None:
    (study_set,) = first_page("quizlet").records
    assert isinstance(study_set, Record)
    assert (study_set.native_id, study_set.version, study_set.creators) == ("415", "1767225800", ("teacher1",))
    assert (study_set.body or "").split() == ["Tides", "ebb", "going", "out", "上げ潮", "flood"]


def test_without_a_signed_contract_everything_is_denied() -> None:
    assert rulings("quizlet") == [("415", "deny", "expired", "LicenseRef-contract-quizlet-sets")]


def test_a_users_sets_are_asked_for() -> None:
    (request,) = requests_of("quizlet")
    (user,) = source_of("quizlet").shard.over["user"]
    assert request.url.path == f"/2.0/users/{user}/sets"
