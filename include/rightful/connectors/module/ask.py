"""How a source's module asks: by the one client, which looks after pace, addresses, sizes, retries and secrets."""

from __future__ import annotations

from collections.abc import Mapping

from rightful.connectors.envelope import Unreadable, decode
from rightful.errors import Malformed
from rightful.http.answer import Answer, Param
from rightful.http.client import Client
from rightful.model import JSON, OptOut


class Ask:
    """Given to the functions of a module. ``settings`` are those of the source file's ``fetch.settings``."""

    def __init__(self, client: Client, settings: Mapping[str, JSON]) -> None:
        self._client, self.settings = client, settings
        self.url = ""
        """The address that answered last."""
        self.optouts: tuple[OptOut, ...] = ()
        """What its headers, and its site where robots.txt is obeyed, say against mining."""

    def json(self, path: str = "", params: Mapping[str, Param] | None = None) -> JSON:
        """The JSON of one answer. ``path`` is below ``fetch.base_url``, or an address."""

        def reader(answer: Answer) -> tuple[Answer, JSON]:
            try:
                return answer, decode(self._client.json_bytes(answer))
            except Unreadable as error:
                raise self._client.fail(Malformed, answer.url, f"broken JSON ({error})", "try again later") from None

        answer, value = self._client.read(path, params, reader)
        self._noted(answer)
        return value

    def text(self, path: str = "", params: Mapping[str, Param] | None = None) -> str:
        """The text of one answer, in UTF-8."""

        def reader(answer: Answer) -> tuple[Answer, str]:
            try:
                return answer, answer.body.decode("utf-8-sig")
            except UnicodeDecodeError as error:
                raise self._client.fail(Malformed, answer.url, f"no UTF-8 ({error})", "use `bytes`") from None

        answer, value = self._client.read(path, params, reader, accept="*/*")
        self._noted(answer)
        return value

    def bytes(self, path: str = "", params: Mapping[str, Param] | None = None) -> bytes:
        """The bytes of one answer."""
        answer = self._client.read(path, params, lambda answer: answer, accept="*/*")
        self._noted(answer)
        return answer.body

    def _noted(self, answer: Answer) -> None:
        self.url, self.optouts = answer.url, answer.optouts


__all__ = ["Ask"]
