"""The command `bd` inside agents' sessions: the words that models know from beads, on the town's own ledger.

It covers what agents use; JSON has beads' own field names. Where the project keeps its own beads and its owner wanted
them left alone, this command becomes the project's own `bd`.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import click

from gastown_tui import __version__
from gastown_tui.cli.bd_groups import GROUPS
from gastown_tui.cli.commands.create import parse_deps, parse_priority
from gastown_tui.cli.diagnostics import run
from gastown_tui.cli.output import emit, one_line, say
from gastown_tui.cli.session import here, open_town, read_text
from gastown_tui.cli.show_bead import bead_rows, detail_lines
from gastown_tui.core import interchange
from gastown_tui.core.errors import Conflict, ExitCode, GastownError, UsageError
from gastown_tui.core.layout import TownLayout
from gastown_tui.core.rows import Bead
from gastown_tui.core.states import BeadOutcome, BeadState
from gastown_tui.services import beads
from gastown_tui.services.beads import Filing
from gastown_tui.services.context import TOWN_VARIABLE, TownContext, open_context

_STATES = {
    "open": (BeadState.OPEN,),
    "in_progress": (BeadState.IN_PROGRESS, BeadState.SUBMITTED),
    "hooked": (BeadState.HOOKED,),
    "blocked": (BeadState.NEEDS_HELP,),
    "deferred": (BeadState.DEFERRED,),
    "closed": (BeadState.CLOSED,),
}
_NOTHING_TO_DO = ("sync", "init", "onboard", "hooks", "daemon", "flush", "doctor", "migrate", "dolt")

json_flag = click.option("--json", "as_json", is_flag=True, help="Print JSON with beads' field names.")


class BdGroup(click.Group):
    """Unknown words say what there is instead of failing blindly; housekeeping words of bd do nothing here."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        found = super().get_command(ctx, cmd_name)
        if found is None and cmd_name in _NOTHING_TO_DO:
            return _nothing
        return found


@click.command(cls=BdGroup, context_settings={"help_option_names": ["-h", "--help"]}, epilog="Example: bd ready --json")
@click.version_option(__version__, prog_name="bd (gastown-tui)")
def bd() -> None:
    """Beads of this town. The same ledger as gt; work is handed in with: $GT done"""


@click.command(hidden=True, context_settings={"ignore_unknown_options": True, "allow_extra_args": True}, add_help_option=False)
def _nothing() -> None:
    """Nothing to do: the ledger is always up to date."""
    say("nothing to do: this town's ledger is always up to date")


def record(ctx: TownContext, bead: Bead) -> dict[str, object]:
    """A bead with beads' field names."""
    found = beads.detail(ctx, bead.id)
    return interchange.write_record(found.bead, found.labels, found.needs, found.comments)


def _show(ctx: TownContext, found: list[Bead], *, as_json: bool) -> None:
    emit([record(ctx, bead) for bead in found] if as_json else None, bead_rows(found, ctx.now()), as_json=as_json)


@bd.command("create")
@click.argument("title", required=False)
@click.option("--title", "title_option")
@click.option("-d", "--description", "--body", default="")
@click.option("--acceptance", default="")
@click.option("--design", default="")
@click.option("--notes", default="")
@click.option("-t", "--type", "kind", default="task")
@click.option("-p", "--priority", default="2")
@click.option("-l", "--labels", "--label", multiple=True)
@click.option("--parent", default="")
@click.option("--deps", multiple=True)
@click.option("-a", "--assignee", default="", hidden=True)
@click.option("--silent", is_flag=True, help="Print the id alone.")
@json_flag
def create(
    title: str | None,
    title_option: str | None,
    description: str,
    acceptance: str,
    design: str,
    notes: str,
    kind: str,
    priority: str,
    labels: tuple[str, ...],
    parent: str,
    deps: tuple[str, ...],
    assignee: str,
    silent: bool,
    as_json: bool,
) -> None:
    """File a bead."""
    ctx = open_town()
    if assignee:
        say("the assignee was left out: work is given with gt sling")
    more = [f"{name}:\n{text}" for name, text in (("Design", design), ("Notes", notes)) if text]
    filing = Filing(
        title=title or title_option or "",
        description="\n\n".join([part for part in (read_text(description), *more) if part]),
        acceptance=acceptance,
        kind=kind,
        priority=parse_priority(priority),
        parent=parent,
        deps=parse_deps(_unambiguous(deps)),
        labels=tuple(word.strip() for text in labels for word in text.split(",") if word.strip()),
    )
    bead = beads.create(ctx, beads.placed(ctx, filing, here()))
    line = bead.id if silent else f"Created {bead.id}: {one_line(bead.title)}"
    emit(record(ctx, bead), [line], as_json=as_json)


def _unambiguous(deps: tuple[str, ...]) -> tuple[str, ...]:
    """`blocks:X` at bd's create means that the new bead blocks X; it must not be read the other way round."""
    for word in (part.strip() for text in deps for part in text.split(",")):
        if word.startswith("blocks:"):
            target = word.removeprefix("blocks:")
            raise UsageError(f"{word} is ambiguous here", hint=f"create it first, then: bd dep add {target} NEW-ID")
    return deps


@bd.command("show")
@click.argument("bead_ids", nargs=-1, required=True)
@json_flag
def show(bead_ids: tuple[str, ...], as_json: bool) -> None:
    """Show beads."""
    ctx = open_town()
    found = [beads.detail(ctx, bead) for bead in bead_ids]
    lines = [line for detail in found for line in (*detail_lines(detail), "")]
    emit([record(ctx, detail.bead) for detail in found] if as_json else None, lines, as_json=as_json)


@bd.command("list")
@click.option("-s", "--status", default="")
@click.option("-t", "--type", "kind", default="")
@click.option("-a", "--assignee", default="")
@click.option("-l", "--label", default="")
@click.option("--all", "everything", is_flag=True)
@click.option("-n", "--limit", default=50)
@json_flag
def list_beads(status: str, kind: str, assignee: str, label: str, everything: bool, limit: int, as_json: bool) -> None:
    """List beads."""
    ctx = open_town()
    if status and status != "all" and status not in _STATES:
        raise UsageError(f"no status {status!r}", hint=", ".join([*_STATES, "all"]))
    found = beads.listing(
        ctx,
        rig=_rig(ctx),
        states=_STATES.get(status, ()),
        label=label,
        assignee=assignee,
        kind=kind,
        everything=everything or status == "all",
        limit=limit or -1,
    )
    _show(ctx, found, as_json=as_json)


@bd.command("ready")
@click.option("-n", "--limit", default=100)
@json_flag
def ready(limit: int, as_json: bool) -> None:
    """List beads that can be worked on now."""
    ctx = open_town()
    found = beads.ready(ctx, _rig(ctx))
    _show(ctx, found[:limit] if limit > 0 else found, as_json=as_json)


@bd.command("blocked")
@json_flag
def blocked(as_json: bool) -> None:
    """List beads that cannot, and why."""
    ctx = open_town()
    found = beads.blocked(ctx, _rig(ctx))
    data = [{**record(ctx, bead), "reason": reason} for bead, reason in found] if as_json else None
    emit(data, bead_rows((bead for bead, _ in found), ctx.now(), {bead.id: reason for bead, reason in found}), as_json=as_json)


@bd.command("update")
@click.argument("bead_ids", nargs=-1, required=True)
@click.option("-s", "--status")
@click.option("--claim", is_flag=True)
@click.option("--title")
@click.option("-d", "--description")
@click.option("--acceptance")
@click.option("--notes")
@click.option("-t", "--type", "kind")
@click.option("-p", "--priority")
@click.option("--add-label", multiple=True)
@click.option("--remove-label", multiple=True)
@click.option("-a", "--assignee", hidden=True)
@json_flag
def update(
    bead_ids: tuple[str, ...],
    status: str | None,
    claim: bool,
    title: str | None,
    description: str | None,
    acceptance: str | None,
    notes: str | None,
    kind: str | None,
    priority: str | None,
    add_label: tuple[str, ...],
    remove_label: tuple[str, ...],
    assignee: str | None,
    as_json: bool,
) -> None:
    """Change beads."""
    ctx = open_town()
    texts = {"title": title, "description": description, "acceptance": acceptance, "kind": kind}
    changes: dict[str, object] = {field: read_text(text) for field, text in texts.items() if text is not None}
    if priority is not None:
        changes["priority"] = parse_priority(priority)
    for bead in bead_ids:
        if changes:
            beads.update(ctx, bead, changes)
        if notes:
            beads.comment(ctx, bead, notes)
        if add_label or remove_label:
            beads.label(ctx, bead, add_label, remove_label)
        if claim or status:
            _set_status(ctx, bead, "in_progress" if claim else str(status))
    if assignee:
        say("the assignee was left as it is: work is given with gt sling")
    _show(ctx, [beads.find(ctx, bead) for bead in bead_ids], as_json=as_json)


def _set_status(ctx: TownContext, bead_id: str, status: str) -> None:
    bead = beads.find(ctx, bead_id)
    match status:
        case "in_progress" | "hooked":
            if bead.assignee != ctx.actor:
                hint = f"gt sling {bead_id}" if ctx.actor == "overseer" else "work only on what is on your hook: $GT hook"
                raise Conflict(f"{bead_id} is not on your hook", hint=hint)
            beads.begin(ctx, bead_id)
        case "open":
            if bead.state is not BeadState.OPEN:
                beads.reopen(ctx, bead_id)
        case "closed" | "done":
            beads.close(ctx, [bead_id], BeadOutcome.ACCEPTED)
        case "deferred":
            beads.defer(ctx, bead_id, None)
        case "blocked":
            raise UsageError("a blocked bead needs a reason", hint='bd dep add BEAD NEEDS, or $GT escalate "question"')
        case _:
            raise UsageError(f"no status {status!r}", hint=", ".join(_STATES))


@bd.command("close")
@click.argument("bead_ids", nargs=-1, required=True)
@click.option("-r", "--reason", default="")
@json_flag
def close(bead_ids: tuple[str, ...], reason: str, as_json: bool) -> None:
    """Close beads that need no merge. Code is handed in with: $GT done"""
    ctx = open_town()
    _show(ctx, beads.close(ctx, bead_ids, BeadOutcome.ACCEPTED, reason), as_json=as_json)


@bd.command("reopen")
@click.argument("bead_ids", nargs=-1, required=True)
@json_flag
def reopen(bead_ids: tuple[str, ...], as_json: bool) -> None:
    """Open closed beads again."""
    ctx = open_town()
    _show(ctx, [beads.reopen(ctx, bead) for bead in bead_ids], as_json=as_json)


@bd.command("comment")
@click.argument("bead_id")
@click.argument("text", nargs=-1, required=True)
def comment(bead_id: str, text: tuple[str, ...]) -> None:
    """Remark on a bead."""
    beads.comment(open_town(), bead_id, read_text(" ".join(text)))


@bd.group("comments", invoke_without_command=False)
def comments() -> None:
    """Remarks on beads."""


@comments.command("add")
@click.argument("bead_id")
@click.argument("text", nargs=-1, required=True)
def add_comment(bead_id: str, text: tuple[str, ...]) -> None:
    """Remark on a bead."""
    beads.comment(open_town(), bead_id, read_text(" ".join(text)))


@comments.command("list")
@click.argument("bead_id")
@json_flag
def list_comments(bead_id: str, as_json: bool) -> None:
    """The remarks on a bead."""
    found = beads.detail(open_town(), bead_id).comments
    emit(list(found), [f"{one.author}: {one.text}" for one in found], as_json=as_json)


@bd.command("search")
@click.argument("text")
@json_flag
def search(text: str, as_json: bool) -> None:
    """Find beads by their text."""
    ctx = open_town()
    _show(ctx, beads.search(ctx, text), as_json=as_json)


@bd.command("prime")
def prime() -> None:
    """Who you are and what to do."""
    from gastown_tui.services import prime as service

    emit(None, [service.prime(open_town()).rstrip()], as_json=False)


for group in GROUPS:
    bd.add_command(group)


def _rig(ctx: TownContext) -> str:
    """An agent sees its own rig; a person the one they stand in, else all."""
    try:
        return beads.choose_rig(ctx, "", here()).name
    except GastownError:
        return ""


def _own_bd(arguments: list[str]) -> int | None:
    """Becomes the project's own bd where its owner wanted that; returns an exit code when there is none, else None."""
    town = os.environ.get(TOWN_VARIABLE, "")
    if not town:
        return None
    try:
        ctx = open_context(Path(town))
        is_left = beads.keeps_own(ctx, ctx.actor.split("/")[0])
        ctx.close()
    except GastownError:
        return None  # the verb itself says what is wrong
    if not is_left:
        return None
    own = TownLayout(Path(town)).bin.resolve()
    others = [part for part in os.environ.get("PATH", "").split(os.pathsep) if Path(part).resolve() != own]
    path = os.pathsep.join(others)
    real = shutil.which("bd", path=path)
    if real is None:
        say("bd: this project keeps its own beads, and bd is not installed (the town's ledger is $GT)")
        return ExitCode.UNAVAILABLE
    os.environ["PATH"] = path
    os.execv(real, ["bd", *arguments])


def main() -> None:
    """Entry point of `bd`."""
    code = _own_bd(sys.argv[1:])
    sys.exit(run(bd, "bd", sys.argv[1:]) if code is None else code)
