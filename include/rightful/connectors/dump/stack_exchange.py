"""Threads of a Stack Exchange data dump: a question with its answers, put together from ``Posts.xml``.

The dump lists posts by number, so that a question and its answers may lie gigabytes apart. The posts go through a
temporary database on disk, and memory stays flat. Comments are left out: they are asides, and many.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from lxml import etree

from rightful.connectors.dump.formats import Found, JSONObject, Unreadable
from rightful.errors import Malformed

Opener = Callable[[str], AbstractContextManager[BinaryIO]]

_QUESTION, _ANSWER = "1", "2"
_ROWS = 2_000
_REMEDY = "compare the archive's check sum with the publisher's; fetch it again"


def read_stack_exchange(names: list[str], open_member: Opener, name: str, folder: Path, most_bytes: int) -> Found:
    """Threads by the number of their question: ``{"id", "title", "tags", "score", "created", "changed", "question":
    {"id", "body", "license", "author", "author_id", "created", "score"}, "answers": [the same of each, best first]}``.

    ``body`` is HTML; ``license`` is the post's ``ContentLicense``, null where it has none; ``changed`` is the last
    activity. An answer whose question the dump lacks is told as unreadable.

    Args:
        names: The archive's files.
        open_member: Opens one of them.
        name: Of the archive, for errors.
        folder: An empty folder on a disk with room for the posts.
        most_bytes: Of a thread.

    Raises:
        Malformed: A file is missing, or no well-formed dump.
    """
    posts, users = (_only(names, wanted, name) for wanted in ("Posts.xml", "Users.xml"))
    with closing(sqlite3.connect(folder / "posts.sqlite")) as database:
        # It is thrown away with its folder, so nothing has to survive a crash.
        database.executescript(
            "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA temp_store=FILE;"
            "CREATE TABLE users (id TEXT PRIMARY KEY, name TEXT) WITHOUT ROWID;"
            "CREATE TABLE posts (thread INTEGER, kind INTEGER, score INTEGER, id INTEGER, post BLOB);"
        )
        with open_member(users) as stream:
            _fill(database, "INSERT OR REPLACE INTO users VALUES (?, ?)", _users(stream, f"{name}: {users}"))
        with open_member(posts) as stream:
            _fill(database, "INSERT INTO posts VALUES (?, ?, ?, ?, ?)", _posts(stream, f"{name}: {posts}"))
        database.execute("CREATE INDEX by_thread ON posts (thread, kind, score, id)")
        database.commit()
        yield from _threads(database, most_bytes)


def _only(names: list[str], wanted: str, name: str) -> str:
    found = [one for one in names if one.rpartition("/")[2] == wanted]
    if len(found) != 1:
        raise Malformed(f"{name}: holds {len(found)} files called {wanted}", remedy="is it the archive of one site?")
    return found[0]


def _fill(database: sqlite3.Connection, statement: str, rows: Iterator[tuple[Any, ...]]) -> None:
    batch: list[tuple[Any, ...]] = []
    for row in rows:
        batch.append(row)
        if len(batch) >= _ROWS:
            database.executemany(statement, batch)
            batch = []
    database.executemany(statement, batch)


def _rows(stream: BinaryIO, name: str) -> Iterator[Any]:
    """The attributes of each ``<row>``."""
    number, checked = 0, False
    events = etree.iterparse(
        stream, events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True
    )
    try:
        for event, element in events:
            if not checked:
                checked = True
                if element.tag not in ("posts", "users"):
                    raise Malformed(f"{name}: no data dump, but <{element.tag}>", remedy=_REMEDY)
            if event == "end" and element.tag == "row":
                number += 1
                yield element.attrib
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
    except etree.XMLSyntaxError as error:
        raise Malformed(f"{name}: broken after row {number:,}: {error}", remedy=_REMEDY) from None


def _users(stream: BinaryIO, name: str) -> Iterator[tuple[str, str]]:
    for row in _rows(stream, name):
        if row.get("Id") and row.get("DisplayName"):
            yield row["Id"], row["DisplayName"]


def _posts(stream: BinaryIO, name: str) -> Iterator[tuple[Any, ...]]:
    for row in _rows(stream, name):
        kind, own = row.get("PostTypeId"), row.get("Id", "")
        thread = own if kind == _QUESTION else row.get("ParentId", "") if kind == _ANSWER else None
        if thread is None:
            continue  # wikis of tags, nominations: no threads
        if not own.isdigit() or not thread.isdigit():
            raise Malformed(f"{name}: a post without a number: {dict(row)!r:.200}", remedy=_REMEDY)
        score = int(row["Score"]) if row.get("Score", "").lstrip("-").isdigit() else 0
        yield int(thread), int(kind == _ANSWER), -score, int(own), msgspec.json.encode(dict(row))


def _threads(database: sqlite3.Connection, most_bytes: int) -> Found:
    number = 0
    question: JSONObject | None = None
    answers: list[JSONObject] = []
    current: int | None = None
    size = 0
    lost = 0
    for thread, kind, _, own, post in database.execute(
        "SELECT thread, kind, score, id, post FROM posts ORDER BY thread, kind, score, id"
    ):
        if thread != current:
            if question is not None:
                number += 1
                yield _thread(question, answers, number, size, most_bytes)
            current, question, answers, size = thread, None, [], 0
        row = msgspec.json.decode(post)
        size += len(post)
        if kind == 0:
            question = {**_post(database, row), "row": row}
        elif question is None:
            lost += 1
            number += 1
            yield Unreadable(number, "malformed", f"answer {own}: its question {thread} is not in the dump")
        elif size <= most_bytes:
            answers.append(_post(database, row))
    if question is not None:
        yield _thread(question, answers, number + 1, size, most_bytes)


def _post(database: sqlite3.Connection, row: dict[str, str]) -> JSONObject:
    author_id = row.get("OwnerUserId")
    known = database.execute("SELECT name FROM users WHERE id = ?", (author_id,)).fetchone() if author_id else None
    return {
        "id": row["Id"],
        "body": row.get("Body", ""),
        "license": row.get("ContentLicense"),
        "author": known[0] if known else row.get("OwnerDisplayName"),
        "author_id": author_id,
        "created": row.get("CreationDate"),
        "score": row.get("Score"),
    }


def _thread(
    question: JSONObject, answers: list[JSONObject], number: int, size: int, most_bytes: int
) -> bytes | Unreadable:
    row = question.pop("row")
    if size > most_bytes:
        return Unreadable(number, "too_large", f"thread {question['id']}: {size:,} bytes")
    return msgspec.json.encode(
        {
            "id": question["id"],
            "title": row.get("Title"),
            "tags": row.get("Tags"),
            "score": row.get("Score"),
            "created": row.get("CreationDate"),
            "changed": row.get("LastActivityDate"),
            "question": question,
            "answers": answers,
        }
    )


__all__ = ["Opener", "read_stack_exchange"]
