"""The AI-training agents, kept as data with date and source in ``agents.yaml`` beside this file."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import Annotated
from urllib.parse import unquote

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from rightful.errors import ConfigurationError
from rightful.licensing.strict_yaml import complaints, read_mapping

OWN_AGENT = "rightful"
"""Our product token (RFC 9309, 2.2.1), as it stands in the User-Agent, in lower case."""

_EVERYBODY = (["all"], ["any"])
_URL = re.compile(r"https?://\S*")
_WORD = re.compile(r"[a-z0-9]+")
_STAR = re.compile(r"(?<![^\s,;|])[^a-z0-9\s,;|]*\*[^a-z0-9\s,;|]*(?![^\s,;|])")
"""A ``*`` with nothing but marks around it: ``Googlebot*`` is not everybody."""

_FILE = Path(__file__).with_name("agents.yaml")


class AgentList(BaseModel):
    """What ``agents.yaml`` holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    source: str = Field(pattern=r"^https://")
    date: date
    agents: tuple[Annotated[str, StringConstraints(pattern=r"^\S.*\S$")], ...] = Field(min_length=1)


@cache
def agent_list(path: Path = _FILE) -> AgentList:
    """The list, read once. Raises :class:`ConfigurationError` when the file is not as it should be."""
    values, _ = read_mapping(path)
    try:
        return AgentList.model_validate(values)
    except ValidationError as error:
        raise ConfigurationError(f"{path}: {complaints(error)}", remedy="correct the list of agents") from error


@cache
def training_agents() -> frozenset[str]:
    """Product tokens of AI-training agents in lower case."""
    return frozenset(name.lower() for name in agent_list().agents)


def is_training_agent(token: str) -> bool:
    """Whether ``token`` (any case, without version) is the name of an AI-training agent."""
    return token.strip().lower() in training_agents()


@lru_cache(maxsize=1_024)
def meant_by(value: str) -> frozenset[str]:
    """Whom of us, the AI-training agents and everybody (``*``) the value of a ``User-agent`` line evidently means.

    It is read as a person reads it: ``Mozilla/5.0 (compatible; GPTBot/1.1)``, ``"*"``, ``CCBot, GPTBot``. What stands
    there by the standard (RFC 9309, 2.2.1) may be among the answers.
    """
    text = unicodedata.normalize("NFKC", unquote(value)).lower()
    # The address behind a name is the operator's, and names no further agent.
    text = _URL.sub(" ", "".join(letter for letter in text if unicodedata.category(letter) != "Cf"))
    words = _WORD.findall(text)
    spelt, together = f" {' '.join(words)} ", "".join(_WORD.findall(text.partition("/")[0]))
    found = {name for name, its in _known().items() if f" {its} " in spelt or its.replace(" ", "") == together}
    if words in _EVERYBODY or _STAR.search(text):
        found.add("*")
    return frozenset(found)


@cache
def _known() -> dict[str, str]:
    """The words of each name that is listened to."""
    return {name: " ".join(_WORD.findall(name)) for name in (OWN_AGENT, *sorted(training_agents()))}
