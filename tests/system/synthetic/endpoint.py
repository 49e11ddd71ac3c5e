"""An endpoint that speaks OpenAI's chat completions, as a process of its own. Arguments: a folder, a port.

It writes a question about the last word of each text it is shown. ``behave`` in the folder makes the next requests
behave otherwise, a word each, in turn: ``busy`` (429 with Retry-After), ``broken`` (500), ``cut`` (the connection
ends), ``other`` (another model answers). ``log`` there holds each request's body, a line each.
"""

from __future__ import annotations

import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

KEY = "sk-of-the-test"


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    folder: Path

    def do_POST(self) -> None:
        """Answer it."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with (self.folder / "log").open("ab") as log:
            log.write(body + b"\n")
        asked = json.loads(body)
        if self.headers.get("Authorization") != f"Bearer {KEY}" or self.path != "/v1/chat/completions":
            self._send(401, {"error": {"message": "Incorrect API key provided"}})
            return
        match self._behaviour():
            case "busy":
                self._send(429, {"error": {"message": "Rate limit reached"}}, retry="1")
            case "broken":
                self._send(500, {"error": {"message": "The server had an error"}})
            case "cut":
                self.send_response(200)
                self.send_header("Content-Length", "1000")
                self.end_headers()
                self.wfile.write(b'{"id": "chat')
                self.close_connection = True
            case said:
                self._send(200, self._completion(asked, "another-model" if said == "other" else asked["model"]))

    def _completion(self, asked: dict[str, object], model: object) -> dict[str, object]:
        messages = asked["messages"]
        assert isinstance(messages, list)
        last = str(messages[-1]["content"]).split()[-1].strip(".")
        text = f"Question: Which word does the text end with, after all that it tells?\nAnswer: It ends with {last}."
        message = {"role": "assistant", "content": text, "refusal": None}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        return {"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": model, "choices": [choice]}

    def _behaviour(self) -> str:
        file = self.folder / "behave"
        words = file.read_text("utf-8").split() if file.exists() else []
        file.write_text(" ".join(words[1:]), "utf-8")
        return words[0] if words else ""

    def _send(self, status: int, body: dict[str, object], retry: str | None = None) -> None:
        data = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        if retry is not None:
            self.send_header("Retry-After", retry)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *args: object) -> None:
        """Be quiet."""


def main() -> None:
    Handler.folder = Path(sys.argv[1])
    with ThreadingHTTPServer(("127.0.0.1", int(sys.argv[2])), Handler) as server:
        print("ready", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
