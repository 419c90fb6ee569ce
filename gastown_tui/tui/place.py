"""The overseer's place: screen, selection and draft, kept between two visits to the same town."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Place:
    """Where a person was when they left."""

    mode: str = "town"
    selected: str = ""
    need: str = ""
    draft: str = ""
    theme: str = "gas-town"
    seen: int = 0
    """The last event that was there; what came after it happened meanwhile."""


def place_file(town: Path, environment: Mapping[str, str] = os.environ) -> Path:
    """Below the person's own state directory, by town."""
    state = environment.get("XDG_STATE_HOME") or str(Path(environment.get("HOME", "/")) / ".local" / "state")
    return Path(state) / "gastown" / f"{hashlib.sha256(str(town).encode()).hexdigest()[:16]}.json"


def load_place(path: Path) -> Place:
    """The kept place; the start when there is none or it cannot be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return Place()
    if not isinstance(found, dict):
        return Place()
    return Place(**{field.name: found[field.name] for field in fields(Place) if type(found.get(field.name)) is type(field.default)})


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
