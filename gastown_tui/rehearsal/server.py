"""The rehearsal server: HTTP on loopback, one thread per request, no memory but counters.

It must survive anything that is sent to it: a whole town depends on it, and a broken client is part of what is rehearsed.
"""

from __future__ import annotations

import hmac
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from gastown_tui.core.errors import GastownError
from gastown_tui.rehearsal import conversation, player
from gastown_tui.rehearsal.chat import Chat
from gastown_tui.rehearsal.forms import Beat, Failure, Form
from gastown_tui.rehearsal.gemini import PREFIX as GEMINI_PREFIX
from gastown_tui.rehearsal.gemini import Gemini
from gastown_tui.rehearsal.responses import Responses
from gastown_tui.rehearsal.scenario import Fault, Scenario
from gastown_tui.rehearsal.wire import Messages

LOOPBACK = "127.0.0.1"
LARGEST_BODY = 64 * 1024 * 1024
PAUSE_PER_CHUNK = 0.04
"""Seconds between two deltas at pace 1: about 90 tokens a second, as quick models are."""
SLOW_FACTOR = 12.5
HANG_SECONDS = 600
SPOILED_AFTER = 3
"""Pieces of a stream that is dropped."""
_ONCE = frozenset({Fault.RATE_LIMIT_ONCE, Fault.OVERLOADED_ONCE, Fault.SERVER_ERROR_ONCE, Fault.DROP_ONCE})


@dataclass
class Stats:
    """What was asked of the server so far."""

    calls: int = 0
    side_calls: int = 0
    count_calls: int = 0
    faults: int = 0
    rejected: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def add(self, **amounts: int) -> None:
        with self.lock:
            for name, amount in amounts.items():
                setattr(self, name, getattr(self, name) + amount)

    def as_dict(self) -> dict[str, int]:
        with self.lock:
            return {name: value for name, value in vars(self).items() if isinstance(value, int)}


class RehearsalServer(ThreadingHTTPServer):
    """Serves one scenario in every form. `url` is its base: what ANTHROPIC_BASE_URL must be set to; OpenAI's is `url`/v1."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(
        self,
        scenario: Scenario,
        *,
        port: int = 0,
        pace: float = 1.0,
        token: str = "",
        gt_command: str = "gt",
        keep: Path | None = None,
    ) -> None:
        """Listens on loopback at once; `serve_forever` answers.

        Args:
            port: 0 takes a free one.
            pace: factor on all pauses; 0 is as fast as possible.
            token: when set, requests must carry it as key or bearer.
            gt_command: how `gt` is called by CLIs without a tool for it.
            keep: every request's body is added to this file, one line of JSON each.
        """
        super().__init__((LOOPBACK, port), _Handler)
        self.scenario = scenario
        self.pace = pace
        self.token = token
        self.gt_command = gt_command
        self._keep = keep
        self._keep_lock = threading.Lock()
        self.stats = Stats()
        self.stopping = threading.Event()
        self._spent: set[tuple[str, Fault]] = set()
        self._spent_lock = threading.Lock()

    @property
    def url(self) -> str:
        return f"http://{LOOPBACK}:{self.server_address[1]}"

    def claim_fault(self, key: str, fault: Fault) -> bool:
        """True when this fault is to be played now; one-time faults are played once per point of a conversation."""
        if fault not in _ONCE:
            return True
        with self._spent_lock:
            if (key, fault) in self._spent:
                return False
            self._spent.add((key, fault))
            return True

    def keep(self, body: Mapping[str, object]) -> None:
        """Adds a request to the file that holds them, when one is wanted."""
        if self._keep is not None:
            with self._keep_lock, open(self._keep, "a", encoding="utf-8") as file:
                file.write(json.dumps(body) + "\n")

    def wait(self, seconds: float) -> None:
        """A pause that ends early when the server stops."""
        if seconds > 0:
            self.stopping.wait(seconds)

    def shutdown(self) -> None:
        self.stopping.set()
        super().shutdown()

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up in the middle are everyday life here, not worth a traceback on the screen."""


MESSAGES = Messages()
FORMS: Mapping[str, Form] = {
    "/v1/messages": MESSAGES,
    "/v1/responses": Responses(),
    "/v1/chat/completions": Chat(),
}
"""Path → form; Gemini's paths hold the model."""
GEMINI = Gemini()
COUNTS = ("/v1/messages/count_tokens", ":countTokens")


def form_of(path: str) -> Form | None:
    """The form that a path speaks, or None."""
    if path.startswith(GEMINI_PREFIX):
        return GEMINI
    return MESSAGES if path == COUNTS[0] else FORMS.get(path)


class _Handler(BaseHTTPRequestHandler):
    server: RehearsalServer
    protocol_version = "HTTP/1.1"
    timeout = 120

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Silent: the server's terminal belongs to who started it."""

    def do_HEAD(self) -> None:
        self._send(200, {})

    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/rehearsal/stats":
            self._send(200, dict(self.server.stats.as_dict()))
        elif path == "/v1/models":
            model = {"type": "model", "id": "rehearsal", "object": "model", "display_name": "Rehearsal"}
            self._send(200, {"object": "list", "data": [model], "has_more": False})
        elif path in ("/", "/api/hello"):
            self._send(200, {"rehearsal": self.server.scenario.title})
        else:
            self._fail(MESSAGES.refusal(404, f"no such path: {path[:200]}"))

    def do_POST(self) -> None:
        path = self.path.partition("?")[0]
        form = form_of(path)
        spoken = form or MESSAGES
        try:
            if form is None:
                raise _Refused(404, f"no such path: {path[:200]}")
            body = self._body()
            if path.endswith(COUNTS):
                self.server.stats.add(count_calls=1)
                size = max(1, form.ask(path, body).conversation.size // player.CHARACTERS_PER_TOKEN)
                self._send(200, {"totalTokens": size} if form is GEMINI else {"input_tokens": size})
            else:
                self._answer(form, path, body)
        except _Refused as refused:
            self._fail(spoken.refusal(refused.status, str(refused)))
        except conversation.MalformedRequest as error:
            self._fail(spoken.refusal(400, str(error)))
        except GastownError as error:
            self._fail(spoken.refusal(500, f"rehearsal: {error.line()}"))
        except OSError:
            # The client is gone; there is nobody to tell.
            self.close_connection = True

    def _body(self) -> dict[str, object]:
        """The request's JSON object, or _Refused."""
        self._check_token()
        try:
            length = int(self.headers.get("content-length", ""))
        except ValueError:
            length = -1
        if not 0 <= length <= LARGEST_BODY:
            raise _Refused(413 if length > 0 else 400, "bad content-length")
        try:
            body = json.loads(self.rfile.read(length))
        except (ValueError, RecursionError) as error:
            raise _Refused(400, f"not JSON: {str(error)[:200]}") from error
        if not isinstance(body, dict):
            raise _Refused(400, "the body must be an object")
        self.server.keep(body)
        return body

    def _check_token(self) -> None:
        expected = self.server.token
        if not expected:
            return
        bearer = self.headers.get("authorization", "").removeprefix("Bearer ")
        given = (self.headers.get("x-api-key", ""), self.headers.get("x-goog-api-key", ""), bearer)
        if not any(hmac.compare_digest(value.encode(), expected.encode()) for value in given):
            raise _Refused(401, "invalid key")

    def _answer(self, form: Form, path: str, body: dict[str, object]) -> None:
        server = self.server
        asked = form.ask(path, body)
        answer = player.answer(server.scenario, asked.conversation, server.gt_command)
        fault = answer.fault if answer.fault and server.claim_fault(answer.key, answer.fault) else None
        if asked.conversation.kind is not conversation.RequestKind.TURN:
            server.stats.add(side_calls=1)
        if fault:
            server.stats.add(faults=1)
        failure = form.fault(fault, time.time()) if fault is not None else None
        if failure is not None:
            self._fail(failure)
            return
        if fault is Fault.HANG:
            server.wait(HANG_SECONDS)
            self.close_connection = True
            return
        server.stats.add(
            calls=1,
            input_tokens=answer.input_tokens,
            cached_tokens=answer.cached_tokens,
            output_tokens=answer.output_tokens,
        )
        if asked.is_stream:
            self._stream(form, answer, asked.model, fault)
        else:
            server.wait(answer.pause * server.pace)
            self._send(200, form.whole(answer, asked.model))

    def _stream(self, form: Form, answer: player.Answer, model: str, fault: Fault | None) -> None:
        server = self.server
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("cache-control", "no-cache")
        self.send_header("connection", "close")
        self.end_headers()
        self.close_connection = True
        # A slow stream is slow at any pace, or a rehearsal at pace 0 could never be interrupted in the middle.
        gap = PAUSE_PER_CHUNK * (SLOW_FACTOR if fault is Fault.SLOW else server.pace)
        for number, piece in enumerate(form.pieces(answer, model)):
            self.wfile.write(piece.encoded())
            if piece.beat is Beat.THINK:
                server.wait(answer.pause * server.pace)
            elif piece.beat is Beat.DELTA:
                if fault in (Fault.DROP, Fault.DROP_ONCE) and number > SPOILED_AFTER:
                    return
                server.wait(gap)
        self.wfile.flush()

    def _fail(self, failure: Failure) -> None:
        self.server.stats.add(rejected=1)
        # The body may be unread, so the connection cannot carry another request.
        self.close_connection = True
        self._send(failure.status, failure.body, failure.headers)

    def _send(self, status: int, body: dict[str, object], headers: Mapping[str, str] | None = None) -> None:
        data = json.dumps(body, ensure_ascii=False).encode()
        try:
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(data)))
            if self.close_connection:
                self.send_header("connection", "close")
            for name, value in (headers or {}).items():
                self.send_header(name, value)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(data)
        except OSError:
            self.close_connection = True


class _Refused(Exception):
    """Ends a request with an error answer of this status."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
