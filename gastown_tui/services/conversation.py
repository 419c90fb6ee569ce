"""An agent's conversation as turns that a front end can show. Reads transcripts; never asks a model."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from gastown_tui.core.ids import OVERSEER
from gastown_tui.ledger import runs
from gastown_tui.services.context import TownContext
from gastown_tui.services.transcripts import transcript_of

TAIL_BYTES = 262_144
"""Newest part of a transcript that is read; older turns are not shown."""


_MESSAGE = re.compile(r'<message from="([^"]*)"[^>]*>\s*(.*?)\s*</message>', re.DOTALL)
"""Other agents' words, as they are fenced for an agent that pulls them …"""
_TYPED = re.compile(r"\[message \S+ from (\S+)\] (.*)", re.DOTALL)
"""… and as they are typed into one that does not."""


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing said or done. All strings are foreign text."""

    at: float
    speaker: str
    """you | agent | receipt | note"""
    text: str


@dataclass(frozen=True, slots=True)
class Conversation:
    """Turns, oldest first, and what is being said just now."""

    turns: tuple[Turn, ...]
    live: str
    """The unfinished answer, "" at rest."""


def read(ctx: TownContext, agent: str) -> Conversation:
    """What was said with `agent` in its newest run. Words that it has not taken up yet are the outbox's to tell."""
    newest = next(iter(runs.of_agent(ctx.ledger, agent, 1)), None)
    turns: list[Turn] = []
    live = ""
    if newest is not None:
        turns = _turns(transcript_of(ctx, newest))
        live = _live(ctx.layout.run_directory(newest.id) / "live.json")
    return Conversation(tuple(turns), live)


def _turns(path: Path) -> list[Turn]:
    try:
        with open(path, "rb") as stream:
            stream.seek(max(0, path.stat().st_size - TAIL_BYTES))
            lines = stream.read().split(b"\n")
    except OSError:
        return []
    turns: list[Turn] = []
    is_brief = False
    for line in lines:
        try:
            record = json.loads(line)
        except ValueError:
            continue
        if not isinstance(record, dict):
            continue
        record = _plain(record)
        if record.get("type") == "session":
            # What a session is started with is its brief, which nobody said.
            is_brief = True
        elif record.get("type") == "user" and (is_brief or _is_prime(record)) and not record.get("sender"):
            is_brief = False
        else:
            turns += _of_record(record)
    return turns


def _is_prime(record: dict[str, object]) -> bool:
    """Whether a text is what `gt prime` says; a CLI that goes on with a conversation is given it again in the middle."""
    text = str(record.get("text", ""))
    return text.startswith("You are ") and "$GT" in text


def _plain(record: dict[str, object]) -> dict[str, object]:
    """Claude Code's records in the built-in agent's shape: its own remarks and other agents' side talks have no text."""
    message = record.get("message")
    if not isinstance(message, dict):
        return record
    if record.get("isMeta") or record.get("isSidechain"):
        return {}
    content = message.get("content")
    try:
        at = datetime.fromisoformat(str(record.get("timestamp", ""))).timestamp()
    except ValueError:
        at = 0.0
    shape: dict[str, object] = {"type": record.get("type"), "at": at}
    if isinstance(content, str):
        return {**shape, "text": content}
    texts = [str(block.get("text", "")) for block in content or () if isinstance(block, dict) and block.get("type") == "text"]
    if record.get("type") == "user":
        # A tool's result is a user's record without text.
        return {**shape, "text": "\n".join(texts)}
    return {**shape, "content": content}


def _of_record(record: dict[str, object]) -> list[Turn]:
    at = float(str(record.get("at", 0.0)))
    kind = record.get("type")
    text = record.get("text")
    speaker = {"user": "you", "assistant": "agent", "error": "note", "note": "note"}.get(str(kind), "")
    if isinstance(text, str) and kind == "user" and (found := _MESSAGE.fullmatch(text) or _TYPED.fullmatch(text)):
        sender, words = found.groups()
        return [Turn(at, "you", words) if sender == OVERSEER else Turn(at, "note", f"{sender}: {words}")]
    content = record.get("content")
    # An assistant's blocks say more than its text alone: what it did is among them.
    if not isinstance(content, list) and speaker and isinstance(text, str) and text.strip():
        return [Turn(at, speaker, text)]
    if not isinstance(content, list):
        return []
    turns = []
    for block in content:
        if not isinstance(block, dict):
            continue
        if block.get("type") == "text" and speaker and str(block.get("text", "")).strip():
            turns.append(Turn(at, speaker, str(block["text"])))
        elif block.get("type") == "tool_use":
            turns.append(Turn(at, "receipt", _receipt(block)))
    return turns


def _receipt(block: dict[str, object]) -> str:
    given = block.get("input")
    words = ""
    if isinstance(given, dict):
        value = next((given[key] for key in ("command", "arguments", "args", "path", "file_path", "pattern") if key in given), "")
        words = " ".join(map(str, value)) if isinstance(value, list) else str(value)
    return f"{block.get('name', 'tool')} {words}".strip()


def _live(path: Path) -> str:
    try:
        value = json.loads(path.read_text(encoding="utf-8", errors="replace"))
    except (OSError, ValueError):
        return ""
    return str(value.get("text", "")) if isinstance(value, dict) else ""
