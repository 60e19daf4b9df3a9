"""A stand-in of OpenAI's transcription API: for the tests, and to try transcription without a key.

``make fake-openai`` starts it by hand. It answers with the true transcript of the bundled sample, over and
over in recordings that are longer, and leaves out the sample's spoken “um”, as Whisper does. Faults are ordered by
``POST /faults {"fault": "429", "times": 1}``; ``GET /log`` tells what was asked and what was paid for.
"""

import argparse
import json
import re
import select
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

from werkzeug.formparser import parse_form_data

ROOT = Path(__file__).resolve().parent.parent
TRUTH = ROOT / "clipflow" / "sample" / "talk.truth.json"
DEFAULT_PORT = 8123
_FROM = re.compile(r"from-(\d+)-ms")
_OPUS_RATE = 48_000
_HANG_CHECK_S = 0.05
_EARLY_S = 8.0
_SLOW_S = 3.0
_BEYOND_S = 500.0


@dataclass
class Order:
    """A fault that someone wants: which, how often still, and of which part only."""

    fault: str
    times: int = 1
    from_ms: int | None = None
    retry_after_s: float = 0.2


@dataclass
class Book:
    """What the stand-in knows, shared by its threads."""

    key: str | None = None
    delay_s: float = 0.0
    is_by_hand: bool = False
    orders: list[Order] = field(default_factory=list)
    asked: list[int] = field(default_factory=list)
    log: list[dict[str, Any]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def fault_for(self, from_ms: int) -> Order | None:
        """The next order that fits, used up by one."""
        with self.lock:
            for order in self.orders:
                if order.times > 0 and order.from_ms in (None, from_ms):
                    order.times -= 1
                    return order
        return None

    def note(self, **event: Any) -> None:
        """Write down what happened."""
        with self.lock:
            self.log.append({**event, "at_s": time.monotonic()})


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed is nothing to speak of."""


class FakeOpenAI:
    """The stand-in, in threads of this process; used in a ``with`` block."""

    def __init__(self, port: int = 0, key: str | None = None, delay_s: float = 0.0) -> None:
        self.book = Book(key, delay_s)
        handler = type("Handler", (_Handler,), {"book": self.book})
        self._server = _Server(("127.0.0.1", port), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def base_url(self) -> str:
        """What OPENAI_BASE_URL is to be."""
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def order(self, fault: str, times: int = 1, from_ms: int | None = None, retry_after_s: float = 0.2) -> None:
        """Want a fault."""
        with self.book.lock:
            self.book.orders.append(Order(fault, times, from_ms, retry_after_s))

    def outcomes(self) -> list[str]:
        """How each request ended, in the order of their ends."""
        with self.book.lock:
            return [event["outcome"] for event in self.book.log]

    def paid(self) -> list[int]:
        """Where the parts start that were paid for, in milliseconds."""
        with self.book.lock:
            return sorted(event["from_ms"] for event in self.book.log if event["outcome"] == "paid")

    def __enter__(self) -> "FakeOpenAI":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    book: Book
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/log":
            self._answer(200, {"events": self.book.log})
        elif self.path == "/v1/models":
            self._answer(200, {"object": "list", "data": [{"id": "whisper-1", "object": "model"}]})
        else:
            self._answer(404, _error("Not here.", "not_found"))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path == "/faults":
            with self.book.lock:
                self.book.orders.append(Order(**json.loads(body)))
            self._answer(200, {"message": "Ordered."})
        elif self.path == "/v1/audio/transcriptions":
            self._transcribe(body)
        else:
            self._answer(404, _error("Unknown request URL.", "unknown_url"))

    def _transcribe(self, body: bytes) -> None:
        environ = {
            "wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body)), "REQUEST_METHOD": "POST",
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
        }  # fmt: skip
        _, form, files = parse_form_data(environ)
        sound = files["file"]
        found = _FROM.search(sound.filename or "")
        from_ms = int(found[1]) if found else 0
        with sound.stream as stream:
            seconds = duration_of_opus_s(stream.read())
        event = {
            "from_ms": from_ms, "seconds": round(seconds, 2), "model": form.get("model"),
            "language": form.get("language"), "prompt": form.get("prompt"), "format": form.get("response_format"),
            "granularities": form.getlist("timestamp_granularities[]"), "key": self.headers.get("Idempotency-Key"),
        }  # fmt: skip
        self.book.asked.append(from_ms)
        wanted = self.book.key
        if wanted is not None and self.headers.get("Authorization") != f"Bearer {wanted}":
            self.book.note(**event, outcome="wrong-key")
            self._answer(401, _error("Incorrect API key provided.", "invalid_api_key"))
            return
        order = self.book.fault_for(from_ms)
        if order is not None and self._fail(order, event):
            return
        if not self._client_waits(_SLOW_S if order and order.fault == "slow" else self.book.delay_s):
            self.book.note(**event, outcome="gone")
            return
        answer = shaped(transcript_of(from_ms, seconds), order.fault if order else "", seconds)
        self.book.note(**event, outcome="paid")
        self._answer(200, answer)

    def _fail(self, order: Order, event: dict[str, Any]) -> bool:
        """Do the fault; False when it only changes the shape of an answer."""
        refusals: dict[str, tuple[int, dict[str, Any]]] = {
            "429": (429, _error("Rate limit reached.", "rate_limit_exceeded")),
            "500": (500, _error("The server had an error.", None)),
            "503": (503, _error("Overloaded.", None)),
            "no-budget": (429, _error("You exceeded your current quota.", "insufficient_quota")),
            "refused-model": (404, _error("The model does not exist.", "model_not_found")),
            "forbidden": (403, _error("Project has no access to the model.", "model_not_found")),
            "bad-request": (400, _error("Audio file might be corrupted or unsupported.", None)),
        }
        if order.fault in refusals:
            status, body = refusals[order.fault]
            self.book.note(**event, outcome=order.fault)
            self._answer(status, body, {"Retry-After": str(order.retry_after_s)} if order.fault == "429" else {})
        elif order.fault == "timeout":
            self._client_waits(float("inf"))
            self.book.note(**event, outcome="timeout")
        elif order.fault == "broken":
            self.book.note(**event, outcome="broken")
            # Closed with a reset, in the middle of an answer.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            self.close_connection = True
        elif order.fault in ("html", "null"):
            self.book.note(**event, outcome=order.fault)
            is_html = order.fault == "html"
            self._send(
                200, b"<html>Bad gateway</html>" if is_html else b"null", "text/html" if is_html else "application/json"
            )
        else:
            return False
        return True

    def _client_waits(self, seconds: float) -> bool:
        """Wait as long as the client does; False when it has gone."""
        until_s = time.monotonic() + seconds
        while time.monotonic() < until_s:
            readable, _, _ = select.select([self.connection], [], [], min(_HANG_CHECK_S, max(0.0, seconds)))
            if readable and not self.connection.recv(1, socket.MSG_PEEK):
                self.close_connection = True
                return False
        return True

    def _answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        self._send(status, json.dumps(body).encode(), "application/json", headers)

    def _send(self, status: int, content: bytes, kind: str, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  the name is the base class's
        if self.book.is_by_hand:
            sys.stderr.write(f"{self.command} {self.path} {args[1] if len(args) > 1 else ''}\n")


def _error(message: str, code: str | None) -> dict[str, Any]:
    kind = code if code == "insufficient_quota" else "invalid_request_error"
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def duration_of_opus_s(content: bytes) -> float:
    """Length of Opus in Ogg: the last page says how many samples there are, the first how many of them are none."""
    last = content.rfind(b"OggS")
    head = content.find(b"OpusHead")
    if last < 0 or head < 0:
        return 0.0
    granule: int = struct.unpack_from("<q", content, last + 6)[0]
    skipped: int = struct.unpack_from("<H", content, head + 10)[0]
    return max(0.0, (granule - skipped) / _OPUS_RATE)


@dataclass(frozen=True)
class Phrase:
    """A sentence of the sample, in seconds."""

    start_s: float
    end_s: float
    text: str


def phrases() -> tuple[float, list[Phrase]]:
    """Length of the sample, and what is said in it as Whisper would write it: without its “um”."""
    truth = json.loads(TRUTH.read_text(encoding="utf-8"))
    spoken = [one for one in truth["parts"] if one["kind"] == "speech"]
    return truth["duration_ms"] / 1000, [
        Phrase(one["start_ms"] / 1000, one["end_ms"] / 1000, one["text"]) for one in spoken
    ]


def transcript_of(from_ms: int, seconds: float) -> list[Phrase]:
    """What is said in a part of the sample played over and over; times are those of the part."""
    length_s, said = phrases()
    start_s = from_ms / 1000
    first, last = int(start_s // length_s), int((start_s + seconds) // length_s)
    moved = [
        Phrase(one.start_s + n * length_s - start_s, one.end_s + n * length_s - start_s, one.text)
        for n in range(first, last + 1)
        for one in said
    ]
    return [one for one in moved if one.start_s >= -0.5 and one.end_s <= seconds + 0.5]


def words_in(phrase: Phrase) -> list[dict[str, Any]]:
    """Bare words with times, as the API lists them."""
    texts = phrase.text.split()
    total = sum(len(one) + 1 for one in texts)
    words, position = [], phrase.start_s
    for text in texts:
        length_s = (phrase.end_s - phrase.start_s) * (len(text) + 1) / total
        words.append(
            {"word": text.strip(".,?!"), "start": round(max(0.0, position), 2), "end": round(position + length_s, 2)}
        )
        position += length_s
    return words


def shaped(said: list[Phrase], shape: str, seconds: float) -> dict[str, Any]:
    """The verbose JSON of an answer, as whisper-1 gives it, or as other servers vary it."""
    words = [word for one in said for word in words_in(one)]
    segments = [
        {
            "id": n, "seek": 0, "start": round(max(0.0, one.start_s), 2), "end": round(one.end_s, 2),
            "text": f" {one.text}", "tokens": [50364, 2205], "temperature": 0.0, "avg_logprob": -0.21,
            "compression_ratio": 1.4, "no_speech_prob": 0.02,
        }
        for n, one in enumerate(said)
    ]  # fmt: skip
    answer: dict[str, Any] = {
        "task": "transcribe", "language": "english", "duration": seconds,
        "text": " ".join(one.text for one in said), "segments": segments, "words": words,
        "usage": {"type": "duration", "seconds": round(seconds)},
    }  # fmt: skip
    return SHAPES[shape](answer, said) if shape in SHAPES else answer


Answer = dict[str, Any]


def _without(*names: str) -> Callable[[Answer, list[Phrase]], Answer]:
    return lambda answer, said: {name: value for name, value in answer.items() if name not in names}


def _words_in_segments(answer: Answer, said: list[Phrase]) -> Answer:
    segments = [{**one, "words": words_in(phrase)} for one, phrase in zip(answer["segments"], said, strict=True)]
    return {**_without("words")(answer, said), "segments": segments}


def _beyond_end(answer: Answer, said: list[Phrase]) -> Answer:
    for word in answer["words"][-3:]:
        word["start"] += _BEYOND_S
        word["end"] += _BEYOND_S
    return answer


def _early(answer: Answer, said: list[Phrase]) -> Answer:
    """The first word after a silence seconds too early, as Whisper gives it."""
    words = answer["words"]
    firsts = [n for n, (before, word) in enumerate(pairwise(words), 1) if word["start"] - before["end"] > 1]
    for number in firsts:
        start_s = max(words[number - 1]["end"], words[number]["start"] - _EARLY_S)
        words[number] |= {"start": start_s, "end": start_s + 0.3}
    return answer


SHAPES: dict[str, Callable[[Answer, list[Phrase]], Answer]] = {
    "no-words": _without("words"),
    "null-words": lambda answer, said: {**answer, "words": None},
    "no-segments": _without("segments"),
    "text-only": lambda answer, said: {"text": answer["text"]},
    "nothing": lambda answer, said: {"text": None, "segments": None, "words": None, "language": None},
    "words-in-segments": _words_in_segments,
    "beyond-end": _beyond_end,
    "early": _early,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    parser.add_argument("--key", help="The only key that is accepted; any is, without it.")
    parser.add_argument("--delay-s", type=float, default=0.5, help="How long each answer takes.")
    wish = parser.parse_args()
    with FakeOpenAI(wish.port, wish.key, wish.delay_s) as fake:
        fake.book.is_by_hand = True
        print(f"A stand-in of OpenAI listens at {fake.base_url}; stop it with Ctrl C.")
        print("Start ClipFlow beside it with:\n")
        print(
            f"  AI_FEATURES_ENABLED=true WHISPER_API_ENABLED=true OPENAI_API_KEY={wish.key or 'any'} "
            f"OPENAI_BASE_URL={fake.base_url} make run\n",
            flush=True,
        )
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            print("Stopped.")


if __name__ == "__main__":
    main()
