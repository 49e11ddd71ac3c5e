"""robots.txt as the Robots Exclusion Protocol reads it (RFC 9309), with the lines on training that others have added.

The paths are matched by ``protego``; which group speaks to whom, and ``Content-Signal``, ``Content-Usage`` (AIPREF
drafts) and ``License`` (RSL) are read here, since no parser knows them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cached_property, lru_cache
from typing import NamedTuple

from protego import Protego

from rightful.licensing.optouts.agents import OWN_AGENT, agent_list, meant_by
from rightful.licensing.optouts.names import (
    ALLOW,
    CONTENT_SIGNAL,
    CONTENT_USAGE,
    DISALLOW,
    NOT_CHECKED,
    ROBOTS,
    ROBOTS_FILE,
    ROBOTS_TRAINING,
    RSL,
    RSL_DECLARED,
    UNREACHABLE,
    Fetched,
    observed,
)
from rightful.licensing.optouts.preferences import signals_in, usages_in
from rightful.model import OptOut

MOST_BYTES = 500 * 1024
"""What is read of a robots.txt (RFC 9309, 2.5: at least 500 KiB); a longer one is cut at its last whole line."""

STOPS = frozenset({401, 402, 403})
"""Statuses by which a site says that it does not want us. For robots.txt RFC 9309 would read them as «no rules»; we do
not take a closed door for an open one."""

_EVERYBODY = "*"
_SHOWN = 4
_MOST_PATHS = 256
_FIELDS = {
    "user-agent": "user-agent", "useragent": "user-agent", "user agent": "user-agent",
    "allow": ALLOW,
    "disallow": DISALLOW, "dissallow": DISALLOW, "dissalow": DISALLOW, "disalow": DISALLOW, "diasllow": DISALLOW,
    "disallaw": DISALLOW,
    CONTENT_SIGNAL: CONTENT_SIGNAL, "content-signals": CONTENT_SIGNAL,
    CONTENT_USAGE: CONTENT_USAGE,
    "license": "license", "licence": "license",
}  # fmt: skip
"""Fields that matter, with the spellings that crawlers have learnt to forgive."""
_WITHOUT_COLON = re.compile(r"(user[- ]?agent|allow|disallow)\s+(\S.*)", re.IGNORECASE)
_BLANKS = re.compile(r"(?:\s|%C2%A0)+")
"""What stands between a path and its preferences: a no-break space, too, which looks like one."""
_AUTHORITY = re.compile(r"https?://[^/?#]*", re.IGNORECASE)


class _Line(NamedTuple):
    field: str
    value: str


class _Group(NamedTuple):
    """``agents`` are its names by the standard; ``meant`` those that a line which is no name evidently means."""

    agents: frozenset[str]
    lines: tuple[_Line, ...]
    meant: frozenset[str] = frozenset()


class Robots:
    """One robots.txt, read. Whatever the bytes are, reading them raises nothing.

    Args:
        body: The file as received, decompressed. UTF-8 (with or without BOM) and UTF-16 are understood; other bytes
            outside ASCII are taken as the octets of a path. Lines end with LF, CR or both.
    """

    def __init__(self, body: bytes) -> None:
        self.cut = len(body) > MOST_BYTES
        self._groups = tuple(_groups(_lines(_text(body))))
        self._rules: dict[str, tuple[Protego | None, ...]] = {}

    def named(self, agent: str) -> bool:
        """Whether a group names ``agent`` (a product token, any case), or evidently means it."""
        return any(agent.lower() in group.agents | group.meant for group in self._groups)

    def allows(self, url: str, agent: str = OWN_AGENT) -> bool:
        """Whether ``agent`` may fetch ``url``: by all groups that name it, else by those for everybody.

        Groups that do not name, but evidently mean it or everybody (``"*"``, a whole User-Agent) can only close more.
        """
        token = agent.lower()
        if token not in self._rules:
            self._rules[token] = tuple(
                _protego(line for group in groups for line in group.lines) for groups in self._for(token)
            )
        return all(_lets_in(rules, url) for rules in self._rules[token])

    def preferences(self, url: str) -> Iterator[OptOut]:
        """What ``Content-Signal`` and ``Content-Usage`` lines say to us, to everybody or to AI-training agents."""
        looked_at = 0
        for group in self._groups_heard:
            for line in group.lines:
                read = {CONTENT_SIGNAL: signals_in, CONTENT_USAGE: usages_in}.get(line.field)
                if read is None:
                    continue
                # `Content-Usage: /pictures/ train-ai=n` is about a part of the site.
                path, preferences = _path_and_rest(line.value) if line.value[:1] == "/" else ("", line.value)
                looked_at += 1
                # Beyond some hundred lines nobody is sorting his site any more: they count wherever they stand.
                if not path or looked_at > _MOST_PATHS or path_matches(path, url):
                    for value in read(preferences):
                        yield observed(line.field, value, f"{ROBOTS_FILE} {_names(group.agents)}")

    @cached_property
    def licenses(self) -> tuple[str, ...]:
        """Addresses of RSL terms, wherever in the file they stand."""
        found = (line.value for group in self._groups for line in group.lines if line.field == "license")
        return tuple(dict.fromkeys(value for value in found if value))

    @cached_property
    def training_agents(self) -> tuple[str, ...]:
        """AI-training agents that the file names, in the order of our list."""
        return tuple(name for name in agent_list().agents if self.named(name))

    @cached_property
    def _groups_heard(self) -> tuple[_Group, ...]:
        heard = {OWN_AGENT, _EVERYBODY, *(name.lower() for name in self.training_agents)}
        return tuple(group for group in self._groups if not group.agents or (group.agents | group.meant) & heard)

    def _for(self, token: str) -> Iterator[list[_Group]]:
        """Sets of groups that each must let ``token`` in."""
        own = [group for group in self._groups if token in group.agents]
        yield own or [group for group in self._groups if _EVERYBODY in group.agents]
        yield [group for group in self._groups if token in group.meant]
        if not own:
            yield [group for group in self._groups if _EVERYBODY in group.meant]


def robots_observations(fetched: Fetched | None, url: str, robots: Robots | None = None) -> tuple[OptOut, ...]:
    """What the robots.txt of ``url``'s origin says of it, to us and to AI-training agents.

    ``fetched`` is None when nobody asked for the file. ``robots`` is the body already read, for those who ask often.
    """
    if fetched is None:
        return (observed(ROBOTS, NOT_CHECKED, ROBOTS_FILE),)
    status, seen = fetched.status, fetched.seen
    place = f"{ROBOTS_FILE} (status {status})"
    if status is None or status >= 500 or status == 429:
        # RFC 9309, 2.3.1.4: what can't be reached disallows everything.
        return (observed(ROBOTS, UNREACHABLE, ROBOTS_FILE if status is None else place, seen),)
    if status in STOPS:
        return (observed(ROBOTS, f"refused with status {status}", place, seen),)
    if 300 <= status < 400 and status != 304:  # an archive that holds the redirect, but not where it leads
        return (observed(ROBOTS, NOT_CHECKED, place, seen),)
    if status >= 400:
        return (observed(ROBOTS, ALLOW, place, seen),)
    if status not in (200, 203) or _is_packed(fetched.body):
        return (observed(ROBOTS, UNREACHABLE, place, seen),)
    return tuple(_said(robots or Robots(fetched.body), url, fetched))


def _said(robots: Robots, url: str, fetched: Fetched) -> Iterator[OptOut]:
    seen = fetched.seen
    whom = OWN_AGENT if robots.named(OWN_AGENT) else _EVERYBODY
    cut = f" (first {MOST_BYTES // 1024} KiB)" if robots.cut else ""
    yield observed(ROBOTS, ALLOW if robots.allows(url) else DISALLOW, f"{ROBOTS_FILE} {whom}{cut}", seen)
    if robots.training_agents:
        kept_out = [name for name in robots.training_agents if not robots.allows(url, name)]
        said, names = (DISALLOW, kept_out) if kept_out else (ALLOW, robots.training_agents)
        yield observed(ROBOTS_TRAINING, said, f"{ROBOTS_FILE} {_names(names)}{cut}", seen)
    for optout in robots.preferences(url):
        yield observed(optout.signal, optout.value, optout.place, seen)
    for address in robots.licenses:
        yield observed(RSL, RSL_DECLARED, f"{ROBOTS_FILE} License {address}", seen)


def path_matches(pattern: str, url: str) -> bool:
    """Whether a path pattern of RFC 9309 (2.2.3: ``*`` and ``$``) matches ``url``."""
    return not _lets_in(_one_rule(pattern), url)


def _lets_in(rules: Protego | None, url: str) -> bool:
    """Whether the rules (none: everything) allow ``url``. What is no URL is not allowed."""
    try:
        return rules is None or rules.can_fetch(url, "x")
    except ValueError:
        return False


@lru_cache(maxsize=1_024)
def _one_rule(pattern: str) -> Protego | None:
    return _protego((_Line(DISALLOW, pattern),))


def _path_and_rest(value: str) -> tuple[str, str]:
    path, *rest = _BLANKS.split(value, maxsplit=1)
    return path, "".join(rest)


def _names(agents: Iterable[str]) -> str:
    names = sorted(agents, key=str.lower) or ["(before any group)"]
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")


def _protego(lines: Iterable[_Line]) -> Protego | None:
    """The allow and disallow lines as a parser for just one agent; None when there are none."""
    rules = [f"{line.field}: {path}" for line in lines if (path := _path(line))]
    return Protego.parse("\n".join(["user-agent: *", *rules])) if rules else None


def _path(line: _Line) -> str:
    """The path pattern of a rule; "" for lines that are no rule, and for an empty one (which allows everything)."""
    if line.field not in (ALLOW, DISALLOW) or not line.value:
        return ""
    if line.value.startswith(("/", "*")):
        return line.value
    # Not a path by the standard. What it was meant to keep out is kept out, what it was meant to open stays closed.
    path = _AUTHORITY.sub("", line.value, count=1)
    return "" if line.field == ALLOW else path if path.startswith("/") else f"/{path}"


def _groups(lines: Iterable[_Line]) -> Iterator[_Group]:
    """Groups in the order of the file; lines before the first ``User-agent`` are a group that names nobody."""
    agents: set[str] = set()
    meant: set[str] = set()
    members: list[_Line] = []
    for line in lines:
        if line.field == "user-agent":
            if any(
                member.field in (ALLOW, DISALLOW) for member in members
            ):  # RFC 9309, 2.2.4: no other line ends a group
                yield _Group(frozenset(agents), tuple(members), frozenset(meant - agents))
                agents, meant, members = set(), set(), []
            agents.add(_token(line.value))
            meant |= meant_by(line.value)
        else:
            members.append(line)
    if agents or members:
        yield _Group(frozenset(agents), tuple(members), frozenset(meant - agents))


def _token(value: str) -> str:
    """``GPTBot/1.1 (+https://…)`` → ``gptbot``: the product token, without what some write around it."""
    token = value.partition("/")[0].partition("(")[0].strip().lower()
    return token if token == _EVERYBODY else token.strip("* ")


_BLANK = r"(?:\s|%C2%A0|%E2%80%8[B-F]|%E2%81%A0|%EF%BB%BF)+"
_EDGES = re.compile(f"^{_BLANK}|{_BLANK}$")
"""Blanks, also those that don't show as such (as octets, see :func:`_text`): they come from text processors."""


def _lines(text: str) -> Iterator[_Line]:
    for raw in re.split(r"[\r\n]", text):
        line = _EDGES.sub("", raw.partition("#")[0])
        name, colon, value = line.partition(":")
        field = _FIELDS.get(" ".join(_EDGES.sub("", name).lower().replace("_", "-").split()))
        if colon and field is not None:
            yield _Line(field, _EDGES.sub("", value))
        elif found := _WITHOUT_COLON.fullmatch(line):
            yield _Line(_FIELDS[found[1].lower()], found[2].strip())


def _is_packed(body: bytes) -> bool:
    """Whether it is compressed still: rules are in there, and nobody has read them."""
    return body.startswith((b"\x1f\x8b", b"\x28\xb5\x2f\xfd"))


def _text(body: bytes) -> str:
    """ASCII text: octets beyond it are percent-encoded, as RFC 9309 (2.2.2) compares them."""
    if len(body) > MOST_BYTES:
        body = body[:MOST_BYTES]
        body = body[: max(body.rfind(b"\n"), body.rfind(b"\r")) + 1]
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        body = body.decode("utf-16", "replace").encode("utf-8")
    body = body.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"")
    return "".join(chr(octet) if octet < 0x80 else f"%{octet:02X}" for octet in body)
