"""The conversation on disk: JSONL that others tail, and from which a conversation is restored.

One line per message: {"type", "at", "id", "text" or "content", "usage", "model"}. Types: `session` (first line), `user`,
`assistant`, `tool_result`, `note` (a handoff starts a fresh context), `error`. A crash keeps everything up to the last
whole line. Beside it `live.json` holds the answer that is still coming; it is gone when the agent rests.
"""

from __future__ import annotations

import json
import os
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import cast

from gastown_tui.agent.context import opening, tokens_of
from gastown_tui.core.errors import GastownError, NotFound
from gastown_tui.core.usage import Tokens

Json = dict[str, object]
LIVE_INTERVAL = 0.1
INTERRUPTED = "Interrupted: this call did not finish; what it did is unknown."


class Transcript:
    """Appends to one transcript file."""

    def __init__(self, path: Path, session: str) -> None:
        self.path = path
        self.session = session
        self._file = None if not path.exists() else path.open("a", encoding="utf-8")

    def start(self, earlier: Sequence[Json], directory: str) -> None:
        """Makes the file when it is new, with the lines of the conversation that it goes on with.

        Raises:
            GastownError: it cannot be written.
        """
        if self._file is not None:
            return
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        except OSError as error:
            raise GastownError(f"cannot write the transcript {self.path}: {error.strerror}", hint="see --transcript") from error
        self._file = os.fdopen(descriptor, "a", encoding="utf-8")
        self.append({"type": "session", "directory": directory})
        for line in earlier:
            if line.get("type") != "session":
                self._write(line)

    def append(self, line: Json) -> Json:
        """Writes one line, with time and id added when missing."""
        whole = {"at": time.time(), "id": self.session if line.get("type") == "session" else uuid.uuid4().hex[:12], **line}
        self._write(whole)
        return whole

    def _write(self, line: Json) -> None:
        if self._file is None:
            return
        self._file.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")
        self._file.flush()

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


class Live:
    """The sidecar with the text that is still coming: replaced whole, at most ten times a second."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._written = 0.0

    def update(self, text: str, state: str) -> None:
        now = time.time()
        if now - self._written < LIVE_INTERVAL:
            return
        self._written = now
        temporary = self.path.with_name(f".{self.path.name}.new")
        try:
            temporary.write_text(json.dumps({"at": now, "text": text, "state": state}, ensure_ascii=False), encoding="utf-8")
            temporary.replace(self.path)
        except OSError:
            # Only a view: the transcript gets the whole answer anyway.
            return

    def clear(self) -> None:
        self._written = 0.0
        try:
            self.path.unlink(missing_ok=True)
        except OSError:
            return


def read(path: Path) -> list[Json]:
    """The whole lines of a transcript; a torn last line is left out.

    Raises:
        NotFound: no such transcript.
    """
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError as error:
        raise NotFound.of("conversation", str(path)) from error
    lines: list[Json] = []
    for raw in text.splitlines():
        try:
            line = json.loads(raw)
        except ValueError:
            continue
        if isinstance(line, dict):
            lines.append(line)
    return lines


def session_of(lines: Iterable[Json]) -> str:
    """The conversation's id, from its first line."""
    return next((str(line.get("id", "")) for line in lines if line.get("type") == "session"), "")


def restore(lines: Iterable[Json]) -> tuple[list[Json], Tokens]:
    """The messages to go on with and the last answer's usage. Pure.

    A handoff note drops what was before it. Tool calls without a result get one that says so.
    """
    messages: list[Json] = []
    tokens = Tokens()
    for line in lines:
        kind = line.get("type")
        if kind == "note" and line.get("kind") == "handoff":
            messages = [{"role": "user", "content": opening(str(line.get("text", "")))}]
            tokens = Tokens()
        elif kind == "note" and line.get("kind") == "clear":
            messages, tokens = [], Tokens()
        elif kind == "user":
            messages.append({"role": "user", "content": str(line.get("text", ""))})
        elif kind == "assistant" and line.get("content"):
            messages.append({"role": "assistant", "content": line["content"]})
            usage = line.get("usage")
            tokens = tokens_of(usage) if isinstance(usage, Mapping) else tokens
        elif kind == "tool_result":
            messages.append({"role": "user", "content": line.get("content") or []})
    return repair(messages), tokens


def repair(messages: Sequence[Json]) -> list[Json]:
    """Each assistant message with tool calls is followed by a result for every one of them, as the API demands. Pure."""
    repaired: list[Json] = []
    pending: list[str] = []
    for message in messages:
        answered = {str(block.get("tool_use_id")) for block in _blocks(message) if block.get("type") == "tool_result"}
        missing = [call for call in pending if call not in answered]
        if missing:
            results = [_missing_result(call) for call in missing]
            if answered:
                message = {"role": "user", "content": [*_blocks(message), *results]}
            else:
                repaired.append({"role": "user", "content": results})
        stray = answered - set(pending)
        if stray:
            kept = [block for block in _blocks(message) if str(block.get("tool_use_id", "")) not in stray]
            if not kept:
                continue
            message = {"role": message["role"], "content": kept}
        pending = calls_of(message)
        repaired.append(dict(message))
    if pending:
        repaired.append({"role": "user", "content": [_missing_result(call) for call in pending]})
    return repaired


def calls_of(message: Mapping[str, object]) -> list[str]:
    """Ids of the tool calls in an assistant message."""
    if message.get("role") != "assistant":
        return []
    return [str(block["id"]) for block in _blocks(message) if block.get("type") == "tool_use"]


def _missing_result(call: str) -> Json:
    return {"type": "tool_result", "tool_use_id": call, "content": INTERRUPTED, "is_error": True}


def _blocks(message: Mapping[str, object]) -> list[Json]:
    content = message.get("content")
    return [block for block in cast("list[Json]", content) if isinstance(block, dict)] if isinstance(content, list) else []


def state_directory(environment: Mapping[str, str]) -> Path:
    """Where conversations outside a town are kept."""
    base = environment.get("XDG_STATE_HOME") or str(Path(environment.get("HOME", "/")) / ".local" / "state")
    return Path(base) / "gastown" / "agent"


def default_path(session: str, environment: Mapping[str, str]) -> Path:
    """Where a new conversation is written: in its run's directory inside a town, else in the user's state directory."""
    town, run = environment.get("GT_TOWN"), environment.get("GT_RUN")
    if town and run and "/" not in run:
        return Path(town) / ".gastown" / "runs" / run / "transcript.jsonl"
    return state_directory(environment) / f"{session}.jsonl"


def find(session: str, directory: str, environment: Mapping[str, str]) -> Path:
    """The transcript of a conversation by id; with "" the newest one of `directory`.

    Raises:
        NotFound: there is none.
    """
    candidates = list(state_directory(environment).glob("*.jsonl"))
    if environment.get("GT_TOWN"):
        candidates += Path(environment["GT_TOWN"]).glob(".gastown/runs/*/transcript.jsonl")
    candidates.sort(key=lambda path: path.stat().st_mtime, reverse=True)
    for path in candidates:
        try:
            with path.open(encoding="utf-8") as file:
                first = json.loads(file.readline())
        except (OSError, ValueError):
            continue
        if first.get("id") == session or (not session and first.get("directory") == directory):
            return path
    raise NotFound.of("conversation", session or f"in {directory}", hint="start without --resume or --continue")
