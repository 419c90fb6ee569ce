"""Why an agent's light is what it is: every claim that was weighed, and the facts around them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from gastown_tui.core.errors import GastownError
from gastown_tui.core.evidence import Claim, Evidence, Judgement, StateVerdict
from gastown_tui.core.rows import Request, Run
from gastown_tui.core.snapshot import PaneFact
from gastown_tui.drivers import registry
from gastown_tui.infra.tmux import TmuxServer
from gastown_tui.ledger import agents, digests, incidents, requests, runs, telemetry
from gastown_tui.services import lights, panes
from gastown_tui.services.context import TownContext
from gastown_tui.services.screens import ScreenReader
from gastown_tui.services.snapshot import CARD_KINDS


@dataclass(frozen=True, slots=True)
class Explanation:
    """One agent's state, explained. Titles and details are foreign text."""

    agent: str
    driver: str
    run: str
    """"" when none is active."""
    verdict: StateVerdict
    claims: tuple[Claim, ...]
    """The one that decides first."""
    title: str
    """Of its terminal."""
    panes_known: bool
    """False: tmux did not answer, so that nothing is said about its process."""


def explain(ctx: TownContext, address: str) -> Explanation:
    """Weighs everything about one agent, as the console does, and keeps what lost.

    Raises:
        NotFound: no such agent.
    """
    agent, now = agents.get(ctx.ledger, address), ctx.now()
    run = runs.active_of_agent(ctx.ledger, address)
    listing = panes.listing(ctx)
    pane = next((pane for pane in listing or () if run and pane.run == run.id), None)
    report = telemetry.reports(ctx.telemetry).get(run.id) if run else None
    card = {card.subject: card for card in incidents.open_ones(ctx.ledger) if card.kind in CARD_KINDS}.get(address)
    asked = _asked(ctx, address) if run else None
    screen = ScreenReader.of(ctx.layout).evidence(run, pane, report, now, asked) if run and pane else None
    facts = lights.AgentFacts(
        agent,
        run,
        last=None if run else next(iter(runs.of_agent(ctx.ledger, address, 1)), None),
        pane=pane,
        panes_known=listing is not None,
        report=report,
        request=asked,
        incident=card,
        screen=screen,
        digest=digests.every(ctx.telemetry).get(run.id) if run else None,
    )
    found = lights.judge(facts, now)
    if screen is None and run and pane:
        found = _with_unasked(ctx, found, run, pane, now)
    title = pane.title if pane else ""
    driver = run.driver if run else agent.driver
    return Explanation(address, driver, run.id if run else "", found.verdict, found.claims, title, listing is not None)


def _asked(ctx: TownContext, address: str) -> Request | None:
    return next((one for one in requests.open_ones(ctx.ledger) if one.agent == address), None)


def _with_unasked(ctx: TownContext, found: Judgement, run: Run, pane: PaneFact, now: float) -> Judgement:
    """What the screen would have said, had it been asked."""
    said = reading(ctx, run, pane, now)
    if said is None:
        return found
    return replace(found, claims=(*found.claims, Claim(said, "not asked: its hooks have spoken since its last output")))


def reading(ctx: TownContext, run: Run, pane: PaneFact, now: float) -> Evidence | None:
    """What the screen rules read on a pane just now, None when there are no rules or none matches."""
    driver = registry.DRIVERS.get(run.driver)
    if driver is None or pane.dead or pane.in_mode:
        return None
    try:
        return driver.classify("\n".join(TmuxServer(ctx.layout).capture(pane.pane)), pane.title, now)
    except GastownError:
        return None
