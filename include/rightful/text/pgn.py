"""Chess games in Portable Game Notation (PGN, 1994) to plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rightful.errors import Malformed
from rightful.text.clean import clean

_TAG = re.compile(r'\[\s*([A-Za-z0-9_]+)\s+"((?:[^"\\]|\\.)*)"\s*\]')
_TOLD = (
    *("Event", "Site", "Date", "Round", "White", "WhiteElo", "WhiteTitle", "Black", "BlackElo", "BlackTitle", "Result"),
    *("ECO", "Opening", "Variation", "Variant", "FEN", "TimeControl", "Termination", "Annotator"),
)
"""Tags that are told, in this order; others are of programs ("UTCTime", "WhiteRatingDiff")."""
_NOTHING = frozenset({"", "?", "-", "*", "????.??.??"})
_TOKEN = re.compile(r"\{([^}]*)(\}?)|;([^\n]*)|(\$[0-9]+)|([()])|([^\s{}();$]+)")
_COMMAND = re.compile(r"\[%[a-z]+ [^\]]*\]", re.IGNORECASE)
_AGAIN = re.compile(r"[0-9]+\.\.\.")
"""The number of a move before Black's reply, which stands there only because something stood between."""


def pgn_to_text(pgn: str) -> str:
    """Each game as its tags (event, players, result …), a line each, and its moves with what people say of them.

    Clock times, evaluations and drawn arrows (``[%clk …]``) and glyphs (``$1``) are left out: programs put them there.

    Raises :class:`~rightful.errors.Malformed` for a comment that does not end, and for text that is no game.
    """
    return clean("\n\n".join(_game(tags, moves) for tags, moves in _games(pgn)))


def _games(pgn: str) -> Iterator[tuple[dict[str, str], str]]:
    """Tags and movetext of each game. A game begins with its first tag after moves."""
    tags: dict[str, str] = {}
    moves: list[str] = []
    inside = False  # of a comment, in which a line may begin with a bracket
    for line in clean(pgn).split("\n"):
        if not inside and line.startswith("%"):
            continue  # for programs
        tag = None if inside else _TAG.match(line)
        if tag is not None:
            if any(moves):
                yield tags, "\n".join(moves)
                tags, moves = {}, []
            # The first counts, where a name stands twice.
            tags.setdefault(tag[1], re.sub(r"\\(.)", r"\1", tag[2]).strip())
            continue
        moves.append(line)
        inside = _ends_inside(line, inside)
    if inside:
        raise Malformed("a comment of a game does not end", remedy="the file is cut: fetch it again")
    if tags or any(moves):
        yield tags, "\n".join(moves)


def _ends_inside(line: str, inside: bool) -> bool:
    for sign in re.findall(r"[{};]", line):
        if sign == ";" and not inside:
            return False
        if sign != ";":
            inside = sign == "{" or (inside and sign != "}")
    return inside


def _game(tags: dict[str, str], moves: str) -> str:
    if not tags and not re.search(r"\b[0-9]+\.|\b(?:1-0|0-1|1/2-1/2)", moves):
        raise Malformed(f"no game of chess, but {moves[:40]!r}", remedy="is it a PGN file?")
    if "Date" not in tags and "UTCDate" in tags:
        tags = {**tags, "Date": tags["UTCDate"]}
    lines = [f"{name}: {tags[name]}" for name in _TOLD if tags.get(name, "") not in _NOTHING]
    return "\n".join(lines) + "\n\n" + " ".join(_words(moves)).replace(" )", ")")


def _words(moves: str) -> Iterator[str]:
    """Moves and comments, with the brackets of variations."""
    follows = False  # whether a move stands directly before, so that its number need not be told again
    opening = ""
    for found in _TOKEN.finditer(moves):
        comment, rest, _, bracket, word = found[1], found[3], found[4], found[5], found[6]
        if comment is not None or rest is not None:
            said = " ".join(_COMMAND.sub(" ", comment if comment is not None else rest).split())
            if said:
                yield f"{opening}({said})" if not said.startswith("(") else opening + said
                opening, follows = "", False
        elif bracket == "(":
            opening, follows = opening + "(", False
        elif bracket == ")":
            yield opening + ")"
            opening, follows = "", False
        elif word is not None and not (follows and _AGAIN.fullmatch(word)):
            yield opening + word
            opening, follows = "", not _AGAIN.fullmatch(word)


__all__ = ["pgn_to_text"]
