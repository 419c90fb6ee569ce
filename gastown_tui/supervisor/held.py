"""What a settings file that cannot be read holds back: nothing new starts from it, a card says so, and what runs goes on.

The files are read in every round, so that work goes on by itself once the file is mended.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gastown_tui.core.config import TownConfig, read_rig
from gastown_tui.core.errors import ConfigError, Unavailable
from gastown_tui.core.ids import SUPERVISOR, parse_address
from gastown_tui.core.rows import Agent, Bead, Run
from gastown_tui.core.states import RunState
from gastown_tui.infra.files import read_text
from gastown_tui.ledger import incidents, rigs
from gastown_tui.services.config import town_config
from gastown_tui.services.context import TownContext

KIND = "config"
TOWN = "town"
_UNPREPARED = (RunState.QUEUED, RunState.PREPARING)


def settings(ctx: TownContext) -> tuple[TownConfig, dict[str, str]]:
    """The town's settings (the defaults when they are broken), and `town` or rig → what is wrong with its file."""
    broken: dict[str, str] = {}
    config = TownConfig()
    try:
        config = town_config(ctx)
    except (ConfigError, Unavailable) as error:
        broken[TOWN] = error.line()
    for rig in rigs.every(ctx.ledger):
        path = ctx.layout.rig(rig.name).config
        try:
            text = read_text(path)
            if text is not None:
                read_rig(text, str(path))
        except (ConfigError, Unavailable) as error:
            broken[rig.name] = error.line()
    return config, broken


def tell(ctx: TownContext, broken: Mapping[str, str]) -> None:
    """One card per broken file, gone when the file is mended. Writes only what has changed."""
    named = {"town.toml" if name == TOWN else f"{name}/rig.toml": detail for name, detail in broken.items()}
    known = {card.subject: card.detail for card in incidents.open_ones(ctx.ledger) if card.kind == KIND}
    for subject, detail in named.items():
        if known.get(subject) != detail:
            incidents.raise_one(ctx.ledger, KIND, subject, detail, severity="high", actor=SUPERVISOR, now=ctx.now())
    for subject in known.keys() - named.keys():
        incidents.resolve(ctx.ledger, KIND, subject, actor=SUPERVISOR, now=ctx.now())


def keys(broken: Mapping[str, str], ready: Sequence[Bead], agents: Sequence[Agent], runs: Sequence[Run]) -> frozenset[str]:
    """Keys of acts that would need a broken file: dispatches, starts and launches, and the lane of a rig."""
    if not broken:
        return frozenset()

    def held(rig: str) -> bool:
        return TOWN in broken or rig in broken

    found = {bead.id for bead in ready if held(bead.rig)}
    found |= {agent.address for agent in agents if held(agent.rig)}
    found |= {run.id for run in runs if run.state in _UNPREPARED and held(parse_address(run.agent).rig)}
    return frozenset(found | {f"lane:{rig}" for rig in broken if rig != TOWN})
