"""Whether a tool call has come to its end, read from the CLI's own transcript (JSONL, one message a line).

A dialog that is allowed in the pane ends no hook (seen with Claude Code 2.1.330; only a refusal does), so the waiting
hook has to see by itself that the call went on.
"""

from __future__ import annotations

import json
import os

TAIL_BYTES = 2_000_000
"""How far back the call is looked for: it is the newest one, but its input may be a whole file."""


class ToolCall:
    """One call in one transcript.

    Args:
        given: its input; None stands for any, where the CLI shows its hook another one than it writes down.
    """

    def __init__(self, path: str, name: str, given: object) -> None:
        self._path = path if name else ""
        self._name, self._given = name, given
        self._offset = 0
        self._id = ""
        try:
            self._offset = max(0, os.stat(path).st_size - TAIL_BYTES)  # noqa: PTH116 - plain os like all of the hook
        except OSError:
            pass  # it is not there yet, or never will be
        self.has_ended()

    def has_ended(self) -> bool:
        """Whether its result has been written since the last look. False when the transcript cannot be read."""
        ended = False
        for block in self._new_blocks() if self._path else ():
            # The call itself may be written only after its hook has begun.
            if block.get("type") == "tool_use" and block.get("name") == self._name and self._given in (None, block.get("input")):
                self._id, ended = str(block.get("id", "")), False
            elif self._id and self._id == block.get("tool_use_id"):
                ended = True
        return ended

    def _new_blocks(self) -> list[dict[str, object]]:
        try:
            with open(self._path, "rb") as file:
                file.seek(self._offset)
                whole, newline, _ = file.read().rpartition(b"\n")
        except OSError:
            return []
        self._offset += len(whole) + len(newline)
        return [block for line in whole.split(b"\n") for block in _blocks(line)]


def _blocks(line: bytes) -> list[dict[str, object]]:
    try:
        record = json.loads(line)
    except ValueError:
        return []  # the first line of the tail is cut
    message = record.get("message") if isinstance(record, dict) else None
    content = message.get("content") if isinstance(message, dict) else None
    return [block for block in content if isinstance(block, dict)] if isinstance(content, list) else []
