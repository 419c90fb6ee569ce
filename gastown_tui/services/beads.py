"""Work items for every front end: filing, reading, changing. Dispatching them is `services.sling`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from gastown_tui.core.errors import Conflict, NotFound, UsageError
from gastown_tui.core.ids import check_bead_id
from gastown_tui.core.rows import Bead, Comment, Dependency, Merge, Note, Rig, Run
from gastown_tui.core.states import BeadOutcome, BeadState, Dial
from gastown_tui.ledger import beads, comments, convoys, deps, labels, merges, notes, readiness, rigs, runs, settings
from gastown_tui.ledger.beads import NewBead
from gastown_tui.ledger.connection import transaction
from gastown_tui.services.context import TownContext

KIND_LIMIT = 50
_OWN_BD = "bd."
"""Setting, with a rig's name."""


@dataclass(frozen=True, slots=True)
class Filing:
    """What a caller says about a new bead. `deps` are (kind, bead) pairs: the new bead needs them."""

    title: str
    rig: str = ""
    description: str = ""
    acceptance: str = ""
    kind: str = "task"
    priority: int = 2
    parent: str = ""
    deps: tuple[tuple[str, str], ...] = ()
    labels: tuple[str, ...] = ()
    dial: Dial | None = None


@dataclass(frozen=True, slots=True)
class BeadDetail:
    """A bead with everything that hangs on it."""

    bead: Bead
    reason: str
    """Why it is not ready, "" when it is."""
    needs: tuple[Dependency, ...]
    needed_by: tuple[Dependency, ...]
    labels: tuple[str, ...]
    comments: tuple[Comment, ...]
    convoys: tuple[str, ...]
    runs: tuple[Run, ...]
    merges: tuple[Merge, ...]
    notes: tuple[Note, ...]


def rig_here(ctx: TownContext, directory: Path) -> str:
    """The rig that `directory` belongs to: below its directory in the town, or in the checkout it was made from; else ""."""
    here = directory.resolve()
    found = ""
    for rig in rigs.every(ctx.ledger):
        places = [ctx.layout.rig(rig.name).root]
        if rig.origin.startswith("/"):
            places.append(Path(rig.origin))
        if any(here == place or place in here.parents for place in places):
            if found:
                return ""  # two rigs from one checkout: the caller must say which
            found = rig.name
    return found


def choose_rig(ctx: TownContext, name: str, directory: Path) -> Rig:
    """The rig that is meant: the named one, else the caller's own, else the one of `directory`, else the only one.

    Raises:
        UsageError: there are several and none of these says which.
    """
    if name:
        return rigs.get(ctx.ledger, name)
    own = ctx.actor.split("/")[0] if "/" in ctx.actor else ""
    chosen = (own if rigs.find(ctx.ledger, own) else "") or rig_here(ctx, directory)
    if chosen:
        return rigs.get(ctx.ledger, chosen)
    known = rigs.every(ctx.ledger)
    if len(known) == 1:
        return known[0]
    if not known:
        raise NotFound("this town has no rig yet", hint="add one with: gt rig add NAME PATH")
    raise UsageError("which rig?", hint=f"say --rig with one of: {', '.join(rig.name for rig in known)}")


def create(ctx: TownContext, filing: Filing) -> Bead:
    """Files a bead with its edges and labels, all or nothing."""
    rig = rigs.get(ctx.ledger, filing.rig)
    _check_kind(filing.kind)
    if filing.dial is not None:
        ctx.require_overseer("turn the dial")
    now = ctx.now()
    with transaction(ctx.ledger) as conn:
        new = NewBead(
            rig.name,
            rig.prefix,
            filing.title,
            filing.description,
            filing.acceptance,
            filing.kind,
            filing.priority,
            filing.dial,
        )
        bead = beads.create(conn, new, actor=ctx.actor, now=now)
        if filing.parent:
            deps.add(conn, bead.id, filing.parent, "parent-child", actor=ctx.actor, now=now)
        for kind, target in filing.deps:
            deps.add(conn, bead.id, target, kind, actor=ctx.actor, now=now)
        for label in filing.labels:
            labels.add(conn, bead.id, label, actor=ctx.actor, now=now)
        return beads.get(conn, bead.id)


def find(ctx: TownContext, text: str) -> Bead:
    """The bead of that exact id.

    Raises:
        UsageError: not an id.
        NotFound: no such bead; the hint names near ones.
    """
    check_bead_id(text)
    found = beads.find(ctx.ledger, text)
    if found is not None:
        return found
    near = [bead.id for bead in beads.search(ctx.ledger, text, 4) if text in bead.id]
    raise NotFound.of("bead", text, hint=f"did you mean {' or '.join(near)}?" if near else "see gt list")


def detail(ctx: TownContext, bead_id: str) -> BeadDetail:
    """Everything about one bead."""
    bead = find(ctx, bead_id)
    conn = ctx.ledger
    return BeadDetail(
        bead=bead,
        reason=reasons(ctx).get(bead.id, "") if bead.state is not BeadState.CLOSED else _ended(bead),
        needs=tuple(deps.of_bead(conn, bead.id)),
        needed_by=tuple(deps.dependants(conn, bead.id)),
        labels=tuple(labels.of_bead(conn, bead.id)),
        comments=tuple(comments.of_bead(conn, bead.id)),
        convoys=tuple(convoys.of_bead(conn, bead.id)),
        runs=tuple(runs.of_bead(conn, bead.id)),
        merges=tuple(merges.of_bead(conn, bead.id)),
        notes=tuple(notes.of_scope(conn, bead.id)),
    )


def _ended(bead: Bead) -> str:
    return f"closed ({bead.outcome.value})" if bead.outcome else "closed"


def reasons(ctx: TownContext) -> dict[str, str]:
    """Why each bead that is not closed is not ready; ready ones have no entry."""
    return readiness.reasons(ctx.ledger, ctx.now())[1]


def ready(ctx: TownContext, rig: str = "") -> list[Bead]:
    """Open beads that nothing keeps from being worked on, most urgent and oldest first."""
    _check_rig(ctx, rig)
    return readiness.ready(ctx.ledger, ctx.now(), rig)


def blocked(ctx: TownContext, rig: str = "") -> list[tuple[Bead, str]]:
    """Every bead that is neither closed nor ready, with its reason."""
    _check_rig(ctx, rig)
    open_beads, why = readiness.reasons(ctx.ledger, ctx.now())
    return [(bead, why[bead.id]) for bead in open_beads if bead.id in why and rig in ("", bead.rig)]


def listing(
    ctx: TownContext,
    *,
    rig: str = "",
    states: Sequence[BeadState] = (),
    label: str = "",
    assignee: str = "",
    kind: str = "",
    everything: bool = False,
    limit: int = 200,
) -> list[Bead]:
    """Beads that match; without `states` or `everything` only those that are not closed."""
    _check_rig(ctx, rig)
    chosen = tuple(states) or (tuple(BeadState) if everything else tuple(set(BeadState) - {BeadState.CLOSED}))
    found = beads.every(ctx.ledger, rig=rig, states=chosen)
    if label:
        labelled = labels.every(ctx.ledger)
        found = [bead for bead in found if label in labelled.get(bead.id, ())]
    found = [bead for bead in found if (not assignee or bead.assignee == assignee) and (not kind or bead.kind == kind)]
    return found[:limit] if limit >= 0 else found


def search(ctx: TownContext, text: str, limit: int = 100) -> list[Bead]:
    """Beads whose id, title or description holds the text, newest first."""
    if not text.strip():
        raise UsageError("say what to search for")
    return beads.search(ctx.ledger, text, limit)


def update(ctx: TownContext, bead_id: str, changes: Mapping[str, object]) -> Bead:
    """Changes plain fields (ledger.beads.EDITABLE)."""
    find(ctx, bead_id)
    if not changes:
        raise UsageError("nothing to change", hint="for example: --title or --priority")
    if "kind" in changes:
        _check_kind(str(changes["kind"]))
    if "dial" in changes:
        ctx.require_overseer("turn the dial")
    return beads.edit(ctx.ledger, bead_id, changes, actor=ctx.actor, now=ctx.now())


def close(ctx: TownContext, bead_ids: Sequence[str], outcome: BeadOutcome, reason: str = "") -> list[Bead]:
    """Ends beads as accepted (nothing to merge) or dropped, all or none. `merged` is the refinery's to say."""
    if outcome is BeadOutcome.MERGED:
        raise Conflict("only the refinery closes a bead as merged", hint="hand work in with gt done, or close it as accepted")
    with transaction(ctx.ledger) as conn:
        for bead_id in bead_ids:
            bead = find(ctx, bead_id)
            if bead.state is BeadState.SUBMITTED:
                raise Conflict(
                    f"{bead_id} is submitted and waits for its merge", hint=f"reject the merge first: gt mq list, gt why {bead_id}"
                )
            run = runs.active_of_bead(conn, bead_id)
            if run is not None:
                # A worker that closes its own bead would leave its commits unmerged.
                hint = "hand it in with: $GT done" if run.agent == ctx.actor else f"see gt why {bead_id}"
                raise Conflict(f"{run.agent} works on {bead_id}", hint=hint)
            beads.close(conn, bead_id, outcome, actor=ctx.actor, reason=reason, run=ctx.run, now=ctx.now())
        return [beads.get(conn, bead_id) for bead_id in bead_ids]


def begin(ctx: TownContext, bead_id: str) -> None:
    """The caller has begun with the bead on its hook."""
    beads.begin(ctx.ledger, bead_id, actor=ctx.actor, run=ctx.run, now=ctx.now())


def reopen(ctx: TownContext, bead_id: str) -> Bead:
    """Back to open with a clean slate."""
    find(ctx, bead_id)
    beads.reopen(ctx.ledger, bead_id, actor=ctx.actor, now=ctx.now())
    return beads.get(ctx.ledger, bead_id)


def defer(ctx: TownContext, bead_id: str, until: float | None) -> Bead:
    """Puts it aside until a time, or until somebody reopens it."""
    find(ctx, bead_id)
    beads.defer(ctx.ledger, bead_id, until, actor=ctx.actor, now=ctx.now())
    return beads.get(ctx.ledger, bead_id)


def comment(ctx: TownContext, bead_id: str, text: str) -> int:
    """Adds a remark and returns its number."""
    find(ctx, bead_id)
    return comments.add(ctx.ledger, bead_id, text, author=ctx.actor, now=ctx.now())


def label(ctx: TownContext, bead_id: str, add: Sequence[str] = (), remove: Sequence[str] = ()) -> list[str]:
    """Adds and removes labels together; returns what the bead has then."""
    find(ctx, bead_id)
    with transaction(ctx.ledger) as conn:
        for word in add:
            labels.add(conn, bead_id, word, actor=ctx.actor, now=ctx.now())
        for word in remove:
            labels.remove(conn, bead_id, word, actor=ctx.actor, now=ctx.now())
        return labels.of_bead(conn, bead_id)


def add_dep(ctx: TownContext, bead_id: str, target: str, kind: str = "blocks") -> None:
    """`bead_id` needs `target`."""
    find(ctx, bead_id)
    find(ctx, target)
    deps.add(ctx.ledger, bead_id, target, kind, actor=ctx.actor, now=ctx.now())


def remove_dep(ctx: TownContext, bead_id: str, target: str, kind: str = "") -> None:
    """Removes the edge of that kind, or of every kind."""
    find(ctx, bead_id)
    deps.remove(ctx.ledger, bead_id, target, kind, actor=ctx.actor, now=ctx.now())


def edges(ctx: TownContext, bead_id: str) -> tuple[list[Dependency], list[Dependency]]:
    """(what it needs, what needs it)."""
    find(ctx, bead_id)
    return deps.of_bead(ctx.ledger, bead_id), deps.dependants(ctx.ledger, bead_id)


def placed(ctx: TownContext, filing: Filing, directory: Path) -> Filing:
    """The filing with its rig chosen: by name, by its parent, or by where the caller stands."""
    if not filing.rig and filing.parent:
        return replace(filing, rig=find(ctx, filing.parent).rig)
    return replace(filing, rig=choose_rig(ctx, filing.rig, directory).name)


def keep_own(ctx: TownContext, rig: str) -> None:
    """The project keeps its own beads: the `bd` of its agents is the project's, not the town's."""
    with transaction(ctx.ledger) as conn:
        settings.put(conn, _OWN_BD + rig, "leave")


def keeps_own(ctx: TownContext, rig: str) -> bool:
    """Whether the rig's agents use the project's own `bd`."""
    return settings.get(ctx.ledger, _OWN_BD + rig) == "leave"


def _check_kind(kind: str) -> None:
    if not kind.strip() or len(kind) > KIND_LIMIT:
        raise UsageError(f"a kind has 1 to {KIND_LIMIT} characters", hint="task, bug, feature, epic, chore …")


def _check_rig(ctx: TownContext, rig: str) -> None:
    if rig:
        rigs.get(ctx.ledger, rig)
