"""`gt rig`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from gastown_tui.cli.output import emit, one_line, say, table
from gastown_tui.cli.session import here, json_option, open_town, person, wake
from gastown_tui.core.errors import UsageError
from gastown_tui.core.rows import Rig
from gastown_tui.core.states import Dial
from gastown_tui.services.context import TownContext


@click.group(epilog="Example: gt rig add mines ~/code/mines")
def rig() -> None:
    """Rigs are the projects of a town."""


@rig.command("add", epilog="Example: gt rig add mines ~/code/mines --dial ask")
@click.argument("name")
@click.argument("origin", metavar="PATH|URL")
@click.option("--prefix", default="", help="Of its bead ids; derived from the name when missing.")
@click.option("--target", default="", metavar="BRANCH", help="Where work lands; else the origin's own branch.")
@click.option(
    "--dial", type=click.Choice([dial.value for dial in Dial]), default="ask", help="How far work goes without you (default: ask)."
)
@click.option("--max-polecats", default=4, help="At once (default: 4).")
@click.option("--own-bd", is_flag=True, help="The project keeps its own beads: its agents' bd is the project's.")
@json_option
def add(name: str, origin: str, prefix: str, target: str, dial: str, max_polecats: int, own_bd: bool, as_json: bool) -> None:
    """Add a project from a checkout or a URL. This is your consent to let agents work in worktrees of it."""
    from gastown_tui.services import config, rigs

    ctx = person("add a rig")
    added = rigs.add(ctx, name, origin, prefix=prefix, target=target, dial=Dial(dial), max_polecats=max_polecats)
    for warning in added.warnings:
        say(f"warning: {warning}")
    _own_beads(ctx, added.rig, own_bd)
    settings = config.rig_settings(ctx, added.rig)
    gates = dict(settings.config.gates.commands())
    lines = [
        f"rig {name}: lands on {added.rig.target}, beads are {added.rig.prefix}-…, dial {added.rig.dial.value}",
        *(f"gate {gate}: {' '.join(argv)}" + _reason(settings.reasons.get(gate)) for gate, argv in gates.items()),
    ]
    if not gates:
        say(f"warning: no gates were found: nothing is tested before it lands; write them into {ctx.layout.rig(name).config}")
    data = {**asdict(added.rig), "gates": gates, "gates_from": settings.source, "warnings": list(added.warnings)}
    emit(data, lines, as_json=as_json)
    wake(ctx)


def _own_beads(ctx: TownContext, rig: Rig, own_bd: bool) -> None:
    """Leaves the project's own beads alone where that is wanted, else says how to take them over."""
    from gastown_tui.services import beads

    file = Path(rig.origin) / ".beads" / "issues.jsonl"
    if own_bd:
        beads.keep_own(ctx, rig.name)
    elif rig.origin.startswith("/") and file.is_file():
        say(f"this project has beads of its own; take them over with: gt import {one_line(str(file))} --rig {rig.name}")


def _reason(text: str | None) -> str:
    return f"   (guessed from {text})" if text else ""


@rig.command("list", epilog="Example: gt rig list --json")
@json_option
def list_rigs(as_json: bool) -> None:
    """List rigs."""
    from gastown_tui.services import rigs

    found = rigs.every(open_town())
    rows = [[one.name, one.prefix, one.target, one.dial.value, one.state, f"≤{one.max_polecats}", one.origin] for one in found]
    emit(found, table(rows), as_json=as_json)
    if not found and not as_json:
        say("no rigs; add one with: gt rig add NAME PATH")


@rig.command("show", epilog="Example: gt rig show mines")
@click.argument("name")
@json_option
def show(name: str, as_json: bool) -> None:
    """Show a rig: its gates, its agents, and where landed work is."""
    from gastown_tui.services import config, rigs

    ctx = open_town()
    one = rigs.get(ctx, name)
    settings = config.rig_settings(ctx, one)
    where = rigs.whereabouts(ctx, name)
    gates = dict(settings.config.gates.commands())
    data = {**asdict(one), "gates": gates, "gates_from": settings.source, "whereabouts": where, "agents": rigs.agents_of(ctx, name)}
    origin = "unknown" if where.ahead is None else f"{where.ahead} ahead of, {where.behind} behind the origin as last fetched"
    lines = [
        *table(
            [
                ["rig", one.name],
                ["origin", one.origin],
                ["target", f"{one.target} at {where.landed[:10]}, {origin}"],
                ["dial", one.dial.value],
                ["state", one.state],
                ["polecats", f"at most {one.max_polecats}"],
                ["gates", f"from {settings.source}"],
            ]
        ),
        *(f"  {gate}: {' '.join(argv)}" + _reason(settings.reasons.get(gate)) for gate, argv in gates.items()),
    ]
    emit(data, lines, as_json=as_json)


@rig.command("pull", epilog="Example: gt rig pull mines")
@click.argument("name")
@click.argument("checkout", required=False, metavar="[DIRECTORY]")
@json_option
def pull(name: str, checkout: str | None, as_json: bool) -> None:
    """Fast-forward your own clean checkout to what has landed."""
    from gastown_tui.services import rigs

    head = rigs.pull(person("change your checkout"), name, None if checkout is None else here() / Path(checkout).expanduser())
    emit({"rig": name, "head": head}, [f"your checkout of {name} is at {head[:10]}"], as_json=as_json)


@rig.command("dial", epilog="Example: gt rig dial mines auto")
@click.argument("name")
@click.argument("dial", type=click.Choice([dial.value for dial in Dial]))
@json_option
def dial(name: str, dial: str, as_json: bool) -> None:
    """Say how far work goes without you: draft (stop at a branch), ask (land when you approve), auto (land when green)."""
    from gastown_tui.services import rigs

    changed = rigs.set_dial(person("turn the dial"), name, Dial(dial))
    emit(changed, [f"{name}: {changed.dial.value}"], as_json=as_json)


@rig.command("park", epilog="Example: gt rig park mines")
@click.argument("name")
@json_option
def park(name: str, as_json: bool) -> None:
    """Start nothing new in a rig."""
    _set_state(name, "parked", as_json=as_json)


@rig.command("unpark", epilog="Example: gt rig unpark mines")
@click.argument("name")
@json_option
def unpark(name: str, as_json: bool) -> None:
    """Let work begin in a rig again."""
    _set_state(name, "active", as_json=as_json)


def _set_state(name: str, state: str, *, as_json: bool) -> None:
    from gastown_tui.services import rigs

    changed = rigs.set_state(open_town(), name, state)
    emit(changed, [f"{name}: {changed.state}"], as_json=as_json)


@rig.command("polecats", epilog="Example: gt rig polecats mines 6")
@click.argument("name")
@click.argument("count", type=int)
@json_option
def polecats(name: str, count: int, as_json: bool) -> None:
    """Say how many polecats a rig may have at once."""
    from gastown_tui.services import rigs

    changed = rigs.set_max_polecats(person("change a rig's limits"), name, count)
    emit(changed, [f"{name}: at most {changed.max_polecats} polecats"], as_json=as_json)


@rig.command("remove", epilog="Example: gt rig remove mines --bundle")
@click.argument("name")
@click.option("--bundle", is_flag=True, help="Write unproven work into git bundles first, then remove.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@json_option
def remove(name: str, bundle: bool, yes: bool, as_json: bool) -> None:
    """Remove a rig from the town. Refuses while work of it is not proven to be elsewhere; your checkout stays as it is."""
    from gastown_tui.services import removal

    ctx = person("remove a rig")
    if not yes and not click.confirm(f"Remove rig {name} from the town {ctx.layout.root}?", err=True):
        raise UsageError("nothing was removed", hint="say --yes to remove without a question")
    gone = removal.remove_rig(ctx, name, bundle=bundle)
    emit(gone, [f"removed {name}", *(f"bundle {path}" for path in gone.bundles)], as_json=as_json)
