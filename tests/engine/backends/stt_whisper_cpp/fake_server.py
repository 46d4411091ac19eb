"""Stands in for ``whisper-server``: takes its arguments and requests, and answers what its "model" file says.

That is ``MAGIC`` and JSON: ``{"status": 200, "answer": …}``; ``answer`` may be text. What each request held is added to
a file beside it, a line of JSON each. Its ``verbose_json`` has the shape of whisper-server 1.9.5.
"""

from __future__ import annotations

import email
import email.policy
import json
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

REQUESTS = "requests.jsonl"
MAGIC = "lmgg"
"""What every model of whisper.cpp begins with."""


def verbose_json(*segments: tuple[str, float, float]) -> dict[str, Any]:
    """An answer of segments: text, probability of each word, probability of no speech."""
    return {
        "task": "transcribe",
        "language": "portuguese",
        "duration": 1.0,
        "text": "".join(text for text, _, _ in segments) + "\n",
        "segments": [
            {
                "id": number,
                "text": text,
                "tokens": [256],
                "words": [{"word": f" {word}", "probability": probability} for word in text.split()],
                "temperature": 0.0,
                "avg_logprob": -0.005,
                "no_speech_prob": no_speech,
            }
            for number, (text, probability, no_speech) in enumerate(segments)
        ],
    }


class Handler(BaseHTTPRequestHandler):
    """``/health`` and ``/inference``."""

    def do_GET(self) -> None:
        """Healthy from the start."""
        self._answer(200, '{"status":"ok"}')

    def do_POST(self) -> None:
        """Note the form and answer."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        header = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        form = email.message_from_bytes(header + body, policy=email.policy.HTTP)
        fields: dict[str, Any] = {}
        for part in form.walk():
            content = part.get_payload(decode=True)
            if isinstance(content, bytes):
                name = str(part.get_param("name", header="content-disposition"))
                fields[name] = len(content) if name == "file" else content.decode()
        model = Path(sys.argv[sys.argv.index("--model") + 1])
        with model.with_name(REQUESTS).open("a") as requests:
            requests.write(json.dumps(fields) + "\n")
        script = json.loads(model.read_text().removeprefix(MAGIC))
        answer = script["answer"]
        self._answer(script["status"], answer if isinstance(answer, str) else json.dumps(answer))

    def _answer(self, status: int, text: str) -> None:
        content = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *arguments: object) -> None:
        """Not of interest."""


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", int(sys.argv[sys.argv.index("--port") + 1])), Handler).serve_forever()
