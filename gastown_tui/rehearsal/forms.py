"""The forms in which model APIs are asked and answer: one common shape inside, one module for each API's words.

A form puts a request into the common shape (conversation.py), and an answer or a failure into the API's own. It keeps
nothing: everything comes from the request.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from gastown_tui.rehearsal.conversation import Conversation
from gastown_tui.rehearsal.player import Answer
from gastown_tui.rehearsal.scenario import Fault

Json = dict[str, object]
CHUNK = 14
"""Characters in one delta of words; small, so that a streamed answer looks like one."""
CALL_CHUNK = 200
"""Characters in one delta of a tool call's arguments."""
LIMIT_SECONDS = 3600
"""Until a usage limit ends."""


class Beat(StrEnum):
    """What the server does after it sent a piece of a stream."""

    NONE = "none"
    THINK = "think"
    """The answer's own pause."""
    DELTA = "delta"
    """The small gap between two pieces."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One server-sent event."""

    data: Json | str
    name: str = ""
    """The event's name; "" sends none."""
    beat: Beat = Beat.NONE

    def encoded(self) -> bytes:
        text = self.data if isinstance(self.data, str) else json.dumps(self.data, ensure_ascii=False)
        head = f"event: {self.name}\n" if self.name else ""
        return f"{head}data: {text}\n\n".encode()


@dataclass(frozen=True, slots=True)
class Failure:
    """An error answer in an API's own words."""

    status: int
    body: Json
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, understood."""

    conversation: Conversation
    model: str
    is_stream: bool


class Form(Protocol):
    """One API."""

    def ask(self, path: str, body: Mapping[str, object]) -> Asked:
        """Understands a request. Raises conversation.MalformedRequest."""
        ...

    def whole(self, answer: Answer, model: str) -> Json:
        """The answer to a request that wants no stream."""
        ...

    def pieces(self, answer: Answer, model: str) -> Iterator[Piece]:
        """The same as a stream."""
        ...

    def fault(self, fault: Fault, now: float) -> Failure | None:
        """The error answer of a fault, or None for faults that spoil a stream. `now` is wall time, for limits."""
        ...

    def refusal(self, status: int, message: str) -> Failure:
        """An error that no script asked for."""
        ...


def chunks(text: str, size: int) -> Sequence[str]:
    """`text` cut into pieces of at most `size` characters."""
    return [text[offset : offset + size] for offset in range(0, len(text), size)]


def in_common(
    messages: Sequence[tuple[str, str]], tools: Sequence[tuple[str, object]], system: str, *, is_side: bool
) -> dict[str, object]:
    """A body of the common shape.

    Args:
        messages: (role, text) in order; roles are user, assistant, system (words around the conversation) and tool (a result).
        tools: (name, JSON schema of its parameters).
        is_side: it offers no tools, so it may be no turn (a title).
    """
    found: list[object] = []
    for role, text in messages:
        if role == "tool":
            found.append({"role": "user", "content": [{"type": "tool_result", "content": text}]})
        else:
            found.append({"role": role, "content": text})
    body: dict[str, object] = {"messages": found, "system": system}
    if tools or is_side:
        body["tools"] = [{"name": name, "input_schema": schema} for name, schema in tools]
    return body


def objects(value: object) -> Sequence[Mapping[str, object]]:
    """The objects of a JSON list; nothing of anything else."""
    return [one for one in value if isinstance(one, Mapping)] if isinstance(value, list) else []


def plain_text(content: object, kinds: Sequence[str]) -> str:
    """A JSON string, or the `text` of a list's parts of these types."""
    if isinstance(content, str):
        return content
    return "\n".join(str(part.get("text", "")) for part in objects(content) if part.get("type") in kinds)
