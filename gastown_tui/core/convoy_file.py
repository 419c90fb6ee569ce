"""A convoy written as TOML: beads with their order, filed all at once.

title = "Minesweeper"

[[bead]]
key = "board"
title = "A board of cells"
description = "…"
acceptance = "…"

[[bead]]
key = "reveal"
title = "Reveal a cell"
needs = ["board"]          # keys of this file, or ids of beads that exist
"""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from gastown_tui.core.errors import ConfigError
from gastown_tui.core.ids import BEAD_ID
from gastown_tui.core.readiness import find_cycle
from gastown_tui.core.toml_text import line_of, parse_toml


class ConvoyBead(BaseModel):
    """One `[[bead]]`."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    key: str = Field(min_length=1, max_length=80)
    title: str = Field(min_length=1, max_length=500)
    description: str = ""
    acceptance: str = ""
    kind: str = "task"
    priority: int = Field(default=2, ge=0, le=4)
    needs: list[str] = Field(default_factory=list)
    labels: list[str] = Field(default_factory=list)


class ConvoyFile(BaseModel):
    """The whole file."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)
    title: str = Field(min_length=1, max_length=500)
    rig: str = ""
    bead: list[ConvoyBead] = Field(min_length=1)


def read_convoy(text: str, file: str) -> ConvoyFile:
    """Reads a convoy.

    Raises:
        ConfigError: wrong TOML, an unknown key, a key twice, a need that is neither a key nor an id, or a circle.
    """
    data = parse_toml(text, file)
    try:
        convoy = ConvoyFile.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        line = line_of(text, first["loc"][:1])
        said = "unknown key" if first["type"] == "extra_forbidden" else first["msg"]
        raise ConfigError(f"{file}{f', line {line}' if line else ''}: {place}: {said[:1].lower()}{said[1:]}") from error
    keys = [bead.key for bead in convoy.bead]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice is not None:
        raise ConfigError(f'{file}: the key "{twice}" stands twice', hint="each bead needs a key of its own")
    edges = {bead.key: [need for need in bead.needs if need in keys] for bead in convoy.bead}
    for bead in convoy.bead:
        for need in bead.needs:
            if need not in keys and not BEAD_ID.fullmatch(need):
                raise ConfigError(f'{file}: "{bead.key}" needs "{need}", which is neither a key nor a bead')
            if need in keys and (circle := find_cycle(edges, bead.key, need)):
                raise ConfigError(f"{file}: the needs make a circle: {' → '.join(circle)}")
    return convoy
