"""`gt rules`."""

from __future__ import annotations

from dataclasses import asdict

import click

from gastown_tui.cli.output import emit, say, table
from gastown_tui.cli.session import age, clock, json_option, open_town, person

_DAY = 86_400.0


@click.group(epilog="Example: gt rules list")
def rules() -> None:
    """Standing rules: what agents may do without asking, must ask about, or may not do."""


@rules.command("list", epilog="Example: gt rules list --json")
@json_option
def list_rules(as_json: bool) -> None:
    """List the rules with how often each was applied, and when last."""
    from gastown_tui.services import rules as service

    ctx = open_town()
    found = service.listing(ctx)
    rows = [[one.id, one.words, f"×{one.uses}", age(ctx.now(), one.last_at)] for one in found]
    emit([asdict(one) for one in found], table(rows), as_json=as_json)
    if not found and not as_json:
        say("no standing rules; make one with: gt rules add allow Bash 'npm test *' --rig mines")


@rules.command("add", epilog="Example: gt rules add allow Bash 'npm test *' --rig mines --role polecat")
@click.argument("verdict", type=click.Choice(["allow", "ask", "deny"]))
@click.argument("tool")
@click.argument("pattern", default="*")
@click.option("--rig", default="", help="Only for this rig.")
@click.option("--role", default="", help="Only for mayor, polecat or crew.")
@json_option
def add(verdict: str, tool: str, pattern: str, rig: str, role: str, as_json: bool) -> None:
    """Make a rule for a TOOL (the agent's own name of it) and a PATTERN of its command, path or address."""
    from gastown_tui.services import rules as service

    made = service.add(person("make standing rules"), verdict, tool, pattern, rig, role)
    emit(asdict(made), [f"{made.id}: {made.words}"], as_json=as_json)


@rules.command("remove", epilog="Example: gt rules remove r1f0c9a")
@click.argument("number", metavar="RULE")
@json_option
def remove(number: str, as_json: bool) -> None:
    """Take a rule back."""
    from gastown_tui.services import rules as service

    gone = service.remove(person("take back standing rules"), number)
    emit(asdict(gone), [f"taken back: {gone.words}"], as_json=as_json)


@rules.command("log", epilog="Example: gt rules log")
@click.option("--days", type=click.FloatRange(0.01, 365), default=1.0, help="How far back.", show_default=True)
@json_option
def log(days: float, as_json: bool) -> None:
    """What the rules answered, newest first."""
    from gastown_tui.services import rules as service

    ctx = open_town()
    found = service.recent(ctx, ctx.now() - days * _DAY, 200)
    emit(
        [asdict(one) for one in found],
        table([[clock(one.at), one.verdict, one.agent, one.what, one.rule] for one in found]),
        as_json=as_json,
    )
    if not found and not as_json:
        say("no rule was applied")
