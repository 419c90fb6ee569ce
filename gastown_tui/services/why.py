"""Why a bead does not move, and what an agent does: the answer with its evidence."""

from __future__ import annotations

from dataclasses import dataclass

from gastown_tui.core.budget import OVER, TODAY
from gastown_tui.core.errors import NotFound
from gastown_tui.core.rows import Event
from gastown_tui.core.snapshot import AgentView
from gastown_tui.core.states import OPEN_MERGE_STATES, BeadState, MergeState
from gastown_tui.infra.git import CommitFact, Git
from gastown_tui.ledger import agents, beads, events, incidents, merges, rigs, runs, settings
from gastown_tui.services import boot, requests
from gastown_tui.services.beads import detail, find
from gastown_tui.services.context import TownContext


@dataclass(frozen=True, slots=True)
class Explanation:
    """An answer: one sentence, the facts behind it, and what would help."""

    subject: str
    answer: str
    facts: tuple[str, ...]
    next_step: str


def explain(ctx: TownContext, word: str) -> Explanation:
    """Explains a bead or an agent.

    Raises:
        NotFound: neither.
    """
    if beads.find(ctx.ledger, word) is not None:
        return of_bead(ctx, word)
    if agents.find(ctx.ledger, word) is not None:
        return of_agent(ctx, word)
    raise NotFound.of("bead or agent", word, hint="see gt list and gt agents")


def of_bead(ctx: TownContext, bead_id: str) -> Explanation:
    """Why a bead is where it is."""
    found = detail(ctx, bead_id)
    bead = found.bead
    facts = [f"state {bead.state.value}, slung to {bead.slung_to or 'nobody'}, failed tries {bead.attempts}"]
    facts += [f"run {run.id} of {run.agent}: {run.state.value} {run.reason}".rstrip() for run in found.runs[-3:]]
    facts += [f"merge {merge.id}: {merge.state.value} {merge.detail}".rstrip() for merge in found.merges[-3:]]
    if bead.state is BeadState.SUBMITTED:
        return Explanation(bead_id, *_submitted(ctx, bead_id, facts))
    if found.reason:
        step = {BeadState.NEEDS_HELP: f"gt sling {bead_id} when it can go on", BeadState.DEFERRED: f"gt reopen {bead_id}"}
        return Explanation(bead_id, found.reason, tuple(facts), step.get(bead.state, ""))
    if not bead.slung_to:
        return Explanation(bead_id, "it is ready, but nobody was given it", tuple(facts), f"gt sling {bead_id}")
    return Explanation(bead_id, *_waiting(ctx, bead_id, bead.rig, bead.slung_to, facts))


def _submitted(ctx: TownContext, bead_id: str, facts: list[str]) -> tuple[str, tuple[str, ...], str]:
    open_merges = [merge for merge in merges.of_bead(ctx.ledger, bead_id) if merge.state in OPEN_MERGE_STATES]
    asked = [one for one in requests.open_ones(ctx) if one.kind == "approval" and one.bead == bead_id]
    if asked or any(merge.state is MergeState.AWAITING_APPROVAL for merge in open_merges):
        return "it waits for your approval", tuple(facts), f"gt approve {bead_id}"
    if not open_merges:
        return "it was handed in, and its merge has stopped", tuple(facts), f"gt mq show {bead_id}"
    before = [merge for merge in merges.open_ones(ctx.ledger, open_merges[0].rig) if merge.id < open_merges[0].id]
    facts.append(f"{len(before)} merges are before it")
    return f"its merge is {open_merges[0].state.value}", tuple(facts), _blocker(ctx)


def _waiting(ctx: TownContext, bead_id: str, rig_name: str, target: str, facts: list[str]) -> tuple[str, tuple[str, ...], str]:
    blocker = _blocker(ctx)
    rig = rigs.find(ctx.ledger, rig_name)
    if blocker:
        return "it is ready and slung, but the town does not start anything", tuple(facts), blocker
    spent = _spent(ctx, bead_id)
    if spent:
        return (
            "it is ready and slung, but a budget is spent",
            (*facts, spent),
            "raise it in town.toml, [budget]; gt costs tells more",
        )
    if rig is not None and target == f"{rig_name}/polecats":
        busy = sum(1 for run in runs.active(ctx.ledger) if run.agent.startswith(f"{rig_name}/polecats/"))
        facts.append(f"{busy} of {rig.max_polecats} polecats are at work in {rig_name}")
        if busy >= rig.max_polecats:
            return "it waits for a free polecat", tuple(facts), f"gt rig polecats {rig_name} N raises the limit"
    elif runs.active_of_agent(ctx.ledger, target) is not None:
        return f"it waits until {target} is free", tuple(facts), ""
    return "it is ready and slung; the supervisor dispatches it next", tuple(facts), ""


def _spent(ctx: TownContext, bead_id: str) -> str:
    """What the card about a spent budget says that holds the bead back, "" without one."""
    cards = (card for card in incidents.open_ones(ctx.ledger) if card.kind == OVER and card.subject in (TODAY, bead_id))
    return next((card.detail for card in cards), "")


def _blocker(ctx: TownContext) -> str:
    if ctx.layout.estop.exists():
        return "gt estop --release"
    wanted = settings.get(ctx.ledger, settings.WANTED, "down")
    if wanted != "up":
        return "gt resume" if wanted == "paused" else "gt up"
    return "" if boot.supervisor_state(ctx.layout, ctx.now()).state == "up" else "gt up"


def of_agent(ctx: TownContext, address: str) -> Explanation:
    """What an agent does, and who says so."""
    agent = agents.get(ctx.ledger, address)
    view = view_of(ctx, address)
    run = runs.active_of_agent(ctx.ledger, address)
    facts = [f"driver {agent.driver}, wanted {agent.wanted}"]
    if run is not None:
        facts.append(f"run {run.id}: {run.state.value} {run.reason}".rstrip())
    else:
        ended = runs.of_agent(ctx.ledger, address, 1)
        facts += [f"last run {one.id}: {one.state.value} {one.reason}".rstrip() for one in ended]
    if view is None:
        return Explanation(address, "it has no run", tuple(facts), "" if agent.role == "polecat" else f"gt agents start {address}")
    verdict = view.verdict
    age = max(0, int(ctx.now() - verdict.at))
    facts.append(f"says {verdict.source.name.lower()} ({verdict.rule or 'no rule'}), {age} s ago")
    if view.bead:
        facts.append(f"on its hook: {view.bead} {view.bead_title}")
    step = f"gt answer {view.request}" if view.request else ""
    return Explanation(address, f"{verdict.state.value} {verdict.detail}".rstrip(), tuple(facts), step)


def view_of(ctx: TownContext, address: str) -> AgentView | None:
    """The agent as the console shows it, None when it shows none."""
    from gastown_tui.services import panes, snapshot

    picture = snapshot.build(ctx, panes.listing(ctx))
    return next((agent for agent in picture.agents if agent.address == address), None)


@dataclass(frozen=True, slots=True)
class Trail:
    """Everything that happened to a bead, and the commits that landed for it."""

    events: tuple[Event, ...]
    commits: tuple[CommitFact, ...]


def trail(ctx: TownContext, bead_id: str) -> Trail:
    """The bead's history: events from the ledger, commits from git."""
    bead = find(ctx, bead_id)
    return Trail(tuple(events.of_bead(ctx.ledger, bead_id)), landed_commits(ctx, bead.rig, bead_id))


def landed_commits(ctx: TownContext, rig_name: str, bead_id: str) -> tuple[CommitFact, ...]:
    """Commits on the rig's target that carry the bead's trailer, newest first; none when the rig is gone."""
    rig = rigs.find(ctx.ledger, rig_name)
    repository = ctx.layout.rig(rig_name).repository
    if rig is None or not repository.exists():
        return ()
    found = Git(repository).log(f"refs/heads/{rig.target}", limit=5000)
    line = f"Gastown-Bead: {bead_id}"
    return tuple(commit for commit in found if line in commit.message.splitlines())
