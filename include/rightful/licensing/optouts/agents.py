"""The AI-training agents, kept as data with date and source in ``agents.yaml`` beside this file."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from rightful.errors import ConfigurationError
from rightful.licensing.strict_yaml import complaints, read_mapping

OWN_AGENT = "rightful"
"""Our product token (RFC 9309, 2.2.1), as it stands in the User-Agent, in lower case."""

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
