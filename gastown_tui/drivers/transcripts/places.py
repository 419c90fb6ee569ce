"""Where agent CLIs keep their transcripts, and which of those files belong to one run. Looks, never writes.

A conversation may go on in another file (/clear, /new, a resumption), and sub-agents have files of their own: a run's
transcript is every file of its working directory that was written since it began.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from gastown_tui.drivers.transcripts.builtin import BuiltinParser
from gastown_tui.drivers.transcripts.claude import ClaudeParser
from gastown_tui.drivers.transcripts.codex import CodexParser
from gastown_tui.drivers.transcripts.gemini import GeminiParser
from gastown_tui.drivers.transcripts.opencode import OpencodeParser
from gastown_tui.drivers.transcripts.pi import PiParser
from gastown_tui.drivers.transcripts.reading import Parser

MOST_FILES = 200
"""Files of one run that are read; the newest ones when there are more."""
_DAYS = 31
"""Codex sorts its files by the day on which a conversation began; how many days back a run's are looked for."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose transcripts are looked for."""

    worktree: Path
    since: float
    """When the run was made (Unix seconds)."""
    known: Path | None
    """What its driver says beforehand: the file, or the directory in which the CLI keeps all of them."""
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Kind:
    """How one CLI writes its transcripts."""

    parser: Callable[[], Parser]
    find: Callable[[Wanted], Iterator[Path]]
    is_database: bool = False


def find(kind: Kind, wanted: Wanted) -> list[Path]:
    """The run's files, oldest first; none while the CLI has written nothing."""
    found: list[tuple[float, Path]] = []
    try:
        for path in kind.find(wanted):
            written = path.stat().st_mtime
            # A file's time may be a little older than our clock says: the kernel's clock ticks in steps.
            if written >= wanted.since - 1.0:
                found.append((written, path))
    except OSError:
        pass  # it is being cleaned or not readable; what was found counts
    return [path for _, path in sorted(found)[-MOST_FILES:]]


def _home(wanted: Wanted, *below: str) -> Path:
    return Path(wanted.environment.get("HOME") or "/", *below)


def _directory(wanted: Wanted, variable: str, *below: str) -> Path:
    if wanted.known is not None:
        return wanted.known
    named = wanted.environment.get(variable, "") if variable else ""
    return Path(named) if named else _home(wanted, *below)


def _builtin(wanted: Wanted) -> Iterator[Path]:
    if wanted.known is not None and wanted.known.exists():
        yield wanted.known


def _claude(wanted: Wanted) -> Iterator[Path]:
    if wanted.known is not None:
        yield from wanted.known.parent.glob("*.jsonl")
        yield from wanted.known.parent.glob("*/subagents/agent-*.jsonl")


def _codex(wanted: Wanted) -> Iterator[Path]:
    root = _directory(wanted, "CODEX_HOME", ".codex") / "sessions"
    # Its directories are named after local days; a run may be older than its newest conversation.
    first = datetime.fromtimestamp(wanted.since, UTC) - timedelta(days=1)
    for day in range(_DAYS + 2):
        here = root / (first + timedelta(days=day)).strftime("%Y/%m/%d")
        for path in here.glob("rollout-*.jsonl"):
            if path.stat().st_mtime >= wanted.since - 1.0 and _codex_directory(path) == os.path.realpath(wanted.worktree):
                yield path


@lru_cache(maxsize=2000)
def _codex_directory(path: Path) -> str:
    """In which directory a conversation was held, by its first line, which is never changed."""
    with open(path, "rb") as stream:
        line = stream.readline(4_000_000)
    try:
        return os.path.realpath(str(json.loads(line)["payload"]["cwd"]))
    except (ValueError, LookupError, TypeError):
        return ""


def _gemini(wanted: Wanted) -> Iterator[Path]:
    root = _directory(wanted, "", ".gemini") / "tmp"
    for project in root.iterdir():
        try:
            place = (project / ".project_root").read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            continue
        if os.path.realpath(place) == os.path.realpath(wanted.worktree):
            yield from (project / "chats").glob("session-*.jsonl")


def _pi(wanted: Wanted) -> Iterator[Path]:
    name = os.path.realpath(wanted.worktree).strip("/").replace("/", "-")
    yield from (_directory(wanted, "PI_CODING_AGENT_DIR", ".pi", "agent") / "sessions" / f"--{name}--").glob("*.jsonl")


def _opencode(wanted: Wanted) -> Iterator[Path]:
    base = wanted.environment.get("XDG_DATA_HOME", "")
    data = wanted.known or (Path(base) if base else _home(wanted, ".local", "share")) / "opencode"
    if (data / "opencode.db").exists():
        yield data / "opencode.db"


KINDS: Mapping[str, Kind] = {
    "claude": Kind(ClaudeParser, _claude),
    "builtin": Kind(BuiltinParser, _builtin),
    "codex": Kind(CodexParser, _codex),
    "gemini": Kind(GeminiParser, _gemini),
    "pi": Kind(PiParser, _pi),
    "opencode": Kind(OpencodeParser, _opencode, is_database=True),
}
"""By driver. A CLI that is not here tells nothing that we can read."""
