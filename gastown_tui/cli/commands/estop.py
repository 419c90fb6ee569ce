"""`gt estop`."""

from __future__ import annotations

import click

from gastown_tui.cli.output import emit, say, table
from gastown_tui.cli.session import json_option, open_town, person, wake
from gastown_tui.core.errors import ExitCode
from gastown_tui.services import estop as service


@click.command(epilog="Example: gt estop   and, when you have looked: gt estop --release")
@click.option("--release", is_flag=True, help="Let every agent go on (overseer only).")
@json_option
def estop(release: bool, as_json: bool) -> None:
    """Freeze every agent at once, with or without a supervisor. Nothing starts until you release it."""
    if release:
        ctx = person("release the E-stop")
        still = service.release(ctx)
        wake(ctx)
        emit(
            {"released": True, "still_stopped": still},
            ["released", *(f"{agent}: still stopped" for agent in still)],
            as_json=as_json,
        )
        return
    ctx = open_town()
    stopped = service.stop(ctx)
    rows = [[halt.agent, halt.state, f"{halt.processes} processes"] for halt in stopped.runs]
    lines = table(rows) or ["no agent was running"]
    emit({"proven": stopped.is_proven, "by": stopped.by, "runs": stopped.runs, "flag": stopped.has_flag}, lines, as_json=as_json)
    if not stopped.has_flag:
        say("warning: the flag could not be written: new agents are not kept from starting")
    if not stopped.is_proven:
        click.get_current_context().exit(ExitCode.FAILED)
