"""Reads a model request: what the user said, how far the model's turn is, and which tools are offered.

Everything comes from the request itself, so a server needs no memory and a resumed conversation goes on. Real CLIs send
more than conversations (titles, summaries) and wrap what a user typed; those shapes are told apart here. The common shape
is the Messages API's; the other forms (forms.py) are put into it first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

_WRAPPED = re.compile(
    r"<(system-reminder|command-message|local-command-caveat|environment_context|user_instructions|session_context|hook_context"
    r"|current_datetime|skills_instructions|recommended_plugins)>.*?</\1>"
    r"|\A# AGENTS\.md instructions for .*\Z",
    re.DOTALL,
)
"""Text that a CLI puts into the user's message by itself."""
_PASTE_TAGS = re.compile(r"</?pasted_content[^>]*>")
_DIRECTORY = re.compile(r"^\s*-?\s*(?:Primary |Current )?[Ww]orking directory:\s*(.+?)\s*$|<cwd>(.+?)</cwd>", re.MULTILINE)
_COMPACT = re.compile(
    r"create a detailed summary of the conversation|summari[sz]e the conversation|context checkpoint compaction", re.IGNORECASE
)


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
    tools: Mapping[str, frozenset[str]]
    """Name of an offered tool → its parameters; none when its schema does not tell them."""
    directory: str
    """The agent's working directory when its system prompt tells it, else ""."""
    size: int
    """Characters of the whole request."""


class MalformedRequest(ValueError):
    """The body is no request of its form; the text says why."""


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
    tools = dict(_offered(body.get("tools")))
    kind = RequestKind.TURN
    if _COMPACT.search(remarks[-1].text):
        kind = RequestKind.COMPACT
    elif not tools and _is_side(body):
        kind = RequestKind.SIDE
    system = text_of(body.get("system"))
    found = _DIRECTORY.search(system) or _DIRECTORY.search(remarks[0].context)
    directory = (found[1] or found[2]) if found else ""
    return Conversation(kind, tuple(remarks), tools, directory, len(str(body)))


def _take(message: Mapping[str, object], remarks: list[Remark]) -> None:
    """Adds one message: a remark, the results of a tool turn, or context of the remark before it."""
    role, content = message["role"], message.get("content")
    if role == "assistant":
        return
    results = [text_of(block.get("content")) for block in blocks_of(content) if block.get("type") == "tool_result"]
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


def _offered(tools: object) -> Iterable[tuple[str, frozenset[str]]]:
    for tool in tools if isinstance(tools, list) else []:
        if isinstance(tool, Mapping) and isinstance(tool.get("name"), str):
            schema = tool.get("input_schema")
            known = schema.get("properties") if isinstance(schema, Mapping) else None
            yield str(tool["name"]), frozenset(map(str, known)) if isinstance(known, Mapping) else frozenset()


def blocks_of(content: object) -> Sequence[Mapping[str, object]]:
    """The objects of a list; nothing of anything else."""
    if isinstance(content, list):
        return [block for block in content if isinstance(block, Mapping)]
    return []


def text_of(content: object) -> str:
    """All text in a content value: a string, or the text blocks of a list."""
    if isinstance(content, str):
        return content
    return "\n".join(str(block.get("text", "")) for block in blocks_of(content) if block.get("type") == "text")
