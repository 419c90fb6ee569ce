"""`gastown` in a repository without a town: at most three questions, each with a default."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path

import click

from gastown_tui.cli.output import emit, one_line, say, table
from gastown_tui.cli.session import here, json_option
from gastown_tui.core.errors import UsageError
from gastown_tui.services import start as service
from gastown_tui.services.start import Made, Project, Situation


@click.command(epilog="Example: gastown start   or   gastown start --yes --town ~/gt --agent claude")
@click.option("--town", "place", metavar="DIR", help="Where the town lives (default: ~/gt).")
@click.option("--agent", metavar="DRIVER", help="The CLI of the agents; else the first that is ready.")
@click.option("--leave-beads", is_flag=True, help="Do not take over the project's own beads.")
@click.option("--yes", is_flag=True, help="Ask nothing: take every default.")
@click.option("--result", metavar="FILE", help="Write the town's directory into this file.")
@json_option
def start(place: str | None, agent: str | None, leave_beads: bool, yes: bool, result: str | None, as_json: bool) -> None:
    """Make a town and add the repository that you stand in, with at most three questions."""
    if not yes and not sys.stdin.isatty():
        raise UsageError("there is nobody to ask", hint="say --yes to take every default")
    situation = service.look(here())
    town = _ask_town(situation, place, yes)
    chosen = _ask_agent(situation, agent, yes)
    keep_beads = _ask_project(situation.project, town, leave_beads, yes)
    made = service.begin(situation, town, chosen, with_beads=keep_beads)
    for warning in made.warnings:
        say(f"warning: {warning}")
    if result:
        Path(result).write_text(f"{made.town}\n", encoding="utf-8")
    emit(_json(made), _lines(made), as_json=as_json)


def _ask_town(situation: Situation, place: str | None, yes: bool) -> Path:
    if place:
        return Path(place).expanduser()
    if situation.has_town or yes:
        return situation.town
    answer = click.prompt("Where shall the town live?", default=str(situation.town), err=True)
    return Path(str(answer)).expanduser()


def _ask_agent(situation: Situation, agent: str | None, yes: bool) -> str:
    known = [name for name, _ in situation.agents]
    if agent is not None:
        if agent not in known:
            raise UsageError(f"no agent CLI called {agent!r}", hint=f"known are: {', '.join(known)}")
        return agent
    ready = situation.ready_agents
    default = ready[0] if ready else "builtin"
    if not ready:
        say("No agent CLI is ready; agents start when one is:")
    if yes or len(ready) == 1:
        return default
    rows = [[name, found.state.replace("_", " "), found.version, found.path or found.detail] for name, found in situation.agents]
    for line in table(rows, indent="  "):
        say(line)
    return str(click.prompt("Which agent CLI shall work?", type=click.Choice(known), default=default, err=True))


def _ask_project(project: Project | None, town: Path, leave_beads: bool, yes: bool) -> bool:
    """Shows what will be made and asks for consent; returns whether the project's beads are taken over."""
    if project is None:
        say("You stand in no repository, so the town begins empty; add one with: gt rig add NAME PATH")
        return False
    say(f"Rig {project.name}: {one_line(str(project.root))}")
    for gate, command in project.gates.items():
        guess = f"   (guessed from {project.reasons[gate]})" if gate in project.reasons else ""
        say(f"  gate {gate}: {one_line(command)}{guess}")
    if not project.gates:
        say("  no gates were found: write them into rig.toml, or nothing is tested before it lands")
    say("  dial ask: nothing lands before you approve it, nothing is pushed anywhere")
    say("  agents work in worktrees of their own; your checkout stays as it is")
    if yes:
        return not leave_beads
    if project.own_beads is not None and not leave_beads:
        text = "Add it? (y: and take its beads over, l: leave its beads alone, n: no)"
        answer = str(click.prompt(text, type=click.Choice(["y", "l", "n"]), default="y", show_choices=False, err=True))
    else:
        answer = "y" if click.confirm("Add it?", default=True, err=True) else "n"
    if answer == "n":
        raise UsageError("nothing was made", hint="gastown asks again, gt init makes a town without a rig")
    return answer == "y" and not leave_beads


def _json(made: Made) -> dict[str, object]:
    return {
        "town": str(made.town),
        "rig": asdict(made.rig) if made.rig else None,
        "agent": made.agent,
        "warnings": list(made.warnings),
        "imported": made.imported,
    }


def _lines(made: Made) -> list[str]:
    lines = [f"town {made.town}"]
    if made.rig is not None:
        lines.append(f"rig {made.rig.name} lands on {made.rig.target}; beads are {made.rig.prefix}-…")
    if made.imported:
        lines.append(f"took over {made.imported} beads")
    return lines
