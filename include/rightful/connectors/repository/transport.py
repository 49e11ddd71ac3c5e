"""git's smart HTTP by our own client: dulwich speaks the protocol, each request goes the way of every other one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import tenacity
from dulwich.client import AbstractHttpGitClient, FetchPackResult
from dulwich.errors import GitProtocolError, HangupException, NotGitRepository
from dulwich.object_store import ObjectStoreGraphWalker
from dulwich.objects import ObjectID
from dulwich.refs import Ref

from rightful.disk import FULL, ensure_room, no_room
from rightful.errors import FetchError, Malformed, Refused, TooLarge
from rightful.http.answer import described
from rightful.http.retry import may_pass, pause_before_retry
from rightful.http.stream import Opened, StreamClient

log = logging.getLogger(__name__)

_PIECE = 256 * 1024
_BESIDE = 64 * 2**20
"""Bytes of lists of branches and of progress, beside a pack."""
LOOK_EVERY = 64 * 2**20
"""Bytes between two looks at the room on the disk."""


class Objected(Refused):
    """A repository has moved to where its authors have asked to be left out."""


class GitClient(StreamClient):
    """A client that fetches packs from one host."""

    objects_to: Callable[[str], bool] | None = None
    """Whether nothing of a repository at an address may be asked for; asked where a redirect leads."""

    def fetch_pack(
        self, repository: str, pack: Path, *, branch: str | None, depth: int | None, most: int, seconds: float
    ) -> str | None:
        """Write the pack of a branch's newest commits into the file ``pack``; what may pass is tried again.

        Args:
            repository: Its name below ``fetch.base_url``.
            pack: Written anew with each try.
            branch: None for the one that HEAD names.
            depth: How many generations of commits; None for all.
            most: Bytes.
            seconds: Longest time of one answer.

        Returns:
            The SHA-1 of the branch's newest commit; None for a repository without commits.

        Raises TooLarge for a longer pack, Malformed for what is no git server or has no such branch, and what the
        client raises.
        """
        retrying = tenacity.Retrying(
            stop=tenacity.stop_after_attempt(self._limits.retries + 1),
            wait=pause_before_retry,
            retry=tenacity.retry_if_exception(may_pass),
            sleep=self.nap,
            reraise=True,
        )
        return retrying(self._fetch, repository, pack, branch, depth, most, seconds)

    def _fetch(
        self, repository: str, pack: Path, branch: str | None, depth: int | None, most: int, seconds: float
    ) -> str | None:
        shown = self.url(repository)
        speaker = _Speaker(self, shown, seconds, most)
        chosen: list[ObjectID] = []

        def wants(refs: Mapping[Ref, ObjectID], depth: int | None = None) -> list[ObjectID]:
            found = refs.get(Ref(b"refs/heads/" + branch.encode() if branch else b"HEAD"))
            chosen[:] = [found] if found else []
            return chosen

        ensure_room(pack.parent, 0, source=self._source.id)
        try:
            with pack.open("wb") as file:
                answer = speaker.fetch_pack(
                    b"", wants, _nothing_known(), _Writer(self, file, shown, most).write, depth=depth
                )
        except (GitProtocolError, HangupException, NotGitRepository, AssertionError, ValueError, KeyError) as error:
            told = f"{type(error).__name__}: {self.redacted(str(error))[:300]}"
            raise self._error(FetchError, shown, f"no answer of a git server ({told})", "try again later") from None
        except OSError as error:
            if error.errno in FULL:
                raise no_room(pack.parent, 0, source=self._source.id) from None
            raise
        finally:
            speaker.let_go()
        if chosen:
            return chosen[0].decode("ascii")
        self._check_empty(shown, branch, answer)
        return None

    def _check_empty(self, shown: str, branch: str | None, answer: FetchPackResult) -> None:
        if branch is not None and any(answer.refs.values()):
            raise self._error(Malformed, shown, f"there is no branch {branch!r}", "correct `fetch.branch`")
        if any(answer.refs.values()):
            raise self._error(Malformed, shown, "its HEAD names no branch that is there", "write `fetch.branch`")

    def exchange(
        self, url: str, headers: dict[str, str], content: bytes | None, seconds: float, most: int
    ) -> tuple[Opened, Callable[[int], bytes]]:
        """One request, and what reads its answer's body, of so many bytes at the ``most``. Statuses that bring none are
        raised as they mean it."""
        method = "GET" if content is None else "POST"
        sent = {**headers, "Accept-Encoding": "identity"}
        opened = self.open(url, method=method, headers=sent, content=content or b"", seconds=seconds)
        status, moment = opened.response.status_code, datetime.now(UTC)
        if status != 200:
            opened.response.close()
            raise self._failures.trouble(status, opened.response.headers, opened.url, moment) or self._failures.refusal(
                status, opened.url
            )
        return opened, _Body(self, opened, most).read


class _Body:
    """Reads an answer as a file is read: as many bytes as are asked for, fewer only at the end."""

    def __init__(self, client: GitClient, opened: Opened, most: int) -> None:
        self._client, self._opened, self._left = client, opened, most
        self._pieces: Iterator[bytes] = opened.response.iter_raw(_PIECE)
        self._held = b""

    def read(self, size: int) -> bytes:
        """``b""`` at the end."""
        taken: list[bytes] = []
        while size > 0 and (self._held or self._more()):
            taken.append(self._held[:size])
            self._held = self._held[size:]
            size -= len(taken[-1])
        return b"".join(taken)

    def _more(self) -> bool:
        """Wait for the next piece; False at the end."""
        try:
            self._held = next(self._pieces, b"")
        except httpx.TransportError as error:
            what = self._client.redacted(described(error))
            raise self._client.fail(FetchError, self._opened.url, what, "try again later") from None
        self._client.count(len(self._held))
        self._left -= len(self._held)
        if self._left < 0:
            what = "the answer is too long"
            raise self._client.fail(TooLarge, self._opened.url, what, "raise `fetch.most_bytes`, or leave it out")
        return bool(self._held)


class _Writer:
    """Takes a pack as it comes, up to a limit."""

    def __init__(self, client: GitClient, file: Any, shown: str, most: int) -> None:
        self._client, self._file, self._shown, self._most = client, file, shown, most
        self._written = self._looked = 0

    def write(self, piece: bytes) -> int:
        """See :meth:`io.RawIOBase.write`."""
        self._written += len(piece)
        if self._written > self._most:
            what = f"the repository has more than {self._most:,} bytes"
            raise self._client.fail(TooLarge, self._shown, what, "raise `fetch.most_bytes`, or leave it out")
        if self._written - self._looked > LOOK_EVERY:
            self._looked = self._written
            ensure_room(Path(self._file.name).parent, 0)
        self._file.write(piece)
        return len(piece)


class _Response:
    """What dulwich looks at of an answer."""

    def __init__(self, opened: Opened, asked: str) -> None:
        self._opened = opened
        self.content_type = opened.response.headers.get("content-type", "")
        self.redirect_location = opened.url if opened.url != asked else ""
        self.headers = opened.response.headers

    def close(self) -> None:
        """Let the connection go."""
        self._opened.response.close()


class _Speaker(AbstractHttpGitClient):
    """dulwich's own, with our requests."""

    def __init__(self, client: GitClient, url: str, seconds: float, most: int) -> None:
        super().__init__(url, quiet=True)
        self._client, self._seconds, self._most = client, seconds, most
        self._answers: list[_Response] = []

    def let_go(self) -> None:
        """Close every answer: dulwich leaves some open, and a pool has few connections."""
        while self._answers:
            self._answers.pop().close()

    def _http_request(
        self,
        url: str,
        headers: dict[str, str] | None = None,
        data: bytes | Iterator[bytes] | None = None,
        raise_for_status: bool = True,
    ) -> tuple[Any, Callable[[int], bytes]]:
        content = data if data is None or isinstance(data, bytes) else b"".join(data)
        most = self._most + _BESIDE if content is not None and b"want " in content else _BESIDE
        opened, read = self._client.exchange(url, headers or {}, content, self._seconds, most)
        response = _Response(opened, url)
        self._answers.append(response)
        moved = opened.url.partition("/info/refs")[0] if opened.url != url else ""
        if moved and self._client.objects_to is not None and self._client.objects_to(moved):
            raise self._client.fail(Objected, moved, "its authors have asked to be left out", "nothing to do")
        if content is None and not response.content_type.startswith("application/x-git-"):
            response.close()
            raise self._client.fail(
                Malformed, opened.url, "no git server answers there", "look at `fetch.base_url` and the name"
            )
        return response, read

    def _get_url(self, path: str | bytes) -> str:
        return self._base_url


def _nothing_known() -> ObjectStoreGraphWalker:
    return ObjectStoreGraphWalker([], lambda sha: [], shallow=set())


__all__ = ["GitClient", "Objected"]
