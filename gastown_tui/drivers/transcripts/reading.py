"""The interface of all transcript readers, and what they share in taking foreign JSON apart. Pure."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, cast

from gastown_tui.core.transcript import Item
from gastown_tui.drivers.transcripts.lines import Lines

Json = Mapping[str, object]
TEXT_LIMIT = 200_000
"""Characters of one entry that are kept: a tool may print a whole disk."""
SUMMARY_LIMIT = 300
DIFF_LINES = 2_000
"""Lines of each side beyond which a change is shown as its new text: comparing takes time quadratic in them."""
_SUMMARY_KEYS = (
    "command", "cmd", "arguments", "args", "file_path", "filePath", "path", "absolute_path", "notebook_path", "pattern", "url", "query",
    "description", "prompt", "skill",
)  # fmt: skip


class Parser(Protocol):
    """Reads one kind of record. Keeps a little between records; never the conversation."""

    def parse(self, record: Json) -> list[Item]:
        """What one record says; [] for records that say nothing to us."""
        ...

    def state(self) -> dict[str, str]:
        """What it must know again to go on in the middle of a file."""
        ...

    def restore(self, state: Mapping[str, str]) -> None:
        """Goes on from an earlier `state`."""
        ...


class Reader:
    """Bytes of one JSONL transcript in, items out."""

    def __init__(self, parser: Parser) -> None:
        self.parser = parser
        self._lines = Lines()
        self._malformed = 0

    @property
    def skipped(self) -> int:
        """Lines that were no records: malformed, or too long."""
        return self._malformed + self._lines.too_long

    @property
    def pending(self) -> int:
        """Bytes that were taken and belong to a line that is not whole yet."""
        return self._lines.pending

    def feed(self, data: bytes) -> list[Item]:
        """The items of all records that `data` completes. Never raises."""
        items: list[Item] = []
        for line in self._lines.feed(data):
            record = load(line)
            if record is None:
                self._malformed += 1
                continue
            try:
                items += self.parser.parse(record)
            except (ValueError, TypeError, AttributeError, LookupError, RecursionError, OverflowError):
                # A record of a shape that no version wrote when we looked; the next one may be all right.
                self._malformed += 1
        return items


def load(line: bytes) -> Json | None:
    """A line as a JSON object, None when it is none."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return cast("Json", found) if isinstance(found, dict) else None


def record_of(value: object) -> Json:
    """A nested object, {} when it is none."""
    return cast("Json", value) if isinstance(value, dict) else {}


def records_of(value: object) -> list[Json]:
    """The objects of a list, [] when it is none."""
    return [cast("Json", one) for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def text_of(value: object) -> str:
    """A string, "" when it is none; half a surrogate pair is replaced, and what is too long is cut."""
    if not isinstance(value, str):
        return ""
    whole = value if len(value) <= TEXT_LIMIT else f"{value[:TEXT_LIMIT]}\n… {len(value) - TEXT_LIMIT} more characters"
    return whole if whole.isascii() else whole.encode("utf-8", "replace").decode()


def number_of(value: object) -> int:
    """A count, 0 when it is none."""
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e15 else 0


def counts_of(usage: Json, names: tuple[str, str, str, str]) -> tuple[int, int, int, int]:
    """The four counts of a usage object: fresh input, output, read from the cache, written to it."""
    return (
        number_of(usage.get(names[0])),
        number_of(usage.get(names[1])),
        number_of(usage.get(names[2])),
        number_of(usage.get(names[3])),
    )


ANTHROPIC = ("input_tokens", "output_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
"""What the Messages API calls them."""


def time_of(value: object) -> float:
    """Unix seconds from an ISO time, from seconds or from milliseconds; 0.0 when it is none of them."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        # Seconds stay below this until the year 5138, milliseconds were above it from March 1973 on.
        return max(0.0, float(value) / 1000 if value > 1e11 else float(value))
    if not isinstance(value, str):
        return 0.0
    try:
        return datetime.fromisoformat(value).timestamp()
    except ValueError:
        return 0.0


def words_of(content: object) -> str:
    """The text of a message: a string, or the texts of its blocks."""
    if isinstance(content, str):
        return text_of(content)
    parts = (text_of(block.get("text")) for block in records_of(content))
    return "\n".join(part for part in parts if part)


def summary(given: object) -> str:
    """One line about a tool's input."""
    if isinstance(given, str):
        return one_line(given)
    found = record_of(given)
    for key in _SUMMARY_KEYS:
        value = found.get(key)
        if isinstance(value, str) and value.strip():
            return one_line(value)
        if isinstance(value, list) and value:
            return one_line(" ".join(map(str, value)))
    return ""


def one_line(text: str) -> str:
    """The first line that is not blank, cut."""
    first = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return text_of(first if len(first) <= SUMMARY_LIMIT else f"{first[:SUMMARY_LIMIT]}…")


def detail_of(given: object) -> str:
    """A tool's input in full: a command as it is, everything else as JSON."""
    if isinstance(given, str):
        return text_of(given)
    found = record_of(given)
    for key in ("command", "cmd"):
        if isinstance(found.get(key), str):
            return text_of(found[key])
    return text_of(json.dumps(found, ensure_ascii=False, indent=2, default=str)) if found else ""


def change(path: str, pairs: Iterable[tuple[str, str]]) -> str:
    """Replacements (old text, new text) in a file as a diff without line numbers."""
    lines = [f"--- {path}", f"+++ {path}"]
    for old, new in pairs:
        lines += _compared(old.splitlines(), new.splitlines())
    return text_of("\n".join(lines))


def _compared(old: Sequence[str], new: Sequence[str]) -> list[str]:
    if max(len(old), len(new)) > DIFF_LINES:
        return ["@@ @@", *(f"+{line}" for line in new[:DIFF_LINES]), f" … {max(0, len(new) - DIFF_LINES)} more lines"]
    found = list(difflib.unified_diff(old, new, lineterm="", n=2))[2:]
    return ["@@ @@" if line.startswith("@@") else line for line in found]
