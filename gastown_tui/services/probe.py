"""Trying an agent CLI on this machine, in a throw-away town with a scripted model and an empty home: one bead through to the
merge, and a talk with a crew member. It costs nothing, asks nobody's model, and touches nothing of the user's."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from gastown_tui.core.errors import GastownError
from gastown_tui.core.states import BeadState, Dial, RunState
from gastown_tui.core.toml_text import toml_string
from gastown_tui.drivers import registry
from gastown_tui.drivers.base import Availability
from gastown_tui.drivers.facts import HookKind
from gastown_tui.ledger import beads, requests, runs, settings, telemetry
from gastown_tui.ledger.connection import transaction
from gastown_tui.services import boot, control, demo, rehearsal
from gastown_tui.services.config import town_config
from gastown_tui.services.context import TownContext
from gastown_tui.services.probe_talk import NAME as CREW
from gastown_tui.services.probe_talk import NO, UNKNOWN, YES, Talk
from gastown_tui.services.rigs import add as add_rig
from gastown_tui.services.town import create_town

SCENARIO = "probe"
RIG = "probe"
TITLE = "Leave a mark"
LIMIT = 120.0
"""Seconds for the whole bead; opencode needs 30 on a slow machine."""
STEP = 0.2
REHEARSABLE = ("claude", "codex", "gemini", "opencode", "pi", "builtin", "copilot")
"""CLIs that can be pointed at a scripted model without a login."""
KEY = "probe."
"""Of the town's settings, with the driver's name behind it."""
COLUMNS = (
    ("ready", "ready"),
    ("prompt", "prompt whole"),
    ("hooks", "hook events"),
    ("unasked", "asks nobody"),
    ("merged", "bead merged"),
    ("turn", "turn's states"),
    ("answered", "permission"),
    ("error", "error"),
    ("limit", "limit"),
    ("resumed", "resumed"),
)
"""Finding → its heading, in the order of a table."""


@dataclass(frozen=True, slots=True)
class Probe:
    """What was found of one CLI. Each answer is yes, no, none (it has nothing of the kind) or unknown."""

    driver: str
    state: str
    """Of its availability."""
    version: str
    path: str
    at: float
    ready: str = UNKNOWN
    """It came up and reported a state by itself."""
    prompt: str = UNKNOWN
    """Its first words and a long message stood whole in what its model was asked."""
    hooks: str = UNKNOWN
    """Events of a whole turn, from its prompt to its end."""
    unasked: str = UNKNOWN
    """Edit, commit and `gt done` needed no person."""
    merged: str = UNKNOWN
    turn: str = UNKNOWN
    """Seen from outside it worked through a whole turn, then rested, and was never called anything wrong."""
    answered: str = UNKNOWN
    """Its question was seen, answered as from the console, and the answer had its effect."""
    error: str = UNKNOWN
    """A provider's failure became its state."""
    limit: str = UNKNOWN
    """A provider's limit became its state."""
    resumed: str = UNKNOWN
    """Killed, it came again by itself and its model was told what had been said before."""
    detail: str = ""
    """What went wrong, or why it was not tried. Foreign text."""

    @property
    def is_good(self) -> bool:
        """Nothing that was tried failed."""
        return NO not in self.answers() and self.state in ("ready", "no_login")

    def answers(self) -> tuple[str, ...]:
        """The findings in the order of COLUMNS."""
        return tuple(str(getattr(self, name)) for name, _ in COLUMNS)


def probe(ctx: TownContext, name: str) -> Probe:
    """Tries one CLI and keeps the result in the town.

    Raises:
        NotFound: there is no such CLI.
        ConfigError: town.toml is wrong.
    """
    flat = {one: driver.settings() for one, driver in town_config(ctx).drivers.items()}
    driver = registry.get(name)
    found = driver.availability(os.environ, flat.get(name, {}))
    done = Probe(name, found.state, found.version, found.path, ctx.now(), detail=found.detail)
    if found.state in ("ready", "no_login", "unknown") and name in REHEARSABLE:
        done = try_one(name, found)
    elif found.state == "ready":
        done = Probe(**{**asdict(done), "detail": "not started: it cannot be pointed at a scripted model"})
    with transaction(ctx.ledger) as conn:
        settings.put(conn, KEY + name, json.dumps(asdict(done)))
    return done


def last(ctx: TownContext, name: str) -> Probe | None:
    """The newest result of a CLI in this town; None when it was never tried."""
    try:
        known = json.loads(settings.get(ctx.ledger, KEY + name))
        return Probe(**known)
    except (ValueError, TypeError):
        return None


def try_one(name: str, found: Availability) -> Probe:
    """The bead, in a town that is made for it and removed again."""
    with tempfile.TemporaryDirectory(prefix="gtp-", ignore_cleanup_errors=True) as place, _home(Path(place).resolve() / "home"):
        root = Path(place).resolve() / "t"
        ctx = create_town(root, name="probe", default_agent=name, mayor_driver=name)
        try:
            if name != "builtin":
                with ctx.layout.config.open("a", encoding="utf-8") as file:
                    file.write(f"\n[drivers.{name}]\ncommand = {toml_string(found.path)}\n")
            return _play(ctx, name, found)
        except GastownError as error:
            return Probe(name, found.state, found.version, found.path, time.time(), detail=error.line())
        finally:
            demo.discard(ctx)


def _play(ctx: TownContext, name: str, there: Availability) -> Probe:
    kept = ctx.layout.private / "probe.jsonl"
    url = rehearsal.ensure_server(ctx.layout, SCENARIO, 0.0, keep=kept)
    with transaction(ctx.ledger) as conn:
        settings.put(conn, settings.REHEARSAL, url)
    origin = rehearsal.seed_project(SCENARIO, ctx.layout.root / "origin")
    add_rig(ctx, RIG, str(origin), prefix="pb", dial=Dial.AUTO, max_polecats=1)
    bead = beads.create(ctx.ledger, beads.NewBead(RIG, "pb", TITLE), actor=ctx.actor, now=ctx.now())
    beads.sling(ctx.ledger, bead.id, f"{RIG}/polecats", actor=ctx.actor, now=ctx.now())
    talk = Talk(ctx, name, kept, f"{RIG}/crew/{CREW}", ctx.layout.rig(RIG).crew(CREW))
    boot.set_wanted(ctx, "up")
    boot.ensure_supervisor(ctx)
    events: Mapping[str, str] = {}
    was_asked, end = "", time.monotonic() + LIMIT
    while True:
        events = {**events, **_events(ctx, bead.id)}
        was_asked = was_asked or next((request.title for request in requests.open_ones(ctx.ledger)), "")
        state = beads.get(ctx.ledger, bead.id).state
        tried = runs.of_bead(ctx.ledger, bead.id)
        is_over = state is BeadState.CLOSED or any(one.state in (RunState.FAILED, RunState.LOST) for one in tried)
        if is_over and state is BeadState.CLOSED and tried[-1].ended_at is None and "Stop" not in events:
            is_over = False  # the merge was faster than the agent's last words; its run ends by itself soon
        if is_over or was_asked or time.monotonic() > end:
            break
        time.sleep(STEP)
    is_merged = beads.get(ctx.ledger, bead.id).state is BeadState.CLOSED
    failed = next((one.reason for one in tried if one.state in (RunState.FAILED, RunState.LOST)), "")
    detail = failed or (f"it asks: {was_asked}" if was_asked else "") or ("" if is_merged else f"not over within {LIMIT:g} s")
    is_ready = any(one.ready_at for one in tried)
    first = _word(talk.was_told(TITLE)) if is_ready else UNKNOWN
    if is_ready:
        control.add_crew(ctx, RIG, CREW, name)
        talk.play()
    found = talk.answers
    return Probe(
        name,
        there.state,
        there.version,
        there.path,
        time.time(),
        ready=_word(is_ready),
        prompt=NO if first == NO else found.get("whole", UNKNOWN),
        hooks=_hooks(name, events, is_ready=is_ready),
        unasked=_word(is_merged and not was_asked),
        merged=_word(is_merged),
        detail="; ".join(filter(None, (detail, *talk.details))),
        **{one: found.get(one, UNKNOWN) for one in ("turn", "answered", "error", "limit", "resumed")},
    )


def _hooks(name: str, events: Mapping[str, str], *, is_ready: bool) -> str:
    facts = registry.get(name).facts
    if facts.hooks is HookKind.OWN:
        return _word(is_ready)  # our own program writes its states itself
    return _word({"UserPromptSubmit", "Stop"} <= events.keys()) if facts.reports_hooks else UNKNOWN


def _events(ctx: TownContext, bead: str) -> dict[str, str]:
    """Event → what it said, of the bead's runs so far; a run's events go when it is cleaned away."""
    found: dict[str, str] = {}
    for run in runs.of_bead(ctx.ledger, bead):
        for _, event, data in telemetry.events_of(ctx.telemetry, run.id, 100):
            found[event] = str(data.get("prompt", found.get(event, "")))
    return found


def _word(is_so: bool) -> str:
    return YES if is_so else NO


@contextmanager
def _home(place: Path) -> Iterator[None]:
    """An empty home for whatever is started meanwhile, with an identity for git."""
    place.mkdir()
    (place / ".gitconfig").write_text("[user]\n\tname = probe\n\temail = probe@gastown.invalid\n", encoding="utf-8")
    before = {name: os.environ.get(name) for name in ("HOME", *(name for name in os.environ if name.startswith("XDG_")))}
    try:
        for name in before:
            os.environ.pop(name, None)
        os.environ["HOME"] = str(place)
        yield
    finally:
        for name, value in before.items():
            if value is not None:
                os.environ[name] = value
