"""Reads a Messages API request: what the user said, how far the model's turn is, and which tools are offered.

Everything comes from the request itself, so a server needs no memory and a resumed conversation goes on. Real CLIs send
more than conversations (titles, summaries) and wrap what a user typed; those shapes are told apart here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

_WRAPPED = re.compile(r"<(system-reminder|command-message|local-command-caveat)>.*?</\1>", re.DOTALL)
"""Text that a CLI puts into the user's message by itself."""
_PASTE_TAGS = re.compile(r"</?pasted_content[^>]*>")
_DIRECTORY = re.compile(r"^\s*-?\s*(?:Primary )?[Ww]orking directory:\s*(.+?)\s*$", re.MULTILINE)
_COMPACT = re.compile(r"create a detailed summary of the conversation|summari[sz]e the conversation", re.IGNORECASE)


class RequestKind(StrEnum):
    """What a request is for. Only a turn advances a script."""

    TURN = "turn"
    SIDE = "side"
    """A title or similar, without tools."""
    COMPACT = "compact"


@dataclass(frozen=True, slots=True)
class Remark:
    """Something the user said, and the results of the tool turns that followed it."""

    text: str
    context: str
    """The same with everything that the CLI wrapped around it: reminders, hook output."""
    results: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Conversation:
    """A request, understood."""

    kind: RequestKind
    remarks: tuple[Remark, ...]
    """In order; the last one is being answered."""
    tools: frozenset[str]
    directory: str
    """The agent's working directory when its system prompt tells it, else ""."""
    size: int
    """Characters of the whole request."""


class MalformedRequest(ValueError):
    """The body is no Messages API request; the text says why."""


def parse(body: Mapping[str, object]) -> Conversation:
    """Understands a request body.

    Raises:
        MalformedRequest: when it has no usable messages.
    """
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise MalformedRequest("messages: at least one message is required")
    remarks: list[Remark] = []
    for message in messages:
        if not isinstance(message, Mapping) or not isinstance(message.get("role"), str):
            raise MalformedRequest("messages: each message needs a role and content")
        _take(message, remarks)
    if not remarks:
        raise MalformedRequest("messages: no message of the user")
    tools = frozenset(_names(body.get("tools")))
    kind = RequestKind.TURN
    if _COMPACT.search(remarks[-1].text):
        kind = RequestKind.COMPACT
    elif not tools and _is_side(body):
        kind = RequestKind.SIDE
    system = text_of(body.get("system"))
    found = _DIRECTORY.search(system) or _DIRECTORY.search(remarks[0].context)
    return Conversation(kind, tuple(remarks), tools, found.group(1) if found else "", len(str(body)))


def _take(message: Mapping[str, object], remarks: list[Remark]) -> None:
    """Adds one message: a remark, the results of a tool turn, or context of the remark before it."""
    role, content = message["role"], message.get("content")
    if role == "assistant":
        return
    results = [text_of(block.get("content")) for block in _blocks(content) if block.get("type") == "tool_result"]
    raw = "" if results else text_of(content)
    spoken = _PASTE_TAGS.sub("", _WRAPPED.sub("", raw)).strip()
    last = remarks[-1] if remarks else None
    if results and last:
        # Words beside a result are steering of the running turn: they do not start another script.
        remarks[-1] = Remark(last.text, last.context, (*last.results, "\n".join(results)))
    elif spoken and role == "user":
        remarks.append(Remark(spoken, raw, ()))
    elif raw and last:
        remarks[-1] = Remark(last.text, f"{last.context}\n{raw}", last.results)
    elif raw and role == "user":
        remarks.append(Remark("", raw, ()))


def _is_side(body: Mapping[str, object]) -> bool:
    """A request without tools is a title or a classification, unless it asks for a structured answer."""
    return "output_config" not in body and "tools" in body


def _names(tools: object) -> Iterable[str]:
    for tool in tools if isinstance(tools, list) else []:
        if isinstance(tool, Mapping) and isinstance(tool.get("name"), str):
            yield str(tool["name"])


def _blocks(content: object) -> Sequence[Mapping[str, object]]:
    if isinstance(content, list):
        return [block for block in content if isinstance(block, Mapping)]
    return []


def text_of(content: object) -> str:
    """All text in a content value: a string, or the text blocks of a list."""
    if isinstance(content, str):
        return content
    return "\n".join(str(block.get("text", "")) for block in _blocks(content) if block.get("type") == "text")
