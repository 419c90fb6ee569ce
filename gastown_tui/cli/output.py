"""The one place that prints. stdout is data, stderr is for people; foreign text never reaches a terminal raw."""

from __future__ import annotations

import json
import re
import sys
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import asdict, is_dataclass
from pathlib import Path

_SPECIAL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""Controls that steer a terminal, and marks that reorder text on the screen."""
_JSON_SPECIAL = re.compile("[\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


def visible(text: str) -> str:
    """Text with every control character made visible; line ends and tabs stay."""
    return _SPECIAL.sub(_picture, text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """Like `visible`, on one line."""
    return visible(text.replace("\r\n", "⏎").replace("\n", "⏎").replace("\t", " "))


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"<{code:04x}>"


def emit(data: object, lines: Iterable[str], *, as_json: bool) -> None:
    """Writes a verb's result to stdout: `data` as JSON, or `lines` for people."""
    if as_json:
        _write(sys.stdout, to_json(data) + "\n")
        return
    text = "\n".join(visible(line) for line in lines)
    if text:
        _write(sys.stdout, text + "\n")


def emit_line(data: object) -> None:
    """Writes one JSON line at once, for streams of records."""
    _write(sys.stdout, to_json(data, indent=None) + "\n")
    sys.stdout.flush()


def emit_text(text: str) -> None:
    """Writes one line for people at once, for streams."""
    _write(sys.stdout, visible(text) + "\n")
    sys.stdout.flush()


def emit_raw(text: str) -> None:
    """Writes data that is a file format of its own, as UTF-8."""
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8"))
    sys.stdout.buffer.flush()


def say(text: str) -> None:
    """One line to people on stderr: progress, warnings, hints."""
    _write(sys.stderr, visible(text) + "\n")
    sys.stderr.flush()


def _write(stream: object, text: str) -> None:
    # An ASCII or latin-1 terminal must not end a verb with a traceback.
    encoding = getattr(stream, "encoding", None) or "utf-8"
    stream.write(text.encode(encoding, "backslashreplace").decode(encoding))  # type: ignore[attr-defined]


def to_json(data: object, indent: int | None = 2) -> str:
    """Our JSON: dataclasses as objects, no ASCII escapes but for characters that steer terminals."""
    text = json.dumps(plain(data), ensure_ascii=False, indent=indent)
    return _JSON_SPECIAL.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def plain(data: object) -> object:
    """Dataclasses, paths, tuples and sets as what JSON knows."""
    if is_dataclass(data) and not isinstance(data, type):
        return plain(asdict(data))
    if isinstance(data, dict):
        return {str(key): plain(value) for key, value in data.items()}
    if isinstance(data, list | tuple | set | frozenset):
        return [plain(value) for value in (sorted(data) if isinstance(data, set | frozenset) else data)]
    return str(data) if isinstance(data, Path) else data


def table(rows: Sequence[Sequence[str]], *, indent: str = "") -> list[str]:
    """Rows as aligned lines, wide characters counted as two; the last column is not padded."""
    shown = [[one_line(cell) for cell in row] for row in rows]
    if not shown:
        return []
    widths = [max(_width(row[index]) for row in shown if index < len(row)) for index in range(max(map(len, shown)))]
    lines = []
    for row in shown:
        cells = [cell + " " * (widths[index] - _width(cell)) for index, cell in enumerate(row[:-1])]
        lines.append((indent + "  ".join([*cells, row[-1] if row else ""])).rstrip())
    return lines


def _width(text: str) -> int:
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text
    )
