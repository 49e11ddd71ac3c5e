"""The tasks of ``review_licenses``: collect what is open, ask (see ``ask.py``), record what a person said."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Generator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import msgspec
from airflow.sdk import Metadata, get_current_context
from airflow.sdk.exceptions import AirflowFailException, AirflowSkipException

from rightful.catalogue.models import Source
from rightful.errors import ConfigurationError
from rightful.settings import get_settings
from rightful_airflow.ask import LATER
from rightful_airflow.assets import ANSWERS, APPLYING, ASKING, QUESTIONS
from rightful_airflow.catalogue import read_catalogue, read_source
from rightful_airflow.plain import JSONObject, to_json
from rightful_airflow.question_text import short
from rightful_airflow.steps import QUIET, explained, put_off

if TYPE_CHECKING:
    from rightful.pipeline.review import Question

log = logging.getLogger(__name__)

ASKED_AT_ONCE = 20
"""Questions of one run; the rest is asked when these are answered."""

OPEN_AT_MOST = 50
"""Open questions of all runs: nobody reads more, and each may keep a run open."""

OPEN = "open"
"""Key of the asset's state: run id → digest of the pair of each map index, for runs whose questions may be open."""

GROUP = "question"
ASK, RECORD = f"{GROUP}.ask", f"{GROUP}.record"

ENDED = frozenset({"success", "failed", "skipped", "upstream_failed", "removed"})
"""States of a task that nothing follows by itself."""

ASK_TEMPLATE, RECORD_TEMPLATE = "{{ task.question['label'] }}", "{{ task.op_kwargs['question']['label'] }}"
"""A question is shown by its source and tag in the grid, not by a number."""

DOC_MD = """\
# People rule on licence tags

Records whose licence tag the gate can't settle are quarantined. Here a person says, once for all records of a source
that bear the tag, what it allows. Open questions stand in the menu under *Browse → Required Actions*, and at the runs.

* **allow**: the tag counts as the licence named in the form. `apply_reviews` then rules on the slices concerned
  again, from the raw store, and publishes them. A person can't allow what the policy forbids (NC, ND, a deny rule, an
  opt-out).
* **deny**: records with the tag don't load; those that loaded with it leave.
* **later**: asked again after 7 days. A question that nobody answers for 7 days ends as `later`; it is asked anew.

Each answer is a row of `ledger.reviews`, with who gave it and when. Whoever may edit this DAG may answer.

Started when a slice is published that holds something new to ask; run it by hand to look through all sources.
At most 20 questions a run and 50 open ones in all, those with most records first; the rest follows.
"""


def collect() -> list[JSONObject]:
    """The questions to ask now: of the sources that started this run (of all, if a person did), without those that are
    open already, put off, or beyond the caps."""
    from rightful.pipeline.review import open_questions

    context = get_current_context()
    store = context["asset_state_store"][QUESTIONS]
    opened = still_open(context, store.get(OPEN))
    waiting = {digest for digests in opened.values() for digest in digests if digest}
    with explained():
        found = open_questions(get_settings(), sources_of(context))
    now, left = to_ask(found, waiting)
    asked = [_named(question, store) for question in now]
    log.info(
        "%d pairs without an answer: %d of all are asked already, %d asked now, %d left for later",
        len(found),
        len(waiting),
        len(asked),
        left,
    )
    if asked:
        opened[context["run_id"]] = [digest_of(question["source"], question["tag"]) for question in asked]
    store.set(OPEN, opened)
    return asked


def to_ask(found: list[Question], waiting: set[str]) -> tuple[list[Question], int]:
    """The first questions that are neither open (``waiting`` holds their digests) nor put off, as many as the caps
    allow; and how many are left."""
    new = [one for one in found if digest_of(one.source, one.tag) not in waiting and not put_off(one.postponed)]
    room = max(min(ASKED_AT_ONCE, OPEN_AT_MOST - len(waiting)), 0)
    return new[:room], len(new[room:])


def _named(question: Question, store: Any) -> JSONObject:
    """A question with its name in the grid, and what was wrong with the last answer."""
    key = complaint_key(question.source, question.tag)
    complaint = store.get(key)
    if complaint is not None:
        store.delete(key)
    return {**to_json(question), "label": f"{question.source}: {short(question.tag)}", "complaint": complaint}


def sources_of(context: Mapping[str, Any]) -> list[Source]:
    """Those named by the events that started the run; all of the catalogue when there is none, or one names none."""
    events = [event for found in (context.get("triggering_asset_events") or {}).values() for event in found]
    named = {name for event in events for name in event.extra.get("sources") or ()}
    if not events or not all(event.extra.get("sources") for event in events):
        return list(read_catalogue().sources.values())
    return [source for name in sorted(named) if (source := read_source(str(name))) is not None]


def still_open(context: Mapping[str, Any], stored: object) -> dict[str, list[str]]:
    """Of the runs that asked something, the pairs that wait for a person, or for being recorded.

    The tasks' own states are what counts: a run that was deleted, failed or marked holds nothing open.
    """
    before = stored if isinstance(stored, dict) else {}
    before = {run: pairs for run, pairs in before.items() if isinstance(pairs, list) and run != context["run_id"]}
    if not before:
        return {}
    states = context["ti"].get_task_states(dag_id=context["dag"].dag_id, task_ids=[ASK, RECORD], run_ids=sorted(before))
    found = {run: open_pairs(pairs, states.get(run) or {}) for run, pairs in before.items()}
    return {run: pairs for run, pairs in found.items() if pairs}


def open_pairs(pairs: list[str], states: Mapping[str, str | None]) -> list[str]:
    """Pairs of one run whose question, or the recording of its answer, has not ended; "" stands for one that has.

    Positions stay, because they are map indexes. A run without task instances is gone.
    """
    if not states:
        return []
    whole = {name: states[name] for name in (ASK, RECORD) if name in states}  # not mapped yet

    def ended(position: int) -> bool:
        own = [states.get(f"{name}_{position}", whole.get(name)) for name in (ASK, RECORD)]
        return all(state in ENDED for state in own)

    found = ["" if not pair or ended(position) else pair for position, pair in enumerate(pairs)]
    return found if any(found) else []


def record(question: JSONObject, answer: JSONObject | None) -> Generator[Metadata, None, JSONObject]:
    """Write the answer to ``ledger.reviews``, with who gave it and when. Skipped when nobody answered.

    An answer that can't be taken is not recorded: the pair is asked about again at once, and told why.
    """
    from rightful.pipeline.review import Question, record_review

    context = get_current_context()
    if answer and "problem" in answer:
        key = complaint_key(question["source"], question["tag"])
        context["asset_state_store"][QUESTIONS].set(key, answer["problem"])
        yield Metadata(QUESTIONS, {"sources": [question["source"]]}, alias=ASKING)
        return answer
    if not answer or answer["by"] is None:
        raise AirflowSkipException("nobody answered: the tag stays in quarantine and is asked about again")
    with explained():
        source = read_source(question["source"])
        if source is None:
            raise ConfigurationError(
                "the source is gone from the catalogue", source=question["source"], remedy="nothing is left to rule on"
            )
        review = record_review(
            get_settings(),
            source,
            question["tag"],
            answer["decision"],
            by=answer["by"],
            at=datetime.fromisoformat(answer["at"]),
            expression=answer["license"],
            comment=answer["comment"],
            question=msgspec.convert(question, Question),
            review_id=review_id(question, answer),
            run_id=context["run_id"],
        )
    log.info("%s by %s: %s, %s", review.decision, review.reviewed_by, review.source, short(review.tag))
    if review.decision == LATER:
        raise AirflowSkipException(f"{review.reviewed_by} said later: asked again after {QUIET.days} days")
    yield Metadata(
        ANSWERS,
        {
            "sources": [review.source],
            "tag": review.tag,
            "review": review.id,
            "decision": review.decision,
            "expression": review.expression,
            "reviewed_by": review.reviewed_by,
        },
        alias=APPLYING,
    )
    return to_json(review)


def more(asked: list[JSONObject] | None) -> Generator[Metadata, None, None]:
    """When all questions of a run have ended, have another run look at all sources for what is left.

    A run that asked nothing ends the chain, so it can't go on for ever by itself.
    """
    if not asked:
        raise AirflowSkipException("nothing was asked")
    yield Metadata(QUESTIONS, {"sources": []}, alias=ASKING)


def not_recorded() -> None:
    """Fail the run when a task failed that other tasks follow: else it would look well."""
    raise AirflowFailException("an answer was not recorded, or the questions not collected: see the failed task")


def review_id(question: Mapping[str, Any], answer: Mapping[str, Any]) -> str:
    """Names an answer: the same for every try at recording it, another one for every other answer."""
    moment = datetime.fromisoformat(answer["at"]).astimezone(UTC)
    return f"{moment:%Y%m%dT%H%M%S}-{digest_of(question['source'], question['tag'])}"


def complaint_key(source: str, tag: str) -> str:
    """Key of the asset's state: why the last answer on a pair was not taken."""
    return f"complaint.{digest_of(source, tag)}"


def digest_of(source: str, tag: str) -> str:
    """Names a pair in few characters."""
    return hashlib.sha256(f"{source}\0{tag}".encode("utf-8", "surrogatepass")).hexdigest()[:16]


__all__ = [
    "ASKED_AT_ONCE",
    "ASK_TEMPLATE",
    "DOC_MD",
    "OPEN_AT_MOST",
    "RECORD_TEMPLATE",
    "collect",
    "more",
    "not_recorded",
    "record",
]
