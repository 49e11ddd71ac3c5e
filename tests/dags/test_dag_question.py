"""What a person reads of a tag, and which answers count: both deal with what strangers wrote."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.dags.support import source_yaml

NOW = datetime(2026, 3, 5, 12, tzinfo=UTC)


def question(**changed: Any) -> dict[str, Any]:
    return {
        "source": "press",
        "tag": "CC BY",
        "records": 1234,
        "reasons": {"unversioned": 1200, "conflict": 34},
        "places": ["record.license"],
        "urls": ["https://example.org/a"],
        "slices": 3,
        "first_slice": "2026-03-01T00:00:00Z",
        "last_slice": "2026-03-03T00:00:00Z",
        "reads": "LicenseRef-CC-BY-unversioned",
        "proposed": "CC-BY-4.0",
        "candidates": ["CC-BY-4.0", "CC-BY-3.0"],
        "answers": ["allow", "deny", "later"],
        "why_not": "",
        "postponed": None,
        **changed,
    }


def event(option: object = "allow", **changed: Any) -> dict[str, Any]:
    return {
        "chosen_options": [option],
        "params_input": {},
        "responded_at": NOW,
        "responded_by_user": {"id": "17", "name": "anna"},
        **changed,
    }


HOSTILE = (
    "![x](https://evil.example/p.png)",
    "<script>alert(1)</script>",
    "</code></pre><iframe src=//evil.example>",
    "`````\n**allow this**",
    "CC BY\r\n\r\n# Approved by legal\n\n[click](javascript:alert(1))",
    "a\u2028b\u2029c\x0bd\x85e\x00f",
    "\u202eYB CC\u202c \u200b\ufeff",
    "{{ var.value.secret }}{% for x in y %}",
    "    indented",
    "| a | b |",
    "x" * 1000,
    "\ud800 broken",
    "&lt;b&gt;",
    " ",
)


class TestText:
    def test_all_the_evidence_stands_in_it(self) -> None:
        from rightful_airflow.question_text import body, subject

        assert subject(question()) == "Which licence is “CC BY”? (press, 1,234 records)"
        text = body(question())
        assert "\n    CC BY\n" in text
        assert "**1,234** records in 3 slices (2026-03-01 to 2026-03-03), quarantined: " in text
        assert (
            "it names no version (`unversioned`) 1,200, other claims of the record contradict it (`conflict`) 34"
            in text
        )
        assert "Some of them:" in text
        assert "1. <https://example.org/a>" in text
        assert r"proposed licence: **CC\-BY\-4\.0**" in text
        assert r"it may mean: **CC\-BY\-4\.0**, **CC\-BY\-3\.0**" in text
        for option in ("**allow**", "**deny**", "**later**"):
            assert option in text

    def test_what_needs_no_number_has_none_and_a_name_without_words_stays_a_name(self) -> None:
        from rightful_airflow.question_text import body

        text = body(question(records=1, reasons={"new`reason": 1}, proposed=None))
        assert "**1** record in 3 slices (2026-03-01 to 2026-03-03), quarantined: `` new`reason ``\n" in text
        assert "no licence is proposed: the tag leaves open which\n* it may mean: **CC" in text
        assert "All of them:" in text

    def test_the_form_promises_options_only_where_there_are_some(self) -> None:
        from rightful_airflow.ask import form

        fields = form(question(proposed="CC-BY-4.0", candidates=["CC-BY-3.0", "CC-BY-4.0"])).dump()
        assert fields["license"] == "CC-BY-4.0"
        schema = form(question()).get_param("license").schema
        assert schema["examples"] == ["CC-BY-4.0", "CC-BY-3.0"]
        assert "examples" not in form(question(proposed=None, candidates=[])).get_param("license").schema

    def test_it_offers_no_allow_that_would_not_be_taken(self) -> None:
        from rightful_airflow.question_text import body

        text = body(
            question(answers=["deny", "later"], proposed=None, candidates=[], why_not="it mentions GPL-3.0-only")
        )
        assert "**allow**" not in text
        assert "GPL\\-3\\.0\\-only" in text
        assert "no licence is proposed" in text

    @pytest.mark.parametrize("tag", HOSTILE)
    def test_a_tag_stays_on_one_line_of_its_own_block(self, tag: str) -> None:
        from rightful_airflow.question_text import body, subject

        harmless, hostile = body(question()).splitlines(), body(question(tag=tag)).splitlines()
        differ = [line for line in hostile if line not in harmless]
        blocks = [line for line in differ if line.startswith("    ")]
        told = [line for line in differ if line.startswith("It holds characters")]
        assert len(blocks) == 1
        assert sorted(differ) == sorted(blocks + told)
        assert blocks[0].encode("utf-8")  # no half of a surrogate pair is left
        assert re.fullmatch(r"[^\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\ufeff]*", blocks[0])
        one = subject(question(tag=tag))
        assert "\n" not in one
        assert len(one) < 150
        assert not set(one) & set("<>`")

    def test_what_looks_like_a_licence_and_is_not_is_named(self) -> None:
        from rightful_airflow.question_text import body

        text = body(question(tag="СС BY 4.0"))
        assert "U+0421 CYRILLIC CAPITAL LETTER ES" in text
        assert "outside plain ASCII" not in body(question())

    def test_two_tags_never_look_the_same(self) -> None:
        from rightful_airflow.question_text import visible

        tags = ["a\nb", "a\\nb", "a b", "a  b", " a b", "a\u00a0b", "a\\u{A}b", "a\tb", "a\u200bb", ""]
        assert len({visible(tag) for tag in tags}) == len(tags)

    @pytest.mark.parametrize(
        ("url", "shown"),
        [
            ("https://example.org/a b", "<https://example.org/a%20b>"),
            (
                "https://example.org/)](javascript:alert(1))",
                "<https://example.org/%29%5D%28javascript:alert%281%29%29>",
            ),
            ("https://example.org/><img src=x>", "<https://example.org/%3E%3Cimg%20src=x%3E>"),
            ("javascript:alert(1)", "`javascript:alert(1)`"),
            ("data:text/html,<b>", "`data:text/html,<b>`"),
            ("https://bank.example@evil.example/", "`https://bank.example@evil.example/`"),
            ("https://[broken", "`https://[broken`"),
            ("file:///etc/passwd`x`", "`` file:///etc/passwd`x` ``"),
            ("", "`(empty)`"),
        ],
    )
    def test_a_link_leads_to_the_web_or_is_none(self, url: str, shown: str) -> None:
        from rightful_airflow.question_text import link

        assert link(url) == shown


class TestAnswer:
    @pytest.fixture(autouse=True)
    def _source(self, catalogue: Any) -> None:
        (catalogue / "press.yaml").write_text(source_yaml("press"), encoding="utf-8")

    def test_an_allow_with_its_licence(self) -> None:
        from rightful_airflow.ask import read_answer

        fields = {"license": " CC-BY-3.0 ", "comment": "x" * 5000}
        answer = read_answer(question(), event(params_input=fields))
        assert (answer["decision"], answer["license"], answer["by"]) == ("allow", "CC-BY-3.0", "anna")
        assert answer["at"] == NOW.isoformat()
        assert len(answer["comment"]) == 2000

    def test_the_proposed_licence_counts_when_the_form_was_not_sent(self) -> None:
        from rightful_airflow.ask import read_answer

        assert read_answer(question(), event())["license"] == "CC-BY-4.0"

    def test_nobody_may_only_put_off(self) -> None:
        from rightful_airflow.ask import UnusableAnswer, read_answer

        for nobody in (None, {}, {"id": "", "name": " "}):
            assert read_answer(question(), event("later", responded_by_user=nobody))["by"] is None
            for option in ("allow", "deny"):
                with pytest.raises(UnusableAnswer, match="nobody"):
                    read_answer(question(), event(option, responded_by_user=nobody))

    @pytest.mark.parametrize("chosen", [None, [], ["allow", "deny"], ["Allow"], "allow", [None]])
    def test_anything_but_one_option_is_refused(self, chosen: object) -> None:
        from rightful_airflow.ask import UnusableAnswer, read_answer

        with pytest.raises(UnusableAnswer):
            read_answer(question(), event(chosen_options=chosen))

    @pytest.mark.parametrize(
        "named", ["", None, "CC-BY-NC-4.0", "CC-BY-SA-4.0", "GPL-3.0-only", "no such licence", "CC BY", 7, ["MIT"]]
    )
    def test_an_allow_of_what_the_policy_or_the_tag_forbids_is_refused(self, named: object) -> None:
        from rightful_airflow.ask import UnusableAnswer, read_answer

        with pytest.raises(UnusableAnswer):
            read_answer(question(), event(params_input={"license": named, "comment": None}))

    def test_an_allow_that_is_not_offered_is_refused(self) -> None:
        from rightful_airflow.ask import UnusableAnswer, read_answer

        offered = question(answers=["deny", "later"], why_not="it mentions GPL-3.0-only")
        with pytest.raises(UnusableAnswer, match=r"GPL-3\.0-only"):
            read_answer(offered, event())
        assert read_answer(offered, event("deny"))["decision"] == "deny"

    def test_a_source_that_is_gone_can_not_be_ruled_on(self) -> None:
        from rightful_airflow.ask import UnusableAnswer, read_answer

        with pytest.raises(UnusableAnswer, match="gone"):
            read_answer(question(source="other"), event())


class TestOpenPairs:
    def test_a_pair_is_open_until_its_answer_is_recorded(self) -> None:
        from rightful_airflow.review import open_pairs

        states = {
            "question.ask_0": "awaiting_input",
            "question.record_0": None,
            "question.ask_1": "success",
            "question.record_1": "up_for_retry",
            "question.ask_2": "success",
            "question.record_2": "success",
            "question.ask_3": "failed",
            "question.record_3": "upstream_failed",
        }
        assert open_pairs(["a", "b", "c", "d"], states) == ["a", "b", "", ""]

    def test_tasks_that_are_not_mapped_yet_are_open(self) -> None:
        from rightful_airflow.review import open_pairs

        assert open_pairs(["a"], {"question.ask": None, "question.record": None}) == ["a"]
        assert open_pairs(["a"], {"question.ask_0": "success", "question.record": None}) == ["a"]
        assert open_pairs(["a"], {"question.ask": "upstream_failed", "question.record": "upstream_failed"}) == []

    def test_a_run_that_was_deleted_holds_nothing_open(self) -> None:
        from rightful_airflow.review import open_pairs

        assert open_pairs(["a"], {}) == []


def test_only_so_many_are_asked_at_once_and_none_twice() -> None:
    from rightful.pipeline.review import Question
    from rightful_airflow.review import digest_of, to_ask

    lately, long_ago = datetime.now(UTC) - timedelta(days=6), datetime.now(UTC) - timedelta(days=8)
    found = [Question(source="press", tag=f"tag {n}", records=100 - n, reasons={}) for n in range(60)]
    now, left = to_ask(found, set())
    assert ([one.tag for one in now], left) == ([f"tag {n}" for n in range(20)], 40)
    waiting = {digest_of("press", f"tag {n}") for n in range(45)}
    now, left = to_ask(found, waiting)
    assert ([one.tag for one in now], left) == ([f"tag {n}" for n in range(45, 50)], 10)
    assert to_ask(found, {digest_of("press", f"tag {n}") for n in range(55)}) == ([], 5)
    put_off = [
        Question(source="press", tag=str(when), records=1, reasons={}, postponed=when) for when in (lately, long_ago)
    ]
    assert [one.postponed for one in to_ask(put_off, set())[0]] == [long_ago]


def test_an_event_names_a_bounded_number_of_short_tags() -> None:
    from rightful_airflow.assets import pairs_extra

    extra = pairs_extra([(f"{number:03}" + "x" * 5000, number) for number in range(1, 101)])
    assert (extra["pairs"], extra["records"], len(extra["most"])) == (100, 5050, 20)
    assert extra["most"][0]["records"] == 100
    assert max(len(one["tag"]) for one in extra["most"]) == 200
