"""Asks a person about one licence tag, in Airflow's Required Actions, and checks what comes back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Context, Param
from airflow.sdk.definitions.param import ParamsDict

from rightful.errors import ConfigurationError
from rightful.settings import get_settings
from rightful_airflow import question_text
from rightful_airflow.catalogue import read_source
from rightful_airflow.plain import JSONObject

ALLOW: Final = "allow"
DENY: Final = "deny"
LATER: Final = "later"
OPTIONS = (ALLOW, DENY, LATER)

LICENSE, COMMENT = "license", "comment"
"""Fields of the form."""

LONGEST_COMMENT = 2_000

PATIENCE = timedelta(days=7)
"""How long an open question waits for a person; then it is as if somebody had said `later`."""


class UnusableAnswer(ConfigurationError):
    """A person's answer can't be taken; the pair is asked about again, and told why."""


class AskLicense(HITLOperator):
    """One question. Holds no worker and no pool slot while it waits.

    Its value is ``{"decision", "license", "comment", "by", "at"}``, where ``by`` is None when nobody answered in time,
    which is always ``later``; or ``{"problem"}`` when somebody gave an answer that can't be taken.
    """

    # Not `subject` and `body`: what strangers wrote must never be rendered as a template.
    template_fields = ("question",)

    def __init__(self, *, question: JSONObject, response_timeout: timedelta | None = None, **kwargs: Any) -> None:
        super().__init__(
            subject="What does this licence tag allow?",
            options=list(OPTIONS),
            defaults=LATER,
            response_timeout=response_timeout or PATIENCE,
            **kwargs,
        )
        self.question = question

    def execute(self, context: Context) -> Any:
        """Put the question up; Airflow then parks the task."""
        self.subject = question_text.subject(self.question)
        self.body = question_text.body(self.question)
        self.params = form(self.question)
        return super().execute(context)

    def execute_complete(self, context: Context, event: dict[str, Any]) -> JSONObject:
        """Take the answer, or say why it can't be taken. (Airflow never changes the text of a question that was put up,
        so the reason is told by a new one.)"""
        if "error" in event:
            self.process_trigger_event_error(event)
        try:
            return read_answer(self.question, event)
        except UnusableAnswer as error:
            self.log.warning("the answer can't be taken: %s", error)
            return {"problem": str(error)}


def form(question: Mapping[str, Any]) -> ParamsDict:
    """The fields beside the buttons."""
    suggested = [one for one in (question["proposed"], *question["candidates"]) if one]
    fields = {
        LICENSE: Param(
            question["proposed"],
            type=["null", "string"],
            maxLength=300,
            title="License",
            description="Needed to allow: the SPDX id or expression that this tag counts as, such as CC-BY-4.0.",
            source="task",
            # Even an empty list of them has the form promise options.
            **({"examples": list(dict.fromkeys(suggested))} if suggested else {}),
        ),
        COMMENT: Param(
            None,
            type=["null", "string"],
            maxLength=LONGEST_COMMENT,
            title="Comment",
            description="Why; kept with the answer.",
            source="task",
        ),
    }
    return ParamsDict(fields)


def read_answer(question: Mapping[str, Any], event: Mapping[str, Any]) -> JSONObject:
    """The answer in an event of Airflow.

    Raises :class:`UnusableAnswer` on anything but one of the three options, an answer of nobody that is more than
    `later`, an answer that this question does not offer, and an `allow` without a licence that the policy allows.
    """
    chosen, fields = event.get("chosen_options"), event.get("params_input") or {}
    if not isinstance(chosen, list) or len(chosen) != 1 or chosen[0] not in OPTIONS:
        raise UnusableAnswer(f"{chosen!r} is none of {', '.join(OPTIONS)}")
    user = event.get("responded_by_user") or {}
    by = str(user.get("name") or user.get("id") or "").strip() or None
    decision, said = chosen[0], event.get("responded_at")
    if by is None and decision != LATER:
        raise UnusableAnswer(f"nobody stands behind this {decision}")
    if decision != LATER and decision not in question["answers"]:
        raise UnusableAnswer(f"this tag can’t be ruled {decision}: {question['why_not'] or 'it would change nothing'}")
    return {
        "decision": decision,
        "license": _license(question, fields, by) if decision == ALLOW and by else None,
        "comment": _text(fields.get(COMMENT))[:LONGEST_COMMENT] if by else "",
        "by": by,
        "at": said.isoformat() if hasattr(said, "isoformat") else said,
    }


def _license(question: Mapping[str, Any], fields: Mapping[str, Any], by: str) -> str:
    """The licence named, canonically spelled, which the policy allows this tag to count as."""
    from rightful.pipeline.review import check_review

    named = _text(fields[LICENSE]) if LICENSE in fields else question["proposed"] or ""
    if not named:
        raise UnusableAnswer("`allow` needs a licence: write its SPDX id into the field *License*")
    source = read_source(question["source"])
    if source is None:
        raise UnusableAnswer(f"source {question['source']} is gone from the catalogue, or its file is broken")
    try:
        return check_review(get_settings(), source, question["tag"], ALLOW, by=by, expression=named) or ""
    except ConfigurationError as error:
        raise UnusableAnswer(str(error)) from error


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


__all__ = ["ALLOW", "COMMENT", "DENY", "LATER", "LICENSE", "OPTIONS", "AskLicense", "UnusableAnswer", "read_answer"]
