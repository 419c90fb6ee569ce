"""The overseer's place: screen, selection, filters and draft, kept between two visits to the same town."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person was when they left."""

    mode: str = "town"
    selected: str = ""
    need: str = ""
    draft: str = ""
    seen: int = 0
    """The last event that was there; what came after it happened meanwhile."""
    focus: str = ""
    """The agent that was shown in full, "" for none."""
    filters: dict[str, str] = field(default_factory=dict)
    """Main screen → the words that its rows are filtered by."""
    rows: dict[str, str] = field(default_factory=dict)
    """Main screen → the key of its selected row."""
    snoozed: dict[str, str] = field(default_factory=dict)
    """What was put off (viewmodels/snooze.py)."""
    density: str = "M"
    sort: str = "attention"
    group: str = "rig"
    filter: str = ""
    pins: str = ""
    """Addresses of the agents that stand first on the wall, with spaces between."""


def toured_file(environment: Mapping[str, str] = os.environ) -> Path:
    """There once the tour was left, in whichever town: it never comes back by itself."""
    return _state(environment) / "toured"


def has_toured(environment: Mapping[str, str] = os.environ) -> bool:
    """Whether the tour was left once. Where nothing can be kept it is not shown: it would come at every visit."""
    return toured_file(environment).exists() or not _can_keep(_state(environment))


def keep_toured(environment: Mapping[str, str] = os.environ) -> None:
    """Remembers that the tour was left."""
    try:
        toured_file(environment).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        toured_file(environment).touch(mode=0o600)
    except OSError:
        pass  # a full disk: it is shown once more


def _can_keep(directory: Path) -> bool:
    there = next(path for path in (directory, *directory.parents) if path.exists())
    return os.access(there, os.W_OK)


def _state(environment: Mapping[str, str]) -> Path:
    state = environment.get("XDG_STATE_HOME") or str(Path(environment.get("HOME", "/")) / ".local" / "state")
    return Path(state) / "gastown"


def place_file(town: Path, born: float, environment: Mapping[str, str] = os.environ) -> Path:
    """Below the person's own state directory, by town.

    Args:
        born: when the town was made: another town at the same path has another place.
    """
    return _state(environment) / f"{hashlib.sha256(f'{town}|{born!r}'.encode()).hexdigest()[:16]}.json"


def load_place(path: Path) -> Place:
    """The kept place; the start in a town that was never visited."""
    found = _read(path) or {}
    start = Place()
    known = {one.name: found[one.name] for one in fields(Place) if _fits(found.get(one.name), getattr(start, one.name))}
    return replace(start, **known)  # type: ignore[arg-type]  # each has its default's type


def _fits(value: object, default: object) -> bool:
    if isinstance(value, dict) and not all(isinstance(part, str) for pair in value.items() for part in pair):
        return False
    return type(value) is type(default)


def _read(path: Path) -> dict[str, object] | None:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def keep_place(path: Path, place: Place) -> None:
    """Keeps it; a full or read-only disk must not stop anybody from leaving."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        scratch = path.with_suffix(f".{os.getpid()}")
        scratch.write_text(json.dumps(asdict(place), ensure_ascii=False), encoding="utf-8")
        scratch.chmod(0o600)
        scratch.replace(path)
    except OSError:
        pass
