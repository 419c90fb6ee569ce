"""`gt crew`."""

from __future__ import annotations

import click

from gastown_tui.cli.output import emit, table
from gastown_tui.cli.session import json_option, open_town, person, wait_option, wake
from gastown_tui.services import agents as service
from gastown_tui.services import control


@click.group(epilog="Example: gt crew add mines ada   and then   gt crew at mines ada")
def crew() -> None:
    """Crew are lasting agents of a rig, each with a worktree of its own."""


@crew.command("add", epilog="Example: gt crew add mines ada --agent claude")
@click.argument("rig")
@click.argument("name")
@click.option("--agent", "driver", default="", metavar="DRIVER", help="Its CLI; else the rig's.")
@wait_option
@json_option
def add(rig: str, name: str, driver: str, wait: float | None, as_json: bool) -> None:
    """Add a crew member and start it."""
    ctx = person("add crew")
    agent = control.add_crew(ctx, rig, name, driver)
    wake(ctx)
    if wait is not None:
        from gastown_tui.services.waiting import wait_for

        wait_for(lambda: control.is_working(ctx, agent.address), wait, f"the start of {agent.address}")
    emit(agent, [f"{agent.address}: {agent.driver}, wanted {agent.wanted}"], as_json=as_json)


@crew.command("list", epilog="Example: gt crew list --rig mines")
@click.option("--rig", default="")
@json_option
def list_crew(rig: str, as_json: bool) -> None:
    """List crew members."""
    found = [agent for agent in service.every(open_town(), rig) if agent.role == "crew"]
    emit(found, table([[agent.address, agent.driver, f"wanted {agent.wanted}"] for agent in found]), as_json=as_json)


@crew.command("at", epilog="Example: gt crew at mines ada")
@click.argument("rig")
@click.argument("name")
def at(rig: str, name: str) -> None:
    """Attach your terminal to a crew member; F12 comes back."""
    from gastown_tui.cli.commands.console import attach_to

    attach_to(f"{rig}/crew/{name}", read_only=False)


@crew.command("stop", epilog="Example: gt crew stop mines ada")
@click.argument("rig")
@click.argument("name")
@wait_option
@json_option
def stop(rig: str, name: str, wait: float | None, as_json: bool) -> None:
    """Stop a crew member; its worktree and conversation stay."""
    ctx = open_town()
    agent = control.stop_agent(ctx, f"{rig}/crew/{name}")
    wake(ctx)
    if wait is not None:
        from gastown_tui.services.waiting import wait_for

        wait_for(lambda: not control.is_active(ctx, agent.address), wait, f"the end of {agent.address}")
    emit(agent, [f"{agent.address}: wanted {agent.wanted}"], as_json=as_json)
